"""Where a digest's addresses stand, and how surely each says what lines are about."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter

from publisher.digest.fields import item_numbers, labels, link_names, titles
from publisher.digest.fields.labels import Label, Role, label_of
from publisher.digest.fields.link_lines import doi_links, line_links
from publisher.digest.markdown import inline
from publisher.digest.markdown.autolink import bare_number, paper_of
from publisher.digest.records.layout import Address, Kind, Layout, Place, Row, unmarked
from publisher.model import Link, Text, links_in, plain

#: An address, or what begins one, may stand in a line.
_ADDRESS = re.compile(
    r"https?://|www\.|arxiv|doi[:：]|\]\(|\.[a-z]{2,4}/|[0-9]{4}\.[0-9]{4,5}|10\.[0-9]{4,9}/",
    re.IGNORECASE,
)
#: What stands in addresses of papers.
_PAPERS = (
    "arxiv", "doi", "openreview", "acl", "thecvf", "mlr.press", "jmlr", "neurips", "nips.cc",
    "rxiv", "/papers/", "scirate", "semanticscholar", "papers.cool",
)  # fmt: skip
_LONGEST_LABEL, _LONGEST_VALUE = 40, 300
#: Lines from a title to its link, and to the next entry; characters of a title that is no
#: section's.
_NEAR, _FAR, _SHORT = 12, 40, 5
_LINE = attrgetter("line")
#: Labels of lines that are about a paper whatever else they hold.
_INFORMING = (
    Role.title,
    Role.link,
    Role.group,
    Role.authors,
    Role.date,
    Role.venue,
    Role.categories,
)
_PICTURE = re.compile(r"!\[[^\[\]]{0,300}\]\([^()\s]{0,2000}\)[ \t]*")
_STOP = re.compile(r"[。！？；，]|[.!?;][ ]|[a-z] [a-z]+ [a-z]+ [a-z]+ ")
#: `[Title](/its/page)`.
_SITE = re.compile(r"(?:\*\*)?\[(?P<words>[^\[\]\n]{8,300})\]\((?P<path>\.{0,2}/[^()\s]{3,1000})\)")
_DEFINITION = re.compile(r"\[[^\[\]]{1,60}\]: ")
_BRACKETED = re.compile(r"\[([0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5})(?:v[0-9]+)?\](?!\()")
#: A paper's number without anything that says so.
_NUMBER = re.compile(r"([0-9]{4}\.[0-9]{4,5})(?:v[0-9]+)?")


def find_addresses(layout: Layout) -> Layout:
    """Fill in the labels of lines and the addresses that stand on them; return the layout."""
    is_reference = False
    for index, kind in enumerate(layout.kinds):
        if kind in (Kind.blank, Kind.code, Kind.rule, Kind.head):
            continue
        if kind is Kind.row:
            layout.addresses += _in_row(index, layout.rows[index])
            is_reference = False
            continue
        text = layout.contents[index].text
        label = label_of(text, layout.repeated)
        if label:
            layout.labels[index] = label
            is_front = index == 1 and layout.kinds[0] is Kind.rule  # matter that nobody closed
            if label.role is Role.title and not is_front:
                layout.titled.append(index)
            is_reference = label.role is Role.references
        elif kind is Kind.heading or layout.levels[index] or _is_lone_label(text):
            is_reference = labels.role_of(text.strip("*_：: ")) is Role.references
        if _may_lead(text, is_long=kind is Kind.text and not label and len(text) > _LONGEST_VALUE):
            addresses = _on_line(index, layout)
            if is_reference:
                addresses = (address._replace(place=Place.reference) for address in addresses)
            layout.addresses += addresses
    layout.addresses = layout.addresses or list(_relative(layout))
    layout.addressed = [address.line for address in layout.addresses]
    return layout


def _relative(layout: Layout) -> Iterator[Address]:
    """Yield the titles on links into the newsletter's own site: they lead nowhere from a mail."""
    for index, kind in enumerate(layout.kinds):
        if kind in (Kind.entry, Kind.heading) and (match := _SITE.match(layout.text(index))):
            link = Link(match["path"], (Text(match["words"]),))
            yield Address(index, Place.head, link, None, True)


def _may_lead(text: str, *, is_long: bool) -> bool:
    """Return whether an address may stand in a line; in a long text only a paper's counts."""
    if is_long:
        lower = text.lower()
        return any(host in lower for host in _PAPERS)
    return (
        "http" in text
        or "](" in text
        or "www." in text
        or (len(text) <= _LONGEST_VALUE and _ADDRESS.search(text) is not None)
    )


def _is_lone_label(text: str) -> bool:
    """Return whether a line is a label and nothing else, as `**References**` is."""
    return len(text) <= _LONGEST_LABEL and labels.role_of(text.strip("*_：: ")) is not None


def _on_line(index: int, layout: Layout) -> Iterator[Address]:
    """Yield the addresses on a line, and how surely each says what the line is about."""
    text = layout.contents[index].text
    kind = layout.kinds[index]
    if _PICTURE.fullmatch(text):
        return
    if kind in (Kind.heading, Kind.entry) and (number := _BRACKETED.search(text)):
        link = Link(f"https://arxiv.org/abs/{number[1]}", (Text(f"arXiv:{number[1]}"),))
        yield _address(index, Place.head, link)
    if kind is Kind.heading or layout.levels[index]:
        for link in links_in(titles.inlines(text)):
            yield _address(index, Place.head, link)
        return
    label = layout.labels.get(index)
    is_named = label and label.role in (Role.link, Role.number)
    value = (text[label.end :] if label and is_named else text).strip("* `")
    if page := bare_number(value):
        yield _address(index, Place.alone, Link(page, (Text(value),)))
        return
    links = line_links(text) or (doi_links(value) if label else ())
    if links and kind is not Kind.quote and not _is_definition(index, layout):
        yield from _of_links(index, layout, links)
    else:
        yield from _among_words(index, layout, label)


def _of_links(index: int, layout: Layout, links: Sequence[Link]) -> Iterator[Address]:
    """Yield the addresses of a line of links.

    An entry that is a title on its link is about it; `- [PDF](…)` belongs to another.
    """
    may_be_about = layout.kinds[index] is Kind.entry and index not in layout.labels
    for link in links:
        address = _address(index, Place.alone, link)
        is_about = may_be_about and address.is_titled
        label = layout.labels.get(index)
        if label and label.role is Role.link and not address.paper:
            address = address._replace(is_titled=False)  # `Source: [its site](…)`
        if is_about and not _translates_above(index, link, layout):
            address = address._replace(place=Place.head)
        yield address


def _among_words(index: int, layout: Layout, label: Label | None) -> Iterator[Address]:
    """Yield the addresses that stand among words: the first of an entry may say what it is about.

    `[One](…) builds on [Two](…)` is about the first. What a sentence mentions is not.
    """
    text = layout.contents[index].text
    addresses = [_address(index, Place.mention, link) for link in links_in(titles.inlines(text))]
    is_first = layout.kinds[index] is Kind.entry
    is_sentence = is_first and _is_sentence(text)
    has_named = any(address.paper and _is_named(address) for address in addresses)
    is_informing = label and label.role in _INFORMING and len(text) < _LONGEST_VALUE
    is_title = label and label.role is Role.title
    for address in addresses:
        is_passing = address.is_titled or has_named or index in layout.parents
        if is_first and (_is_named(address) or not (is_sentence and is_passing)):
            is_first = not address.is_titled
            yield address._replace(place=Place.head)
        elif is_informing and (not address.is_titled or is_title):
            yield address._replace(place=Place.alone)
        else:
            yield address._replace(place=Place.named) if _is_named(address) else address


def _is_named(address: Address) -> bool:
    """Return whether an address stands behind words that only name it, such as `PDF`."""
    return not address.is_titled and not link_names.is_bare(address.link)


def _translates_above(index: int, link: Link, layout: Layout) -> bool:
    """Return whether a link's words are the title above it in the other language."""
    above = layout.parents.get(index, -1)
    if above < 0:
        above = _title_above(layout, index)
    if above < 0 or above in layout.labels or _is_first_of_several(layout, index):
        return False
    first, last = (find(layout.addresses, above, key=_LINE) for find in (bisect_left, bisect_right))
    own = layout.addresses[first:last]
    if own and not any(
        link.url == a.link.url or (a.paper and a.paper == paper_of(link.url)) for a in own
    ):
        return False  # the title leads elsewhere
    title = item_numbers.unnumbered(titles.title_of(titles.inlines(layout.text(above))))
    is_long = len(title.split()) > 2 or (len(title) > _SHORT and not title.isascii())  # noqa: PLR2004
    return is_long and titles.translates(title, plain(link.children))


def _title_above(layout: Layout, index: int) -> int:
    """Return the heading or numbered line above, or a title that is the first below a rule.

    No entry stands between; -1 for none.
    """
    near, first = 0, index
    for above in range(index - 1, -1, -1):
        if _begins(layout, above):
            return above
        if layout.kinds[above] is Kind.rule:
            is_title = layout.kinds[first] is Kind.text and first not in layout.labels
            return first if is_title and titles.may_be_title(layout.text(first)) else -1
        if not layout.is_blank(above):
            first = above
            near += above not in layout.labels
            if near > _NEAR or (above not in layout.labels and layout.indents[above] >= 0):
                break
    return -1


def _begins(layout: Layout, index: int) -> bool:
    """Return whether a line is a heading or numbered."""
    if layout.levels[index]:
        return True
    return item_numbers.NUMBER.match(unmarked(layout, index)) is not None


def _is_first_of_several(layout: Layout, index: int) -> bool:
    """Return whether another entry on a link follows an entry, before the next heading."""
    for below in range(index + 1, min(index + _FAR, len(layout.kinds))):
        if _begins(layout, below) or 0 <= layout.indents[below] < layout.indents[index]:
            return False
        if layout.indents[below] == layout.indents[index] and line_links(layout.text(below)):
            return any(not link_names.names_itself(x) for x in line_links(layout.text(below)))
    return False


def _is_sentence(text: str) -> bool:
    """Return whether a sentence stands before the first link of a line."""
    first = inline.first_link(text)
    before = text[: first[0]] if first else ""
    columns = sum(1 if mark.isascii() else 2 for mark in before)
    return columns > _LONGEST_LABEL and bool(_STOP.search(before))


def _is_definition(index: int, layout: Layout) -> bool:
    """Return whether a line is `[name]: https://…`, which nothing in the text refers to."""
    return index not in layout.labels and _DEFINITION.match(layout.contents[index].text) is not None


def _in_row(index: int, row: Row) -> Iterator[Address]:
    is_about = True
    for cell, role in zip(row.cells, [*row.roles, *[None] * len(row.cells)], strict=False):
        links = links_in(titles.inlines(cell.text)) if _ADDRESS.search(cell.text) else ()
        for link in (doi_links(cell.text) if role is Role.link else ()) or links:
            address = _address(index, Place.head, link)
            if not is_about or role in (Role.references, Role.abstract, Role.summary):
                address = address._replace(place=Place.mention)
            if address.paper and address.is_titled:
                is_about = False
            yield address


def _address(index: int, place: Place, link: Link) -> Address:
    return Address(index, place, link, paper_of(link.url), not link_names.names_itself(link))
