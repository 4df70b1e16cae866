"""Uncertain deliveries are settled by what a relay's log says, whatever form it comes in."""

import email
import gzip
import io
import lzma
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from publisher.commands.deliveries import list_deliveries
from publisher.commands.reconcile import Reconciled, reconcile
from publisher.errors import InputError
from publisher.model import DeliveryState
from publisher.storage import deliveries
from publisher.storage.tables import delivery
from publisher.subscribers import admin
from tests.support.newsletter_folder import KEYS, NOW, Newsroom, newsroom, paper
from tests.unit.delivery.test_mail_log import CUT, begun, queued

READERS = ANN, BOB, CLEO = ("ann@example.org", "bob@example.org", "cleo@example.org")
UNCERTAIN = DeliveryState.uncertain.value


def copies(room: Newsroom) -> dict[str, str]:
    """Take every mail out of the outbox: to whom it is, and its Message-ID."""
    found = {}
    for file in (room.folder / ".publisher" / "outbox" / "new").iterdir():
        mail = email.message_from_bytes(file.read_bytes())
        found[mail["To"]] = mail["Message-ID"].strip("<>")
        file.unlink()
    return found


class Office:
    """A newsletter whose mail nobody knows the fate of, and where its relay's log goes."""

    def __init__(self, room: Newsroom, folder: Path) -> None:
        self.room = room
        self.folder = folder
        self.names = copies(room)
        self.doubt()

    def doubt(self, **values: object) -> None:
        """Make all deliveries uncertain, with these values."""
        with self.room.database.write() as connection:
            connection.execute(
                update(delivery).values({"state": UNCERTAIN, "reply": "no answer", **values})
            )

    def reconcile(self, *files: str | Path, stdin: bytes = b"") -> Reconciled:
        """Read logs."""
        return reconcile(
            self.room.settings,
            self.room.database,
            [str(file) for file in files],
            io.BytesIO(stdin),
            NOW,
        )

    def log(self, *lines: str) -> bytes:
        """Return a log of these lines."""
        return "".join(f"{each}\n" for each in lines).encode()

    def states(self) -> dict[str, str]:
        """Return where each delivery is."""
        return {
            each.address: each.state
            for each in list_deliveries(self.room.settings, self.room.database, None, ())
        }


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Yield one with three readers."""
    with newsroom(tmp_path, '[mail]\nfrom = "Digest <digest@example.org>"\n') as room:
        for address in READERS:
            admin.add(room.database, KEYS, address, name="", language="", now=NOW)
        room.drop("001.txt", paper("2408.05211", "VITA"))
        room.tick()
        yield Office(room, tmp_path)


def test_settled(office: Office) -> None:
    """What the relay had is accepted, what it did not take is pending, the rest is uncertain."""
    log = office.log(
        *begun("AAAAAAAAAA1", office.names[ANN]), queued("AAAAAAAAAA1"),
        *begun("AAAAAAAAAA2", office.names[BOB]), CUT,
    )  # fmt: skip
    assert Reconciled(accepted=1, pending=1, uncertain=1) == office.reconcile("-", stdin=log)
    assert {ANN: "accepted", BOB: "pending", CLEO: "uncertain"} == office.states()
    replies = [
        each.reply for each in list_deliveries(office.room.settings, office.room.database, None, ())
    ]
    assert "the relay's log has it: queued as AAAAAAAAAA1" == replies[0]
    assert replies[1].startswith("not taken, the relay's log says: lost connection after DATA")


def test_what_is_pending_goes_out(office: Office) -> None:
    """What the relay did not take is sent at the next run, under the same Message-ID."""
    log = office.log(*begun(name=office.names[BOB]), CUT)
    office.reconcile("-", stdin=log)
    office.room.tick(NOW + timedelta(hours=1))
    assert {BOB: office.names[BOB]} == copies(office.room)


def test_a_log_read_twice(office: Office) -> None:
    """A log that was read changes nothing any more."""
    log = office.log(*begun(name=office.names[ANN]), queued())
    office.reconcile("-", stdin=log)
    assert Reconciled(accepted=0, pending=0, uncertain=2) == office.reconcile("-", stdin=log)


@pytest.mark.parametrize("state", ["accepted", "rejected", "pending", "deferred", "suppressed"])
def test_only_what_is_uncertain_changes(office: Office, state: str) -> None:
    """A delivery whose fate is known is none of the log's business."""
    office.doubt(state=state)
    log = office.log(*begun(name=office.names[ANN]), queued(), *begun(name=office.names[BOB]), CUT)
    assert Reconciled(accepted=0, pending=0, uncertain=0) == office.reconcile("-", stdin=log)
    assert {state} == set(office.states().values())


@pytest.mark.parametrize("values", [{"attempts": 2}, {"attempts": 0}])
def test_a_refusal_of_another_time(office: Office, values: dict[str, int]) -> None:
    """A refusal may be of an earlier time, unless there was no other; a log that has it may not."""
    office.doubt(**values)
    log = office.log(*begun(name=office.names[ANN]), queued(), *begun(name=office.names[BOB]), CUT)
    assert Reconciled(accepted=1, pending=0, uncertain=2) == office.reconcile("-", stdin=log)


def test_a_refusal_before_a_restore(office: Office) -> None:
    """A restored state does not know how often a delivery was begun."""
    office.doubt(state="deferred", attempts=1)
    with office.room.database.write() as connection:
        deliveries.mark_unfinished_uncertain(connection, NOW)
    log = office.log(*begun(name=office.names[BOB]), CUT)
    assert Reconciled(accepted=0, pending=0, uncertain=3) == office.reconcile("-", stdin=log)


def test_taken_in_the_end(office: Office) -> None:
    """A message that was cut off once, and then taken, was taken."""
    name = office.names[ANN]
    log = office.log(*begun(name=name), CUT, *begun("AAAAAAAAAA1", name), queued("AAAAAAAAAA1"))
    assert 1 == office.reconcile("-", stdin=log).accepted


@pytest.mark.parametrize(
    ("pack", "name"),
    [(bytes, "mail.log"), (gzip.compress, "mail.log.2.gz"), (lzma.compress, "packed")],
    ids=["not", "gzip", "xz"],
)
def test_packed(office: Office, pack: Callable[[bytes], bytes], name: str) -> None:
    """A log may be packed, whatever its name says."""
    (office.folder / name).write_bytes(pack(office.log(*begun(name=office.names[ANN]), queued())))
    assert 1 == office.reconcile(office.folder / name).accepted


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Nov 19 23:59:59", "Nov 20 00:00:01"),
        ("Nov 30 23:59:59", "Nov 20 00:00:01"),
        ("<22>Dec 31 23:59:59", "<22>Jan  1 00:00:01"),
        ("2026-11-19T23:59:59.5+01:00", "2026-11-20T00:00:01+01:00"),
    ],
)
def test_files_in_any_order(office: Office, first: str, second: str) -> None:
    """Files are read oldest first, as `mail.log*` does not name them; the year is the last."""
    start = office.log(*begun(name=office.names[ANN])).replace(b"Nov 21 11:43:14", first.encode())
    end = office.log(queued()).replace(b"Nov 21 11:43:14", second.encode())
    (office.folder / "mail.log").write_bytes(end)
    (office.folder / "mail.log.1").write_bytes(start)
    assert 1 == office.reconcile(office.folder / "mail.log", office.folder / "mail.log.1").accepted


def test_lines_over_the_parts_it_is_read_in(office: Office) -> None:
    """No line is lost where one part of a log ends and the next begins."""
    other = b"Nov 21 11:43:14 relay postfix/smtpd[9512]: connect from localhost[127.0.0.1]\n"
    lines = office.log(*begun(name=office.names[ANN]), queued())
    for shift in range(0, len(lines), 7):
        office.doubt()
        log = other * (((1 << 20) - shift) // len(other)) + lines
        assert 1 == office.reconcile("-", stdin=log).accepted


def test_a_line_without_an_end(office: Office) -> None:
    """What is no log does no harm, and what comes after it is read."""
    log = b"x" * (5 << 20) + b"\n" + office.log(*begun(name=office.names[ANN]), queued())
    assert 1 == office.reconcile("-", stdin=log).accepted


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file or directory"),
        (gzip.compress(b"x" * 100)[:-12], "Compressed file ended before the end-of-stream marker"),
        (gzip.compress(b"x" * 100)[:10] + b"\xff" * 50, "Error -3 while decompressing data"),
        (lzma.compress(b"x" * 100)[:-12], "Compressed file ended before the end-of-stream marker"),
    ],
    ids=["gone", "cut", "broken", "cut xz"],
)
def test_a_file_that_cannot_be_read(office: Office, content: bytes | None, reason: str) -> None:
    """A file that is not there, or broken, is told with its name, and nothing is settled."""
    good, bad = office.folder / "good", office.folder / "bad"
    good.write_bytes(office.log(*begun(name=office.names[ANN]), queued()))
    if content is not None:
        bad.write_bytes(content)
    with pytest.raises(InputError) as caught:
        office.reconcile(good, bad)
    assert str(caught.value).startswith(f"{bad}: cannot be read: {reason}")
    assert {"uncertain"} == set(office.states().values())
