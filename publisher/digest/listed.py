"""Items without headings: the entries of a list of links, or what stands at a paper's link."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest import leads
from publisher.digest.blocks import BULLET, entry_lines
from publisher.digest.leads import Draft
from publisher.digest.links import paper_of
from publisher.digest.source import Line
from publisher.model import Link

#: A link with its label, or a word that may be one, at the start of a list entry.
_FIRST = re.compile(
    r"(?P<stress>[*_]{0,3})(?:\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*+\]\s?[(（]\S+?[)）]|\S+)(?P=stress)"
)
_AFTER_TITLE = " \t:：—–-|([（【"
#: How many lines may stand above a link: two titles and two of details.
_TALLEST_LEAD = 4


def items(lines: Sequence[Line], *, papers_only: bool) -> tuple[list[Draft], list[Line]]:
    """Find the items among lines without headings, and the lines before the first of them."""
    found, rest = bullets(lines, papers_only=papers_only)
    return (found, rest) if found else at_link_lines(lines)


def bullets(lines: Sequence[Line], *, papers_only: bool) -> tuple[list[Draft], list[Line]]:
    """Take each list entry that begins with a link, or with a title and a link, as an item.

    Also gives the lines before the first. Lines after an entry are its text.
    """
    found: list[Draft] = []
    before: list[Line] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        bullet = BULLET.match(line.text)
        draft = _entry(line, bullet.end(), papers_only=papers_only) if bullet else None
        if bullet and draft:
            inside, index = entry_lines(lines, index, bullet)
            leads.take([*draft.lines, *inside[1:]], _emptied(draft))
            found.append(draft)
        else:
            (found[-1].lines if found else before).append(line)
            index += 1
    return found, before


def _emptied(draft: Draft) -> Draft:
    draft.lines = []
    return draft
