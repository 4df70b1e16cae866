"""What is said of the addresses mail comes from, and of where answers to it go."""

import ipaddress

import pytest

from publisher.doctor.dns import Address, Status
from publisher.doctor.finding import Finding, Level
from publisher.doctor.sending_host import Source, find_source, judge_mailbox, judge_names
from tests.support.dns_server import Zone, facts

V4, V6 = ipaddress.ip_address("203.0.113.7"), ipaddress.ip_address("2001:db8::7")
PTR_4 = "7.113.0.203.in-addr.arpa"
PTR_6 = f"7.{'0.' * 23}8.b.d.0.1.0.0.2.ip6.arpa"
HOSTS: Zone = {
    ("mail.example.org", "A"): ["203.0.113.7"],
    ("mail.example.org", "AAAA"): ["2001:db8::7"],
    ("inside.example.org", "A"): ["10.0.0.7"],
    ("broken.example.org", "A"): Status.failed,
}


# --- Where mail comes from ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "expected"),
    [("mail.example.org", (V4, V6)), ("203.0.113.7", (V4,)), ("", ())],
)
def test_find(host: str, expected: tuple[Address, ...]) -> None:
    """The relay's addresses are taken for those that mail comes from."""
    source = Source(addresses=expected, given=False, host=host)
    assert (source, []) == find_source(facts(HOSTS), host, ())


def test_given() -> None:
    """Addresses that the person names are taken instead."""
    source, found = find_source(facts(HOSTS), "mail.example.org", [V6])
    assert ((V6,), True, []) == (source.addresses, source.given, found)


@pytest.mark.parametrize(
    ("host", "level"),
    [
        ("inside.example.org", Level.advice),
        ("127.0.0.1", Level.advice),
        ("broken.example.org", Level.advice),
        ("nothing.example.org", Level.problem),
    ],
)
def test_not_found(host: str, level: Level) -> None:
    """An address that receivers never see says nothing; a relay that has none is a problem."""
    source, (found,) = find_source(facts(HOSTS), host, ())
    assert ((), level) == (source.addresses, found.level)


# --- Names --------------------------------------------------------------------------------


def name(zone: Zone, address: Address = V4) -> Finding:
    """Return what is said of one address's name."""
    source = Source(addresses=(address,), given=False, host="mail.example.org")
    (found,) = judge_names(facts({**HOSTS, **zone}), source)
    return found


@pytest.mark.parametrize(("address", "where"), [(V4, PTR_4), (V6, PTR_6)])
def test_name(address: Address, where: str) -> None:
    """A name that leads back to the address is good."""
    expected = f"{address} is mail.example.org, and mail.example.org is {address}"
    assert Finding(Level.ok, "PTR", expected) == name(
        {(where, "PTR"): ["mail.example.org."]}, address
    )


def test_no_name() -> None:
    """An address without a name is a problem; its owner can give it one."""
    expected = Finding(
        Level.problem,
        "PTR",
        "203.0.113.7 has no name (reverse DNS)",
        f'Whoever gave you 203.0.113.7 sets it; ask for: {PTR_4}. PTR "mail.example.org."',
    )
    assert expected == name({})


def test_name_of_another() -> None:
    """A name that does not lead back is a problem; either end can be put right."""
    found = name({(PTR_4, "PTR"): ["inside.example.org."]})
    assert Level.problem is found.level
    assert found.do.startswith('Publish: inside.example.org. A "203.0.113.7". Or, ')


def test_one_of_its_names() -> None:
    """One name of several that leads back is enough."""
    zone: Zone = {(PTR_4, "PTR"): ["inside.example.org.", "mail.example.org."]}
    assert Level.ok is name(zone).level


@pytest.mark.parametrize("status", [Status.failed, Status.late])
def test_name_no_answer(status: Status) -> None:
    """Where DNS tells nothing of the name, that is what is found."""
    assert "no usable answer" in name({(PTR_4, "PTR"): status}).what


def test_forward_no_answer() -> None:
    """Where it tells nothing of the way back, too."""
    found = name({(PTR_4, "PTR"): ["broken.example.org."]})
    assert "no usable answer for broken.example.org A" in found.what


# --- Where answers go ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "level", "words"),
    [
        ({("example.org", "MX"): ["10 mail.example.org."]}, Level.ok, "goes to mail.example.org"),
        ({}, Level.problem, "there is no domain example.org"),
        ({("example.org", "TXT"): ["x"]}, Level.problem, "has no MX: bounces and answers"),
        ({("example.org", "A"): ["203.0.113.7"]}, Level.advice, "its own address has to take"),
        ({("example.org", "MX"): ["0 ."]}, Level.problem, "it takes no mail (a null MX)"),
        ({("example.org", "MX"): ["10 x.example.org."]}, Level.problem, "which has no address"),
        ({("example.org", "MX"): ["10 broken.example.org."]}, Level.problem, "no usable answer"),
        ({("example.org", "MX"): Status.late}, Level.problem, "no usable answer"),
    ],
)
def test_mailbox(zone: Zone, level: Level, words: str) -> None:
    """Mail to the sender's domain has to go to a host that has an address."""
    found = judge_mailbox(facts({**HOSTS, **zone}), "example.org")
    assert (level, True) == (found.level, words in found.what)
