"""Variants of an issue for a mail: in one of its languages, or several issues as one."""

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
    """The issue that an item of a merged issue comes from."""

    item: Item
    record: IssueRecord


def merge_issues(
    name: str, parts: Sequence[tuple[Issue, IssueRecord]], labels: Sequence[Heading]
) -> tuple[Issue, list[Origin]]:
    """Return one issue made of several, and where each of its items comes from.

    Each issue is a section under its label. A paper that is in several issues stays in the first.
    The outros are at the end, each paragraph once.
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
    """Return the issue reduced to one language, a BCP 47 tag; unchanged if that is empty.

    All items stay: one without a title in the language keeps its title. Code and tables stay.
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
