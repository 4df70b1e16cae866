"""What programs that people read feeds with make of ours, and what validators say."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree
from reader import Reader, make_reader

from tests.support.feeds import JSON_FEED, assert_valid
from tests.support.newsletter_folder import NOW, Newsroom, newsroom, paper
from tests.w3c import w3c_events

LATER = NOW + timedelta(hours=5)
ODD = (
    "---\ntags: [LLM, 多模态, 'C++ <b>', R&D]\n"
    "title: 'On <em>x</em> & a<b, \u0001\ufffe\ufffd AT&copy'\n---\n"
    "# 大模型 & </i>\n\n"
    + paper(
        "2408.00001", "A </b> &lt; B &#x1; <script>alert(1)</script>", "<p>]]>\x08 text &amp; 文"
    )
    + paper("2408.00002", "R&D <b>", "See [this](../there) and [that](https://x.test/?a=1&b=[2]).")
)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter."""
    with newsroom(tmp_path) as found:
        yield found


def subscribed(room: Newsroom, name: str) -> Reader:
    """Subscribe a reader that has fetched a feed once."""
    reader = make_reader(":memory:", feed_root=str(room.out))
    reader.add_feed(name)
    reader.update_feed(name)
    return reader


@pytest.mark.parametrize("seed", [False, True])
def test_no_validator_has_a_word_to_say(room: Newsroom, *, seed: bool) -> None:
    """Every feed file, archives too, is valid, and the W3C's validator would log no event."""
    for number in range(33):
        room.drop(f"{number:03}.txt", paper(f"2408.1{number:04}", f"Paper {number}"))
    room.drop("odd.txt", ODD)
    room.drop("empty.txt", "---\ntitle: Nothing\n---\n")
    if seed:
        for digest in (Path(__file__).parents[2] / "seeds").iterdir():
            room.drop(f"seed-{digest.name}", digest.read_text(encoding="utf-8"))
    room.build()
    seen = 0
    for path, data in room.files().items():
        if not path.startswith("feeds/") or path.endswith((".html", ".opml", ".gz")):
            continue
        seen += 1
        if path.endswith(".json"):
            JSON_FEED.validate(json.loads(data))
            continue
        assert w3c_events(data, f"https://news.example.org/{path}", NOW) == [], path
        if path.endswith(".atom"):
            assert_valid(etree.fromstring(data))
    assert seen >= 60


def test_bad_characters_cost_no_entry(room: Newsroom) -> None:
    """What must not stand in a feed is taken out and told; the rest of the entry is there."""
    room.drop("odd.txt", ODD)
    room.drop("fine.txt", paper("2408.00009", "Fine"))
    built = room.build()
    assert [each.code for each in built.diagnostics if each.code == "control-character"]
    items = json.loads(room.page("feeds/papers.json"))["items"]
    assert len(items) == 3
    assert "文" in "".join(item["content_html"] for item in items)


@pytest.mark.parametrize("kind", ["atom", "rss", "json"])
def test_a_reader_sees_each_entry_once(room: Newsroom, kind: str) -> None:
    """A digest more is one entry more; an edit updates its entry in place, which stays read."""
    room.drop("000.txt", paper("2408.00001", "A"))
    room.drop("001.txt", paper("2408.00002", "B"))
    room.build()
    with subscribed(room, f"feeds/issues.{kind}") as reader:
        before = {entry.id for entry in reader.get_entries()}
        for entry in reader.get_entries():
            reader.mark_entry_as_read(entry)
        room.drop("000.txt", paper("2408.00001", "A", "Something else."))
        room.build(LATER)
        reader.update_feed(f"feeds/issues.{kind}")  # whether it is due or not
        assert {entry.id for entry in reader.get_entries()} == before
        assert not list(reader.get_entries(read=False))
        changed = reader.get_entry((f"feeds/issues.{kind}", "tag:example.org,2026:issues/000"))
        assert "Something else." in changed.content[0].value
        room.drop("002.txt", paper("2408.00003", "C"))
        room.build(LATER + timedelta(hours=1))
        reader.update_feed(f"feeds/issues.{kind}")  # whether it is due or not
        fresh = [entry.id for entry in reader.get_entries(read=False)]
        assert fresh == ["tag:example.org,2026:issues/002"]


def test_formats_tell_a_reader_the_same(room: Newsroom) -> None:
    """Whatever the format, a reader has the same ids, titles, links, dates and content."""
    room.drop("000.txt", paper("2408.00001", "A") + paper("2408.00002", "B"))
    room.build()
    seen = []
    for kind in ("atom", "rss", "json"):
        with subscribed(room, f"feeds/papers.{kind}") as reader:
            seen.append(
                [
                    (each.id, each.title, each.link, each.published, each.content[0].value.strip())
                    for each in reader.get_entries()
                ]
            )
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) == 2
