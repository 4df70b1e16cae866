"""What the W3C's feed validator says of Atom and RSS, rule by rule.

Written after github.com/w3c/feedvalidator, whose package cannot be installed: by the names of its
events, for the elements that a feed of ours may have; any other is an event. Left out is what asks
a name server, its list of languages (ISO 639-1 and 639-2, where BCP 47 has more), and its guess
that "Ã©" is text somebody encoded twice, since the words are a digest's. JSON Feed is unknown to
it. Held against its own code, put together by hand, on the faults of tests/unit/test_w3c_rules.py:
each that it finds is found here, if by another name (InvalidLink is four of its events). More is
found here: relative and non-ASCII addresses, and an entry without an alternate, in Atom too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from email.message import Message

from lxml import etree

from tests.w3c.elements import (
    ATOM,
    CONTENT,
    DC,
    FEED,
    HISTORY,
    RSS,
    TYPES,
    XML,
    Document,
    Rule,
    name_of,
)
from tests.w3c.values import Events, language_events

_PREFIXES = {"atom": ATOM, "content": CONTENT, "dc": DC, "fh": HISTORY}

#: Bytes, as they come over the wire.
_LONGEST = 5_000_000
_BAD = re.compile("[\x80-\x9f\ufffd]")


def w3c_events(written: bytes, url: str = "", now: datetime | None = None) -> list[str]:
    """Return what the validator would say of a document, found at `url` and at the time `now`."""
    return list(_events(written, url, now))


def _events(written: bytes, url: str, now: datetime | None) -> Events:
    if len(written) > _LONGEST:
        yield f"ValidatorLimit: {len(written)} bytes"
    if not written.lower().startswith(b"<?xml version='1.0' encoding='utf-8'?>"):
        yield "NonstdEncoding or MissingEncoding"
    root = etree.fromstring(written)
    for node in root.iter():
        yield from _namespace_events(node, of_rss=root.tag == "rss")
    document = Document(written.decode().split("\n"), root.tag == "rss", url, now)
    top = {"rss": RSS, f"{ATOM}feed": FEED}.get(str(root.tag))
    if top is None:
        yield f"UndefinedElement: {root.tag}"
        return
    yield from _element_events(root, top, document)


def _namespace_events(node: etree._Element, *, of_rss: bool) -> Events:
    for prefix, its in node.nsmap.items():
        if prefix and _PREFIXES.get(prefix) != f"{{{its}}}":
            yield f"ReservedPrefix or UnknownNamespace: {prefix} {its}"
        if prefix == "atom" and not of_rss:
            yield "AvoidNamespacePrefix: atom"


def _element_events(node: etree._Element, rule: Rule, document: Document) -> Events:
    name = name_of(node)
    for attribute, value in node.attrib.items():
        yield from _attribute_events(name, str(attribute), str(value), rule)
    if _BAD.search(node.text or ""):
        yield f"BadCharacters in {name}"
    if rule.children:
        texts = (node.text, *(child.tail for child in node))
        if any(text and text.strip() for text in texts):
            yield f"UnexpectedText in {name}"
    elif len(node):
        yield f"UndefinedElement in {name}"
    yield from rule.check(node, document)
    if rule.children:
        yield from _children_events(node, rule, document)


def _attribute_events(element: str, name: str, value: str, rule: Rule) -> Events:
    if name not in rule.attributes and not name.startswith(XML):
        yield f"UnexpectedAttribute: {name} of {element}"
    if _BAD.search(value):
        yield f"BadCharacters in {name} of {element}"
    if name == f"{XML}lang":
        yield from language_events(value)
    if name == f"{XML}base":
        yield "SameDocumentReference or NonCanonicalURI: xml:base"


def _children_events(node: etree._Element, rule: Rule, document: Document) -> Events:
    for tag, count in Counter(str(child.tag) for child in node).items():
        if tag not in rule.children:
            yield f"UndefinedElement: {tag} in {name_of(node)}"
        elif count > 1 and not rule.children[tag].many:
            yield f"DuplicateElement: {tag} in {name_of(node)}"
    for child in node:
        if str(child.tag) in rule.children:
            yield from _element_events(child, rule.children[str(child.tag)], document)


# --- Over HTTP ----------------------------------------------------------------------------


def w3c_answer_events(headers: Mapping[str, str], body: bytes) -> list[str]:
    """Return what it would say of the headers of an answer, whose uncompressed body this is."""
    return list(_answer_events({name.lower(): value for name, value in headers.items()}, body))


def _answer_events(headers: Mapping[str, str], body: bytes) -> Events:
    said = Message()
    said["content-type"] = headers.get("content-type", "")
    of_rss = b"<rss" in body[:512]
    if said.get_content_type() != TYPES["rss" if of_rss else "feed"]:
        yield f"UnexpectedContentType: {said.get_content_type()}"
    if (said.get_param("charset") or "utf-8") != "utf-8":
        yield f"EncodingMismatch: {said.get_param('charset')}"
    if headers.get("content-encoding") != "gzip":
        yield "Uncompressed"
    yield from (f"HttpProtocolError: {name}" for name in headers if " " in name)
