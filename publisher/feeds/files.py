"""Every feed file of a newsletter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from publisher.config import Newsletter
from publisher.feeds.atom import atom
from publisher.feeds.entry import (
    Entry,
    Identity,
    author,
    issue_entry,
    line,
    name,
    paper_entries,
    whole,
)
from publisher.feeds.feed import Feed, apart, window
from publisher.feeds.jsonfeed import jsonfeed
from publisher.feeds.rss import rss
from publisher.interface import words
from publisher.model import Issue, IssueRecord, PaperId
from publisher.render.addresses import FEEDS

_WRITE: dict[str, Callable[[Feed, str], bytes]] = {"atom": atom, "rss": rss, "json": jsonfeed}

_ISSUES = 30
_PAPERS = 100


def feed_files(
    newsletter: Newsletter,
    identity: Identity,
    published: Iterable[tuple[Issue, IssueRecord, frozenset[PaperId]]],
    empty_updated: datetime,
) -> dict[str, bytes]:
    """Write every feed, by its path below base_url.

    `published` has the newest issue first, each with the papers that first appeared in it.
    `empty_updated` dates the feeds of a newsletter that has published nothing yet.
    """
    issues = (issue_entry(issue, record, newsletter, identity) for issue, record, _ in published)
    papers = (
        entry
        for issue, record, own in published
        for entry in paper_entries(issue, record, own, newsletter, identity)
    )
    title = name(newsletter)
    papers_title = words(newsletter.interface_language).gettext("%(newsletter)s: papers")

    def feed(key: str, title: str, entries: Iterable[Entry], most: int) -> Feed:
        return Feed(
            id=identity.feed(key),
            title=title,
            description=line(newsletter.description),
            lang=newsletter.languages[-1],
            author=author(newsletter),
            home_url=newsletter.base_url,
            topics=identity.topics,
            empty_updated=whole(empty_updated),
            entries=window(apart(entries), most),
        )

    feeds = {
        "issues": feed("issues", title, issues, _ISSUES),
        "papers": feed("papers", papers_title % {"newsletter": title}, papers, _PAPERS),
    }
    return {
        address.path: _WRITE[address.format](
            feeds[address.name], newsletter.base_url + address.path
        )
        for address in FEEDS
    }
