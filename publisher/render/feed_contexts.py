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
    #: The name of the feed: `issues`, `papers`, `en/issues` …
    name: str
    #: `Atom`, `RSS` or `JSON Feed`.
    format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """One feed, in all its formats."""

    #: The feed's language, if the newsletter has two: `English`; else empty.
    language: str
    #: The language of the word in `language`.
    lang: str
    #: The feed in each format, the recommended one first.
    links: tuple[FeedLink, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedGroup:
    """The feeds about one thing, one for each language."""

    #: `issues`, `papers`, `tag` or `section`.
    kind: str
    #: The tag or section; empty for the feeds of all issues or all papers.
    label: str
    #: The language of the tag or section, detected by its script.
    lang: str
    #: Its feeds, the one in the page's language first.
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

    #: What a feed is, in each of the newsletter's languages, the page's language first.
    explanations: tuple[Explanation, ...]
    #: Every feed: of issues, of papers, of tags, of sections.
    groups: tuple[FeedGroup, ...]
    #: The absolute address of the OPML file, which feed readers import.
    opml_url: str
    #: The relative link to the OPML file.
    opml_href: str
