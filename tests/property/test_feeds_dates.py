from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from publisher.feeds.entry import Entry
from publisher.feeds.feed import apart

START = datetime(2026, 11, 20, 8, 0, 0, tzinfo=UTC)

# Few seconds for many entries, so that dates meet; an edit comes at once or later.
seconds = st.integers(0, 9)


@st.composite
def newest_first(draw: st.DrawFn) -> list[Entry]:
    """Give entries as the archive has them, with equal dates among them."""
    dates = sorted(draw(st.lists(seconds, max_size=20)), reverse=True)
    return [
        Entry(
            id=f"tag:example.org,2026:issues/{number}",
            url=f"https://news.example.org/issues/{number}/",
            external_url=None,
            title="A title",
            title_lang="en",
            lang="en",
            published=START + timedelta(seconds=date),
            updated=START + timedelta(seconds=date + draw(seconds)),
            html="",
            summary="",
            author="Ana",
            tags=(),
        )
        for number, date in enumerate(dates)
    ]


@given(newest_first())
def test_dates_are_apart(entries: list[Entry]) -> None:
    """Entries appear one after the other, and no two change at the same time."""
    kept = list(apart(entries))
    assert all(newer.published > older.published for newer, older in pairwise(kept))
    assert len(kept) == len({entry.updated for entry in kept})


@given(newest_first())
def test_dates_only_move_back(entries: list[Entry]) -> None:
    """Nothing is dated later than it was, and nothing changes before it appears."""
    for before, after in zip(entries, apart(entries), strict=True):
        assert after.published <= before.published
        assert after.published <= after.updated <= before.updated


@given(newest_first())
def test_dates_apart_stay(entries: list[Entry]) -> None:
    """What has been told apart once is left as it is."""
    kept = list(apart(entries))
    assert kept == list(apart(kept))
