"""What is recorded of an issue without its text: what it holds, and hashes of what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from publisher.i18n import words
from publisher.model import Block, Issue, Item, links_in, paragraphs, plain
from publisher.paper_id import PaperId
from publisher.render.titles import headline, one_line

#: What the marks around an item's words take in an entry, in bytes.
_MARKS = 500


class PaperSummary(NamedTuple):
    """What the archive needs to know of one of an issue's papers."""

    paper: PaperId
    #: 1-based place among the issue's items.
    number: int
    #: The heading it stands under; empty when there is none.
    section: str
    #: Over its text and links.
    content: bytes
    #: About how many bytes its content takes.
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the archive needs to know of an issue, without its text."""

    slug: str
    headline: str
    date: datetime | None
    draft: bool
    tags: tuple[str, ...]
    items: int
    papers: tuple[PaperSummary, ...]
    #: The links of items that are no papers.
    others: frozenset[str]
    #: Over text and links: an entry's `updated` moves with it.
    content: bytes
    #: About how many bytes its content takes.
    weight: int

    @property
    def keys(self) -> set[str]:
        """Return the keys of its papers."""
        return {paper_summary.paper.key for paper_summary in self.papers}

    @property
    def known_by(self) -> set[str]:
        """Return what tells it from other issues: its papers' keys, and other items' links."""
        return self.keys | self.others


def summarize(issue: Issue, interface_language: str) -> Summary:
    """Return what is recorded of an issue, with a headline in the interface language."""
    content = hashlib.sha256("\n".join(_issue_texts(issue)).encode())
    of_item = [("\n".join(_item_texts(item))).encode() for item in issue.items]
    for words_of_it in of_item:
        content.update(b"\n" + words_of_it)
    # As though the last item still ended in it, as it did: no `updated` moves for the difference.
    content.update("".join(f"\n{text}" for text in _words(issue.outro)).encode())
    return Summary(
        slug=issue.slug,
        headline=headline(issue, words(interface_language)),
        date=issue.date,
        draft=issue.draft,
        tags=issue.tags,
        items=len(issue.items),
        papers=tuple(
            PaperSummary(
                paper=item.paper,
                number=item.number,
                section=one_line(item.section.heading.text) if item.section else "",
                content=hashlib.sha256(of_item[item.number - 1]).digest(),
                weight=_MARKS + len(of_item[item.number - 1]),
            )
            for item in issue.papers()
            if item.paper
        ),
        others=other_links(issue),
        content=content.digest(),
        weight=sum(_MARKS + len(text) for text in of_item)
        + _weight(issue.intro)
        + _weight(issue.outro),
    )


def paper_contents(issue: Issue) -> dict[str, bytes]:
    """Return the SHA-256 of what an issue says of each of its papers, by the paper's key."""
    return {
        item.paper.key: hashlib.sha256("\n".join(_item_texts(item)).encode()).digest()
        for item in issue.papers()
        if item.paper
    }


def other_links(issue: Issue) -> frozenset[str]:
    """Return the first links of an issue's items that are no papers.

    Titles would not do: "Tools" and "Events" are in each week's issue.
    """
    return frozenset(
        item.links[0].url if item.links else item.title.text
        for item in issue.items
        if not item.paper
    )


def _issue_texts(issue: Issue) -> Iterator[str]:
    """Yield what readers would call a change: words and links, not marks or white space."""
    yield issue.title or ""
    yield from issue.tags
    yield from _words(issue.intro)


def _item_texts(item: Item) -> Iterator[str]:
    yield item.title.text
    yield item.translation.text if item.translation else ""
    yield item.section.full_heading.text if item.section else ""
    yield from (link.url for link in item.links)
    yield from _words(item.body)
    metadata = item.metadata
    fields = (
        *metadata.authors,
        *metadata.affiliations,
        metadata.venue,
        metadata.date,
        *metadata.categories,
        *metadata.tags,
    )
    yield from (words for field in (*fields, metadata.score) if (words := one_line(field)))


def _weight(blocks: Sequence[Block]) -> int:
    return sum(len(text.encode()) for text in _words(blocks))


def _words(blocks: Sequence[Block]) -> Iterator[str]:
    for run in paragraphs(blocks):
        yield one_line(plain(run))
        yield from (link.url for link in links_in(run))
