"""The parts of an item that pages and mails show, rendered.

They do not depend on the issue's date, so they may be made before that is known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from gettext import NullTranslations
from urllib.parse import urlsplit

from publisher.i18n import N_
from publisher.model import Block, Heading, Item, Link, links_in, paragraphs, plain
from publisher.paper_id import PaperId, PaperScheme
from publisher.render.byline import FEW, byline
from publisher.render.contexts import LinkView, MetadataView, Words
from publisher.render.html import blocks_html, is_followable, without_forbidden
from publisher.render.mail.size_budget import Body
from publisher.render.text import WIDTH, Links, blocks_text, underline, wrap
from publisher.render.titles import excerpt, one_line, short_title, shorten
from publisher.render.url_delimiters import delimit_blocks, delimit_text

#: How many characters search engines and shared links show of a page.
_DESCRIPTION = 200
_KNOWN_HOSTS = {
    "github.com": N_("Code"),
    "gitlab.com": N_("Code"),
    "huggingface.co": "Hugging Face",
    "youtu.be": N_("Video"),
    "youtube.com": N_("Video"),
    "bilibili.com": N_("Video"),
}
_LABEL_WIDTH = 80
#: Words that look like a host's name, as `README.md` does too.
_HOST_NAME = re.compile(r"[\w.-]+\.[a-z]{2,}\b", re.IGNORECASE)
_REGISTRY_HOSTS = ("arxiv.org", "doi.org")


@dataclass(frozen=True, kw_only=True)
class Wrapped:
    """An item as plain text, in lines that fit."""

    #: Under its number.
    title: str
    #: As wide as the title.
    rule: str
    translation: str
    byline: str
    blocks: Sequence[Block]
    row: Sequence[LinkView]

    @cached_property
    def whole(self) -> tuple[str, str]:
        """All its text, and a line for each address.

        Made when needed: wrapping takes a third of the time of a draft, and a mail may show less.
        """
        links = Links(self.row)
        body = blocks_text(self.blocks, links)
        return body, links.lines()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFragments:
    """An item's rendered parts."""

    title: Words
    translation: Words | None
    metadata: MetadataView | None
    #: What it is called where room is short.
    name: str
    #: The rank of its heading on its issue's page.
    level: int
    #: Its text, with white space around the addresses that it shows; and that as HTML.
    blocks: tuple[Block, ...]
    body: Body
    links: tuple[LinkView, ...]
    #: What is said of its own page where that is linked to.
    description: str
    wrapped: Wrapped


def item_fragments(item: Item, interface: NullTranslations) -> ItemFragments:
    """Return what of an item does not depend on its issue's date, with the interface's words."""
    title, translation = _titles(item)
    level = 3 if item.section else 2
    blocks = delimit_blocks(item.body)
    body = Body.of(blocks_html(blocks, level=level + 1), f"i{item.number}")
    links = _links(item, interface, in_body="<a " in body)
    metadata = _metadata(item)
    return ItemFragments(
        title=title,
        translation=translation,
        metadata=metadata,
        name=delimit_text(short_title(item)),
        level=level,
        blocks=blocks,
        body=body,
        links=links,
        description=excerpt(item.body, _DESCRIPTION),
        wrapped=_wrapped(item, title, translation, metadata, links),
    )


def words_of(heading: Heading) -> Words:
    """Return a heading's text and its language."""
    return Words(text=delimit_text(without_forbidden(heading.text)), lang=heading.lang)


def _metadata(item: Item) -> MetadataView | None:
    whole, short = byline(item), byline(item, FEW)
    if whole is None or short is None:
        return None
    metadata = item.metadata
    return MetadataView(
        authors=_shown(metadata.authors),
        affiliations=_shown(metadata.affiliations),
        venue="".join(_shown((metadata.venue,))),
        date="".join(_shown((metadata.date,))),
        categories=_shown(metadata.categories),
        tags=_shown(metadata.tags),
        score="".join(_shown((metadata.score,))),
        line=words_of(whole),
        short=words_of(short),
    )


def _shown(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(delimit_text(words) for value in values if (words := one_line(value)))


def _wrapped(
    item: Item,
    title: Words,
    translation: Words | None,
    metadata: MetadataView | None,
    row: tuple[LinkView, ...],
) -> Wrapped:
    lines = _hanging(f"{item.number}. ", title.text)
    return Wrapped(
        title="\n".join(lines),
        rule=underline(lines, "-"),
        translation="\n".join(_hanging("   ", translation.text)) if translation else "",
        byline="\n".join(_hanging("   ", metadata.short.text)) if metadata else "",
        blocks=item.body,
        row=row,
    )


def _hanging(mark: str, words: str) -> list[str]:
    lines = wrap(words, WIDTH - len(mark)) or [""]
    hang = " " * len(mark)
    return [(hang if number else mark) + line for number, line in enumerate(lines)]


def _titles(item: Item) -> tuple[Words, Words | None]:
    title = words_of(item.title)
    other = item.translation
    if other is None or one_line(other.text) == one_line(item.title.text):
        return title, None
    return title, words_of(other)


def _links(item: Item, interface: NullTranslations, *, in_body: bool) -> tuple[LinkView, ...]:
    """Return the links row: the registry's first, then all others, each address once."""
    row: dict[str, str] = {}
    paper = item.paper
    if paper is not None:
        is_arxiv = paper.scheme is PaperScheme.arxiv
        row[paper.url] = f"arXiv {paper.value}" if is_arxiv else paper.registry
        if paper.pdf:
            row[paper.pdf] = "PDF"
    links = list(item.links)
    if in_body:
        links += [link for inlines in paragraphs(item.body) for link in links_in(inlines)]
    labels = set(row.values())
    for link in links:
        if link.url not in row and is_followable(link.url) and not _is_paper(link.url, paper):
            label = _label(link, item, interface)
            if label in labels:
                label = _told_apart(label, link, len(row), interface)
            row[link.url] = label
            labels.add(label)
    return tuple(LinkView(url=url, label=label) for url, label in row.items())


def _is_paper(url: str, paper: PaperId | None) -> bool:
    return (
        paper is not None
        and paper.value.lower() in url.lower()
        and any(host in url for host in _REGISTRY_HOSTS)
    )


def _label(link: Link, item: Item, interface: NullTranslations) -> str:
    host = (urlsplit(link.url).hostname or link.url).removeprefix("www.")
    words = without_forbidden(plain(link.children)).strip()
    if link not in item.links and host in _KNOWN_HOSTS:  # its words stand in the text
        words = ""
    titles = {item.title.text, item.translation.text if item.translation else ""}
    # The paper's own link carries its title; a bare address is best known by its host.
    # Neither does a link say that it leads to another host than it does.
    if not words or words in titles or "://" in words or _HOST_NAME.match(words):
        words = interface.gettext(_KNOWN_HOSTS[host]) if host in _KNOWN_HOSTS else host
    return shorten(delimit_text(words), _LABEL_WIDTH)


def _told_apart(label: str, link: Link, number: int, interface: NullTranslations) -> str:
    """Return a label that another link of the item has too some more: its name, or a number."""
    last = urlsplit(link.url).path.rstrip("/").rpartition("/")[2]
    if not last:
        return f"{label} {number}"
    return interface.gettext("%(label)s: %(name)s") % {"label": label, "name": last}
