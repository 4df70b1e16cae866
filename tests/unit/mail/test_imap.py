"""Reading over IMAP from servers that want for something; tests/e2e has a real one."""

import base64
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from publisher.errors import MailboxError
from publisher.mail.imap import unseen
from publisher.mail.inbound import Access
from tests.support.relay_messages import elsewhere

NOTHING = {"SEARCH": b"* SEARCH\r\nTAG OK done"}
ONE = {"SEARCH": b"* SEARCH 7\r\nTAG OK done"}


class Scripted:
    """A server that has these capabilities, and answers a command as the script says."""

    def __init__(self, capabilities: str, script: dict[str, bytes], host: str) -> None:
        self.capabilities = capabilities
        self.script = script
        self.heard: list[str] = []
        self.tag = ""
        self.listener = socket.create_server((host, 0))
        self.host = host
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        connection, _ = self.listener.accept()
        with suppress(OSError), connection, connection.makefile("rwb") as stream:
            stream.write(b"* OK ready\r\n")
            stream.flush()
            for line in stream:
                tag, _, command = line.decode().rstrip("\r\n").partition(" ")
                self.heard.append(command)
                if not command:  # the answer to a challenge
                    tag, command = self.tag, tag
                self.tag = tag
                name = command.removeprefix("UID ").split()[0] if command else ""
                if name == "CAPABILITY":
                    stream.write(f"* CAPABILITY IMAP4rev1 {self.capabilities}\r\n".encode())
                answer = self.script.get(name, b"TAG OK done")
                stream.write(answer.replace(b"TAG", tag.encode()) + b"\r\n")
                stream.flush()


@contextmanager
def scripted(
    capabilities: str = "", script: dict[str, bytes] | None = None, host: str = "127.0.0.1"
) -> Iterator[Scripted]:
    """Run a server for one connection."""
    found = Scripted(capabilities, script or {}, host)
    with found.listener:
        yield found
        found.thread.join(5)
    assert not found.thread.is_alive()


def read(found: Scripted, tls: str, user: str = "ann", timeout: float = 10) -> list[bytes]:
    """Read all that is unseen."""
    url = f"imap://{user}:p%22w@{found.host}:{found.port}/"
    return [mail for mail, _ in unseen(url, Access(tls=tls), 99, timeout=timeout)]


def test_no_starttls() -> None:
    """A server without STARTTLS gets no password while mail.tls is "required"."""
    with (
        scripted() as found,
        pytest.raises(MailboxError, match="offers no STARTTLS, and a password is not"),
    ):
        read(found, "required")
    assert ["CAPABILITY"] == found.heard


def test_opportunistic() -> None:
    """With mail.tls = "opportunistic" it goes on without; by LOGIN where PLAIN is not offered."""
    with scripted(script=NOTHING) as found:
        assert [] == read(found, "opportunistic", user="ann%20b")
    assert r'LOGIN "ann b" "p\"w"' in found.heard


def test_no_password_in_the_clear() -> None:
    """A server on another machine that offers no STARTTLS gets no password."""
    with scripted(host=elsewhere()) as found, pytest.raises(MailboxError, match="no STARTTLS"):
        read(found, "opportunistic")
    assert ["CAPABILITY"] == found.heard


XOAUTH2 = base64.b64encode(b"user=ann\1auth=Bearer t0ken\1\1").decode()
PRINTS = (sys.executable, "-c", "print('t0ken')")


def read_with_token(found: Scripted) -> list[bytes]:
    """Read all that is unseen, with a token for a password."""
    access = Access(tls="off", token_command=PRINTS)
    return [mail for mail, _ in unseen(f"imap://ann@127.0.0.1:{found.port}/", access, 99)]


def test_token() -> None:
    """A user without a password logs in with the token that the command prints."""
    script = {**NOTHING, "AUTHENTICATE": b"+ ", XOAUTH2: b"TAG OK welcome"}
    with scripted("AUTH=XOAUTH2 AUTH=PLAIN", script) as found:
        assert [] == read_with_token(found)
    assert "AUTHENTICATE XOAUTH2" in found.heard


def test_token_refused() -> None:
    """A token that is refused is one line with the server's reason, and without the token."""
    reason = base64.b64encode(b'{"status":"400"}')
    script = {"AUTHENTICATE": b"+ ", XOAUTH2: b"+ " + reason, "": b"TAG NO AUTHENTICATE failed"}
    with scripted("AUTH=XOAUTH2", script) as found, pytest.raises(MailboxError) as caught:
        read_with_token(found)
    assert str(caught.value).endswith('AUTHENTICATE failed {"status":"400"}')
    assert "t0ken" not in str(caught.value)


def test_no_tokens_taken() -> None:
    """A server that takes passwords only says so."""
    with scripted("AUTH=PLAIN") as found, pytest.raises(MailboxError, match="takes no tokens"):
        read_with_token(found)


def test_no_plain() -> None:
    """A password that LOGIN cannot say is one line."""
    with scripted() as found, pytest.raises(MailboxError, match="beyond ASCII"):
        read(found, "off", user="%E7%94%A8%E6%88%B7")


def test_off() -> None:
    """With mail.tls = "off" STARTTLS is not tried."""
    with scripted("STARTTLS", NOTHING) as found:
        assert [] == read(found, "off")
    assert "STARTTLS" not in found.heard


def test_peek() -> None:
    """A mail is fetched by its UID without marking it."""
    fetched = b"* 1 FETCH (UID 7 BODY[]<0> {4}\r\nmail)\r\nTAG OK done"
    with scripted(script={**ONE, "FETCH": fetched}) as found:
        assert [b"mail"] == read(found, "off")
    assert "UID FETCH 7 (BODY.PEEK[]<0.99>)" in found.heard


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ({"LOGIN": b"TAG NO [AUTHENTICATIONFAILED] no"}, "[AUTHENTICATIONFAILED] no"),
        ({"SELECT": b"TAG NO never heard of it"}, 'no folder "INBOX": never heard of it'),
        ({"SEARCH": b"TAG NO not now"}, "not now"),
        ({"SEARCH": b"TAG BAD what?"}, "what?"),
        (
            {**ONE, "FETCH": b"TAG NO not this"},
            "1 mail could not be read or marked as read: not this",
        ),
        ({"SEARCH": b"* BYE too much\r\n"}, "too much"),
    ],
)
def test_refusals(script: dict[str, bytes], said: str) -> None:
    """What a server refuses is one line with where it is, and its words."""
    with scripted(script=script) as found, pytest.raises(MailboxError) as caught:
        read(found, "off")
    assert f"imap://127.0.0.1:{found.port}: " in str(caught.value)
    assert said in str(caught.value)


def test_words_beyond_ascii() -> None:
    """Why a login is refused is told in the server's own words."""
    script = {"LOGIN": "TAG NO 密码错误".encode()}
    with scripted(script=script) as found, pytest.raises(MailboxError, match=r": 密码错误$"):
        read(found, "off")


def test_folder_beyond_ascii() -> None:
    """A folder's name is said in modified UTF-7 (RFC 3501 5.1.3)."""
    with scripted(script=NOTHING) as found:
        url = f"imap://ann:pw@127.0.0.1:{found.port}/%E9%80%80%E4%BF%A1%20%26%20%22co%22"
        assert [] == list(unseen(url, Access(tls="off"), 99))
    assert 'SELECT "&kABP4Q- &- \\"co\\""' in found.heard


@pytest.mark.parametrize("said", ['p"w', base64.b64encode(b'\0ann\0p"w').decode()])
def test_no_password_is_shown(said: str) -> None:
    """A login that is refused is told without the password, though the server repeats it."""
    script = {"LOGIN": f"TAG NO wrong: {said}".encode()}
    with scripted(script=script) as found, pytest.raises(MailboxError) as caught:
        read(found, "opportunistic")
    assert str(caught.value).endswith(": wrong: ***")
