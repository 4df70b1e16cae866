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
#: `**1. Title** …`, and a table's row less the number in its first cell.
_NUMBERED = re.compile(
    r"()(?:(?=(?P<number>\*\*[0-9]{1,3}|__[0-9]{1,3})[.)])"
    r"|\|[ \t]*(?:(?P<cell>[0-9]{1,3})[ \t]*(?:\||[.)])[ \t]*)?(?=.*\|[ \t]*$))"
)
_MARKS = ("|", "**", "__")
#: What is below the names of a table's columns.
_RULE = re.compile(r"\|[ \t]*:?-+[-:| \t]*")
#: `**Title** - text`.
_NAMED = re.compile(
    r"(?P<title>(?P<stress>\*\*|__)(?=\S).{1,300}?(?P=stress))[ \t]*(?:[:：,，—–-]+[ \t]*)?(?=\w)"
)
#: A line that is a title where a blank line is between it and its link, too.
_MARKED_TITLE = re.compile(
    r"[ \t]*(?:[0-9]{1,3}[.)、][ \t]*\S|(?:论文|中文|英文|原文)?标题[:：]|(?i:title):"
    r"|(?P<stress>\*\*|__)(?=\S).{1,300}(?P=stress)[:：]?[ \t]*$)"
)


def items(lines: Sequence[Line], *, papers_only: bool) -> tuple[list[Draft], list[Line]]:
    """Find the items among lines without headings, and the lines before the first of them.

    Of the two ways to read them the one that finds more is right.
    """
    listed, ruled = bullets(lines, papers_only=papers_only), at_link_lines(lines)
    return ruled if len(ruled[0]) > len(listed[0]) else listed


def bullets(lines: Sequence[Line], *, papers_only: bool) -> tuple[list[Draft], list[Line]]:
    """Take each list entry that begins with a link, or with a title and a link, as an item.

    `**1. Title** …` and the row of a table are such entries, too, and its head is left out. Also
    gives the lines before the first; lines after an entry are its text.
    """
    found: list[Draft] = []
    before: list[Line] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        bullet = BULLET.match(line.text)
        draft = None
        if bullet:
            first = line.after(bullet.end())
            draft = _entry(first, papers_only=papers_only) or _titled(first, lines, index, bullet)
        elif line.text.startswith(_MARKS) and (bullet := _NUMBERED.match(line.text)):
            # A number stands for much: what it counts needs no paper's link.
            first = line.after(bullet.end())._replace(text=line.text[bullet.end() :].rstrip("| \t"))
            draft = _entry(
                first, papers_only=papers_only and not (bullet["number"] or bullet["cell"])
            )
        if bullet and draft:
            if line.text.startswith("|"):
                _behead(found[-1].lines if found else before)
                inside, index = [line], index + 1
            else:
                inside, index = entry_lines(lines, index, bullet)
            own, draft.lines = [*draft.lines, *inside[1:]], []
            leads.take(own, draft)
            found.append(draft)
        else:
            (found[-1].lines if found else before).append(line)
            index += 1
    return found, before


def _behead(lines: list[Line]) -> None:
    """Take the names of columns off the end: of rows that are items they are no text."""
    if len(lines) > 1 and _RULE.fullmatch(lines[-1].text) and lines[-2].text.startswith("|"):
        del lines[-2:]


def _entry(line: Line, *, papers_only: bool) -> Draft | None:
    """Read the first line of a list entry: `[Title](…): text`, `… Title`, `Title (…) text`."""
    first = inline.first_link(line.text)
    if not first:
        return None
    start, end, link = first
    if (named := _NAMED.match(line.text)) and named.end() < start:
        if papers_only and not paper_of(link.url):
            return None
        title = leads.title_of(leads.inlines(named["title"]))
        return Draft(line.number, title, [link], lines=[line.after(named.end())])
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


def _titled(first: Line, lines: Sequence[Line], index: int, bullet: re.Match[str]) -> Draft | None:
    """Read a list entry that begins with a title and has a paper's link on a line further down."""
    if not leads.may_be_title(first.text):
        return None
    blank = False
    for line in lines[index + 1 : index + 2 + leads.TALLEST]:
        words = line.text.lstrip()
        outside = len(line.text) - len(words) <= len(bullet[1])
        deeper = BULLET.match(line.text)
        if words and outside and (blank or deeper):
            return None
        if links := leads.line_links(line.text):
            # Links with titles of their own are papers, below a name for them all.
            named = deeper and not all(map(leads.names_itself, links))
            papers = any(paper_of(link.url) for link in links)
            title = leads.title_of(leads.inlines(first.text))
            return Draft(first.number, title) if papers and not named else None
        if words and not leads.is_detail(line.text):
            return None
        blank = not words
    return None


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
        elif links and starts and previous == index - 1:
            previous = index
    found = []
    for place, start in enumerate(starts):
        own = lines[start : starts[place + 1] if place + 1 < len(starts) else len(lines)]
        draft = Draft(own[0].number, "")
        if own[0].text.strip().isdigit():
            own = own[1:]
        if not leads.line_links(own[0].text):
            words = leads.unbulleted(own[0].text).lstrip(" #")
            draft.heading = leads.title_of(leads.inlines(words))
            own = own[1:]
        leads.take(own, draft)
        found.append(draft)
    return found, list(lines[: starts[0]] if starts else lines)


def _lead_start(lines: Sequence[Line], index: int, floor: int) -> int:
    """Give the first of the lines above a link that may be titles.

    They stand directly above it, but for one that is marked as a title.
    """
    start = index
    while start > floor:
        above = start - 1
        text = lines[above].text
        if not text.strip():
            above -= 1
            if above < floor or not _MARKED_TITLE.match(lines[above].text):
                break
        elif not leads.may_be_title(text) or _is_prose(text):
            break
        if leads.labels_title(lines[start].text) and not leads.labels_title(lines[above].text):
            return above if lines[above].text.strip().isdigit() else start
        start = above
        if index - start > leads.TALLEST:  # it is rather the end of a paragraph
            return index
    return start


def _is_prose(text: str) -> bool:
    """Tell whether a line has a link among words."""
    return inline.first_link(text) is not None and not leads.line_links(text)
