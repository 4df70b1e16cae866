"""Signatures that dkimpy, which shares no code with ours, finds right - or wrong, if touched."""

import re
from dataclasses import replace
from email import message_from_bytes
from functools import cache, partial
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from dkim.canonicalization import Relaxed
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import SettingsError
from publisher.mail.dkim import (
    Key,
    Kind,
    PrivateKey,
    Signer,
    SigningRelay,
    dns_record,
    generate_key,
    load_key,
    relaxed_body,
    relaxed_header,
)
from publisher.mail.mime import Mailbox
from publisher.mail.personalize import compose
from publisher.mail.smtp_client import Submission
from publisher.mail.smtp_session import Route, send_messages
from publisher.mail.transport import Outcome
from tests.support.rendered_mail import LETTER
from tests.support.smtp_server import mail_server

LONG = replace(
    LETTER,
    sender=Mailbox("论文 News", "news@example.org"),
    subject="#012: 一个很长的题目，长到它一定要折成好几行才放得下，因为每行不过七十六个字符",
    issue_url="https://example.org/issues/012/",
    unsubscribe_urls=("mailto:answers@example.org?subject=unsubscribe",),
    join_url="mailto:answers@example.org?subject=subscribe",
    text="text\n" * 300,
    html="<p>“网页”</p>\n" * 300,
    issue="012",
)
MESSAGE = compose(LONG, "ann@example.com")
TIME = 1_795_000_000


@cache
def keys() -> tuple[Key, ...]:
    """Return a key of each kind."""
    return tuple(
        Key(
            domain="example.org", selector=f"news-{kind.value}", private=_loaded(generate_key(kind))
        )
        for kind in Kind
    )


def _loaded(pem: bytes) -> PrivateKey:
    found = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(found, PrivateKey)
    return found


@cache
def signed() -> bytes:
    """Return the message with both signatures."""
    return Signer(keys()).sign(MESSAGE, timestamp=TIME)


def verdicts(message: bytes) -> list[bool]:
    """Return what dkimpy says of each of the two signatures, from the top."""
    published = {dns_record(key).name: dns_record(key).value.encode() for key in keys()}

    def look_up(name: bytes, timeout: int = 5) -> bytes | None:
        del timeout
        return published.get(name.decode().rstrip("."))

    return [_verdict(message, index, look_up) for index in range(2)]


def _verdict(message: bytes, index: int, look_up: object) -> bool:
    try:
        return bool(dkim.DKIM(message).verify(idx=index, dnsfunc=look_up))
    except dkim.ValidationError:
        return False


# --- Signatures ---------------------------------------------------------------------------


def test_both_hold() -> None:
    """Both signatures of a message hold."""
    assert [True, True] == verdicts(signed())


def test_both_hold_after_a_journey() -> None:
    """Both hold for the one that gets the message over SMTP."""
    with mail_server() as server:
        route = Route(url=f"smtp://127.0.0.1:{server.port}", tls="off")
        relay = SigningRelay(Submission(route.place, partial(send_messages, route)), Signer(keys()))
        reply = relay.hand_over("news@example.org", "ann@example.com", "<1@x>", MESSAGE)
        relay.close()
    assert Outcome.accepted is reply.outcome
    assert [[True, True]] == [verdicts(each) for each in server.taken]


def test_same_bytes() -> None:
    """Signing the same message once more gives the same bytes."""
    assert signed() == Signer(keys()).sign(MESSAGE, timestamp=TIME)


def test_message_is_left_alone() -> None:
    """The message itself follows its signatures unchanged."""
    assert signed().endswith(b"\r\n" + MESSAGE)


def test_lines_are_short() -> None:
    """No line of a signature passes 76 characters, however long the header's names become."""
    assert max(map(len, signed().removesuffix(MESSAGE).split(b"\r\n"))) <= 76


def test_timestamp() -> None:
    """The time of signing stands in a signature when it is given, and else no time does."""
    without = Signer(keys()).sign(MESSAGE).removesuffix(MESSAGE)
    assert (2, 0) == (signed().count(f"t={TIME};".encode()), without.count(b" t="))


@pytest.mark.parametrize(
    "body", [b"", b"\r\n\r\n", b"text", b"text \t \r\n\r\n", b" ", b".\r\n.\r\n"]
)
def test_odd_bodies(body: bytes) -> None:
    """Both hold over bodies that are empty, or end in odd ways."""
    ended = body if body.endswith(b"\r\n") else body + b"\r\n"  # as SMTP would have it
    message = b"From: news@example.org\r\nSubject: x\r\n\r\n"
    signatures = Signer(keys()).sign(message + body).removesuffix(message + body)
    assert [True, True] == verdicts(signatures + message + ended)


def names_signed(*headers: str) -> list[str]:
    """Return the names that a signature covers, where these are set."""
    signed = Signer(keys(), headers).sign(MESSAGE)
    assert [True, True] == verdicts(signed)
    field = message_from_bytes(signed)["DKIM-Signature"]
    return re.sub(r"\s", "", field.partition("h=")[2].partition(";")[0]).split(":")


def test_header_names() -> None:
    """The fields in the setting are signed and no others; what is shown cannot be added to."""
    signed = names_signed("from", "subject", "list-id", "cc")
    assert ["from", "from", "subject", "subject", "list-id", "cc"] == signed


def test_service_that_changes_some() -> None:
    """Fields that are not signed may be set anew on the way, as Amazon SES does."""
    signed = Signer(keys(), ("from", "to", "subject")).sign(MESSAGE)
    changed = re.sub(rb"(?m)^Message-ID: .*$", b"Message-ID: <other@amazonses.com>\r", signed)
    assert changed != signed
    assert [True, True] == verdicts(changed)


def test_other_header_names_sign_otherwise() -> None:
    """What was signed ahead with other fields is not taken for signed with these."""
    assert Signer(keys()).fingerprint != Signer(keys(), ("from",)).fingerprint


def test_nothing_but_a_header() -> None:
    """A message may end with its header."""
    assert [True, True] == verdicts(Signer(keys()).sign(b"From: news@example.org\r\n"))


def test_no_from() -> None:
    """A message without a From is not signed."""
    with pytest.raises(ValueError, match="without a From"):
        Signer(keys()).sign(b"Subject: x\r\n\r\nbody\r\n")


# --- Tampering ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (rb"(?m)^From: .*", b"From: other@example.org"),
        (rb"(?m)^To: .*", b"To: bob@example.com"),
        (rb"(?m)^Subject: .*", b"Subject: other"),
        (rb"(?m)^Date: .*", b"Date: Fri, 20 Nov 2026 09:00:00 +0000"),
        (rb"(?m)^Message-ID: .*", b"Message-ID: <other@example.org>"),
        (rb"(?m)^Reply-To: .*", b"Reply-To: other@example.org"),
        (rb"(?m)^List-Unsubscribe: .*", b"List-Unsubscribe: <https://example.com/>"),
        (rb"(?m)^List-Id: .*", b"List-Id: <other.example.org>"),
        (rb"boundary=", b"boundary=x"),
        (rb"\r\n--=_", b"\r\n--=-"),
        (rb"dGV4dA0K", b"dGV4dA1K"),
    ],
)
def test_tampering(pattern: bytes, replacement: bytes) -> None:
    """Neither holds once a signed header or the body was changed."""
    changed, count = re.subn(pattern, replacement, MESSAGE, count=1)
    assert (1, [False, False]) == (
        count,
        verdicts(signed().removesuffix(MESSAGE) + changed),
    )


@pytest.mark.parametrize(
    "header",
    [
        *("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "Cc", "Content-Type"),
        *("List-Unsubscribe", "List-Unsubscribe-Post"),
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["on top", "at the end"])
def test_oversigning(header: str, first: bool) -> None:  # noqa: FBT001  (a parameter of the test)
    """Neither holds once another header of a name that is signed too often was put in."""
    added = f"{header}: other@example.org\r\n".encode()
    head, _, body = signed().partition(b"\r\n\r\n")
    changed = (added + head if first else head + b"\r\n" + added[:-2]) + b"\r\n\r\n" + body
    assert [False, False] == verdicts(changed)


def test_one_click_is_signed() -> None:
    """Both headers of one-click are signed once more often than they stand (RFC 8058 4)."""
    urls = ("https://example.org/leave/t", *LONG.unsubscribe_urls)
    message = compose(replace(LONG, unsubscribe_urls=urls), "ann@example.com")
    signatures = message_from_bytes(Signer(keys()).sign(message)).get_all("DKIM-Signature", [])
    for signature in signatures:
        signed_names = re.sub(r"\s", "", signature).partition(";h=")[2].partition(";")[0].split(":")
        for name in ("list-unsubscribe", "list-unsubscribe-post"):
            assert signed_names.count(name) == 2
    assert len(signatures) == len(keys())


def test_other_headers_may_be_added() -> None:
    """Both hold after a receiver has put in headers of its own."""
    added = b"Received: from x\r\n\tby y; Fri, 20 Nov 2026 08:00:00 +0000\r\nX-Spam: no\r\n"
    assert [True, True] == verdicts(added + signed())


def test_refolding() -> None:
    """Both hold after headers were folded in another way."""
    changed = signed().replace(b"Subject: ", b"SUBJECT:\r\n \t")
    assert [True, True] == verdicts(changed)


def test_each_on_its_own() -> None:
    """One holds where the other was spoiled."""
    assert [False, True] == verdicts(signed().replace(b"a=rsa-sha256", b"a=rsa-sha1", 1))


# --- Canonical forms ----------------------------------------------------------------------

PIECES = st.lists(
    st.sampled_from([b" ", b"\t", b"\r\n", b"a", b"B", b".", b":", b"\xe8\xae\xba", b"\0"])
).map(b"".join)


@given(PIECES)
def test_body_like_dkimpy(body: bytes) -> None:
    """A body that ends with a line's end has dkimpy's canonical form."""
    assert Relaxed.canonicalize_body(body + b"\r\n") == relaxed_body(body + b"\r\n")


@given(PIECES)
def test_body_without_an_end(body: bytes) -> None:
    """A last line without an end counts as if it had one, as SMTP gives it one."""
    expected = relaxed_body(body if body.endswith(b"\r\n") else body + b"\r\n")
    assert expected == relaxed_body(body)


@given(st.sampled_from([b"Subject", b"sUBJECT ", b"X-Y\t"]), PIECES)
def test_header_like_dkimpy(name: bytes, value: bytes) -> None:
    """A header field has dkimpy's canonical form."""
    ((expected_name, expected),) = Relaxed.canonicalize_headers([(name, value)])
    assert expected_name + b":" + expected == relaxed_header(name, value) + b"\r\n"


@settings(deadline=None)  # the first example makes the keys
@given(PIECES, PIECES)
def test_whatever_is_in_it(subject: bytes, body: bytes) -> None:
    """Both hold whatever stands in a message."""
    value = subject.replace(b"\r\n", b"\r\n ").replace(b"\0", b"").rstrip(b"\r\n ") or b"x"
    message = b"From: news@example.org\r\nSubject: " + value + b"\r\n\r\n" + body + b"\r\n"
    assert [True, True] == verdicts(Signer(keys()).sign(message))


# --- Keys ---------------------------------------------------------------------------------


def stored(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    """Put a key in a file."""
    path = folder / "key.pem"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("kind", Kind)
def test_load(tmp_path: Path, kind: Kind) -> None:
    """A key that was made can be loaded, and is of the kind asked for."""
    path = stored(tmp_path, generate_key(kind))
    found = load_key(path, domain="example.org", selector="news")
    assert (kind, "example.org", "news") == (found.kind, found.domain, found.selector)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660])
def test_others_may_read(tmp_path: Path, mode: int) -> None:
    """A key that others may read or write is refused, with what to do."""
    path = stored(tmp_path, generate_key(Kind.ed25519), mode)
    with pytest.raises(SettingsError, match=f"chmod 600 {path}$"):
        load_key(path, domain="example.org", selector="news")


def test_a_group_may_read(tmp_path: Path) -> None:
    """In a folder that is shared with a group, as it is for `serve`, the group may read a key."""
    path = stored(tmp_path, generate_key(Kind.ed25519), 0o660)
    tmp_path.chmod(0o2770)
    assert "news" == load_key(path, domain="example.org", selector="news").selector


def _pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, secret: bytes = b"") -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption(),
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds no private"),
        (
            _pem(rsa.generate_private_key(65537, 1024)),  # noqa: S505  (what is refused)
            "2048 to 4096 bits, not 1024",
        ),
        (_pem(ec.generate_private_key(ec.SECP256R1())), "DKIM knows RSA and Ed25519 keys"),
        (_pem(ec.generate_private_key(ec.SECP256R1()), b"secret"), "has a passphrase"),
    ],
    ids=["empty", "garbage", "short", "another kind", "passphrase"],
)
def test_unusable_key(tmp_path: Path, content: bytes, words: str) -> None:
    """A file that holds no key to sign with is an error in one line that names it."""
    path = stored(tmp_path, content)
    with pytest.raises(SettingsError, match=f"^{path}: .*{words}") as caught:
        load_key(path, domain="example.org", selector="news")
    assert "\n" not in str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    """A key that is not there is an error that says how to make one."""
    with pytest.raises(
        SettingsError, match="No such file or directory; `publisher doctor --dkim-keygen` makes"
    ):
        load_key(tmp_path / "key.pem", domain="example.org", selector="news")


@pytest.mark.parametrize("selector", ["", "a b", "新", "-a", "a..b", "a:b", "../a"])
def test_bad_selector(tmp_path: Path, selector: str) -> None:
    """A selector that cannot be part of a name in DNS is refused."""
    with pytest.raises(SettingsError, match="cannot be a DKIM selector"):
        load_key(tmp_path / "key.pem", domain="example.org", selector=selector)


def test_key_is_not_shown() -> None:
    """A key's representation does not hold its secret."""
    assert [
        "Key(domain='example.org', selector='news-rsa')",
        "Key(domain='example.org', selector='news-ed25519')",
    ] == [repr(key) for key in keys()]


def test_record() -> None:
    """A record stands under the selector, and its strings have 255 characters at most."""
    record = dns_record(keys()[0])
    assert "news-rsa._domainkey.example.org" == record.name
    assert record.value.startswith("v=DKIM1; k=rsa; p=MII")
    assert (record.value, 2, 255) == (
        "".join(record.strings),
        len(record.strings),
        len(record.strings[0]),
    )


def test_record_as_text() -> None:
    """A record can be put into a zone file as it is."""
    record = replace(dns_record(keys()[1]), value="v=DKIM1; k=ed25519; p=abc=")
    expected = 'news-ed25519._domainkey.example.org. TXT "v=DKIM1; k=ed25519; p=abc="'
    assert expected == str(record)
