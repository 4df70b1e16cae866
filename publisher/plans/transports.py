"""The relays in the settings: where they are, how to log in, and what is known of them."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from functools import partial
from typing import Any

from publisher.config import Settings
from publisher.config.relays import RelayPace
from publisher.errors import StateError
from publisher.mail.mime import Mailbox
from publisher.mail.oauth import TokenSource
from publisher.mail.smtp_client import SendMessages
from publisher.mail.smtp_endpoint import Lesson, Memory, Route, Timeouts, hello_name
from publisher.mail.smtp_session import send_messages
from publisher.mail.tls import verifying_context
from publisher.storage import facts
from publisher.storage.database import Database

#: The fact that keeps what was learned of each relay, as JSON.
RELAYS = "relays"
SENDING = Timeouts()
#: How long somebody else who writes is waited for, in seconds: a lesson can be learned again.
_PATIENCE = 1.0


def converse_of(settings: Settings, database: Database, relay: RelayPace) -> SendMessages:
    """Return what hands mail over to a relay or a program. Raises SettingsError."""
    if relay.url.startswith("sendmail:"):
        from publisher.mail.sendmail import Sendmail, program_of  # noqa: PLC0415  (is seldom set)

        return Sendmail(program_of(relay.url)).send_messages
    return partial(send_messages, route_of(settings, relay, recalled(database, relay.name)))


def route_of(
    settings: Settings, relay: RelayPace, memory: Memory, timeouts: Timeouts = SENDING
) -> Route:
    """Return how to talk to a relay that is a mail server. Raises SettingsError."""
    mail = settings.mail
    bare = Route(url=relay.url)
    token = None
    if mail.token_command and bare.login and not bare.login.password:
        token = TokenSource(
            mail.token_command, settings.project, user=bare.login.user, host=bare.host
        )
    return Route(
        url=relay.url,
        tls=mail.tls,
        context=verifying_context(settings.project / mail.ca_file if mail.ca_file else None),
        tls_name=relay.tls_name,
        hello=hello_of(settings),
        auth=mail.auth,
        token=token,
        memory=memory,
        timeouts=timeouts,
    )


def hello_of(settings: Settings) -> str:
    """Return the name that relays are greeted with. Raises SettingsError."""
    if settings.mail.hello:
        return settings.mail.hello
    sender = settings.mail.sender
    domain = Mailbox.parse(sender, "mail.from").domain if sender else ""
    return hello_name(socket.gethostname(), domain)


def recalled(database: Database, place: str) -> Memory:
    """Return what is known of a relay; what it is told later is kept at once."""
    with database.read() as connection:
        known = (facts.RELAY_LESSONS.get(connection) or {}).get(place)

    def keep(lesson: Lesson) -> None:
        # Whatever else writes, the message under way is not to wait for it.
        with suppress(StateError), database.write(_PATIENCE) as connection:
            kept = facts.RELAY_LESSONS.get(connection) or {}
            kept[place] = lesson._asdict()
            facts.RELAY_LESSONS.put(connection, kept)

    return Memory(Lesson(**known) if known else None, keep)


def _parsed(fact: str | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fact or "{}")
    return found
