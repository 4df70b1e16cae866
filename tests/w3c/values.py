"""What the W3C's feed validator says of values: HTML, plain text, addresses, dates.

tests/w3c.py has what it says of elements, and why it is written anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html.entities import name2codepoint
from urllib.parse import quote, unquote

from html5lib.html5parser import HTMLParser, ParseError

_HTML_TAGS = re.compile(
    r"</(a|abbr|b|big|blockquote|body|br|button|cite|code|data|dd|del|div|dl|dt|em|font|form|"
    r"h[1-6]|head|header|hr|html|i|img|ins|kbd|label|li|link|m|main|map|mark|menu|meta|nav|object|"
    r"ol|option|output|p|param|pre|q|s|samp|script|section|select|small|source|span|strike|strong|"
    r"style|sub|summary|sup|table|td|template|th|time|title|tr|tt|u|ul|var|video)>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(#?\w+)")
_URI = re.compile(r"[a-zA-Z][0-9a-zA-Z+\-.]*:(//)?[0-9a-zA-Z;/?:@&=+$.\-_!~*'()%,#]+")
_TAG_URI = re.compile(
    r"tag:([a-z0-9\-._]+?@)?[a-z0-9.\-]+?,\d{4}(-\d{2}(-\d{2})?)?:"
    r"[0-9a-zA-Z;/?:@&=+$.\-_!~*'()%,]*"
)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]+)*")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*)?(Z|[+-]\d\d:\d\d)")
_RFC_2822 = re.compile(
    r"((Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d\d? (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"\d{4} \d\d:\d\d(:\d\d)? ([+-]\d\d[03]0|UT|GMT|Z)"
)
_FIRST_FEEDS = datetime(1990, 1, 1, tzinfo=UTC)
#: Of what it finds harmless, what a feed of ours may have.
_HARMLESS = {"a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p",
             "pre", "strong", "ul", "div", "table", "thead", "tbody", "tr", "th", "td",
             "hr", "dl", "dt", "dd", "small"}  # fmt: skip
_HARMLESS_ATTRIBUTES = {"href", "lang", "scope", "start"}

Events = Iterator[str]


def plain_events(value: str, *, hexed: bool, of_rss: bool) -> Events:
    """Return whether plain text may be taken for HTML; `hexed` is written with `&#x`."""
    if _HTML_TAGS.search(value):
        yield f"ContainsHTML: {value}"
        return
    if hexed:
        return
    for its in _ENTITY.findall(value):
        if its in name2codepoint or its == "apos" or not its.isalpha():
            yield f"ContainsHTML: &{its}"
    if of_rss and re.search(r"&#[x0-9]|<[/a-zA-Z]", value):
        yield f"CharacterData: {value}"


def html_events(value: str) -> Events:
    """Say what is wrong with HTML: a strict parse, and what would be no safe part of a page."""
    try:
        fragment = HTMLParser(strict=True, namespaceHTMLElements=False).parseFragment(value)
    except ParseError as error:
        yield f"NotHtml: {error} in {value[:200]!r}"
        return
    for node in fragment.iter():
        if node.tag == "DOCUMENT_FRAGMENT":
            continue
        if node.tag not in _HARMLESS:
            yield f"SecurityRisk: {node.tag}"
        yield from (
            f"SecurityRiskAttr: {its}" for its in node.attrib if its not in _HARMLESS_ATTRIBUTES
        )
        if "href" in node.attrib and not re.match(r"\w+:", node.attrib["href"]):
            yield f"ContainsRelRef: {node.attrib['href']}"


def uri_events(value: str) -> Events:
    """Say what is wrong with an absolute address."""
    scheme = value.partition(":")[0].lower()
    if scheme == "tag":
        if not _TAG_URI.fullmatch(value):
            yield f"InvalidTAG: {value}"
    elif not _URI.fullmatch(value) or (scheme == "http" and not re.match(r"\w+://[^/]", value)):
        yield f"InvalidLink: {value}"
    elif scheme not in ("http", "https"):
        yield f"SchemeNotIANARegistered: {value}"


def id_events(value: str) -> Events:
    """Say what is wrong with an id."""
    yield from uri_events(value)
    # What its uri.py makes of a URI without an authority (RFC 3986 6.2.2).
    if quote(unquote(value), safe="-._~!$&'()*+,;=:@/") != value:
        yield f"NonCanonicalURI: {value}"


def language_events(value: str) -> Events:
    """Say what is wrong with a language."""
    if not _LANGUAGE.fullmatch(value):
        yield f"InvalidLanguage: {value}"


def rfc3339_events(value: str, now: datetime | None) -> Events:
    """Say what is wrong with a date in Atom."""
    if not _RFC_3339.fullmatch(value):
        yield f"InvalidRFC3339Date: {value}"
        return
    yield from _moment_events(datetime.fromisoformat(value), now)


def rfc2822_events(value: str, now: datetime | None) -> Events:
    """Say what is wrong with a date in RSS."""
    if not _RFC_2822.fullmatch(value):
        yield f"InvalidRFC2822Date: {value}"
        return
    when = parsedate_to_datetime(value).replace(tzinfo=UTC)
    if "," in value and when.strftime("%a") != value[:3]:
        yield f"IncorrectDOW: {value}"
    yield from _moment_events(when, now)


def _moment_events(when: datetime, now: datetime | None) -> Events:
    if when < _FIRST_FEEDS or (now is not None and when > now + timedelta(days=1)):
        yield f"ImplausibleDate: {when}"
