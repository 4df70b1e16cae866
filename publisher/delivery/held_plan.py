"""A plan that is held: one delivery shows whether its relay takes mail from us again."""

from __future__ import annotations

import asyncio

from publisher.delivery.context import Sender
from publisher.delivery.counts import Tally
from publisher.delivery.dispatcher import Dispatcher
from publisher.model import DeliveryState
from publisher.storage import plan_state
from publisher.storage.database import SENDER_TIMEOUT

#: So many are tried in a run while the relay refuses each for a reason that is its reader's.
_MOST = 5


def probe(sender: Sender, plan: int, tally: Tally) -> bool:
    """Return whether a plan may be sent: it is not held, or a relay takes mail from us again.

    What is tried for that is counted in `tally`. Raises what `Dispatch.run` raises.
    """
    with sender.database.read() as connection:
        if not plan_state.is_held(connection, plan):
            return True
    for _ in range(_MOST):
        dispatch = Dispatcher(sender, plan, probing=True)
        try:
            asyncio.run(dispatch.run())
        finally:
            tally.add_all(dispatch.tally)
        if dispatch.tally[DeliveryState.accepted]:
            with sender.database.write(SENDER_TIMEOUT) as connection:
                plan_state.release(connection, plan, sender.clock())
            return True
        if not dispatch.refused_reader:
            return False
    return False
