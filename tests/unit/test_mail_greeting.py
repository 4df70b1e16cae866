"""How a relay is greeted: TLS before anything is told, and a login that tells no one else."""

import base64
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

from publisher.errors import RelayError
from publisher.mail.greeting import Offers
from publisher.mail.relay import Outcome, RelayRefusedError, Reply, Stage
from tests.handing_over import Queue, copies
from tests.misbehaving import Misbehaving, Play, Rule, misbehaving, says

PLAIN = base64.b64encode(b"\0ann\0pa ss").decode()


@pytest.fixture(scope="module")
def relay() -> Iterator[Misbehaving]:
    """One relay for all the tests here."""
    with misbehaving() as found:
        yield found


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Give a relay's certificate for 127.0.0.1, and a client that trusts it."""
    return certified(tmp_path_factory.mktemp("tls"), "127.0.0.1")


def certified(folder: Path, host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
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
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
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
    """Give why a relay cannot be used; no address was said to it."""
    relay.begin(play)
    with pytest.raises(RelayRefusedError) as caught:
        Queue(copies(1)).converse(relay, **options)
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
    play = queue.converse(relay, tls=tls, context=contexts[1])
    assert ["accepted"] * 3 == queue.outcomes()
    assert ["EHLO", "STARTTLS", "EHLO", "MAIL"] == [line.split(" ")[0] for line in play.heard[:4]]


def test_large_under_tls(relay: Misbehaving, contexts: Contexts) -> None:
    """A message larger than what a socket takes at once arrives whole."""
    relay.begin(Play(starttls=contexts[0]))
    messages = copies(2, body=(b"y" * 76 + b"\r\n") * 100_000)
    play = Queue(messages).converse(relay, tls="required", context=contexts[1])
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
    queue.converse(relay, tls="required", context=contexts[1])
    assert ["accepted"] == queue.outcomes()


def test_certificate_of_nobody(relay: Misbehaving, contexts: Contexts) -> None:
    """A certificate nobody vouches for ends it before a single address is said."""
    error = refused(relay, Play(starttls=contexts[0]), tls="required")
    assert (Stage.tls, True) == (error.reply.stage, "certificate verify failed" in str(error))


def test_certificate_of_another(relay: Misbehaving, tmp_path: Path) -> None:
    """So does one that was made for another host."""
    server, client = certified(tmp_path, "192.0.2.1")
    error = refused(relay, Play(starttls=server), tls="required", context=client)
    assert (Stage.tls, True) == (error.reply.stage, "127.0.0.1" in str(error))


# --- Login --------------------------------------------------------------------------------


def with_user(relay: Misbehaving) -> str:
    """Give the relay's URL with user and password."""
    return relay.url.replace("//", "//ann:pa%20ss@")


@pytest.mark.parametrize(
    ("ways", "said"),
    [
        ("PLAIN LOGIN", [f"AUTH PLAIN {PLAIN}"]),
        ("XOAUTH2 PLAIN", [f"AUTH PLAIN {PLAIN}"]),
        ("LOGIN", ["AUTH LOGIN", "YW5u", "cGEgc3M="]),
    ],
)
def test_login(relay: Misbehaving, ways: str, said: list[str]) -> None:
    """Who wants a user and a password gets them, in the way it offers."""
    relay.begin(Play(offers=("PIPELINING", f"AUTH {ways}")))
    queue = Queue(copies(1))
    play = queue.converse(relay, url=with_user(relay))
    assert ["accepted"] == queue.outcomes()
    assert said == play.heard[1 : 1 + len(said)]


def test_no_way_to_log_in(relay: Misbehaving) -> None:
    """A relay that offers no way we know is refused."""
    error = refused(relay, Play(offers=("AUTH CRAM-MD5",)), url=with_user(relay))
    assert (Stage.auth, True) == (error.reply.stage, "neither AUTH PLAIN" in str(error))


@pytest.mark.parametrize("reply", ["535 5.7.8 no", f"535 5.7.8 {PLAIN}", "454 4.7.0 not 'pa ss'"])
def test_login_refused(relay: Misbehaving, reply: str) -> None:
    """A login that is refused is told without the password, though the relay repeats it."""
    play = Play([Rule("AUTH", says(reply))], offers=("AUTH PLAIN",))
    error = refused(relay, play, url=with_user(relay))
    assert (Stage.auth, int(reply[:3])) == (error.reply.stage, error.reply.code)
    assert not any(secret in str(error) + error.reply.words for secret in ("pa ss", PLAIN))


def test_no_password_in_the_clear(relay: Misbehaving) -> None:
    """Who takes STARTTLS out of the way does not get the password."""
    play = Play(offers=("AUTH PLAIN",))
    error = refused(relay, play, url=with_user(relay), tls="opportunistic")
    assert "a password is not said in the clear" in str(error)
    assert not any(line.startswith("AUTH") for line in play.heard)


# --- What is offered ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "largest"),
    [("SIZE 1000", 1000), ("size 1000", 1000), ("SIZE", 0), ("SIZE 0", 0), ("SIZE many", 0)],
)
def test_size(line: str, largest: int) -> None:
    """A relay says how large a message may be, or that it does not know (RFC 1870 4)."""
    assert largest == Offers.parsed(f"relay\n{line}".encode()).largest


def test_first_line() -> None:
    """The first line is the relay's name, whatever that is."""
    assert "PIPELINING" not in Offers.parsed(b"PIPELINING\nSIZE 1")


def test_error_is_one_of_ours(relay: Misbehaving) -> None:
    """A relay that cannot be used is the error that the rest of the program knows."""
    assert isinstance(refused(relay, Play(), tls="required"), RelayError)


def test_a_refusal_survives_the_way_from_one_process_to_another() -> None:
    """What sends in a process of its own hands its trouble to the one that started it."""
    error = RelayRefusedError("relay:25", Reply(Outcome.deferred, "421 closing", 421))
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  (it was made here)
    assert (str(error), error.reply) == (str(copy), copy.reply)
