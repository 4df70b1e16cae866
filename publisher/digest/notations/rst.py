"""reStructuredText: underlined titles, field lists, directives, `words <url>`_, line blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from publisher.digest.markdown.line_marks import closed_fences, heading
from publisher.digest.notations import rst_listed, rst_tables
from publisher.digest.notations.page import Page
from publisher.digest.notations.rst_marks import (
    ANONYMOUS,
    SUBSTITUTION,
    TARGET,
    Names,
    defined,
    is_target,
    marked,
)
from publisher.digest.source_text import Line, Report
from publisher.model import Level
from publisher.text_width import shown_columns

_MARKS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_EDGE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}[ \t]*$")
_DIRECTIVE = re.compile(
    r"\.\.[ \t]+(?:\|[^|\n]{1,100}\|[ \t]+)?([A-Za-z][\w:+.-]{0,60})::(?:[ \t]+(.*))?$"
)
_NOTE = re.compile(r"\.\.[ \t]+\[(#?[\w.-]{0,40}|\*)\][ \t]*(.*)$")
_FIELD = re.compile(r":((?![ :])[^:\n]{1,60}):(?:[ \t]+(.*)|[ \t]*$)")
_LINKED = re.compile(r"`[^`<>\n]{1,300} <https?://[^<>`\s]{1,2000}>`_")
_ENUMERATED = re.compile(r"([ \t]*)#\.[ \t]+")
_OPTION = re.compile(r"[ \t]+:([\w-]{1,40}):(?:[ \t]+(.*))?$")
_CODE = frozenset(("code", "code-block", "sourcecode", "parsed-literal", "highlight", "prompt"))
_UNSHOWN = frozenset(
    (
        *("contents", "toctree", "sectnum", "section-numbering", "meta", "raw", "role", "title"),
        *("default-role", "default-domain", "header", "footer", "target-notes", "index", "feed"),
        *("tabularcolumns", "post-list", "highlightlang"),
    )
)
_QUOTED = frozenset(("epigraph", "pull-quote", "highlights", "blockquote"))
_PLAIN = frozenset(("container", "class", "compound", "only", "table", "rst-class"))
_TITLED = frozenset(
    (
        *("note", "warning", "tip", "important", "hint", "caution", "attention", "danger", "error"),
        *("seealso", "admonition", "topic", "sidebar", "rubric", "todo", "deprecated"),
        *("versionadded", "versionchanged"),
    )
)
_PICTURES = frozenset(("image", "figure", "thumbnail"))
#: Options that say what is shown, by the directive.
_KEPT = {
    **dict.fromkeys(_PICTURES, frozenset(("alt", "target"))),
    **dict.fromkeys(rst_listed.KINDS, rst_listed.OPTIONS),
}
_NEAR = 2
#: So many marks are an ellipsis, or a fence.
_SHORT = 3
#: Directives inside others; what is deeper is text.
_DEEPEST = 8


def is_notation_of(lines: Sequence[Line], text: str) -> bool:
    """Return whether a file is in reStructuredText: it has what Markdown has not."""
    texts = [line.text for line in lines]
    linked = "`_" in text and any("`_" in t and _LINKED.search(t) for t in texts)
    explicit = ".. " in text and any(
        t[:3] == ".. " and (_DIRECTIVE.match(t) or TARGET.match(t)) for t in texts
    )
    if not (linked or explicit or _has_titles(texts)):
        return False
    code = {n for start, end in closed_fences(lines).items() for n in range(start, end + 1)}
    if any(t[:2] == "##" and n not in code and heading(t) for n, t in enumerate(texts)):
        return False
    return 2 * text.count("](http") <= text.count("`_")


def _has_titles(texts: Sequence[str]) -> bool:
    """Return whether lines are titles that no Markdown has: between lines, or above odd ones."""
    for index in range(1, len(texts)):
        edge = texts[index]
        if not edge or edge[:1] != edge[1:2] or edge[0] not in _MARKS or not _EDGE.match(edge):
            continue
        title = texts[index - 1]
        size, width = len(edge.rstrip()), shown_columns(title.strip())
        over = texts[index - 2] if index > 1 else ""
        if width and edge[0] not in "-_`" and size >= width and over.rstrip() == edge.rstrip():
            return True
        odd = edge[0] in "~^\"'+*#" and width == size > _SHORT
        if odd and title[:1].isalnum() and not over.strip():
            return True
    return False


def rewritten(lines: Sequence[Line], report: Report) -> Sequence[Line]:
    """Write a file in reStructuredText as Markdown; raise UnreadableError for some tables."""
    file = _File(report, defined(lines))
    _Reader(lines, file).run()
    file.page.tell(report)
    return file.page.lines


@dataclass(slots=True)
class _File:
    """What is of a file as a whole, while its parts are read."""

    report: Report
    names: Names
    page: Page = field(default_factory=Page)
    #: The marks under (and over) titles, by their level.
    styles: list[tuple[str, bool]] = field(default_factory=list)


class _Reader:
    def __init__(self, lines: Sequence[Line], file: _File, depth: int = 0) -> None:
        self.lines = lines
        self.file = file
        self.page = file.page
        #: How many directives the lines stand in.
        self.depth = depth
        self.count = 0  # the last number of an enumeration with `#.`

    def run(self) -> None:
        index = 0
        while index < len(self.lines):
            index = self.take(index)

    def text(self, text: str) -> str:
        return marked(text, self.file.names)

    def at(self, index: int) -> str:
        return self.lines[index].text if 0 <= index < len(self.lines) else ""

    def take(self, index: int) -> int:
        """Take the line at `index`; return the index of the next."""
        number, text, column = self.lines[index]
        taker = _TAKERS.get(text.lstrip()[:1])
        after = (taker(self, index) if taker else None) or self.title(index)
        if after is None and text.rstrip().endswith("::"):
            after = self.literal(index)
        if after is None:
            self.page.add(number, self.text(text), column)
        return after or index + 1

    def anonymous(self, index: int) -> int | None:
        return index + 1 if ANONYMOUS.match(self.at(index)) else None

    def table(self, index: int) -> int | None:
        if not rst_tables.begins(self.at(index)):
            return None
        return rst_tables.take(self.lines, index, self.text, self.page)

    def line_block(self, index: int) -> int | None:
        number, text, _ = self.lines[index]
        if text[1:2] not in ("", " "):
            return None
        goes_on = self.at(index + 1)[:2] == "| " and self.at(index + 1).strip() != "|"
        shown = self.text(text[2:].strip())
        self.page.add(number, f"{shown}\\" if shown and goes_on else shown)
        return index + 1

    def session(self, index: int) -> int | None:
        """Take what somebody typed at a prompt of Python, and what it printed."""
        if not self.at(index).lstrip().startswith(">>> "):
            return None
        end = index
        while self.at(end).strip():
            end += 1
        self.page.fenced(self.lines[index].number, "pycon", self.lines[index:end])
        return end

    def enumerated(self, index: int) -> int | None:
        number, text, _ = self.lines[index]
        match = _ENUMERATED.match(text)
        if not match:
            return None
        above = self.at(index - 1) or self.at(index - 2)
        self.count = self.count + 1 if above[:1].isspace() or _ENUMERATED.match(above) else 1
        shown = f"{match[1]}{self.count}. {self.text(text[match.end() :])}"
        self.page.add(number, shown)
        return index + 1

    def block(self, index: int) -> int:
        """Return the end of what is indented below the line at `index`, less blank lines."""
        end = last = index + 1
        margin = len(self.at(index)) - len(self.at(index).lstrip())
        while end < len(self.lines):
            text = self.lines[end].text
            if text.strip():
                if len(text) - len(text.lstrip()) <= margin:
                    break
                last = end + 1
            end += 1
        return last

    # --- Titles ---------------------------------------------------------------------------

    def title(self, index: int) -> int | None:
        """Take a title, or a rule; return the index after it."""
        text, below = self.at(index), self.at(index + 1)
        if not text.strip():
            return None
        if over := _EDGE.match(text):
            return self.edge(index, over[1])
        under = _EDGE.match(below) if below[:1] and below[:1] == below[1:2] else None
        starts = not text[0].isspace() and not self.at(index - 1).strip()
        if not under or not starts or len(below.rstrip()) + _NEAR < shown_columns(text.rstrip()):
            return None
        self.head(index, (under[1], False))
        return index + 2

    def edge(self, index: int, mark: str) -> int | None:
        """Take a title below a line like the one that follows it, or a rule."""
        below, after = self.at(index + 1).strip(), self.at(index + 2).rstrip()
        if below and after == self.at(index).rstrip():
            self.head(index + 1, (mark, True))
            return index + 3
        if below or self.at(index - 1).strip():
            return None
        self.page.block(self.lines[index].number, "---")
        return index + 1

    def head(self, index: int, style: tuple[str, bool]) -> None:
        if style not in self.file.styles:
            self.file.styles.append(style)
        line = self.lines[index]
        words = self.text(line.text.strip())
        self.page.heading(line.number, self.file.styles.index(style) + 1, words)

    # --- Fields, literal blocks -----------------------------------------------------------

    def field(self, index: int) -> int | None:
        number, text, _ = self.lines[index]
        match = _FIELD.match(text)
        if not match:
            return None
        end = self.block(index)
        more = (line.text.strip() for line in self.lines[index + 1 : end])
        value = " ".join(filter(None, [match[2], *more]))
        if value:
            self.page.field(number, match[1], self.text(value))
        return end

    def literal(self, index: int) -> int:
        """Take the end of a paragraph that announces a block shown to the letter."""
        number, text, column = self.lines[index]
        bare = text.rstrip()[:-2]
        if bare.strip():
            shown = bare.rstrip() if bare[-1:].isspace() else f"{bare}:"
            self.page.add(number, self.text(shown), column)
        start = index + 1
        while start < len(self.lines) and not self.at(start).strip():
            start += 1
        end = self.block(index)
        if end > start:
            self.page.fenced(self.lines[start].number, "", _dedented(self.lines[start:end]))
            return end
        return index + 1

    # --- Explicit markup ------------------------------------------------------------------

    def explicit(self, index: int) -> int | None:
        number, text, _ = self.lines[index]
        text = text.lstrip()
        if text[:2] != ".." or text[2:3] not in ("", " ", "\t"):
            return None
        end = self.block(index)
        inside = self.lines[index + 1 : end]
        if target := TARGET.match(text):
            return index + 1 + (not target["url"] and is_target(self.at(index + 1)))
        if SUBSTITUTION.match(text):
            last = inside[-1].number if inside else number
            self.page.leave_out("definitions of reStructuredText", range(number + 1, last + 1))
        elif note := _NOTE.match(text):
            words = " ".join(filter(None, [note[2], *(line.text.strip() for line in inside)]))
            name = note[1] if note[1].isdigit() else f"^{note[1]}"
            colon = ":" if words.startswith("http") and " " not in words else ""
            self.page.block(number, f"[{name}]{colon} {self.text(words)}")
        elif directive := _DIRECTIVE.match(text):
            self.directive(index, directive[1].lower(), (directive[2] or "").strip(), end)
        else:
            last = inside[-1].number if inside else number
            self.page.leave_out("comments of reStructuredText", range(number, last + 1))
        self.page.part()
        return end

    def directive(self, index: int, name: str, argument: str, end: int) -> None:
        number = self.lines[index].number
        inside = list(self.lines[index + 1 : end])
        self.page.part()
        if name in _UNSHOWN:
            last = self.lines[end - 1].number
            what = "directives of reStructuredText that show no text of the file"
            self.page.leave_out(what, range(number, last + 1))
            return
        options = self.options(inside, _KEPT.get(name, frozenset()))
        inside = _dedented(inside)
        rows = rst_listed.rows_of(name, inside, options) if name in rst_listed.KINDS else None
        if name in _CODE:
            self.page.fenced(number, argument.partition(" ")[0], inside)
        elif name == "math":
            formula = " ".join(filter(None, [argument, *(line.text.strip() for line in inside)]))
            self.page.block(number, f"$${formula}$$")
        elif name in _PICTURES:
            self.picture(number, argument, options)
            self.texts(inside)
        elif rows:
            if argument:
                self.page.block(number, self.text(argument))
            shown = [(line, [self.text(cell) for cell in cells]) for line, cells in rows]
            self.page.table(number, shown, named=rst_listed.has_names(options))
        elif name in _QUOTED:
            for line in inside:
                self.page.add(line.number, f"> {self.text(line.text)}")
        else:
            self.titled(number, name, argument)
            self.texts(inside)

    def options(self, inside: list[Line], kept: frozenset[str]) -> dict[str, str]:
        """Take options off a directive's lines; return those that are of use."""
        values: dict[str, str] = {}
        while inside and (option := _OPTION.match(inside[0].text)):
            if option[1].lower() in kept:
                values[option[1].lower()] = (option[2] or "").strip()
            else:
                self.page.leave_out("options of directives", [inside[0].number])
            del inside[0]
        return values

    def titled(self, number: int, name: str, argument: str) -> None:
        """Write what stands above a directive's text."""
        if name in _TITLED:
            words = (
                "" if name in ("topic", "sidebar", "rubric", "admonition") else name.capitalize()
            )
            words = words.replace("Seealso", "See also")
            shown = self.text(argument)
            if words and shown:
                self.page.field(number, words, shown)
            elif words or shown:
                self.page.block(number, f"**{words or shown}**")
            return
        if name not in _PLAIN:
            what = f'the directive "{name}" of reStructuredText is not read; its text is shown'
            self.file.report(number, 1, Level.warning, "directive", what)
        if argument and name not in ("class", "rst-class", "container", "only"):
            self.page.block(number, self.text(argument))

    def picture(self, number: int, target: str, options: dict[str, str]) -> None:
        words = options.get("alt", "")
        url = options.get("target", "") or target
        if urlsplit(url).scheme in ("http", "https"):
            self.page.block(number, f"[{words or url}](<{url}>)")
            return
        self.page.leave_out("pictures without an address", [number])
        if words:
            self.page.block(number, words)

    def texts(self, inside: Sequence[Line]) -> None:
        """Write the text of a directive, which is reStructuredText, too."""
        if self.depth < _DEEPEST:
            _Reader(inside, self.file, self.depth + 1).run()
        else:
            for line in inside:
                self.page.keep(line)
        self.page.part()


#: What takes a line, by the first character that is not blank.
_TAKERS: dict[str, Callable[[_Reader, int], int | None]] = {
    ".": _Reader.explicit,
    "_": _Reader.anonymous,
    "=": _Reader.table,
    "+": _Reader.table,
    ":": _Reader.field,
    "|": _Reader.line_block,
    ">": _Reader.session,
    "#": _Reader.enumerated,
}


def _dedented(lines: Sequence[Line]) -> list[Line]:
    """Take off the margin that all lines share, and blank lines above them."""
    filled = [line for line in lines if line.text.strip()]
    if not filled:
        return []
    margin = min(len(line.text) - len(line.text.lstrip()) for line in filled)
    first = lines.index(filled[0])
    return [line.after(margin) for line in lines[first:]]
