"""Where a digest's items are: lines to drafts of items, whatever shape the file has.

A file is cut at its headings into parts. Which parts are items, sections, the issue's own
title or subheadings follows from where links stand, since a digest's items have one each:

- the *item level* is the heading level under which most leading links stand;
- a part with a leading link is an item at whatever level; one that lists papers is a section;
- a shallower part without one, directly above deeper ones, is a section (or, when it is the
  first and only one, the issue's title and introduction);
- a deeper part without one belongs to the text of the item above it.

Without headings, items are found by listed.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from publisher.digest import leads, listed, outro
from publisher.digest.blocks import BULLET, RULE, closed_fences, heading
from publisher.digest.leads import Draft, Section
from publisher.digest.links import paper_of
from publisher.digest.source import Line
from publisher.model import links_in

#: Of headings on a level of labels there are more than one paper's twice; of labels, some six.
_FEWEST, _MOST = 4, 12
_MARKDOWN = ("```markdown", "```md", "~~~markdown", "~~~md")
_SETEXT = re.compile(r" {0,3}(?:=+|-{3,})[ \t]*$")


@dataclass(slots=True)
class Outline:
    """All of a digest's text, sorted by what it is; every line is in exactly one place."""

    title: str = ""
    intro: list[Line] = field(default_factory=list)
    items: list[Draft] = field(default_factory=list)
    #: Sections with nothing under them.
    empty_sections: list[Section] = field(default_factory=list)
    #: Lines of headings with nothing in them or under them.
    hollow: list[int] = field(default_factory=list)
    outro: Sequence[Line] = ()
    #: That of the headings over most items; 0 where there are none.
    level: int = 0


@dataclass(slots=True)
class _Part:
    """A heading (level 0: none, the top of the file) and the lines up to the next."""

    level: int
    #: The heading as typed, with hashes.
    raw: str
    #: What it is as an item.
    draft: Draft
    #: What it is called as a section, or as the issue.
    name: str = ""
    #: Whether the heading itself holds a link.
    links_itself: bool = False
    lines: list[Line] = field(default_factory=list)
    #: The papers of a part that is a list of them, and the lines that are not.
    papers: list[Draft] = field(default_factory=list)
    rest: list[Line] = field(default_factory=list)

    @classmethod
    def under(cls, level: int, line: int, words: str, raw: str) -> _Part:
        """Make the part under a heading."""
        nodes = leads.inlines(words)
        links = list(links_in(nodes))
        title = leads.title_of(nodes)
        return cls(level, raw, Draft(line, title, links), title, bool(links))

    @property
    def empty(self) -> bool:
        return not any(line.text.strip() for line in self.lines)

    @property
    def linked(self) -> bool:
        return bool(self.draft.links)


def outline(lines: Sequence[Line]) -> Outline:
    """Sort the lines of a digest (its front matter taken off) into items and the rest."""
    for start in outro.starts(lines):
        above = _sorted(lines[:start])
        if outro.stands_apart(lines[start:], above.items, above.level):
            above.outro = outro.with_hashes(lines[start:])
            return above
    return _sorted(lines)


def _sorted(lines: Sequence[Line]) -> Outline:
    """Sort lines, none of which are the outro's."""
    parts = _without_labels(_cut(lines))
    for part in parts:
        if part.level:
            leads.take(part.lines, part.draft)
    _find_lists(parts)
    level = _item_level(parts)
    with_papers = any(part.papers or _has_paper(part) for part in parts)
    found = Outline()
    section: Section | None = None
    reach = 0  # a part of this level or above ends the section
    for index, part in enumerate(parts):
        following = parts[index + 1] if index + 1 < len(parts) else None
        if part.level <= reach:
            _drop_empty(found, section)
            section = None
        if part.level and part.empty and not (part.draft.heading or part.linked):
            found.hollow.append(part.draft.line)
        elif not part.level or _is_issue_title(parts, index, level):
            _open(part, parts, found)
        elif part.papers or _is_section(part, following, level):
            _drop_empty(found, section)
            section = Section(part.draft.line, part.name, part.rest)
            reach = part.level if part.papers or part.level < level else 0
            for draft in part.papers:
                draft.section = section
            found.items += part.papers
            found.level = level if part.papers else found.level
        elif part.level > level and found.items and not _is_deeper_item(part, with_papers):
            found.items[-1].lines += [Line(part.draft.line, part.raw), *part.lines]
        else:
            part.draft.section = section
            found.items.append(part.draft)
            found.level = level
    _drop_empty(found, section)
    return found


def _open(part: _Part, parts: Sequence[_Part], found: Outline) -> None:
    """Take what stands above the items: the title, the introduction, items without headings.

    Where headings lead to items, a list above them is the introduction's.
    """
    found.title = found.title or part.name
    if part.draft.links:
        found.intro.append(Line(part.draft.line, part.raw.lstrip(" #")))
    if any(other.linked and not other.papers for other in parts if other is not part):
        found.intro += part.lines
        return
    items, rest = listed.items(part.lines, papers_only=len(parts) > 1)
    found.intro += rest
    found.items += items


def _drop_empty(found: Outline, section: Section | None) -> None:
    if section and (not found.items or found.items[-1].section is not section):
        found.empty_sections.append(section)


# --- Cutting ------------------------------------------------------------------------------


def _cut(lines: Sequence[Line]) -> list[_Part]:
    parts = [_Part(0, "", Draft(1, ""))]
    fences = closed_fences(lines)
    index = 0
    while index < len(lines):
        line = lines[index]
        text = line.text
        mark = text.lstrip(" ")[:1]
        if index in fences:
            parts[-1].lines += lines[index : fences[index] + 1]
            index = fences[index]
        elif mark == "#" and (found := heading(text) or _glued_heading(lines, index)):
            parts.append(_Part.under(found[0], line.number, found[1], text))
        elif mark and mark in "=-" and _underlines(parts[-1], text, lines[index - 1 : index]):
            above = parts[-1].lines.pop()
            level = 1 if mark == "=" else 2
            raw = "#" * level + " " + above.text
            parts.append(_Part.under(level, above.number, above.text, raw))
        else:
            parts[-1].lines.append(line)
        index += 1
    if parts[0].empty:
        del parts[0]
    return parts


def unwrapped(lines: Sequence[Line]) -> Sequence[Line]:
    """Take off the fence around all of a digest, as a model hands it over: it is no text."""
    for start, end in closed_fences(lines).items():
        if lines[start].text.strip().lower() in _MARKDOWN:
            if any(part.level for part in _cut(lines[:start])):
                break  # below a heading it is an example
            return [*lines[:start], *lines[start + 1 : end], *lines[end + 1 :]]
    return lines


def _without_labels(parts: list[_Part]) -> list[_Part]:
    """Give headings like `### Abstract`, the same under each item, to the text above them.

    They are known by their level: there are few names on it, and each stands there twice or more.
    """
    names: dict[int, list[str]] = {}
    for part in parts:
        names.setdefault(part.level, []).append(part.name)
    top = min(level for level in names if level) if any(names) else 0
    labels = {
        level
        for level, found in names.items()
        if level > top and len(found) >= _FEWEST and 2 * len(set(found)) <= min(len(found), _MOST)
    }
    if not labels:
        return parts
    kept: list[_Part] = []
    for part in parts:
        if part.level not in labels or not kept:
            kept.append(part)
            continue
        # Above lines of links it says what they say themselves.
        if not all(leads.line_links(line.text) for line in part.lines if line.text.strip()):
            kept[-1].lines.append(Line(part.draft.line, part.raw))
        kept[-1].lines += part.lines
    return kept


def _glued_heading(lines: Sequence[Line], index: int) -> tuple[int, str] | None:
    """Take `#Title` for a heading where a line of links follows; else it is a tag."""
    below = lines[index + 1].text if index + 1 < len(lines) else ""
    return (1, lines[index].text.strip(" #")) if leads.line_links(below) else None


def _underlines(part: _Part, text: str, above: Sequence[Line]) -> bool:
    """Tell whether a line of `=` or `-` makes the line above it a heading (CommonMark 4.3).

    Below a whole sentence or a link it is the rule people draw between items.
    """
    if not _SETEXT.match(text) or not above or not part.lines or part.lines[-1] is not above[0]:
        return False
    title = above[0].text
    alone = len(part.lines) < 2 or not part.lines[-2].text.strip()  # noqa: PLR2004
    return (
        alone
        and leads.may_be_title(title)
        and not BULLET.match(title)
        and not RULE.match(title)
        and not any(True for _ in links_in(leads.inlines(title)))
    )


# --- Deciding -----------------------------------------------------------------------------


def _find_lists(parts: Sequence[_Part]) -> None:
    """Find the parts that are lists of papers.

    An item's own list of links has one paper in it; a list of two papers is a list of items.
    Where there is such a part, one with a single entry is another.
    """
    found = []
    for part in parts:
        part.rest = part.lines
        if part.level and not part.links_itself:
            papers, rest = listed.bullets(part.lines, papers_only=True)
            if any(map(_is_paper, papers)) and not (
                part.linked and any(line.text.strip() for line in rest)
            ):
                found.append((part, papers, rest))
    if any(len(papers) > 1 for _, papers, _ in found):
        for part, papers, rest in found:
            part.papers, part.rest = papers, rest
    for part in parts:
        if not part.linked and not part.papers:
            leads.take_end(part.draft)


def _item_level(parts: Sequence[_Part]) -> int:
    papers = [part for part in parts if part.papers or _has_paper(part)]
    linked = Counter(
        part.level + bool(part.papers) for part in papers or parts if part.papers or part.linked
    )
    if linked:
        most = max(linked.values())
        return min(level for level, count in linked.items() if count == most)
    filled = Counter(part.level for part in parts if part.level and not part.empty)
    if not filled:
        return min((part.level for part in parts if part.level), default=1)
    most = max(filled.values())
    return max(level for level, count in filled.items() if count == most)


def _is_issue_title(parts: Sequence[_Part], index: int, level: int) -> bool:
    """Tell whether a part is the heading over the whole issue, which may link to its home."""
    part = parts[index]
    first = index == 0 or (index == 1 and parts[0].level == 0)
    if not first or part.level >= level or any(p.level <= part.level for p in parts[index + 1 :]):
        return False
    if part.papers or not part.linked:
        return True
    return not _has_paper(part) and any(map(_has_paper, parts))


def _is_deeper_item(part: _Part, with_papers: bool) -> bool:  # noqa: FBT001
    """Tell whether a part below the items' level is an item all the same.

    Where items are papers, links without one under a subheading are the item's above.
    """
    return _has_paper(part) or (part.linked and not with_papers)


def _has_paper(part: _Part) -> bool:
    return _is_paper(part.draft)


def _is_paper(draft: Draft) -> bool:
    return any(paper_of(link.url) for link in draft.links)


def _is_section(part: _Part, following: _Part | None, level: int) -> bool:
    """Tell whether a part groups the items below it.

    It may stand on their own level when there is nothing under it.
    """
    if part.linked or not part.draft.heading or not following:
        return False
    if part.level < level:
        return part.empty or following.level > part.level
    return part.empty and following.linked and part.level == following.level
