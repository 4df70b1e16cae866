"""Tags of HTML: which marks in a text are tags, and what they say.

Papers are full of `<think>`, `a<b` and `<title of the paper>`, which are text. So a tag has the
name of an element of HTML, and attributes as HTML has them; what is also a word of the field
(`<video>`, `<search>`, `<s>`) and has no attributes has its end as well, or a line to itself.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
#: What parts paragraphs, or holds what does.
BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "callout", "caption", "center", "col",
    "colgroup", "column", "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "grid", *HEADINGS, "head", "header", "hgroup", "hr",
    "html", "legend", "li", "link", "main", "menu", "meta", "nav", "noscript", "ol", "optgroup",
    "option", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead",
    "title", "tr", "ul",
})  # fmt: skip
#: What stands within a paragraph.
_INLINES = frozenset({
    "a", "abbr", "acronym", "area", "audio", "b", "base", "bdi", "bdo", "big", "br", "button",
    "canvas", "cite", "code", "data", "del", "dfn", "em", "embed", "font", "i", "iframe", "img",
    "input", "ins", "kbd", "label", "map", "mark", "meter", "nobr", "object", "output", "param",
    "picture", "progress", "q", "rp", "rt", "ruby", "s", "samp", "select", "small", "source",
    "span", "strike", "strong", "sub", "sup", "textarea", "time", "track", "tt", "u", "var",
    "video", "wbr", "o:p", "text", "mention-user", "mention-doc",
})  # fmt: skip
#: What holds nothing that a reader sees.
HIDDEN = frozenset({"script", "style", "svg", "head"})
#: What Feishu calls its tables begins with.
_FEISHU = "lark-"
_NAMES = BLOCKS | _INLINES | HIDDEN
#: Words of the field, too: tokens of models, and what abstracts speak of.
_WORDS = frozenset({
    "audio", "base", "body", "button", "callout", "canvas", "column", "data", "dialog", "embed",
    "footer", "form", "grid", "header", "html", "iframe", "input", "label", "link", "main", "map",
    "menu", "meta", "meter", "nav", "object", "option", "output", "param", "picture", "progress",
    "s", "select", "source", "summary", "text", "textarea", "time", "title", "track", "video",
})  # fmt: skip
#: Attributes without a value.
_FLAGS = frozenset({
    "allowfullscreen", "async", "autofocus", "autoplay", "border", "checked", "compact",
    "controls", "default", "defer", "disabled", "download", "hidden", "inert", "ismap",
    "itemscope", "loop", "markdown", "multiple", "muted", "nomodule", "noshade", "novalidate",
    "nowrap", "open", "playsinline", "readonly", "required", "reversed", "selected",
})  # fmt: skip
_DATA = r"data:[^\"'<>]*+"
_VALUE = rf"\"(?:{_DATA}|[^\"]{{0,4000}}+)\"|'(?:{_DATA}|[^']{{0,4000}}+)'|[^\s\"'=<>`]{{1,4000}}+"
_NAME = r"[A-Za-z_:@*#][A-Za-z0-9_:.@*#\-]{0,99}+"
#: A value that somebody forgot to name.
_NAMELESS = r"\"[^\"<>\n]{0,300}+\""
_ATTRIBUTE = re.compile(
    rf"[\s/]*+(?:{_NAMELESS}|(?P<name>{_NAME})(?:\s*+=\s*+(?P<value>{_VALUE}))?)"
)
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]{0,19}+(?:[:-][a-z]{1,9}+)?)(?=[\s/>])"
    rf"(?P<attributes>(?:[\s/]*+(?:{_NAMELESS}|{_NAME}(?:\s*+=\s*+(?:{_VALUE}))?)){{0,30}})[\s/]*+>"
)
#: A picture may stand in an address, as long as it likes; any other tag is shorter.
_LONGEST, _PICTURE = 4_000, "data:"
#: Doctypes, instructions, and what Word has in its comments.
_DECLARATION = re.compile(
    r"<!(?:DOCTYPE|doctype|\[)[^<>]{0,1000}+>|<\?(?:xml|php)[^<>]{0,1000}+\?>"
)
_IN_ANGLES = re.compile(r"<[^<>\n]{1,4000}+>")


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: `name` in lower case; that of a declaration is empty."""

    name: str
    is_end: bool = False
    #: Whether it says itself that nothing is in it: `<a/>`.
    is_closed: bool = False
    #: As typed.
    attributes: str = ""

    @property
    def is_block(self) -> bool:
        """Return whether it parts paragraphs."""
        return self.name in BLOCKS

    def get(self, name: str) -> str:
        """Return the value of an attribute, in one line; an empty one where there is none."""
        for match in _ATTRIBUTE.finditer(self.attributes):
            if match["name"] and match["name"].lower() == name:
                value = match["value"] or ""
                if value[:1] in ('"', "'"):
                    value = value[1:-1]
                return " ".join(html.unescape(value).split())
        return ""

    def has(self, name: str) -> bool:
        """Return whether there is such an attribute."""
        names = (match["name"] for match in _ATTRIBUTE.finditer(self.attributes))
        return name in (known.lower() for known in names if known)


#: Most tags of a file are the same few.
_bare = lru_cache(maxsize=1_000)(Tag)


class Tags:
    """Tells tags from text; to be asked of places in their order."""

    def __init__(self, text: str, *, is_html: bool = False) -> None:
        self.text = text
        #: What may be a word is one in Markdown; in HTML it would be escaped.
        self._words = frozenset() if is_html else _WORDS
        #: How many elements are open, of those whose ends could be words.
        self._open: dict[str, int] = {}
        #: The line looked at last, and whether nothing but tags stands in it.
        self._line = (0, -1, False)

    def at(self, place: int) -> tuple[Tag, int] | None:
        """Return the tag that a `<` begins, and where it ends; None where it is text."""
        text = self.text
        if match := _DECLARATION.match(text, place):
            return Tag(""), match.end()
        match = _TAG.match(text, place, place + _LONGEST)
        if not match and text.find(_PICTURE, place, place + _LONGEST) > 0:
            match = _TAG.match(text, place)
        if not match:
            return None
        name, attributes = match["name"].lower().removeprefix(_FEISHU), match["attributes"]
        if name not in _NAMES and name != "o:p":
            return None
        if attributes and (match["end"] or not _are_attributes(attributes)):
            return None
        values = name, bool(match["end"]), match[0].endswith("/>")
        tag = Tag(*values, attributes) if attributes else _bare(*values)
        if name == "details":
            self._count("summary", tag)
        if name in self._words:
            if not attributes and not self._is_meant(tag, match):
                return None
            if name != "summary":
                self._count(name, tag)
        return tag, match.end()

    def _count(self, name: str, tag: Tag) -> None:
        self._open[name] = max(0, self._open.get(name, 0) + (-1 if tag.is_end else 1))

    def _is_meant(self, tag: Tag, match: re.Match[str]) -> bool:
        """Return whether a tag that could be a word is one."""
        if self._open.get(tag.name) and (tag.is_end or tag.name == "summary"):
            return True
        if tag.name == "s" and tag.is_end:
            return False
        return self._is_alone(match.start()) or (
            not tag.is_end and _ends(self.text, match.end(), tag.name)
        )

    def _is_alone(self, place: int) -> bool:
        """Return whether nothing but tags stands in the line."""
        start, end, alone = self._line
        if place >= end:
            start = self.text.rfind("\n", 0, place) + 1
            end = self.text.find("\n", place)
            end = end if end >= 0 else len(self.text)
            alone = not _IN_ANGLES.sub("", self.text[start:end]).strip()
            self._line = start, end, alone
        return alone


def _are_attributes(attributes: str) -> bool:
    """Return whether they are, and not words in angles."""
    return all(
        match["value"] is not None
        or not match["name"]
        or "-" in match["name"]
        or match["name"].lower() in _FLAGS
        for match in _ATTRIBUTE.finditer(attributes)
    )


def _ends(text: str, start: int, name: str) -> bool:
    """Return whether an element ends in its line, with words in it and no space at either end."""
    closing = re.compile(rf"</{name}\s{{0,9}}>", re.IGNORECASE).search(text, start, start + 500)
    inside = text[start : closing.start()] if closing else ""
    return inside != "" and inside == inside.strip() and "\n" not in inside
