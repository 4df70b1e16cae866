"""What the W3C's feed validator says of each element that a feed of ours may have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from tests.w3c.values import (
    Events,
    html_events,
    id_events,
    language_events,
    plain_events,
    rfc2822_events,
    rfc3339_events,
    uri_events,
)

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
XML = "{http://www.w3.org/XML/1998/namespace}"

_MAIL = re.compile(r"<[\w.+'-]+@([\w-]+\.)+[\w-]+>")
_MEDIA_TYPE = re.compile(r"[^\s()<>,;:\\\"/\[\]?=]+/[^\s()<>,;:\\\"/\[\]?=]+")
#: Link relations of IANA's registry that the validator knows and feeds like ours may use.
_PAGED = {"current", "first", "last", "next", "next-archive", "prev-archive", "previous"}
_RELATIONS = _PAGED | {"alternate", "hub", "related", "self", "via"}
TYPES = {"feed": "application/atom+xml", "rss": "application/rss+xml"}


@dataclass(frozen=True)
class Document:
    """What the rules look at besides an element."""

    lines: list[str]
    of_rss: bool
    #: Where it was found; empty where that does not matter.
    url: str
    #: When it was found: dates may not be more than a day later.
    now: datetime | None


@dataclass(frozen=True)
class Rule:
    """What an element may be."""

    check: Callable[[etree._Element, Document], Events]
    attributes: frozenset[str] = frozenset()
    #: Whether it may stand there more than once.
    many: bool = False
    children: Mapping[str, Rule] = field(default_factory=dict)


def name_of(node: etree._Element) -> str:
    """Return an element's name without its namespace."""
    """Give an element's name without its namespace."""
    return etree.QName(node).localname


# --- Elements -----------------------------------------------------------------------------


def _anything(_node: etree._Element, _document: Document) -> Events:
    yield from ()


def _plain(node: etree._Element, document: Document) -> Events:
    yield from _plain_value(node, document, node.text or "")


def _plain_value(node: etree._Element, document: Document, value: str) -> Events:
    line = document.lines[(node.sourceline or 1) - 1]  # type: ignore[operator]
    yield from plain_events(value, hexed="&#x" in line, of_rss=document.of_rss)


def _line(node: etree._Element, document: Document) -> Events:
    if not (node.text or "").strip():
        yield f"NotBlank: {name_of(node)}"
    yield from _plain(node, document)


def _text_construct(node: etree._Element, document: Document) -> Events:
    """RFC 4287 3.1, of the kinds text and html."""
    kind = node.get("type", "text")
    if kind not in ("text", "html"):
        yield f"InvalidTextType: {kind}"
    if not node.text:
        yield f"NotBlank: {name_of(node)}"
    if not node.xpath("ancestor-or-self::*/@xml:lang"):
        yield f"MissingDCLanguage: {name_of(node)}"
    if kind == "html":
        yield from html_events(node.text or "")
    else:
        yield from _plain(node, document)


def _html(node: etree._Element, _document: Document) -> Events:
    yield from html_events((node.text or "").strip())


def _uri(node: etree._Element, _document: Document) -> Events:
    yield from uri_events(node.text or "")


def _id(node: etree._Element, _document: Document) -> Events:
    yield from id_events(node.text or "")


def _name_of_person(node: etree._Element, document: Document) -> Events:
    yield from _line(node, document)
    if _MAIL.search(node.text or ""):
        yield f"ContainsEmail: {node.text}"


def _person(node: etree._Element, _document: Document) -> Events:
    if node.find(f"{ATOM}name") is None:
        yield "MissingElement: name"


def _rfc3339(node: etree._Element, document: Document) -> Events:
    yield from rfc3339_events(node.text or "", document.now)


def _rfc2822(node: etree._Element, document: Document) -> Events:
    yield from rfc2822_events(node.text or "", document.now)


def _language(node: etree._Element, _document: Document) -> Events:
    yield from language_events(node.text or "")


def _positive(node: etree._Element, _document: Document) -> Events:
    if not re.fullmatch(r"[1-9]\d*", node.text or ""):
        yield f"InvalidPositiveInteger: {node.text}"


def _link(node: etree._Element, document: Document) -> Events:
    relation, href, kind = node.get("rel", "alternate"), node.get("href"), node.get("type")
    if relation not in _RELATIONS:
        yield f"UnregisteredAtomLinkRel: {relation}"
    if relation in _PAGED and node.getparent().tag == f"{ATOM}entry":  # type: ignore[union-attr]
        yield f"FeedHistoryRelInEntry: {relation}"
    if kind is not None and not _MEDIA_TYPE.fullmatch(kind):
        yield f"InvalidMIMEType: {kind}"
    if relation == "self" and kind not in (None, *TYPES.values()):
        yield f"SelfNotAtom: {kind}"
    if "hreflang" in node.attrib:
        yield from language_events(node.get("hreflang", ""))
    if (node.text or "").strip():
        yield "AtomLinkNotEmpty"
    if href is None:
        yield "MissingHref"
        return
    yield from uri_events(href)
    whole = node.getparent().tag in (f"{ATOM}feed", "channel")  # type: ignore[union-attr]
    if relation == "self" and whole and document.url not in ("", href):
        yield f"SelfDoesntMatchLocation: {href}"


def _category(node: etree._Element, document: Document) -> Events:
    if not node.get("term"):
        yield "MissingAttribute or NotBlank: term"
    if node.get("scheme") is not None:
        yield from uri_events(node.get("scheme", ""))
    yield from _plain_value(node, document, node.get("label", ""))


def _guid(node: etree._Element, document: Document) -> Events:
    lasting = node.get("isPermaLink", "true")
    if lasting not in ("true", "false"):
        yield f"InvalidBooleanAttribute: {lasting}"
    if lasting == "true" and (node.text or "").lower().startswith("tag:"):
        yield "InvalidPermalink"
    if len(node.text or "") < 9 and (node.text or "").isdigit():
        yield "NotSufficientlyUnique"
    yield from _uri(node, document)


# --- Feeds and entries --------------------------------------------------------------------


def _wanting(node: etree._Element, event: str, *tags: str) -> Events:
    yield from (f"{event}: {tag} in {name_of(node)}" for tag in tags if node.find(tag) is None)


def _order(node: etree._Element, entry: str, event: str) -> Events:
    tags = [str(child.tag) for child in node]
    if entry in tags:
        rest = tags[tags.index(entry) :]
        yield from (f"{event}: {tag}" for tag in rest if tag != entry)


def _alternates(node: etree._Element) -> Events:
    found = Counter(
        (link.get("type"), link.get("hreflang"))
        for link in node.findall(f"{ATOM}link")
        if link.get("rel", "alternate") == "alternate"
    )
    yield from (f"DuplicateAtomLink: {its}" for its, count in found.items() if count > 1)


def _unique(node: etree._Element, path: str, event: str) -> Events:
    found = Counter(its.text for its in node.findall(path))
    yield from (f"{event}: {value}" for value, count in found.items() if count > 1)


def _feed(node: etree._Element, _document: Document) -> Events:
    yield from _metadata(node, "MissingElement")
    yield from _order(node, f"{ATOM}entry", "MisplacedMetadata")
    yield from _unique(node, f"{ATOM}entry/{ATOM}id", "DuplicateEntries")
    yield from _unique(node, f"{ATOM}entry/{ATOM}updated", "DuplicateUpdated")


def _source(node: etree._Element, _document: Document) -> Events:
    yield from _metadata(node, "MissingSourceElement")


def _metadata(node: etree._Element, event: str) -> Events:
    yield from _wanting(node, event, *(f"{ATOM}{its}" for its in ("title", "id", "updated")))
    yield from _alternates(node)
    relations = {link.get("rel", "alternate") for link in node.findall(f"{ATOM}link")}
    if "self" not in relations and event == "MissingElement":
        yield "MissingSelf"
    complete = node.find(f"{HISTORY}complete") is not None
    if complete:
        yield from (f"FeedRelInCompleteFeed: {its}" for its in relations & _PAGED)
    elif node.find(f"{HISTORY}archive") is not None:
        if not relations & {"prev-archive", "next-archive"}:
            yield "ArchiveIncomplete"
        if "current" not in relations:
            yield "MissingCurrentInArchive"


def _entry(node: etree._Element, _document: Document) -> Events:
    wanted = (f"{ATOM}{its}" for its in ("title", "id", "updated"))
    yield from _wanting(node, "MissingElement", *wanted)
    feed = node.getparent()
    if not any(its is not None and its.find(f"{ATOM}author") is not None for its in (node, feed)):
        yield "MissingElement: author"
    if node.find(f"{ATOM}content") is None and node.find(f"{ATOM}summary") is None:
        yield "MissingTextualContent"
    if not any(its.get("rel", "alternate") == "alternate" for its in node.findall(f"{ATOM}link")):
        yield "MissingContentOrAlternate"
    yield from _alternates(node)


def _rss(node: etree._Element, _document: Document) -> Events:
    if node.get("version") != "2.0":
        yield f"InvalidRSSVersion: {node.get('version')}"
    yield from _wanting(node, "MissingElement", "channel")


def _channel(node: etree._Element, _document: Document) -> Events:
    for tag in ("description", "link", "title", "language"):
        yield from _wanting(node, f"Missing{tag.title()}", tag)
    if "self" not in {link.get("rel") for link in node.findall(f"{ATOM}link")}:
        yield "MissingAtomSelfLink"
    yield from _order(node, "item", "MisplacedItem")
    yield from _unique(node, "item/guid", "DuplicateValue")


def _item(node: etree._Element, _document: Document) -> Events:
    if node.find("title") is None and node.find("description") is None:
        yield "ItemMustContainTitleOrDescription"
    yield from _wanting(node, "MissingGuid", "guid")
    tags = [str(child.tag) for child in node]
    content = f"{CONTENT}encoded"
    if content in tags and "description" not in tags[: tags.index(content)]:
        yield "NeedDescriptionBeforeContent"


def _image(node: etree._Element, _document: Document) -> Events:
    yield from _wanting(node, "MissingElement", "title", "url", "link")
    channel = node.getparent()
    assert channel is not None
    for tag, event in (("title", "ImageTitleDoesntMatch"), ("link", "ImageLinkDoesntMatch")):
        if node.findtext(tag) != channel.findtext(tag):
            yield f"{event}: {node.findtext(tag)}"
    suffix = (node.findtext("url") or "").rpartition(".")[2].lower()
    if re.fullmatch(r"\w+", suffix) and suffix not in ("jpg", "jpeg", "gif", "png"):
        yield f"ImageUrlFormat: {suffix}"


def _named(*names: str) -> frozenset[str]:
    return frozenset(names)


_LINK = Rule(_link, _named("type", "title", "rel", "href", "length", "hreflang"), many=True)
_TEXT = Rule(_text_construct, _named("type"))
_AUTHOR = Rule(_person, many=True, children={f"{ATOM}name": Rule(_name_of_person)})
_TERM = Rule(_category, _named("term", "scheme", "label"), many=True)
_HEAD = {
    "author": _AUTHOR,
    "category": _TERM,
    "generator": Rule(_line, _named("uri", "version")),
    "icon": Rule(_uri),
    "id": Rule(_id),
    "link": _LINK,
    "logo": Rule(_uri),
    "rights": _TEXT,
    "subtitle": _TEXT,
    "title": _TEXT,
    "updated": Rule(_rfc3339),
}
_IN_SOURCE = {f"{ATOM}{name}": rule for name, rule in _HEAD.items()}
_IN_ENTRY = {
    "author": _AUTHOR,
    "category": _TERM,
    "content": _TEXT,
    "id": Rule(_id),
    "link": _LINK,
    "published": Rule(_rfc3339),
    "rights": _TEXT,
    "source": Rule(_source, children=_IN_SOURCE),
    "summary": _TEXT,
    "title": _TEXT,
    "updated": Rule(_rfc3339),
}
_ENTRY = Rule(_entry, many=True, children={f"{ATOM}{its}": rule for its, rule in _IN_ENTRY.items()})
_MARKS = {f"{HISTORY}archive": Rule(_anything), f"{HISTORY}complete": Rule(_anything)}
FEED = Rule(_feed, children={**_IN_SOURCE, **_MARKS, f"{ATOM}entry": _ENTRY})
_ITEM = Rule(
    _item,
    many=True,
    children={
        "title": Rule(_line),
        "link": Rule(_uri),
        "description": Rule(_html),
        f"{CONTENT}encoded": Rule(_html),
        "guid": Rule(_guid, _named("isPermaLink")),
        f"{DC}creator": Rule(_anything, many=True),
        "category": Rule(_line, _named("domain"), many=True),
        "pubDate": Rule(_rfc2822),
    },
)
_CHANNEL = Rule(
    _channel,
    children={
        "title": Rule(_line),
        "link": Rule(_uri),
        "description": Rule(_plain),
        f"{ATOM}link": _LINK,
        **_MARKS,
        "copyright": Rule(_plain),
        "generator": Rule(_plain),
        "image": Rule(
            _image, children={"url": Rule(_uri), "title": Rule(_line), "link": Rule(_uri)}
        ),
        "language": Rule(_language),
        "lastBuildDate": Rule(_rfc2822),
        "pubDate": Rule(_rfc2822),
        "ttl": Rule(_positive),
        "item": _ITEM,
    },
)
RSS = Rule(_rss, _named("version"), children={"channel": _CHANNEL})
