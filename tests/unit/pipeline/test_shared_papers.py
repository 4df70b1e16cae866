"""A paper whose issue goes, and that has another issue's words from then on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.newsletter_folder import NOW, Newsroom, newsroom, paper

DAY = timedelta(days=1)
KEY = "2408.05211"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with an issue of one paper."""
    with newsroom(tmp_path) as found:
        found.drop("000.txt", paper(KEY, "VITA", "It listens."))
        found.build()
        yield found


def also(room: Newsroom, text: str, days: int = 1) -> None:
    """Have the paper in another issue too, in words of its own."""
    room.drop("001.txt", paper(KEY, "VITA", text) + paper("2408.05147", "Gemma Scope"))
    room.build(NOW + days * DAY)


def entry(room: Newsroom) -> dict[str, str]:
    """Return the paper's entry."""
    its = json.loads(room.page("feeds/papers.json"))["items"]
    return next(each for each in its if each["id"].endswith(KEY))


def test_other_words_are_an_update(room: Newsroom) -> None:
    """The entry says something else from then on, so it has another date."""
    also(room, "It speaks.")
    before = entry(room)
    room.take("000.txt")
    room.build(NOW + 2 * DAY)
    after = entry(room)
    assert "It listens" in before["content_html"]
    assert "It speaks" in after["content_html"]
    assert after["date_modified"] == (NOW + 2 * DAY).isoformat()
    assert after["date_published"] == before["date_published"]


def test_the_same_words_are_none(room: Newsroom) -> None:
    """Where both issues say the same of it, nothing changes for readers."""
    also(room, "It listens.")
    before = entry(room)
    room.take("000.txt")
    room.build(NOW + 2 * DAY)
    assert entry(room) == before


def test_an_edit_after_it_is_an_update(room: Newsroom) -> None:
    """The first edit of the words that went on moves the date, as all others do."""
    also(room, "It listens.")
    room.take("000.txt")
    room.build(NOW + 2 * DAY)
    also(room, "It listens and speaks.", days=3)
    assert entry(room)["date_modified"] == (NOW + 3 * DAY).isoformat()
