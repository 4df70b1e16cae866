"""What the page about feeds is given, and what every page knows of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """One feed in one format."""

    #: Its absolute address.
    url: str
    #: Its media type, for `<link rel="alternate">`.
    media_type: str
    #: Its full name: `A newsletter: papers · Atom`.
    title: str
    #: Which feed it is: `issues`, `papers`, `en/issues` …
    name: str
    #: `Atom`, `RSS` or `JSON Feed`.
    format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """One feed, in all its formats."""

    #: Which language of a newsletter that has two it is in: `English`; empty if it has one.
    language: str
    #: The language of that word.
    lang: str
    #: The feed in each format, the one to take by default first.
    links: tuple[FeedLink, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedGroup:
    """The feeds about one thing, one for each language."""

    #: `issues`, `papers`, `tag` or `section`.
    kind: str
    #: The tag or section; empty for all issues, or all papers.
    label: str
    #: The language of the tag or section, judged by its script.
    lang: str
    #: Its feeds, in the page's own language first.
    feeds: tuple[FeedView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a feed is, in one language."""

    #: The language.
    lang: str
    #: The question.
    title: str
    #: The answer.
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsView:
    """The page about feeds."""

    #: What a feed is, in each of the newsletter's languages, the page's own first.
    explanations: tuple[Explanation, ...]
    #: Every feed: of issues, of papers, of tags, of sections.
    groups: tuple[FeedGroup, ...]
    #: The absolute address of the list of feeds that readers import.
    opml_url: str
    #: The relative link to it.
    opml_href: str
