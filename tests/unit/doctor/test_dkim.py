"""What is said of a published DKIM record next to the key that mail is signed with."""

import base64
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from publisher.doctor.dkim import judge_keys, load_keys
from publisher.doctor.dns import Status
from publisher.doctor.finding import Finding, Level
from publisher.mail.dkim import Key, Kind, PrivateKey, dns_record, generate_key
from tests.support.dns_server import Zone, facts


def key(kind: Kind = Kind.rsa, selector: str = "news") -> Key:
    """Return a key, the same for the same arguments."""
    return _key(kind, selector)


@cache
def _key(kind: Kind, selector: str) -> Key:
    private = serialization.load_pem_private_key(generate_key(kind), password=None)
    assert isinstance(private, PrivateKey)
    return Key(domain="example.org", selector=selector, private=private)


def finding(*texts: str, kind: Kind = Kind.rsa) -> Finding:
    """Return what is said of TXT records under the key's selector."""
    zone: Zone = {("news._domainkey.example.org", "TXT"): list(texts)} if texts else {}
    return next(each for each in judge_keys(facts(zone), [key(kind)]) if "alone" not in each.what)


def public(kind: Kind = Kind.rsa) -> str:
    """Return the `p=` of the key."""
    return dns_record(key(kind)).value.partition("p=")[2]


@pytest.mark.parametrize("kind", Kind)
def test_good(kind: Kind) -> None:
    """The record that was proposed is good."""
    expected = f"selector news ({kind.value}) is published and fits the key"
    assert Finding(Level.ok, "DKIM", expected) == finding(dns_record(key(kind)).value, kind=kind)


@pytest.mark.parametrize(
    "text",
    ["p={p}", "v=DKIM1;p={p};", "k=rsa; h=sha1:sha256; s=email; t=s; n=notes; p={p}"],
)
def test_other_good_ones(text: str) -> None:
    """Tags that may be left out may be, and others are fine where they let signatures be."""
    assert Level.ok is finding(text.format(p=public())).level


def test_spaces_in_the_key() -> None:
    """White space in a key counts for nothing."""
    assert Level.ok is finding(f"v=DKIM1; p={public()[:80]} {public()[80:]}").level


def test_bare_rsa_key() -> None:
    """An RSA key without the wrapping that names its kind is the same key."""
    bare = (
        key()
        .private.public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    )
    assert Level.ok is finding(f"v=DKIM1; p={base64.b64encode(bare).decode()}").level


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("v=DKIM1; k=rsa; p=", "its key is withdrawn"),
        ("v=DKIM1; k=rsa", "holds no key"),
        ("v=DKIM2; p={p}", '"v=DKIM2" is not "v=DKIM1"'),
        ("p={p}; v=DKIM1", '"v=DKIM1" does not stand first'),
        ("v=DKIM1; k=ed25519; p={p}", "is for ed25519 keys, and the key is rsa"),
        ("v=DKIM1; h=sha1; p={p}", "leaves out sha256"),
        ("v=DKIM1; s=tlsrpt; p={p}", "is not for e-mail"),
        ("v=DKIM1; p={p}; p={p}", '"p=" stands twice'),
        ("hello", '"hello" is no tag'),
        ("v=DKIM1; p=MIIB!", "is no base64"),
        ("v=DKIM1; p=MIIB", "cannot be read: was it cut short?"),
    ],
)
def test_bad(text: str, words: str) -> None:
    """A record that does not go with the key is a problem; the right one is what to publish."""
    found = finding(text.format(p=public()))
    assert (Level.problem, f"Publish: {dns_record(key())}") == (found.level, found.do)
    assert words in found.what


@pytest.mark.parametrize("kind", Kind)
def test_another_key(kind: Kind) -> None:
    """A record of another key is a problem."""
    found = finding(dns_record(key(kind, "other")).value, kind=kind)
    assert (Level.problem, True) == (found.level, "has another key than the one" in found.what)


def test_short_key() -> None:
    """A record of a key too short says so."""
    other = rsa.generate_private_key(65537, 1024).public_key()  # noqa: S505  (what is found out)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    der = other.public_bytes(serialization.Encoding.DER, form)
    found = finding(f"v=DKIM1; p={base64.b64encode(der).decode()}")
    assert "has another key, of only 1024 bits" in found.what


def test_testing() -> None:
    """A record that says it is only a test is better without saying so."""
    found = finding(f"v=DKIM1; t=y:s; p={public()}")
    assert (Level.advice, f"Publish: {dns_record(key())}") == (found.level, found.do)


def test_two_records() -> None:
    """Two records under one selector are a problem."""
    value = dns_record(key()).value
    expected = "news._domainkey.example.org has 2 TXT records"
    assert expected == finding(value, value).what


def test_nothing_published() -> None:
    """Where nothing is published, what to publish is said to the letter."""
    expected = Finding(
        Level.problem,
        "DKIM",
        "nothing is published for selector news",
        f"Publish: {dns_record(key())}",
    )
    assert expected == finding()


@pytest.mark.parametrize("status", [Status.failed, Status.late])
def test_no_answer(status: Status) -> None:
    """Where DNS tells nothing, that is what is found."""
    (found,) = judge_keys(facts({("news._domainkey.example.org", "TXT"): status}), [key()])
    assert (Level.problem, True) == (found.level, "no usable answer" in found.what)


def test_no_keys() -> None:
    """Mail that is not signed is better signed."""
    (found,) = judge_keys(facts({}), [])
    assert (Level.advice, True) == (found.level, "Make keys" in found.do)


def test_ed25519_alone() -> None:
    """Ed25519 alone is better not alone."""
    found = next(judge_keys(facts({}), [key(Kind.ed25519)]))
    assert (Level.advice, True) == (found.level, "Ed25519 alone" in found.what)


def test_key_that_cannot_be_read() -> None:
    """Where a key cannot be read, nothing is said of the kinds of the others."""
    found = judge_keys(facts({}), [key(Kind.ed25519)], complete=False)
    assert ["nothing is published for selector news"] == [each.what for each in found]


def test_load_keys(tmp_path: Path) -> None:
    """Keys that can be read are given; the others are findings."""
    path = tmp_path / "key.pem"
    path.write_bytes(generate_key(Kind.ed25519))
    path.chmod(0o600)
    keys, (found,) = load_keys([("a", path), ("b", tmp_path / "x.pem")], domain="example.org")
    assert (["a"], Level.problem) == ([each.selector for each in keys], found.level)
    assert found.what.startswith(f"{tmp_path / 'x.pem'}: cannot read the DKIM key")
