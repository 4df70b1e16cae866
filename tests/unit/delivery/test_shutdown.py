"""Nothing more begins: what may have arrived is waited for, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from publisher.delivery import shutdown
from publisher.delivery.shutdown import Stop
from publisher.storage.database import SENDER_TIMEOUT

LONG = 60.0


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all that takes seconds take tenths."""
    for name in ("_UNANSWERED", "_UNBEGUN", "_IN_ALL"):
        monkeypatch.setattr(shutdown, name, getattr(shutdown, name) / 10)


def ends(seconds: float, unanswered: Collection[str], *, told: bool = True) -> bool:
    """Return whether a connection that takes so long comes to its end."""

    async def run() -> bool:
        stop = Stop()
        lane = asyncio.create_task(asyncio.sleep(seconds))
        if told:
            stop.start()
        await stop.wait([lane], unanswered)
        return not lane.cancelled()

    return asyncio.run(run())


def test_what_may_have_arrived_is_waited_for() -> None:
    """A message whose end has left gets the time that a relay may need to answer."""
    assert ends(0.2, ["<1@example.org>"])


def test_a_relay_that_never_answers_is_not_waited_for_ever() -> None:
    """After seven seconds nobody knows what became of a message."""
    assert not ends(LONG, ["<1@example.org>"])


def test_what_has_not_begun_is_not_waited_for() -> None:
    """A relay that is slow before the end of a message loses it to the next run."""
    assert not ends(LONG, [])


def test_who_is_not_told_goes_on() -> None:
    """As long as nobody is told to stop, a connection may take as long as it likes."""
    assert ends(0.2, [], told=False)


def test_the_ledger_is_waited_for_as_long_as_is_left() -> None:
    """Who is to be gone does not wait for another program's transaction as others do."""

    async def run() -> list[float]:
        stop = Stop()
        found = [stop.write_timeout]
        stop.start()
        found.append(stop.write_timeout)
        await asyncio.sleep(0.3)
        stop.start()  # which gives no more time
        return [*found, stop.write_timeout]

    before, first, then = asyncio.run(run())
    assert (SENDER_TIMEOUT, shutdown._AT_LEAST) == (before, then)
    assert shutdown._AT_LEAST < first <= shutdown._IN_ALL
