"""What is made of each thing that a DNS server can do, over a real one on 127.0.0.1."""

import ipaddress
import time

import dns.resolver
import pytest

from publisher.doctor.dns import Answer, Dns, Status, make_reverse_name, resolver_at
from publisher.errors import SettingsError
from tests.support.dns_server import Zone, name_server

ZONE: Zone = {
    ("example.org", "TXT"): ["v=spf1 mx -all", "something else"],
    ("example.org", "MX"): ["20 b.example.org.", "10 A.example.org."],
    ("null.example.org", "MX"): ["0 ."],
    ("a.example.org", "A"): ["203.0.113.7"],
    ("a.example.org", "AAAA"): ["2001:db8:0:0::7"],
    ("7.113.0.203.in-addr.arpa", "PTR"): ["A.Example.Org."],
    ("long.example.org", "TXT"): ["x" * 700],
    ("broken.example.org", "TXT"): Status.failed,
    ("silent.example.org", "TXT"): Status.late,
}


def asked(name: str, kind: str, *, patience: float = 20) -> Answer:
    """Return the answer of the server."""
    with name_server(ZONE) as resolver:
        return Dns(resolver, patience=patience)(name, kind)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("null.example.org", "MX", ("",)),
        ("example.org", "MX", ("a.example.org", "b.example.org")),
        ("a.example.org", "A", ("203.0.113.7",)),
        ("a.example.org", "AAAA", ("2001:db8::7",)),
        ("7.113.0.203.in-addr.arpa", "PTR", ("a.example.org",)),
    ],
)
def test_values(name: str, kind: str, expected: tuple[str, ...]) -> None:
    """Values are given as text: hosts in lower case without a final dot, MX by preference."""
    assert Answer(Status.found, expected) == asked(name, kind)


def test_text() -> None:
    """Each TXT record is one value."""
    assert {"v=spf1 mx -all", "something else"} == set(asked("example.org", "TXT").values)


def test_long_text() -> None:
    """A record too long for UDP is asked for over TCP, and its strings are read as one."""
    assert ("x" * 700,) == asked("long.example.org", "TXT").values


def test_no_name() -> None:
    """A name that is not there is an answer."""
    assert Answer(Status.no_name) == asked("nothing.example.org", "TXT")


def test_no_record() -> None:
    """A name without such a record is another."""
    assert Answer(Status.no_record) == asked("a.example.org", "TXT")


def test_servfail() -> None:
    """A server that fails is an answer that tells nothing, with its words."""
    found = asked("broken.example.org", "TXT")
    assert (True, Answer(Status.failed, words="SERVFAIL")) == (found.unknown, found)


def test_silence() -> None:
    """A server that says nothing is given up on, and that is an answer that tells nothing."""
    found = asked("silent.example.org", "TXT", patience=0.3)
    assert (Status.late, True) == (found.status, found.unknown)


def test_all_patience() -> None:
    """However many questions get no answer, there is an end to waiting."""
    with name_server(ZONE) as resolver:
        start = time.monotonic()
        ask = Dns(resolver, patience=60, all_patience=0.3)
        found = [ask(name, "TXT").status for name in ("silent.example.org", "example.org")]
    assert [Status.late, Status.late] == found
    assert time.monotonic() - start < 20


def test_asked_once() -> None:
    """A question is asked once, and its answer remembered."""
    zone = dict(ZONE)
    with name_server(zone) as resolver:
        ask = Dns(resolver)
        first = ask("a.example.org", "A")
        zone.clear()
        assert first == ask("A.example.org.", "A")


def test_impossible_name() -> None:
    """A name that DNS cannot hold tells nothing, and is no error."""
    assert Status.failed is asked("a..example.org", "TXT").status


def test_no_server() -> None:
    """A machine that knows no DNS server gets answers that say so."""
    resolver = dns.resolver.Resolver(configure=False)
    expected = Answer(Status.failed, words="this machine knows no DNS server")
    assert expected == Dns(resolver)("example.org", "TXT")


@pytest.mark.parametrize(
    ("place", "address", "port"),
    [
        ("127.0.0.1", "127.0.0.1", 53),
        ("127.0.0.1:5353", "127.0.0.1", 5353),
        ("::1", "::1", 53),
        ("[::1]:5353", "::1", 5353),
    ],
)
def test_resolver_at(place: str, address: str, port: int) -> None:
    """One server can be named, with or without a port."""
    found = resolver_at(place)
    assert ([address], port) == (found.nameservers, found.port)


@pytest.mark.parametrize("place", ["ns.example.org", "127.0.0.1:x", "", "127.0.0.1:99999"])
def test_resolver_nowhere(place: str) -> None:
    """What is no address of a server is an error that says what is wanted."""
    with pytest.raises(SettingsError, match=f'^"{place}" is no DNS server: wants an address'):
        resolver_at(place)


def test_reverse_name() -> None:
    """An address's PTR record stands under its numbers backwards."""
    assert "7.113.0.203.in-addr.arpa" == make_reverse_name(ipaddress.ip_address("203.0.113.7"))
