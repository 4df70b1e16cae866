"""The journal of a sending process: what it noted is there after it is gone, however it went."""

from __future__ import annotations

import os
import signal
import struct
from pathlib import Path

import pytest

from publisher.delivery.journal import Journal, JournalEntry
from publisher.errors import StateError
from publisher.model import DeliveryState
from publisher.storage.claims import Try

ACCEPTED = Try(
    relay="mail.example.org:25", state=DeliveryState.accepted, code=250, words="queued as 4XYZ"
)


def dead(folder: Path, name: str = "mine", room: int = 4) -> dict[int, Try | None] | None:
    """Read the journal of a process that is gone."""
    found = JournalEntry.open(folder / name)
    assert found
    read = found.read(room=room)
    found.close(remove=False)
    return read


def killed(folder: Path, *, ended: bool) -> None:
    """Leave the journal of a process that was killed while it sent."""
    process = os.fork()
    if not process:
        journal = Journal(folder, "mine", room=4)
        journal.record_begin(7)
        if ended:
            journal.record_result(7, ACCEPTED)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(process, 0)


@pytest.mark.parametrize("ended", [False, True])
def test_what_a_killed_process_noted_is_there(tmp_path: Path, *, ended: bool) -> None:
    """After kill -9 it is known what had begun, and what was answered."""
    killed(tmp_path, ended=ended)
    assert {7: ACCEPTED if ended else None} == dead(tmp_path)


def test_an_answer_that_was_cut_off_is_none(tmp_path: Path) -> None:
    """A record that is not whole is what it was before: begun, and nobody knows."""
    journal = Journal(tmp_path, "mine", room=4)
    journal.record_begin(7)
    with pytest.raises(struct.error):
        journal.record_result(7, ACCEPTED._replace(code=1 << 16))  # fails in the middle of it
    journal.close(remove=False)
    assert {7: None} == dead(tmp_path)


def test_a_living_ones_journal_is_left_alone(tmp_path: Path) -> None:
    """As long as its process lives, nobody else settles what it has claimed."""
    journal = Journal(tmp_path, "mine", room=4)
    assert JournalEntry.open(tmp_path / "mine") is None
    journal.close(remove=True)


def test_what_the_ledger_has_is_forgotten(tmp_path: Path) -> None:
    """A journal never grows: what is settled makes room."""
    journal = Journal(tmp_path, "mine", room=2)
    for delivery in range(1_000):
        journal.record_begin(delivery)
        journal.record_result(delivery, ACCEPTED)
        journal.forget([delivery])
    assert 2 * 1024 == (tmp_path / "mine").stat().st_size
    journal.close(remove=True)
    assert [] == list(tmp_path.iterdir())


def test_one_that_never_began_may_have_ended(tmp_path: Path) -> None:
    """A recipient who is refused before the message is noted too."""
    refused = Try(relay="r:25", state=DeliveryState.rejected, code=550, words="5.1.1 no such user")
    process = os.fork()
    if not process:
        Journal(tmp_path, "mine", room=1).record_result(3, refused)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(process, 0)
    assert {3: refused} == dead(tmp_path, room=1)


def test_long_words_are_cut(tmp_path: Path) -> None:
    """However much a relay says, it fits, and is still text."""
    process = os.fork()
    if not process:
        wordy = Try(relay="r:25", state=DeliveryState.deferred, code=450, words="满" * 5_000)
        Journal(tmp_path, "mine", room=1).record_result(1, wordy)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(process, 0)
    known = dead(tmp_path, room=1)
    assert known
    found = known[1]
    assert found
    assert set(found.words) <= set("满\N{REPLACEMENT CHARACTER}")


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    """Without a journal nothing is sent, and one line says why."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="nothing was sent"):
        Journal(tmp_path / "file", "mine", room=1)


@pytest.mark.parametrize("size", [0, 1, 3000, 3072, 5120])
def test_one_of_another_size(tmp_path: Path, size: int) -> None:
    """Of a journal that was cut off nothing is believed: what is not in it may have been begun."""
    (tmp_path / "mine").write_bytes(bytes(size))
    assert dead(tmp_path) is None


@pytest.mark.parametrize(
    "damaged",
    [
        b"\3",  # no kind of record
        b"\2" + bytes(8) + b"\xff",  # no state
        b"\2" + bytes(9) + b"\xff",  # no kind of bounce
        b"\2" + bytes(12) + b"\xff\xff\xff\xff",  # longer than itself
    ],
)
def test_a_damaged_one(tmp_path: Path, damaged: bytes) -> None:
    """Nor is anything of one with a record that is none."""
    killed(tmp_path, ended=True)
    whole = (tmp_path / "mine").read_bytes()
    (tmp_path / "mine").write_bytes(damaged + whole[len(damaged) :])
    assert dead(tmp_path) is None
