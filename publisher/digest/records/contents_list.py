"""Lists of a digest's own items: links to places in the file, or to papers that have items."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from publisher.digest.fields import titles
from publisher.digest.fields.link_lines import line_links
from publisher.digest.fields.titles import FRAGMENT
from publisher.digest.records.layout import Kind, Layout
from publisher.digest.records.units import Range
from publisher.paper_id import PaperId

_NAMES = re.compile(
    r"[\W_]*(?:table of contents|contents|toc|index|jump to|navigation|quick links"
    r"|目录|目次|导航|索引|快速导航|本期目录|今日目录|目錄|もくじ|목차)[\W_]*",
    re.IGNORECASE,
)
#: What may stand beside a link in a line of such a list, in characters.
_LONGEST_REST = 40


def is_name(layout: Layout, index: int) -> bool:
    """Return whether a line says that a list of contents follows."""
    return _NAMES.fullmatch(layout.text(index)) is not None


def last_line(layout: Layout, first: int, end: int, owned: AbstractSet[PaperId]) -> int:
    """Return the last line of the list that a part is, its heading included; -1 if it is none."""
    is_headed = layout.levels[first] > 0 or is_name(layout, first)
    body = [
        index
        for index in range(first + is_headed, end)
        if layout.kinds[index] not in (Kind.blank, Kind.rule)
    ]
    if not body:
        return -1
    is_named = is_headed and _NAMES.fullmatch(titles.title_of(titles.inlines(layout.text(first))))
    links = {index for index in body if _is_link(layout, index, owned)}
    if not (is_named or len(links) > 1) or 2 * len(links) < len(body):
        return -1
    listed = (Kind.entry, Kind.row, Kind.head)
    if not is_named and not all(layout.kinds[i] in listed or i in links for i in body):
        return -1
    return body[-1]


def _is_link(layout: Layout, index: int, owned: AbstractSet[PaperId]) -> bool:
    """Return whether a line is a link to an item of the issue, and little else."""
    text = layout.text(index)
    if FRAGMENT.search(text):
        return len(FRAGMENT.sub("", text).strip()) <= _LONGEST_REST
    papers = [a.paper for a in Range.of(layout, index, index + 1).addresses if a.paper]
    return bool(papers) and set(papers) <= owned and bool(line_links(text))
