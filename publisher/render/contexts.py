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
    """Text in one line, and its language."""

    #: The text.
    text: str
    #: A BCP 47 tag, for the `lang` attribute.
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterView:
    """The newsletter, the same on every page."""

    #: Its name.
    title: str
    #: The language of its name, detected by its script.
    title_lang: str
    #: One sentence about it; may be empty.
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
    #: The absolute address of the sign-up form; empty if there is no server for it.
    join_url: str
    #: The feeds that every page links to, those in the page's language first. `feeds` has all
    #: feeds.
    feeds: tuple[FeedLink, ...]
    #: The same feeds as `<link rel="alternate">` tags for a page's head.
    alternates: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """The page being made."""

    #: The relative path to the home page's folder: `../../`, or empty on the home page. On pages
    #: that are shown at several addresses it is absolute: `/`, or the path of
    #: `newsletter.base_url`.
    root: str
    #: The page's absolute address (`rel="canonical"`); empty on `404.html` and on the pages for
    #: subscribers.
    url: str
    #: The text for the browser's tab and for bookmarks.
    title: str
    #: One or two sentences for search engines; may be empty.
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """One link of a paper."""

    #: The absolute address.
    url: str
    #: The text of the link: `arXiv 2408.05211`, `PDF`, `Code` …
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataView:
    """Details of a paper, as the digest gives them."""

    #: The authors.
    authors: tuple[str, ...]
    #: The authors' institutions.
    affiliations: tuple[str, ...]
    #: The conference or journal, with its year or a remark such as `oral`; may be empty.
    venue: str
    #: The date of the paper; may be empty.
    date: str
    #: The categories of the archive: `cs.CL`.
    categories: tuple[str, ...]
    #: The tags that the digest gives it.
    tags: tuple[str, ...]
    #: A rating or a count of votes; may be empty.
    score: str
    #: All of these in one line: `Rita Lio, Song Lu · ICLR 2024 · cs.CL`.
    line: Words
    #: The same for narrow places: the first ten entries of each list, and the number of the others
    #: (`+12`).
    short: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLink:
    """A published issue, linked from another page."""

    #: The relative link to its page.
    href: str
    #: The number in the digest's file name: `003`; empty if it has none.
    number: str
    #: The issue's name.
    headline: Words
    #: When it was published.
    published: Moment
    #: The number of its items.
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item of an issue."""

    #: Its place in the issue, from 1.
    number: int
    #: The fragment of its place on the issue's page: `item-1`.
    anchor: str
    #: The original title.
    title: Words
    #: The translated title; None if there is none or it equals the original.
    translation: Words | None
    #: A short name, in the title's language: `VITA`.
    name: str
    #: The level of its heading on the issue's page: 2, or 3 under a section.
    level: int
    #: The link of its title, relative to the issue's page; None if it has none.
    href: str | None
    #: The absolute address of its own page, or of its place on the issue's page; for mails.
    url: str
    #: Its authors, venue and so on; None if the digest has nothing of the kind.
    metadata: MetadataView | None
    #: Its text as HTML, with a `lang` on every block.
    body: Markup
    #: The paper's own links (arXiv, PDF), then the links beside its title or in its text.
    links: tuple[LinkView, ...]
    #: The earlier issues that have the same paper, oldest first.
    earlier: tuple[IssueLink, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """Items under one heading."""

    #: The section's heading; None for items outside any section.
    title: Words | None
    #: The text between the heading and the first item, as HTML; may be empty.
    intro: Markup
    #: Its items, in order.
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueView:
    """One issue with all its items."""

    #: The number in the digest's file name: `003`; empty if it has none.
    number: str
    #: The issue's name.
    title: Words
    #: The absolute address of its page.
    url: str
    #: The relative link to its page, also on that page itself.
    href: str
    #: When it was published.
    published: Moment
    #: When it last changed; None if that was on the day of publication.
    updated: Moment | None
    #: Its introduction as HTML; may be empty.
    intro: Markup
    #: Its items in their sections.
    sections: tuple[SectionView, ...]
    #: All its items, in order.
    items: tuple[ItemView, ...]
    #: The text below the items as HTML, such as a sign-off; may be empty.
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
    #: The translated title; None if there is none or it equals the original.
    translation: Words | None
    #: Its id at the registry: `arXiv:2408.05211`, `doi:10.1145/3292500.3330701`.
    identity: str
    #: Its page at the registry.
    registry_url: str
    #: Its authors, venue and so on; None if the digest has nothing of the kind.
    metadata: MetadataView | None
    #: Its text as HTML, with a `lang` on every block.
    body: Markup
    #: The paper's own links, then the links beside its title or in its text.
    links: tuple[LinkView, ...]
    #: The issues that have it, oldest first.
    issues: tuple[IssueLink, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """The home page."""

    #: The newest issue; None if there is no issue yet.
    newest: IssueView | None
    #: The issues before it, newest first.
    recent: tuple[IssueLink, ...]
    #: The relative link to the newest page of the archive; None if there is none.
    archive_href: str | None
    #: The relative link to the page about feeds.
    feeds_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveView:
    """One page of the archive."""

    #: Its number, counted from the oldest page.
    number: int
    #: Whether it is the newest page. The number of pages is not given, so that older pages stay
    #: unchanged.
    newest: bool
    #: Its issues, newest first.
    issues: tuple[IssueLink, ...]
    #: The relative link to the page of newer issues; on the newest page, to the home page.
    newer_href: str
    #: The relative link to the page of older issues; None on the oldest page.
    older_href: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingView:
    """The page that is shown for addresses that do not exist."""

    #: The link to the newest page of the archive; None if there is none.
    archive_href: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextItem:
    """One item in the plain text of a mail."""

    #: The item, as in `issue.items`.
    item: ItemView
    #: The section's underlined heading and its text, on the first item of a section; empty on the
    #: others.
    section: str
    #: Number and original title, wrapped.
    title: str
    #: A line that underlines the title, as wide as the title.
    rule: str
    #: The translated title, wrapped; may be empty.
    translation: str
    #: Its authors, venue and so on, wrapped; may be empty.
    byline: str
    #: Its text, wrapped, with a number in brackets for each address; may be empty.
    body: str
    #: Its addresses, one a line with its number: `[1] <https://…> PDF`; may be empty.
    links: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """What a mail has in addition to its issue."""

    #: The text that mail programs show after the subject.
    preheader: str
    #: Blanks to put after the preheader, because mail programs fill the line with the mail's text;
    #: may be empty.
    padding: str
    #: The sender: `News <news@example.org>`; may be empty.
    sender: str
    #: The address to unsubscribe at; None in the copy on the web.
    unsubscribe_url: str | None
    #: Whether there are so many items that each gets only a short entry.
    compact: bool
    #: How many items were left out for the same reason; usually 0.
    left_out: int
    #: Whether it holds several issues: a weekly or monthly mail.
    several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginningView:
    """The beginning of a text that is too long for a mail."""

    #: The blocks above the last paragraph that is shown; may be empty, and is empty in
    #: `folded.txt`.
    above: Markup
    #: The last paragraph that is shown; in `folded.txt` all text that is shown. May be empty.
    text: str
    #: The language of `text`, a BCP 47 tag.
    lang: str
    #: The absolute address of the whole text.
    url: str
    #: The short name of what the text is about: `VITA`.
    name: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class TextView:
    """An issue as plain text."""

    #: The issue's name, wrapped.
    title: str
    #: A line that underlines the title, as wide as the title.
    rule: str
    #: The introduction and its addresses, wrapped; may be empty.
    intro: str
    #: Its items, in order.
    items: tuple[TextItem, ...]
    #: The text below the items and its addresses, wrapped; may be empty.
    outro: str
