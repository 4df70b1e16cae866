"""What templates are given. docs/reference/templates.md repeats every field; a test compares them.

A field of type Markup holds finished, safe HTML. All other text is escaped where it is used.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from publisher.render.feed_contexts import FeedLink


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A date to show, in the newsletter's time zone."""

    #: For `<time datetime>`: `2026-11-20T08:00:00+08:00`.
    iso: str
    #: For people: `20 November 2026`.
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A line of text and its language."""

    #: The words.
    text: str
    #: A BCP 47 tag, for the `lang` attribute.
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterView:
    """The newsletter, the same on every page."""

    #: Its name.
    title: str
    #: The language of its name, judged by its script.
    title_lang: str
    #: One sentence on what it is about; may be empty.
    description: str
    #: The language of that sentence.
    description_lang: str
    #: Who publishes it.
    author: str
    #: The language of the original titles: the first of `newsletter.languages`.
    lang: str
    #: The language of interface text: `newsletter.interface_language`.
    interface_language: str
    #: The absolute address of the home page.
    url: str
    #: The absolute address to subscribe by e-mail at; empty when no server takes addresses.
    join_url: str
    #: The feeds that every page names, in its own language first; `feeds` has all.
    feeds: tuple[FeedLink, ...]
    #: The same as `<link rel="alternate">` tags for a page's head, made once for all pages.
    alternates: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """The page being made."""

    #: The way up to the home page's folder: `../../`, or nothing on the home page; its path, `/`
    #: mostly, on pages that are shown at more than one address.
    root: str
    #: The page's absolute address (`rel="canonical"`); empty for a page that is in no index.
    url: str
    #: What the browser's tab and a bookmark say.
    title: str
    #: One or two sentences for search engines; may be empty.
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """One link of a paper."""

    #: Where it leads, absolute.
    url: str
    #: What to call it: `arXiv 2408.05211`, `PDF`, `Code` …
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataView:
    """What a digest says of a paper beside its titles, links and text, as it has it."""

    #: Who wrote it.
    authors: tuple[str, ...]
    #: Where they work.
    affiliations: tuple[str, ...]
    #: The conference or journal, with its year or what it said of the paper; may be empty.
    venue: str
    #: When it came out; may be empty.
    date: str
    #: What an archive files it under: `cs.CL`.
    categories: tuple[str, ...]
    #: What the digest files it under.
    tags: tuple[str, ...]
    #: A rating or a count of votes; may be empty.
    score: str
    #: All of that in one line: `Rita Lio, Song Lu · ICLR 2024 · cs.CL`.
    line: Words
    #: The same where room is short: of a list the first ten, and how many more (`+12`).
    short: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLink:
    """A published issue, seen from another page."""

    #: The relative link to its page.
    href: str
    #: Its number, as in the digest's name: `003`; empty for a digest without one.
    number: str
    #: The name it goes by.
    headline: Words
    #: When readers could first see it.
    published: Moment
    #: How many items it holds.
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item of an issue."""

    #: 1-based place in the issue.
    number: int
    #: The fragment that names it on the issue's page: `item-1`.
    anchor: str
    #: The original title.
    title: Words
    #: The translated title; None when there is none or it equals the original.
    translation: Words | None
    #: What it is called where room is short, in the title's language: `VITA`.
    name: str
    #: The rank of its heading on the issue's page: 2, or 3 under a section.
    level: int
    #: The link of its title, relative to the issue's page; None when it leads nowhere.
    href: str | None
    #: Its own page, or its place on the issue's page: absolute, for mails.
    url: str
    #: Its authors, venue and so on; None when the digest says nothing of the kind.
    metadata: MetadataView | None
    #: Its text as HTML, a `lang` on every block.
    body: Markup
    #: The paper's own links (arXiv, PDF), then those given beside its title or in its text.
    links: tuple[LinkView, ...]
    #: The earlier issues it stood in, oldest first.
    earlier: tuple[IssueLink, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """Items that stand together."""

    #: The section's heading; None for items outside any section.
    title: Words | None
    #: The text between the heading and the first item, as HTML; may be empty.
    intro: Markup
    #: Its items, in order.
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueView:
    """One issue with all it holds."""

    #: Its number, as in the digest's name: `003`; empty for a digest without one.
    number: str
    #: The name it goes by.
    title: Words
    #: The absolute address of its page.
    url: str
    #: The relative link to its page; on its own page that page itself.
    href: str
    #: When readers could first see it.
    published: Moment
    #: When it last changed; None when that was on the day it was published.
    updated: Moment | None
    #: Its introduction as HTML; may be empty.
    intro: Markup
    #: Its items in their sections.
    sections: tuple[SectionView, ...]
    #: All its items, in order.
    items: tuple[ItemView, ...]
    #: What stands below them as HTML, a sign-off for instance; may be empty.
    outro: Markup
    #: Its tags.
    tags: tuple[str, ...]
    #: The issue published next; None on the newest.
    newer: IssueLink | None
    #: The issue published before; None on the first.
    older: IssueLink | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperView:
    """One paper on its own page."""

    #: The original title.
    title: Words
    #: The translated title; None when there is none or it equals the original.
    translation: Words | None
    #: What it is registered as: `arXiv:2408.05211`, `doi:10.1145/3292500.3330701`.
    identity: str
    #: Its page at the registry.
    registry_url: str
    #: Its authors, venue and so on; None when the digest says nothing of the kind.
    metadata: MetadataView | None
    #: Its text as HTML, a `lang` on every block.
    body: Markup
    #: The paper's own links, then those given beside its title or in its text.
    links: tuple[LinkView, ...]
    #: The issues it stands in, oldest first.
    issues: tuple[IssueLink, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """The home page."""

    #: The newest issue; None before the first.
    newest: IssueView | None
    #: The issues before it, newest first.
    recent: tuple[IssueLink, ...]
    #: The relative link to the newest page of the archive; None when there is none.
    archive_href: str | None
    #: The relative link to the page about feeds.
    feeds_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveView:
    """One page of the archive."""

    #: Its number, counted from the oldest.
    number: int
    #: Whether no page is newer. How many there are is not told: every page would change with it.
    newest: bool
    #: Its issues, newest first.
    issues: tuple[IssueLink, ...]
    #: The relative link to the page of newer issues; on the newest, to the home page.
    newer_href: str
    #: The relative link to the page of older issues; None on the oldest.
    older_href: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingView:
    """The page for what is not there."""

    #: The link to the newest page of the archive; None when there is none.
    archive_href: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextItem:
    """One item in the plain text of a mail."""

    #: The item as it is elsewhere.
    item: ItemView
    #: Before the first item of a section its underlined heading and its text; else empty.
    section: str
    #: Number and original title, wrapped.
    title: str
    #: A line to underline the title with, as wide as that is shown.
    rule: str
    #: The translated title, wrapped; may be empty.
    translation: str
    #: Its authors, venue and so on in one line that is wrapped; may be empty.
    byline: str
    #: Its text, wrapped, a number in brackets for each address; may be empty.
    body: str
    #: Its addresses, each on a line with its number: `[1] <https://…> PDF`; may be empty.
    links: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """What a mail needs beside its issue."""

    #: The line that mail programs show after the subject.
    preheader: str
    #: Blanks to stand after it, for mail programs go on with the text; may be empty.
    padding: str
    #: Who sends it: `News <news@example.org>`; may be empty.
    sender: str
    #: Where its reader ends the subscription; None in the copy on the web.
    unsubscribe_url: str | None
    #: Whether there are so many items that each gets but a short entry.
    compact: bool
    #: How many items had to be left out for the same reason; mostly 0.
    left_out: int
    #: Whether it holds several issues, for who gets one mail a week or a month.
    several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginningView:
    """The beginning of a text that is too long for a mail."""

    #: What is shown above its last sentences; may be empty, and in `folded.txt` is.
    above: Markup
    #: The last paragraph that is shown of it; in `folded.txt` all that is shown. May be empty.
    text: str
    #: The language of that, a BCP 47 tag.
    lang: str
    #: Where the rest is to be read: absolute.
    url: str
    #: What it is about, in short: `VITA`.
    name: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class TextView:
    """An issue as plain text."""

    #: The issue's name, wrapped.
    title: str
    #: A line to underline it with, as wide as that is shown.
    rule: str
    #: The introduction, wrapped, and its addresses; may be empty.
    intro: str
    #: Its items, in order.
    items: tuple[TextItem, ...]
    #: What stands below them, wrapped, and its addresses; may be empty.
    outro: str
