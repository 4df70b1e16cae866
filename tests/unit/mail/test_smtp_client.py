"""What is known of a message after each thing a relay can say, or not say, at each step."""

import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from publisher.errors import RelayError
from publisher.mail.smtp_client import Submission
from publisher.mail.smtp_session import Route, send_messages
from publisher.mail.transport import Outcome, Reply, Stage

CI, OPENSSL = os.environ.get("CI"), shutil.which("openssl")
MESSAGE = b"Subject: x\r\n\r\n.dot\r\nend\r\n"
#: What to do instead of replying: close the connection.
HANG_UP = ""
STEPS = {
    "HELLO": "220 hello",
    "EHLO": "250-relay\r\n250 SMTPUTF8",
    "MAIL": "250 sender ok",
    "RCPT": "250 recipient ok",
    "DATA": "354 go on",
    "DOT": "250 2.0.0 queued as 7",
    "RSET": "250 flushed",
    "QUIT": "221 bye",
}


@dataclass
class ScriptedRelay:
    """A relay that speaks just enough SMTP, and says what the script says at one step."""

    script: dict[str, str]
    #: Close the connection after saying so at these steps.
    ends: frozenset[str] = frozenset()
    context: ssl.SSLContext | None = None
    port: int = 0
    #: The commands heard, and the messages taken as they came.
    heard: list[str] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        """Talk to one client after the other, until the listener closes."""
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with suppress(OSError), self.secured(client) as secure, secure.makefile("rb") as lines:
                self.talk(secure, lines)

    def secured(self, client: socket.socket) -> socket.socket:
        """Begin TLS, where it is to be there from the start."""
        return self.context.wrap_socket(client, server_side=True) if self.context else client

    def talk(self, client: socket.socket, lines: Iterator[bytes]) -> None:
        """Hold one conversation."""
        if not self.say(client, "HELLO"):
            return
        for line in lines:
            command = line.decode(errors="replace").rstrip("\r\n")
            self.heard.append(command)
            step = command.split(" ")[0].upper()
            if not self.say(client, step):
                return
            if step == "DATA" and self.reply(step).startswith("354"):
                self.taken.append(b"".join(iter(lambda: next(lines), b".\r\n")))
                if not self.say(client, "DOT"):
                    return

    def reply(self, step: str) -> str:
        """Return what it says at a step."""
        return self.script.get(step, STEPS.get(step, "502 what?"))

    def say(self, client: socket.socket, step: str) -> bool:
        """Write what is due; return whether the conversation goes on."""
        if self.reply(step) != HANG_UP:
            client.sendall(self.reply(step).encode() + b"\r\n")
        return self.reply(step) != HANG_UP and step not in (*self.ends, "QUIT")


@contextmanager
def relay(
    script: dict[str, str] | None = None, *ends: str, context: ssl.SSLContext | None = None
) -> Iterator[ScriptedRelay]:
    """Run a relay."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        found = ScriptedRelay(script or {}, frozenset(ends), context, port)
        thread = threading.Thread(target=found.serve, args=(listener,))
        thread.start()
        try:
            yield found
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def client(found: ScriptedRelay, *, tls: str = "off", scheme: str = "smtp") -> Submission:
    """Return the way to a relay."""
    return submission(f"{scheme}://127.0.0.1:{found.port}", tls=tls)


def submission(url: str, *, tls: str) -> Submission:
    """Return the way to a relay at an address."""
    route = Route(url=url, tls=tls)
    return Submission(route.place, partial(send_messages, route))


def send(smtp: Submission, recipient: str = "ann@example.org") -> Reply:
    """Hand one message over."""
    return smtp.hand_over("news@example.org", recipient, "<1@example.org>", MESSAGE)


def outcome(script: dict[str, str], *ends: str) -> Reply:
    """Return what becomes of one message at a relay."""
    with relay(script, *ends) as found:
        smtp = client(found)
        try:
            return send(smtp)
        finally:
            smtp.close()


# --- Each reply at each step --------------------------------------------------------------


def test_accepted() -> None:
    """A relay that queues the message has it; its words are kept."""
    assert Reply(Outcome.accepted, "250 2.0.0 queued as 7", 250) == outcome({})


@pytest.mark.parametrize(
    ("step", "reply", "expected"),
    [
        ("RCPT", "251 will forward", Outcome.accepted),
        ("RCPT", "450 busy", Outcome.deferred),
        ("RCPT", "550 5.1.1 no such user", Outcome.rejected),
        ("RCPT", "552 mailbox full", Outcome.rejected),
        ("DATA", "451 later", Outcome.deferred),
        ("DATA", "554 no", Outcome.rejected),
        ("DATA", "250 what?", Outcome.deferred),
        ("DOT", "451 later", Outcome.deferred),
        ("DOT", "454 4.7.0 throttling", Outcome.deferred),
        ("DOT", "550 5.7.1 spam", Outcome.rejected),
        ("DOT", "354 more?", Outcome.uncertain),
    ],
)
def test_reply(step: str, reply: str, expected: Outcome) -> None:
    """2xx goes on, 4xx is not now, 5xx is never; nonsense is never taken for a yes."""
    found = outcome({step: reply})
    said = STEPS["DOT"] if expected is Outcome.accepted else reply
    assert (expected, True) == (found.outcome, said in found.words)


@pytest.mark.parametrize("reply", ["450 busy", "530 log in first", "553 not your address"])
def test_sender_refused(reply: str) -> None:
    """A relay that will not have the sender cannot be used at all: it says nothing of a reader."""
    with pytest.raises(RelayError, match=f"takes no mail from news@example.org: {reply}"):
        outcome({"MAIL": reply})


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("MAIL", Outcome.deferred),
        ("RCPT", Outcome.deferred),
        ("DATA", Outcome.deferred),
        ("DOT", Outcome.uncertain),
    ],
)
def test_disconnect(step: str, expected: Outcome) -> None:
    """A break before the final dot is a delay; after it nobody knows."""
    assert expected is outcome({step: HANG_UP}).outcome


@pytest.mark.parametrize(
    ("step", "reply", "expected"),
    [
        ("RCPT", "550 no such user", Outcome.rejected),
        ("RCPT", "421 too many", Outcome.deferred),
        ("DATA", "554 no", Outcome.rejected),
        ("DOT", "550 spam", Outcome.rejected),
        ("DOT", "421 closing", Outcome.deferred),
        ("DOT", "250 queued", Outcome.accepted),
    ],
)
def test_last_words(step: str, reply: str, expected: Outcome) -> None:
    """What a relay said counts, though it hung up right after it."""
    found = outcome({step: reply}, step)
    assert (expected, reply) == (found.outcome, found.words)


def test_garbage_after_the_dot() -> None:
    """An answer that is no SMTP leaves it open whether the message was taken."""
    assert Outcome.uncertain is outcome({"DOT": "HTTP/1.1 400 Bad Request"}).outcome


def test_goes_on_after_a_refusal() -> None:
    """The next message goes over the same connection."""
    with relay({"RCPT": "550 no"}) as found:
        smtp = client(found)
        first = send(smtp).outcome
        del found.script["RCPT"]
        assert (Outcome.rejected, Outcome.accepted) == (first, send(smtp).outcome)
        smtp.close()
    assert 1 == sum(command.upper().startswith("EHLO") for command in found.heard)


def test_goes_on_after_a_break() -> None:
    """After a break the next message gets a connection of its own."""
    with relay({"DATA": HANG_UP}) as found:
        smtp = client(found)
        first = send(smtp).outcome
        del found.script["DATA"]
        assert (Outcome.deferred, Outcome.accepted) == (first, send(smtp).outcome)
        smtp.close()


def test_message_arrives_as_it_is() -> None:
    """The relay gets the message byte for byte; a dot at the start of a line is doubled."""
    with relay() as found:
        smtp = client(found)
        send(smtp)
        smtp.close()
    assert [b"Subject: x\r\n\r\n..dot\r\nend\r\n"] == found.taken


def test_close_says_goodbye() -> None:
    """The conversation ends with QUIT."""
    with relay() as found:
        smtp = client(found)
        send(smtp)
        smtp.close()
    assert "QUIT" == found.heard[-1].upper()


# --- Addresses ----------------------------------------------------------------------------


def test_domain_in_another_script() -> None:
    """A recipient's domain goes out as its A-label, and needs no extension."""
    with relay({"EHLO": "250 relay"}) as found:
        smtp = client(found)
        assert Outcome.accepted is send(smtp, "ann@例子.cn").outcome
        smtp.close()
    assert "RCPT TO:<ann@xn--fsqu00a.cn>" in found.heard


def test_smtputf8() -> None:
    """A local part in another script goes out where the relay offers SMTPUTF8."""
    with relay() as found:
        smtp = client(found)
        assert Outcome.accepted is send(smtp, "用户@example.org").outcome
        smtp.close()
    assert ["MAIL FROM:<news@example.org> SMTPUTF8", "RCPT TO:<用户@example.org>"] == found.heard[
        1:3
    ]


def test_no_smtputf8() -> None:
    """Where it does not, that address is rejected, and the others are not."""
    with relay({"EHLO": "250 relay"}) as found:
        smtp = client(found)
        words = "5.6.7 the relay cannot take this address (no SMTPUTF8)"
        expected = Reply(Outcome.rejected, words, stage=Stage.local)
        assert expected == send(smtp, "用户@example.org")
        assert Outcome.accepted is send(smtp).outcome
        smtp.close()


# --- Connecting ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script", [{"HELLO": "554 go away"}, {"HELLO": HANG_UP}, {"EHLO": HANG_UP}]
)
def test_unfriendly_relay(script: dict[str, str]) -> None:
    """A relay that will not talk cannot be used; nothing was begun."""
    with pytest.raises(RelayError, match=r"^mail\.relay: 127\.0\.0\.1:\d+ refuses "):
        outcome(script)


def test_no_relay() -> None:
    """Where nobody listens, the error names host and port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(
        RelayError, match=f"^mail.relay: cannot connect to 127.0.0.1:{port}: Connection refused"
    ):
        send(submission(f"smtp://127.0.0.1:{port}", tls="off"))


def test_starttls_required() -> None:
    """A relay without STARTTLS is refused before a single address is said."""
    with relay() as found, pytest.raises(RelayError, match="the relay offers no STARTTLS"):
        send(client(found, tls="required"))
    assert ["EHLO"] == [command.split(" ")[0].upper() for command in found.heard]


def test_starttls_opportunistic() -> None:
    """With mail.tls = "opportunistic" a relay without STARTTLS is good enough."""
    with relay() as found:
        smtp = client(found, tls="opportunistic")
        assert Outcome.accepted is send(smtp).outcome
        smtp.close()


@pytest.mark.parametrize("tls", ["required", "opportunistic"])
def test_starttls_that_fails(tls: str) -> None:
    """A relay that offers STARTTLS and then fails at it is not talked to in the clear."""
    script = {"EHLO": "250-relay\r\n250 STARTTLS", "STARTTLS": "454 not available"}
    with relay(script) as found, pytest.raises(RelayError):
        send(client(found, tls=tls))
    assert not any(command.upper().startswith("MAIL") for command in found.heard)


def test_smtps_needs_tls() -> None:
    """A relay that talks in the clear at an smtps:// address is refused."""
    with relay() as found, pytest.raises(RelayError, match="no TLS with"):
        send(client(found, scheme="smtps"))
    assert not any(command.upper().startswith("EHLO") for command in found.heard)


@pytest.mark.skipif(not OPENSSL and not CI, reason="needs openssl to make a certificate")
def test_certificate_of_nobody(tmp_path: Path) -> None:
    """A relay whose certificate nobody vouches for is refused before a single address is said."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=127.0.0.1"
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", *options.split(), *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    refused = pytest.raises(RelayError, match="certificate verify failed")
    with relay(context=context) as found, refused:
        send(client(found, scheme="smtps"))
    assert [] == found.heard


def test_login_refused() -> None:
    """A login that is refused is an error that does not repeat the password."""
    script = {"EHLO": "250-relay\r\n250 AUTH PLAIN", "AUTH": "535 5.7.8 bad credentials"}
    with relay(script) as found:
        smtp = submission(f"smtp://user:secret@127.0.0.1:{found.port}", tls="off")
        with pytest.raises(RelayError, match=r"535 5\.7\.8 bad credentials") as caught:
            send(smtp)
    assert "secret" not in str(caught.value)
