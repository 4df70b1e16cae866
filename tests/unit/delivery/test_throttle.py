"""Relays are slowed when they ask for it, come back, and are left alone when they are away."""

import json
from dataclasses import replace

import pytest

from publisher.config.relays import RelayPace
from publisher.delivery.rate import RECOVERY, SLOWEST
from publisher.delivery.throttle import LEFT_ALONE, PaceSignal, Throttle
from tests.support.throttles import NOW, A, B, begun, rate, send


def test_nothing_is_limited_by_default() -> None:
    """Without settings and refusals any number of messages begins at once."""
    pace = Throttle([A], {})
    for _ in range(10_000):
        assert "a:25" == pace.choose("x.org", NOW)
        pace.count_start("a:25", "x.org", NOW)


def test_a_rate_has_no_burst_to_speak_of() -> None:
    """Six hundred a minute are ten a second, one after the other."""
    pace = Throttle([RelayPace(url="smtp://a", rate=10.0)], {})
    assert 1 == sum(send(pace, NOW) is not None for _ in range(100))
    assert NOW + 0.1 == pytest.approx(pace.next_time("x.org", NOW))


def test_a_relay_that_has_too_much_gets_half() -> None:
    """From the rate it was refused at it goes to half, and not further for what was under way."""
    pace = Throttle([A], {})
    assert 100 == rate(pace, NOW, 10)
    for _ in range(50):
        pace.count_start("a:25", "x.org", NOW + 10)
    for _ in range(50):
        pace.count_end("a:25", "x.org", PaceSignal.slow_relay, NOW + 10)
    assert 50 == pytest.approx(rate(pace, NOW + 10, 10), rel=0.1)


def test_it_comes_back_over_minutes() -> None:
    """Five minutes after it was halved it is at about three quarters, after ten it is as before."""
    pace = Throttle([RelayPace(url="smtp://a", rate=50.0, connections=0)], {})
    rate(pace, NOW, 20)
    send(pace, NOW + 20, PaceSignal.slow_relay)
    halved = NOW + 20
    assert 25 == pytest.approx(rate(pace, halved, 10), rel=0.1)
    rate(pace, halved + 10, RECOVERY / 4 - 10)
    assert 38 == pytest.approx(rate(pace, halved + RECOVERY / 4, 10), rel=0.1)
    rate(pace, halved + RECOVERY / 4 + 10, RECOVERY / 4)
    assert 50 == pytest.approx(rate(pace, halved + RECOVERY / 2 + 20, 10), rel=0.02)


def test_it_is_never_stopped_altogether() -> None:
    """However often it is refused, one message a minute tries."""
    pace = Throttle([A], {})
    now = NOW
    for _ in range(50):
        assert send(pace, now, PaceSignal.slow_relay)
        moment = pace.next_time("x.org", now)
        assert moment is not None
        assert moment - now <= 1 / SLOWEST + 1e-3
        now = moment


def test_one_domain_alone_is_slowed() -> None:
    """What a domain has too much of is no concern of the others."""
    pace = Throttle([A], {})
    rate(pace, NOW, 10, "gmail.com")
    send(pace, NOW + 10, PaceSignal.slow_domain, "gmail.com")
    assert 50 == pytest.approx(rate(pace, NOW + 10, 10, "gmail.com"), rel=0.1)
    assert 100 == rate(pace, NOW + 20, 10, "qq.com")


def test_a_slowed_domain_goes_through_another_relay() -> None:
    """Where a relay may overflow, what a domain does not take from it goes through another."""
    pace = Throttle([replace(A, overflow=True), B], {})
    pace.count_start("a:25", "gmail.com", NOW)
    pace.count_end("a:25", "gmail.com", PaceSignal.slow_domain, NOW)
    assert {"b:25"} == {send(pace, NOW, domain="gmail.com") for _ in range(10)}


def test_a_slowed_domain_waits_for_its_relay() -> None:
    """Else it waits for the other relay's turn, and other domains go on."""
    pace = Throttle([A, B], {})
    pace.count_start("a:25", "gmail.com", NOW)
    pace.count_end("a:25", "gmail.com", PaceSignal.slow_domain, NOW)
    assert "b:25" == send(pace, NOW, domain="gmail.com")
    assert send(pace, NOW, domain="gmail.com") is None
    assert pace.is_open(NOW)
    assert "a:25" == send(pace, NOW)
    assert "b:25" == send(pace, NOW, domain="gmail.com")


# --- Shares -------------------------------------------------------------------------------


def test_a_share_waits_for_its_relay() -> None:
    """A relay that is slow has its share all the same, and the others wait for it."""
    pace = Throttle([RelayPace(url="smtp://a", weight=3, connections=1), B], {})
    assert ["a:25", "b:25"] == begun(pace, 9)
    assert pace.next_time("x.org", NOW) is None
    pace.count_end("a:25", "x.org", PaceSignal.taken, NOW)
    assert ["a:25"] == begun(pace, 9)


def test_a_relay_with_a_rate_has_its_share() -> None:
    """A rate makes the others as slow as their weights say."""
    pace = Throttle([RelayPace(url="smtp://a", weight=3, rate=30.0, connections=0), B], {})
    assert 40 == pytest.approx(rate(pace, NOW, 10), rel=0.02)


def test_overflow() -> None:
    """What a relay that may overflow has no room for goes through the others, for good."""
    pace = Throttle([RelayPace(url="smtp://a", weight=3, connections=1, overflow=True), B], {})
    assert ["a:25", *["b:25"] * 8] == begun(pace, 9)
    pace.count_end("a:25", "x.org", PaceSignal.taken, NOW)
    assert "b:25" in begun(pace, 9)


def test_overflow_is_of_one_relay() -> None:
    """A relay that may not overflow keeps its share, although another one may."""
    pace = Throttle([replace(A, overflow=True), RelayPace(url="smtp://b", connections=1)], {})
    assert ["a:25", "b:25", "a:25"] == begun(pace, 9)


def test_what_was_not_sent_is_no_part_of_a_share() -> None:
    """A message that was given back costs its relay nothing."""
    pace = Throttle([A, B], {})
    for _ in range(5):
        assert ["a:25"] == begun(pace, 1)
        pace.count_end("a:25", "x.org", PaceSignal.unsent, NOW)
    assert ["a:25", "b:25", "a:25", "b:25"] == begun(pace, 4)


def test_a_relay_that_is_back_has_no_claim_to_what_it_missed() -> None:
    """While it was left alone the others had its share, and they need not make up for it."""
    pace = Throttle([A, B], {})
    pace.back_off("a:25", NOW)
    assert {"b:25"} == {send(pace, NOW) for _ in range(100)}
    send(pace, NOW + LEFT_ALONE[0])
    found = [send(pace, NOW + LEFT_ALONE[0]) for _ in range(20)]
    assert 10 == found.count("a:25")


def test_a_restart_keeps_the_turns() -> None:
    """The next process goes on with the relay whose turn it is, by weights as they are now."""
    pace = Throttle([replace(A, weight=1000), B], {})
    begun(pace, 2)
    again = Throttle([A, B], {}, pace.saved_state())
    assert ["a:25", "a:25", "b:25", "a:25"] == begun(again, 4)


def test_an_older_state_is_read() -> None:
    """What a program kept that did not keep units of turns is used."""
    pace = Throttle([A, B], {})
    begun(pace, 1)
    kept = json.loads(pace.saved_state())
    del kept["unit"]
    assert ["b:25", "a:25"] == begun(Throttle([A, B], {}, json.dumps(kept)), 2)


def test_a_restart_keeps_what_was_slowed() -> None:
    """What a relay asked for is remembered by the next process."""
    pace = Throttle([A], {})
    rate(pace, NOW, 10, "gmail.com")
    send(pace, NOW + 10, PaceSignal.slow_domain, "gmail.com")
    again = Throttle([A], {}, pace.saved_state())
    assert 50 == pytest.approx(rate(again, NOW + 10, 10, "gmail.com"), rel=0.1)


def test_a_relay_that_is_gone_is_left_alone() -> None:
    """The others take its share; it is tried again with one message, then used as before."""
    pace = Throttle([A, B], {})
    pace.back_off("a:25", NOW)
    assert {"b:25"} == {send(pace, NOW) for _ in range(20)}
    later = NOW + LEFT_ALONE[0]
    pace.count_start("b:25", "x.org", later)
    assert "a:25" == pace.choose("x.org", later)
    pace.count_start("a:25", "x.org", later)
    assert "b:25" == pace.choose("x.org", later)
    pace.count_end("a:25", "x.org", PaceSignal.taken, later)
    assert {"a:25", "b:25"} == {send(pace, later) for _ in range(20)}


def test_it_is_left_alone_for_longer_each_time() -> None:
    """The time doubles up to a limit; who asks in between changes nothing."""
    pace = Throttle([A], {})
    now, waits = NOW, []
    for _ in range(8):
        pace.back_off("a:25", now)
        pace.back_off("a:25", now)
        moment = pace.next_time("x.org", now)
        assert moment is not None
        waits.append(moment - now)
        now = moment
    assert [15, 30, 60, 120, 240, 300, 300, 300] == waits


def test_no_relay_is_usable() -> None:
    """When all are gone it says so, until one may be tried."""
    pace = Throttle([A, B], {})
    pace.back_off("a:25", NOW)
    assert pace.is_usable(NOW)
    pace.back_off("b:25", NOW)
    assert not pace.is_usable(NOW)
    assert pace.is_usable(NOW + LEFT_ALONE[0])


def test_a_new_process_tries_all_when_none_was_usable() -> None:
    """Whoever starts it again may have put the relay right."""
    pace = Throttle([A], {})
    pace.back_off("a:25", NOW)
    assert "a:25" == Throttle([A], {}, pace.saved_state()).choose("x.org", NOW)


def test_a_new_process_leaves_alone_what_was_gone() -> None:
    """While another relay is usable, the one that was gone waits."""
    pace = Throttle([A, B], {})
    pace.back_off("a:25", NOW)
    again = Throttle([A, B], {}, pace.saved_state())
    assert {"b:25"} == {send(again, NOW) for _ in range(20)}
