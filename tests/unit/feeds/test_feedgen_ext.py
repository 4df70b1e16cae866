"""What we use of feedgen that is private, and what becomes of feeds without it."""

import pytest
from feedgen.feed import FeedGenerator

from publisher.feeds import feedgen_ext
from publisher.feeds.rss import rss
from tests.support.feeds import FEED


def test_feedgen_is_as_tested() -> None:
    """The version of feedgen that is installed keeps the clock's time where it did."""
    assert hasattr(FeedGenerator(), feedgen_ext._CLOCK)


def test_feedgen_that_keeps_its_time_elsewhere(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where it does not, RSS has the same bytes, and the log says so in one line."""
    expected = rss(FEED)
    monkeypatch.setattr(feedgen_ext, "_CLOCK", "_elsewhere")
    feedgen_ext._template.cache_clear()
    feedgen_ext._warn_of_version.cache_clear()
    assert expected == rss(FEED)
    feedgen_ext._template.cache_clear()
    assert ["version of feedgen" in record.message for record in caplog.records] == [True]
