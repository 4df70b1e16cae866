"""Lines that hold nothing but links, their labels and separators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from publisher.digest.fields.link_names import (
    PREPRINT,
    is_bare,
    names_a_link,
    names_a_person,
    names_itself,
)
from publisher.digest.fields.title_details import kind_of
from publisher.digest.fields.titles import LONGEST_KEPT, SEPARATORS, inlines, unbulleted
from publisher.digest.markdown.autolink import paper_of
from publisher.model import Code, Emphasis, Inline, Link, Strong, Text, plain

#: A year, or the days of a month: `2026-09-28` and `ACL 2026` are fields beside a link.
_DATED = re.compile(r"[0-9]{2}")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_LABEL = re.compile(rf"(?:[^。！？.!?\n]{{1,24}}|{PREPRINT})[:：]\s*")
#: A line of links has the first of them near its start: behind a label at most.
_LINK_AHEAD = re.compile(r"\[|https?:|www\.|arxiv|doi:|\\url|\\href|\.[a-z]+/|\.io", re.IGNORECASE)
_NEAR = 60
_DOI = re.compile(r"10\.[0-9]{4,9}/\S{1,200}")
#: Labels of lines of several links, which have names of their own.
_LINKS = ("link", "links", "链接", "連結", "リンク", "링크", "resources", "资源", "相关链接")
#: Emoji before a label.
_SIGNS = re.compile(r"^(?:[\u2600-\u27bf\U0001f000-\U0001faff]\ufe0f?[ ]*)+(?=\w)")
_BOTH = re.compile("[/|｜]")
#: Labels of the link that an item is about.
_PAPERS = (
    "paper",
    "url",
    "source",
    "article",
    "post",
    "论文",
    "原文",
    "来源",
    "文章",
    "论文链接",
    "原文链接",
)


#: `(Read more on [arXiv](…) or [Hugging Face](…))`
_ASIDE = re.compile(
    r"[ \t]*[(（][^()（）\[\]\n]{0,30}"
    r"(?:\[[^\[\]\n]{1,40}\]\([^()\s]{1,500}\)[ \t]*(?:or|and|或|和|与|[,/|·、])?[ \t]*){2,6}[)）]"
)


def aside(text: str) -> tuple[int, int, list[Link]] | None:
    """Return where brackets begin and end that hold nothing but names of links, and these."""
    match = _ASIDE.search(text) if "](" in text else None
    links = [node for node in flat(inlines(match[0])) if isinstance(node, Link)] if match else []
    return (*match.span(), links) if match and all(map(names_itself, links)) else None


def line_links(text: str) -> tuple[Link, ...]:
    """Return the links of a line that holds nothing but links, their labels and separators.

    `论文：https://… 代码：https://…` labels its links: a bare address takes its label as text,
    and `代码：[GitHub](…)` becomes a link on all of it.
    """
    if not _LINK_AHEAD.search(text, 0, _NEAR) or text.startswith(">"):
        return ()
    return _links(text) if len(text) < LONGEST_KEPT else _links.__wrapped__(text)


@lru_cache(1024)
def _links(text: str) -> tuple[Link, ...]:
    links: list[Link] = []
    label = ""
    for part in _joined(flat(inlines(unbulleted(text)))):
        if isinstance(part, Link):
            part = _unbracketed(part)  # noqa: PLW2901
            links.append(_labelled(part, label) if label else part)
            label = ""
        else:
            words = part.strip(SEPARATORS + "。.*_")
            label = words.rstrip(SEPARATORS + ":：").lstrip(":■□▪●◆◇★☆►▶▲ ")
            if label and not (_LABEL.fullmatch(words) or names_a_link(label)):
                return ()
            if _DATED.search(label) and kind_of(_EDGES.sub("", label)) in ("date", "venue"):
                return ()
    return () if label or all(map(names_a_person, links)) else tuple(links)


def doi_links(value: str) -> tuple[Link, ...]:
    """Return the link of a labelled value that is a DOI without an address: `10.1145/3292500`."""
    return _links(f"DOI: {value}") if _DOI.fullmatch(value) else ()


def _unbracketed(link: Link) -> Link:
    """Return a link without the brackets that its words stand in: `[[paper]](https://…)`."""
    words = plain(link.children)
    inside = words[1:-1]
    is_name = words[:1] + words[-1:] == "[]" and names_a_link(inside)
    return Link(link.url, (Text(inside),)) if is_name else link


def _labelled(link: Link, label: str) -> Link:
    text = plain(link.children)
    if label.isdecimal():  # the item's number
        return link
    if not any(map(str.isalnum, label)):  # an emoji
        return link if is_bare(link) else Link(link.url, (Text(f"{label} {text}"),))
    if is_bare(link):
        return Link(link.url, (Text(_SIGNS.sub("", label)),))
    # `论文：[its title](…)`: the label says what every item's link is. `数据集：[its name](…)` says
    # what is only there.
    names = {name.strip().casefold() for name in _BOTH.split(label)}  # `Link | 链接`
    is_named = paper_of(link.url) or names <= {*_LINKS, *_PAPERS}
    if names_a_link(label) and not names_a_link(text) and is_named:
        return link
    if names_a_link(text) and names <= {*_LINKS}:
        return link
    return Link(link.url, (Text(f"{label}: {text}"),))


def flat(nodes: Iterable[Inline]) -> Iterator[Inline]:
    """Yield nodes with stress taken off: `**论文**：` is a label too."""
    for node in nodes:
        if isinstance(node, Strong | Emphasis):
            yield from flat(node.children)
        else:
            yield node


def _joined(nodes: Iterable[Inline]) -> Iterator[Link | str]:
    """Join what stands between links."""
    words = ""
    for node in nodes:
        match node:
            case Link():
                yield words
                yield node
                words = ""
            case Text(value) | Code(value):
                words += value
            case _:
                words += " "
    yield words
