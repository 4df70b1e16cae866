"""The blocks of an item's text: its tree of blocks (block_tree.py) as values of the model."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from publisher.digest.language import Languages, last_mark
from publisher.digest.markdown import block_tree, inline
from publisher.digest.markdown.block_tree import Kind, Node
from publisher.digest.markdown.line_marks import is_field
from publisher.digest.markdown.skeleton import STOPS
from publisher.digest.source_text import Line, Report
from publisher.model import (
    Block,
    CodeBlock,
    Inline,
    Level,
    ListBlock,
    Paragraph,
    Quote,
    Subheading,
    Table,
)

#: Deeper nesting is shown as text: rendering walks the tree recursively.
_DEEPEST = 8
#: A table of more cells is shown as text: empty ones cost as much as others, and no bytes.
_MOST_CELLS = 100_000


@dataclass(frozen=True, slots=True)
class Placed:
    """A block and the line it starts on."""

    line: int
    block: Block


def parse(lines: Sequence[Line], languages: Languages, report: Report) -> list[Placed]:
    """Parse the lines of one text into blocks, in order."""
    return placed(block_tree.parse(lines, report), lines, languages, report)


def placed(
    nodes: Sequence[Node], lines: Sequence[Line], languages: Languages, report: Report
) -> list[Placed]:
    """Make blocks of nodes of the tree that `lines` were parsed into, in order."""
    return _Writer(lines, languages, report).blocks(nodes, 0)


class _Writer:
    """Makes blocks of the model of the nodes of a text."""

    def __init__(self, lines: Sequence[Line], languages: Languages, report: Report) -> None:
        self.lines = lines
        self.languages = languages
        self.report = report

    def blocks(self, nodes: Sequence[Node], depth: int) -> list[Placed]:
        """Return the blocks of nodes that are inside `depth` lists and quotes."""
        done: list[Placed] = []
        for node in _flat(nodes) if depth >= _DEEPEST else nodes:
            match node.kind:
                case Kind.paragraph:
                    done += self.paragraphs(node.lines)
                case Kind.list:
                    done += self.lists(node, depth)
                case Kind.table:
                    done += self.table(node)
                case Kind.rule:  # what is drawn between blocks is not shown
                    pass
                case _:
                    done += self.block(node, depth)
        return done

    def block(self, node: Node, depth: int) -> Iterator[Placed]:
        """Yield a heading, a quote or code, unless there is nothing in it to be seen."""
        block: Block | None = None
        if node.kind is Kind.code:
            block = CodeBlock("\n".join(line.text for line in node.lines))
        elif node.kind is Kind.quote:
            inside = self.blocks(node.children, depth + 1)
            block = Quote(_bare(inside)) if inside else None
        else:
            children, text = self.inlines(node.lines)
            block = Subheading(children, self.languages.of(text)) if children else None
        if block:
            yield Placed(self.lines[node.start].number, block)

    def paragraphs(self, lines: Sequence[Line]) -> Iterator[Placed]:
        """Part a paragraph before each line that stands by itself, and yield what it is."""
        start = 0
        for index, line in enumerate(lines):
            # In these digests nearly every line ends in two spaces: after a whole sentence they
            # end the paragraph, elsewhere they are a hard break.
            above = lines[index - 1].text if index > start else ""
            if index > start and (
                is_field(line.text) or (above.endswith("  ") and last_mark(above) in STOPS)
            ):
                yield from self.paragraph(lines[start:index])
                start = index
        yield from self.paragraph(lines[start:])

    def paragraph(self, lines: Sequence[Line]) -> Iterator[Placed]:
        children, text = self.inlines(lines)
        if children:
            yield Placed(lines[0].number, Paragraph(children, self.languages.of(text)))

    def inlines(self, lines: Sequence[Line]) -> tuple[tuple[Inline, ...], str]:
        # A table is shown as text, row by row.
        table = len(lines) > 1 and all(line.text.lstrip().startswith("|") for line in lines)
        joint = "  \n" if table else "\n"
        whole = joint.join([line.text for line in lines])
        # Both ends lose white space, the full-width indent of Chinese paragraphs included.
        text = whole.strip()
        starts: list[int] = []

        def report(position: int, code: str, message: str) -> None:
            if not starts:
                sizes = (len(line.text) + len(joint) for line in lines)
                starts.extend(accumulate(sizes, initial=len(whole.lstrip()) - len(whole)))
            row = bisect_right(starts, position) - 1
            column = lines[row].column + position - starts[row]
            self.report(lines[row].number, column, Level.warning, code, message)

        return inline.parse(text, report), text

    def lists(self, node: Node, depth: int) -> Iterator[Placed]:
        """Make lists of a list: numbers of one count up, or are all the same to be counted."""
        entries: list[tuple[Block, ...]] = []
        first = previous = node.children[0]
        for entry in node.children:
            following = None if previous.number is None else previous.number + 1
            if entries and entry.number not in (first.number, following):
                yield self.list(first, entries)
                first, entries = entry, []
            entries.append(_bare(self.blocks(entry.children, depth + 1)))
            previous = entry
        yield self.list(first, entries)

    def list(self, first: Node, entries: Sequence[tuple[Block, ...]]) -> Placed:
        return Placed(self.lines[first.start].number, ListBlock(tuple(entries), first.number))

    def table(self, node: Node) -> Iterator[Placed]:
        first = self.lines[node.start]
        names, *rows = node.children
        if len(names.lines) * len(node.children) > _MOST_CELLS:
            what = f"a table of more than {_MOST_CELLS} cells is shown as text"
            self.report(first.number, first.column, Level.warning, "large-table", what)
            yield from self.paragraph(list(_text(node)))
            return
        filled = [self.row(row, len(names.lines)) for row in (names, *rows)]
        yield Placed(first.number, Table(filled[0], tuple(filled[1:])))

    def row(self, node: Node, columns: int) -> tuple[Paragraph, ...]:
        """Return as many cells as a table has columns: the last holds all that is left."""
        row = list(node.lines[:columns])
        if len(node.lines) > columns:
            line = self.lines[node.start]
            rest = line.text[row[-1].column - line.column :].strip()
            row[-1] = row[-1]._replace(text=rest.removesuffix("|").rstrip())
        row += [Line(self.lines[node.start].number, "")] * (columns - len(row))
        return tuple(map(self.cell, row))

    def cell(self, cell: Line) -> Paragraph:
        children, text = self.inlines([cell])
        return Paragraph(children, self.languages.of(text))


def _bare(blocks: Sequence[Placed]) -> tuple[Block, ...]:
    return tuple([placed.block for placed in blocks])


def _flat(nodes: Sequence[Node]) -> list[Node]:
    """Return nodes with lists and quotes as the text that they are, joined to text around them."""
    flat: list[Node] = []
    is_joint = False  # whether the last of them was a list or a quote
    for node in nodes:
        was_joint, is_joint = is_joint, node.kind in (Kind.list, Kind.quote)
        text = Node(Kind.paragraph, node.start, node.end, tuple(_text(node))) if is_joint else node
        above = flat[-1] if flat else node
        if (
            (is_joint or was_joint)
            and above.kind is text.kind is Kind.paragraph
            and above.end == text.start
        ):
            flat[-1] = Node(Kind.paragraph, above.start, text.end, (*above.lines, *text.lines))
        else:
            flat.append(text)
    return flat


def _text(node: Node) -> Iterator[Line]:
    """Yield the lines of a node with their marks before them."""
    first = rest = ""
    match node.kind:
        case Kind.entry:
            first = "- " if node.number is None else f"{node.number}. "
        case Kind.quote:
            first = rest = "> "
        case Kind.heading:
            first = "#" * node.level + " "
    lines: Iterable[Line] = node.lines
    if node.kind is Kind.row:
        lines = [_joined(node.lines)] if node.lines else ()
    elif node.children:
        lines = chain.from_iterable(map(_text, node.children))
    for line in lines:
        yield Line(line.number, first + line.text, line.column - len(first))
        first = rest


def _joined(cells: Sequence[Line]) -> Line:
    return cells[0]._replace(text=f"| {' | '.join([cell.text for cell in cells])} |")
