"""How a relay is talked to without mailing, and what its words mean."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publisher.doctor.finding import Finding, Level
from publisher.doctor.smtp_probe import Envelope, examine_program, examine_relay, judge_answers
from publisher.mail.smtp_connect import Extensions
from publisher.mail.smtp_endpoint import Route, Timeouts
from publisher.mail.smtp_probe import Answer, Probe
from tests.support.relay_messages import elsewhere
from tests.support.scripted_relay import CUT, HANG, Act, Misbehaving, Play, Rule, misbehaving, says
from tests.unit.mail.test_smtp_connect import certified

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
UNTIL = datetime(2049, 1, 1, tzinfo=UTC)
ENVELOPE = Envelope(
    sender="bounces@bounces.example.org", recipient="news@example.org", size=256 * 1024
)
HELLO = "mail.example.org"


@pytest.fixture(scope="module")
def relay() -> Iterator[Misbehaving]:
    """One relay for all the tests here."""
    with misbehaving() as found:
        yield found


def examined(
    relay: Misbehaving, play: Play, patience: float = 20, **options: object
) -> list[Finding]:
    """Return what is found of a relay that plays so; nothing was mailed."""
    relay.begin(play)
    timeouts = Timeouts(connect=patience, command=patience)
    usual = {"url": relay.url, "tls": "off", "hello": HELLO, "timeouts": timeouts}
    route = Route(**{**usual, **options})  # type: ignore[arg-type]  # by name
    found = list(examine_relay(route, ENVELOPE, NOW))
    assert [] == relay.settled().taken
    assert all((finding.level is Level.ok) == (finding.do == "") for finding in found)
    return found


def problems(found: list[Finding]) -> list[Finding]:
    """Return those that have to be put right."""
    return [finding for finding in found if finding.level is Level.problem]


# --- Real conversations -------------------------------------------------------------------


def test_envelope(relay: Misbehaving) -> None:
    """The relay is asked for the sender and the size that mails have, and for the own address."""
    found = examined(relay, Play(offers=("SIZE 1000000",)))
    assert [] == problems(found)
    assert [
        f"EHLO {HELLO}",
        "MAIL FROM:<bounces@bounces.example.org> SIZE=262144",
        "RCPT TO:<news@example.org>",
        "QUIT",
    ] == relay.play.heard
    assert found[-1].what == (
        f"127.0.0.1:{relay.port} takes mail from bounces@bounces.example.org to news@example.org"
    )


@pytest.mark.parametrize(
    ("step", "words", "advice"),
    [
        ("MAIL", "553 5.7.1 <x>: Sender address rejected: not owned by user", "mail.from"),
        ("MAIL", "550 5.7.60 SMTP; Client does not have permissions to send as", "mail.from"),
        ("MAIL", "530 5.7.0 Must issue a STARTTLS or log in first", "user name and a password"),
        ("MAIL", "552 5.3.4 Message size exceeds fixed limit", "larger messages"),
        ("RCPT", "554 5.7.1 <a@b.c>: Relay access denied", "Log in to the relay"),
        ("RCPT", "454 4.7.1 <a@b.c>: Relay access denied", "Log in to the relay"),
        ("RCPT", "550 5.7.54 SMTP; Unable to relay recipient", "Log in to the relay"),
        ("RCPT", "550 relaying mail to example.org is not allowed", "Log in to the relay"),
        ("RCPT", "553 5.7.1 <x>: Sender address rejected: not owned by user", "mail.from"),
        ("RCPT", "550 5.7.1 we do not want this", "log in to the relay"),
        ("MAIL", "554 Message rejected: Email address is not verified", "mail.from"),
        ("RCPT", "504 5.5.2 <vm>: Helo command rejected: need fully-qualified", "mail.hello"),
        ("RCPT", "550 5.1.1 <news@example.org>: no such user", "readers answer to it"),
    ],
)
def test_refused(relay: Misbehaving, step: str, words: str, advice: str) -> None:
    """What sending would fail at is found beforehand, with the relay's words and what to do."""
    (found,) = problems(examined(relay, Play([Rule(step, says(words))])))
    assert words in found.what
    assert advice in found.do


def test_not_now(relay: Misbehaving) -> None:
    """A relay that puts off who it does not know yet is no problem."""
    found = examined(relay, Play([Rule("RCPT", says("450 4.2.0 greylisted"))]))
    assert (Level.advice, True) == (found[-1].level, "greylisted" in found[-1].what)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule("CONNECT", says("554 go away")), "refuses the connection: 554 go away"),
        (Rule("CONNECT", CUT), "refuses the connection: the relay hung up"),
        (Rule("EHLO", says("421 4.7.0 Try again")), "refuses EHLO mail.example.org: 421 4.7.0"),
        (Rule("MAIL", CUT), "refuses mail from bounces@bounces.example.org: the relay hung up"),
        (Rule("CONNECT", HANG), "refuses the connection: no reply in 0.2 seconds"),
    ],
)
def test_unfriendly(relay: Misbehaving, rule: Rule, words: str) -> None:
    """A relay that will not talk is found out, with its words."""
    patience = 0.2 if rule.act is HANG else 20
    (found,) = problems(examined(relay, Play([rule]), patience))
    assert words in found.what


def test_nobody_listens() -> None:
    """A port where nobody listens is found out."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    route = Route(url=f"smtp://127.0.0.1:{port}", hello=HELLO)
    (found,) = examine_relay(route, ENVELOPE, NOW)
    assert f"cannot connect to 127.0.0.1:{port}: Connection refused" == found.what


def test_login(relay: Misbehaving) -> None:
    """The login is tried in the way that sending does it, until one works."""
    play = Play([Rule("AUTH", says("535 5.7.8 no"))], offers=("AUTH PLAIN LOGIN",))
    url = relay.url.replace("//", "//ann:guess@")
    found = examined(relay, play, url=url)
    assert f"127.0.0.1:{relay.port} accepts the login in mail.relay (LOGIN)" == found[1].what
    play = Play([Rule("AUTH", says("535 5.7.8 guess?"), times=None)], offers=("AUTH PLAIN",))
    (refused,) = problems(examined(relay, play, url=url))
    assert f"cannot log in to 127.0.0.1:{relay.port}: 535 5.7.8 ***?" == refused.what
    assert "Check the user name and password." == refused.do


def test_tls(relay: Misbehaving, tmp_path: Path) -> None:
    """Its certificate is looked at as sending does, and how long it is good for."""
    server, client = certified(tmp_path, "127.0.0.1")
    found = examined(relay, Play(starttls=server), tls="required", context=client)
    assert f"127.0.0.1:{relay.port} answers, over TLSv1.3 with a good certificate" == found[0].what
    assert (Level.advice, True) == (found[1].level, "certificate" in found[1].what)  # for a day
    (refused,) = problems(examined(relay, Play(starttls=server), tls="required"))
    assert "certificate verify failed: self-signed certificate" in refused.what
    assert "mail.ca_file" in refused.do


def test_no_starttls(relay: Misbehaving) -> None:
    """Where TLS is required and not offered, no password is said."""
    play = Play(offers=("AUTH PLAIN",))
    url = relay.url.replace("//", "//ann:secret@")
    (found,) = problems(examined(relay, play, url=url, tls="required"))
    assert "offers no STARTTLS" in found.what
    assert not any(line.startswith("AUTH") for line in play.heard)


def test_certificate_of_nobody(tmp_path: Path) -> None:
    """Opportunistic TLS to another machine is encryption, and nobody is shown to be there."""
    server: ssl.SSLContext = certified(tmp_path, "127.0.0.1")[0]
    with misbehaving(elsewhere()) as relay:
        found = examined(relay, Play(starttls=server), tls="opportunistic")
    assert (Level.advice, True) == (found[0].level, "certificate is not checked" in found[0].what)


@pytest.mark.parametrize("hello", ["[127.0.0.1]", "vm", "localhost.localdomain", "mac.local"])
@pytest.mark.parametrize("act", [says("250 relay"), says("421 4.7.0 no")])
def test_name(relay: Misbehaving, hello: str, act: Act) -> None:
    """A name that is nobody's is advised against, whether it is refused or not."""
    found = examined(relay, Play([Rule("EHLO", act)]), hello=hello)
    what = f"relays are greeted as {hello} (EHLO), which some refuse"
    assert what in [finding.what for finding in found]


def test_program(tmp_path: Path) -> None:
    """A program that mail is handed to has to be there."""
    program = tmp_path / "sendmail"
    assert Level.problem is examine_program(f"sendmail:{program}").level
    program.write_text("#!/bin/sh")
    assert Level.problem is examine_program(f"sendmail:{program}").level
    program.chmod(0o755)
    assert Level.ok is examine_program(f"sendmail:{program}").level


# --- Judging ------------------------------------------------------------------------------

GOOD = Probe(
    offers=Extensions({"SIZE": "1000000", "PIPELINING": "", "SMTPUTF8": "", "STARTTLS": ""}),
    tls="TLSv1.3",
    verified=True,
    until=UNTIL,
    mechanism="PLAIN",
    sender=Answer(250, "250 ok"),
    recipient=Answer(250, "250 ok"),
)


def judged(found: Probe, host: str = "relay.example.org", login: str = "") -> list[Finding]:
    """Return what is found for mails of up to 256 KB."""
    route = Route(url=f"smtp://{login}{host}", hello=HELLO)
    return list(judge_answers(found, route, ENVELOPE, NOW))


def test_good() -> None:
    """A good relay has nothing to be done about."""
    expected = [
        "relay.example.org:25 answers, over TLSv1.3 with a good certificate",
        "relay.example.org:25 accepts the login in mail.relay (PLAIN)",
        "it offers PIPELINING, SMTPUTF8",
        "relay.example.org:25 takes mail from bounces@bounces.example.org to news@example.org",
    ]
    assert [Finding(Level.ok, "relay", what) for what in expected] == judged(GOOD)


@pytest.mark.parametrize(
    ("host", "login", "expected"),
    [
        ("relay.example.org", "", Level.advice),
        ("relay.example.org", "ann:secret@", Level.problem),
        ("localhost", "ann:secret@", Level.ok),
        ("127.0.0.1", "", Level.ok),
        ("[::1]", "", Level.ok),
    ],
)
def test_in_the_clear(host: str, login: str, expected: Level) -> None:
    """Mail in the clear is better not, a password must not be; on this machine both may."""
    found = judged(GOOD._replace(tls="", verified=False, until=None), host, login)
    assert expected is found[0].level


@pytest.mark.parametrize(("days", "expected"), [(13, Level.advice), (14, Level.ok)])
def test_certificate_ends(days: int, expected: Level) -> None:
    """A certificate that ends within two weeks is mentioned."""
    found = judged(GOOD._replace(until=NOW + timedelta(days=days)))
    assert expected is found[1].level


@pytest.mark.parametrize(
    ("limit", "expected"), [("", 0), ("0", 0), ("262144", 0), ("262143", 1), ("many", 0)]
)
def test_size(limit: str, expected: int) -> None:
    """A size limit below what mails here can have is a problem."""
    found = judged(GOOD._replace(offers=Extensions({"SIZE": limit})))
    assert expected == len(problems(found))


def test_nothing_offered() -> None:
    """Without SMTPUTF8 some addresses cannot be mailed."""
    expected = "it offers no extension of use here; addresses like 用户@example.cn need SMTPUTF8"
    assert expected == judged(GOOD._replace(offers=Extensions({})))[-2].what
