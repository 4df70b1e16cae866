"""WebSub: the hub is told of each feed that changed, once, and nothing depends on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.commands.status import Status, read_status
from publisher.syndication.websub import HubResult, notify
from tests.support.hub import Hub
from tests.support.hub import hub as running
from tests.support.newsletter_folder import NOW, Newsroom, newsroom, paper

BASE = "https://news.example.org/"


@pytest.fixture
def hub() -> Iterator[Hub]:
    """Yield a hub."""
    with running() as found:
        yield found


@pytest.fixture
def room(tmp_path: Path, hub: Hub) -> Iterator[Newsroom]:
    """Yield a newsletter with that hub and one issue to publish."""
    with newsroom(tmp_path) as found:
        use(found, hub.url)
        found.drop("000.txt", paper("2411.00001", "One"))
        yield found


def use(room: Newsroom, url: str) -> None:
    """Set the hub."""
    path = room.folder / "publisher.toml"
    lines = [line for line in path.read_text("utf-8").splitlines() if "hub =" not in line]
    lines.insert(lines.index("[newsletter]") + 1, f"hub = {json.dumps(url)}")
    path.write_text("\n".join(lines), encoding="utf-8")


def tick(room: Newsroom) -> HubResult:
    """Do what `publisher run` does."""
    return room.tick().announced


def standing(room: Newsroom) -> Status:
    """Return what `publisher status` says."""
    room.reload()
    return read_status(room.settings, room.database, NOW)


def feeds(room: Newsroom) -> set[str]:
    """Return the addresses of all feeds but closed archives."""
    kinds = {".atom", ".rss", ".json"}
    paths = [path for path in room.files() if Path(path).suffix in kinds]
    return {BASE + path for path in paths if "/archive/" not in path}


def test_every_feed_once(room: Newsroom, hub: Hub) -> None:
    """What is new is told once; a tick with nothing new tells nothing."""
    announced = tick(room)
    assert announced == HubResult(told=len(feeds(room)))
    assert sorted(feeds(room)) == sorted(hub.told)
    assert HubResult() == tick(room)
    assert len(feeds(room)) == len(hub.told)


def test_in_place_when_told(room: Newsroom, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the hub is told, the feed is there, and so is its gzip."""
    seen: list[bool] = []
    hear = hub.hear

    def look(path: str, form: dict[str, list[str]]) -> tuple[int, str]:
        file = room.out / form["hub.url"][0].removeprefix(BASE)
        seen.append("One" in file.read_text("utf-8") and Path(f"{file}.gz").exists())
        return hear(path, form)

    monkeypatch.setattr(hub, "hear", look)
    tick(room)
    assert seen
    assert all(seen)


def test_only_what_changed(room: Newsroom, hub: Hub) -> None:
    """An edit tells of the feeds that have it; the same bytes written again tell of none."""
    tick(room)
    hub.told.clear()
    room.lose("feeds/issues.atom", "feeds/papers.atom")
    assert HubResult() == tick(room)
    assert b"One" in room.files()["feeds/issues.atom"], "written again"
    room.drop("000.txt", paper("2411.00001", "One", "We show that it does not."))
    assert tick(room).told
    assert len(hub.told) == len(set(hub.told)) > 0


def test_build_leaves_it_to_run(room: Newsroom, hub: Hub) -> None:
    """`build` tells nobody anything; the next tick does."""
    room.build()
    assert [] == hub.told
    tick(room)
    assert sorted(feeds(room)) == sorted(hub.told)


def test_hub_that_is_down(room: Newsroom, hub: Hub) -> None:
    """One that is down fails nothing, is asked once a tick, shown by status, and told later."""
    hub.answers = [503]
    announced = tick(room)
    assert (0, True) == (announced.told, "503" in announced.error)
    assert 1 == len(hub.requests)
    assert "one" in room.page("index.html").lower()
    shown = standing(room)
    assert feeds(room) == {BASE + feed for feed in shown.to_announce}
    of_hub = [line for line in shown.lines(room.settings) if line.startswith("hub:")]
    expected = f"hub: {len(feeds(room))} feeds are still to be announced: 503 Service Unavailable"
    assert [expected] == of_hub
    assert not shown.needs_a_person
    assert len(feeds(room)) == tick(room).told
    assert {} == standing(room).to_announce


def test_change_while_the_hub_is_down(room: Newsroom, hub: Hub) -> None:
    """However much changes meanwhile, each feed is told of once."""
    hub.answers = [503, 503]
    tick(room)
    room.drop("001.txt", paper("2411.00002", "Two"))
    tick(room)
    tick(room)
    assert sorted(feeds(room)) == sorted(hub.told)


def test_hub_that_refuses(room: Newsroom, hub: Hub) -> None:
    """What it refuses is not asked again before it changes; status says so, for a person."""
    hub.answers = [404]
    assert "404" in tick(room).error
    shown = standing(room)
    assert (1, True) == (len(shown.refused_by_hub), shown.needs_a_person)
    refused = next(iter(shown.refused_by_hub))
    expected = f"hub: {refused} is refused: 404 Not Found; is newsletter.hub right?"
    assert expected in shown.lines(room.settings)
    asked = len(hub.requests)
    assert HubResult() == tick(room)
    assert asked == len(hub.requests)
    room.drop("000.txt", paper("2411.00001", "One", "We show that it does not."))
    tick(room)
    assert {} == standing(room).refused_by_hub


def test_what_is_no_more_is_not_refused(room: Newsroom, hub: Hub) -> None:
    """A feed in a language that went is forgotten, and nobody is asked to look at it."""
    hub.answers = [404]
    tick(room)
    assert {"feeds/en/issues.atom"} == set(standing(room).refused_by_hub)
    path = room.folder / "publisher.toml"
    text = path.read_text("utf-8").replace("[newsletter]", '[newsletter]\nlanguages = ["en"]')
    path.write_text(text, encoding="utf-8")
    tick(room)
    assert {} == standing(room).refused_by_hub


def test_without_a_hub(room: Newsroom, hub: Hub) -> None:
    """Without one nothing is told, kept or shown."""
    use(room, "")
    assert HubResult() == tick(room)
    assert ({}, []) == (standing(room).to_announce, hub.requests)


def test_another_hub(room: Newsroom, hub: Hub) -> None:
    """A new hub is told of every feed: all of them name it now."""
    tick(room)
    with running() as other:
        use(room, other.url)
        tick(room)
        assert sorted(hub.told) == sorted(other.told)


def test_feed_that_is_gone(room: Newsroom, hub: Hub) -> None:
    """A feed that is no more by the time the hub is up again is not told of."""
    room.build()
    gone = room.out / "feeds" / "papers.rss"
    gone.unlink()
    assert "feeds/papers.rss" in standing(room).to_announce
    notify(room.settings, room.database, lambda: False)
    assert BASE + "feeds/papers.rss" not in hub.told
    assert {} == standing(room).to_announce


def test_stopped(room: Newsroom, hub: Hub) -> None:
    """Who is stopped tells the hub no more; the next tick does."""
    room.tick(stopping=True)
    assert [] == hub.told
    tick(room)
    assert sorted(feeds(room)) == sorted(hub.told)
