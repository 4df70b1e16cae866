"""Blocks as mail programs can show them: formulas in Unicode, wide tables as lists, no `<dl>`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from publisher.maths import mathml
from publisher.model import (
    Block,
    Code,
    Definition,
    DefinitionList,
    Emphasis,
    Inline,
    LineBreak,
    Link,
    ListBlock,
    Math,
    Paragraph,
    Quote,
    Strong,
    Subheading,
    Table,
    Text,
    plain,
)
from publisher.text_width import WIDE, shown_columns

#: Columns of text that fit beside each other on a phone.
_WIDEST = 36
#: Behind these a term needs no colon.
_ENDS = (*":?!.;", *"：？！。；")


def simplify_blocks(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the blocks without formulas, wide tables and definition lists.

    Rows of wide tables become entries of a list, and definitions paragraphs that begin with the
    term.
    """
    return tuple(shown for block in blocks for shown in _shown(block))


def inline_definition(definition: Definition) -> tuple[Block, ...]:
    """Return a definition as a paragraph that begins with its term, and the blocks below that."""
    term = definition.term
    first, *below = definition.children or (None,)
    words: tuple[Inline, ...] = ()
    if term.children:
        words = (Strong(term.children), Text(_after(term)))
    if isinstance(first, Paragraph):
        return (Paragraph((*words, *first.children), first.lang), *below)
    return (Paragraph(words, term.lang), *definition.children)


def _after(term: Paragraph) -> str:
    """Return what stands between a term and its definition: a colon, as the language has it."""
    words = plain(term.children).rstrip()
    if words.endswith(_ENDS):
        return "" if words[-1] >= WIDE else " "
    return "：" if term.lang.partition("-")[0] in ("zh", "ja", "yue") else ": "


def _shown(block: Block) -> Iterator[Block]:
    if isinstance(block, DefinitionList):
        for definition in block.entries:
            yield from simplify_blocks(inline_definition(definition))
    else:
        yield _block(block)


def _block(block: Block) -> Block:
    match block:
        case Paragraph(children, lang):
            return Paragraph(_inlines(children), lang)
        case Subheading(children, lang):
            return Subheading(_inlines(children), lang)
        case Quote(children):
            return Quote(simplify_blocks(children))
        case ListBlock(entries, start):
            return ListBlock(tuple(map(simplify_blocks, entries)), start)
        case Table(names, rows):
            return _table(_row(names), [_row(row) for row in rows])
    return block


def _row(row: Sequence[Paragraph]) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(_inlines(cell.children), cell.lang) for cell in row)


def _table(names: tuple[Paragraph, ...], rows: list[tuple[Paragraph, ...]]) -> Table | ListBlock:
    columns = zip(*(names, *rows), strict=True)
    widths = (max(shown_columns(plain(cell.children)) for cell in column) for column in columns)
    if sum(widths) <= _WIDEST:
        return Table(names, tuple(rows))
    return ListBlock(tuple((_entry(names, row),) for row in rows), None)


def _entry(names: Sequence[Paragraph], row: Sequence[Paragraph]) -> Paragraph:
    """Return a row as a paragraph: each cell on a line, behind the name of its column."""
    words: list[Inline] = []
    for name, cell in zip(names, row, strict=True):
        if not cell.children:
            continue
        words += [LineBreak()] if words else []
        words += [Strong(name.children), Text(": ")] if name.children else []
        words += cell.children
    lang = next((cell.lang for cell in row if cell.children), names[0].lang)
    return Paragraph(tuple(words), lang)


def _inlines(nodes: Sequence[Inline]) -> tuple[Inline, ...]:
    return tuple(map(_inline, nodes))


def _inline(node: Inline) -> Inline:
    match node:
        case Math(source, words, is_display):
            is_understood = mathml(source, is_display=is_display) is not None
            return Text(words) if is_understood else Code(words)
        case Emphasis(children) | Strong(children) | Link(_, children):
            return replace(node, children=_inlines(children))
    return node
