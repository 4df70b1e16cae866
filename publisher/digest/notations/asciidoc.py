"""AsciiDoc: `= Title`, `== Section`, `https://…[words]`, delimited blocks, `|===` tables."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.marks import closed_fences, heading
from publisher.digest.notations.page import Page, UnreadableError
from publisher.digest.source import Line, Report
from publisher.model import Level

_HEADING = re.compile(r"(={1,6})[ \t]+(\S.*)$")
_ATTRIBUTE = re.compile(r":!?[\w-]{1,60}!?:(?:[ \t]|$)")
_BLOCK_MARK = re.compile(r"(-{4,}|\.{4,}|={4,}|_{4,}|\*{4,}|\+{4,}|/{4,}|\|={3,}|```|--)[ \t]*$")
_ATTRIBUTES = re.compile(r"\[(?:[\w.#%*\"',=:;! -]{0,300}|\[[^\[\]\n]{1,200}\])\][ \t]*$")
_SOURCE = re.compile(r"\[(?:source|,)?,[ \t]*([\w+-]{1,30})")
_TITLE = re.compile(r"\.(?=[^\s.])(.+)$")
_ENTRY = re.compile(r"[ \t]*(\*{1,5}|\.{1,5}|-)[ \t]+(?=\S)")
_TERM = re.compile(r"([^\s:|][^:\n]{0,200})::(?:[ \t]+(.*))?$")
_MACRO = re.compile(
    r"(?:include|image|video|audio|toc)::([^\[\]\n]{0,500})\[([^\]\n]{0,300})\][ \t]*$"
)
_RULE = re.compile(r"'{3,}[ \t]*$|<{3,}[ \t]*$")
_LINK = re.compile(
    r"`[^`\n]{1,300}`"
    r"|(?:link:)?(?P<url>https?://[^\s\[\]<>]{1,2000})\[(?P<words>[^\]\n]{0,500})\]"
    r"|<<[^,<>\n]{1,200}(?:,[ ]?(?P<reference>[^<>\n]{1,300}))?>>"
    r"|(?P<stress>(?<![\w*\\])\*)(?P<strong>[^\s*](?:[^*\n]{0,300}?[^\s*])?)\*(?![\w*])"
)
_SETTINGS = "comments and settings of AsciiDoc"
_CELL = re.compile(r"(?<!\\)\|")
_SIGN = re.compile(
    r"https?://[^\s\[\]<>]{1,2000}\[[^\]\n]{1,500}\](?!\()|^\|===|^\[source|^----$|^:\w",
    re.MULTILINE,
)


def is_notation_of(lines: Sequence[Line], text: str) -> bool:
    """Return whether a file is in AsciiDoc: headings of `=`, and something else it has."""
    code = {n for start, end in closed_fences(lines).items() for n in range(start, end + 1)}
    outside = [line.text for n, line in enumerate(lines) if n not in code]
    heads = [match for each in outside if each[:1] == "=" and (match := _HEADING.match(each))]
    if not heads or any(head[2].rstrip().endswith("=") for head in heads):
        return False
    if any(each[:1] == "#" and heading(each) for each in outside):
        return False
    return len({head[1] for head in heads}) > 1 or _SIGN.search(text) is not None


def rewritten(lines: Sequence[Line], report: Report) -> Sequence[Line]:
    """Write a file in AsciiDoc as Markdown; raise UnreadableError for some tables."""
    reader = _Reader(lines, report)
    index = 0
    while index < len(lines):
        index = reader.take(index)
    reader.page.tell(report)
    return reader.page.lines


def _text(text: str) -> str:
    def written(match: re.Match[str]) -> str:
        if match["url"]:
            words = match["words"].split(",window=")[0].strip("^ ")
            return f"[{words}](<{match['url']}>)" if words else f"<{match['url']}>"
        if match["stress"]:
            return f"**{match['strong']}**"
        return match[0] if match[0][0] == "`" else match["reference"] or match[0][2:-2]

    return _LINK.sub(written, text)


class _Reader:
    def __init__(self, lines: Sequence[Line], report: Report) -> None:
        self.lines = lines
        self.report = report
        self.page = Page()
        #: What `[source,python]` says of the block below it.
        self.kind = ""
        #: Where delimiters of each kind stand, the last first.
        self.marks: dict[str, list[int]] = {}
        for index in reversed(range(len(lines))):
            if mark := _BLOCK_MARK.match(lines[index].text):
                self.marks.setdefault(mark[1], []).append(index)

    def take(self, index: int) -> int:
        """Take the line at `index`; give the index of the next."""
        number, text, column = self.lines[index]
        if mark := _BLOCK_MARK.match(text):
            end = self.end(mark[1], index)
            if end is not None:
                return self.block(index, end, mark[1])
        if not (self.marked(number, text) or self.setting(number, text)):
            hard = text.endswith(" +")
            self.page.add(number, _text(text[:-2] + "  " if hard else text), column)
        return index + 1

    def marked(self, number: int, text: str) -> bool:
        """Take a line that is a heading, a rule, an entry or a term; return whether it is one."""
        if head := _HEADING.match(text):
            self.page.heading(number, len(head[1]), _text(head[2]))
        elif _RULE.match(text):
            self.page.block(number, "---")
        elif title := _TITLE.match(text):
            self.page.block(number, f"**{_text(title[1])}**")
        elif entry := _ENTRY.match(text):
            depth = len(entry[1]) - 1
            bullet = "   " * depth + "1." if entry[1][0] == "." else "  " * depth + "-"
            self.page.add(number, f"{bullet} {_text(text[entry.end() :])}")
        elif macro := _MACRO.match(text):
            self.macro(number, macro)
        elif term := _TERM.match(text):
            self.page.part()
            self.page.field(number, term[1], _text(term[2] or ""))
        else:
            return False
        return True

    def setting(self, number: int, text: str) -> bool:
        """Take a line that is no text; return whether it is none."""
        if text.startswith("//") or _ATTRIBUTE.match(text):
            self.page.leave_out(_SETTINGS, [number])
        elif _ATTRIBUTES.match(text):
            source = _SOURCE.match(text)
            self.kind = source[1] if source else ""
            self.page.part()
        elif text.strip() == "+":
            self.page.part()
        else:
            return False
        return True

    def end(self, mark: str, index: int) -> int | None:
        ends = self.marks[mark]
        while ends and ends[-1] <= index:
            del ends[-1]
        return ends[-1] if ends else None

    def block(self, index: int, end: int, mark: str) -> int:
        """Take a delimited block; give the index after it."""
        number = self.lines[index].number
        inside = self.lines[index + 1 : end]
        if mark[0] == "|":
            self.table(inside)
        elif mark[0] == "/":
            last = self.lines[end].number
            self.page.leave_out(_SETTINGS, range(number, last + 1))
        elif mark[0] in ".+`" or (mark[0] == "-" and len(mark) > len("--")):
            self.page.fenced(number, self.kind, inside)
        else:
            self.page.part()
            for line in inside:
                quote = "> " if mark[0] == "_" else ""
                self.page.add(line.number, f"{quote}{_text(line.text)}")
            self.page.part()
        self.kind = ""
        return end + 1

    def macro(self, number: int, macro: re.Match[str]) -> None:
        if macro[0].startswith("include"):
            what = f"the file that is included here is not read: {macro[1][:80]}"
            self.report(number, 1, Level.warning, "include", what)
        elif re.match(r"https?://", macro[1]):
            self.page.block(number, f"[{macro[2] or macro[1]}](<{macro[1]}>)")
        else:
            self.page.leave_out("pictures without an address", [number])
            if macro[2]:
                self.page.block(number, macro[2])

    def table(self, inside: Sequence[Line]) -> None:
        """Write a table whose rows stand on a line each, or whose cells do."""
        filled = [line for line in inside if line.text.strip()]
        rows = [[cell.strip() for cell in _CELL.split(line.text)] for line in filled]
        if not rows:
            return
        if any(row[0] for row in rows):
            first = next(line for line, row in zip(filled, rows, strict=True) if row[0])
            what = (
                "a table of AsciiDoc with formatted cells, or cells of several lines, is not read"
            )
            raise UnreadableError(f"{what}; write it as a list, or in Markdown", first.number)
        columns = len(rows[0]) - 1
        cells = [
            (line.number, cell) for line, row in zip(filled, rows, strict=True) for cell in row[1:]
        ]
        found = [
            (cells[start][0], [_text(cell) for _, cell in cells[start : start + columns]])
            for start in range(0, len(cells), columns)
        ]
        self.page.table(filled[0].number, found, named=True)
