"""Every feed of a newsletter: its path, its title, and what is in it.

Pages, the OPML, autodiscovery, and the code that serves or writes feeds ask here. `fixed_feeds`
needs only the settings; `all_feeds` adds the feeds of tags and sections, whose `Topic`s are kept
in the database (`storage.feeds.topics`).

A feed's name is its path below `feeds/` without the suffix, and is part of its id:
`issues`, `papers`, `tags/llm`, `sections/agents`, and for one language of a newsletter that has
two `en/issues`, `zh-Hans/tags/llm`. Closed archives are `feeds/archive/issues/1/feed.atom` and so
on, counted from the oldest. They never change (RFC 5005 4): a correction is another edition at
another address, `feeds/archive/issues/1-2/feed.atom`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from publisher.config import Newsletter
from publisher.i18n import N_, words
from publisher.render.html import without_forbidden

#: The formats of each feed, the recommended one first.
FORMATS = ("atom", "rss", "json")
#: The folder of closed archives: caches may keep what is in it without limit.
ARCHIVE = "feeds/archive/"

#: Languages by their own names; any other goes by its tag.
_AUTONYMS = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文", "zh": "中文"}
_TITLES = {"issues": "%(newsletter)s", "papers": N_("%(newsletter)s: papers")}
_ARCHIVE = re.compile(r"([1-9][0-9]{0,8})(?:-([2-9]|[1-9][0-9]{1,8}))?")
_PLAIN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST = 48


@dataclass(frozen=True, slots=True)
class Topic:
    """A tag, whose feed has issues, or a section, whose feed has papers."""

    #: `tag` or `section`.
    kind: str
    #: Its name in paths and ids; see `topic_slug`.
    slug: str
    #: Its name for people, as the first digest wrote it.
    label: str


@dataclass(frozen=True, slots=True, order=True)
class Archive:
    """A closed archive of a feed in one of its editions."""

    #: 1 is the oldest.
    number: int
    #: 1 for the first edition.
    edition: int = 1

    @property
    def folder(self) -> str:
        """Return its folder's name."""
        return str(self.number) if self.edition == 1 else f"{self.number}-{self.edition}"

    @classmethod
    def of(cls, folder: str) -> Archive | None:
        """Return the archive with this folder name; None if it is no archive's name."""
        match = _ARCHIVE.fullmatch(folder)
        return cls(int(match[1]), int(match[2] or 1)) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogFeed:
    """One feed, in all its formats."""

    #: Its path below `feeds/` without the suffix; its id is made of it.
    name: str
    #: `issues`, `papers`, `tag` or `section`.
    kind: str
    #: A BCP 47 tag; empty for all of the newsletter's languages together.
    language: str
    #: What it is called, without its format.
    title: str
    #: The tag or section it is about.
    topic: Topic | None

    @property
    def whole(self) -> str:
        """Return the name of the feed that has the same entries in all languages."""
        return self.name.removeprefix(f"{self.language}/") if self.language else self.name

    def path(self, kind: str) -> str:
        """Return its file in a format of FORMATS, below base_url."""
        return f"feeds/{self.name}.{kind}"

    def archive_path(self, kind: str, archive: Archive) -> str:
        """Return a closed archive of it, below base_url; see `archive_path`."""
        return archive_path(self.whole, kind, archive)


def fixed_feeds(newsletter: Newsletter) -> tuple[CatalogFeed, ...]:
    """Return the feeds that do not depend on digests: of issues, then of papers.

    Of each the feed in all languages is first, then, if there are two, one for each language.
    """
    return tuple(
        _listed(newsletter, kind, kind, language, None)
        for kind in _TITLES
        for language in feed_languages(newsletter)
    )


def all_feeds(newsletter: Newsletter, topics: Iterable[Topic]) -> tuple[CatalogFeed, ...]:
    """Return every feed: `fixed_feeds`, then those of tags and sections in the given order."""
    return fixed_feeds(newsletter) + tuple(
        _listed(newsletter, topic.kind, f"{topic.kind}s/{topic.slug}", language, topic)
        for topic in topics
        for language in feed_languages(newsletter)
    )


def feed_languages(newsletter: Newsletter) -> tuple[str, ...]:
    """Return the languages of each feed as BCP 47 tags; an empty one means all together."""
    return ("", *newsletter.languages) if len(newsletter.languages) > 1 else ("",)


def archive_path(whole: str, kind: str, archive: Archive) -> str:
    """Return the path of a closed archive of a feed in all languages, below base_url.

    A feed in one language has the same archives: its own would take three times the space and the
    time of a first build. Each archive has a folder, so that several processes can write at once.
    """
    return f"{ARCHIVE}{whole}/{archive.folder}/feed.{kind}"


def media_type(kind: str) -> str:
    """Return the media type of a format (RFC 4287 7, RSS Advisory Board, JSON Feed 1.1)."""
    return f"application/{'feed+json' if kind == 'json' else f'{kind}+xml'}"


def autonym(language: str) -> str:
    """Return a language's name for itself; its BCP 47 tag if that is unknown."""
    return _AUTONYMS.get(language, language)


def topic_slug(label: str) -> str:
    """Return the unique name of a tag or section in paths and ids: short and ASCII.

    Labels that differ only in case, width or white space are the same. A label that is not a plain
    ASCII word, such as a Chinese one, gets a hash: the underscore in it tells it from plain words.
    """
    folded = "-".join(unicodedata.normalize("NFKC", without_forbidden(label)).casefold().split())
    if _PLAIN.fullmatch(folded) and len(folded) <= _LONGEST:
        return folded
    stem = re.sub(r"[^a-z0-9]+", "-", folded)[:_LONGEST].strip("-")
    return f"{stem}_{hashlib.sha256(folded.encode()).hexdigest()[:10]}"


def _listed(
    newsletter: Newsletter, kind: str, whole: str, language: str, topic: Topic | None
) -> CatalogFeed:
    gettext = words(newsletter.interface_language).gettext
    own = " ".join(without_forbidden(newsletter.title).split()) or newsletter.base_url
    if topic:
        title = gettext("%(newsletter)s: %(topic)s") % {"newsletter": own, "topic": topic.label}
    else:
        title = gettext(_TITLES[kind]) % {"newsletter": own}
    if language:
        title = f"{title} ({autonym(language)})"
    return CatalogFeed(
        name=f"{language}/{whole}" if language else whole,
        kind=kind,
        language=language,
        title=title,
        topic=topic,
    )
