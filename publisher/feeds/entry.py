"""Entries: what feeds are made of, before any format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from html import escape
from itertools import islice

from publisher.config import Newsletter
from publisher.feeds.entry_html import issue_html, paper_html
from publisher.feeds.identity import Stamp
from publisher.i18n import words
from publisher.model import Heading, Issue, Item
from publisher.render.html import escaped, without_forbidden
from publisher.render.mail.variants import in_language
from publisher.render.titles import excerpt, headline, lang_of, running_text, shorten
from publisher.render.urls import issue_path, paper_path

_SUMMARY = 200
#: Of what a digest says of a paper, an entry has so many authors, and so many subjects, each cut to
#: so many columns: a collaboration has thousands of authors.
_AUTHORS = 100
_SUBJECTS = 20
_WIDEST = 100
#: `A. Oak et al.`, `王小明 等 4 位作者`.
_OTHERS = re.compile(r"(?<![ ,])[ ,]*(?:\bet\.? ?al\.?|等(?: ?[0-9]+ ?[位人名])?(?:作者)?)$")
_MAIL = re.compile(r"<[^<>@\s]+@[^<>@\s]+>")
#: Unicode 23.7: noncharacters; and a byte order mark, and a replacement character.
_NO_LETTER = re.compile(
    "[\ufdd0-\ufdef\ufeff\ufffd"
    + "".join(f"{chr(at + 0xFFFE)}{chr(at + 0xFFFF)}" for at in range(0x10000, 0x110000, 0x10000))
    + "]"
)


def legal(text: str) -> str:
    """Return text as every format can hold it; lines end in LF.

    One character that XML 1.0 has no place for would cost the whole feed (2.2). Those that stand
    for nothing it has, but HTML calls them errors; U+FEFF inside a text some readers show as a
    box, and U+FFFD is what is left of a letter that somebody lost.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # All of these but U+FFFD count as not printable: a look at each character takes 2 ns, an
    # expression 12, and nearly every text ends here.
    if "\ufffd" not in text and text.replace("\n", "").isprintable():
        return text
    return _NO_LETTER.sub("", without_forbidden(text))


def line(text: str) -> str:
    """Return text as one legal line without white space to spare."""
    return " ".join(legal(text).split())


def whole(moment: datetime) -> datetime:
    """Return a moment in UTC and whole seconds, as feeds write it."""
    if moment.tzinfo is UTC and not moment.microsecond:
        return moment  # as the database has nearly every one
    if moment.tzinfo is None:
        raise ValueError("a date in a feed wants a time zone")
    return moment.astimezone(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Source:
    """The feed that an entry is from (RFC 4287 4.2.11)."""

    id: str
    title: str
    #: Where its Atom document is.
    url: str


@dataclass(frozen=True, kw_only=True)  # no slots: they have no room for what is cached
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
    #: Who wrote what it is about, or who publishes it.
    authors: tuple[str, ...]
    #: The newsletter's topics that it belongs to.
    tags: tuple[str, ...]
    #: What else it is filed under, by others or by the digest.
    subjects: tuple[str, ...] = ()
    #: The feed it is from, where it stands in another.
    source: Source | None = None

    def __post_init__(self) -> None:
        """Make texts legal, and dates UTC in whole seconds."""
        object.__setattr__(self, "published", whole(self.published))
        object.__setattr__(self, "updated", whole(self.updated))
        object.__setattr__(self, "authors", _lines(self.authors))
        object.__setattr__(self, "tags", _lines(self.tags))
        others = (subject for subject in _lines(self.subjects) if subject not in self.tags)
        object.__setattr__(self, "subjects", tuple(others))
        object.__setattr__(self, "title", line(self.title) or self.url)
        object.__setattr__(self, "summary", line(self.summary))
        # An element without content is a mistake to validators: a bare title says itself.
        html = legal(self.html) or f"<p>{escaped(self.title)}</p>\n"
        object.__setattr__(self, "html", html)

    @cached_property
    def xml(self) -> str:
        """Return the content as an element of XML holds it: Atom and RSS want it, one by one."""
        return escape(self.html, quote=False)


def _lines(texts: Sequence[str]) -> tuple[str, ...]:
    """Return texts as legal lines, each once, without what nothing is left of."""
    return tuple(words for words in dict.fromkeys(map(line, texts)) if words)


def author(newsletter: Newsletter) -> str:
    """Return who publishes it: Atom wants an author with a name (RFC 4287 4.1.1, 3.2.1).

    An e-mail address is no part of a name, and robots read feeds.
    """
    return line(_MAIL.sub("", newsletter.author)) or name(newsletter)


def name(newsletter: Newsletter) -> str:
    """Return the newsletter's title, or its address when nothing legal is left of that."""
    return line(newsletter.title) or newsletter.base_url


@dataclass(frozen=True, slots=True)
class Reading:
    """Issues in one language of the newsletter, or in all (an empty one), as entries."""

    newsletter: Newsletter
    language: str
    #: The feed entries are from, where they are to stand in another.
    source: Source | None
    #: Issues in the language, by slug, with their papers by key.
    _shown: dict[str, tuple[Issue, dict[str, Item]]] = field(default_factory=dict)

    def entry(self, issue: Issue, stamp: Stamp) -> Entry | None:
        """Return an issue's entry, or one of its papers'; None when it does not have that paper."""
        found = self._shown.get(issue.slug)
        if found is None:
            shown = in_language(issue, self.language)
            papers = {item.paper.key: item for item in shown.papers() if item.paper}
            found = self._shown[issue.slug] = shown, papers
        shown, papers = found
        if stamp.paper is None:
            return _issue_entry(shown, stamp, self)
        item = papers.get(stamp.paper)
        return _paper_entry(shown, item, stamp, self) if item else None

    def repeated(self, item: Mapping[str, object], stamp: Stamp) -> Entry:
        """Return an entry again as it stands in a JSON Feed of ours: its issue is read no more."""
        said = {key: value for key, value in item.items() if isinstance(value, str)}
        tags = item.get("tags")
        title = said.get("title", "")
        path = issue_path(stamp.issue) if stamp.paper is None else f"papers/{stamp.paper}/"
        return Entry(
            id=stamp.uid,
            url=self.newsletter.base_url + path,
            external_url=said.get("external_url"),
            title=title,
            title_lang=lang_of(title, self.newsletter.shown_languages),
            lang=said.get("language") or self.newsletter.languages[-1],
            published=stamp.published,
            updated=stamp.updated,
            html=said.get("content_html", ""),
            summary=said.get("summary", ""),
            authors=_names(item.get("authors")) or (author(self.newsletter),),
            tags=tuple(map(str, tags)) if isinstance(tags, list) else (),
            source=self.source,
        )


def _names(authors: object) -> tuple[str, ...]:
    """Return the names of a JSON Feed's authors."""
    names = (
        (each.get("name") for each in authors if isinstance(each, dict))
        if isinstance(authors, list)
        else ()
    )
    return tuple(name for name in names if isinstance(name, str))


def _issue_entry(issue: Issue, stamp: Stamp, reading: Reading) -> Entry:
    """Return the entry of an issue: all of it, under its headline."""
    newsletter, language = reading.newsletter, reading.language
    first = issue.items[0] if issue.items else None
    title = headline(issue, words(newsletter.interface_language))
    return Entry(
        id=stamp.uid,
        url=newsletter.base_url + issue_path(issue.slug),
        external_url=None,
        title=title,
        title_lang=lang_of(title, newsletter.shown_languages),
        lang=language or (_lang(first) if first else newsletter.languages[-1]),
        published=stamp.published,
        updated=stamp.updated,
        html=issue_html(issue),
        summary=excerpt(issue.intro, _SUMMARY)
        or " · ".join(_read(item).text for item in issue.items),
        authors=(author(newsletter),),
        tags=issue.tags,
        source=reading.source,
    )


def _paper_entry(issue: Issue, item: Item, stamp: Stamp, reading: Reading) -> Entry:
    """Return the entry of a paper, as the issue has it."""
    newsletter, paper, its = reading.newsletter, item.paper, item.metadata
    assert paper is not None  # noqa: S101  (only papers are looked up)
    translated = item.translation.text if item.translation else ""
    summary = (translated, excerpt(item.body, _SUMMARY))
    return Entry(
        id=stamp.uid,
        url=newsletter.base_url + paper_path(paper),
        external_url=paper.url,
        title=item.title.text,
        title_lang=item.title.lang,
        lang=reading.language or _lang(item),
        published=stamp.published,
        updated=stamp.updated,
        html=paper_html(item, paper),
        summary=" — ".join(part for part in summary if part),
        authors=_few(_people(its.authors), _AUTHORS) or (author(newsletter),),
        tags=(*issue.tags, *((item.section.heading.text,) if item.section else ())),
        subjects=_few((*its.categories, *its.tags), _SUBJECTS),
        source=reading.source,
    )


def _people(authors: Iterable[str]) -> Iterator[str]:
    """Yield the names of authors, without addresses and without what says that there are more."""
    return (_OTHERS.sub("", _MAIL.sub("", name)) for name in authors)


def _few(values: Iterable[str], most: int) -> tuple[str, ...]:
    """Return the first of these that have words, none of them long."""
    return tuple(shorten(words, _WIDEST) for words in islice(filter(None, map(line, values)), most))


def _read(item: Item) -> Heading:
    """Return the heading in the language of most readers."""
    return item.translation or item.title


def _lang(item: Item) -> str:
    """Return the language most of an item is in: its text's, which need not be its title's."""
    first = next(running_text(item.body), None)
    return first.lang if first else _read(item).lang
