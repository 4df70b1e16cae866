"""The rules of the W3C's feed validator, as tests/w3c has them: each finds what it is there for."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

import pytest

from publisher.feeds.atom import atom
from publisher.feeds.rss import rss
from publisher.render.feed_catalog import Archive
from tests.support.feeds import FEED, PAPER
from tests.w3c import w3c_answer_events, w3c_events

OLDER = dataclasses.replace(FEED, older=Archive(1), hub="https://hub.test/")
ARCHIVE = dataclasses.replace(FEED, archive=Archive(2), older=Archive(1))
SELF = FEED.url("atom")
ATOM, ATOM_ARCHIVE, RSS = (written.decode() for written in (atom(OLDER), atom(ARCHIVE), rss(OLDER)))
FIRST = ATOM[ATOM.index("  <entry") : ATOM.index("</entry>") + 9]
HTML = '&lt;p lang="zh-Hans"&gt;'
IMAGE = "<image><url>https://x.test/i.{}</url><title>{}</title><link>{}</link></image>"


def found(written: str) -> set[str]:
    """Return the names of the events in a document."""
    return {re.split("[: ]", event)[0] for event in w3c_events(written.encode(), now=FEED.updated)}


def whole(element: str) -> str:
    """Return the expression for an element with all that is in it."""
    return rf"<{element}\b(?:[^>]*/>|.*?</{element}>)"


def without(written: str, element: str) -> str:
    """Take the first of an element out."""
    made = re.sub(
        rf"\s*<{element}\b(?:[^>]*/>|.*?</{element}>)", "", written, count=1, flags=re.DOTALL
    )
    assert made != written
    return made


def twice(written: str, element: str) -> str:
    """Write the first of an element twice."""
    made = re.sub(whole(element), r"\g<0>\g<0>", written, count=1, flags=re.DOTALL)
    assert made != written
    return made


def swapped(written: str, before: str, after: str) -> str:
    """Write something else where this stands first."""
    assert before in written
    return written.replace(before, after, 1)


def test_what_is_right_is_no_event() -> None:
    """A feed as we write it is nothing to mention."""
    assert [found(its) for its in (ATOM, ATOM_ARCHIVE, RSS)] == [set(), set(), set()]


@pytest.mark.parametrize("element", ["title", "id", "updated"])
def test_atom_feeds_and_entries_want_their_elements(element: str) -> None:
    """A feed without id, title or date is none, and no more is an entry."""
    assert found(without(ATOM, element)) == {"MissingElement"}
    assert "MissingElement" in found(ATOM.replace(FIRST, without(FIRST, element)))


@pytest.mark.parametrize("element", ["title", "subtitle", "generator", "icon", "content"])
def test_elements_of_atom_come_once(element: str) -> None:
    """What may stand there once stands there once."""
    assert found(twice(ATOM, element)) == {"DuplicateElement"}


ATOM_FAULTS: list[tuple[str, Callable[[str], str]]] = [
    ("DuplicateEntries", lambda its: swapped(its, FIRST, FIRST + FIRST)),
    ("DuplicateUpdated", lambda its: swapped(its, FIRST, FIRST + FIRST)),
    ("MisplacedMetadata", lambda its: swapped(its, "</feed>", "<rights>R</rights></feed>")),
    ("MissingSelf", lambda its: swapped(its, 'rel="self"', 'rel="via"')),
    ("DuplicateAtomLink", lambda its: re.sub(r'(<link[^>]*"text/html"/>)', r"\1\1", its)),
    ("MissingContentOrAlternate", lambda its: its.replace('"alternate"', '"related"')),
    ("UnregisteredAtomLinkRel", lambda its: swapped(its, '"hub"', '"hubs"')),
    ("FeedHistoryRelInEntry", lambda its: swapped(its, '"related"', '"current"')),
    ("InvalidMIMEType", lambda its: swapped(its, 'type="text/html"', 'type="html"')),
    ("SelfNotAtom", lambda its: swapped(its, "application/atom+xml", "application/feed+json")),
    ("AtomLinkNotEmpty", lambda its: swapped(its, 'rel="hub"/>', 'rel="hub">a</link>')),
    ("MissingHref", lambda its: swapped(its, 'href="https://hub.test/" ', "")),
    ("InvalidLink", lambda its: swapped(its, "https://hub.test/", "https://hub.test/a b")),
    ("InvalidLink", lambda its: swapped(its, "https://hub.test/", "/relative")),
    ("InvalidLink", lambda its: swapped(its, "https://hub.test/", "https://hub.test/文")),
    ("SchemeNotIANARegistered", lambda its: swapped(its, "https://hub.test/", "foo:bar")),
    ("InvalidTAG", lambda its: swapped(its, "2026:papers/", "2026:论文/")),
    ("InvalidTAG", lambda its: swapped(its, "tag:example.org,2026", "tag:Example.org,2026")),
    ("NonCanonicalURI", lambda its: swapped(its, "papers/2408", "papers/%612408")),
    ("InvalidRFC3339Date", lambda its: swapped(its, "T09:30:00+00:00", " 09:30:00")),
    ("ImplausibleDate", lambda its: swapped(its, ">2026-11-2", ">2027-11-2")),
    ("ImplausibleDate", lambda its: swapped(its, ">2026-11-2", ">1986-11-2")),
    ("InvalidLanguage", lambda its: swapped(its, 'lang="zh-Hans"', 'lang="zh_Hans"')),
    ("MissingDCLanguage", lambda its: its.replace("xml:lang", "lang")),
    ("SameDocumentReference", lambda its: swapped(its, "<feed ", '<feed xml:base="/" ')),
    ("InvalidTextType", lambda its: swapped(its, 'type="html"', 'type="text/html"')),
    ("NotBlank", lambda its: swapped(its, "<subtitle>One a day<", "<subtitle><")),
    ("NotBlank", lambda its: swapped(its, "<name>Ana<", "<name> <")),
    ("MissingElement", lambda its: swapped(its, "<name>Ana</name>", "")),
    ("MissingElement", lambda its: re.sub(r"<author>.*?</author>", "", its, flags=re.DOTALL)),
    ("ContainsEmail", lambda its: swapped(its, ">Ana<", ">Ana &#x3C;a@x.test><")),
    ("ContainsHTML", lambda its: swapped(its, ">One a day<", ">One &lt;b>a&lt;/b> day<")),
    ("ContainsHTML", lambda its: swapped(its, ">One a day<", ">One &amp;copy; day<")),
    ("ContainsHTML", lambda its: swapped(its, 'label="Machine', 'label="&lt;/i>Machine')),
    ("MissingAttribute", lambda its: swapped(its, 'term="machine-learning"', "")),
    ("UnexpectedAttribute", lambda its: swapped(its, "<category ", '<category domain="x" ')),
    ("UnexpectedText", lambda its: swapped(its, "<entry ", "words<entry ")),
    ("UndefinedElement", lambda its: swapped(its, "</title>", "</title><b/>")),
    ("UndefinedElement", lambda its: swapped(its, ">One a day<", "><b>One</b><")),
    ("UndefinedElement", lambda its: re.sub("<(/?)feed", r"<\1fed", its)),
    ("BadCharacters", lambda its: swapped(its, ">One a day<", ">One \x92a day<")),
    ("BadCharacters", lambda its: swapped(its, 'label="Machine', 'label="\ufffdMachine')),
    ("AvoidNamespacePrefix", lambda its: swapped(its, "<feed ", '<feed xmlns:atom="x:y" ')),
    ("ReservedPrefix", lambda its: swapped(its, "<feed ", '<feed xmlns:dc="x:y" ')),
    ("NonstdEncoding", lambda its: swapped(its, "UTF-8", "ISO-8859-1")),
    ("ValidatorLimit", lambda its: its + " " * 5_000_000),
]
HTML_FAULTS = [
    ("NotHtml", "&lt;p&gt;&lt;p&gt;&lt;/b&gt;"),
    ("NotHtml", "&lt;a href='x:y'&gt;&lt;a&gt;"),
    ("NotHtml", "&amp;copy"),
    ("NotHtml", "&amp;#1;"),
    ("NotHtml", "\x7f"),
    ("SecurityRisk", "&lt;script&gt;&lt;/script&gt;"),
    ("SecurityRiskAttr", "&lt;em onclick=''&gt;&lt;/em&gt;"),
    ("ContainsRelRef", "&lt;a href='#x'&gt;&lt;/a&gt;"),
]


@pytest.mark.parametrize(("event", "spoil"), ATOM_FAULTS)
def test_faults_of_atom_are_found(event: str, spoil: Callable[[str], str]) -> None:
    """Each fault of an Atom feed has its event."""
    assert event in found(spoil(ATOM))


@pytest.mark.parametrize(("event", "words"), HTML_FAULTS)
def test_faults_of_html_are_found(event: str, words: str) -> None:
    """Content is parsed as strictly as HTML can be, in Atom and in both elements of RSS."""
    assert event in found(swapped(ATOM, HTML, words + HTML))
    assert event in found(swapped(RSS, HTML, words + HTML))
    assert event in found(swapped(RSS, "<description>摘要", f"<description>{words}摘要"))


def test_faults_of_archives_are_found() -> None:
    """An archive leads back and to the newest; what is complete leads nowhere."""
    assert found(swapped(ATOM_ARCHIVE, '"current"', '"via"')) == {"MissingCurrentInArchive"}
    alone = re.sub('"(prev|next)-archive"', '"via"', ATOM_ARCHIVE)
    assert found(alone) == {"ArchiveIncomplete"}
    complete = swapped(ATOM_ARCHIVE, "<fh:archive/>", "<fh:complete/>")
    assert found(complete) == {"FeedRelInCompleteFeed"}


@pytest.mark.parametrize("element", ["title", "link", "description", "language"])
def test_rss_channels_want_their_elements(element: str) -> None:
    """A channel has what RSS wants of it, and once."""
    assert found(without(RSS, element)) == {f"Missing{element.title()}"}
    assert found(twice(RSS, element)) == {"DuplicateElement"}


RSS_FAULTS: list[tuple[str, Callable[[str], str]]] = [
    ("MissingAtomSelfLink", lambda its: swapped(its, 'rel="self"', 'rel="via"')),
    ("MisplacedItem", lambda its: swapped(its, "</channel>", "<copyright>R</copyright></channel>")),
    (
        "DuplicateValue",
        lambda its: twice(its, "item"),
    ),
    ("InvalidRSSVersion", lambda its: swapped(its, 'version="2.0"', 'version="2.1"')),
    ("InvalidPermalink", lambda its: swapped(its, 'isPermaLink="false"', "")),
    ("InvalidBooleanAttribute", lambda its: swapped(its, '="false"', '="no"')),
    ("MissingGuid", lambda its: without(its, "guid")),
    ("InvalidRFC2822Date", lambda its: swapped(its, "Sat, 21 Nov 2026", "2026-11-21")),
    ("IncorrectDOW", lambda its: swapped(its, "Sat, 21", "Sun, 21")),
    ("ImplausibleDate", lambda its: swapped(its, "Fri, 20 Nov 2026", "Tue, 20 Nov 2029")),
    ("InvalidLanguage", lambda its: swapped(its, ">zh-Hans<", ">zh_Hans<")),
    ("InvalidPositiveInteger", lambda its: swapped(its, "<ttl>60", "<ttl>0")),
    ("CharacterData", lambda its: swapped(its, "<title>Papers &#x26; more", "<title>a &lt;x")),
    ("NeedDescriptionBeforeContent", lambda its: without(its[its.index("<item") :], "description")),
    (
        "ImageUrlFormat",
        lambda its: swapped(its, "<item", IMAGE.format("svg", "T", "x:y") + "<item"),
    ),
    ("ImageTitleDoesntMatch", lambda its: swapped(its, "<item", IMAGE.format(1, 2, 3) + "<item")),
    ("ImageLinkDoesntMatch", lambda its: swapped(its, "<item", IMAGE.format(1, 2, 3) + "<item")),
    ("InvalidLink", lambda its: swapped(its, PAPER.url, "/papers/1/")),
]


@pytest.mark.parametrize(("event", "spoil"), RSS_FAULTS)
def test_faults_of_rss_are_found(event: str, spoil: Callable[[str], str]) -> None:
    """Each fault of an RSS feed has its event."""
    spoilt = spoil(RSS)
    if not spoilt.startswith("<?xml"):
        spoilt = RSS[: RSS.index("<item")] + spoilt
    assert event in found(spoilt)


def test_a_feed_elsewhere_is_found() -> None:
    """A feed's address is the one it names."""
    assert w3c_events(ATOM.encode(), SELF) == []
    assert w3c_events(ATOM.encode(), "https://x.test/") == [f"SelfDoesntMatchLocation: {SELF}"]


@pytest.mark.parametrize(
    ("event", "name", "value"),
    [
        ("UnexpectedContentType", "Content-Type", "text/plain; charset=utf-8"),
        ("UnexpectedContentType", "Content-Type", "application/rss+xml; charset=utf-8"),
        ("EncodingMismatch", "Content-Type", "application/atom+xml; charset=iso-8859-1"),
        ("Uncompressed", "Content-Encoding", "identity"),
        ("HttpProtocolError", "A header", "x"),
    ],
)
def test_faults_of_answers_are_found(event: str, name: str, value: str) -> None:
    """The headers around a feed have rules of their own."""
    right = {"Content-Type": "application/atom+xml; charset=utf-8", "Content-Encoding": "gzip"}
    assert w3c_answer_events(right, ATOM.encode()) == []
    events = w3c_answer_events(right | {name: value}, ATOM.encode())
    assert [re.split("[: ]", its)[0] for its in events] == [event]
