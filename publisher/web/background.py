"""A thread that sends confirmation mails while the server answers requests."""

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
#: How often deferred mails are tried again, in seconds.
_INTERVAL = 30.0
#: What a line of the log says of a mail that the relay did not take.
_EVENTS = {
    DeliveryState.deferred: "confirmation deferred",
    DeliveryState.rejected: "confirmation refused",
    DeliveryState.uncertain: "confirmation uncertain",
}


class ConfirmationWorker:
    """Calls `work` whenever it is woken, and every half minute."""

    def __init__(self, work: Callable[[], ConfirmationsSent], log: Log) -> None:
        self._work = work
        self._log = log
        self._woken = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="confirmation-mail")

    def wake(self) -> None:
        """Make the thread call `work` soon."""
        self._woken.set()

    def __enter__(self) -> Self:
        """Start the thread."""
        self._woken.set()  # for what an earlier server left
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the running call, and stop the thread."""
        self._stopping = True
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._woken.wait(_INTERVAL)
            self._woken.clear()
            if self._stopping:
                return
            try:
                self._log_result(self._work())
            except Exception as error:  # noqa: BLE001  (whatever it is, the next mail may go)
                log_error(_LOG, "confirmations failed", error)
                self._log({"event": "not sent", "level": "error", "why": reported(error)})

    def _log_result(self, sent: ConfirmationsSent) -> None:
        if sent.accepted:
            _LOG.info("confirmations sent", extra={"accepted": sent.accepted})
            self._log({"event": "asked back", "mails": sent.accepted})
        for refusal in sent.refusals:
            event = _EVENTS[refusal.state]
            _LOG.warning(event, extra={"why": refusal.words})
            self._log({"event": event, "level": "error", "why": refusal.words})
