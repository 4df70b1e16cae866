"""Markdown inside a paragraph: links of every untidy kind, emphasis, code.

Our own rather than a library's, since none finds addresses in Chinese text (see links.py) and
plain CommonMark fails `**“零样本”**测试`. HTML, but for links and line breaks, is no markup here:
what markup.py leaves of it is text, and is shown as such. Every pattern is bounded or possessive,
so that ten million `[` take linear time. Only single characters repeat possessively: of groups,
Python 3.11.0 to 3.11.4 forget the last character (cpython issue 106052), and Debian 12 has 3.11.2.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from html.entities import html5

from publisher.digest.language import WIDE, WIDE_MARKS
from publisher.digest.markdown import emphasis
from publisher.digest.markdown.autolink import (
    ADDRESS_AHEAD,
    bounded,
    labelled,
    safe_url,
    schemeless,
    unescaped,
)
from publisher.digest.markdown.latex_marks import ESCAPED, LatexMarks
from publisher.model import Code, Inline, LineBreak, Link, Text

#: (position in the text, code, message): how a parse tells what it could not use.
Report = Callable[[int, str, str], None]

#: Where anything but text may begin. All alternatives start with a literal, which lets `re`
#: skip other characters by table: a paragraph without marks costs one quick scan.
_START = re.compile(
    r"\\|``*|\*\**|__*|!\[|\[\[*|<(?:https?://|a |br|[^\s<>@]{1,64}@)|&[#A-Za-z]|\$\$*|\n"
    rf"|--|~|\{{(?:,\}}|(?=\\[a-z]))|{ADDRESS_AHEAD}"
)
#: A label may hold brackets, and a target parentheses, two levels of them. What each is made of
#: begins with a character of its own, so that there is nothing to go back to, and has an end.
_WORDS, _REST = r"[^\[\]\\\n]{0,1000}+", r"[^\s()（）\\]{0,2000}+"


def _nested(opening: str, closing: str, inside: str) -> str:
    """Return a pattern for brackets that hold brackets."""
    deepest = rf"{opening}{inside}{closing}"
    return rf"{opening}{inside}(?:{deepest}{inside}){{0,20}}{closing}"


_BRACKETS = _nested(r"\[", r"\]", r"[^\[\]\n]{0,200}+")
_PARENTHESES = "|".join(
    (_nested(r"\(", r"\)", r"[^\s()]{0,500}+"), _nested("（", "）", r"[^\s（）]{0,500}+"))
)
_LABEL = rf"{_WORDS}(?:(?:\\.|{_BRACKETS}|\n(?!\n)){_WORDS}){{0,100}}"
_TARGET = rf"(?!<){_REST}(?:(?:\\[!-~]?+|{_PARENTHESES}){_REST}){{0,100}}"


def _quoted(opening: str, closing: str) -> str:
    """Return a pattern for what stands between two marks on a line, escaped ones aside."""
    plain = rf"[^{opening}{closing}\\\n]{{0,500}}+"
    return rf"\{opening}{plain}(?:\\[^\n]{plain}){{0,100}}\{closing}"


_TITLE = "|".join((_quoted('"', '"'), _quoted("'", "'"), _quoted("(", ")")))
#: How many of a run of `[` may begin a link.
_DEEP = 3
_BRACKETED = re.compile(
    rf"""
    !?\[(?P<label>{_LABEL})\](?P<space>[ ]?)
    [(（]\s*+
    (?:<(?P<angle>[^<>\\\n]{{0,2000}}+(?:\\[^\n][^<>\\\n]{{0,2000}}+){{0,100}})>
      |(?P<target>{_TARGET}))
    (?:\s++(?P<title>{_TITLE}))?\s*+
    [)）]
    """,
    re.VERBOSE | re.DOTALL,
)
#: A place in the file or on the site that a digest was written for.
_RELATIVE = re.compile(
    r"#\S*|\.{0,2}/(?!/)\S*|[\w.%~-]{1,200}(?:/[\w.%~-]{0,200}){0,20}\.(?:md|html?|pdf|bib|txt|png|jpe?g|gif|svg|webp)(?:[?#]\S*)?|"
)
_AUTOLINK = re.compile(r"<(https?://[^\s<>]{1,2000})>")
#: As Slack writes links.
_PIPED = re.compile(r"<(?P<url>https?://[^\s<>|]{1,2000})\|(?P<label>[^<>|\n]{1,300})>")
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
#: What an address or a title may be written with: escapes (CommonMark 2.4), and entities.
_HIDDEN = re.compile(rf"\\([!-/:-@\[-`{{-~])|{_ENTITY.pattern}")
#: LaTeX's quotation marks.
_QUOTATION = re.compile(r"``([^`\n]{1,500}?)''")
_TICKS = re.compile(r"`+")
#: A longer run of back-ticks opens no code: with it, a search for its end would not be linear.
LONGEST_TICKS = 16
#: More runs of `*` and `_` in one text are shown as typed: each takes 150 bytes until it is paired.
_MOST_RUNS = 20_000
_MARGIN = re.compile(r"[ \t\u3000]*")
#: Two characters between which a line end is nothing: a space there would show (clreq 3.2).
SEAMLESS = re.compile(
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


def first_link(text: str) -> tuple[int, int, Link] | None:
    """Return where the first link of a text starts and ends, and the link."""
    parser = _Parser(text, lambda *_: None, links=True)
    parser.run(_START.search(text))
    return parser.first


class _Parser(LatexMarks):
    """Walks the text once; each taker gives the position after what it took, or None."""

    def __init__(self, text: str, report: Report, *, links: bool) -> None:
        super().__init__(text)
        self.report = report
        self.links = links
        self.first: tuple[int, int, Link] | None = None
        self.endless: set[int] = set()  # lengths of back-tick runs that nothing closes
        self.runs = 0

    def run(self, match: re.Match[str] | None) -> tuple[Inline, ...]:
        """Return from the first place where something may begin."""
        while match:
            start, end = match.span()
            taker = _TAKERS.get(self.text[start], _Parser.address)
            match = _START.search(self.text, taker(self, start, end) or end)
        self.add(len(self.text), len(self.text))
        return emphasis.resolve(self.nodes)

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
        return self.parsed(start, words, links=False) or ((Text(url),) if url else ())

    @property
    def has_links(self) -> bool:
        """Return whether addresses are links here: not inside another link."""
        return self.links

    def parsed(self, start: int, words: str, *, links: bool) -> tuple[Inline, ...]:
        """Parse a part of the text that begins about at `start`."""
        return parse(words.strip(), lambda _, *what: self.report(start, *what), links=links)

    def backslash(self, start: int, _: int) -> int | None:
        if end := self.latex(start):
            return end
        if match := ESCAPED.match(self.text, start):
            return self.add(start, match.end(), Text(match[1]))
        if self.text.startswith("\n", start + 1):
            self.add(start, start + 1)
            return self.break_line(start + 1)
        return None

    def code(self, start: int, end: int) -> int | None:
        size = end - start
        if size == len("``") and (quoted := _QUOTATION.match(self.text, start)):
            self.add(start, quoted.end(), Text("“"))
            self.nodes += (*self.parsed(start, quoted[1], links=self.links), Text("”"))
            return quoted.end()
        if size > LONGEST_TICKS or size in self.endless:
            return None
        for closing in _TICKS.finditer(self.text, end):
            if closing.end() - closing.start() == size:
                inside = self.text[end : closing.start()].replace("\n", " ")
                if inside[0] == inside[-1] == " " and inside.strip(" "):
                    inside = inside[1:-1]
                return self.add(start, closing.end(), Code(inside))
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
        raw = _meant(match["angle"] or match["target"] or "")
        url = safe_url(raw)
        if url is None:
            if _RELATIVE.fullmatch(raw) and not match["space"]:
                words = match["label"]
                what = (
                    f"leads nowhere from a mail or a feed; shown without its link: {words[:80]!r}"
                )
                if not raw:
                    what = f"no address in the link: left out: {words[:80]!r}"
                self.report(start, "relative-link", what)
                self.add(start, match.end())
                self.nodes += self.label(start, words, "") if raw else ()
                return match.end()
            if not match["space"]:  # `[1] (as shown)` was never meant as a link
                what = f"not an http(s) address, shown as text: {raw[:80]!r}"
                self.report(start, "unsafe-link", what)
            return None
        inner = self.label(start, match["label"], raw)
        if match["title"] and match["title"][1:-1].strip():
            inner = (*inner, Text(f" ({_meant(match['title'][1:-1])})"))
        # An image becomes a link to it, so that reading fetches nothing.
        return self.link(start, match.end(), url, inner)

    def angle(self, start: int, _: int) -> int | None:
        """Take an address in angles, or what HTML has for a link and a line break."""
        if match := _HTML_BREAK.match(self.text, start):
            self.add(start, match.end())
            end = match.end()
            return self.break_line(end - (self.text[end : end + 1] != "\n"))
        near = self.ahead(_ANCHOR_END, start)[0] < start + _LONGEST_ANCHOR
        anchor = _ANCHOR.match(self.text, start) if near else None
        if match := anchor or _PIPED.match(self.text, start):
            url = safe_url(match["url"])
            words = self.label(start, match["label"], match["url"])
            return self.link(start, match.end(), url, words) if url else None
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
        meant = _character(match[0]) if match else ""
        return self.add(start, match.end(), Text(meant)) if match and meant else None

    def line_end(self, start: int, _: int) -> int:
        blank = len(self.text[self.done : start]) - len(self.text[self.done : start].rstrip(" \t"))
        if blank > 1:
            self.add(start - blank, start)
            return self.break_line(start)
        end = _MARGIN.match(self.text, start + 1).end()  # type: ignore[union-attr]  # matches ""
        before = start - blank
        seam = self.text[before - 1 : before] + self.text[end : end + 1]
        return self.add(before, end, Text("" if SEAMLESS.match(seam) else " "))

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


def _character(entity: str) -> str:
    """Return what an entity stands for; nothing if that is not to be seen."""
    meant = html.unescape(entity) if entity[1] == "#" else html5.get(entity[1:], "")
    if any(c == "\ufffd" or unicodedata.category(c)[0] == "C" for c in meant):
        return ""
    return meant


def _meant(text: str) -> str:
    """Return the address or the title of a link without the marks that Markdown hides in it."""
    if "\\" in text or "&" in text:
        return _HIDDEN.sub(lambda m: m[1] or _character(m[0]) or m[0], text)
    return text


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
