"""Probing a held plan: one delivery shows whether its relay takes mail from us again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from publisher.delivery.counts import Tally
from publisher.delivery.dispatcher import Dispatcher
from publisher.model import DeliveryState
from publisher.storage import plan_state
from publisher.storage.database import SENDER_TIMEOUT, Database

#: So many are tried in a run while the relay refuses each for a reason that is its reader's.
_MOST = 5


def probe(
    database: Database,
    plan: int,
    tally: Tally,
    *,
    make: Callable[[], Dispatcher],
    stopping: Callable[[], bool],
    clock: Callable[[], datetime],
) -> bool:
    """Return whether a plan may be sent: it is not held, or a relay accepted a delivery of it.

    `make` returns a dispatcher that tries one delivery. Tries are counted in `tally`. Raises what
    `Dispatcher.run` raises.
    """
    with database.read() as connection:
        if not plan_state.is_held(connection, plan):
            return True
    for _ in range(_MOST):
        dispatch = make()
        try:
            asyncio.run(dispatch.run(stopping))
        finally:
            tally.add_all(dispatch.tally)
        if dispatch.tally[DeliveryState.accepted]:
            with database.write(SENDER_TIMEOUT) as connection:
                plan_state.release(connection, plan, clock())
            return True
        if not dispatch.refused_reader:
            return False
    return False
