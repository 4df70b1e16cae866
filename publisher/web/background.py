"""A thread that writes to people while the server goes on answering."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from publisher.delivery.confirmation_mail import ConfirmationsSent
from publisher.errors import reported
from publisher.event_log import log_error
from publisher.model import DeliveryState
from publisher.web.middleware import Log

_LOG = logging.getLogger(__name__)
#: What was refused for now is tried again as often, in seconds.
_ROUND = 30.0
#: What a line of the log says of a mail that the relay did not take.
_EVENTS = {
    DeliveryState.deferred: "confirmation deferred",
    DeliveryState.rejected: "confirmation refused",
    DeliveryState.uncertain: "confirmation uncertain",
}


class ConfirmationWorker:
    """Does `work` whenever it is woken, and every half minute."""

    def __init__(self, work: Callable[[], ConfirmationsSent], log: Log) -> None:
        self._work = work
        self._log = log
        self._woken = threading.Event()
        self._over = False
        self._thread = threading.Thread(target=self._go, name="confirmation-mail")

    def wake(self) -> None:
        """Say that there is something to do."""
        self._woken.set()

    def __enter__(self) -> Self:
        """Begin."""
        self._woken.set()  # for what an earlier server left
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish what is begun."""
        self._over = True
        self._woken.set()
        self._thread.join()

    def _go(self) -> None:
        while True:
            self._woken.wait(_ROUND)
            self._woken.clear()
            if self._over:
                return
            try:
                self._tell(self._work())
            except Exception as error:  # noqa: BLE001  (whatever it is, the next mail may go)
                log_error(_LOG, "confirmations failed", error)
                self._log({"event": "not sent", "level": "error", "why": reported(error)})

    def _tell(self, done: ConfirmationsSent) -> None:
        if done.accepted:
            _LOG.info("confirmations sent", extra={"accepted": done.accepted})
            self._log({"event": "asked back", "mails": done.accepted})
        for refusal in done.refusals:
            event = _EVENTS[refusal.state]
            _LOG.warning(event, extra={"why": refusal.words})
            self._log({"event": event, "level": "error", "why": refusal.words})
