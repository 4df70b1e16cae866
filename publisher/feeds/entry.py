"""Entries: what feeds are made of, before any format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from publisher.config import Newsletter
from publisher.feeds.content import issue_html, item_html
from publisher.interface import words
from publisher.model import Heading, Issue, IssueRecord, Item, PaperId, Paragraph
from publisher.render.addresses import issue_path, paper_path
from publisher.render.html import allowed
from publisher.render.naming import excerpt, headline, lang_of

#: One second keeps the dates of entries apart; the W3C validator warns of equal ones.
SECOND = timedelta(seconds=1)

_SUMMARY = 200


def legal(text: str) -> str:
    """Give text as every format can hold it; lines end in LF.

    One character that XML 1.0 has no place for would cost the whole feed (2.2). U+FEFF it
    has, but inside a text some readers show it as a box.
    """
    return allowed(text.replace("\r\n", "\n").replace("\r", "\n")).replace("\ufeff", "")


def line(text: str) -> str:
    """Give text as one legal line without white space to spare."""
    return " ".join(legal(text).split())


def whole(moment: datetime) -> datetime:
    """Give a moment in UTC and whole seconds, as feeds write it."""
    if moment.tzinfo is None:
        raise ValueError("a date in a feed wants a time zone")
    return moment.astimezone(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who mints the ids of feeds and entries (RFC 4151).

    An id must outlive every address it was ever found at (RFC 4287 4.2.6): it is made of a
    domain name and a year in which it was owned, never of base_url.
    """

    authority: str
    year: int

    def issue(self, slug: str) -> str:
        """Give the id of an issue's entry."""
        return self._tag(f"issues/{slug}")

    def paper(self, paper: PaperId) -> str:
        """Give the id of a paper's entry."""
        return self._tag(f"papers/{paper.key}")

    def feed(self, name: str) -> str:
        """Give the id of a feed; its formats share it."""
        return self._tag(f"feeds/{name}")

    @property
    def topics(self) -> str:
        """Give the name of the scheme that an entry's categories belong to (RFC 4287 4.2.2.2)."""
        return self._tag("topics")

    def _tag(self, specific: str) -> str:
        return f"tag:{self.authority},{self.year:04}:{specific}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a feed. Whatever its texts are made from, they are legal in XML."""

    #: A tag URI; the same in every format and every view, for ever.
    id: str
    #: Its page: the one alternate link.
    url: str
    #: The page elsewhere that it is about.
    external_url: str | None
    #: One line of plain text; the page's address when nothing else is left of it.
    title: str
    title_lang: str
    #: The language of all the rest (a BCP 47 tag).
    lang: str
    #: When readers could first see it; never moves.
    published: datetime
    #: When it last changed in a way that matters to readers.
    updated: datetime
    #: The whole content, with absolute addresses.
    html: str
    #: One line of plain text; may be empty.
    summary: str
    author: str
    tags: tuple[str, ...]

    def __post_init__(self) -> None:
        """Make texts legal, and dates UTC in whole seconds."""
        object.__setattr__(self, "published", whole(self.published))
        object.__setattr__(self, "updated", whole(self.updated))
        tags = dict.fromkeys(line(tag) for tag in self.tags)
        object.__setattr__(self, "tags", tuple(tag for tag in tags if tag))
        object.__setattr__(self, "title", line(self.title) or self.url)
        object.__setattr__(self, "summary", line(self.summary))
        object.__setattr__(self, "author", line(self.author))
        object.__setattr__(self, "html", legal(self.html))


def author(newsletter: Newsletter) -> str:
    """Give who publishes it: Atom wants an author with a name (RFC 4287 4.1.1, 3.2.1)."""
    return line(newsletter.author) or name(newsletter)


def name(newsletter: Newsletter) -> str:
    """Give the newsletter's title, or its address when nothing legal is left of that."""
    return line(newsletter.title) or newsletter.base_url


def issue_entry(
    issue: Issue, record: IssueRecord, newsletter: Newsletter, identity: Identity
) -> Entry:
    """Give the entry of an issue: all of it, under its headline."""
    first = issue.items[0] if issue.items else None
    title = headline(issue, words(newsletter.interface_language))
    return Entry(
        id=identity.issue(issue.slug),
        url=newsletter.base_url + issue_path(issue.slug),
        external_url=None,
        title=title,
        title_lang=lang_of(title, newsletter.shown_languages),
        lang=_lang(first) if first else newsletter.languages[-1],
        published=record.published,
        updated=record.updated,
        html=issue_html(issue),
        summary=excerpt(issue.intro, _SUMMARY)
        or " · ".join(_read(item).text for item in issue.items),
        author=author(newsletter),
        tags=issue.tags,
    )


def paper_entries(
    issue: Issue,
    record: IssueRecord,
    own: frozenset[PaperId],
    newsletter: Newsletter,
    identity: Identity,
) -> Iterator[Entry]:
    """Walk the entries of the papers that first appeared in this issue, in its order.

    Each is dated by a second less an item, so that readers sorting by date keep the order
    and none lies in the future.
    """
    for item in issue.papers():
        if item.paper is None or item.paper not in own:
            continue
        earlier = (item.number - 1) * SECOND
        translated = item.translation.text if item.translation else ""
        summary = (translated, excerpt(item.body, _SUMMARY))
        yield Entry(
            id=identity.paper(item.paper),
            url=newsletter.base_url + paper_path(item.paper),
            external_url=item.paper.url,
            title=item.title.text,
            title_lang=item.title.lang,
            lang=_lang(item),
            published=record.published - earlier,
            updated=record.updated - earlier,
            html=item_html(item),
            summary=" — ".join(part for part in summary if part),
            author=author(newsletter),
            tags=(*issue.tags, *((item.section.heading.text,) if item.section else ())),
        )


def _read(item: Item) -> Heading:
    """Give the heading in the language of most readers."""
    return item.translation or item.title


def _lang(item: Item) -> str:
    """Give the language most of an item is in: its text's, which need not be its title's."""
    for block in item.body:
        if isinstance(block, Paragraph):
            return block.lang
    return _read(item).lang
