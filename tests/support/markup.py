"""Lines of a digest as they are without markup, and the remarks on it."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.digest.html.markup import rewritten
from publisher.digest.source_text import Line
from publisher.model import Level

Remark = tuple[int, int, Level, str, str]


def lines_of(text: str) -> list[Line]:
    """Return a text's lines as reading has them."""
    return [Line(number, line) for number, line in enumerate(text.split("\n"), 1)]


def read(text: str) -> tuple[Sequence[Line], list[Remark]]:
    """Return what a text's lines become, and the remarks."""
    remarks: list[Remark] = []
    return rewritten(lines_of(text), lambda *remark: remarks.append(remark)), remarks


def placed(text: str) -> list[tuple[int, str]]:
    """Return the lines that are not empty, with their numbers."""
    return [(line.number, line.text) for line in read(text)[0] if line.text.strip(" >")]


def shown(text: str) -> str:
    """Return what a text becomes, with one empty line at most between two others."""
    kept: list[str] = []
    for line in read(text)[0]:
        if line.text or kept[-1:] != [""]:
            kept.append(line.text)
    return "\n".join(kept).strip("\n")


def told(text: str) -> list[tuple[int, str]]:
    """Return the line and the code of each remark."""
    return [(line, code) for line, _, _, code, _ in read(text)[1]]
