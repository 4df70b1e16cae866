"""Reading over IMAP from servers that say what no server should."""

import logging
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from imapclient import IMAPClient

from publisher.errors import MailboxError
from publisher.mail.imap import unseen
from publisher.mail.imap_reader import BoundedClient, Reader
from publisher.mail.inbound import Access
from tests.unit.mail.test_imap import ONE, read, scripted

BODY = b"* 1 FETCH (UID 7 BODY[]<0> "
DONE = b"\r\nTAG OK done"


def fetched(answer: bytes) -> dict[str, bytes]:
    """Return the script of a server with one unseen mail."""
    return {**ONE, "FETCH": answer}


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (fetched(BODY + b"{99999999999}\r\n"), "announces 99999999999 bytes"),
        (fetched(BODY + b"{" + b"9" * 5000 + b"}\r\n"), "cannot be understood"),
        (fetched(BODY + b"{-1}\r\nmail)" + DONE), "unexpected response"),
        (fetched(BODY + b"{1e9}\r\nmail)" + DONE), "unexpected response"),
        (fetched(BODY + b"{3000000}\r\n" + b"a" * 3_000_000 + b" {3000000}\r\n"), "too much"),
        (fetched((BODY + b"{999999}\r\n" + b"a" * 999_999 + b")\r\n") * 9), "too much"),
        (fetched(b"* 1 EXISTS\r\n" * 30_000 + DONE), "says too much"),
        (fetched(b"* " + b"a" * 2_000_000), "a line that is too long"),
        (fetched(b"\0\0\0" + DONE), "unexpected response"),
        (fetched(b"* 1 FETCH " + b"(" * 100_000 + DONE), "cannot be understood"),
        (fetched(BODY + b"{4}\r\nmail" + DONE), "could not be read"),
        ({"SEARCH": b"* SEARCH 7\r\n* SEARCH 8" + DONE}, "cannot be understood"),
        ({"SEARCH": b"* SEARCH " + b"1234567 " * 150_000 + DONE}, "a line that is too long"),
        ({"LOGIN": b"TAG NO no " + b"x" * 900_000}, "no xxx"),
        ({"LOGIN": b'TAG NO you said p"w'}, "you said ***"),
        ({"SELECT": b"* \xff EXISTS" + DONE, "SEARCH": b"TAG \xff"}, "unexpected response"),
    ],
)
def test_too_much(script: dict[str, bytes], words: str) -> None:
    """What no server says is one short line, and nothing of it is kept in memory."""
    with scripted(script=script) as server, pytest.raises(MailboxError) as caught:
        read(server, "off")
    assert words in str(caught.value)
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "answer",
    [
        b"TAG OK it is gone",
        b"* 1 FETCH (UID 7 FLAGS ())" + DONE,
        b"* 1 FETCH (UID 7 BODY[]<0> NIL)" + DONE,
        b"* 2 FETCH (UID 8 BODY[]<0> {4}\r\nmail)" + DONE,
        b"* 2 FETCH (BODY[]<0> {4}\r\nmail UID 8)" + DONE,
    ],
)
def test_no_body(answer: bytes) -> None:
    """A mail that is gone, or another one that the server tells of, is no mail."""
    with scripted(script=fetched(answer)) as server:
        assert [] == read(server, "off")


def test_others_between() -> None:
    """Of several mails in an answer the one that was asked for counts, as far as was asked."""
    answer = b"* 2 FETCH (UID 8 BODY[]<0> {5}\r\nother)\r\n" + BODY + b"{100}\r\n" + b"m" * 100
    with scripted(script=fetched(answer + b")" + DONE)) as server:
        assert [b"m" * 99] == read(server, "off")


def test_odd_numbers() -> None:
    """What is no UID is not asked for, and no mail is asked for twice."""
    numbers = b"* SEARCH 7 7 8 0 99999999999 abc 1:* -3 9a 8\r\nTAG OK done"
    with scripted(script={"SEARCH": numbers}) as server:
        assert [] == read(server, "off")
    asked = [command.split()[2] for command in server.heard if command.startswith("UID FETCH")]
    assert ["7", "8"] == asked


def test_a_large_folder() -> None:
    """A folder of many mails is searched in parts, since a line has a bounded length."""
    script = {"SELECT": b"* 25000 EXISTS" + DONE, "SEARCH": b"* SEARCH" + DONE}
    with scripted(script=script) as server:
        assert [] == read(server, "off")
    searched = [command for command in server.heard if command.startswith("UID SEARCH")]
    parts = ["1:10000", "10001:20000", "20001:25000"]
    assert [f"UID SEARCH {part} UNSEEN" for part in parts] == searched


@pytest.mark.parametrize("name", ["CAPABILITY", "LOGIN", "SELECT", "SEARCH", "FETCH"])
@pytest.mark.parametrize("answer", [b"* BYE enough\r\n", b"* BYE enough" + DONE, b"TAG"])
def test_bye(name: str, answer: bytes) -> None:
    """A server that takes its leave at any point is one line."""
    with scripted(script={**ONE, name: answer}) as server, pytest.raises(MailboxError):
        read(server, "off", timeout=1)


def marked(port: int) -> None:
    """Read all that is unseen, and mark it."""
    for mail, mark in unseen(f"imap://ann:pw@127.0.0.1:{port}/", Access(tls="off"), 99):
        assert mail == b"mail"
        mark()


def test_one_is_refused() -> None:
    """A mail that the server does not mark keeps no other from being read."""
    script = {
        "SEARCH": b"* SEARCH 6 7" + DONE,
        "FETCH": BODY.replace(b"7", b"6") + b"{4}\r\nmail)\r\n" + BODY + b"{4}\r\nmail)" + DONE,
        "STORE": b"TAG NO read-only",
    }
    with scripted(script=script) as server, pytest.raises(MailboxError) as caught:
        marked(server.port)
    assert "2 mails could not be read or marked as read: read-only" in str(caught.value)
    assert ["6", "7"] == [one.split()[2] for one in server.heard if one.startswith("UID FETCH")]


@contextmanager
def dripping() -> Iterator[int]:
    """Run a server that sends a byte whenever a moment passed without the client's end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                while not select.select([connection], [], [], 0.02)[0]:
                    connection.sendall(b"*")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)
        assert not thread.is_alive()


def test_slowly() -> None:
    """A server that sends a byte now and then has no longer than one that sends nothing."""
    with dripping() as port, pytest.raises(MailboxError, match="takes too long"):
        list(unseen(f"imap://ann:pw@127.0.0.1:{port}/", Access(tls="off"), 99, timeout=0.3))


def test_silently() -> None:
    """A server that answers nothing is one line."""
    with scripted(script={"LOGIN": b""}) as server, pytest.raises(MailboxError):
        read(server, "off", timeout=0.3)


def test_bounds_are_asked_for() -> None:
    """IMAPClient still asks for its connection where we give it one that is bounded."""
    assert "_create_IMAP4" in vars(IMAPClient)
    with scripted() as server:
        client = BoundedClient(server.host, server.port, timeout=10)
        client.shutdown()
    assert client.is_bounded


def test_without_bounds(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """If a version of IMAPClient does not, mails are read all the same, and the log says so."""
    monkeypatch.delattr(BoundedClient, "_create_IMAP4")
    with scripted(script=fetched(BODY + b"{4}\r\nmail)" + DONE)) as server:
        assert [b"mail"] == read(server, "off")
    assert ["bounded by time alone" in record.message for record in caplog.records] == [True]


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """What is said to a server, passwords too, stands in no log."""
    caplog.set_level(logging.DEBUG)
    words = {"SEARCH": b"TAG NO \xe4\xb8\x8d"}
    with scripted(script=words) as server, pytest.raises(MailboxError):
        read(server, "off")
    assert caplog.records == []


def test_before_tls() -> None:
    """What somebody said before TLS began is not taken for the server's."""
    with scripted(script={"CAPABILITY": b"TAG OK done\r\n* OK injected"}) as server:
        box = Reader(server.host, server.port, timeout=10)
        before = box.sock
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(b"* OK from the server\r\n")
            box.sock = ours
            assert box.readline() == b"* OK from the server\r\n"
        box.sock = before
        box.shutdown()
