"""The whole examination, over a real DNS server and a real relay on 127.0.0.1."""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography.hazmat.primitives import serialization

from publisher.doctor.dns import Address, Dns, Status
from publisher.doctor.finding import Finding, Level
from publisher.doctor.run import Setup, examine_setup
from publisher.mail.dkim import Key, Kind, PrivateKey, dns_record, generate_key
from publisher.mail.mime import Mailbox
from publisher.mail.smtp_endpoint import Route
from tests.support.dns_server import Zone, name_server
from tests.support.smtp_server import mail_server

RELAY = ipaddress.ip_address("203.0.113.7")
SENDER = Mailbox("News", "news@example.org")


def keys() -> list[Key]:
    """Make a key of each kind."""
    found = []
    for kind in Kind:
        private = serialization.load_pem_private_key(generate_key(kind), password=None)
        assert isinstance(private, PrivateKey)
        found.append(Key(domain="example.org", selector=kind.value, private=private))
    return found


def published(*made: Key) -> Zone:
    """Return all that a good sender publishes."""
    return {
        **{(dns_record(key).name, "TXT"): [dns_record(key).value] for key in made},
        ("example.org", "TXT"): ["v=spf1 ip4:203.0.113.7 -all"],
        ("example.org", "MX"): ["10 mail.example.org."],
        ("mail.example.org", "A"): ["203.0.113.7"],
        ("7.113.0.203.in-addr.arpa", "PTR"): ["mail.example.org."],
        ("_dmarc.example.org", "TXT"): ["v=DMARC1; p=reject; rua=mailto:dmarc@example.org"],
    }


def examined(
    zone: Zone,
    relays: list[str],
    made: list[Key],
    reply_to: str = "",
    bounce_domain: str = "",
    sends_from: Sequence[Address] = (RELAY,),
) -> list[Finding]:
    """Return what is found."""
    setup = Setup(
        sender=SENDER,
        reply_to=Mailbox("", reply_to) if reply_to else None,
        bounce_domain=bounce_domain,
        relays=[Route(url=url, tls="off", hello="mail.example.org") for url in relays],
        keys=made,
        sends_from=sends_from,
        message_size=256 * 1024,
    )
    now = datetime(2026, 11, 20, 8, tzinfo=UTC)
    with name_server(zone) as resolver:
        ask = Dns(resolver, patience=20)
        return list(examine_setup(setup, ask, now=now))


def test_all_is_well() -> None:
    """A sender that publishes all there is to publish has nothing to do."""
    made = keys()
    with mail_server(enable_SMTPUTF8=True) as server:
        found = examined(published(*made), [f"smtp://127.0.0.1:{server.port}"], made)
    expected = [*["relay"] * 3, "PTR", *["SPF"] * 2, *["DKIM"] * 2, *["DMARC"] * 2, "MX"]
    assert [(Level.ok, topic) for topic in expected] == [(each.level, each.topic) for each in found]


def test_several_relays() -> None:
    """Each relay is talked to, where each sends from is looked for; what both need is said once."""
    relays = ["smtp://127.0.0.1:1", "smtp://127.0.0.2:1", "smtps://127.0.0.2:2"]
    found = examined(published(), relays, [], sends_from=())
    topics = [each.topic for each in found]
    assert ["relay", "relay", "relay", "PTR", "PTR"] == topics[:5]
    assert ["127.0.0.1:1", "127.0.0.2:1", "127.0.0.2:2"] == [
        each.what.split(" to ")[1].split(": ")[0] for each in found[:3]
    ]
    assert ["127.0.0.1", "127.0.0.2"] == [
        each.what.split(" (")[0].split()[-1] for each in found[3:5]
    ]
    assert len(set(found)) == len(found)


def test_nothing_is_published() -> None:
    """A sender that publishes nothing is told all of it."""
    found = examined({}, [], [])
    problems = [each.topic for each in found if each.level is Level.problem]
    assert ["PTR", "SPF", "DMARC", "MX"] == problems


def test_everything_is_to_be_done() -> None:
    """Whatever is not as it should be comes with what to do."""
    found = examined({}, [], [])
    assert [] == [each for each in found if (each.level is Level.ok) != (each.do == "")]


def test_broken_dns() -> None:
    """Where DNS fails at every turn, each check says so and none is an error."""
    questions = [
        ("example.org", "TXT"),
        ("example.org", "MX"),
        ("_dmarc.example.org", "TXT"),
        ("7.113.0.203.in-addr.arpa", "PTR"),
    ]
    zone: Zone = dict.fromkeys(questions, Status.failed)
    found = examined(zone, [], [])
    unknown = [each.topic for each in found if "no usable answer" in each.what]
    assert ["PTR", "SPF", "DMARC", "MX"] == unknown


def test_answers_elsewhere() -> None:
    """Where answers go to another domain, that one is looked at too."""
    found = examined(published(), [], [], reply_to="a@nothing.example")
    assert "there is no domain nothing.example" == found[-1].what


def test_bounces_elsewhere() -> None:
    """Where mail goes back to a domain of its own, SPF and an MX are wanted there."""
    returns = "bounces.example.org"
    found = examined(published(), [], [], bounce_domain=returns)
    problems = [each.what for each in found if each.level is Level.problem]
    assert f"{returns} has no SPF record" in problems
    assert f"there is no domain {returns}" in problems
    zone: Zone = {
        **published(),
        (returns, "TXT"): ["v=spf1 ip4:203.0.113.7 -all"],
        (returns, "MX"): ["10 mail.example.org."],
    }
    found = examined(zone, [], [], bounce_domain=returns)
    assert [] == [each for each in found if each.level is Level.problem]
