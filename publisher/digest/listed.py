"""Items without headings: the entries of a list of links, or what stands at a paper's link."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest import inline, leads
from publisher.digest.blocks import BULLET, entry_lines
from publisher.digest.leads import Draft
from publisher.digest.links import paper_of
from publisher.digest.source import Line

#: What stands around the link of a list entry, beside words.
_BEFORE = " \t\u3000:：，,。.;；—–-|([{（【"
_AFTER = " \t\u3000:：，,。.;；—–-|)]}）】"
_STRESS = re.compile(r"[*_]*")
#: How many lines may stand above a link: two titles and two of details.
_TALLEST_LEAD = 4


def items(lines: Sequence[Line], *, papers_only: bool) -> tuple[list[Draft], list[Line]]:
    """Find the items among lines without headings, and the lines before the first of them."""
    found, rest = bullets(lines, papers_only=papers_only)
    return (found, rest) if found else at_link_lines(lines)


def bullets(lines: Sequence[Line], *, papers_only: bool) -> tuple[list[Draft], list[Line]]:
    """Take each list entry that begins with a link, or with a title and a link, as an item.

    Also gives the lines before the first; lines after an entry are its text.
    """
    found: list[Draft] = []
    before: list[Line] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        bullet = BULLET.match(line.text)
        draft = _entry(line.after(bullet.end()), papers_only=papers_only) if bullet else None
        if bullet and draft:
            inside, index = entry_lines(lines, index, bullet)
            own, draft.lines = [*draft.lines, *inside[1:]], []
            leads.take(own, draft)
            found.append(draft)
        else:
            (found[-1].lines if found else before).append(line)
            index += 1
    return found, before


def _entry(line: Line, *, papers_only: bool) -> Draft | None:
    """Read the first line of a list entry: `[Title](…): text`, `… Title`, `Title (…) text`."""
    first = inline.first_link(line.text)
    if not first:
        return None
    start, end, link = first
    before, after = line.text[:start], line.text[end:]
    paper = paper_of(link.url) is not None
    stress = _STRESS.match(before)
    if stress and after.startswith(stress[0]):
        before, after = before[stress.end() :], after[stress.end() :]
    if (papers_only and not paper) or (before and not leads.may_be_title(before)):
        return None
    before, text = before.strip(_BEFORE), after.lstrip(_AFTER)
    if before and text and not paper:
        return None
    title = leads.title_of(leads.inlines(before) or (link,))
    tail = line.after(len(line.text) - len(text))
    if "://" in title or leads.names_a_link(title):
        title = ""
    if not title and leads.may_be_title(text) and not leads.line_links(text):
        title, tail = leads.title_of(leads.inlines(text)), line.after(len(line.text))
    return Draft(line.number, title, [link], lines=[tail] if tail.text else [])


def at_link_lines(lines: Sequence[Line]) -> tuple[list[Draft], list[Line]]:
    """Start an item at each line that is nothing but a paper's link, and at the title above it.

    Also gives the lines before the first.
    """
    starts: list[int] = []
    previous = -1  # the last line that belongs to a lead
    for index, line in enumerate(lines):
        links = leads.line_links(line.text)
        if any(paper_of(link.url) for link in links):
            starts.append(_lead_start(lines, index, previous + 1))
            previous = index
    found = []
    for place, start in enumerate(starts):
        own = lines[start : starts[place + 1] if place + 1 < len(starts) else len(lines)]
        draft = Draft(own[0].number, "")
        if not leads.line_links(own[0].text):
            words = leads.unbulleted(own[0].text).lstrip(" #")
            draft.heading = leads.title_of(leads.inlines(words))
            own = own[1:]
        leads.take(own, draft)
        found.append(draft)
    return found, list(lines[: starts[0]] if starts else lines)


def _lead_start(lines: Sequence[Line], index: int, floor: int) -> int:
    """Give the first of the lines directly above a link that may be titles."""
    start = index
    while start > floor and leads.may_be_title(lines[start - 1].text):
        start -= 1
        if index - start > _TALLEST_LEAD:  # it is rather the end of a paragraph
            return index
    return start
