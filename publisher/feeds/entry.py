"""Feed entries, independent of formats."""

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
#: The most authors and subjects of a paper's entry, and the columns that each is cut to: a
#: collaboration has thousands of authors.
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


def xml_text(text: str) -> str:
    """Return text that is allowed in every format; lines end in LF.

    One character that XML 1.0 does not allow would break the whole feed (2.2). Noncharacters are
    allowed in XML, but errors in HTML; some readers show U+FEFF inside a text as a box, and U+FFFD
    is the rest of a lost letter.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # All of these but U+FFFD count as not printable: a look at each character takes 2 ns, an
    # expression 12, and nearly every text ends here.
    if "\ufffd" not in text and text.replace("\n", "").isprintable():
        return text
    return _NO_LETTER.sub("", without_forbidden(text))


def one_line(text: str) -> str:
    """Return allowed text as one line, without leading, trailing or repeated white space."""
    return " ".join(xml_text(text).split())


def utc_seconds(moment: datetime) -> datetime:
    """Return a time in UTC and whole seconds. Raises ValueError for one without a time zone."""
    if moment.tzinfo is UTC and not moment.microsecond:
        return moment  # nearly all from the database are
    if moment.tzinfo is None:
        raise ValueError("a date in a feed wants a time zone")
    return moment.astimezone(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Source:
    """The feed that an entry is from (RFC 4287 4.2.11)."""

    id: str
    title: str
    #: The address of its Atom document.
    url: str


@dataclass(frozen=True, kw_only=True)  # no slots: they have no room for what is cached
class Entry:
    """One entry of a feed. Its texts are allowed in XML, whatever they are made from."""

    #: A tag URI (RFC 4151), the same in every format and feed; it never changes.
    id: str
    #: Its page: the one alternate link.
    url: str
    #: The page elsewhere that it is about.
    external_url: str | None
    #: One line of plain text; the page's address if it would be empty.
    title: str
    title_lang: str
    #: The language of everything else (a BCP 47 tag).
    lang: str
    #: When readers could first see it; it never changes.
    published: datetime
    #: When its content last changed.
    updated: datetime
    #: The whole content, with absolute addresses.
    html: str
    #: One line of plain text; may be empty.
    summary: str
    #: The authors of the paper, or the newsletter's.
    authors: tuple[str, ...]
    #: The newsletter's topics that it belongs to.
    tags: tuple[str, ...]
    #: Other categories, of registries or of the digest.
    subjects: tuple[str, ...] = ()
    #: The feed that it is from, if this is another.
    source: Source | None = None

    def __post_init__(self) -> None:
        """Normalise texts to allowed ones, and dates to UTC in whole seconds."""
        object.__setattr__(self, "published", utc_seconds(self.published))
        object.__setattr__(self, "updated", utc_seconds(self.updated))
        object.__setattr__(self, "authors", _unique_lines(self.authors))
        object.__setattr__(self, "tags", _unique_lines(self.tags))
        others = (subject for subject in _unique_lines(self.subjects) if subject not in self.tags)
        object.__setattr__(self, "subjects", tuple(others))
        object.__setattr__(self, "title", one_line(self.title) or self.url)
        object.__setattr__(self, "summary", one_line(self.summary))
        # Validators report an element without content: the title is repeated.
        html = xml_text(self.html) or f"<p>{escaped(self.title)}</p>\n"
        object.__setattr__(self, "html", html)

    @cached_property
    def xml(self) -> str:
        """Return the content escaped for an XML element, for Atom and for RSS."""
        return escape(self.html, quote=False)


def _unique_lines(texts: Sequence[str]) -> tuple[str, ...]:
    """Return texts as allowed lines, each once, without empty ones."""
    return tuple(words for words in dict.fromkeys(map(one_line, texts)) if words)


def author_name(newsletter: Newsletter) -> str:
    """Return the newsletter's author, or its title: Atom requires a name (RFC 4287 4.1.1, 3.2.1).

    E-mail addresses are removed, since robots read feeds.
    """
    return one_line(_MAIL.sub("", newsletter.author)) or newsletter_name(newsletter)


def newsletter_name(newsletter: Newsletter) -> str:
    """Return the newsletter's title, or its address if nothing allowed is left of that."""
    return one_line(newsletter.title) or newsletter.base_url


@dataclass(frozen=True, slots=True)
class EntryBuilder:
    """Makes entries of issues and papers, in one language or in all (an empty one)."""

    newsletter: Newsletter
    language: str
    #: The source of entries that are made for another feed.
    source: Source | None
    #: Issues in the language, by slug, with their papers by key.
    _shown: dict[str, tuple[Issue, dict[str, Item]]] = field(default_factory=dict)

    def entry(self, issue: Issue, stamp: Stamp) -> Entry | None:
        """Return the entry of an issue, or of its paper; None if it does not have that paper."""
        cached = self._shown.get(issue.slug)
        if cached is None:
            shown = in_language(issue, self.language)
            papers = {item.paper.key: item for item in shown.papers() if item.paper}
            cached = self._shown[issue.slug] = shown, papers
        shown, papers = cached
        if stamp.paper is None:
            return _issue_entry(shown, stamp, self)
        item = papers.get(stamp.paper)
        return _paper_entry(shown, item, stamp, self) if item else None

    def entry_from_item(self, item: Mapping[str, object], stamp: Stamp) -> Entry:
        """Return an entry from its item in our JSON Feed, for an issue that cannot be read."""
        texts = {key: value for key, value in item.items() if isinstance(value, str)}
        tags = item.get("tags")
        title = texts.get("title", "")
        path = issue_path(stamp.issue) if stamp.paper is None else f"papers/{stamp.paper}/"
        return Entry(
            id=stamp.uid,
            url=self.newsletter.base_url + path,
            external_url=texts.get("external_url"),
            title=title,
            title_lang=lang_of(title, self.newsletter.shown_languages),
            lang=texts.get("language") or self.newsletter.languages[-1],
            published=stamp.published,
            updated=stamp.updated,
            html=texts.get("content_html", ""),
            summary=texts.get("summary", ""),
            authors=_author_names(item.get("authors")) or (author_name(self.newsletter),),
            tags=tuple(map(str, tags)) if isinstance(tags, list) else (),
            source=self.source,
        )


def _author_names(authors: object) -> tuple[str, ...]:
    """Return the names of a JSON Feed's authors."""
    names = (
        (author.get("name") for author in authors if isinstance(author, dict))
        if isinstance(authors, list)
        else ()
    )
    return tuple(name for name in names if isinstance(name, str))


def _issue_entry(issue: Issue, stamp: Stamp, builder: EntryBuilder) -> Entry:
    """Return the entry of a whole issue, under its headline."""
    newsletter, language = builder.newsletter, builder.language
    first = issue.items[0] if issue.items else None
    title = headline(issue, words(newsletter.interface_language))
    return Entry(
        id=stamp.uid,
        url=newsletter.base_url + issue_path(issue.slug),
        external_url=None,
        title=title,
        title_lang=lang_of(title, newsletter.shown_languages),
        lang=language or (_main_lang(first) if first else newsletter.languages[-1]),
        published=stamp.published,
        updated=stamp.updated,
        html=issue_html(issue),
        summary=excerpt(issue.intro, _SUMMARY)
        or " · ".join(_main_heading(item).text for item in issue.items),
        authors=(author_name(newsletter),),
        tags=issue.tags,
        source=builder.source,
    )


def _paper_entry(issue: Issue, item: Item, stamp: Stamp, builder: EntryBuilder) -> Entry:
    """Return the entry of a paper, with the text of the issue."""
    newsletter, paper, metadata = builder.newsletter, item.paper, item.metadata
    assert paper is not None  # noqa: S101  (only papers are looked up)
    translated = item.translation.text if item.translation else ""
    summary = (translated, excerpt(item.body, _SUMMARY))
    return Entry(
        id=stamp.uid,
        url=newsletter.base_url + paper_path(paper),
        external_url=paper.url,
        title=item.title.text,
        title_lang=item.title.lang,
        lang=builder.language or _main_lang(item),
        published=stamp.published,
        updated=stamp.updated,
        html=paper_html(item, paper),
        summary=" — ".join(part for part in summary if part),
        authors=_first_lines(_clean_names(metadata.authors), _AUTHORS)
        or (author_name(newsletter),),
        tags=(*issue.tags, *((item.section.heading.text,) if item.section else ())),
        subjects=_first_lines((*metadata.categories, *metadata.tags), _SUBJECTS),
        source=builder.source,
    )


def _clean_names(authors: Iterable[str]) -> Iterator[str]:
    """Yield the names of authors, without addresses and without "et al."."""
    return (_OTHERS.sub("", _MAIL.sub("", name)) for name in authors)


def _first_lines(values: Iterable[str], most: int) -> tuple[str, ...]:
    """Return the first `most` values that are not empty, as lines cut to `_WIDEST` columns."""
    return tuple(
        shorten(words, _WIDEST) for words in islice(filter(None, map(one_line, values)), most)
    )


def _main_heading(item: Item) -> Heading:
    """Return the translated title, else the title."""
    return item.translation or item.title


def _main_lang(item: Item) -> str:
    """Return the main language of an item: that of its text, else of its heading."""
    first = next(running_text(item.body), None)
    return first.lang if first else _main_heading(item).lang
