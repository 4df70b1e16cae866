"""HTML and shortcodes in a digest: structure, as Markdown has it, or gone; never shown.

Tables and lists of HTML are cut out, and read as a whole (tags/regions.py). All other tags are
taken away where they stand, and what is between them stays the Markdown that it is: a heading
of HTML is one of Markdown, `<div>` parts paragraphs, `<b>` is a stress. Fences, code, formulas
and tags that HTML does not have are text, and stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from publisher.digest.html import extents, shortcodes
from publisher.digest.html.inline_marks import Marks
from publisher.digest.html.phrases import is_bare, is_blank, joined, strong
from publisher.digest.html.tags import HEADINGS
from publisher.digest.html.tokens import Piece, Pieces
from publisher.digest.markdown.line_marks import BULLET, closed_fences, heading
from publisher.digest.markdown.tables import end_of_table
from publisher.digest.source_text import Line, Report, named
from publisher.model import Level

#: Marks, and what follows each in markup. To look for one takes next to nothing.
_SIGNS = (
    ("<", re.compile("<[A-Za-z/!?]")),
    ("{", re.compile(shortcodes.AHEAD)),
    ("\\", re.compile(r"\\[a-z]{5,17}(?:\{|\*|[ \t]*$)", re.MULTILINE)),
    (":::", re.compile(":::")),
    ("oc]", re.compile(r"toc\]", re.IGNORECASE)),
    ("OC]", re.compile(r"TOC\]")),
    ("OC_]", re.compile(r"TOC_\]")),
)
_PAGE = re.compile(
    r"\s{0,1000}+(?:<\?xml[^<>]{0,200}+>\s{0,1000}+)?<(?:!doctype\s+html|html[\s>])", re.IGNORECASE
)
#: Quotes inside quotes.
_DEEPEST = 8
#: What begins a block even in a line that is a heading.
_APART = frozenset({"blockquote", "dd", "details", "dt", "hr", "li", "tr"})
#: What a line may begin with, and is still to hold a block: `> - `.
_MARGIN = re.compile(r"(?:[ \t]|>|[-*+][ \t]|[0-9]{1,9}[.)][ \t]){0,20}")
_LONGEST_MARGIN = 20
#: What of a line is looked for in that which it comes from, and how far.
_BEGINNING, _NEAR = 20, 2_000
_BREAK = re.compile(r"<br ?/?>")
#: What ends a page is no part of what stands above it.
_FOOTER = re.compile(r"\b(?:foot(?:er|note)?|unsubscribe|colophon)\b")
_OPENS = re.compile(r"[#>]|\+[ \t]")
#: The mark of an entry as Word writes it.
_LISTED = re.compile(
    r"\A(?P<mark>[0-9]{1,3}[.)]|·)(?:&nbsp;|\u00a0)(?:&nbsp;|[\u00a0 \t]){0,20}(?=\S)"
)


def _entry(match: re.Match[str]) -> str:
    return "- " if match["mark"] == "·" else f"{match['mark']} "


def rewritten(lines: Sequence[Line], report: Report) -> Sequence[Line]:
    """Return a digest's lines without HTML and shortcodes; the same object where there are none.

    Each line has the number of the one that it comes from; several may have the same. A remark
    tells once where the first markup is that shows nothing, and one each of words left out.
    """
    text = "\n".join(line.text for line in lines)
    if not any(sign in text and pattern.search(text) for sign, pattern in _SIGNS):
        return lines
    is_html = _PAGE.match(text) is not None
    fences = {} if is_html else closed_fences(lines)
    code = {n for first, last in fences.items() for n in range(first, last + 1)}
    changed = list(lines)
    silent: set[int] = set()
    for index, line in shortcodes.lines_without(lines, code):
        changed[index] = line
        silent.add(index)
    pieces = Pieces(changed, fences, report, is_html=is_html)
    marked = Marks(silent).put(pieces.cut())
    silent |= pieces.silent
    if not silent and not pieces.is_marked:
        return lines
    page = _Page(changed, marked, report)
    page.put(is_html=is_html)
    if silent:
        first = lines[min(silent)]
        where = named([lines[index].number for index in silent])
        what = f"left out ({where}): tags or shortcodes that show nothing"
        report(first.number, first.column, Level.info, "markup", what)
    written = [_line(lines[index], text) for index, text in page.done]
    return lines if written == list(lines) else written


def _line(line: Line, text: str) -> Line:
    """Return a line with what is left of it, and the column where that stands."""
    if text == line.text:
        return line
    if line.text.endswith("  ") and text:
        text += "  "
    at = line.text.find(text.lstrip()[:_BEGINNING], 0, _NEAR) if text else 0
    return Line(line.number, text, line.column + max(at, 0))


class _Page:
    """Puts the pieces of a text into lines."""

    def __init__(self, lines: Sequence[Line], pieces: Sequence[Piece], report: Report) -> None:
        self.lines, self.report = lines, report
        #: The indices of lines, and their texts.
        self.done: list[tuple[int, str]] = []
        self.index = 0
        #: The line that is being put together: its index, its parts, their size.
        self.first = 0
        self.parts: list[str] = []
        self.size = 0
        self.has_words = False
        #: Whether it is a heading of Markdown, in which no tag begins a block.
        self.in_title = False
        #: Whether an entry of a list is above, to which an indented line belongs.
        self.in_entry = False
        #: Whether a tag has just begun a block in it.
        self.is_fresh = False
        #: The last words of a row of a table, and what parts the next from them.
        self.last, self.pending = "", ""
        self.quotes = 0
        self.rows = _table_rows(lines)
        self.pieces = extents.ended(pieces, self.rows)

    def put(self, *, is_html: bool) -> None:
        """Put all pieces into lines."""
        ends = {0: len(self.pieces)} if is_html else extents.regions(self.pieces, self.rows)
        place = 0
        while place < len(self.pieces):
            end = ends.get(place)
            is_read = end is not None and self.region(self.pieces[place:end], is_html=is_html)
            place = end if end and is_read else self.piece(place)
        if self.parts:
            self.end_line()

    def piece(self, place: int) -> int:
        """Put a piece where it stands, and give the place of the next."""
        piece = self.pieces[place]
        self.index = piece.index
        tag = piece.tag
        if piece.code:
            margin = self.margin()
            self.block(piece.code, self.apart() if margin is None else margin)
            self.index = piece.code[-1][0]
        elif tag is None:
            self.words(piece.text)
        elif (tag.name in HEADINGS or tag.name == "summary") and not tag.is_end:
            return self.titled(place)
        elif self.index in self.rows:
            self.pending = "<br>• " if tag.name == "li" and not tag.is_end else "<br>"
        elif tag.name in ("td", "th") or (self.in_title and tag.name not in _APART):
            self.add(" ")
        else:
            self.apart()
            if not tag.is_end and _FOOTER.search(f"{tag.name} {tag.get('class')} {tag.get('id')}"):
                self.add("---")
                self.apart()
            if tag.name == "blockquote":
                self.quotes = max(0, min(_DEEPEST, self.quotes + (-1 if tag.is_end else 1)))
                self.blank()
            elif tag.name == "hr":
                self.add("---")
                self.apart()
            elif tag.name == "li" and not tag.is_end:
                self.add("- ")
            self.is_fresh = not tag.is_end
        return place + 1

    def add(self, words: str) -> None:
        """Put words at the end of the line."""
        if not self.size:
            self.first = self.index
        if self.pending and words.strip():
            if not words.lstrip().startswith("|"):
                is_first = not self.last or self.last.endswith("|")
                words = self.pending[len("<br>") if is_first else 0 :] + words.lstrip()
            self.pending = ""
        self.parts.append(words)
        self.size += len(words)
        if not self.has_words and words and not words.isspace():
            self.has_words = True
            self.in_title = heading("".join(self.parts)) is not None
        self.last = words.rstrip() or self.last

    def words(self, text: str) -> None:
        """Put words, and the lines that end in them."""
        before, *more = text.split("\n")
        if self.is_fresh and _OPENS.match(before.lstrip()) and not self.has_words:
            before = f"\\{before.lstrip()}"
        self.is_fresh = self.is_fresh and not before.strip() and not more
        self.add(before)
        for line in more:
            self.end_line()
            self.index += 1
            self.add(line)

    def empty(self) -> None:
        """Begin a line."""
        self.parts, self.size = [], 0
        self.has_words = self.in_title = False
        self.last = self.pending = ""

    def end_line(self) -> str:
        """End the line, and give what stood in it."""
        text = _LISTED.sub(_entry, "".join(self.parts), count=1)
        self.empty()
        if text[:1].strip() or BULLET.match(text):
            self.in_entry = BULLET.match(text) is not None
        is_left = text != self.lines[self.first].text
        if is_left:
            text = text.rstrip()
        if is_blank(text):
            text = ""
        quoted = self.quoted(text)
        above = self.done[-1][1] if self.done else quoted
        if not is_left or text.strip(" \t>") or quoted != above:  # one empty line is enough
            self.done.append((self.first, quoted))
        return text

    def quoted(self, text: str) -> str:
        """Return a line with the marks of the quotes that it stands in."""
        return f"{'>' * self.quotes} {text}".rstrip() if self.quotes else text

    def margin(self) -> str | None:
        """Return what the line begins with while it has no words; None when it has some."""
        if self.size > _LONGEST_MARGIN and self.has_words:
            return None
        text = "".join(self.parts)[:_LONGEST_MARGIN]
        text = "" if text.isspace() and not self.in_entry else text
        self.parts, self.size = [text] if text else [], len(text)
        return text if _MARGIN.fullmatch(text) else None

    def blank(self, within: str = "") -> None:
        """Put an empty line, unless there is one."""
        text = self.quoted(within.rstrip())
        if self.done and self.done[-1][1] != text:
            self.done.append((self.index, text))

    def apart(self) -> str:
        """Part paragraphs, and give what the line begins with that follows."""
        margin = self.margin()
        if margin is None:
            text = self.end_line()
            margin = _inner(_MARGIN.match(text)[0])  # type: ignore[index]  # matches ""
            self.blank(margin)
            self.add(margin)
        elif not margin.strip():
            self.blank()
        return margin

    def titled(self, place: int) -> int:
        """Put a heading, or a summary, in a line of its own."""
        end, level = extents.title(self.pieces, place)
        if not end:
            self.apart()
            return place + 1
        inside = (_BREAK.sub("\n", piece.text) for piece in self.pieces[place:end])
        words = joined("".join(inside).split("\n"))
        if self.index in self.rows:
            if level or not is_bare(words):
                self.pending = "<br>"
                self.add(strong(words))
                self.pending = "<br>"
            return end
        if level and self.in_title:
            self.add(words)
            return end
        self.apart()
        if level and words:
            self.add(f"{'#' * level} {words}")
        elif not is_bare(words):
            self.add(words if words.startswith("#") else strong(words))
        self.index = self.pieces[end - 1].index
        self.apart()
        return end

    def region(self, pieces: Sequence[Piece], *, is_html: bool) -> bool:
        """Put what lxml reads of pieces, and tell whether it could."""
        from publisher.digest.html import regions  # noqa: PLC0415  (lxml takes 40 ms)

        region = regions.read(pieces, is_html=is_html)
        first, last = pieces[0].index, pieces[-1].index
        if region is None or region.is_deep:
            line, to = self.lines[first], self.lines[last].number
            what = f"HTML is nested too deep here, to line {to}: shown as text, without its form"
            self.report(line.number, line.column, Level.warning, "deep-markup", what)
        if region is None:
            return False
        self.index = first
        margin = self.apart()
        self.block(((min(index, last), text) for index, text in region.rows), margin)
        self.index = last
        self.blank()
        if margin:
            self.add(_inner(margin))
        return True

    def block(self, rows: Iterable[tuple[int, str]], margin: str) -> None:
        """Put lines of their own; one without an index of its own is the line above's."""
        self.empty()
        for index, text in rows:
            self.index = max(self.index, index)
            self.done.append((self.index, self.quoted(margin + text if text else margin.rstrip())))
            margin = _inner(margin)


def _inner(margin: str) -> str:
    """Return what lines begin with that are in the same entry of a list as one with `margin`."""
    return re.sub(r"[^>\s]", " ", margin)


def _table_rows(lines: Sequence[Line]) -> frozenset[int]:
    """Return the indices of lines in Markdown's tables."""
    indexes: set[int] = set()
    index = 0
    while index < len(lines):
        end = end_of_table(lines, index) if "|" in lines[index].text else index
        indexes.update(range(index, end))
        index = max(end, index + 1)
    return frozenset(indexes)
