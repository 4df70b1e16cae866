"""Whatever one digest does to the program, it is that digest's error, and the others go on."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from publisher import factories
from publisher.config import Settings
from publisher.digest import parser as digest_reading
from publisher.errors import FaultError, InputError, NotFoundError
from publisher.feeds.entry import EntryBuilder
from publisher.model import Level
from publisher.pipeline.tick import Built
from publisher.render.site import Renderer
from publisher.sources import scan, time_limit
from publisher.sources.contents import read_file
from publisher.sources.time_limit import limit_cpu_time
from publisher.subscribers import admin
from tests.support.newsletter_folder import KEYS, NOW, Newsroom, newsroom, paper

BAD, GOOD = "001_aa.txt", "002_bb.txt"
#: What each of them may raise.
FAULTS = [MemoryError(), RecursionError("too deep"), ValueError("a\nb"), AssertionError()]
LIMITS = "max_bytes = 2000\nmax_lines = 100\n"
MAIL = '[mail]\nfrom = "Digest <digest@example.org>"\n'


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter of two digests, with Ann on the list, which has ticked before."""
    with newsroom(tmp_path, LIMITS + MAIL) as found:
        admin.add(found.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        found.tick()
        found.drop(BAD, paper("2408.05211", "VITA"))
        found.drop(GOOD, paper("2408.05147", "Gemma Scope"))
        yield found


def told(built: Built) -> list[tuple[str, str]]:
    """Return file and code of each error."""
    return [(each.file, each.code) for each in built.diagnostics if each.level is Level.error]


def fail_at(
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    name: str,
    is_bad: Callable[..., bool],
    fail: Callable[[], object],
) -> None:
    """Have a function of the program fail at some arguments."""
    before = getattr(owner, name)

    def failing(*given: Any, **named: Any) -> Any:
        return fail() if is_bad(*given) else before(*given, **named)

    monkeypatch.setattr(owner, name, failing)


def raising(error: Exception) -> Callable[[], object]:
    """Return a function that raises the error."""

    def fail() -> object:
        raise error

    return fail


def never_end() -> object:
    """Work for ever."""
    while True:
        pass


def be_killed() -> None:
    """End as a process does for which the kernel has no memory left."""
    os.kill(os.getpid(), signal.SIGKILL)


# --- Bounds -------------------------------------------------------------------------------


def test_a_digest_of_too_many_bytes_is_not_read(room: Newsroom) -> None:
    """A file of a terabyte is one error, at once; the other digest is published."""
    with (room.folder / "seeds" / BAD).open("r+b") as file:
        file.truncate(10**12)
    built = room.build()
    assert [(f"seeds/{BAD}", "too-large")] == told(built)
    said = "1000000000000 bytes; digests.max_bytes allows 2000; part it"
    assert said in str(built.diagnostics[0])
    assert ["002"] == list(room.records())


def test_bounds_hold_what_is_just_within_them(room: Newsroom) -> None:
    """A byte or a line more than allowed is an error, and not one less."""
    text = paper("2408.05211", "VITA")
    for filling, code in (
        ("x" * (2000 - len(text.encode())), []),
        ("x" * (2001 - len(text.encode())), ["too-large"]),
        ("\n" * (99 - text.count("\n")), []),
        ("\n" * (100 - text.count("\n")), ["too-large"]),
    ):
        room.drop(BAD, text + filling)
        assert code == [code for _, code in told(room.build())]


def test_a_digest_of_too_many_items_is_an_error() -> None:
    """It is told at the first item that is too many."""
    text = "".join(f"# t{n}\nhttps://a.org/{n}\n\n" for n in range(10_001))
    found = digest_reading.read(text.encode(), "1.txt", languages=("en",), zone=NOW.tzinfo)  # type: ignore[arg-type]  # UTC
    assert found.issue is None
    [error] = found.diagnostics
    assert (30_001, "too-large") == (error.line, error.code)
    assert "10001 items; an issue has at most 10000" == error.message


def test_what_has_no_end_is_no_digest(room: Newsroom, tmp_path: Path) -> None:
    """A FIFO that nobody writes to, and a device that never ends, are errors at once."""
    os.mkfifo(tmp_path / "fifo.txt")
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    for name in ("fifo.txt", "zero.txt"):
        with pytest.raises(OSError, match="not a regular file"):
            read_file(tmp_path / name, 1000)
        with pytest.raises(InputError, match="cannot be read: not a regular file"):
            list(room.check(tmp_path / name))
        (room.folder / "seeds" / name).symlink_to(tmp_path / name)
        found = room.read(scan.FileStamp(name, 0, 0))
        assert ["unreadable"] == [each.code for each in found.diagnostics]
    assert ["unreadable"] * 2 == [each.code for each in room.build().diagnostics]


def test_a_file_that_says_it_is_empty_is_read_to_its_bound() -> None:
    """Files under /proc have more bytes than their size, which is 0."""
    assert read_file("/proc/self/status", 1_000_000)[0]
    with pytest.raises(OSError, match="max_bytes allows 10"):
        read_file("/proc/self/status", 10)


def test_check_and_preview_tell_what_is_too_large(room: Newsroom) -> None:
    """Both read a digest as `build` does."""
    room.drop(BAD, "x" * 2001)
    path = room.folder / "seeds" / BAD
    assert ["too-large"] == [each.code for each in room.check(path)]
    assert "too-large" in [each.code for each in room.check()]
    with pytest.raises(NotFoundError, match="too-large"):
        room.preview("001", NOW)


def test_processor_time_has_a_bound() -> None:
    """Waiting is free, and work is not."""
    with limit_cpu_time(0.05):
        time.sleep(0.1)
    with pytest.raises(TimeoutError, match=r"more than 0\.05 seconds"), limit_cpu_time(0.05):
        never_end()
    assert (0.0, 0.0) == signal.getitimer(signal.ITIMER_VIRTUAL)


def test_other_threads_are_not_hindered() -> None:
    """What needs the main thread is left out elsewhere: a preview's server reads digests too."""
    done: list[bool] = []

    def read() -> None:
        with limit_cpu_time(1):
            done.append(True)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert done


# --- Faults -------------------------------------------------------------------------------


@pytest.mark.parametrize("error", FAULTS, ids=repr)
@pytest.mark.parametrize("step", ["read", "summary"])
def test_a_fault_in_reading_is_that_digests(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, error: Exception, step: str
) -> None:
    """Whatever reading one digest raises, or summing it up, the other is published."""
    if step == "read":
        is_bad: Callable[..., bool] = lambda _, name: name == BAD  # noqa: E731
        fail_at(monkeypatch, digest_reading, "read", is_bad, raising(error))
    else:
        fail_at(monkeypatch, scan, "summarize", lambda its, _: its.slug == "001", raising(error))
    built = room.build()
    assert [(f"seeds/{BAD}", "internal")] == told(built)
    assert "\n" not in str(built.diagnostics[0])
    assert built.failed
    assert ["002"] == list(room.records())
    monkeypatch.undo()
    assert [] == told(room.build())
    assert {"001", "002"} == room.records().keys()


@pytest.mark.parametrize("step", ["read", "issue_files"])
def test_an_endless_digest_is_an_error(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """What takes more processor time than any digest should ends, and names the digest."""
    monkeypatch.setattr(time_limit, "LONGEST", 1)
    if step == "read":
        fail_at(monkeypatch, digest_reading, "read", lambda _, name: name == BAD, never_end)
    else:
        fail_at(
            monkeypatch, Renderer, "issue_files", lambda _, its, *__: its.slug == "001", never_end
        )
    built = room.build()
    assert [(f"seeds/{BAD}", "internal")] == told(built)
    assert "takes more than 1 seconds of processor time" in str(built.diagnostics[-1])
    assert "Gemma Scope" in room.page("issues/002/index.html")


@pytest.mark.parametrize("error", FAULTS, ids=repr)
def test_a_fault_in_rendering_is_that_digests(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The other issue, the home page and the feeds are written; the next run tries again."""
    is_bad: Callable[..., bool] = lambda _, issue, *__: issue.slug == "001"  # noqa: E731
    fail_at(monkeypatch, Renderer, "issue_files", is_bad, raising(error))
    assert [(f"seeds/{BAD}", "internal")] == told(room.build())
    assert "Gemma Scope" in room.page("issues/002/index.html")
    assert "VITA" in room.page("feeds/issues.atom")
    assert not (room.out / "issues/001").exists()
    assert [(f"seeds/{BAD}", "internal")] == told(room.build())
    monkeypatch.undo()
    assert [] == told(room.build())
    assert "VITA" in room.page("issues/001/index.html")


def test_a_fault_on_the_home_page_shows_an_older_issue(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest issue that can be shown is."""

    def is_bad(_: Renderer, newest: tuple[Any, Any] | None, *__: object) -> bool:
        return newest is not None and newest[0].slug == "002"

    fail_at(monkeypatch, Renderer, "home_page", is_bad, raising(RecursionError()))
    room.build()
    assert "VITA" in room.page("index.html")


def test_a_fault_in_a_feed_leaves_out_one_entry(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Feeds have the other issues, and the digest is named, once for all feeds."""
    is_bad: Callable[..., bool] = lambda _, issue, *__: issue.slug == "001"  # noqa: E731
    fail_at(monkeypatch, EntryBuilder, "entry", is_bad, raising(MemoryError()))
    assert [(f"seeds/{BAD}", "internal")] == told(room.build())
    for name in ("issues.atom", "issues.rss", "issues.json", "papers.atom"):
        assert "Gemma Scope" in room.page(f"feeds/{name}")
        assert "VITA" not in room.page(f"feeds/{name}")


def test_a_fault_in_a_mail_keeps_back_that_mail(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other issue is mailed; the next run tries again."""
    is_bad: Callable[..., bool] = lambda _, issue, *__: issue.slug == "001"  # noqa: E731
    fail_at(monkeypatch, Renderer, "email", is_bad, raising(KeyError("x")))
    ticked = room.tick()
    assert {"002": 1} == ticked.mailed.planned
    assert f"seeds/{BAD}" in ticked.mailed.trouble
    with pytest.raises(FaultError, match="report this"):
        room.preview("001", NOW)
    monkeypatch.undo()
    assert {"001": 1} == room.tick().mailed.planned


@pytest.mark.parametrize("step", ["read", "issue_files"])
def test_a_digest_that_kills_processes_is_found(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Of a hundred digests one takes all memory: it fails alone, and is named."""
    # Processes are forked, and so have the fault, also where another test left a thread.
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    for number in range(3, 101):
        room.drop(f"{number:03}_aa.txt", paper(f"2408.{number:05}", f"Paper {number}"))
    if step == "read":
        is_bad: Callable[..., bool] = lambda _, name: name == BAD  # noqa: E731
        fail_at(monkeypatch, digest_reading, "read", is_bad, be_killed)
    else:
        is_bad = lambda _, issue, *__: issue.slug == "001"  # noqa: E731
        fail_at(monkeypatch, Renderer, "issue_files", is_bad, be_killed)
    built = room.build()
    assert [(f"seeds/{BAD}", "internal")] == told(built)
    assert "memory" in built.diagnostics[-1].message
    assert 99 == built.rendered.issues


def test_check_tells_of_a_fault_and_goes_on(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a digest's mail would show is checked for the others too."""
    is_bad: Callable[..., bool] = lambda _, issue, *__: issue.source == BAD  # noqa: E731
    fail_at(monkeypatch, Renderer, "email", is_bad, raising(RecursionError()))
    codes = [(each.file, each.code) for each in room.check()]
    assert [(f"seeds/{BAD}", "internal")] == codes


def test_an_unread_fault_is_no_issue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader gives the fault in place of an issue, so that all who read have it."""
    monkeypatch.setattr(digest_reading, "read", lambda *_, **__: raising(MemoryError())())
    found = factories.digest_reader(Settings(project=tmp_path)).parse("a.txt", b"x", path="b/a.txt")
    assert found.issue is None
    assert ["b/a.txt"] == [each.file for each in found.diagnostics]
