"""What is found of an item before its text is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from publisher.digest.fields import authors, title_details, titles
from publisher.digest.fields.item_numbers import unnumbered
from publisher.digest.fields.labels import Role
from publisher.digest.fields.link_names import NAME
from publisher.digest.source_text import Line
from publisher.model import Inline, Link, Metadata, links_in, plain

METADATA = {
    Role.authors: "authors",
    Role.affiliations: "affiliations",
    Role.date: "date",
    Role.venue: "venue",
    Role.categories: "categories",
    Role.tags: "tags",
    Role.score: "score",
}
#: `A. Oak (1), B. Elm (2) ((1) A University, (2) Another)`, as arXiv has it.
_PLACES = re.compile(r"[ ]*\((?P<places>\(1\)[^\n]{1,2000})\)[ ]*$")
_PLACE = re.compile(r"[,;]?[ ]*\([0-9]{1,2}\)[ ]*")
_NUMBERED = re.compile(r"[ ]*\([0-9]{1,2}(?:[ ]?(?:,|and)[ ]?[0-9]{1,2})*\)")
_LISTS = ("authors", "affiliations", "categories", "tags")
#: What parts the values of a field that has several.
_PARTS = {
    "affiliations": re.compile(
        r"[ \t]*[;；、|][ \t]*|[,，][ \t]*(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])[ \t]*[,，][ \t]*"
    ),
    "categories": re.compile(r"[ \t]*[,，、;；|/][ \t]*|[ \t]+(?=[a-z-]+\.[A-Z])"),
    "tags": re.compile(r"[ \t]*[,，、;；|][ \t]*|[ \t]*[#＃]"),
}
_BREAK = re.compile(r"<br ?/?>")
#: What counts items behind a word, as in `[new 001] A Title`.
_COUNTED = re.compile(r"(?<=[^\W\d])[ ][0-9]{3}$")
#: What stands for no value.
NOTHING = (
    "", "-", "--", "—", "–", "null", "none", "n/a", "na", "nan", "unknown", "/", "×", "✗",
    "无", "暂无", "未知", "未明确列出", "未提供", "未提及", "不详",
)  # fmt: skip


class Part(NamedTuple):
    """A piece of an item's text: under a label, or under none."""

    term: Line | None
    lines: list[Line]


@dataclass(slots=True)
class Grouping:
    """A heading over items, and the text under it before the first of them."""

    line: int
    heading: str
    lines: list[Line] = field(default_factory=list)
    #: The headings over it, the outermost first.
    outer: tuple[Grouping, ...] = ()


@dataclass(slots=True)
class DraftItem:
    """An item before its text is parsed."""

    line: int
    heading: str
    #: Links on the heading or on lines of their own below it, in order.
    links: list[Link] = field(default_factory=list)
    #: The other title.
    other_title: str = ""
    body: list[Part] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    section: Grouping | None = None

    @property
    def metadata(self) -> Metadata:
        """Return what is said about the paper beside its titles, links and text."""
        kept = {
            name: tuple(dict.fromkeys(values)) if name in _LISTS else ", ".join(values)
            for name, values in self.values.items()
        }
        return Metadata(**kept)  # type: ignore[arg-type]  # each by its own type above

    @property
    def lines(self) -> list[Line]:
        """Return all lines of the text."""
        return [line for part in self.body for line in part.lines]

    def absorb(self, inside: DraftItem) -> None:
        """Take over all that another draft has but its title."""
        self.other_title = self.other_title or inside.other_title
        self.links += inside.links
        if inside.lines:
            self.add(inside.lines)
        for name, values in inside.values.items():
            self.values.setdefault(name, []).extend(values)

    def add(self, lines: Iterable[Line]) -> None:
        """Add lines to the text that stands under no label."""
        if not self.body or self.body[-1].term:
            self.body.append(Part(None, []))
        self.body[-1].lines.extend(lines)

    def note(self, name: str, words: str) -> None:
        """Add a value of the metadata."""
        words = words.strip(" \t\u3000;；,，")
        if name == "authors":
            words = words.removeprefix("by ").removeprefix("By ")
        if name == "authors" and (cited := title_details.CITED.fullmatch(words)) and cited["year"]:
            self.note("date", cited["year"])
            words = cited["authors"]
        if words.lower() in NOTHING:
            return
        if name == "authors" and "(" in words:
            words = self.without_places(words)
        words = _COUNTED.sub("", words.strip("`")) if name == "tags" else words.strip("`")
        if name == "authors":
            parts = authors.parted(words)
        else:
            parts = _PARTS[name].split(words) if name in _PARTS else [words]
        values = self.values.setdefault(name, [])
        values += [value for value in parts if value.strip() and value not in values]

    def without_places(self, words: str) -> str:
        """Return authors without the numbers of their affiliations, and take these down."""
        if places := _PLACES.search(words):
            self.note("affiliations", "; ".join(_PLACE.split(places["places"])[1:]))
            words = words[: places.start()]
        return _NUMBERED.sub("", words)


def entitle(draft: DraftItem, words: str) -> None:
    """Take words for the title: both, where a translation stands beside it; details go apart."""
    words, details = title_details.parted(titles.unquoted(words.rstrip("\\ :：")))
    words = titles.unquoted(titles.unlabelled(words))
    for detail in details:
        if detail.kind != "number":
            draft.note(detail.kind, detail.words)
    draft.heading = words
    if not draft.other_title and not words.isascii():
        draft.heading, draft.other_title = titles.both_titles(words)


def from_heading(line: Line) -> DraftItem:
    """Return the item that a heading begins."""
    nodes = titles.inlines(unnumbered(line.text))
    draft = DraftItem(line.number, "", list(links_in(nodes)))
    if len(nodes) > 1 and isinstance(nodes[-1], Link) and _names_author(nodes):
        draft.note("authors", plain(nodes[-1].children))
        nodes = nodes[:-1]
    words = titles.title_of(nodes)
    if tags := _HASHTAGS.search(words):
        is_behind_link = len(nodes) > 1 and isinstance(nodes[-2], Link)
        if is_behind_link or len(tags[0].split()) > 1:
            draft.note("tags", tags[0])
            words = words[: tags.start()]
    entitle(draft, words)
    return draft


#: `A Title #nets #boats`; one alone may be a word of the title.
_HASHTAGS = re.compile(r"(?<=\S)(?:[ ]#[^\W\d][\w/-]{0,40}){1,10}[ ]*$")


def _names_author(nodes: Sequence[Inline]) -> bool:
    """Return whether a title ends in a name on its link: `A Title [Ana Oak](…)`."""
    title, name = (plain([node]).strip() for node in (nodes[0], nodes[-1]))
    return NAME.fullmatch(name) is not None and len(title.split()) > len(name.split())


def note_value(draft: DraftItem, role: Role, value: Line) -> None:
    """Take a value into the metadata."""
    words = _BREAK.sub("; ", value.text) if METADATA[role] in _LISTS else value.text
    draft.note(METADATA[role], plain(titles.inlines(words)))


def term_of(name: Line, lines: Sequence[Line]) -> Part:
    """Return text under a label."""
    return Part(name._replace(text=name.text.strip(" *_:：")), list(lines))
