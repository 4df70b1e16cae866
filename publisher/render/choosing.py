"""An issue as a reader wants it: in one of its languages, or several issues as one."""

from __future__ import annotations

from dataclasses import replace

from publisher.model import Block, CodeBlock, Issue, Item, ListBlock, Paragraph, Quote, Subheading


def in_language(issue: Issue, language: str) -> Issue:
    """Give the issue with what is in a language, a BCP 47 tag; all of it when that is empty.

    No item goes: one that has no title in the language keeps the title it has. Code, and what
    is in no language of the newsletter's, stays.
    """
    if not language:
        return issue
    return replace(
        issue,
        intro=_blocks(issue.intro, language),
        items=tuple(_item(item, language) for item in issue.items),
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
        case CodeBlock():
            return block
        case Quote(children):
            quoted = _blocks(children, language)
            return Quote(quoted) if quoted else None
        case ListBlock(entries, start):
            kept = tuple(its for entry in entries if (its := _blocks(entry, language)))
            return ListBlock(kept, start) if kept else None
