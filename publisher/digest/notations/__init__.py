"""Digests in other notations than Markdown: each is rewritten as Markdown, or named in an error."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.digest.notations import (
    arxiv_mail,
    asciidoc,
    data,
    foreign,
    mail_header,
    mediawiki,
    obsidian,
    org,
    rst,
)
from publisher.digest.notations.page import UnreadableError
from publisher.digest.source_text import Line, Report
from publisher.model import Level


def rewritten(lines: Sequence[Line], report: Report) -> Sequence[Line] | None:
    """Return the lines of a digest in Markdown, whatever notation it, or a part of it, is in.

    A digest in Markdown is returned as it is. Every line keeps the number of the line it came
    from; several may have the same. None, and one error, for a notation that cannot be read.
    """
    text = "\n".join([line.text for line in lines])
    # What lines begin with, and what follows a bracket, tells most notations apart. To look for
    # two characters takes ten times as long as for one.
    starts = {line.text[:2] for line in lines}
    bracketed = {part[:1] for part in text.split("[")[1:]}
    try:
        foreign.check(lines, text, bracketed)
        read = data.rewritten(lines, text, report)
        if read is lines and "\\" in text and ("arXiv:" in text or "Paper" in text):
            read = arxiv_mail.rewritten(lines, report)
        if read is not lines:
            return read
        lines = mail_header.without(lines, report)
        for may_be, is_notation_of, reader in (
            ("= " in starts or "==" in starts, asciidoc.is_notation_of, asciidoc.rewritten),
            ("==" in starts, mediawiki.is_notation_of, mediawiki.rewritten),
            (_may_be_org(starts, bracketed), org.is_notation_of, org.rewritten),
            (_may_be_rst(starts, text), rst.is_notation_of, rst.rewritten),
        ):
            if may_be and is_notation_of(lines, text):
                return reader(lines, report)
    except UnreadableError as error:
        report(error.line, error.column, Level.error, "notation", str(error))
        return None
    return obsidian.rewritten(lines, report) if obsidian.may_be(text, bracketed) else lines


def _may_be_org(starts: set[str], bracketed: set[str]) -> bool:
    return not starts.isdisjoint(("#+", "* ", "**")) or "" in bracketed


def _may_be_rst(starts: set[str], text: str) -> bool:
    return not starts.isdisjoint(_EDGES) or ("`" in text and "`_" in text)


#: What begins explicit markup, and what a title may be underlined with that no text begins with.
_EDGES = frozenset(mark * 2 for mark in "~^\"'+*.:=")
