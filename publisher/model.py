"""Frozen values that travel through the program: what a digest says, and where it stands.

Nothing here reads a clock, a file or a setting. Datetimes are aware and in whole seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import chain
from typing import Self, TypeAlias
from urllib.parse import quote

from publisher.paper_id import PaperId


class Level(Enum):
    """How bad a diagnostic is: an error keeps the digest from being published."""

    error = "error"
    warning = "warning"
    info = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One remark on a digest file, at a place a person can go to."""

    #: The digest's file name, as the user would type it.
    file: str
    #: 1-based line and column (in characters); 0 when the remark is on the file as a whole.
    line: int
    column: int
    level: Level
    #: Stable and short, for filters: `not-utf8`, `stray-paragraph` …
    code: str
    #: What is wrong and what to do, in one line.
    message: str

    def __str__(self) -> str:
        """Return `FILE:LINE:COL: level: message [code]`, the form editors understand."""
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.level.value}: {self.message} [{self.code}]"


# --- Text: inlines and blocks -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """Characters to show as they are."""

    value: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code span."""

    value: str


@dataclass(frozen=True, slots=True)
class Math:
    """A formula."""

    #: LaTeX, without its delimiters.
    source: str
    #: The same in Unicode, or as it was typed where it is not understood.
    words: str
    #: Whether it stands on a line of its own.
    is_display: bool


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A line break asked for inside a paragraph."""


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Stressed words (`*…*`)."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strong:
    """Important words (`**…**`)."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere. `url` is absolute and pure ASCII (RFC 3986)."""

    url: str
    children: tuple[Inline, ...]


Inline: TypeAlias = Text | Code | Math | LineBreak | Emphasis | Strong | Link


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph in one language (a BCP 47 tag)."""

    children: tuple[Inline, ...]
    lang: str


@dataclass(frozen=True, slots=True)
class Subheading:
    """A heading inside an item's own text."""

    children: tuple[Inline, ...]
    lang: str


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A fenced block, shown to the letter."""

    value: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Quoted blocks."""

    children: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class ListBlock:
    """A list; `start` is the first number of a numbered one, None for bullets."""

    entries: tuple[tuple[Block, ...], ...]
    start: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table. Each row has as many cells as there are names of columns."""

    names: tuple[Paragraph, ...]
    rows: tuple[tuple[Paragraph, ...], ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A labelled field of a paper, such as `核心创新：…`: the label's words, and what it says."""

    term: Paragraph
    children: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class DefinitionList:
    """Labelled fields of a paper, in the digest's order."""

    entries: tuple[Definition, ...]


Block: TypeAlias = Paragraph | Subheading | CodeBlock | Quote | ListBlock | Table | DefinitionList


def plain(inlines: Sequence[Inline]) -> str:
    """Return the words of inlines without their marks; a line break becomes a space."""
    parts: list[str] = []
    for node in inlines:
        match node:
            case Text() | Code():  # a pattern that takes nothing apart is the quickest
                parts.append(node.value)
            case Math():
                parts.append(node.words)
            case LineBreak():
                parts.append(" ")
            case Emphasis(children) | Strong(children) | Link(_, children):
                parts.append(plain(children))
    return "".join(parts)


def paragraphs(blocks: Sequence[Block]) -> Iterator[Sequence[Inline]]:
    """Yield all runs of inlines in blocks, in reading order."""
    for block in blocks:
        match block:
            case Paragraph(children, _) | Subheading(children, _):
                yield children
            case CodeBlock(value):
                yield (Code(value),)
            case Quote(children):
                yield from paragraphs(children)
            case ListBlock(entries, _):
                yield from paragraphs([*chain.from_iterable(entries)])
            case Table(names, rows):
                yield from paragraphs([*chain(names, *rows)])
            case DefinitionList(definitions):
                for definition in definitions:
                    yield from paragraphs((definition.term, *definition.children))


def links_in(inlines: Sequence[Inline]) -> Iterator[Link]:
    """Yield the links of inlines, in reading order."""
    for node in inlines:
        match node:
            case Link():
                yield node
            case Emphasis(children) | Strong(children):
                yield from links_in(children)
            case _:
                pass


# --- Issues -------------------------------------------------------------------------------

#: What names an issue in addresses, Message-IDs and feed ids.
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Heading:
    """A title and its language (a BCP 47 tag)."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading that groups items, and the text between it and the first of them."""

    heading: Heading
    intro: tuple[Block, ...]
    #: The words of the headings over it, the outermost first.
    outer: tuple[str, ...] = ()

    @property
    def full_heading(self) -> Heading:
        """Return the heading with those over it: `Language · Large models`."""
        return Heading(" · ".join((*self.outer, self.heading.text)), self.heading.lang)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a digest says about a paper beside its titles, links and text, as it is typed there."""

    authors: tuple[str, ...] = ()
    affiliations: tuple[str, ...] = ()
    date: str = ""
    #: A conference or journal, with its year or what it said of the paper: `ICLR 2024 (oral)`.
    venue: str = ""
    #: What an archive files it under: `cs.CL`.
    categories: tuple[str, ...] = ()
    #: What the digest's editor files it under.
    tags: tuple[str, ...] = ()
    #: A rating or a count of votes: `⭐⭐⭐ 必读`, `👍 13`.
    score: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One heading's worth of a digest; a paper when it has an identity."""

    #: 1-based place in the issue.
    number: int
    title: Heading
    translation: Heading | None
    #: The section it stands in; the items of one section share the value.
    section: Section | None
    paper: PaperId | None
    #: The links given beside the title, the paper's own first.
    links: tuple[Link, ...]
    body: tuple[Block, ...]
    #: Where it starts in the digest.
    line: int
    metadata: Metadata = Metadata()

    @property
    def anchor(self) -> str:
        """Return the fragment that names it on the issue's page."""
        return f"item-{self.number}"

    @property
    def url(self) -> str | None:
        """Return the address of what it is about, if it has one."""
        if self.links:
            return self.links[0].url
        return self.paper.url if self.paper else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What a digest becomes. Raises ValueError for a slug that is none."""

    #: Matches `SLUG`.
    slug: str
    #: The digest's file name.
    source: str
    #: Given in the digest; without one the issue is named after its first items.
    title: str | None
    #: Given in the front matter or the file's name.
    date: datetime | None
    draft: bool
    tags: tuple[str, ...]
    intro: tuple[Block, ...]
    items: tuple[Item, ...]
    #: What stands below the items: a sign-off, thanks, credits.
    outro: tuple[Block, ...] = ()
    #: What its mail's inbox shows instead of what is made of the rest.
    subject: str | None = None
    preheader: str | None = None

    def __post_init__(self) -> None:
        """Refuse a slug that an address, a header or a feed id cannot hold as it stands."""
        if not SLUG.fullmatch(self.slug):
            raise ValueError(f"no slug of an issue: {self.slug!r}")

    def papers(self) -> tuple[Item, ...]:
        """Return the items that are papers, each identity once, in order."""
        seen: dict[PaperId, Item] = {}
        for item in self.items:
            if item.paper is not None:
                seen.setdefault(item.paper, item)
        return tuple(seen.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRecord:
    """What the archive remembers of a published issue without reading its digest again."""

    slug: str
    #: The name it goes by in lists.
    headline: str
    #: The digest's file name.
    source: str
    #: When readers could first see it; never moves.
    published: datetime
    #: When its content last changed in a way that matters to readers.
    updated: datetime
    items: int
    tags: tuple[str, ...] = ()
    #: The SHA-256, in hex, of the digest's bytes that were published.
    digest: str = ""
    #: The id of its entry in feeds: a tag URI, kept whatever else changes.
    uid: str = ""

    @classmethod
    def unpublished(cls, issue: Issue, headline: str, when: datetime) -> Self:
        """Return what would be remembered of an issue, if published then or at its own date."""
        when = issue.date or when
        return cls(
            slug=issue.slug,
            headline=headline,
            source=issue.source,
            published=when,
            updated=when,
            items=len(issue.items),
            tags=issue.tags,
        )

    @property
    def name(self) -> str:
        """Return its slug when it was published, whatever its digest is called now.

        No two issues' are the same: a slug may be a new issue's when the old one was renamed. It is
        ASCII, since Message-IDs are made of it: what an older program published under the slug
        `００１` is percent-encoded, for `001` may be another issue.
        """
        return quote(self.uid.rpartition("/")[2] or self.slug)


# --- Mail ---------------------------------------------------------------------------------


class DeliveryState(Enum):
    """How far one recipient's copy of one issue is."""

    #: Not begun.
    pending = "pending"
    #: Begun: its bytes may be on their way. Left behind by a crash it becomes `uncertain`.
    sending = "sending"
    #: The relay (or the outbox) took it; no more is known.
    accepted = "accepted"
    #: The relay said: not now.
    deferred = "deferred"
    #: The relay said: never.
    rejected = "rejected"
    #: Not tried, since the person had left before it was their turn.
    suppressed = "suppressed"
    #: The relay may or may not have taken it. Held for a person to settle.
    uncertain = "uncertain"

    # Each is there once. Enum's own is in Python, and is asked four times a message.
    __hash__ = object.__hash__
