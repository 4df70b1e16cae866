"""What stands behind the server: pages in each language, and the mails that ask people back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from publisher import i18n
from publisher.config import Settings
from publisher.delivery.confirmation_mail import Confirmer, Refusal, Round, send_confirmations
from publisher.errors import reported
from publisher.model import DeliveryState
from publisher.plans import restore_hold
from publisher.plans.letters import desk_url, keys_of, note_to, open_relay
from publisher.render.subscription_pages import SubscriptionPages
from publisher.render.templating.environment import Templates
from publisher.render.templating.loader import own_templates
from publisher.storage.database import Database
from publisher.subscribers.tokens import Keys


def desks_of(settings: Settings) -> dict[str, SubscriptionPages]:
    """Return the pages in each interface language, the newsletter's own first."""
    own = settings.newsletter.interface_language
    languages = sorted(i18n.languages(), key=lambda each: each != own)
    return {
        language: SubscriptionPages(
            replace(settings.newsletter, interface_language=language),
            settings.schedule.timezone,
            Templates(own_templates(settings.project), language),
            desk_url(settings),
            settings.mail.sender,
        )
        for language in languages
    }


def root_of(settings: Settings) -> str:
    """Return the path that stands before all of the server's; a proxy takes it off."""
    return urlsplit(desk_url(settings)).path or "/"


def answer_requests(
    settings: Settings,
    database: Database,
    keys: Keys,
    desks: dict[str, SubscriptionPages],
    clock: Callable[[], datetime],
) -> Round:
    """Write to all who asked to join and are due. Raises SettingsError.

    Nothing goes out from a restored copy: it does not know to whom it has written.
    """
    with database.read() as connection:
        if restore_hold.held(connection):
            return Round()
    with closing(open_relay(settings, database)) as relay:
        confirmer = Confirmer(
            database=database,
            relay=relay,
            note=lambda row: note_to(
                settings, keys, desks.get(row.language) or next(iter(desks.values())), row
            ),
            keys=keys,
            bounce_domain=settings.mail.bounce_domain,
            clock=clock,
        )
        return send_confirmations(confirmer)


def answer_once(settings: Settings, database: Database, clock: Callable[[], datetime]) -> Round:
    """Write to all who asked to join and are due, as `run` does. Never raises.

    A fault of this step (of a relay, of a template) is none of the mail's that comes after it.
    `serve` may do the same at the same time: each mail is claimed by one of them.
    """
    try:
        keys, desks = keys_of(settings, database), desks_of(settings)
        return answer_requests(settings, database, keys, desks, clock)
    except Exception as error:  # noqa: BLE001  (as above)
        return Round(refusals=[Refusal(DeliveryState.deferred, reported(error))])
