"""What is said of DMARC records, found where RFC 9989 has receivers find them."""

import pytest

from publisher.doctor.dmarc import find_organisation, is_aligned, judge_policy, walk_policies
from publisher.doctor.dns import Answer, Status
from publisher.doctor.finding import Finding, Level
from tests.support.dns_server import Zone, facts

GOOD = "v=DMARC1; p=reject; rua=mailto:reports@example.org"


def findings(zone: Zone, *, author: str = "example.org", signer: str = "") -> list[Finding]:
    """Return what is found for a sender whose envelope has the same domain."""
    return list(
        judge_policy(
            facts(zone),
            author=author,
            envelope=author,
            signers=[signer or author],
            contact=f"postmaster@{author}",
        )
    )


def of(text: str) -> list[Finding]:
    """Return what is found where example.org publishes a record."""
    return findings({("_dmarc.example.org", "TXT"): [text]})


def not_ok(found: list[Finding]) -> list[tuple[Level, str]]:
    """Return what is to be done something about."""
    return [(each.level, each.what) for each in found if each.level is not Level.ok]


# --- Records ------------------------------------------------------------------------------


def test_good() -> None:
    """A policy that refuses forgeries, with someone who gets reports, is good."""
    expected = [
        Finding(Level.ok, "DMARC", "example.org asks receivers to refuse forgeries"),
        Finding(
            Level.ok,
            "DMARC",
            "the domain of the DKIM signature and SPF's goes with example.org",
        ),
    ]
    assert expected == of(GOOD)


def test_none() -> None:
    """Where there is no record, one is proposed."""
    expected = Finding(
        Level.problem,
        "DMARC",
        "example.org has no DMARC record",
        'Publish: _dmarc.example.org. TXT "v=DMARC1; p=none; rua=mailto:postmaster@example.org"',
    )
    assert [expected] == findings({})


@pytest.mark.parametrize("text", ["v=dmarc1; p=none", "p=none; v=DMARC1", "v=DMARC1; p=a; p=b"])
def test_none_that_counts(text: str) -> None:
    """A record that does not count is named."""
    (found,) = of(text)
    expected = f"example.org has no DMARC record; what stands there is {text!r}"
    assert (Level.problem, expected) == (found.level, found.what)


def test_two() -> None:
    """Two records are a problem."""
    (found,) = findings({("_dmarc.example.org", "TXT"): [GOOD, "v=DMARC1; p=none"]})
    assert (Level.problem, True) == (found.level, "has 2 DMARC records" in found.what)


def test_policy_none() -> None:
    """A policy of none is a beginning."""
    found = of(GOOD.replace("reject", "none"))
    expected = "example.org asks receivers to let forgeries pass (p=none)"
    assert [(Level.advice, expected)] == not_ok(found)


@pytest.mark.parametrize("policy", ["", "p=refuse; "])
def test_no_policy(policy: str) -> None:
    """A record without a policy that is one is a problem."""
    found = of(GOOD.replace("p=reject; ", policy))
    assert (Level.problem, True) == (found[0].level, "names no policy" in found[0].what)


def test_testing() -> None:
    """A record that says it is only a test does not ask for what it seems to."""
    ((level, what),) = not_ok(of(f"{GOOD}; t=y"))
    assert (Level.advice, True) == (level, "only testing" in what)


def test_gone() -> None:
    """Tags that DMARC has no more are better taken out."""
    ((level, what),) = not_ok(of(f"{GOOD}; pct=50; ri=3600"))
    assert (Level.advice, True) == (level, what.startswith("pct, ri: part of DMARC no more"))


@pytest.mark.parametrize("status", [Status.failed, Status.late])
def test_no_answer(status: Status) -> None:
    """Where DNS tells nothing, that is what is found."""
    (found,) = findings({("_dmarc.example.org", "TXT"): status})
    assert (Level.problem, True) == (found.level, "no usable answer" in found.what)


# --- Reports ------------------------------------------------------------------------------


def test_no_reports() -> None:
    """Where nobody gets reports, someone better did."""
    ((level, what),) = not_ok(of("v=DMARC1; p=reject"))
    assert (Level.advice, True) == (level, what.startswith("nobody gets reports"))


def test_no_address() -> None:
    """Reports can only go to an address."""
    ((level, what),) = not_ok(of("v=DMARC1; p=reject; rua=reports@example.org"))
    assert (Level.advice, 'reports cannot go to "reports@example.org"') == (level, what)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(None, [Level.advice]), (["v=DMARC1"], []), (["v=spf1"], [Level.advice])],
)
def test_reports_elsewhere(answer: list[str] | None, expected: list[Level]) -> None:
    """Another organisation gets reports when it has said that it wants them."""
    zone: Zone = {("_dmarc.example.org", "TXT"): ["v=DMARC1; p=reject; rua=mailto:a@reports.net"]}
    if answer:
        zone = {**zone, ("example.org._report._dmarc.reports.net", "TXT"): answer}
    assert expected == [level for level, _ in not_ok(findings(zone))]


def test_reports_elsewhere_do() -> None:
    """What it has to publish is said to the letter."""
    found = of("v=DMARC1; p=reject; rua=mailto:a@example.org,mailto:a@reports.net!10m")[1]
    expected = 'reports.net has to publish: example.org._report._dmarc.reports.net. TXT "v=DMARC1"'
    assert expected == found.do


# --- Subdomains ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=DMARC1; p=reject", "example.org, which counts for news.example.org too, asks"),
        ("v=DMARC1; p=none; sp=quarantine", "receivers to set aside forgeries"),
    ],
)
def test_inherited(text: str, expected: str) -> None:
    """A subdomain without a record has the policy of the organisation for subdomains."""
    found = findings({("_dmarc.example.org", "TXT"): [text]}, author="news.example.org")
    assert (Level.ok, True) == (found[0].level, expected in found[0].what)


def test_names_asked() -> None:
    """From a long name one goes at once to seven labels, so that eight questions are all."""
    asked = []

    def ask(name: str, _kind: str) -> Answer:
        asked.append(name)
        return Answer(Status.no_name)

    assert [] == list(walk_policies(ask, "a.b.c.d.e.f.g.h.i.org"))
    expected = ["_dmarc.a.b.c.d.e.f.g.h.i.org", "_dmarc.d.e.f.g.h.i.org", "_dmarc.e.f.g.h.i.org"]
    assert (expected, 8, "_dmarc.org") == (asked[:3], len(asked), asked[-1])


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ({}, "a.b.example.org"),
        ({"b.example.org": "p=none"}, "b.example.org"),
        ({"b.example.org": "p=none", "example.org": "p=none"}, "example.org"),
        ({"b.example.org": "p=none; psd=n", "example.org": "p=none"}, "b.example.org"),
        ({"org": "p=none; psd=y"}, "example.org"),
        ({"example.org": "p=none; psd=y"}, "b.example.org"),
        ({"a.b.example.org": "p=none; psd=y"}, "a.b.example.org"),
    ],
)
def test_organisation(records: dict[str, str], expected: str) -> None:
    """An organisation's domain is the topmost with a record, or what psd= says."""
    zone = {(f"_dmarc.{name}", "TXT"): [f"v=DMARC1; {tags}"] for name, tags in records.items()}
    assert expected == find_organisation(facts(zone), "a.b.example.org")


# --- Alignment ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "strict", "expected"),
    [
        ("Example.org", True, True),
        ("mail.example.org", False, True),
        ("mail.example.org", True, False),
        ("example.com", False, False),
        ("badexample.org", False, False),
    ],
)
def test_aligned(other: str, strict: bool, expected: bool) -> None:  # noqa: FBT001  (parameters)
    """Domains go together when they are one, or, unless strict, one organisation's."""
    ask = facts({("_dmarc.example.org", "TXT"): [GOOD]})
    assert expected is is_aligned(ask, "example.org", other, strict=strict)


@pytest.mark.parametrize(
    ("envelope", "signers", "expected"),
    [
        ("example.org", ["example.org"], Level.ok),
        ("example.com", ["mail.example.org"], Level.ok),
        ("example.org", [], Level.advice),
        ("example.com", ["example.net"], Level.problem),
    ],
)
def test_alignment(envelope: str, signers: list[str], expected: Level) -> None:
    """Mail passes DMARC when DKIM speaks for its sender, and does not for long with SPF alone."""
    ask = facts({("_dmarc.example.org", "TXT"): [GOOD]})
    *_, found = judge_policy(
        ask, author="example.org", envelope=envelope, signers=signers, contact="a@example.org"
    )
    assert expected is found.level


def test_strict_alignment() -> None:
    """Where the record wants it strict, a subdomain's signature does not speak for the domain."""
    zone: Zone = {("_dmarc.example.org", "TXT"): [f"{GOOD}; adkim=s"]}
    assert Level.advice is findings(zone, signer="mail.example.org")[-1].level
