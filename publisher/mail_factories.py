"""What mail is made, signed and sent with, made of settings.

Most of it takes long to import, and is imported by who asks for it.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from publisher.config import Settings
from publisher.config.relays import OUTBOX, RelayPace
from publisher.errors import StateError
from publisher.storage import facts
from publisher.storage.database import Database
from publisher.subscribers.tokens import Keys

if TYPE_CHECKING:
    from publisher.delivery.transport import Transport
    from publisher.mail.dkim import Signer
    from publisher.mail.maildir import Maildir
    from publisher.mail.smtp_client import SendMessages
    from publisher.mail.smtp_endpoint import Lesson, Memory, Route, Timeouts
    from publisher.mail.transport import Relay
    from publisher.plans.send import SendProcess

#: How long somebody else who writes is waited for, in seconds: a lesson can be learned again.
_PATIENCE = 1.0
#: Messages under way on one connection: the next one's envelope goes with the last one's body.
_UNDER_WAY = 2


def token_keys(settings: Settings, database: Database) -> Keys:
    """Return what tokens are made with: the configured secrets, then the one made here, if any.

    The first call without a configured secret makes one, and keeps it in the database.
    """
    with database.read() as connection:
        kept = facts.TOKEN_SECRET.get(connection)
    if kept is None and not settings.web.secret:
        with database.write() as connection:
            kept = facts.TOKEN_SECRET.get(connection)
            if kept is None:  # no other command was quicker
                kept = secrets.token_hex(32)
                facts.TOKEN_SECRET.put(connection, kept)
    every = (*settings.web.secret, kept or "")
    return Keys(tuple(secret.encode() for secret in every if secret))


def signer(settings: Settings) -> Signer | None:
    """Return what signs all mail, if anything does. Raises SettingsError for an unusable key."""
    if not settings.mail.dkim:
        return None
    from publisher.mail.dkim import Signer, load_key  # noqa: PLC0415  (65 ms for no key)
    from publisher.plans.letters import sender_of  # noqa: PLC0415  (only to mail)

    domain = sender_of(settings).domain
    return Signer(
        [
            load_key(settings.project / file, domain=domain, selector=selector)
            for selector, file in settings.mail.dkim
        ],
        settings.mail.dkim_headers,
    )


def sign_ahead(settings: Settings, database: Database, plan: int) -> int:
    """Sign all copies of a plan, as `presign.sign_ahead` does; return their number."""
    from publisher.plans import presign  # noqa: PLC0415  (as above)

    keys = token_keys(settings, database)
    return presign.sign_ahead(settings, database, plan, signer(settings), keys)


def outbox(settings: Settings) -> Maildir:
    """Return the folder that mail goes to while no relay is set."""
    from publisher.mail.maildir import Maildir  # noqa: PLC0415  (as above)

    folder = Path(unquote(settings.mail.relay.removeprefix("maildir:").removeprefix("//")))
    return Maildir(settings.project / folder)


# --- Relays -----------------------------------------------------------------------------------


def relays(settings: Settings, database: Database) -> list[tuple[str, Relay]]:
    """Return the name of each relay and what hands over signed mail to it, or the outbox.

    Raises SettingsError for a key, a file or a sender that cannot be used.
    """
    signs = signer(settings)
    if not settings.mail.paces:
        return [(OUTBOX, _signing(outbox(settings), signs))]
    from publisher.mail.smtp_client import Submission  # noqa: PLC0415  (35 ms, most of it TLS)

    return [
        (
            relay.name,
            _signing(Submission(relay.name, _send_messages(settings, database, relay)), signs),
        )
        for relay in settings.mail.paces
    ]


def first_relay(settings: Settings, database: Database) -> Relay:
    """Return the first relay, or the outbox. Raises as `relays`."""
    return relays(settings, database)[0][1]


def _signing(relay: Relay, signer: Signer | None) -> Relay:
    if signer is None:
        return relay
    from publisher.mail.dkim import SigningRelay  # noqa: PLC0415  (65 ms for no key)

    return SigningRelay(relay, signer)


def _send_messages(settings: Settings, database: Database, relay: RelayPace) -> SendMessages:
    """Return what hands mail over to a relay or a program. Raises SettingsError."""
    if relay.url.startswith("sendmail:"):
        from publisher.mail.sendmail import Sendmail, program_of  # noqa: PLC0415  (is seldom set)

        return Sendmail(program_of(relay.url)).send_messages
    from publisher.mail.smtp_endpoint import Timeouts  # noqa: PLC0415  (as above)
    from publisher.mail.smtp_session import send_messages  # noqa: PLC0415

    memory = _memory(database, relay.name)
    return partial(send_messages, route(settings, relay, memory, Timeouts()))


def route(settings: Settings, relay: RelayPace, memory: Memory, timeouts: Timeouts) -> Route:
    """Return how to talk to a relay that is a mail server. Raises SettingsError."""
    from publisher.mail.oauth import TokenSource  # noqa: PLC0415  (as above)
    from publisher.mail.smtp_endpoint import Route  # noqa: PLC0415
    from publisher.mail.tls import verifying_context  # noqa: PLC0415

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
        hello=_hello(settings),
        auth=mail.auth,
        token=token,
        memory=memory,
        timeouts=timeouts,
    )


def _hello(settings: Settings) -> str:
    """Return the name that relays are greeted with. Raises SettingsError."""
    import socket  # noqa: PLC0415  (as above)

    from publisher.mail.mime import Mailbox  # noqa: PLC0415
    from publisher.mail.smtp_endpoint import hello_name  # noqa: PLC0415

    if settings.mail.hello:
        return settings.mail.hello
    sender = settings.mail.sender
    domain = Mailbox.parse(sender, "mail.from").domain if sender else ""
    return hello_name(socket.gethostname(), domain)


def _memory(database: Database, relay: str) -> Memory:
    """Return what is known of a relay; what it is told later is kept at once."""
    from publisher.mail.smtp_endpoint import Lesson, Memory  # noqa: PLC0415  (as above)

    with database.read() as connection:
        known = (facts.RELAY_LESSONS.get(connection) or {}).get(relay)

    def keep(lesson: Lesson) -> None:
        # Whatever else writes, the message under way is not to wait for it.
        with suppress(StateError), database.write(_PATIENCE) as connection:
            kept = facts.RELAY_LESSONS.get(connection) or {}
            kept[relay] = lesson._asdict()
            facts.RELAY_LESSONS.put(connection, kept)

    return Memory(Lesson(**known) if known else None, keep)


# --- Sending plans ----------------------------------------------------------------------------


def send_process(
    settings: Settings,
    database: Database,
    clock: Callable[[], datetime],
    chance: random.Random,
    part: int,
    of: int,
) -> SendProcess:
    """Return what one of so many processes sends plans with; `chance` is for jitter and names.

    Its relays and their rates are as they are now. Raises SettingsError for a key it cannot sign
    with.
    """
    from publisher.delivery.retry import Retries  # noqa: PLC0415  (90 ms, only to send)
    from publisher.delivery.throttle import Throttle  # noqa: PLC0415
    from publisher.mail.personalize import Copies  # noqa: PLC0415
    from publisher.plans.letters import stored_letter  # noqa: PLC0415
    from publisher.plans.send import SendProcess  # noqa: PLC0415

    mail = settings.mail
    with database.read() as connection:
        rates = facts.SEND_RATES.get(connection) or ""
    signs = signer(settings)
    places = mail.paces or (RelayPace(url=mail.relay, connections=1),)
    paces = [replace(pace, connections=(pace.connections + part) // of) for pace in places]
    return SendProcess(
        settings=settings,
        database=database,
        transports=[_transport(settings, database, pace) for pace in paces],
        throttle=Throttle(paces, dict(mail.domains), rates, per_connection=_UNDER_WAY),
        copies_of=lambda row: Copies(stored_letter(settings, database, row), signs),
        keys=token_keys(settings, database),
        retries=Retries(
            give_up_after=mail.give_up_after,
            resends=mail.on_uncertain == "resend",
            chance=chance,
            clock=clock,
        ),
        clock=clock,
        chance=chance,
    )


def _transport(settings: Settings, database: Database, pace: RelayPace) -> Transport:
    from publisher.delivery.transport import Transport  # noqa: PLC0415  (as above)

    if pace.name == OUTBOX:
        box = outbox(settings)
        return Transport(
            name=pace.name,
            connections=1,
            send_messages=box.send_messages,
            outbox=pace.url,
            holds=box.holds,
        )
    return Transport(
        name=pace.name,
        connections=pace.connections,
        send_messages=_send_messages(settings, database, pace),
    )
