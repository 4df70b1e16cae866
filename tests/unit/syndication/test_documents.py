"""Which documents of feeds stand under out/: those in the newsletter's languages, no others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.feed_archives import names
from tests.support.newsletter_folder import NOW, Newsroom, fresh_database, newsroom, paper

LATER = NOW + timedelta(days=1)
WHOLE = {"issues", "papers", "tags/llm", "sections/vision"}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter in two languages, with an issue."""
    with newsroom(tmp_path) as found:
        its = paper("2408.05211", "VITA")
        found.drop("001.txt", f"---\ntags: [llm]\n---\n# Vision\n\n{its}# Agents\n\nNone.\n")
        found.build()
        yield found


def speak(room: Newsroom, languages: str) -> None:
    """Set the newsletter's languages."""
    toml = room.folder / "publisher.toml"
    lines = toml.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line and not line.startswith("languages")]
    kept.insert(1, f"languages = {languages}")
    toml.write_text("\n".join(kept) + "\n", encoding="utf-8")


def its_feeds(*languages: str) -> set[str]:
    """Return the names of all feeds, in all languages together and in each of these."""
    return WHOLE | {f"{language}/{name}" for language in languages for name in WHOLE}


def test_feeds_in_a_language_that_went_are_gone(room: Newsroom) -> None:
    """What nobody writes any more would keep what is withdrawn, and lead to closed archives."""
    assert names(room.out) == its_feeds("en", "zh-Hans")
    speak(room, '["en"]')
    room.build(LATER)
    assert names(room.out) == WHOLE
    assert not list((room.out / "feeds").rglob("zh-Hans*"))
    assert not list((room.out / "feeds").rglob("en*"))


def test_one_language_for_another(room: Newsroom) -> None:
    """Feeds in the language that stays are there as before."""
    speak(room, '["en", "ja"]')
    room.build(LATER)
    assert names(room.out) == its_feeds("en", "ja")


def test_a_language_that_went_and_came_back(room: Newsroom) -> None:
    """Its feeds are there again, also when the run that was to remove them never came to it."""
    before = room.files()
    speak(room, '["en"]')
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("publisher.pipeline.render.SiteWriter.write", _killed)
        with pytest.raises(KeyboardInterrupt):
            room.build(LATER)
    speak(room, '["en", "zh-Hans"]')
    room.build(LATER)
    assert room.files() == before


def test_languages_that_went_together_with_the_state(room: Newsroom) -> None:
    """On an empty state, too, what is under out/ in another language is removed."""
    speak(room, '["en"]')
    room.database.close()
    with fresh_database(room.folder) as database:
        room.database = database
        room.build(LATER)
        assert names(room.out) == WHOLE


def test_what_is_not_ours_stays(room: Newsroom) -> None:
    """A file that somebody else put below feeds/ is left alone."""
    folder = room.out / "feeds/mine"
    folder.mkdir()
    (folder / "issues.json").write_text("{}")
    (room.out / "feeds/en/notes.txt").write_text("Mine.")
    speak(room, '["zh-Hans"]')
    room.build(LATER)
    assert (folder / "issues.json").read_text() == "{}"
    assert [path.name for path in (room.out / "feeds/en").iterdir()] == ["notes.txt"]


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
