"""Where a digest's items are: lines to drafts of items, whatever shape the file has.

A file is cut at its headings into parts. Which parts are items, sections, the issue's own
title or subheadings follows from where links stand, since a digest's items have one each:

- the *item level* is the heading level under which most leading links stand;
- a part with a leading link is an item at whatever level;
- a shallower part without one, directly above deeper ones, is a section (or, when it is the
  first and only one, the issue's title and introduction);
- a deeper part without one belongs to the text of the item above it.

Without headings, items begin at lines that are nothing but a link to a paper, or at the bullets
of a list of links.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from publisher.digest import inline, language
from publisher.digest.blocks import BULLET, EMPTY_HEADING, HEADING, closed_fences, entry_lines
from publisher.digest.links import paper_of
from publisher.digest.source import Line
from publisher.model import Inline, Link, Text, links_in, plain

#: A leading link's text that names the link, not the paper.
_GENERIC = re.compile(
    r"(arxiv|pdf|abs|abstract|paper|link|here|code|github|demo|project|website|page|url|doi"
    r"|hugging ?face|html|read more|read|原文|论文|链接|地址|代码|项目|主页|网址|演示|全文|点击"
    r"|查看|阅读|摘要|下载|[\s:：/|·,，-])+",
    re.IGNORECASE,
)
#: What may stand between links on a line of links: separators, and labels like `代码：`.
_BETWEEN = re.compile(r"[\s|｜·•,，、;；/()（）\[\]【】:：—–-]*")
_LABEL = re.compile(r"[^。！？.!?\n]{1,24}[:：]\s*")
_MAYBE_LINK = re.compile(
    r"\]\s?[(（]|https?:|www\.|iv:|\.[a-z]+/|<http|\\url|\\href", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[。！？!?；;.][”’\"'」』）)]?$")
_LONGEST_TITLE = 200
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")


@dataclass(slots=True)
class Draft:
    """An item before its text is parsed."""

    line: int
    heading: str
    #: Links on the heading or on lines of their own below it, in order.
    links: list[Link] = field(default_factory=list)
    #: The other title, with its place.
    other_title: str = ""
    lines: list[Line] = field(default_factory=list)
    section: Section | None = None


@dataclass(slots=True)
class Section:
    """A heading over items, and the text under it before the first of them."""

    line: int
    heading: str
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Outline:
    """All of a digest's text, sorted by what it is; every line is in exactly one place."""

    title: str = ""
    intro: list[Line] = field(default_factory=list)
    items: list[Draft] = field(default_factory=list)
    #: Sections with nothing under them.
    empty_sections: list[Section] = field(default_factory=list)


@dataclass(slots=True)
class _Part:
    """A heading (level 0: none, the top of the file) and the lines up to the next."""

    level: int
    line: int
    heading: tuple[Inline, ...]
    raw: str
    lines: list[Line] = field(default_factory=list)
    linked: bool = False

    @property
    def empty(self) -> bool:
        return not any(line.text.strip() for line in self.lines)


def outline(lines: Sequence[Line]) -> Outline:
    """Sort the lines of a digest (its front matter taken off) into items and the rest."""
    parts = _cut(lines)
    for part in parts:
        part.linked = _is_linked(part)
    level = _item_level(parts)
    found = Outline()
    section: Section | None = None
    for index, part in enumerate(parts):
        deeper = index + 1 < len(parts) and parts[index + 1].level > part.level
        if part.level == 0:
            found.items += _without_heading(part.lines, found.intro, None)
        elif not part.linked and _is_issue_title(parts, index, level):
            found.title = plain(part.heading)
            found.items += _without_heading(part.lines, found.intro, None)
        elif part.linked and (drafts := _listed(part)):
            section = _new_section(found, section, part, with_lines=False)
            for draft in drafts:
                draft.section = section
            found.items += drafts
        elif not part.linked and part.level < level and (deeper or part.empty):
            section = _new_section(found, section, part, with_lines=True)
        elif not part.linked and part.level > level and found.items:
            item = found.items[-1]
            item.lines += [Line(part.line, part.raw), *part.lines]
        else:
            draft = _draft(part)
            draft.section = section
            found.items.append(draft)
    _drop_empty(found, section)
    return found


def _new_section(
    found: Outline, before: Section | None, part: _Part, *, with_lines: bool
) -> Section:
    _drop_empty(found, before)
    return Section(part.line, plain(part.heading), list(part.lines) if with_lines else [])


def _drop_empty(found: Outline, section: Section | None) -> None:
    if section and (not found.items or found.items[-1].section is not section):
        found.empty_sections.append(section)


# --- Cutting ------------------------------------------------------------------------------


def _cut(lines: Sequence[Line]) -> list[_Part]:
    parts = [_Part(0, 1, (), "")]
    fences = closed_fences(lines)
    index = 0
    while index < len(lines):
        line = lines[index]
        text = line.text
        if index in fences:
            parts[-1].lines += lines[index : fences[index] + 1]
            index = fences[index] + 1
            continue
        mark = text.lstrip(" ")[:1]
        heading = HEADING.match(text) or EMPTY_HEADING.match(text) if mark == "#" else None
        if heading:
            words = heading[2] if heading.re is HEADING else ""
            parts.append(_Part(len(heading[1]), line.number, _inlines(words), text))
        elif mark and mark in "=-" and _underlines(parts[-1], text, lines[index - 1 : index]):
            above = parts[-1].lines.pop()
            level = 1 if mark == "=" else 2
            parts.append(_Part(level, above.number, _inlines(above.text), "#" * level + above.text))
        else:
            parts[-1].lines.append(line)
        index += 1
    if parts[0].empty:
        del parts[0]
    return parts


def _underlines(part: _Part, text: str, above: Sequence[Line]) -> bool:
    """Tell whether a line of `=` or `-` makes the line above it a heading (CommonMark 4.3).

    Below a whole sentence or a link it is the rule people draw between items.
    """
    if not _SETEXT.match(text) or not above or not part.lines or part.lines[-1] is not above[0]:
        return False
    title = above[0].text.strip()
    alone = len(part.lines) < 2 or not part.lines[-2].text.strip()  # noqa: PLR2004
    return (
        alone
        and 0 < len(title) <= _LONGEST_TITLE
        and not _SENTENCE_END.search(title)
        and not _MAYBE_LINK.search(title)
        and not BULLET.match(above[0].text)
        and len(text.strip()) >= (3 if "-" in text else 1)
    )


def _inlines(text: str) -> tuple[Inline, ...]:
    # What a title's link cannot use stays in the title as text: nothing to report.
    return inline.parse(text.strip(), lambda *_: None)


# --- Deciding -----------------------------------------------------------------------------


def _is_linked(part: _Part) -> bool:
    if part.level == 0:
        return False
    if any(True for _ in links_in(part.heading)):
        return True
    return any(line_links(line.text) for line in _first_lines(part.lines))


def _first_lines(lines: Sequence[Line]) -> list[Line]:
    """Give the first two lines with text: a link stands there, below at most one title."""
    found: list[Line] = []
    for line in lines:
        if line.text.strip():
            found.append(line)
            if len(found) == 2 or not _may_be_title(line.text):  # noqa: PLR2004
                break
    return found


def _item_level(parts: Sequence[_Part]) -> int:
    linked = Counter(part.level for part in parts if part.linked)
    if linked:
        most = max(linked.values())
        return min(level for level, count in linked.items() if count == most)
    filled = Counter(part.level for part in parts if part.level and not part.empty)
    if not filled:
        return min((part.level for part in parts if part.level), default=1)
    most = max(filled.values())
    return max(level for level, count in filled.items() if count == most)


def _is_issue_title(parts: Sequence[_Part], index: int, level: int) -> bool:
    part = parts[index]
    first = index == 0 or (index == 1 and parts[0].level == 0)
    alone = sum(1 for other in parts if other.level == part.level) == 1
    return first and alone and part.level < level


# --- Items under a heading ----------------------------------------------------------------


def _draft(part: _Part) -> Draft:
    draft = Draft(part.line, plain(part.heading).strip())
    draft.links += links_in(part.heading)
    draft.lines = _take_lead(part.lines, draft)
    return draft


def _take_lead(lines: Sequence[Line], draft: Draft) -> list[Line]:
    """Take titles and links off the top of an item's lines; give the rest, its text."""
    index = 0
    while index < len(lines):
        text = lines[index].text
        if not text.strip():
            index += 1
            continue
        links = line_links(text)
        if links:
            draft.links += links
            if not draft.other_title:
                draft.other_title = _title_in(links, draft.heading)
        elif _is_other_title(lines, index, draft):
            draft.other_title = plain(_inlines(_unbulleted(text)))
        else:
            break
        index += 1
    return list(lines[index:])


def _is_other_title(lines: Sequence[Line], index: int, draft: Draft) -> bool:
    """Tell whether a line without a link is the title in the other language.

    It is when it looks like one, is in the other script, and more follows: a short text that
    stands alone is the item's text.
    """
    text = _unbulleted(lines[index].text)
    if draft.other_title or not draft.heading or not _may_be_title(text):
        return False
    more = any(line.text.strip() for line in lines[index + 1 :])
    return more and language.has_han(text) != language.has_han(draft.heading)


def _may_be_title(text: str) -> bool:
    text = text.strip()
    return len(text) <= _LONGEST_TITLE and not _SENTENCE_END.search(text)


def _title_in(links: Sequence[Link], heading: str) -> str:
    for link in links:
        text = plain(link.children).strip()
        if not _GENERIC.fullmatch(text) and "://" not in text and text != link.url:
            return text if not heading or text != heading or paper_of(link.url) else ""
    return ""


def _unbulleted(text: str) -> str:
    bullet = BULLET.match(text)
    return text[bullet.end() :] if bullet else text


def line_links(text: str) -> list[Link]:
    """Give the links of a line that holds nothing but links, their labels and separators.

    `论文：https://… 代码：https://…` labels its links: a bare address takes its label as text.
    """
    if not _MAYBE_LINK.search(text):
        return []
    nodes = inline.parse(_unbulleted(text).strip(), lambda *_: None)
    links: list[Link] = []
    label = ""
    for node in nodes:
        match node:
            case Text(value):
                if _LABEL.fullmatch(value.lstrip(" |｜·•,，、;；")):
                    label = value.strip(" |｜·•,，、;；:：\t")
                elif not _BETWEEN.fullmatch(value.strip(" 。.")):
                    return []
            case Link(url, children):
                bare = plain(children) in url
                links.append(Link(url, (Text(label),)) if label and bare else node)
                label = ""
            case _:
                inner = list(links_in((node,)))
                if not inner or plain((node,)) != "".join(plain(i.children) for i in inner):
                    return []
                links += inner
    return links if not label else []


# --- Items without headings ---------------------------------------------------------------


def _listed(part: _Part) -> list[Draft]:
    """Give the items of a section that is a list of links, or nothing when it is an item.

    An item's own list of links has one paper in it; a list of two papers is a list of items.
    """
    if any(True for _ in links_in(part.heading)):
        return []
    rest: list[Line] = []
    drafts = _bullets(part.lines, rest)
    papers = {paper_of(draft.links[0].url) for draft in drafts} - {None}
    return drafts if len(papers) > 1 and not rest else []


def _without_heading(
    lines: Sequence[Line], intro: list[Line], section: Section | None
) -> list[Draft]:
    """Find items among lines without headings; what comes before the first joins `intro`."""
    rest: list[Line] = []
    drafts = _bullets(lines, rest) or _at_link_lines(lines, rest)
    intro += rest
    for draft in drafts:
        draft.section = section
    return drafts


def _bullets(lines: Sequence[Line], rest: list[Line]) -> list[Draft]:
    """Take each bullet that begins with a link as an item; lines before the first go to `rest`."""
    drafts: list[Draft] = []
    before: list[Line] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        bullet = BULLET.match(line.text)
        link = _leading_link(line.text[bullet.end() :]) if bullet else None
        if bullet and link:
            inside, index = entry_lines(lines, index, bullet)
            drafts.append(_listed_draft(line, link, inside))
        else:
            if drafts and line.text.strip():
                drafts[-1].lines.append(line)
            elif not drafts:
                before.append(line)
            index += 1
    if drafts:
        rest += before
    return drafts


def _leading_link(text: str) -> tuple[Link, str] | None:
    """Give the link a text begins with, and the text after it."""
    if not _MAYBE_LINK.search(text):
        return None
    match = re.match(r"(\*{0,3})(\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]\s?[(（][^\s]+?[)）])\1", text)
    raw = match[2] if match else (re.match(r"\S+", text) or [""])[0]
    nodes = _inlines(raw)
    if nodes and isinstance(nodes[0], Link):
        end = match.end() if match else len(plain(nodes[:1]))
        return nodes[0], text[end:]
    return None


def _listed_draft(line: Line, link: tuple[Link, str], inside: list[Line]) -> Draft:
    first, rest = link
    title = plain(first.children)
    draft = Draft(line.number, "" if "://" in title else title, [first])
    rest = rest.lstrip(" \t:：—–-|")
    tail = [Line(line.number, rest), *inside[1:]] if rest else inside[1:]
    draft.lines = _take_lead(tail, draft)
    return draft


def _at_link_lines(lines: Sequence[Line], rest: list[Line]) -> list[Draft]:
    """Start an item at each line that is nothing but a paper's link, and at the title above it."""
    starts: list[int] = []
    previous = -1  # the last line that belongs to a lead
    for index, line in enumerate(lines):
        links = line_links(line.text)
        if not links or not any(paper_of(link.url) for link in links):
            continue
        above = index - 1
        titled = above > previous and _may_be_title(lines[above].text) and lines[above].text.strip()
        alone = above < 1 or not lines[above - 1].text.strip() or above - 1 == previous
        starts.append(above if titled and alone else index)
        previous = index
    if not starts:
        rest += lines
        return []
    rest += lines[: starts[0]]
    drafts = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        own = list(lines[start:end])
        draft = Draft(own[0].number, "")
        if not line_links(own[0].text):
            draft.heading = plain(_inlines(own.pop(0).text))
        draft.lines = _take_lead(own, draft)
        drafts.append(draft)
    return drafts
