from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from html import unescape
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from publisher.feeds import atom, rss
from publisher.feeds.entry import Entry, Source, one_line, utc_seconds
from publisher.feeds.feed import Feed
from publisher.feeds.feedgen_ext import Values, attribute_text, element_text
from publisher.render.feed_catalog import Archive
from tests.support.feeds import FEED, nasty

#: Noncharacters, which no legal text has.
AND, LESS = "\ufdd0", "\ufdd1"
OTHERS = tuple(replace(FEED.listed, name=f"{its}/papers", language=its) for its in ("", "en"))

#: What lxml takes, and reads back (XML 1.0 2.2); `%` is a mark to Python.
legal_texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")),
    st.lists(st.sampled_from(["&", "<", ">", '"', "'", "\t", "\n", "\r", "]]>", "%", "é"])).map(
        "".join
    ),
)
#: Texts with each mark that is written otherwise somewhere: few examples would have it.
marked = nasty.map(lambda text: f"{text}\"<&>'")
maybe = st.just("") | marked
lines = marked.map(one_line)
dates = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001  (Hypothesis wants it so)
    timezones=st.just(UTC),
)
languages = st.sampled_from(["en", "zh-Hans"])
sources = st.builds(Source, id=lines, title=lines, url=lines)
entries = st.builds(
    Entry,
    id=lines,
    url=lines,
    external_url=st.none() | lines,
    title=marked,
    title_lang=languages,
    lang=languages,
    published=dates,
    updated=dates,
    html=marked,
    summary=maybe,
    authors=st.lists(maybe, max_size=3).map(tuple),
    tags=st.lists(marked, max_size=3).map(tuple),
    subjects=st.lists(marked, max_size=3).map(tuple),
    source=st.none() | sources,
)
archives = st.sampled_from([None, Archive(1), Archive(2, 3)])
feeds = st.builds(
    replace,
    st.just(FEED),
    id=lines,
    listed=lines.map(lambda title: replace(FEED.listed, title=title)),
    base_url=lines,
    description=maybe.map(one_line),
    author=lines,
    others=st.sampled_from([(), OTHERS]),
    entries=st.lists(entries, min_size=1, max_size=3).map(tuple),
    archive=archives,
    older=archives,
    newer=archives,
    rights=maybe.map(one_line),
    logo=st.just("") | lines,
    hub=st.just("") | lines,
)


def said(values: Values) -> Values:
    """Return values as they were before they were escaped, but for marks in plain text."""
    return {
        name: unescape(value.replace("&#x26;", AND).replace("&#x3C;", LESS))
        for name, value in values.items()
        if value
    }


@pytest.mark.parametrize("its", [atom, rss])
@given(feed=feeds)
def test_values_in_their_places_are_what_feedgen_writes(its: ModuleType, feed: Feed) -> None:
    """A feed is to the byte what feedgen and lxml write when they are given its own values."""
    entries = [said(its._entry_values(entry, feed)) for entry in feed.entries]
    expected = its._generate(said(its._feed_values(feed)), entries)
    expected = expected.replace(AND, "&#x26;").replace(LESS, "&#x3C;")
    write = {atom: atom.atom, rss: rss.rss}[its]
    assert expected == write(feed).decode()


@given(dates)
def test_a_date_is_as_the_standard_library_writes_it(moment: datetime) -> None:
    """A date in RSS is RFC 2822's, day of the week and zone included."""
    assert format_datetime(moment) == rss._date(utc_seconds(moment))


@given(legal_texts)
def test_text_is_escaped_as_by_lxml(value: str) -> None:
    """What an element holds is what lxml would have written, and is read back."""
    element = etree.Element("a")
    element.text = value + "."
    assert etree.tostring(element, encoding="unicode") == f"<a>{element_text(value)}.</a>"
    assert etree.fromstring(f"<a>{element_text(value)}.</a>").text == value + "."


@given(legal_texts)
def test_an_attribute_is_escaped_as_by_lxml(value: str) -> None:
    """What an attribute holds is what lxml would have written, and is read back."""
    written = f'<a b="{attribute_text(value)}"/>'
    assert etree.tostring(etree.Element("a", b=value), encoding="unicode") == written
    assert etree.fromstring(written).get("b") == value
