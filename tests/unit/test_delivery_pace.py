"""Relays are slowed when they ask for it, come back, and are left alone when they are away."""

import json
import math
import time
from dataclasses import replace

import pytest

from publisher.config.pacing import DomainPace, RelayPace
from publisher.delivery.flow import RECOVERY, SLOWEST
from publisher.delivery.pace import LEFT_ALONE, Pace, Sign, sign_of
from publisher.delivery.replies import verdict
from publisher.mail.relay import Outcome, Reply, Stage

NOW = 1_800_000_000.0
A = RelayPace(url="smtp://a", connections=0)
B = RelayPace(url="smtp://b", connections=0)


def send(pace: Pace, now: float, sign: Sign = Sign.taken, domain: str = "x.org") -> str | None:
    """Send one message, which ends at once; give the relay it went through."""
    relay = pace.choose(domain, now)
    if relay is not None:
        pace.begun(relay, domain, now)
        pace.ended(relay, domain, sign, now)
    return relay


def rate(pace: Pace, start: float, seconds: float, domain: str = "x.org") -> float:
    """Give how many messages a second go through, all of them taken; at most a hundred."""
    sent = sum(
        send(pace, start + step / 100, domain=domain) is not None
        for step in range(round(seconds * 100))
    )
    return sent / seconds


def test_nothing_is_limited_by_default() -> None:
    """Without settings and refusals any number of messages begins at once."""
    pace = Pace([A], {})
    for _ in range(10_000):
        assert "a:25" == pace.choose("x.org", NOW)
        pace.begun("a:25", "x.org", NOW)


def test_a_rate_has_no_burst_to_speak_of() -> None:
    """Six hundred a minute are ten a second, one after the other."""
    pace = Pace([RelayPace(url="smtp://a", rate=10.0)], {})
    assert 1 == sum(send(pace, NOW) is not None for _ in range(100))
    assert NOW + 0.1 == pytest.approx(pace.next_time("x.org", NOW))


def test_a_relay_that_has_too_much_gets_half() -> None:
    """From the rate it was refused at it goes to half, and not further for what was under way."""
    pace = Pace([A], {})
    assert 100 == rate(pace, NOW, 10)
    for _ in range(50):
        pace.begun("a:25", "x.org", NOW + 10)
    for _ in range(50):
        pace.ended("a:25", "x.org", Sign.slow_relay, NOW + 10)
    assert 50 == pytest.approx(rate(pace, NOW + 10, 10), rel=0.1)


def test_it_comes_back_over_minutes() -> None:
    """Five minutes after it was halved it is at about three quarters, after ten it is as before."""
    pace = Pace([RelayPace(url="smtp://a", rate=50.0, connections=0)], {})
    rate(pace, NOW, 20)
    send(pace, NOW + 20, Sign.slow_relay)
    halved = NOW + 20
    assert 25 == pytest.approx(rate(pace, halved, 10), rel=0.1)
    rate(pace, halved + 10, RECOVERY / 4 - 10)
    assert 38 == pytest.approx(rate(pace, halved + RECOVERY / 4, 10), rel=0.1)
    rate(pace, halved + RECOVERY / 4 + 10, RECOVERY / 4)
    assert 50 == pytest.approx(rate(pace, halved + RECOVERY / 2 + 20, 10), rel=0.02)


def test_it_is_never_stopped_altogether() -> None:
    """However often it is refused, one message a minute tries."""
    pace = Pace([A], {})
    now = NOW
    for _ in range(50):
        assert send(pace, now, Sign.slow_relay)
        moment = pace.next_time("x.org", now)
        assert moment is not None
        assert moment - now <= 1 / SLOWEST + 1e-3
        now = moment


def test_one_domain_alone_is_slowed() -> None:
    """What a domain has too much of is no concern of the others."""
    pace = Pace([A], {})
    rate(pace, NOW, 10, "gmail.com")
    send(pace, NOW + 10, Sign.slow_domain, "gmail.com")
    assert 50 == pytest.approx(rate(pace, NOW + 10, 10, "gmail.com"), rel=0.1)
    assert 100 == rate(pace, NOW + 20, 10, "qq.com")


def test_a_slowed_domain_goes_through_another_relay() -> None:
    """Where a relay may overflow, what a domain does not take from it goes through another."""
    pace = Pace([replace(A, overflow=True), B], {})
    pace.begun("a:25", "gmail.com", NOW)
    pace.ended("a:25", "gmail.com", Sign.slow_domain, NOW)
    assert {"b:25"} == {send(pace, NOW, domain="gmail.com") for _ in range(10)}


def test_a_slowed_domain_waits_for_its_relay() -> None:
    """Else it waits for the other relay's turn, and other domains go on."""
    pace = Pace([A, B], {})
    pace.begun("a:25", "gmail.com", NOW)
    pace.ended("a:25", "gmail.com", Sign.slow_domain, NOW)
    assert "b:25" == send(pace, NOW, domain="gmail.com")
    assert send(pace, NOW, domain="gmail.com") is None
    assert pace.is_open(NOW)
    assert "a:25" == send(pace, NOW)
    assert "b:25" == send(pace, NOW, domain="gmail.com")


# --- Shares -------------------------------------------------------------------------------


def begun(pace: Pace, number: int, now: float = NOW) -> list[str]:
    """Begin so many messages that do not end, or as many as may begin; return their relays."""
    relays: list[str] = []
    while len(relays) < number and (relay := pace.choose("x.org", now)) is not None:
        pace.begun(relay, "x.org", now)
        relays.append(relay)
    return relays


def test_a_share_waits_for_its_relay() -> None:
    """A relay that is slow has its share all the same, and the others wait for it."""
    pace = Pace([RelayPace(url="smtp://a", weight=3, connections=1), B], {})
    assert ["a:25", "b:25"] == begun(pace, 9)
    assert pace.next_time("x.org", NOW) is None
    pace.ended("a:25", "x.org", Sign.taken, NOW)
    assert ["a:25"] == begun(pace, 9)


def test_a_relay_with_a_rate_has_its_share() -> None:
    """A rate makes the others as slow as their weights say."""
    pace = Pace([RelayPace(url="smtp://a", weight=3, rate=30.0, connections=0), B], {})
    assert 40 == pytest.approx(rate(pace, NOW, 10), rel=0.02)


def test_overflow() -> None:
    """What a relay that may overflow has no room for goes through the others, for good."""
    pace = Pace([RelayPace(url="smtp://a", weight=3, connections=1, overflow=True), B], {})
    assert ["a:25", *["b:25"] * 8] == begun(pace, 9)
    pace.ended("a:25", "x.org", Sign.taken, NOW)
    assert "b:25" in begun(pace, 9)


def test_overflow_is_of_one_relay() -> None:
    """A relay that may not overflow keeps its share, although another one may."""
    pace = Pace([replace(A, overflow=True), RelayPace(url="smtp://b", connections=1)], {})
    assert ["a:25", "b:25", "a:25"] == begun(pace, 9)


def test_what_was_not_sent_is_no_part_of_a_share() -> None:
    """A message that was given back costs its relay nothing."""
    pace = Pace([A, B], {})
    for _ in range(5):
        assert ["a:25"] == begun(pace, 1)
        pace.ended("a:25", "x.org", Sign.unsent, NOW)
    assert ["a:25", "b:25", "a:25", "b:25"] == begun(pace, 4)


def test_a_relay_that_is_back_has_no_claim_to_what_it_missed() -> None:
    """While it was left alone the others had its share, and they need not make up for it."""
    pace = Pace([A, B], {})
    pace.unusable("a:25", NOW)
    assert {"b:25"} == {send(pace, NOW) for _ in range(100)}
    send(pace, NOW + LEFT_ALONE[0])
    found = [send(pace, NOW + LEFT_ALONE[0]) for _ in range(20)]
    assert 10 == found.count("a:25")


def test_a_restart_keeps_the_turns() -> None:
    """The next process goes on with the relay whose turn it is, by weights as they are now."""
    pace = Pace([replace(A, weight=1000), B], {})
    begun(pace, 2)
    again = Pace([A, B], {}, pace.kept())
    assert ["a:25", "a:25", "b:25", "a:25"] == begun(again, 4)


def test_an_older_state_is_read() -> None:
    """What a program kept that did not keep units of turns is used."""
    pace = Pace([A, B], {})
    begun(pace, 1)
    kept = json.loads(pace.kept())
    del kept["unit"]
    assert ["b:25", "a:25"] == begun(Pace([A, B], {}, json.dumps(kept)), 2)


def test_a_restart_keeps_what_was_slowed() -> None:
    """What a relay asked for is remembered by the next process."""
    pace = Pace([A], {})
    rate(pace, NOW, 10, "gmail.com")
    send(pace, NOW + 10, Sign.slow_domain, "gmail.com")
    again = Pace([A], {}, pace.kept())
    assert 50 == pytest.approx(rate(again, NOW + 10, 10, "gmail.com"), rel=0.1)


def test_a_relay_that_is_gone_is_left_alone() -> None:
    """The others take its share; it is tried again with one message, then used as before."""
    pace = Pace([A, B], {})
    pace.unusable("a:25", NOW)
    assert {"b:25"} == {send(pace, NOW) for _ in range(20)}
    later = NOW + LEFT_ALONE[0]
    pace.begun("b:25", "x.org", later)
    assert "a:25" == pace.choose("x.org", later)
    pace.begun("a:25", "x.org", later)
    assert "b:25" == pace.choose("x.org", later)
    pace.ended("a:25", "x.org", Sign.taken, later)
    assert {"a:25", "b:25"} == {send(pace, later) for _ in range(20)}


def test_it_is_left_alone_for_longer_each_time() -> None:
    """The time doubles up to a limit; who asks in between changes nothing."""
    pace = Pace([A], {})
    now, waits = NOW, []
    for _ in range(8):
        pace.unusable("a:25", now)
        pace.unusable("a:25", now)
        moment = pace.next_time("x.org", now)
        assert moment is not None
        waits.append(moment - now)
        now = moment
    assert [15, 30, 60, 120, 240, 300, 300, 300] == waits


def test_no_relay_is_usable() -> None:
    """When all are gone it says so, until one may be tried."""
    pace = Pace([A, B], {})
    pace.unusable("a:25", NOW)
    assert pace.usable(NOW)
    pace.unusable("b:25", NOW)
    assert not pace.usable(NOW)
    assert pace.usable(NOW + LEFT_ALONE[0])


def test_a_new_process_tries_all_when_none_was_usable() -> None:
    """Whoever starts it again may have put the relay right."""
    pace = Pace([A], {})
    pace.unusable("a:25", NOW)
    assert "a:25" == Pace([A], {}, pace.kept()).choose("x.org", NOW)


def test_a_new_process_leaves_alone_what_was_gone() -> None:
    """While another relay is usable, the one that was gone waits."""
    pace = Pace([A, B], {})
    pace.unusable("a:25", NOW)
    again = Pace([A, B], {}, pace.kept())
    assert {"b:25"} == {send(again, NOW) for _ in range(20)}


# --- Connections --------------------------------------------------------------------------


def connected(pace: Pace, takes: int, now: float = NOW) -> int:
    """Open connections to a relay that takes so many at a time; return how many were tried."""
    tried = 0
    while pace.connect("a:25", now):
        tried += 1
        if tried <= takes:
            pace.connected("a:25")
    for _ in range(tried - takes):
        pace.disconnected("a:25", was_open=False)
        pace.unusable("a:25", now)
    return tried


def test_the_first_connection_is_opened_alone() -> None:
    """Before the relay has greeted us one connection tries; then all that are configured."""
    pace = Pace([replace(A, connections=4)], {})
    assert [True, False] == [pace.connect("a:25", NOW) for _ in range(2)]
    pace.connected("a:25")
    assert [True, True, True, False] == [pace.connect("a:25", NOW) for _ in range(4)]


def test_a_relay_that_takes_fewer_connections_is_used_with_these() -> None:
    """One more than it takes is no failure: mail goes on, two messages a connection."""
    pace = Pace([replace(A, connections=10)], {}, per_connection=2)
    assert 10 == connected(pace, 2)
    assert pace.usable(NOW)
    assert ["a:25"] * 4 == begun(pace, 9)
    assert not pace.connect("a:25", NOW)


def test_more_connections_are_tried_later() -> None:
    """A minute after it had too many, a relay that takes mail is asked for one more."""
    pace = Pace([replace(A, connections=10)], {})
    connected(pace, 2)
    send(pace, NOW + 59)
    assert not pace.connect("a:25", NOW + 59)
    send(pace, NOW + 60)
    assert [True, False] == [pace.connect("a:25", NOW + 60) for _ in range(2)]
    pace.disconnected("a:25", was_open=False)
    pace.unusable("a:25", NOW + 60)
    assert not pace.connect("a:25", NOW + 60)
    assert pace.usable(NOW + 60)


def test_a_connection_that_ended_makes_room() -> None:
    """Where two are taken, another may be opened when one of them is over."""
    pace = Pace([replace(A, connections=10)], {})
    connected(pace, 2)
    pace.disconnected("a:25", was_open=True)
    assert [True, False] == [pace.connect("a:25", NOW) for _ in range(2)]


def test_a_relay_that_greets_nobody_is_left_alone() -> None:
    """With no other connection open or being opened, it cannot be used, and one try says so."""
    pace = Pace([replace(A, connections=10)], {})
    assert 1 == connected(pace, 0)
    assert not pace.usable(NOW)
    assert not pace.connect("a:25", NOW)
    assert [True, False] == [pace.connect("a:25", NOW + LEFT_ALONE[0]) for _ in range(2)]


def test_a_restart_keeps_the_number_of_connections() -> None:
    """The next process begins with as many as the relay took, and no more than are set by then."""
    pace = Pace([replace(A, connections=10)], {})
    connected(pace, 5)
    assert 5 == connected(Pace([replace(A, connections=10)], {}, pace.kept()), 5)
    assert 2 == connected(Pace([replace(A, connections=2)], {}, pace.kept()), 2)


def test_a_relay_that_refuses_us_is_left_alone_at_once() -> None:
    """What it was asked on other connections will be answered like that, too."""
    pace = Pace([A, B], {})
    assert pace.connect("a:25", NOW)
    pace.connected("a:25")
    pace.unusable("a:25", NOW, refuses_us=True)
    assert {"b:25"} == {send(pace, NOW) for _ in range(20)}


def test_what_is_kept_of_another_relay_is_ignored() -> None:
    """Who changes relays begins anew."""
    pace = Pace([A], {})
    pace.unusable("a:25", NOW)
    assert "b:25" == Pace([B], {}, pace.kept()).choose("x.org", NOW)


def test_a_clock_that_goes_back_stops_nothing() -> None:
    """After an hour that never was, the next message waits no longer than any."""
    pace = Pace([RelayPace(url="smtp://a", rate=1.0)], {})
    assert send(pace, NOW + 3600)
    moment = pace.next_time("x.org", NOW)
    assert moment is not None
    assert moment <= NOW + 1
    assert send(pace, moment)


def test_memory_is_flat() -> None:
    """A domain that is not mailed any more is forgotten."""
    pace = Pace([A], {"*": DomainPace(rate=1.0)})
    for number in range(20_000):
        assert send(pace, NOW + number, domain=f"{number}.example.org")
    assert len(pace._domains) <= 1_000
    assert len(pace.kept()) < 1_000
    assert 0 == len(pace._relays["a:25"].to)


@pytest.mark.parametrize(
    ("relay", "domains"),
    [(A, {}), (RelayPace(url="smtp://a", rate=1e6), {"*": DomainPace(rate=1e6, connections=9)})],
)
def test_a_message_costs_microseconds(relay: RelayPace, domains: dict[str, DomainPace]) -> None:
    """Choosing, beginning and ending cost 1.7 to 2.3 µs in all: here they may take 15."""
    best = math.inf
    for _ in range(5):
        pace = Pace([relay], domains)
        start = time.process_time()
        for number in range(10_000):
            send(pace, NOW + number / 10_000)
        best = min(best, time.process_time() - start)
    assert best / 10_000 < 15e-6


@pytest.mark.parametrize(
    ("words", "stage", "expected"),
    [
        ("250 2.0.0 ok", Stage.body, Sign.taken),
        ("421 4.7.0 too many messages, slow down", Stage.mail, Sign.slow_relay),
        ("421 4.3.2 closing", Stage.rcpt, Sign.slow_relay),
        ("452 4.3.1 no room", Stage.mail, Sign.slow_relay),
        ("451 4.3.0 look-up failed", Stage.rcpt, Sign.slow_relay),
        ("421 4.7.0 [TSS04] deferred", Stage.rcpt, Sign.slow_domain),
        ("421 4.7.28 an unusual rate of unsolicited mail", Stage.body, Sign.slow_domain),
        ("550 Ip frequency limited", Stage.rcpt, Sign.slow_domain),
        ("450 4.2.0 greylisted", Stage.rcpt, Sign.refused),
        ("452 4.2.2 mailbox full", Stage.rcpt, Sign.refused),
        ("450 4.2.1 receiving mail too quickly", Stage.rcpt, Sign.refused),
        ("550 5.1.1 no such user", Stage.rcpt, Sign.refused),
        ("554 5.7.1 policy", Stage.mail, Sign.refused),
    ],
)
def test_sign(words: str, stage: Stage, expected: Sign) -> None:
    """Only what passes and blames us slows: the relay, or the domain whose words it hands on."""
    outcome = {"2": Outcome.accepted, "4": Outcome.deferred, "5": Outcome.rejected}[words[0]]
    reply = Reply(outcome, words, int(words[:3]), stage)
    assert expected is sign_of(reply, verdict(reply))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(Outcome.uncertain, "no answer"),
        Reply(Outcome.returned, "421 closing", 421, Stage.mail),
        Reply(Outcome.deferred, "the connection broke", 0, Stage.body),
    ],
)
def test_no_sign(reply: Reply) -> None:
    """Where there was no answer to the message, it says nothing about pace."""
    assert Sign.nothing is sign_of(reply, verdict(reply))


def test_a_restart_remembers_who_is_back() -> None:
    """A relay whose time alone is over is not forgotten with one that has just failed."""
    relays = [RelayPace(url=f"smtp://r{number}.example.org") for number in range(2)]
    pace = Pace(relays, {})
    pace.unusable("r1.example.org:25", 0.0)
    pace.unusable("r0.example.org:25", LEFT_ALONE[0])
    again = Pace(relays, {}, pace.kept())
    chosen = [each.choose("example.org", LEFT_ALONE[0]) for each in (pace, again)]
    assert ["r1.example.org:25"] * 2 == chosen
