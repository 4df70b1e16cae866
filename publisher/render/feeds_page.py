"""Links to feeds: on the page about feeds, in the OPML, and in every page's head."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from gettext import NullTranslations
from itertools import groupby

from publisher import i18n
from publisher.config import Newsletter
from publisher.i18n import N_, words
from publisher.render.feed_catalog import (
    FORMATS,
    CatalogFeed,
    Topic,
    all_feeds,
    autonym,
    fixed_feeds,
    media_type,
)
from publisher.render.feed_contexts import Explanation, FeedGroup, FeedLink, FeedView
from publisher.render.html import escaped
from publisher.render.titles import lang_of

_QUESTION = N_("What is a feed?")
_ANSWER = (
    N_(
        "A feed is this newsletter in a form that a feed reader understands. You give the reader "
        "an address from below; from then on it fetches every new issue by itself, and you read "
        "it there, without an account and without mail."
    ),
    N_(
        "Feed readers are apps and web sites of many makers, and many are free. Copy an address, "
        "and paste it where the reader lets you add a feed."
    ),
    N_(
        "Take one. Which format it has makes no difference to what you read: Atom suits every "
        "reader."
    ),
)
_FORMAT_NAMES = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}


def linked_feeds(newsletter: Newsletter) -> Iterator[FeedLink]:
    """Yield the feeds that every page links to, those in the page's language first.

    Some feed readers take the first. All feeds are there as Atom, which every feed reader knows,
    and the feeds in the page's language in the other formats too. The rest is on the page about
    feeds, because each page has this list, and nine of ten pages are short.
    """
    feeds = _own_first(newsletter, fixed_feeds(newsletter))
    first = feeds[0].language
    yield from (_link(newsletter, feed, FORMATS[0]) for feed in feeds)
    for feed in feeds:
        if feed.language == first:
            yield from (_link(newsletter, feed, format_) for format_ in FORMATS[1:])


def feed_groups(newsletter: Newsletter, topics: Iterable[Topic]) -> Iterator[FeedGroup]:
    """Yield all feeds in groups: a group has one kind and topic, in all its languages."""
    gettext = words(newsletter.interface_language).gettext
    feeds = all_feeds(newsletter, topics)
    for (kind, topic), group in groupby(feeds, key=lambda feed: (feed.kind, feed.topic)):
        label = topic.label if topic else ""
        yield FeedGroup(
            kind=kind,
            label=label,
            lang=lang_of(label, newsletter.shown_languages) if label else "",
            feeds=tuple(
                FeedView(
                    language=autonym(feed.language)
                    if feed.language
                    else (gettext("All languages") if len(newsletter.languages) > 1 else ""),
                    lang=feed.language or newsletter.interface_language,
                    links=tuple(_link(newsletter, feed, format_) for format_ in FORMATS),
                )
                for feed in _own_first(newsletter, group)
            ),
        )


def feed_explanations(newsletter: Newsletter) -> tuple[Explanation, ...]:
    """Return what a feed is, in each of the newsletter's languages, the page's language first.

    Languages without a translation of the interface are left out.
    """
    own, known = newsletter.interface_language, i18n.languages()
    spoken = [
        own,
        *(language for language in newsletter.languages if language in known and language != own),
    ]
    return tuple(_explanation(language, words(language)) for language in spoken)


def opml(newsletter: Newsletter) -> bytes:
    """Return the feeds of issues and of papers, in all languages together, as OPML 2.0.

    All other feeds have the same entries. Whoever imported them too would see an entry three times,
    or, as newsboat keeps each entry once, only in the feed that was read last.
    """
    outlines = "".join(
        f'    <outline type="rss" text="{escaped(feed.title)}" title="{escaped(feed.title)}"'
        f' xmlUrl="{escaped(newsletter.base_url + feed.path(FORMATS[0]))}"'
        f' htmlUrl="{escaped(newsletter.base_url)}"'
        f' language="{escaped(newsletter.languages[-1])}" />\n'
        for feed in fixed_feeds(newsletter)
        if not feed.language
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n'
        f"  <head>\n    <title>{escaped(newsletter.title)}</title>\n  </head>\n"
        f"  <body>\n{outlines}  </body>\n</opml>\n"
    ).encode()


def _explanation(language: str, catalogue: NullTranslations) -> Explanation:
    return Explanation(
        lang=language,
        title=catalogue.gettext(_QUESTION),
        paragraphs=tuple(catalogue.gettext(paragraph) for paragraph in _ANSWER),
    )


def _own_first(newsletter: Newsletter, feeds: Iterable[CatalogFeed]) -> list[CatalogFeed]:
    """Put feeds in the interface's language first, then those in all languages."""
    own = newsletter.interface_language
    return sorted(feeds, key=lambda feed: (feed.language != own, feed.language != ""))


def _link(newsletter: Newsletter, feed: CatalogFeed, format_: str) -> FeedLink:
    name = _FORMAT_NAMES[format_]
    return FeedLink(
        url=newsletter.base_url + feed.path(format_),
        media_type=media_type(format_),
        title=f"{feed.title} · {name}",
        name=feed.name,
        format=name,
    )
