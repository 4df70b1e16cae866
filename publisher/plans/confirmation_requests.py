"""The mails that ask people back who asked to join."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from urllib.parse import urlsplit

from publisher.config import Settings
from publisher.delivery.confirmation_mail import (
    ConfirmationSender,
    ConfirmationsSent,
    Refusal,
    send_confirmations,
)
from publisher.errors import reported
from publisher.event_log import log_error
from publisher.mail.mime import Note
from publisher.mail.transport import Relay
from publisher.model import DeliveryState
from publisher.plans import restore_hold
from publisher.plans.letters import confirmation_note, public_url
from publisher.render.subscription_pages import SubscriptionPages
from publisher.storage.confirmations import ConfirmationRow
from publisher.storage.database import Database
from publisher.subscribers.tokens import Keys

_LOG = logging.getLogger(__name__)


def root_path(settings: Settings) -> str:
    """Return the path under which a proxy serves `publisher serve`; `/` for the root."""
    return urlsplit(public_url(settings)).path or "/"


class Confirmations:
    """Writes to all who asked to join."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        keys: Keys,
        pages: Mapping[str, SubscriptionPages],
        open_relay: Callable[[], Relay],
        clock: Callable[[], datetime],
    ) -> None:
        """Begin. `pages` are those of each interface language, the newsletter's own first."""
        self._settings = settings
        self._database = database
        self._keys = keys
        self._pages = pages
        self._open_relay = open_relay
        self._clock = clock

    def answer(self) -> ConfirmationsSent:
        """Send the confirmation mails that are due; return how many were sent, and refusals.

        Nothing is sent from a restored copy: it does not know to whom it has written. Raises
        SettingsError for a key, a file or a sender that cannot be used.
        """
        with self._database.read() as connection:
            if restore_hold.copied_at(connection):
                return ConfirmationsSent()
        with closing(self._open_relay()) as relay:
            return send_confirmations(
                ConfirmationSender(
                    database=self._database,
                    relay=relay,
                    note=self._note,
                    keys=self._keys,
                    bounce_domain=self._settings.mail.bounce_domain,
                    clock=self._clock,
                )
            )

    def _note(self, row: ConfirmationRow) -> Note:
        pages = self._pages.get(row.language) or next(iter(self._pages.values()))
        return confirmation_note(self._settings, self._keys, pages, row)


def answer_once(make: Callable[[], Confirmations]) -> ConfirmationsSent:
    """Write to all who asked to join and are due, as `run` does. Never raises.

    A fault of this step (of a relay, of a template) is none of the mail's that comes after it.
    `serve` may do the same at the same time: each mail is claimed by one of them.
    """
    try:
        return make().answer()
    except Exception as error:  # noqa: BLE001  (as above)
        log_error(_LOG, "confirmations failed", error)
        return ConfirmationsSent(refusals=[Refusal(DeliveryState.deferred, reported(error))])
