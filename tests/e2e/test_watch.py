"""`watch`: the daemon takes digests as they appear, and leaves when told to."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.newsletter import READERS, Newsletter, paper, until


@pytest.fixture
def watched(read_newsletter: Newsletter) -> Newsletter:
    """Return a newsletter with readers whose digests settle soon."""
    read_newsletter.set("digests", settle="0.5s")
    return read_newsletter


def _drop(newsletter: Newsletter, name: str, content: str | bytes) -> None:
    """Put a digest there as a whole: between two calls this process may have to wait."""
    data = content if isinstance(content, bytes) else content.encode()
    file = newsletter.root / "dropped"
    file.write_bytes(data)
    file.rename(newsletter.root / "seeds" / name)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_digest_dropped(watched: Newsletter, number: signal.Signals) -> None:
    """A digest dropped becomes an entry and mail; a signal ends the daemon with exit code 0."""
    with watched.started("watch") as daemon:
        daemon.says("Watching")
        _drop(watched, "000_aa.txt", paper(1))
        until(lambda: watched.mailed().total() == len(READERS), "mail")
        assert {"000"} == watched.entries().keys()
        assert Counter((who, "000") for who in READERS) == watched.mailed()
        assert 0 == daemon.end_within(5, number)
        assert [] == daemon.err


def test_digests_there_at_the_start(watched: Newsletter) -> None:
    """What was dropped while no daemon ran is taken when one starts."""
    _drop(watched, "000_aa.txt", paper(1))
    with watched.started("watch") as daemon:
        until(lambda: "000" in watched.entries(), "an entry")
        assert 0 == daemon.end(signal.SIGTERM)


def test_slow_writer(with_readers: Path, tmp_path: Path) -> None:
    """A digest written bit by bit is taken once, whole, however long that takes."""
    for settle in (0.5, 2.0, 8.0, 32.0):
        watched = Newsletter(shutil.copytree(with_readers, tmp_path / str(settle)))
        watched.set("digests", settle=f"{settle}s")
        with watched.started("watch") as daemon:
            daemon.says("Watching")
            if not _write_slowly(watched, "000_aa.txt", settle):
                continue  # it stood still for so long: on a busy machine, be slower
            daemon.says("published 000")
            assert 6 == len(watched.entries("papers"))
            assert not [line for line in daemon.out if "updated" in line]
            assert 0 == daemon.end(signal.SIGTERM)
            return
    raise AssertionError("this machine is too busy")


def _write_slowly(newsletter: Newsletter, name: str, settle: float) -> bool:
    """Write a digest of six papers in more time than it has to settle.

    False if this process was kept from writing for as long as that.
    """
    begun = time.monotonic()
    with (newsletter.root / "seeds" / name).open("wb", buffering=0) as file:
        for number in range(6):
            text = paper(number).encode()
            for part in (text[:100], text[100:]):
                file.write(part)
                now = time.monotonic()
                if now - begun > settle:
                    return False
                assert "000" not in newsletter.entries()
                begun = now
                time.sleep(settle / 4)  # this writer's own pace
    return True


def test_stopped_while_a_digest_is_written(watched: Newsletter) -> None:
    """SIGTERM ends the daemon at once even while it waits for a writer to finish."""
    watched.set("digests", settle="60s")
    _drop(watched, "000_aa.txt", paper(1))
    with watched.started("watch") as daemon:
        daemon.says("Watching")
        assert 0 == daemon.end_within(5, signal.SIGTERM)
    assert {} == watched.entries()


def test_stopped_in_a_build_without_end(watched: Newsletter) -> None:
    """SIGTERM ends a run within ten seconds whatever it does, with a line that says so."""
    _drop(watched, "000_aa.txt", paper(1))
    endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    (watched.root / "templates" / "issue.html").write_text(endless)
    with watched.started("run") as running:
        until(lambda: any(watched.root.glob(".publisher/digests/*")), "a digest read")
        assert 1 == running.end_within(10, signal.SIGTERM)
        said = ["publisher: stopped in the midst of its work; the next run goes on"]
        assert said == running.err


def test_broken_digest(watched: Newsletter) -> None:
    """A broken digest is reported with its place, and the daemon takes the next one."""
    with watched.started("watch") as daemon:
        daemon.says("Watching")
        _drop(watched, "000_aa.txt", b"## A\n\xff\xfe\n")
        assert daemon.says("000_aa.txt", err=True).startswith("seeds/000_aa.txt:2:1: error: ")
        _drop(watched, "001_bb.txt", paper(2))
        daemon.says("published 001")
        _drop(watched, "000_aa.txt", paper(1))
        daemon.says("published 000")
        assert 0 == daemon.end(signal.SIGTERM)


def test_what_stays_as_it_is_is_told_once(watched: Newsletter) -> None:
    """What keeps a digest back is told by one tick, not by each, and anew when it is back."""
    with watched.started("watch") as daemon:
        daemon.says("Watching")
        _drop(watched, "000_aa.txt", b"## A\n\xff\xfe\n")
        _drop(watched, "2099-01-01.txt", paper(1))
        daemon.says("000_aa.txt", err=True)
        daemon.says("waiting: 2099-01-01.txt")
        _drop(watched, "001_bb.txt", paper(2))
        daemon.says("published 001")
        _drop(watched, "000_aa.txt", paper(3))
        daemon.says("published 000")
        assert 1 == len(daemon.err)
        assert 1 == sum("waiting" in line for line in daemon.out)
        _drop(watched, "000_aa.txt", b"## A\n\xff\xfe\n")
        until(lambda: 2 == len(daemon.err), "the error again")
        assert daemon.err[0] == daemon.err[1]
        assert 0 == daemon.end(signal.SIGTERM)


def test_settings_broken_and_mended(watched: Newsletter) -> None:
    """Settings that cannot be used are one line; the daemon goes on once they are mended."""
    file = watched.root / "publisher.toml"
    good = file.read_text()
    with watched.started("watch") as daemon:
        daemon.says("Watching")
        file.write_text("[mail\n")
        assert ": not TOML: " in daemon.says("publisher.toml:1", err=True)
        file.write_text(good)
        _drop(watched, "000_aa.txt", paper(1))
        daemon.says("published 000")
        assert 0 == daemon.end(signal.SIGTERM)


def test_temporary_names_are_left_alone(watched: Newsletter) -> None:
    """A file that a copy makes under a hidden name is taken under its final name."""
    with watched.started("watch") as daemon:
        daemon.says("Watching")
        _drop(watched, ".000_aa.txt.part", paper(1))
        (watched.root / "seeds" / ".000_aa.txt.part").rename(watched.root / "seeds" / "000_aa.txt")
        daemon.says("published 000")
        assert 0 == daemon.end(signal.SIGTERM)


def test_no_digest_folder(newsletter: Newsletter) -> None:
    """Without the folder of digests there is nothing to watch: one line says so."""
    os.rmdir(newsletter.root / "seeds")  # noqa: PTH106  (must be empty)
    assert "seeds: no such folder" in newsletter.complaint("watch", "--quiet")
