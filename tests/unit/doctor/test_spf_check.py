"""What receivers make of SPF records, and what to do where they make nothing of them."""

import ipaddress

import pytest

from publisher.doctor.dns import Status
from publisher.doctor.finding import Finding, Level
from publisher.doctor.sending_host import Source
from publisher.doctor.spf_check import judge_sender
from publisher.doctor.spf_eval import Result, check_sender
from publisher.doctor.spf_parser import SpfSyntaxError, expand_macros, parse_record
from tests.support.dns_server import Zone, facts

SENDER = "news@example.org"
RELAY = ipaddress.ip_address("203.0.113.7")
RELAY_6 = ipaddress.ip_address("2001:db8::7")
HOSTS: Zone = {
    ("mail.example.org", "A"): ["203.0.113.7"],
    ("mail.example.org", "AAAA"): ["2001:db8::7"],
    ("example.org", "MX"): ["10 mail.example.org."],
    ("example.org", "A"): ["203.0.113.9"],
    ("7.113.0.203.in-addr.arpa", "PTR"): ["mail.example.org."],
    ("service.example", "TXT"): ["v=spf1 ip4:203.0.113.0/28 -all"],
    ("strangers.example", "TXT"): ["v=spf1 ip4:198.51.100.0/24 -all"],
    ("7.113.0.203.in-addr.list.example.org", "A"): ["127.0.0.2"],
    ("news.users.example.org", "A"): ["127.0.0.2"],
    ("circle.example", "TXT"): ["v=spf1 include:circle.example -all"],
    ("broken.example", "TXT"): Status.failed,
    ("broken.example", "A"): Status.late,
    ("twice.example", "TXT"): ["v=spf1 -all", "v=spf1 ~all"],
    ("many.example", "MX"): [f"{number} m{number}.example." for number in range(11)],
}


def result(record: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address = RELAY) -> Result:
    """Return what a receiver makes of mail from an address."""
    zone = {**HOSTS, ("example.org", "TXT"): ["google-site-verification=x", record]}
    return check_sender(facts(zone), address, sender=SENDER).result


# --- The check ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=spf1", Result.neutral),
        ("v=spf1 -all", Result.fail),
        ("V=SPF1 ~ALL", Result.softfail),
        ("v=spf1 ?all", Result.neutral),
        ("v=spf1 all", Result.passed),
        ("v=spf1 ip4:203.0.113.7 -all", Result.passed),
        ("v=spf1  ip4:203.0.113.0/29  -all ", Result.passed),
        ("v=spf1 ip4:203.0.113.8/29 -all", Result.fail),
        ("v=spf1 -ip4:203.0.113.7 +all", Result.fail),
        ("v=spf1 ip6:2001:db8::/32 -all", Result.fail),
        ("v=spf1 a -all", Result.fail),
        ("v=spf1 a/28 -all", Result.passed),
        ("v=spf1 a:mail.example.org -all", Result.passed),
        ("v=spf1 mx -all", Result.passed),
        ("v=spf1 ptr -all", Result.passed),
        ("v=spf1 ptr:example.com -all", Result.fail),
        ("v=spf1 include:service.example -all", Result.passed),
        ("v=spf1 include:strangers.example ~all", Result.softfail),
        ("v=spf1 redirect=service.example", Result.passed),
        ("v=spf1 redirect=strangers.example", Result.fail),
        ("v=spf1 redirect=service.example -all", Result.fail),
        ("v=spf1 exists:%{ir}.%{v}.list.%{d} -all", Result.passed),
        ("v=spf1 exists:%{l}.users.%{o} -all", Result.passed),
        ("v=spf1 exists:nobody.%{d2} -all", Result.fail),
        ("v=spf1 unknown=modifier -all", Result.fail),
        ("v=spf1 a:broken.example -all", Result.temperror),
        ("v=spf1 include:broken.example -all", Result.temperror),
        ("v=spf1 include:nothing.example -all", Result.permerror),
        ("v=spf1 redirect=nothing.example", Result.permerror),
        ("v=spf1 include:twice.example -all", Result.permerror),
        ("v=spf1 mx:many.example -all", Result.permerror),
        ("v=spf1 a:mail..example.org -all", Result.permerror),
        ("v=spf1 include:circle.example -all", Result.permerror),
        ("v=spf10 -all", Result.none),
    ],
)
def test_result(record: str, expected: Result) -> None:
    """A record has the result RFC 7208 gives it."""
    assert expected is result(record)


@pytest.mark.parametrize("record", ["v=spf1 ip6:2001:db8::/32 -all", "v=spf1 mx//64 -all"])
def test_ipv6(record: str) -> None:
    """An IPv6 address is looked for among IPv6 addresses."""
    assert Result.passed is result(record, RELAY_6)


def test_mapped_ipv4() -> None:
    """An IPv4 address in an IPv6 one is the IPv4 address."""
    mapped = ipaddress.ip_address("::ffff:203.0.113.7")
    assert Result.passed is result("v=spf1 ip4:203.0.113.7 -all", mapped)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ("a:mail.example.org " * 10, (Result.fail, 10, 0)),
        ("a:mail.example.org " * 11, (Result.permerror, 11, 0)),
        ("a:x.example.org a:y.example.org ", (Result.fail, 2, 2)),
        ("a:x.example.org a:y.example.org a:z.example.org ", (Result.permerror, 3, 3)),
    ],
)
def test_limits(terms: str, expected: tuple[Result, int, int]) -> None:
    """Ten lookups are made and no more, of which two may find nothing."""
    zone: Zone = {
        ("example.org", "TXT"): [f"v=spf1 {terms}-all"],
        ("mail.example.org", "A"): ["203.0.113.9"],
    }
    found = check_sender(facts(zone), RELAY, sender=SENDER)
    assert expected == (found.result, found.lookups, found.void)


# --- The grammar --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "term",
    [
        *("foo", "all:x", "-", "ip4", "ip4:1.2.3", "ip4:1.2.3.4/33", "ip4:2001:db8::1"),
        *("ip6:1.2.3.4", "include", "include:", "include:org", "exists", "a/33", "a//129", "a:"),
        *("mx:a b", "a:%{x}.org", "a:%{d0}", "a:%x.org", "exists:%{c}.org", "redirect=", "ptr:"),
        *("redirect=a.org redirect=b.org", "a:1.2.3.4", "ip4:1.2.3.4/08", "=x"),
    ],
)
def test_unreadable(term: str) -> None:
    """A term that receivers cannot read is an error that names it."""
    with pytest.raises(SpfSyntaxError, match=r'^"'):
        parse_record(f"v=spf1 {term} -all")


@pytest.mark.parametrize(
    ("macro", "expected"),
    [
        # RFC 7208 7.4
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{S}", "strong-bad%40email.example.com"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("a%%b%_c%-d.x", "a%b c%20d.x"),
        (f"{'x' * 60}.{'y' * 250}.z", f"{'y' * 250}.z"),
    ],
)
def test_macros(macro: str, expected: str) -> None:
    """Macros stand for what RFC 7208 says; a name that gets too long loses its left."""
    domain = "email.example.com"
    values = {"s": f"strong-bad@{domain}", "l": "strong-bad", "o": domain, "d": domain}
    assert expected == expand_macros(macro, {**values, "i": "192.0.2.3", "v": "in-addr"})


# --- Findings -----------------------------------------------------------------------------


def findings(*texts: str, given: bool = False) -> list[Finding]:
    """Return what is found where these TXT records are published."""
    zone = {**HOSTS, ("example.org", "TXT"): list(texts)}
    if not texts:
        del zone[("example.org", "TXT")]
    where = Source(addresses=(RELAY,), given=given, host="" if given else "mail.example.org")
    return list(judge_sender(facts(zone), sender=SENDER, source=where))


def test_good() -> None:
    """A record that names the relay and ends in -all is good."""
    expected = [
        Finding(Level.ok, "SPF", "'v=spf1 mx -all' takes 1 of 10 lookups"),
        Finding(Level.ok, "SPF", "203.0.113.7 (mail.example.org) may send for example.org"),
    ]
    assert expected == findings("v=spf1 mx -all")


def test_none() -> None:
    """Where there is none, one is proposed that names the relay's address."""
    expected = Finding(
        Level.problem,
        "SPF",
        "example.org has no SPF record",
        'Publish: example.org. TXT "v=spf1 ip4:203.0.113.7 ~all"',
    )
    assert [expected] == findings()


def test_two() -> None:
    """Two records are a problem: they are named, to be made one."""
    (found,) = findings("v=spf1 a -all", "v=spf1 mx -all")
    assert Level.problem is found.level
    assert "Make one record of them: 'v=spf1 a -all' and 'v=spf1 mx -all'" == found.do


def test_unreadable_record() -> None:
    """A record that cannot be read is a problem that names the term."""
    (found,) = findings("v=spf1 ip4:203.0.113 -all")
    expected = (
        """receivers cannot read example.org's record: "ip4:203.0.113" holds no ip4 address"""
    )
    assert found.what.startswith(expected)


def test_too_many_lookups() -> None:
    """Too many lookups are a problem, with how many there are."""
    (found,) = findings("v=spf1 " + "a:mail.example.org " * 13 + "-all")
    expected = "receivers give up on example.org's record: it takes 13 DNS lookups, and only 10"
    assert found.what.startswith(expected)


def test_circle() -> None:
    """Records that include each other for ever are a problem."""
    (found,) = findings("v=spf1 include:circle.example -all")
    assert "it takes more than 40 DNS lookups" in found.what


def test_broken_include() -> None:
    """A lookup that fails is a problem that names it."""
    (found,) = findings("v=spf1 include:broken.example -all")
    expected = "example.org's record needs a lookup that fails: broken.example TXT: SERVFAIL"
    assert expected == found.what


def test_everyone() -> None:
    """A record that lets everyone send is a problem."""
    found = findings("v=spf1 mx +all")[0]
    expected = 'Publish: example.org. TXT "v=spf1 mx ~all"'
    assert (Level.problem, expected) == (found.level, found.do)


def test_no_end() -> None:
    """A record without an end lets forgers pass: there is a better one."""
    found = findings("v=spf1 mx")[0]
    expected = 'Publish: example.org. TXT "v=spf1 mx ~all"'
    assert (Level.advice, expected) == (found.level, found.do)


def test_ptr() -> None:
    """A record that uses ptr is better without."""
    assert [Level.ok, Level.advice, Level.ok] == [
        each.level for each in findings("v=spf1 ptr -all")
    ]


def test_relay_left_out() -> None:
    """A relay that the record leaves out is a problem; the record to publish has it in."""
    found = findings("v=spf1 a -all")[1]
    expected = 'Publish: example.org. TXT "v=spf1 a ip4:203.0.113.7 -all"'
    assert (Level.problem, expected) == (found.level, found.do)


def test_mail_service() -> None:
    """Where a service is included, its relay may be another host than those that send."""
    found = findings("v=spf1 include:strangers.example -all")[1]
    assert (Level.advice, True) == (found.level, "is a mail service" in found.do)


def test_address_given() -> None:
    """An address that the person names has to be in the record, services or not."""
    found = findings("v=spf1 include:strangers.example -all", given=True)[1]
    expected = 'Publish: example.org. TXT "v=spf1 include:strangers.example ip4:203.0.113.7 -all"'
    assert (Level.problem, expected) == (found.level, found.do)


@pytest.mark.parametrize("status", [Status.failed, Status.late])
def test_no_answer(status: Status) -> None:
    """Where DNS tells nothing, that is what is found."""
    where = Source(addresses=(), given=False, host="")
    zone: Zone = {("example.org", "TXT"): status}
    (found,) = judge_sender(facts(zone), sender=SENDER, source=where)
    assert found.what.startswith("DNS gave no usable answer for example.org TXT: ")
