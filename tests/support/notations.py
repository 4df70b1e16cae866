"""A digest in another notation, rewritten as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.digest.notations import rewritten
from publisher.digest.source_text import Line
from publisher.model import Level

Told = list[tuple[int, str, str]]


def lines(text: str) -> list[Line]:
    """Return the lines of a file, each with its number."""
    return [Line(number, words) for number, words in enumerate(text.split("\n"), 1)]


def reported(text: str) -> tuple[Sequence[Line] | None, Told]:
    """Rewrite a file; return its lines, and the line, the code and the message of each remark."""
    told: Told = []

    def report(line: int, _: int, __: Level, code: str, message: str) -> None:
        told.append((line, code, message))

    return rewritten(lines(text), report), told


def numbered(text: str) -> list[tuple[int, str]]:
    """Rewrite a file; return the lines with words, each with its number."""
    found, _ = reported(text)
    assert found is not None
    return [(line.number, line.text) for line in found if line.text.strip()]


def markdown(text: str) -> list[str]:
    """Rewrite a file; return the lines with words."""
    return [words for _, words in numbered(text)]


def told(text: str) -> Told:
    """Rewrite a file; return what is remarked."""
    return reported(text)[1]


def errors(text: str) -> list[tuple[int, str]]:
    """Rewrite a file that cannot be read; return the line and the message of each error."""
    found, remarks = reported(text)
    assert found is None
    return [(line, message) for line, code, message in remarks if code == "notation"]
