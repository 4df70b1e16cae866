"""An issue as a reader wants it: in one of its languages, or several issues as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from publisher.model import (
    Block,
    CodeBlock,
    Definition,
    DefinitionList,
    Heading,
    Issue,
    IssueRecord,
    Item,
    ListBlock,
    Paragraph,
    Quote,
    Section,
    Subheading,
    Table,
)
from publisher.paper_id import PaperId


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an item of several issues put together comes from."""

    item: Item
    record: IssueRecord


def together(
    name: str, parts: Sequence[tuple[Issue, IssueRecord]], labels: Sequence[Heading]
) -> tuple[Issue, list[Origin]]:
    """Make one issue of several: a section each under its label, every paper once.

    What they end in stands at the end, each paragraph once.

    Gives with it where each item comes from. Of a paper that stands in several, the first stays.
    """
    items: list[Item] = []
    origins: list[Origin] = []
    seen: set[PaperId] = set()
    for (issue, record), label in zip(parts, labels, strict=True):
        intro = issue.intro
        for item in issue.items:
            if item.paper is not None:
                if item.paper in seen:
                    continue
                seen.add(item.paper)
            section = _section(item, label, intro)
            items.append(replace(item, number=len(items) + 1, section=section))
            origins.append(Origin(item, record))
    merged = Issue(
        slug=name,
        source="",
        title=None,
        date=None,
        draft=False,
        tags=(),
        intro=(),
        items=tuple(items),
        # The same words end each issue, or nearly all of them.
        outro=tuple(dict.fromkeys(block for issue, _ in parts for block in issue.outro)),
    )
    return merged, origins


def _section(item: Item, label: Heading, intro: tuple[Block, ...]) -> Section:
    """Name the issue an item stands in; its introduction stands before its first section."""
    own = item.section
    if own is None:
        return Section(label, intro)
    return replace(own, outer=(label.text, *own.outer))


def in_language(issue: Issue, language: str) -> Issue:
    """Return the issue with what is in a language, a BCP 47 tag; all of it when that is empty.

    No item goes: one that has no title in the language keeps the title it has. Code, and what
    is in no language of the newsletter's, stays.
    """
    if not language:
        return issue
    return replace(
        issue,
        intro=_blocks(issue.intro, language),
        items=tuple(_item(item, language) for item in issue.items),
        outro=_blocks(issue.outro, language),
    )


def _item(item: Item, language: str) -> Item:
    title = item.title
    if item.translation and not _is(title.lang, language) and _is(item.translation.lang, language):
        title = item.translation
    section = item.section
    if section is not None:
        section = replace(section, intro=_blocks(section.intro, language))
    return replace(
        item, title=title, translation=None, section=section, body=_blocks(item.body, language)
    )


def _is(tag: str, language: str) -> bool:
    return tag.partition("-")[0].lower() == language.partition("-")[0].lower()


def _blocks(blocks: tuple[Block, ...], language: str) -> tuple[Block, ...]:
    return tuple(kept for block in blocks if (kept := _block(block, language)) is not None)


def _block(block: Block, language: str) -> Block | None:
    match block:
        case Paragraph(_, lang) | Subheading(_, lang):
            return block if _is(lang, language) else None
        case CodeBlock() | Table():
            return block
        case Quote(children):
            quoted = _blocks(children, language)
            return Quote(quoted) if quoted else None
        case ListBlock(entries, start):
            kept = tuple(blocks for entry in entries if (blocks := _blocks(entry, language)))
            return ListBlock(kept, start) if kept else None
        case DefinitionList(definitions):
            chosen = tuple(
                Definition(definition.term, blocks)
                for definition in definitions
                if (blocks := _blocks(definition.children, language))
            )
            return DefinitionList(chosen) if chosen else None
