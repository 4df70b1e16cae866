"""kill -9 of whoever sends, at any instant: nobody is missed, and nobody gets it twice.

A short form for every run of the tests; PUBLISHER_TEST_KILLS and PUBLISHER_TEST_MAILS make it
longer (`make test-faults`).
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes

import pytest

from tests.e2e.newsletter import READERS, Newsletter, Started, later, until
from tests.support.scripted_relay import Misbehaving, Play

KILLS = int(os.environ.get("PUBLISHER_TEST_KILLS", "6"))
MAILS = int(os.environ.get("PUBLISHER_TEST_MAILS", "1500"))
CONNECTIONS = 4
#: With so many connections, 200 a second: on a busy machine the one who kills is slow.
PAUSE = 0.02


@pytest.fixture
def sink() -> Iterator[Misbehaving]:
    """Yield a relay that takes all."""
    found = Misbehaving()
    yield found
    found.end()


class Killing:
    """A newsletter that mails many, whoever kills what, and what their relay has."""

    def __init__(self, newsletter: Newsletter, sink: Misbehaving) -> None:
        self.newsletter = newsletter
        self.play = sink.begin(Play(offers=("PIPELINING", "CHUNKING"), pause=PAUSE))
        self.people = {*READERS, *(f"reader{number}@example.org" for number in range(MAILS))}
        newsletter.set(
            "mail", relay=sink.url, tls="off", sender="News <news@example.net>",
            connections=CONNECTIONS,
        )  # fmt: skip
        newsletter.subscribe(*self.people)
        newsletter.digest("000_aa.txt", 1)

    @property
    def took(self) -> int:
        """Return how many messages the relay has."""
        return len(self.play.kept)

    def kill(self, whom: str, chance: random.Random, goal: int) -> bool:
        """Run, and kill somewhere in the messages up to a goal; False if it ended first."""
        with self.newsletter.started("run", "--now", later()) as started:
            self._wait(started, goal)
            time.sleep(chance.random() / 200)  # anywhere in those that follow
            members = started.process.living()
            if started.process.poll() is not None:
                return False
            parent, *children = members
            victims = {
                "all": members,
                "the parent": [parent],
                "a child": [chance.choice(children)] if children else [parent],
            }[whom]
            for each in victims:
                _kill(each)
            if whom == "a child":
                self._wait(started, self.took + 5)
                started.process.send_signal(signal.SIGTERM)
            until(lambda: not started.process.living(), f"the end after {whom} was killed")
            return True

    def finish(self) -> None:
        """Let the program come to its end."""
        with self.newsletter.started("run", "--now", later(days=1)) as started:
            started.end()

    def states(self) -> dict[str, str]:
        """Return the state of each delivery."""
        found = json.loads(self.newsletter.run("deliveries", "000", "--format", "json").out)
        return {each["address"]: each["state"] for each in found}

    def _wait(self, started: Started, goal: int) -> None:
        until(lambda: self.took >= goal or started.process.poll() is not None, "messages")


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def test_killed_at_any_instant(read_newsletter: Newsletter, sink: Misbehaving) -> None:
    """Whoever is killed, and whenever: each has one copy, or is listed as uncertain."""
    killing = Killing(read_newsletter, sink)
    chance = random.Random(KILLS)  # noqa: S311  (the instant is the scheduler's)
    for kills in range(KILLS):
        left = len(killing.people) - killing.took
        goal = killing.took + chance.randrange(max(1, 2 * left // (KILLS - kills + 1)))
        whom = chance.choice(("all", "all", "the parent", "a child"))
        assert killing.kill(whom, chance, goal), f"all was sent before kill {kills}"
    killing.finish()
    sink.settled()
    states = killing.states()
    had = Counter(str(message_from_bytes(each)["To"]) for each in killing.play.taken)
    assert killing.people == set(states)
    assert {"accepted", "uncertain"} >= set(states.values())
    assert 1 == max(had.values())
    assert not [who for who, state in states.items() if state == "accepted" and not had[who]]
    assert list(states.values()).count("uncertain") <= KILLS * CONNECTIONS
