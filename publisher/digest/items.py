"""Items of an issue, made of what was found of them; and what is said about them."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.digest.diagnostics import LONGEST_QUOTE, Remarks, quoted
from publisher.digest.fields import titles
from publisher.digest.fields.details import is_badge
from publisher.digest.fields.draft_item import DraftItem, Grouping
from publisher.digest.language import Languages
from publisher.digest.markdown.autolink import best, looks_like_paper, only, paper_of
from publisher.digest.markdown.blocks import Placed
from publisher.digest.outline import Outline
from publisher.digest.texts import Texts, blocks_of
from publisher.model import (
    Block,
    Heading,
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
from publisher.paper_id import PaperId

#: What a sentence goes on after, beside letters and digits.
_OPEN = tuple("，,、：:—–-")
#: A shorter text without a full stop is a note, not an abstract that was cut.
_SHORTEST_ABSTRACT = 60


def items_of(
    outline: Outline, texts: Texts, tongue: Languages, remarks: Remarks
) -> tuple[Item, ...]:
    """Return the items of an issue, and say what is odd about them."""
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
    for before, item, after in zip(items, items[1:], items[2:], strict=False):
        if before.paper and after.paper and not item.paper and item.links:
            what = f'"{quoted([item.title.text])}" leads to no paper, as the items around it do'
            remarks(item.line, 1, Level.warning, "no-paper", what)
    return tuple(items)


def _section(section: Grouping, text: Sequence[Placed], tongue: Languages) -> Section | None:
    """Make a section; None when there is not a word by which to call it."""
    words = section.heading or quoted([line.text for line in section.lines])
    if not words:
        return None
    outer = tuple(heading.heading for heading in section.outer)
    return Section(Heading(words, tongue.of(words)), blocks_of(text), outer)


def _item(
    number: int,
    draft: DraftItem,
    text: Sequence[Placed],
    tongue: Languages,
    section: Section | None,
    remarks: Remarks,
) -> Item:
    title, translation = _titles(draft, text, tongue)
    links = _distinct(draft, remarks)
    papers = [paper_of(link.url) for link in links]
    paper = best(papers)
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
        body=blocks_of(text),
        line=draft.line,
        metadata=draft.metadata,
    )


def _titles(
    draft: DraftItem, text: Sequence[Placed], tongue: Languages
) -> tuple[Heading, Heading | None]:
    """Return the original title from its translation, in whichever order they stand."""
    first, other = draft.heading, draft.other_title
    if not first:
        first, other = other, ""
    if not first:
        first = quoted([plain(run) for run in paragraphs([p.block for p in text])])
    if not first and draft.links:
        first = draft.links[0].url
    heading = Heading(first, tongue.of(first, fallback=0))
    if not other:
        return heading, None
    translation = Heading(other, tongue.of(other))
    original = tongue.tags[0]
    if heading.lang != original and translation.lang == original:
        return translation, heading
    return heading, translation


def _only_paper(text: Sequence[Block]) -> PaperId | None:
    """Return the one paper an item without links of its own refers to."""
    return only(link.url for run in paragraphs(text) for link in links_in(run))


def _distinct(draft: DraftItem, remarks: Remarks) -> list[Link]:
    """Return a draft's links, each address once."""
    firsts: dict[str, Link] = {}
    for link in draft.links:
        text = plain(link.children)
        if is_badge(link):
            what = f'a picture of a number or a state is left out: "{quoted([text])}"'
            remarks(draft.line, 1, Level.info, "badge", what)
            continue
        first = firsts.setdefault(link.url, link)
        told = (link.url, plain(first.children), draft.heading, draft.other_title)
        if first is not link and not any(text in words for words in told):
            what = f'"{quoted([text])}" leads where an earlier link of the item does; left out'
            remarks(draft.line, 1, Level.info, "same-link", what)
    return list(firsts.values())


def _remark_on(item: Item, text: Sequence[Placed], remarks: Remarks) -> None:
    if not item.links and not item.paper:
        remarks.warn(item.line, "no-link", f'"{quoted([item.title.text])}" has no link')
    if titles.is_odd_title(item.title.text):
        what = (
            f'the title of item {item.number} looks like an address, a date, a label or a number: "'
            f'{quoted([item.title.text])}"; write its title above its link, or `Title: …`'
        )
        remarks.warn(item.line, "odd-title", what)
    if not item.paper:
        for link in item.links:
            if registry := looks_like_paper(link.url):
                what = f"{link.url} looks like a paper of {registry}, not taken as one"
                remarks(item.line, 1, Level.info, "not-a-paper", what)
    if not text:
        remarks.warn(item.line, "no-text", f'"{quoted([item.title.text])}" has no text')
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
            f'the text of "{quoted([item.title.text])}" stops mid-sentence: '
            f"…{words[-LONGEST_QUOTE // 2 :]}",
        )  # fmt: skip
