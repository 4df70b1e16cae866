"""Lines to a tree of blocks: headings, paragraphs, lists, tables, quotes, code and rules.

What is a block follows CommonMark: markdown-it-py's block rules are given the text's skeleton
(skeleton.py), and say where blocks begin and end. There are no blocks of HTML, no code by mere
indentation and no definitions of links. A line is in exactly one leaf of the tree, but for blank
lines, the marks around code, the dashes of a table and the line below a heading that makes it one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from publisher.digest.markdown.block_starts import MARKS
from publisher.digest.markdown.skeleton import Skeleton, skeleton
from publisher.digest.markdown.tables import cells
from publisher.digest.source_text import Line, Report
from publisher.model import Level

#: How Chinese paragraphs begin when no blank line parts them.
INDENT = "\u3000\u3000"


class Kind(Enum):
    """What a node of the tree is."""

    heading = auto()
    paragraph = auto()
    list = auto()
    entry = auto()
    table = auto()
    row = auto()
    quote = auto()
    code = auto()
    rule = auto()


@dataclass(slots=True)
class Node:
    """A block, and the blocks in it."""

    kind: Kind
    #: Indexes into the lines given to `parse`, the end exclusive.
    start: int
    end: int
    #: Leaves: those of a paragraph and of code without what is before them in lists and quotes;
    #: the one of a heading, its words; the cells of a row.
    lines: Sequence[Line] = ()
    #: A list's entries, an entry's or a quote's blocks, a table's rows, the names of columns first.
    children: Sequence[Node] = ()
    #: A heading's, 1 to 6.
    level: int = 0
    #: That of an entry of a numbered list, as it is typed.
    number: int | None = None
    #: Columns before an entry's bullet, in the quote that it stands in.
    indent: int = 0


def parse(lines: Sequence[Line], report: Report) -> list[Node]:
    """Parse lines into blocks, in order; time and memory are linear in what the lines hold.

    Reports marks that are nested too deep (`deep-nesting`) and rows with more cells than their
    table has columns (`wide-row`): the words of both are in the tree.
    """
    if not any(_may_open(line.text) for line in lines):
        return list(_paragraphs(lines))
    whole = skeleton(lines, report)
    nodes = _Nodes(whole)
    _MARKDOWN.block.parse("\n".join(whole.marks), _MARKDOWN, {}, nodes)
    return nodes.all()


def _may_open(text: str) -> bool:
    """Return whether a line may be anything but a plain line of a paragraph, or blank."""
    first = text[:1]
    return (first in MARKS or "|" in text or first.isspace()) and not (not first or text.isspace())


def _paragraphs(lines: Sequence[Line]) -> Iterator[Node]:
    """Yield the paragraphs of lines that open nothing: blank lines part them."""
    start = -1
    for index, line in enumerate([*lines, Line(0, "")]):
        if line.text and not line.text.isspace():
            start = index if start < 0 else start
        elif start >= 0:
            yield Node(Kind.paragraph, start, index, tuple(lines[start:index]))
            start = -1


def _ends(state: StateBlock, line: int, _end: int, silent: bool) -> bool:  # noqa: FBT001
    """End a quote at a line without its mark, and a table at one without cells.

    A rule of markdown-it-py's: a line that merely follows one of those belongs to neither.
    """
    if not silent or state.parentType not in ("blockquote", "table"):
        return False
    start = state.bMarks[line] + state.tShift[line]
    return state.parentType == "blockquote" or not state.src.startswith("|", start)


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("zero", {"maxNesting": 100})
    markdown.enable(["heading", "list", "blockquote", "fence", "table", "hr"])
    markdown.block.ruler.push("ends", _ends, {"alt": ["blockquote"]})
    return markdown


_MARKDOWN = _markdown()
_CONTAINERS = {
    "bullet_list_open": Kind.list,
    "ordered_list_open": Kind.list,
    "list_item_open": Kind.entry,
    "blockquote_open": Kind.quote,
    "table_open": Kind.table,
}
_LEAVES = {
    "paragraph_open": Kind.paragraph,
    "heading_open": Kind.heading,
    "tr_open": Kind.row,
    "fence": Kind.code,
    "hr": Kind.rule,
}
_CLOSING = frozenset(name.replace("_open", "_close") for name in _CONTAINERS)


class _Nodes(list[Token]):
    """Makes nodes of tokens as they come and keeps none: those of 100,000 lines take 180 MB."""

    def __init__(self, whole: Skeleton) -> None:
        super().__init__()
        self.whole = whole
        self.last: Token | None = None
        #: What is open: the node, its children so far, and its lines as far as they are known.
        self.open: list[tuple[Node, list[Node], list[int]]] = []
        self.nodes: list[Node] = []  # children of what is open innermost

    def append(self, token: Token | None) -> None:
        """Take the token before: a token is appended first, and told its lines then."""
        last, self.last = self.last, token
        if not last:
            return
        if kind := _LEAVES.get(last.type):
            start, end = last.map or (0, 0)
            self.leaf(kind, start, end, last)
        elif kind := _CONTAINERS.get(last.type):
            self.container(kind, last.map or [0, 0])
        elif last.type in _CLOSING:
            self.close()

    def all(self) -> list[Node]:
        """Return the nodes of the text, when all tokens have come."""
        self.append(None)
        return self.nodes

    def leaf(self, kind: Kind, start: int, end: int, token: Token) -> None:
        words = self.whole.words
        node = Node(kind, start, end)
        if kind is Kind.paragraph:
            for index in range(start + 1, end):
                if words[index].text.startswith(INDENT):
                    first = Node(kind, node.start, index, tuple(words[node.start : index]))
                    self.nodes.append(first)
                    node.start = index
            node.lines = tuple(words[node.start : end])
        elif kind is Kind.heading:
            node.level = int(token.tag[1])
            node.lines = (words[start],)
            node.end += end in self.whole.underlines
        elif kind is Kind.row:
            node.lines = self.row(words[start])
        elif kind is Kind.code:
            node.lines = tuple(words[start + 1 : end - 1])
        self.nodes.append(node)

    def row(self, line: Line) -> tuple[Line, ...]:
        """Return the cells of a row; report one with more of them than its table has names."""
        row = tuple(cells(line))
        names = self.nodes[0].lines if self.nodes else row
        if len(row) > len(names):
            what = f"{len(row)} cells under {len(names)} names: the last cells are shown as one"
            first = row[len(names)]
            self.whole.report(line.number, first.column, Level.warning, "wide-row", what)
        return row

    def container(self, kind: Kind, lines: list[int]) -> None:
        node = Node(kind, lines[0], 0)
        if kind is Kind.entry:
            node.number, node.indent = self.whole.markers.popleft()
        self.nodes.append(node)
        self.open.append((node, self.nodes, lines))
        self.nodes = []

    def close(self) -> None:
        node, around, lines = self.open.pop()
        node.children = tuple(self.nodes)
        if node.kind in (Kind.quote, Kind.table):
            node.end = lines[1]
            while not self.whole.marks[node.end - 1]:
                node.end -= 1
        else:
            node.end = node.children[-1].end if node.children else node.start + 1
        self.nodes = around
