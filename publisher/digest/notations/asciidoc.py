"""AsciiDoc: `= Title`, `== Section`, `https://…[words]`, delimited blocks, `|===` tables."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.markdown.line_marks import closed_fences, heading
from publisher.digest.notations.page import Page, UnreadableError
from publisher.digest.source_text import Line, Report
from publisher.model import Level

_HEADING = re.compile(r"(={1,6})[ \t]+(\S.*)$")
_ATTRIBUTE = re.compile(r":!?([\w-]{1,60})!?:(?:[ \t]+(.*)|$)")
_BLOCK_MARK = re.compile(
    r"(-{4,}|\.{4,}|={4,}|_{4,}|\*{4,}|\+{4,}|/{4,}|\|={3,}|```|--)(?:(?<=```)[\w+-]{0,30})?[ \t]*$"
)
_ATTRIBUTES = re.compile(
    r"\[(?:[\w.#%*\"',=:;!<>^~@/|()&? -]{0,300}|\[[^\[\]\n]{1,200}\])\][ \t]*$"
)
_SOURCE = re.compile(r"\[(?:source|,)?,[ \t]*([\w+-]{1,30})")
_QUOTED = re.compile(r"\[(?:quote|verse),[ \t]*(?P<who>.{1,200})\][ \t]*$")
_ADMONITION = re.compile(r"\[(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*$")
_COLUMNS = re.compile(r"cols=(?:\"(?P<quoted>[^\"\n]{1,200})\"|(?P<bare>[^\s,\]]{1,40}))")
_TITLE = re.compile(r"\.(?=[^\s.])(.+)$")
_ENTRY = re.compile(r"[ \t]*(\*{1,5}|\.{1,5}|-)[ \t]+(?=\S)")
_TERM = re.compile(r"([^\s:|].{0,300}?)::(?:[ \t]+(.*))?$")
_MACRO = re.compile(
    r"(?:include|image|video|audio|toc)::([^\[\]\n]{0,500})\[([^\]\n]{0,300})\][ \t]*$"
)
_RULE = re.compile(r"'{3,}[ \t]*$|<{3,}[ \t]*$")
_LINK = re.compile(
    r"`\+?(?P<code>[^`\n]{1,300}?)\+?`"
    r"|(?:link:|image:)?(?P<url>https?://[^\s\[\]<>]{1,2000})\[(?P<words>[^\]\n]{0,500})\]"
    r"|<<[^,<>\n]{1,200}(?:,[ ]?(?P<reference>[^<>\n]{1,300}))?>>"
    r"|xref:[^\s\[\]]{1,200}\[(?P<page>[^\]\n]{1,300})\]"
    r"|(?:stem|latexmath|asciimath):\[(?P<formula>[^\n]{1,500}?)(?<!\\)\]"
    r"|footnote:[\w-]{0,40}\[(?P<note>[^\]\n]{0,500})\]"
    r"|(?P<stress>(?<![\w*\\])\*)(?P<strong>[^\s*](?:[^*\n]{0,300}?[^\s*])?)\*(?![\w*])"
)
#: What a link, or a picture, has after its words.
_ALT = re.compile(r"(?:alt=)?\"([^\"]*)\"|([^,=]*)(?:,|$)|")
_MORE = re.compile(r"(?:\^?,[ ]?(?:window|role|opts|title|rel|width|height)=.*|,[0-9%]{1,6})+$|\^$")
_NAME = re.compile(r"\{([\w-]{1,60})\}")
#: Of the values of attributes that stand in a file's text, so many characters.
_MOST, _LONGEST = 100_000, 300
_CHARACTERS = {
    "nbsp": " ",
    "plus": "+",
    "amp": "&",
    "lt": "<",
    "gt": ">",
    "empty": "",
    "cpp": "C++",
}
#: Quotes inside quotes.
_DEEPEST = 8
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
    heads = [match for text in outside if text[:1] == "=" and (match := _HEADING.match(text))]
    if not heads or any(head[2].rstrip().endswith("=") for head in heads):
        return False
    if any(text[:1] == "#" and heading(text) for text in outside):
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
            words = _MORE.sub("", match["words"]).strip()
            return f"[{words}](<{match['url']}>)" if words else f"<{match['url']}>"
        if match["stress"]:
            return f"**{match['strong']}**"
        if match["formula"]:
            return f"${match['formula'].strip('$')}$"
        if match["note"] is not None:
            return f" ({match['note']})" if match["note"] else ""
        return f"`{match['code']}`" if match["code"] else _words(match)

    return _LINK.sub(written, text)


def _words(match: re.Match[str]) -> str:
    """Return what is shown of a place in the file."""
    return match["page"] or match["reference"] or match[0][2:-2]


class _Reader:
    def __init__(self, lines: Sequence[Line], report: Report) -> None:
        self.lines = lines
        self.report = report
        self.page = Page()
        #: What `[source,python]`, `[cols="1,2"]` or `[quote, Ann]` says of the block below it.
        self.kind, self.credit = "", ""
        self.columns, self.has_names = 0, True
        #: What the file calls by a name, and how much of that may stand in its text.
        self.values = dict(_CHARACTERS)
        self.left = _MOST
        #: Where delimiters of each kind stand, the last first.
        self.marks: dict[str, list[int]] = {}
        for index in reversed(range(len(lines))):
            if mark := _BLOCK_MARK.match(lines[index].text):
                self.marks.setdefault(mark[1], []).append(index)
        #: Where blocks end whose text is as any other: the line of the page with which a quote
        #: begins, and who said it.
        self.closing: dict[int, tuple[int, str] | None] = {}
        self.quotes = 0

    def take(self, index: int) -> int:
        """Take the line at `index`; return the index of the next."""
        number, text, column = self.lines[index]
        if index in self.closing:
            self.close(index)
            return index + 1
        if mark := _BLOCK_MARK.match(text):
            end = self.end(mark[1], index)
            if end is not None:
                return self.block(index, end, mark[1])
        text = self.filled(text)
        if not (self.marked(number, text) or self.setting(number, text)):
            hard = text.endswith(" +")
            self.page.add(number, _text(text[:-2] + "  " if hard else text), column)
        return index + 1

    def filled(self, text: str) -> str:
        """Put values in place of their names in braces."""

        def value(match: re.Match[str]) -> str:
            known = self.values.get(match[1].lower(), match[0])
            self.left -= len(known)
            return known if self.left > 0 else match[0]

        return _NAME.sub(value, text) if "{" in text else text

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
            self.term(number, _text(term[1]), _text(term[2] or ""))
        else:
            return False
        return True

    def term(self, number: int, term: str, words: str) -> None:
        if "](" in term:
            self.page.block(number, term)
            self.page.add(number, words)
        else:
            self.page.field(number, term, words)

    def setting(self, number: int, text: str) -> bool:
        """Take a line that is no text; return whether it is none."""
        if attribute := _ATTRIBUTE.match(text):
            self.values[attribute[1].lower()] = (attribute[2] or "").strip()[:_LONGEST]
            self.page.leave_out(_SETTINGS, [number])
        elif text.startswith("//"):
            self.page.leave_out(_SETTINGS, [number])
        elif _ATTRIBUTES.match(text):
            self.attributes(number, text)
            self.page.part()
        elif text.strip() == "+":
            self.page.part()
        else:
            return False
        return True

    def attributes(self, number: int, text: str) -> None:
        """Take what a line in brackets says of the block below it."""
        if source := _SOURCE.match(text):
            self.kind = source[1]
        elif quoted := _QUOTED.match(text):
            self.credit = quoted["who"].strip(" ,")
        elif admonition := _ADMONITION.match(text):
            self.page.block(number, f"**{admonition[1].capitalize()}**")
        elif columns := _COLUMNS.search(text):
            parts = (columns["quoted"] or columns["bare"]).split(",")
            counts = (int(n) if (n := part.partition("*")[0]).isdigit() else 1 for part in parts)
            self.columns = sum(
                count if "*" in part else 1 for part, count in zip(parts, counts, strict=True)
            )
            self.has_names = "header" in text
        else:
            self.page.leave_out(_SETTINGS, [number])

    def end(self, mark: str, index: int) -> int | None:
        ends = self.marks[mark]
        while ends and ends[-1] <= index:
            del ends[-1]
        return ends[-1] if ends else None

    def block(self, index: int, end: int, mark: str) -> int:
        """Take a delimited block, or its beginning; return the index after it."""
        number = self.lines[index].number
        inside = self.lines[index + 1 : end]
        after = end + 1
        if mark[0] == "|":
            self.table(inside)
        elif mark[0] == "/":
            last = self.lines[end].number
            self.page.leave_out(_SETTINGS, range(number, last + 1))
        elif mark[0] in ".+`" or (mark[0] == "-" and len(mark) > len("--")):
            kind = self.lines[index].text.strip().strip("`") if mark[0] == "`" else self.kind
            self.page.fenced(number, kind, inside)
        else:
            self.page.part()
            is_quote = mark[0] == "_" and self.quotes < _DEEPEST
            self.quotes += is_quote
            self.closing[end] = (len(self.page.lines), self.credit) if is_quote else None
            after = index + 1
        self.kind = self.credit = ""
        self.columns, self.has_names = 0, True
        return after

    def close(self, index: int) -> None:
        """Take the end of a block whose text is as any other."""
        quote = self.closing[index]
        if quote:
            start, credit = quote
            if credit:
                self.page.block(self.lines[index].number, f"— {credit}")
            self.quotes -= 1
            lines = self.page.lines
            start += start < len(lines) and not lines[start].text
            lines[start:] = [
                line._replace(text=f"> {line.text}".rstrip()) for line in lines[start:]
            ]
        self.page.part()

    def macro(self, number: int, macro: re.Match[str]) -> None:
        """Take a picture, or what else stands in its place."""
        words = next(filter(None, _ALT.match(macro[2]).groups()), "")  # type: ignore[union-attr]  # matches ""
        if macro[0].startswith("include"):
            what = f"the file that is included here is not read: {macro[1][:80]}"
            self.report(number, 1, Level.warning, "include", what)
        elif re.match(r"https?://", macro[1]):
            self.page.block(number, f"[{words or macro[1]}](<{macro[1]}>)")
        else:
            what = _SETTINGS if macro[0].startswith("toc") else "pictures without an address"
            self.page.leave_out(what, [number])
            if words:
                self.page.block(number, words)

    def table(self, inside: Sequence[Line]) -> None:
        """Write a table whose rows stand on a line each, or whose cells do."""
        filled = [line for line in inside if line.text.strip()]
        rows = [[cell.strip() for cell in _CELL.split(self.filled(line.text))] for line in filled]
        if not rows:
            return
        if any(row[0] for row in rows):
            first = next(line for line, row in zip(filled, rows, strict=True) if row[0])
            what = (
                "a table of AsciiDoc with formatted cells, or cells of several lines, is not read"
            )
            raise UnreadableError(f"{what}; write it as a list, or in Markdown", first.number)
        width = len(rows[0]) - 1
        columns = max(self.columns or width, 1)
        cells = [
            (line.number, cell) for line, row in zip(filled, rows, strict=True) for cell in row[1:]
        ]
        full_rows = [
            (cells[start][0], [_text(cell) for _, cell in cells[start : start + columns]])
            for start in range(0, len(cells), columns)
        ]
        named = self.has_names or width == columns
        self.page.table(filled[0].number, full_rows, named=named)
