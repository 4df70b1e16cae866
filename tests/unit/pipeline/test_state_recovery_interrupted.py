"""Where an old address leads after a crash, and after the state was lost."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from publisher.pipeline.render import SiteWriter
from publisher.site.output import Output
from tests.support.newsletter_folder import Newsroom, fresh_database
from tests.support.renames import ONE, TWO, have, read_newsroom, same_again, targets


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with a reader."""
    with read_newsroom(tmp_path) as found:
        yield found


@contextmanager
def lost_state(room: Newsroom) -> Iterator[None]:
    """Go on with a new state."""
    room.database.close()
    shutil.rmtree(room.folder / ".publisher")
    with fresh_database(room.folder) as database:
        room.database = database
        yield


def test_killed_before_rendering(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was decided before a crash is written by the next run."""
    have(room, {"a.txt": ONE})
    with monkeypatch.context() as patch:
        patch.setattr(SiteWriter, "write", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            have(room, {"b.txt": ONE}, 1)
    room.build()
    assert {"a": "b", "b": "b"} == targets(room, *"ab")
    same_again(room)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("names", [("a.txt", "b.txt", "c.txt"), ("a.txt", "b.txt", "a.txt")])
def test_killed_while_writing(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, names: tuple[str, str, str]
) -> None:
    """Wherever a run dies, the next one leaves what one that lives does."""
    for week, name in enumerate(names[:2]):
        have(room, {name: ONE}, week)
    write, remove, left = Output.write, Output.remove, 0

    def count() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt

    def dying_write(self: Output, path: str, data: bytes) -> bool:
        count()
        return write(self, path, data)

    def dying_remove(self: Output, path: str) -> bool:
        count()
        return remove(self, path)

    died = 0
    while True:
        left = died
        with monkeypatch.context() as patch:
            patch.setattr(Output, "write", dying_write)
            patch.setattr(Output, "remove", dying_remove)
            try:
                have(room, {names[2]: ONE}, 2)
                break
            except KeyboardInterrupt:
                died += 1
    assert died > 3
    here = names[2][0]
    assert {name[0]: here for name in names} == targets(room, *(name[0] for name in names))
    same_again(room)


def test_known_again_from_out(room: Newsroom) -> None:
    """Without state, what leads on under out/ says which addresses an issue had."""
    have(room, {"a.txt": ONE})
    have(room, {"b.txt": ONE}, 1)
    before = room.files()
    with lost_state(room):
        room.build()
        assert before == room.files()
        same_again(room)
        have(room, {"c.txt": ONE}, 2)
        assert dict.fromkeys("abc", "c") == targets(room, *"abc")
        have(room, {}, 3)
        assert dict.fromkeys("abc") == targets(room, *"abc")


def test_renamed_while_the_state_was_lost(room: Newsroom) -> None:
    """An issue that is known again under another name is led to from all it had."""
    have(room, {"a.txt": ONE})
    have(room, {"b.txt": ONE}, 1)
    with lost_state(room):
        have(room, {"c.txt": ONE}, 2)
        assert dict.fromkeys("abc", "c") == targets(room, *"abc")
        same_again(room)


def test_gone_while_the_state_was_lost(room: Newsroom) -> None:
    """What does not come back after the state was lost is not led to."""
    have(room, {"a.txt": ONE})
    have(room, {"b.txt": ONE}, 1)
    with lost_state(room):
        have(room, {}, 2)
        assert dict.fromkeys("ab") == targets(room, *"ab")


def test_an_old_name_is_used_while_the_state_was_lost(room: Newsroom) -> None:
    """A new issue has its page, whatever led on from there."""
    have(room, {"a.txt": ONE})
    have(room, {"b.txt": ONE}, 1)
    with lost_state(room):
        have(room, {"a.txt": TWO, "b.txt": ONE}, 2)
        assert {"a": "a", "b": "b"} == targets(room, *"ab")
        same_again(room)
