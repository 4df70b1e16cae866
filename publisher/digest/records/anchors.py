"""Units without a mark of their own: texts below the line of their links, or above it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from publisher.digest.fields import link_names, titles
from publisher.digest.fields.item_fields import TALLEST
from publisher.digest.fields.labels import Role, label_of
from publisher.digest.fields.link_lines import line_links
from publisher.digest.markdown import inline
from publisher.digest.markdown.autolink import paper_of
from publisher.digest.records.heading_labels import names_section
from publisher.digest.records.layout import BOLD, Address, Kind, Layout, Place
from publisher.digest.records.units import Candidate, Form, Range, Unit, candidate_of, scored
from publisher.paper_id import PaperId

#: A line that is a title where a blank line is between it and its link, too.
_MARKED_TITLE = re.compile(
    r"[ \t]*(?:[0-9]{1,3}[.)、][ \t]*\S|(?:论文|中文|英文|原文)?标题[:：]|(?i:title):"
    r"|(?P<stress>\*\*|__)(?=\S).{1,300}(?P=stress)[:：]?[ \t]*$|《[^《》]{5,300}》[ \t]*$)"
)
_GREETING = re.compile(
    r"[\W_]*(?:大家好|各位|早上好|早安|晚上好|下午好|你好|您好|今[日天]|本[周期]|欢迎"
    r"|hi\b|hello|dear\b|good (?:morning|evening)"
    r"|welcome|today|this week|here (?:are|is)|greetings|みなさん|こんにちは|안녕)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Anchors:
    """Candidates whose units are found by lines of links."""

    candidates: tuple[Candidate, ...] = ()
    #: A line that two of them give to different papers, and no rule settles; -1 for none.
    unclear: int = -1


def anchored(part: Range) -> Anchors:
    """Return the candidates of a range whose units begin or end at lines of a paper's links."""
    titled = _titled(part)
    candidates: list[Candidate] = []
    if len(titled) > 1:
        units = [Unit(start, end, own, title=2) for (start, end), own in titled]
        candidates.append(scored(Form.titled, part, units))
    groups = _with_tags(part, _groups(part))
    if not groups:
        paragraphs = _with_papers(part)
        if paragraphs:
            candidates.append(candidate_of(Form.paragraph, part, paragraphs))
        return Anchors(tuple(candidates))
    forms, unclear = _readings(part, groups)
    for form in forms:
        is_above = form is Form.above
        spans = (
            _below_links(part, groups) if is_above else _above_links(_texts(part, groups), groups)
        )
        candidates.append(candidate_of(form, part, spans))
    return Anchors(tuple(candidates), unclear)


def _readings(part: Range, groups: Sequence[tuple[int, int]]) -> tuple[tuple[Form, ...], int]:
    """Return on which sides of their links texts may stand, and the first that may be either's."""
    layout = part.layout
    spans = _below_links(part, groups)
    has_titles = any(start < group[0] for (start, _), group in zip(spans, groups, strict=True))
    first, *between, last = _texts(part, groups)
    titled = {address.line for address in part.addresses if address.paper and address.is_titled}
    has_titles = has_titles or all(group[0] in titled for group in groups)
    if has_titles or not first or not all(between):
        return (Form.above,), -1
    # A text in the lines right above a link, or right below it, is the link's.
    above = [start > part.start and not layout.is_blank(start - 1) for start, _ in groups]
    below = [end + 1 < part.end and not layout.is_blank(end + 1) for _, end in groups]
    if (all(above) and not any(below)) or (not last and not (any(below) and not any(above))):
        return (Form.below,), -1
    is_known = len(groups) == 1 or _GREETING.match(layout.text(first[0][0]))
    if is_known or (any(below) and not any(above)):
        return (Form.above,), -1
    return (Form.above, Form.below), between[0][0][0]


def _titled(part: Range) -> list[tuple[tuple[int, int], tuple[Address, ...]]]:
    """Return where titles stand that end in a link which only names itself, over a text each.

    Also returns the address that such a title has.
    """
    layout = part.layout
    paragraphs = _paragraphs(layout, part.start, part.end)
    by_line: dict[int, list[Address]] = {}
    for address in part.addresses:
        by_line.setdefault(address.line, []).append(address)
    places: list[tuple[int, tuple[Address, ...]]] = []
    for (start, end), below in pairwise([*paragraphs, (part.end, part.end)]):
        own = [a for line in range(start, end) for a in by_line.get(line, ())]
        if (
            len(own) != 1
            or end - start > _TALLEST_TITLE
            or own[0].is_titled
            or own[0].place is Place.alone
        ):
            continue
        words = " ".join(layout.text(i) for i in range(start, end))
        title = titles.title_of(titles.inlines(words))
        is_over = below[0] < part.end and not titles.may_be_title(layout.text(below[1] - 1))
        is_last = own[0].line == end - 1 and layout.text(end - 1).rstrip()[-1:] in ")>]"
        if is_over and is_last and len(title.split()) > 1 and titles.may_be_title(title):
            places.append((start, (own[0],)))
    walls = sorted(
        {start for start, _ in places}
        | {i for i in range(part.start, part.end) if 0 < layout.levels[i] < BOLD}
    )
    ends = dict(pairwise([*walls, part.end]))
    return [((start, ends[start]), own) for start, own in places]


#: Lines of a title that is broken to the width of a mail.
_TALLEST_TITLE = 3


def _groups(part: Range) -> list[tuple[int, int]]:
    """Return the first and last line of each group of lines of links that has a paper's.

    Two groups of one paper with nothing but labelled lines between them are one. Below a title
    that is a link, lines that only name the same paper's links begin none.
    """
    layout = part.layout
    papers: dict[int, set[PaperId]] = {}
    titled = {address.line for address in part.addresses if address.is_titled}
    for address in part.addresses:
        if address.place is Place.alone and layout.kinds[address.line] is not Kind.quote:
            papers.setdefault(address.line, set()).update(filter(None, [address.paper]))
    groups: list[tuple[int, int]] = []
    for line, own in sorted(papers.items()):
        is_next = bool(groups) and groups[-1][1] == line - 1
        if groups and ((not own and is_next) or _goes_on(layout, papers, groups[-1], line)):
            groups[-1] = groups[-1][0], line
        elif own and not (
            groups
            and groups[-1][0] in titled
            and line not in titled
            and own == papers[groups[-1][0]]
        ):
            groups.append((line, line))
    return groups


def _with_tags(part: Range, groups: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """Return groups with the paragraph of hashtags below each: it ends a post.

    Where none is below the last, or one is above the first, it may as well begin one.
    """
    layout = part.layout
    tagged: list[tuple[int, int]] = []
    for (first, last), (bound, _) in pairwise([*groups, (part.end, part.end)]):
        begin = last + 1
        while begin < bound and layout.is_blank(begin):
            begin += 1
        end = begin
        while end < bound and _are_tags(layout.text(end)):
            end += 1
        is_whole = end > begin and (end == bound or layout.is_blank(end))
        tagged.append((first, end - 1 if is_whole else last))
    first_text = next((i for i in range(part.start, part.end) if not layout.is_blank(i)), -1)
    is_end = bool(groups) and tagged[-1] != groups[-1] and not _are_tags(layout.text(first_text))
    return tagged if is_end else groups


def _are_tags(text: str) -> bool:
    return bool(text.strip()) and all(word[0] in "#＃" for word in text.split())


def _goes_on(
    layout: Layout, papers: Mapping[int, set[PaperId]], group: tuple[int, int], line: int
) -> bool:
    """Return whether a line of links says more of the paper of the group above it."""
    first, last = group
    return (
        bool(papers[line])
        and papers[line] == papers[first]
        and all(layout.is_blank(i) or i in layout.labels for i in range(last + 1, line))
    )


def _paragraphs(layout: Layout, start: int, end: int) -> list[tuple[int, int]]:
    """Return the first line of each paragraph in a range and the line after it; no rules."""
    paragraphs: list[tuple[int, int]] = []
    begin = -1
    for index in range(start, end):
        if layout.kinds[index] in (Kind.blank, Kind.rule, Kind.head):
            if begin >= 0:
                paragraphs.append((begin, index))
            begin = -1
        elif begin < 0:
            begin = index
    if begin >= 0:
        paragraphs.append((begin, end))
    return paragraphs


def _texts(part: Range, groups: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Return the paragraphs before the first group, between groups, and after the last."""
    edges = [(part.start - 1, part.start - 1), *groups, (part.end, part.end)]
    return [_paragraphs(part.layout, one[1] + 1, other[0]) for one, other in pairwise(edges)]


def _above_links(
    texts: Sequence[list[tuple[int, int]]], groups: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return units that end at their links.

    Where each text but the first is of as many paragraphs, the first is of no more: what stands
    above it greets.
    """
    counts = {len(text) for text in texts[1:-1]}
    most = counts.pop() if len(counts) == 1 else 1 if not counts else 0
    spans = []
    for number, (text, group) in enumerate(zip(texts, groups, strict=False)):
        own = text[-most:] if number == 0 and most else text
        spans.append((own[0][0], group[1] + 1))
    return spans


def _below_links(part: Range, groups: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return units that begin at their links, or at titles directly above these."""
    starts: list[int] = []
    floor = part.start
    for first, last in groups:
        starts.append(_lead_start(part.layout, first, floor))
        floor = last + 1
    return _to_next(part, starts)


def _lead_start(layout: Layout, index: int, floor: int) -> int:
    """Return the first of the lines above a link that may be titles.

    They stand directly above it, but for one that is marked as a title.
    """
    start = index
    links = line_links(layout.text(index))
    own = {paper_of(link.url) for link in links} - {None}
    is_titled = any(not link_names.names_itself(link) for link in links)
    while start > floor:
        above = start - 1
        text = layout.lines[above].text
        if not text.strip():
            above -= 1
            marked = layout.lines[above].text if above >= floor else ""
            if not _MARKED_TITLE.match(marked) or (is_titled and names_section(marked)):
                break
        elif (
            layout.kinds[above] is Kind.rule
            or (is_titled and names_section(layout.text(above)))
            or not titles.may_be_title(text)
            or _is_prose(text, own)
        ):
            break
        if _labels_title(layout, start) and not _labels_title(layout, above):
            return above if layout.lines[above].text.strip().isdigit() else start
        start = above
        if index - start > TALLEST:  # it is rather the end of a paragraph
            return index
    return start


def from_title(part: Range, unit: Unit, following: Unit) -> Unit:
    """Return the first of several units from its title on; paragraphs above that introduce them.

    The title stands directly above links, or begins with the same symbol as the next unit's.
    """
    layout = part.layout
    line = next((a.line for a in unit.own if a.place is Place.alone), unit.start)
    start = _lead_start(layout, line, unit.start)
    label = layout.labels.get(start)
    if start < line and label and label.role is not Role.title:
        return unit  # fields of a title above
    if start < line and layout.is_blank(start - 1):
        return replace(unit, start=start)
    if not any(map(layout.is_blank, range(unit.start, line))):
        return unit  # the title and all fields are one paragraph
    mark = layout.text(following.start)[:1]
    if mark.isalnum() or mark == layout.text(unit.start)[:1]:
        return unit
    starts = (index for index, _ in _paragraphs(layout, unit.start, unit.end))
    start = next((index for index in starts if layout.text(index)[:1] == mark), unit.start)
    return replace(unit, start=start)


def _labels_title(layout: Layout, index: int) -> bool:
    label = label_of(layout.text(index))
    return bool(label and label.role is Role.title)


def _is_prose(text: str, own: Container[PaperId | None]) -> bool:
    """Return whether a line has a link among words that is not to one of these papers."""
    first = inline.first_link(text)
    return first is not None and not line_links(text) and paper_of(first[2].url) not in own


def _with_papers(part: Range) -> list[tuple[int, int]]:
    """Return the paragraphs that hold a paper's address, each to before the next."""
    lines = [a.line for a in part.addresses if a.paper]
    starts = [
        start
        for start, end in _paragraphs(part.layout, part.start, part.end)
        if bisect_left(lines, start) < bisect_left(lines, end)
    ]
    return _to_next(part, starts)


def _to_next(part: Range, starts: Sequence[int]) -> list[tuple[int, int]]:
    """Return each start and where the next is, or a heading."""
    levels = part.layout.levels
    walls = sorted({*starts, *(i for i in range(part.start, part.end) if levels[i])})
    ends = dict(pairwise([*walls, part.end]))
    return [(start, ends[start]) for start in starts]
