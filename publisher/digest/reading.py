"""Reading one digest: the steps in order, and what is said about the result."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from publisher.columns import SUBJECT, shown_columns
from publisher.digest import (
    blocks,
    comments,
    frontmatter,
    leads,
    names,
    parts,
    references,
    source,
    strays,
)
from publisher.digest.blocks import Placed
from publisher.digest.language import Languages
from publisher.digest.leads import Draft
from publisher.digest.links import paper_of
from publisher.digest.source import Line
from publisher.model import (
    Block,
    Diagnostic,
    Heading,
    Issue,
    Item,
    Level,
    Link,
    Paragraph,
    Section,
    Text,
    links_in,
    paragraphs,
    plain,
)
from publisher.paper import PaperId

#: What a sentence goes on after, beside letters and digits.
_OPEN = tuple("，,、：:—–-")
#: A shorter text without a full stop is a note, not an abstract that was cut.
_SHORTEST_ABSTRACT = 60
_QUOTED = 60
#: Nobody reads more, and half a million would take 160 MB.
_MOST_REMARKS = 1_000
#: A real digest has up to a hundred items; each paper has a page and an entry in feeds.
_MOST_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one file: an issue unless there was an error, and the remarks on it."""

    issue: Issue | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(slots=True)
class _Remarks:
    """Gathers diagnostics on one file."""

    file: str
    found: list[Diagnostic] = field(default_factory=list)
    #: How many were left out.
    more: int = 0

    def __call__(self, line: int, column: int, level: Level, code: str, message: str) -> None:
        if len(self.found) >= _MOST_REMARKS and level is not Level.error:
            self.more += 1
            return
        self.found.append(
            Diagnostic(
                file=self.file, line=line, column=column, level=level, code=code, message=message
            )
        )

    def warn(self, line: int, code: str, message: str) -> None:
        self(line, 1, Level.warning, code, message)

    def reading(self, issue: Issue | None) -> Reading:
        if any(each.level is Level.error for each in self.found):
            issue = None
        if self.more:
            what = f"{self.more} more remarks are left out"
            self.found.append(
                Diagnostic(
                    file=self.file, line=0, column=0, level=Level.info, code="more-remarks",
                    message=what,
                )
            )  # fmt: skip
        ordered = sorted(self.found, key=lambda each: (each.line, each.column))
        return Reading(issue, tuple(ordered))


def read(
    data: bytes,
    name: str,
    *,
    languages: tuple[str, ...],
    zone: tzinfo,
    shown: str = "",
    most_lines: int = sys.maxsize,
) -> Reading:
    """Read the digest `name`: its bytes in, an Issue and diagnostics out. Never raises.

    `languages` are the newsletter's (the original's, then the translation's), `zone` its time
    zone for dates, `shown` the path that diagnostics name (the name when empty).
    More than `most_lines` lines are an error.
    """
    remarks = _Remarks(shown or name)
    text = source.decode(data, remarks)
    if text is None:
        return remarks.reading(None)
    if (count := text.count("\n") + 1) > most_lines:
        what = f"{count} lines; digests.max_lines allows {most_lines}"
        remarks(most_lines + 1, 1, Level.error, "too-large", what)
        return remarks.reading(None)
    lines = [Line(number, each) for number, each in enumerate(text.split("\n"), 1)]
    front_lines, body = frontmatter.split(lines, remarks)
    front = frontmatter.parse(front_lines, zone, remarks)
    if front is None:
        return remarks.reading(None)
    outline = parts.outline(_prepared(body, text, remarks))
    if len(outline.items) > _MOST_ITEMS:
        what = f"{len(outline.items)} items; an issue has at most {_MOST_ITEMS}"
        remarks(outline.items[_MOST_ITEMS].line, 1, Level.error, "too-large", what)
        return remarks.reading(None)
    tongue = Languages(languages)
    texts = _texts(front, outline, tongue, remarks)
    items = _items(outline, texts, tongue, remarks)
    for line in outline.hollow:
        remarks.warn(line, "empty-heading", "a heading with nothing in it or under it")
    for section in outline.empty_sections:
        beginning = _quoted([section.heading, *(line.text for line in section.lines)])
        last = max((line.number for line in section.lines), default=section.line)
        out = f", left out to line {last}" if last > section.line else ""
        remarks.warn(section.line, "empty-section", f"no item under this heading{out}: {beginning}")
    if not items:
        what = "no item found: an item is a heading with a link and a text below it"
        remarks(1, 1, Level.error, "empty", "the file is empty" if not text.strip() else what)
        return remarks.reading(None)
    title = front.title or outline.title or None
    if front.title and outline.title and front.title != outline.title:
        remarks.warn(
            1, "two-titles", f'the front matter\'s title stands for "{_quoted([outline.title])}"'
        )
    if front.subject and (width := shown_columns(front.subject)) > SUBJECT:
        remarks.warn(
            front.places["subject"], "long-subject",
            f"the subject is {width} columns wide; a list of mails shows about {SUBJECT}",
        )  # fmt: skip
    return remarks.reading(
        Issue(
            slug=names.slug_of(name),
            source=name,
            title=title,
            date=front.date or names.date_of(name, zone),
            draft=front.draft,
            tags=front.tags,
            intro=_blocks(texts.intro),
            items=items,
            outro=_blocks(texts.outro),
            subject=front.subject,
            preheader=front.preheader,
        )
    )


def _prepared(body: Sequence[Line], text: str, remarks: _Remarks) -> Sequence[Line]:
    """Give the lines without what surrounds all of them, without comments and definitions."""
    # To look for one character takes 0.5 us, for more 6.
    if "`" in text or "~" in text:
        body = parts.unwrapped(body)
    if "<" in text and comments.OPEN in text:
        body = comments.hidden(body, remarks)
    if "]:" in text:
        body = references.inlined(body)
    return body


@dataclass(slots=True)
class _Texts:
    """All texts of a digest, parsed."""

    intro: list[Placed]
    #: The introductions of sections, by the line of their heading.
    sections: dict[int, list[Placed]]
    items: list[list[Placed]]
    outro: list[Placed]


def _texts(
    front: frontmatter.FrontMatter, outline: parts.Outline, tongue: Languages, remarks: _Remarks
) -> _Texts:
    line = front.places.get("intro", 1)
    given = [Line(line, each) for each in front.intro.split("\n")]
    if comments.OPEN in front.intro:
        given = comments.hidden(given, remarks)
    sections = {draft.section.line: draft.section for draft in outline.items if draft.section}
    texts = _Texts(
        intro=blocks.parse([*given, Line(line, ""), *outline.intro], tongue, remarks),
        sections={
            line: blocks.parse(section.lines, tongue, remarks) for line, section in sections.items()
        },
        items=[blocks.parse(draft.lines, tongue, remarks) for draft in outline.items],
        outro=blocks.parse(outline.outro, tongue, remarks),
    )
    _take_out_strays(outline.items, texts, remarks)
    return texts


def _blocks(text: Sequence[Placed]) -> tuple[Block, ...]:
    return tuple(placed.block for placed in text)


def _items(
    outline: parts.Outline, texts: _Texts, tongue: Languages, remarks: _Remarks
) -> tuple[Item, ...]:
    sections: dict[int, Section | None] = {}
    seen: dict[PaperId, int] = {}
    items: list[Item] = []
    for draft, text in zip(outline.items, texts.items, strict=True):
        number = len(items) + 1
        section = draft.section
        if section and section.line not in sections:
            sections[section.line] = _section(section, texts.sections[section.line], tongue)
            if sections[section.line] is None:
                outline.hollow.append(section.line)
        shared = sections.get(section.line) if section else None
        item = _item(number, draft, text, tongue, shared, remarks)
        if not item.title.text and not item.links:  # nor words under it: marks like `>` at most
            outline.hollow.append(draft.line)
            continue
        items.append(item)
        _remark_on(item, text, remarks)
        if item.paper:
            first = seen.setdefault(item.paper, number)
            if first != number:
                remarks.warn(
                    item.line, "duplicate-paper",
                    f"{item.paper.key} is item {first} already; its page shows that one",
                )  # fmt: skip
    return tuple(items)


def _section(section: leads.Section, text: Sequence[Placed], tongue: Languages) -> Section | None:
    """Make a section; None when there is not a word by which to call it."""
    words = section.heading or _quoted([line.text for line in section.lines])
    if not words:
        return None
    return Section(Heading(words, tongue.of(words)), _blocks(text))


def _item(
    number: int,
    draft: Draft,
    text: Sequence[Placed],
    tongue: Languages,
    section: Section | None,
    remarks: _Remarks,
) -> Item:
    title, translation = _titles(draft, text, tongue)
    links = _distinct(draft, remarks)
    papers = [paper_of(link.url) for link in links]
    paper = next((found for found in papers if found), None)
    if paper:
        links.insert(0, links.pop(papers.index(paper)))
    elif not links:
        paper = _only_paper([placed.block for placed in text])
    return Item(
        number=number,
        title=title,
        translation=translation,
        section=section,
        paper=paper,
        links=tuple(links),
        body=_blocks(text),
        line=draft.line,
    )


def _titles(
    draft: Draft, text: Sequence[Placed], tongue: Languages
) -> tuple[Heading, Heading | None]:
    """Tell the original title from its translation, in whichever order they stand."""
    first, other = draft.heading, draft.other_title
    if not first:
        first, other = other, ""
    if not first and draft.links:
        first = draft.links[0].url
    if not first:
        first = _quoted([plain(run) for run in paragraphs([p.block for p in text])])
    heading = Heading(first, tongue.of(first, fallback=0))
    if not other:
        return heading, None
    translation = Heading(other, tongue.of(other))
    original = tongue.tags[0]
    if heading.lang != original and translation.lang == original:
        return translation, heading
    return heading, translation


def _only_paper(text: Sequence[Block]) -> PaperId | None:
    """Give the one paper an item without links of its own refers to."""
    found = {paper_of(link.url) for run in paragraphs(text) for link in links_in(run)} - {None}
    return found.pop() if len(found) == 1 else None


def _distinct(draft: Draft, remarks: _Remarks) -> list[Link]:
    """Give a draft's links, each address once."""
    found: dict[str, Link] = {}
    for link in draft.links:
        text = plain(link.children)
        first = found.setdefault(link.url, link)
        told = (link.url, plain(first.children), draft.heading, draft.other_title)
        if first is not link and not any(text in each for each in told):
            what = f'"{_quoted([text])}" leads where an earlier link of the item does; left out'
            remarks(draft.line, 1, Level.info, "same-link", what)
    return list(found.values())


def _take_out_strays(drafts: Sequence[Draft], texts: _Texts, remarks: _Remarks) -> None:
    """Take out paragraphs that repeat the text of an item nearby, each with a diagnostic."""
    between = (texts.intro, *texts.sections.values(), texts.outro)
    if not any(between) and all(len(text) <= 1 for text in texts.items):  # nothing to part
        return
    places: list[tuple[Draft | None, list[Placed]]] = [(None, texts.intro)]
    section = None
    for draft, text in zip(drafts, texts.items, strict=True):
        if draft.section and draft.section is not section:
            section = draft.section
            places.append((None, texts.sections[section.line]))
        places.append((draft, text))
    places.append((None, texts.outro))
    passages = [_passage(draft, text) for draft, text in places]
    for stray in reversed(strays.find(passages)):  # so that no place of another moves
        owner, text = places[stray.passage]
        repeated = places[stray.repeats][0] or Draft(0, "")
        name = _quoted([repeated.heading or repeated.other_title])
        own = f' and not that of "{_quoted([owner.heading])}"' if owner else ""
        remarks.warn(
            text.pop(stray.paragraph).line, "stray-paragraph",
            f'left out: it repeats the text of "{name}" (line {repeated.line}){own}: '
            + _quoted([passages[stray.passage].paragraphs[stray.paragraph]]),
        )  # fmt: skip


def _passage(draft: Draft | None, text: Sequence[Placed]) -> strays.Passage:
    words = [plain(p.block.children) if isinstance(p.block, Paragraph) else "" for p in text]
    if draft is None:
        return strays.Passage(words, is_item=False)
    papers = {paper for link in draft.links if (paper := paper_of(link.url))}
    title = f"{draft.heading} {draft.other_title}".strip()
    return strays.Passage(words, title, frozenset(papers))


def _remark_on(item: Item, text: Sequence[Placed], remarks: _Remarks) -> None:
    if not item.links and not item.paper:
        remarks.warn(item.line, "no-link", f'"{_quoted([item.title.text])}" has no link')
    if not text:
        remarks.warn(item.line, "no-text", f'"{_quoted([item.title.text])}" has no text')
        return
    last = text[-1]
    if not isinstance(last.block, Paragraph) or not last.block.children:
        return
    words = plain(last.block.children).rstrip()
    ends_in_words = isinstance(last.block.children[-1], Text)
    open_end = words[-1:].isalnum() or words.endswith(_OPEN)
    if ends_in_words and len(words) >= _SHORTEST_ABSTRACT and open_end:
        remarks.warn(
            last.line, "cut-off",
            f'the text of "{_quoted([item.title.text])}" stops mid-sentence: '
            f"…{words[-_QUOTED // 2 :]}",
        )  # fmt: skip


def _quoted(texts: Sequence[str]) -> str:
    """Give the beginning of a text, for a message or for want of a title."""
    text = " ".join(" ".join(texts).split())
    return text if len(text) <= _QUOTED else text[:_QUOTED].rstrip() + "…"
