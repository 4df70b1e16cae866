"""Markdown inside a paragraph: links of every untidy kind, emphasis, code.

Our own rather than a library's, since none finds addresses in Chinese text (see links.py) and
plain CommonMark fails `**“零样本”**测试`. HTML, but for links and line breaks, is no markup here:
it is text, and is shown as such. Every pattern is bounded or possessive, so that ten million `[`
take linear time. Only single characters repeat possessively: of groups, Python 3.11.0 to 3.11.4
forget the last character (cpython issue 106052), and Debian 12 has 3.11.2.
"""

from __future__ import annotations

import html
import re
import sys
import unicodedata
from collections.abc import Callable
from html.entities import html5

from publisher import maths
from publisher.digest import emphasis, latex
from publisher.digest.language import WIDE, WIDE_MARKS
from publisher.digest.latex import Accent, Command
from publisher.digest.links import (
    ADDRESS_AHEAD,
    bounded,
    labelled,
    safe_url,
    schemeless,
    unescaped,
)
from publisher.model import Code, Emphasis, Inline, LineBreak, Link, Math, Strong, Text

#: (position in the text, code, message): how a parse tells what it could not use.
Report = Callable[[int, str, str], None]

#: Where anything but text may begin. All alternatives start with a literal, which lets `re`
#: skip other characters by table: a paragraph without marks costs one quick scan.
_START = re.compile(
    r"\\|``*|\*\**|__*|!\[|\[\[*|<(?:https?://|a |br|[^\s<>@]{1,64}@)|&[#A-Za-z]|\$\$*|\n"
    rf"|--|~|\{{,\}}|{ADDRESS_AHEAD}"
)
#: A label may hold brackets, and a target parentheses, two levels of them. What each is made of
#: begins with a character of its own, so that there is nothing to go back to, and has an end.
_WORDS, _REST = r"[^\[\]\\\n]{0,1000}+", r"[^\s()（）]{0,2000}+"


def _nested(opening: str, closing: str, inside: str) -> str:
    """Return a pattern for brackets that hold brackets."""
    deepest = rf"{opening}{inside}{closing}"
    return rf"{opening}{inside}(?:{deepest}{inside}){{0,20}}{closing}"


_BRACKETS = _nested(r"\[", r"\]", r"[^\[\]\n]{0,200}+")
_PARENTHESES = "|".join(
    (_nested(r"\(", r"\)", r"[^\s()]{0,500}+"), _nested("（", "）", r"[^\s（）]{0,500}+"))
)
_LABEL = rf"{_WORDS}(?:(?:\\.|{_BRACKETS}|\n(?!\n)){_WORDS}){{0,100}}"
_TARGET = rf"{_REST}(?:(?:{_PARENTHESES}){_REST}){{0,100}}"
#: How many of a run of `[` may begin a link.
_DEEP = 3
_BRACKETED = re.compile(
    rf"""
    !?\[(?P<label>{_LABEL})\](?P<space>[ ]?)
    [(（]\s*+
    (?:<(?P<angle>[^<>\n]{{0,2000}})>
      |(?P<target>{_TARGET}))
    (?:\s++(?P<title>"[^"\n]{{0,500}}"|'[^'\n]{{0,500}}'))?\s*+
    [)）]
    """,
    re.VERBOSE | re.DOTALL,
)
_AUTOLINK = re.compile(r"<(https?://[^\s<>]{1,2000})>")
#: CommonMark 6.5.
_MAIL = re.compile(
    r"<((?:mailto:)?[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,20})>"
)
_ANCHOR = re.compile(
    r"<a\s[^<>]{0,500}?href=(?P<quote>[\"'])(?P<url>[^\"'<>]{1,2000})(?P=quote)[^<>]{0,500}>"
    r"(?P<label>.{0,1000}?)</a>",
    re.DOTALL,
)
#: Without an end so near, none of very many anchors has to be tried.
_ANCHOR_END, _LONGEST_ANCHOR = re.compile("</a>"), 4_100
_HTML_BREAK = re.compile(r"<br ?/?>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_LATEX = re.compile(r"\\(?:url|href)\{([^{}\s]{1,2000})\}(?:\{([^{}]{0,500})\})?")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_MATH = re.compile(r"(\$\$?)([^\s$](?:[^$\n]{0,300}?[^\s$\\])?)\1(?![0-9$])")
#: `\(…\)` and `\[…\]` are LaTeX's when there is LaTeX in them, else brackets escaped.
_LATEX_CLOSERS = {"(": re.compile(r"\\\)"), "[": re.compile(r"\\\]")}
_LATEX_MATH = re.compile(r"\\[A-Za-z]|[=^]|(?<!\\)_")
_DOLLARS = re.compile(r"\$\$")
_LONGEST_MATH = 1000
#: Commands whose braces nothing closes that are looked at in one text.
_MOST_ENDLESS = 50
#: LaTeX's quotation marks.
_QUOTATION = re.compile(r"``([^`\n]{1,500}?)''")
_DASHES = {2: "–", 3: "—"}
#: LaTeX's spaces; Markdown has no use for these escapes.
_THIN_SPACES = (",", ";", ":")
_NARROW = "\u202f"
_TICKS = re.compile(r"`+")
#: A longer run of back-ticks opens no code: with it, a search for its end would not be linear.
LONGEST_TICKS = 16
#: More runs of `*` and `_` in one text are shown as typed: each takes 150 bytes until it is paired.
_MOST_RUNS = 20_000
_MARGIN = re.compile(r"[ \t\u3000]*")
#: Two characters between which a line end is nothing: a space there would show (clreq 3.2).
_SEAMLESS = re.compile(
    rf".?$|[{WIDE_MARKS}]|.[{WIDE_MARKS}]|[{WIDE}][{WIDE}“”‘’…—]|[“”‘’…—][{WIDE}]"
)


def parse(text: str, report: Report, *, links: bool = True) -> tuple[Inline, ...]:
    """Parse one paragraph; a line that ends in two spaces or a backslash ends in a hard break.

    With `links` false, addresses stay text: the inside of a link holds no other link.
    """
    first = _START.search(text)
    if not first:
        return (Text(text),) if text else ()
    return _Parser(text, report, links=links).run(first)


def _math(source: str, typed: str, *, is_display: bool) -> Math:
    source = html.unescape(source)
    words = maths.words(source) or " ".join(typed.split())
    return Math(source.strip(), words, is_display)


def first_link(text: str) -> tuple[int, int, Link] | None:
    """Give where the first link of a text starts and ends, and the link."""
    parser = _Parser(text, lambda *_: None, links=True)
    parser.run(_START.search(text))
    return parser.first


class _Parser:
    """Walks the text once; each taker gives the position after what it took, or None."""

    def __init__(self, text: str, report: Report, *, links: bool) -> None:
        self.text = text
        self.report = report
        self.links = links
        self.nodes: list[Inline | emphasis.Run] = []
        self.done = 0  # the text before this position is in the nodes
        self.first: tuple[int, int, Link] | None = None
        self.endless_commands = 0  # LaTeX's, whose braces nothing closes
        self.endless: set[int] = set()  # lengths of back-tick runs that nothing closes
        self.runs = 0
        self.known: dict[re.Pattern[str], tuple[int, int]] = {}

    def run(self, match: re.Match[str] | None) -> tuple[Inline, ...]:
        """Walk from the first place where something may begin."""
        while match:
            start, end = match.span()
            taker = _TAKERS.get(self.text[start], _Parser.address)
            match = _START.search(self.text, taker(self, start, end) or end)
        self.add(len(self.text), len(self.text))
        return emphasis.resolve(self.nodes)

    def add(self, start: int, end: int, node: Inline | emphasis.Run | None = None) -> int:
        """Append the text before `start` and a node that stands for `start` to `end`."""
        if start > self.done:
            self.nodes.append(Text(self.text[self.done : start]))
        if node is not None:
            self.nodes.append(node)
        self.done = end
        return end

    def link(self, start: int, end: int, url: str, children: tuple[Inline, ...]) -> int:
        """Append a link, or its words where links are not wanted."""
        if self.links:
            link = Link(url, children)
            self.first = self.first or (start, end, link)
            return self.add(start, end, link)
        self.add(start, end)
        self.nodes += children
        return end

    def label(self, start: int, words: str, url: str) -> tuple[Inline, ...]:
        """Parse a link's words; without any, the address stands for them."""
        inner = parse(words.strip(), lambda _, *what: self.report(start, *what), links=False)
        return inner or (Text(url),)

    def backslash(self, start: int, _: int) -> int | None:
        if end := self.latex(start):
            return end
        if match := _ESCAPED.match(self.text, start):
            return self.add(start, match.end(), Text(match[1]))
        if self.text.startswith("\n", start + 1):
            self.add(start, start + 1)
            return self.break_line(start + 1)
        return None

    def latex(self, start: int) -> int | None:
        """Take what LaTeX has a backslash for, but for escapes that Markdown has, too."""
        text, following = self.text, self.text[start + 1 : start + 2]
        closer = _LATEX_CLOSERS.get(following)
        if closer and (end := self.formula(start, closer)):
            return end
        accent = latex.accent(text, start)
        if accent and not self.is_quotation(accent):
            return self.add(accent.start, accent.end, Text(accent.letter))
        if following in _THIN_SPACES:
            return self.add(start, start + 2, Text(_NARROW))
        if formula := latex.environment(text, start):
            end, source = formula
            return self.add(start, end, _math(source, text[start:end], is_display=True))
        if (match := _LATEX.match(text, start)) and (url := safe_url(match[1])):
            return self.link(start, match.end(), url, (Text(match[2] or match[1]),))
        command = self.command_at(start)
        return self.command(start, command) if command else None

    def is_quotation(self, accent: Accent) -> bool:
        r"""Return whether marks that were escaped stand around words: `\"a word\"`."""
        closing = latex.CLOSING.get(accent.mark)
        return closing is not None and self.ahead(closing, accent.end)[0] < sys.maxsize

    def command_at(self, start: int) -> Command | None:
        """Return LaTeX's command at a place; none any more where many have no end."""
        if self.endless_commands > _MOST_ENDLESS:
            return None
        command = latex.command(self.text, start)
        if command is not None and not command.kind:
            self.endless_commands += 1
            return None
        return command

    def command(self, start: int, command: Command) -> int:
        """Append what a command of LaTeX shows; what leads nowhere goes with the space before."""
        if command.kind == "dropped":
            while start > self.done and self.text[start - 1] in " ~\xa0":
                start -= 1
            return self.add(start, command.end)
        if command.kind == "text":
            return self.add(start, command.end, Text(command.words))
        if command.kind == "code":
            return self.add(start, command.end, Code(_ESCAPED.sub(r"\1", command.words)))
        inside = self.label(start, command.words, "")
        if command.kind == "words":
            self.add(start, command.end)
            self.nodes += inside
            return command.end
        node = Strong(inside) if command.kind == "strong" else Emphasis(inside)
        return self.add(start, command.end, node)

    def code(self, start: int, end: int) -> int | None:
        size = end - start
        if size == len("``") and (quoted := _QUOTATION.match(self.text, start)):
            self.add(start, quoted.end(), Text("“"))
            self.nodes += (*self.label(start, quoted[1], ""), Text("”"))
            return quoted.end()
        if size > LONGEST_TICKS or size in self.endless:
            return None
        for closing in _TICKS.finditer(self.text, end):
            if closing.end() - closing.start() == size:
                inside = self.text[end : closing.start()].replace("\n", " ")
                return self.add(start, closing.end(), Code(inside.strip(" ") or inside))
        self.endless.add(size)
        return None

    def emphasis(self, start: int, end: int) -> int | None:
        self.runs += 1
        if self.runs > _MOST_RUNS:
            if self.runs == _MOST_RUNS + 1:
                what = f"more than {_MOST_RUNS} marks of emphasis in one text; the rest is shown as"
                self.report(start, "many-marks", f"{what} typed")
            return None
        return self.add(start, end, emphasis.Run.at(self.text, start, end))

    def bracket(self, start: int, end: int) -> int | None:
        if self.text[start] == "[":
            # Labels hold brackets two deep: only the last three of a run can begin one.
            start = max(start, end - _DEEP)
        match = _BRACKETED.match(self.text, start)
        while not match and end - start > 1 and self.text[start] == "[":
            start += 1
            match = _BRACKETED.match(self.text, start)
        if not match:
            return None
        raw = match["angle"] or match["target"] or ""
        url = safe_url(raw)
        if url is None:
            if not match["space"]:  # `[1] (as shown)` was never meant as a link
                what = f"not an http(s) address, shown as text: {raw[:80]!r}"
                self.report(start, "unsafe-link", what)
            return None
        inner = self.label(start, match["label"], raw)
        if match["title"]:
            inner = (*inner, Text(f" ({match['title'][1:-1]})"))
        # An image becomes a link to it, so that reading fetches nothing.
        return self.link(start, match.end(), url, inner)

    def angle(self, start: int, _: int) -> int | None:
        """Take an address in angles, or what HTML has for a link and a line break."""
        if match := _HTML_BREAK.match(self.text, start):
            self.add(start, match.end())
            end = match.end()
            return self.break_line(end - (self.text[end : end + 1] != "\n"))
        near = self.ahead(_ANCHOR_END, start)[0] < start + _LONGEST_ANCHOR
        if near and (match := _ANCHOR.match(self.text, start)):
            url = safe_url(match["url"])
            if not url:
                return None
            return self.link(start, match.end(), url, self.label(start, match["label"], url))
        if match := _MAIL.match(self.text, start):
            address = match[1].removeprefix("mailto:")
            url = safe_url(f"mailto:{address}")
            return self.link(start, match.end(), url, (Text(address),)) if url else None
        match = _AUTOLINK.match(self.text, start)
        url = safe_url(match[1]) if match else None
        if not match or not url:
            return start + 1  # the address itself may do without its `>`
        return self.link(start, match.end(), url, (Text(unescaped(match[1])),))

    def entity(self, start: int, _: int) -> int | None:
        """Take `&amp;` and the like; one that stands for nothing to be seen is text."""
        match = _ENTITY.match(self.text, start)
        if not match:
            return None
        name = match[0][1:]
        meant = html.unescape(match[0]) if name[0] == "#" else html5.get(name, "")
        if not meant or any(c == "\ufffd" or unicodedata.category(c)[0] == "C" for c in meant):
            return None
        return self.add(start, match.end(), Text(meant))

    def math(self, start: int, _: int) -> int | None:
        """Take a formula before Markdown sees its marks; a dollar that is money is text."""
        if self.text.startswith("$$", start) and (end := self.formula(start, _DOLLARS)):
            return end
        match = _MATH.match(self.text, start)
        if not match or not latex.is_formula(match[2]):
            return match.end(1) if match else None
        node = _math(match[2], match[0], is_display=len(match[1]) > 1)
        return self.add(start, match.end(), node)

    def formula(self, start: int, closer: re.Pattern[str]) -> int | None:
        """Take a formula up to its closer, over several lines too."""
        inside = start + 2
        last, end = self.ahead(closer, inside)
        if end > start + _LONGEST_MATH or self.ahead(_LATEX_MATH, inside)[1] > last:
            return None
        source, typed = self.text[inside:last], self.text[start:end]
        node = _math(source, typed, is_display=closer is not _LATEX_CLOSERS["("])
        return self.add(start, end, node)

    def tie(self, start: int, end: int) -> int | None:
        """Take LaTeX's space that no line ends at, as in `Sec.~3`."""
        before, after = self.text[start - 1 : start], self.text[end : end + 1]
        command = self.command_at(end) if after == "\\" else None
        if command and command.kind == "dropped":
            return None
        if (before == "." and after.isalnum()) or (before.isalnum() and after in ("\\", "$")):
            return self.add(start, end, Text("\xa0"))
        return None

    def dash(self, start: int, end: int) -> int:
        """Take LaTeX's dashes: between words, and the long one between spaces, too."""
        while self.text[end : end + 1] == "-":
            end += 1
        before, after = self.text[start - 1 : start], self.text[end : end + 1]
        shown = _DASHES.get(end - start, "")
        is_apart = before == " " == after and shown == _DASHES[3]
        if not shown or not (is_apart or (before.isalnum() and after.isalnum())):
            return end
        return self.add(start, end, Text(shown))

    def brace(self, start: int, end: int) -> int:
        """Take the comma of `25{,}605`."""
        return self.add(start, end, Text(","))

    def ahead(self, pattern: re.Pattern[str], position: int) -> tuple[int, int]:
        """Give where a pattern is first at or after a position: what is known is not looked for."""
        known = self.known.get(pattern)
        if known is None or known[0] < position:
            match = pattern.search(self.text, position)
            known = self.known[pattern] = match.span() if match else (sys.maxsize, sys.maxsize)
        return known

    def line_end(self, start: int, _: int) -> int:
        blank = len(self.text[self.done : start]) - len(self.text[self.done : start].rstrip(" \t"))
        if blank > 1:
            self.add(start - blank, start)
            return self.break_line(start)
        end = _MARGIN.match(self.text, start + 1).end()  # type: ignore[union-attr]  # matches ""
        before = start - blank
        seam = self.text[before - 1 : before] + self.text[end : end + 1]
        return self.add(before, end, Text("" if _SEAMLESS.match(seam) else " "))

    def break_line(self, start: int) -> int:
        end = _MARGIN.match(self.text, start + 1).end()  # type: ignore[union-attr]  # matches ""
        return self.add(start, end, LineBreak())

    def address(self, start: int, end: int) -> int | None:
        """Take an address that stands by itself."""
        if paper := labelled(self.text, start):
            shown, page = paper
            return self.link(start, start + len(shown), page, (Text(shown),))
        start, shown = bounded(self.text, start) or schemeless(self.text, start, end, self.done)
        url = safe_url(shown)
        if not url:
            return None
        end = self.link(start, start + len(shown), url, (Text(unescaped(shown)),))
        # LaTeX left its braces: `https://a.org{https://a.org}` is one address said twice.
        if self.text[end : end + 1] in ("{", "(", "（") and self.text.startswith(shown, end + 1):
            after = end + 1 + len(shown)
            if self.text[after : after + 1] in ("}", ")", "）"):
                self.done = end = after + 1
        return end


#: What takes the mark that a character begins; all others begin addresses.
_TAKERS: dict[str, Callable[[_Parser, int, int], int | None]] = {
    "\\": _Parser.backslash,
    "`": _Parser.code,
    "*": _Parser.emphasis,
    "_": _Parser.emphasis,
    "!": _Parser.bracket,
    "[": _Parser.bracket,
    "<": _Parser.angle,
    "&": _Parser.entity,
    "$": _Parser.math,
    "~": _Parser.tie,
    "-": _Parser.dash,
    "{": _Parser.brace,
    "\n": _Parser.line_end,
}
