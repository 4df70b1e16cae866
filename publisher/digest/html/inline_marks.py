"""Tags inside a paragraph as Markdown: links, pictures, stress, code, raised figures.

What has no form in Markdown is taken away where it stands, and its words stay.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from publisher import maths
from publisher.digest.html.tags import HEADINGS, Tag
from publisher.digest.html.tokens import Piece
from publisher.digest.markdown.autolink import safe_url

#: Marks on both sides of an element's words.
_MARKS = {
    "b": ("**", "**"), "strong": ("**", "**"), "i": ("*", "*"), "em": ("*", "*"),
    "cite": ("*", "*"), "del": ("~~", "~~"), "s": ("~~", "~~"), "strike": ("~~", "~~"),
    "q": ("“", "”"),
}  # fmt: skip
_CODE = frozenset({"code", "kbd", "samp", "tt"})
_SCRIPTS = {"sup": "^", "sub": "_"}
_PAIRED = _MARKS.keys() | _CODE | _SCRIPTS.keys() | {"a"}
#: Elements with an address of what they show.
_MEDIA = {
    "iframe": "src", "video": "src", "audio": "src", "embed": "src", "source": "src",
    "object": "data",
}  # fmt: skip
#: Elements open at once; those inside are taken away where they stand.
_DEEPEST = 20
#: The pixels of an icon's sides.
_PIXELS, _ICON = re.compile(r"([0-9]{1,4})(?:px)?"), 64
#: An address in the file itself.
_PLACE = re.compile(r"#[^\s()<>]{1,200}")
_LISTS = frozenset({"ol", "table", "ul"})
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
#: What inline.py takes for a line break.
_BREAK = re.compile(r"<br ?/?>")
_LINE_END = re.compile(r"[ \t]*\n[ \t]*")
_BRACKET = re.compile(r"(?<!\\)[\[\]]")
_TICKS = re.compile(r"`+")
#: What stands above the line and is read as it is: `4th`, `†`; marks of authors' addresses.
_PLAIN = re.compile(r"st|nd|rd|th|TM|SM|[^\w\s]{1,3}")
_AUTHORS_MARK = re.compile(r"[0-9,;*†‡§¶#∗ ]{1,30}")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
#: Several words are small print: `<sub>Ann Ash, Bo Birch</sub>`.
_WORDS = re.compile(r"[^\W\d_]{2}[.,]? [^\W\d_]{2}")
#: Pieces without words before it are looked at, and so many.
_NEAR = 9
_SIMPLE = re.compile(r"[\w.,+\-−–=()*/′' ]{1,60}")


@dataclass(slots=True)
class _Open:
    """An element that is open."""

    tag: Tag
    index: int
    #: That of its mark, before its first word; none before there is one.
    place: int = -1


@dataclass(slots=True)
class Marks:
    """Puts Markdown's marks in place of tags."""

    #: The lines of markup that shows nothing.
    silent: set[int]
    done: list[Piece] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=list)
    _in_heading: bool = False
    #: How many lists and tables are open.
    _lists: int = 0
    #: How many pieces there are where the last `</span>` is.
    _spanned: int = -1
    #: The piece with the last mark of stress that ends.
    _closed: Piece | None = None

    def put(self, pieces: Sequence[Piece]) -> list[Piece]:
        """Return pieces whose tags are those of blocks only."""
        for piece in pieces:
            tag = piece.tag
            if tag is None:
                if piece.code:
                    self._end_all()
                    self.done.append(piece)
                else:
                    self._words(piece)
            elif tag.is_block:
                self._block(piece)
            elif tag.is_end:
                self._end(tag.name)
            else:
                self._begin(piece.index, tag)
        self._end_all()
        return [mark for mark in self.done if mark.text or mark.tag or mark.code]

    def _words(self, piece: Piece) -> None:
        if self._open and (blank := _BLANK_LINE.search(piece.text)):
            before = Piece(piece.index, piece.text[: blank.start()])
            self._words(before)
            self._end_all()
            below = piece.index + before.text.count("\n")
            piece = Piece(below, piece.text[blank.start() :])
        if _has_words(piece):
            for element in self._open:
                if element.place < 0:
                    element.place = len(self.done)
                    self.done.append(Piece(element.index))
        self.done.append(piece)

    def _block(self, piece: Piece) -> None:
        """Take a tag that parts paragraphs: what is open around all of one moves into it."""
        if any(element.place >= 0 for element in self._open):
            self._end_all()
        self.done.append(piece)
        if piece.tag and piece.tag.name in HEADINGS:
            self._in_heading = not piece.tag.is_end
        elif piece.tag and piece.tag.name in _LISTS:
            self._lists = max(0, self._lists + (-1 if piece.tag.is_end else 1))

    def _begin(self, index: int, tag: Tag) -> None:
        name = tag.name
        if name == "a":
            self._end("a")
        if name == "span" and self._spanned == len(self.done):
            self._words(Piece(index, " "))  # labels, which a style sheet parts
        if name in _PAIRED and not tag.is_closed:
            in_code = name != "a" and any(element.tag.name in _CODE for element in self._open)
            if len(self._open) < _DEEPEST and not in_code:
                self._open.append(_Open(tag, index))
                return
        elif words := self._shown(tag):
            self._words(Piece(index, words))
            return
        self.silent.add(index)

    def _shown(self, tag: Tag) -> str:
        """Return what stands for an element that has no end."""
        if tag.name == "br":
            return "<br>"
        if tag.name == "img":
            words = _in_brackets(tag.get("alt") or tag.get("title"))
            in_link = any(element.tag.name == "a" for element in self._open)
            if not words and (in_link or self._in_heading or _is_small(tag)):
                return ""  # an ornament, whose address would stand in a title
            url = safe_url(tag.get("src")) or safe_url(tag.get("data-src"))
            return f"![{words}]({_target(url)})" if url else words
        if tag.name == "input" and tag.get("type").lower() == "checkbox":
            return "[x] " if tag.has("checked") else "[ ] "
        if tag.name in _MEDIA and (url := safe_url(tag.get(_MEDIA[tag.name]))):
            return f"[{_in_brackets(tag.get('title'))}]({_target(url)})"
        return ""

    def _end(self, name: str) -> None:
        """End the innermost element of a name; those open inside it end with it."""
        if name == "span":
            self._spanned = len(self.done)
        if not any(element.tag.name == name for element in self._open):
            return
        while self._open[-1].tag.name != name:
            self._drop(self._open.pop())
        element = self._open.pop()
        if name == "a":
            self._link(element)
        elif name in _MARKS:
            self._stress(element, *_MARKS[name])
        elif name in _CODE:
            self._code(element)
        else:
            self._raised(element)

    def _end_all(self) -> None:
        while self._open:
            self._drop(self._open.pop())

    def _drop(self, element: _Open) -> None:
        """Take away the tag of an element that nothing ends; a link reaches as far as it can."""
        name, at = element.tag.name, element.place
        if name == "a":
            self._link(element)
        elif len(name) == 1 and at > 0 and self.done[at - 1].text[-1:].isalnum():
            self.done[at].text = f"<{name}{element.tag.attributes}>"  # `p<q>r`
        else:
            self.silent.add(element.index)

    def _inside(self, element: _Open) -> list[Piece]:
        """Return the pieces with words of an element; none where it has none."""
        if element.place < 0:
            return []
        return [piece for piece in self.done[element.place + 1 :] if _has_words(piece)]

    def _link(self, element: _Open) -> None:
        href = element.tag.get("href")
        url = safe_url(href)
        if self._lists and _PLACE.fullmatch(href):  # by these a list of contents is known as one
            url = href
        inside = self._inside(element)
        if not url:
            self.silent.add(element.index)
        elif not inside:
            last = self.done[-1] if self.done else Piece(element.index)
            index = last.index + last.text.count("\n")
            self._words(Piece(max(index, element.index), f"[]({_target(url)})"))
        else:
            words = "".join(piece.text for piece in inside)
            uneven = words.count("[") != words.count("]")
            for piece in inside:
                text = _LINE_END.sub(" ", _BREAK.sub(" ", piece.text))
                piece.text = _BRACKET.sub(r"\\\g<0>", text) if uneven else text
            _wrap(inside, "[", f"]({_target(url)})")

    def _stress(self, element: _Open, left: str, right: str) -> None:
        inside = self._inside(element)
        if not inside:
            return
        if left[0] == "*":
            before = next(
                (mark for mark in self.done[max(0, element.place - 9) : element.place][::-1]
                 if mark.text or mark.tag), None
            )  # fmt: skip
            if before and before.text.endswith("*"):
                if before is not self._closed or not before.text.endswith(left):
                    return  # Markdown has no form for two stresses side by side
                before.text = before.text.removesuffix(left)
                left = ""
        _wrap(inside, left, right)
        self._closed = inside[-1]

    def _code(self, element: _Open) -> None:
        if element.place < 0:
            return
        inside = self.done[element.place :]
        words = "".join(piece.text for piece in inside)
        if "](" in words:
            return
        code = html.unescape(_LINE_END.sub(" ", _BREAK.sub(" ", words))).strip()
        ticks = "`" * (max((len(run) for run in _TICKS.findall(code)), default=0) + 1)
        if len(ticks) > 1:
            code = f" {code} "
        for piece in inside:
            piece.text = ""
        margin, end = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
        inside[0].text = f"{margin}{ticks}{code}{ticks}{end}"

    def _raised(self, element: _Open) -> None:
        """Write figures above or below the line; words there are words."""
        inside = self._inside(element)
        words = html.unescape("".join(piece.text for piece in inside)).strip()
        if _PLAIN.fullmatch(words) and element.tag.name == "sup":
            return
        if element.tag.name == "sup" and _AUTHORS_MARK.fullmatch(words):
            shown = words.translate(_SUPERSCRIPTS)
        elif _SIMPLE.fullmatch(words) and self._is_attached(element) and not _WORDS.search(words):
            shown = maths.words(f"{_SCRIPTS[element.tag.name]}{{{words}}}") or words
        else:
            return
        for piece in inside:
            piece.text = ""
        self.done[element.place].text = shown.replace("*", "\\*").replace("_", "\\_")

    def _is_attached(self, element: _Open) -> bool:
        """Return whether something stands right before an element: what is raised has a base."""
        for piece in self.done[max(0, element.place - _NEAR) : element.place][::-1]:
            if piece.tag or piece.code:
                return False
            if piece.text:
                return not piece.text[-1].isspace() and not piece.text.endswith("<br>")
        return False


def _has_words(piece: Piece) -> bool:
    return bool(piece.text) and not piece.text.isspace() and not _BREAK.fullmatch(piece.text)


def _wrap(inside: Sequence[Piece], left: str, right: str) -> None:
    """Put marks around words, and the white space at their ends outside of them."""
    first, last = inside[0], inside[-1]
    words = first.text.lstrip()
    first.text = first.text[: len(first.text) - len(words)] + left + words
    words = last.text.rstrip()
    last.text = words + right + last.text[len(words) :]


def _is_small(tag: Tag) -> bool:
    """Return whether a picture is an icon, or what counts its readers."""
    sizes = (_PIXELS.fullmatch(tag.get(key)) for key in ("width", "height"))
    return any(size and int(size[1]) <= _ICON for size in sizes)


def _in_brackets(words: str) -> str:
    return html.escape(_BRACKET.sub(r"\\\g<0>", words), quote=False)


def _target(url: str) -> str:
    """Return an address that ends where Markdown's parenthesis does."""
    if url.count("(") == url.count(")"):
        return url
    return url.replace("(", "%28").replace(")", "%29")
