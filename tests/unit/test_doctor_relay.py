"""How a relay is talked to without mailing, and what its words mean."""

import base64
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from publisher.doctor.finding import Finding, Level
from publisher.doctor.relay import Conversation, judge, talk
from tests.mailserver import mail_server

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
UNTIL = datetime(2049, 1, 1, tzinfo=UTC)


# --- Real servers -------------------------------------------------------------------------


@cache
def certificate() -> tuple[bytes, bytes]:
    """Give a certificate for 127.0.0.1 that vouches for itself, and its key, as PEM."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    found = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(UNTIL)
        .add_extension(x509.SubjectAlternativeName([address]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key = private.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return found.public_bytes(pem), key


def serving(folder: Path) -> ssl.SSLContext:
    """Give what a server needs for TLS."""
    path = folder / "server.pem"
    path.write_bytes(b"".join(certificate()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def trusting() -> ssl.SSLContext:
    """Give what a client needs to believe that server."""
    return ssl.create_default_context(cadata=certificate()[0].decode())


def let_in(*arguments: Any) -> AuthResult:
    """Let in whoever knows the password."""
    known = arguments[-1].password == b"pass word"
    return AuthResult(success=known, handled=known)


def asked(
    port: int, *, tls: str = "required", login: str = "", scheme: str = "smtp"
) -> Conversation:
    """Talk to a server on 127.0.0.1 that we believe."""
    url = f"{scheme}://{login}127.0.0.1:{port}"
    return talk(url, tls=tls, context=trusting(), patience=60)


def test_starttls(tmp_path: Path) -> None:
    """A good relay is talked to over TLS, and its certificate and size limit are noted."""
    with mail_server(tls_context=serving(tmp_path), data_size_limit=1234) as server:
        found = asked(server.port)
    assert ("TLSv1.3", UNTIL, "1234") == (found.tls, found.until, found.offers["SIZE"])
    assert ("", "", "") == (found.no_connection, found.no_tls, found.no_login)


def test_login(tmp_path: Path) -> None:
    """The user and the password in mail.relay are tried."""
    with mail_server(
        tls_context=serving(tmp_path), authenticator=let_in, auth_required=True
    ) as server:
        found = asked(server.port, login="news:pass%20word@")
    assert (True, "") == (found.user, found.no_login)


def test_login_refused(tmp_path: Path) -> None:
    """A refusal is repeated, the password is not."""
    with mail_server(
        tls_context=serving(tmp_path), authenticator=let_in, auth_required=True
    ) as server:
        found = asked(server.port, login="news:guess@")
    assert found.no_login.startswith("535 ")
    assert "guess" not in repr(found)


def test_certificate_of_nobody(tmp_path: Path) -> None:
    """A certificate that nobody vouches for is found out."""
    with mail_server(tls_context=serving(tmp_path)) as server:
        url = f"smtp://127.0.0.1:{server.port}"
        found = talk(url, tls="required", context=ssl.create_default_context(), patience=60)
    assert "self-signed certificate" in found.no_tls


def test_nothing_is_mailed(tmp_path: Path) -> None:
    """A relay is given no mail."""
    with mail_server(tls_context=serving(tmp_path)) as server:
        asked(server.port)
    assert [] == server.taken


def test_nobody_listens() -> None:
    """A port where nobody listens is found out."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "Connection refused" in asked(port).no_connection


# --- Servers that do as they are told -----------------------------------------------------


@contextmanager
def saying(*lines: str) -> Iterator[tuple[int, list[str]]]:
    """Run a server that says its lines one by one, then nothing; give its port and what it hears.

    An empty line closes the connection.
    """
    heard: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_say, args=(listener, lines, heard))
        thread.start()
        try:
            yield listener.getsockname()[1], heard
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _say(listener: socket.socket, lines: Sequence[str], heard: list[str]) -> None:
    with suppress(OSError):
        client, _ = listener.accept()
        with client, client.makefile("rb") as commands:
            for line in lines:
                if not line:
                    return
                client.sendall(line.encode() + b"\r\n")
                heard.append(commands.readline().decode(errors="replace").strip())
            commands.read()


def test_silence() -> None:
    """A server that says nothing is given up on."""
    with saying() as (port, _):
        found = talk(f"smtp://127.0.0.1:{port}", tls="off", context=trusting(), patience=0.2)
    assert "timed out" in found.no_connection


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["554 go away", "221 bye"], "554 go away"),
        ([""], "Connection unexpectedly closed"),
        (["220 hello", ""], "Connection unexpectedly closed"),
        (["220 hello", "502 what?", "221 bye"], "502 what?"),
    ],
)
def test_unfriendly(lines: list[str], words: str) -> None:
    """A server that will not talk is found out, with its words."""
    with saying(*lines) as (port, _):
        assert words in asked(port, tls="off").no_connection


def test_no_starttls() -> None:
    """Where TLS is required and not offered, no password is said."""
    with saying("220 hello", "250-x\r\n250 AUTH PLAIN", "221 bye") as (port, heard):
        found = asked(port, login="news:secret@")
    assert ("", "QUIT") == (found.tls, heard[1].upper())


def test_starttls_that_fails() -> None:
    """An offer that is not kept is found out."""
    with saying("220 hello", "250-x\r\n250 STARTTLS", "454 not now", "221 bye") as (port, _):
        assert "454 not now" == asked(port).no_tls


def test_smtps_in_the_clear() -> None:
    """A server that talks in the clear at an smtps:// address is found out."""
    with saying("220 hello") as (port, _):
        assert asked(port, scheme="smtps").no_tls


def test_password_repeated() -> None:
    """A relay that repeats what it refuses does not get the password into what we say."""
    encoded = base64.b64encode(b"\0news\0secret").decode()
    refusal = f"535 no: secret, AUTH PLAIN {encoded}"
    with saying("220 hello", "250-x\r\n250 AUTH PLAIN", refusal, "221 bye") as (port, _):
        found = asked(port, tls="off", login="news:secret@")
    assert "535 no: …, AUTH PLAIN …" == found.no_login


# --- Judging ------------------------------------------------------------------------------

GOOD = Conversation(
    host="relay.example.org",
    place="relay.example.org:25",
    offers={"SIZE": "1000000", "PIPELINING": "", "SMTPUTF8": "", "STARTTLS": ""},
    tls="TLSv1.3",
    until=UNTIL,
    user=True,
)


def judged(found: Conversation, tls: str = "required") -> list[Finding]:
    """Give what is found for mails of up to 256 KB."""
    return list(judge(found, tls=tls, message_size=256 * 1024, now=NOW))


def test_good() -> None:
    """A good relay has nothing to be done about."""
    expected = [
        "relay.example.org:25 answers, over TLSv1.3 with a good certificate",
        "relay.example.org:25 takes the user and password in mail.relay",
        "it offers PIPELINING, SMTPUTF8",
    ]
    assert [Finding(Level.ok, "relay", what) for what in expected] == judged(GOOD)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"no_connection": "refused"}, "cannot be used: refused"),
        ({"no_tls": "certificate verify failed"}, "talked to in secret: certificate verify"),
        ({"tls": ""}, "offers no STARTTLS"),
    ],
)
def test_unusable(change: dict[str, str], words: str) -> None:
    """What keeps mail from being sent is the only thing said."""
    (found,) = judged(replace(GOOD, **change))  # type: ignore[arg-type]  # a field by name
    assert (Level.problem, True) == (found.level, words in found.what)


@pytest.mark.parametrize(
    ("host", "user", "expected"),
    [
        ("relay.example.org", False, Level.advice),
        ("relay.example.org", True, Level.problem),
        ("localhost", True, Level.ok),
        ("127.0.0.1", False, Level.ok),
        ("::1", False, Level.ok),
    ],
)
def test_in_the_clear(host: str, user: bool, expected: Level) -> None:  # noqa: FBT001  (parameters)
    """Mail in the clear is better not, a password must not be; on this machine both may."""
    found = judged(replace(GOOD, host=host, user=user, tls="", until=None), "opportunistic")
    assert expected is found[0].level


@pytest.mark.parametrize(("days", "expected"), [(13, Level.advice), (14, Level.ok)])
def test_certificate_ends(days: int, expected: Level) -> None:
    """A certificate that ends within two weeks is mentioned."""
    found = judged(replace(GOOD, until=NOW + timedelta(days=days), user=False))
    assert expected is found[1].level


def test_no_login() -> None:
    """A login that is refused is a problem."""
    found = judged(replace(GOOD, no_login="535 no"))[1]
    expected = "relay.example.org:25 does not let us in: 535 no"
    assert (Level.problem, expected) == (found.level, found.what)


@pytest.mark.parametrize(
    ("limit", "problems"), [("", 0), ("0", 0), ("262144", 0), ("262143", 1), ("many", 0)]
)
def test_size(limit: str, problems: int) -> None:
    """A size limit below what mails here can have is a problem."""
    found = judged(replace(GOOD, offers={"SIZE": limit}))
    assert problems == sum(each.level is Level.problem for each in found)


def test_nothing_offered() -> None:
    """Without SMTPUTF8 some addresses cannot be mailed."""
    expected = "it offers no extension of use here; addresses like 用户@example.cn need SMTPUTF8"
    assert expected == judged(replace(GOOD, offers={}))[-1].what
