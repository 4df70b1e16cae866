"""How a relay is greeted: TLS before anything is told, and a login that tells no one else."""

import datetime as dt
import ipaddress
import pickle
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from publisher.errors import RelayError, SettingsError
from publisher.mail.smtp_connect import Extensions
from publisher.mail.smtp_endpoint import hello_name
from publisher.mail.tls import verifying_context
from publisher.mail.transport import Outcome, RelayRefusedError, Reply, Stage
from tests.support.relay_messages import Queue, copies, elsewhere
from tests.support.scripted_relay import CUT, Act, Misbehaving, Play, Rule, misbehaving, says


@pytest.fixture(scope="module")
def relay() -> Iterator[Misbehaving]:
    """One relay for all the tests here."""
    with misbehaving() as found:
        yield found


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a relay's certificate for 127.0.0.1, and a client that trusts it."""
    return certified(tmp_path_factory.mktemp("tls"), "127.0.0.1")


def certified(
    folder: Path, host: str, *, issuer: bool = True
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for a host."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relay")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=issuer, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "both.pem").write_bytes(secret + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "both.pem")
    return server, ssl.create_default_context(cadata=pem.decode())


Contexts = tuple[ssl.SSLContext, ssl.SSLContext]


def refused(relay: Misbehaving, play: Play, **options: object) -> RelayRefusedError:
    """Return why a relay cannot be used; no address was said to it."""
    relay.begin(play)
    with pytest.raises(RelayRefusedError) as caught:
        Queue(copies(1)).send_messages(relay, **options)
    assert not any(line.startswith(("MAIL", "RCPT")) for line in relay.settled().heard)
    return caught.value


# --- TLS ----------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", ["required", "opportunistic"])
@pytest.mark.parametrize("offers", [("PIPELINING",), ("PIPELINING", "CHUNKING"), ("8BITMIME",)])
def test_starttls(
    relay: Misbehaving, contexts: Contexts, tls: str, offers: tuple[str, ...]
) -> None:
    """Where TLS is offered everything is said under it."""
    relay.begin(Play(offers=offers, starttls=contexts[0]))
    queue = Queue(copies(3))
    play = queue.send_messages(relay, tls=tls, context=contexts[1])
    assert ["accepted"] * 3 == queue.outcomes()
    assert ["EHLO", "STARTTLS", "EHLO", "MAIL"] == [line.split(" ")[0] for line in play.heard[:4]]


def test_large_under_tls(relay: Misbehaving, contexts: Contexts) -> None:
    """A message larger than what a socket takes at once arrives whole."""
    relay.begin(Play(starttls=contexts[0]))
    messages = copies(2, body=(b"y" * 76 + b"\r\n") * 100_000)
    play = Queue(messages).send_messages(relay, tls="required", context=contexts[1])
    assert [b"".join(each.pieces) for each in messages] == play.taken


def test_no_starttls(relay: Misbehaving) -> None:
    """A relay without STARTTLS is not talked to, when TLS is required."""
    error = refused(relay, Play(), tls="required")
    assert (Stage.tls, True) == (error.reply.stage, "offers no STARTTLS" in str(error))


def test_starttls_refused(relay: Misbehaving, contexts: Contexts) -> None:
    """A relay that offers STARTTLS and then fails at it is not talked to in the clear."""
    play = Play([Rule("STARTTLS", says("454 4.7.0 not now"))], starttls=contexts[0])
    error = refused(relay, play, tls="opportunistic", context=contexts[1])
    assert (Stage.tls, Outcome.deferred, 454) == (
        error.reply.stage, error.reply.outcome, error.reply.code
    )  # fmt: skip


@pytest.mark.parametrize(
    "said", ["220 go on\r\n250 injected", "220 go on\r\n250-inj", "220 go on\r\n2"]
)
def test_injected_before_tls(relay: Misbehaving, contexts: Contexts, said: str) -> None:
    """What somebody put between STARTTLS and TLS is never heard as if under TLS."""
    play = Play([Rule("STARTTLS", says(said))], starttls=contexts[0])
    error = refused(relay, play, tls="required", context=contexts[1])
    assert (Stage.tls, True) == (error.reply.stage, "between STARTTLS and TLS" in str(error))


def test_offers_before_tls(relay: Misbehaving, contexts: Contexts) -> None:
    """What a relay offered in the clear counts for nothing under TLS (RFC 3207 4.2)."""
    rule = Rule("EHLO", says("250-relay\r\n250-STARTTLS\r\n250 SIZE 1"))
    relay.begin(Play([rule], starttls=contexts[0]))
    queue = Queue(copies(1))
    queue.send_messages(relay, tls="required", context=contexts[1])
    assert ["accepted"] == queue.outcomes()


def test_certificate_of_nobody(relay: Misbehaving, contexts: Contexts) -> None:
    """A certificate nobody vouches for ends it before a single address is said."""
    error = refused(relay, Play(starttls=contexts[0]), tls="required")
    assert (Stage.tls, True) == (error.reply.stage, "certificate verify failed" in str(error))


@pytest.mark.parametrize("offers", [("PIPELINING",), ("AUTH PLAIN",)])
def test_certificate_of_nobody_here(
    relay: Misbehaving, contexts: Contexts, offers: tuple[str, ...]
) -> None:
    """Opportunistic TLS takes any certificate on this machine, for a password too."""
    relay.begin(Play(offers=offers, starttls=contexts[0]))
    queue = Queue(copies(1))
    url = relay.url.replace("//", "//ann:secret@") if "AUTH PLAIN" in offers else relay.url
    play = queue.send_messages(relay, url=url, tls="opportunistic")
    assert (["accepted"], "STARTTLS") == (queue.outcomes(), play.heard[1])


def test_certificate_of_nobody_elsewhere(contexts: Contexts) -> None:
    """On another machine it takes any for mail, and only a good one for a password."""
    with misbehaving(elsewhere()) as relay:
        relay.begin(Play(starttls=contexts[0]))
        queue = Queue(copies(1))
        queue.send_messages(relay, tls="opportunistic")
        assert ["accepted"] == queue.outcomes()
        play = Play(offers=("AUTH PLAIN",), starttls=contexts[0])
        url = relay.url.replace("//", "//ann:secret@")
        error = refused(relay, play, url=url, tls="opportunistic")
    assert "certificate verify failed: self-signed certificate. Set mail.ca_file" in str(error)


def test_tls_name(relay: Misbehaving, tmp_path: Path) -> None:
    """A certificate is held against the name in the settings, if there is one."""
    server, client = certified(tmp_path, "192.0.2.1")
    error = refused(relay, Play(starttls=server), tls="required", context=client)
    assert "Set mail.tls_name to a name in its certificate." in str(error)
    relay.begin(Play(starttls=server))
    queue = Queue(copies(1))
    queue.send_messages(relay, tls="required", context=client, tls_name="192.0.2.1")
    assert ["accepted"] == queue.outcomes()


@pytest.mark.parametrize("issuer", [True, False])
def test_ca_file(relay: Misbehaving, tmp_path: Path, issuer: bool) -> None:  # noqa: FBT001
    """A certificate in mail.ca_file is trusted, whether it may issue others or not."""
    server, _ = certified(tmp_path, "127.0.0.1", issuer=issuer)
    relay.begin(Play(starttls=server))
    queue = Queue(copies(1))
    queue.send_messages(relay, tls="required", context=verifying_context(tmp_path / "both.pem"))
    assert ["accepted"] == queue.outcomes()


def test_no_ca_file(tmp_path: Path) -> None:
    """A file that is not there, or holds no certificate, is one line that names the setting."""
    with pytest.raises(SettingsError, match=r"mail\.ca_file: .*: No such file or directory"):
        verifying_context(tmp_path / "none.pem")
    (tmp_path / "text.pem").write_text("text")
    with pytest.raises(SettingsError, match=r"it holds no certificate in PEM form"):
        verifying_context(tmp_path / "text.pem")


def test_certificate_of_another(relay: Misbehaving, tmp_path: Path) -> None:
    """So does one that was made for another host."""
    server, client = certified(tmp_path, "192.0.2.1")
    error = refused(relay, Play(starttls=server), tls="required", context=client)
    assert (Stage.tls, True) == (error.reply.stage, "127.0.0.1" in str(error))


# --- EHLO ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act", [says("421 4.7.0 Try again later, closing connection."), says("550 5.7.1 no"), CUT]
)
def test_hello_refused(relay: Misbehaving, act: Act) -> None:
    """A relay that does not take the name it is greeted with is told so, with the setting."""
    error = refused(relay, Play([Rule("EHLO", act)]), hello="[127.0.0.1]")
    assert f"mail.relay: 127.0.0.1:{relay.port} refuses EHLO [127.0.0.1]: " in str(error)
    assert "set mail.hello to another host name of yours with a dot" in str(error)
    assert error.reply.words in str(error)


@pytest.mark.parametrize(
    ("own", "domain", "expected"),
    [
        ("mail.example.net", "example.org", "mail.example.net"),
        ("vm", "example.org", "example.org"),
        ("localhost.localdomain", "example.org", "example.org"),
        ("macbook.local", "example.org", "example.org"),
        ("a.c.project.internal", "example.org", "example.org"),
        ("my_container.example", "example.org", "example.org"),
        ("192.0.2.1", "example.org", "192.0.2.1"),
        ("vm", "", "[127.0.0.1]"),
    ],
)
def test_hello_name(own: str, domain: str, expected: str) -> None:
    """Relays are greeted with the machine's public name, else with the sender's domain."""
    assert expected == hello_name(own, domain)


# --- What is offered ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "largest"),
    [("SIZE 1000", 1000), ("size 1000", 1000), ("SIZE", 0), ("SIZE 0", 0), ("SIZE many", 0)],
)
def test_size(line: str, largest: int) -> None:
    """A relay says how large a message may be, or that it does not know (RFC 1870 4)."""
    assert largest == Extensions.parse(f"relay\n{line}".encode()).largest


def test_first_line() -> None:
    """The first line is the relay's name, whatever that is."""
    assert "PIPELINING" not in Extensions.parse(b"PIPELINING\nSIZE 1")


def test_error_is_one_of_ours(relay: Misbehaving) -> None:
    """A relay that cannot be used is the error that the rest of the program knows."""
    assert isinstance(refused(relay, Play(), tls="required"), RelayError)


def test_a_refusal_survives_the_way_from_one_process_to_another() -> None:
    """What sends in a process of its own hands its trouble to the one that started it."""
    error = RelayRefusedError(
        "cannot connect", "Try again.", Reply(Outcome.deferred, "421 closing", 421)
    )
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  (it was made here)
    assert (str(error), error.reply) == (str(copy), copy.reply)
