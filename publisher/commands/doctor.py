"""`doctor`: whether the world will take our mail, and the keys it is signed with."""

from __future__ import annotations

import ipaddress
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from publisher.config import Settings
from publisher.config.relays import RelayPace
from publisher.doctor import keygen
from publisher.doctor.dkim import load_keys
from publisher.doctor.dns import Address, Dns, resolver_at, system_resolver
from publisher.doctor.finding import Finding, Level, advice, problem
from publisher.doctor.run import Setup, examine_setup
from publisher.errors import SettingsError
from publisher.mail.dkim import Kind
from publisher.mail.mime import Mailbox
from publisher.mail.smtp_endpoint import Memory, Route, Timeouts
from publisher.plans.letters import sender_of

__all__ = ["Finding", "Level", "examine_newsletter", "find_exposed_files", "make_keys"]

#: The relay is asked by a person who waits.
_PATIENT = Timeouts(connect=10, command=10)
_PROGRAM = "sendmail:"
#: A mail clipped by Gmail at 102 KB of HTML has this many bytes with its text part and base64.
_LARGEST_MAIL = 256 * 1024


def examine_newsletter(
    settings: Settings,
    make_route: Callable[[RelayPace, Memory, Timeouts], Route],
    *,
    now: datetime,
    dns: str = "",
    sends_from: Sequence[str] = (),
) -> Iterator[Finding]:
    """Examine a newsletter's set-up, asking the DNS server named or this machine's.

    `make_route` returns how to talk to a relay. Raises SettingsError for a server or an address
    that is none.
    """
    ask = Dns(resolver_at(dns) if dns else system_resolver())
    seen = [_address(text) for text in sends_from]
    mail = settings.mail
    try:
        sender = Mailbox.parse(mail.sender, "mail.from")
        reply_to = Mailbox.parse(mail.reply_to, "mail.reply_to") if mail.reply_to else None
    except SettingsError as error:
        yield problem("settings", str(error), "Set it: all the rest depends on its domain.")
        return
    files = [(selector, settings.project / file) for selector, file in mail.dkim]
    keys, findings = load_keys(files, domain=sender.domain)
    yield from findings
    try:
        relays = [
            make_route(relay, Memory(), _PATIENT)
            for relay in mail.paces
            if not relay.url.startswith(_PROGRAM)
        ]
    except SettingsError as error:
        yield problem("settings", str(error), "Put it right: the relay cannot be asked without.")
        return
    setup = Setup(
        sender=sender,
        reply_to=reply_to,
        bounce_domain=mail.bounce_domain,
        relays=relays,
        programs=[relay.url for relay in mail.paces if relay.url.startswith(_PROGRAM)],
        keys=keys,
        keys_complete=not findings,
        sends_from=seen,
        message_size=_LARGEST_MAIL,
    )
    yield from examine_setup(setup, ask, now=now)


def find_exposed_files(files: Mapping[str, Path]) -> Iterator[Finding]:
    """Yield advice on files with secrets, by what names them, that every user can read."""
    for name, file in files.items():
        try:
            readable = file.stat().st_mode & stat.S_IROTH
        except OSError:  # it is gone since the settings were read
            continue
        if readable:
            yield advice(
                "settings",
                f"Every user of this machine can read the secret in {file} ({name}).",
                f"Let only the users that run `publisher` read it: chmod 600 {file} or, for a "
                "group, 640. In a container of its own it may stay as it is.",
            )


def make_keys(settings: Settings, name: str) -> Iterator[str]:
    """Make an RSA and an Ed25519 key for the sender's domain, under selectors made of the name.

    Gives the lines that tell a person what was made and what to do with it.
    """
    if not settings.mail.sender:
        raise SettingsError("mail.from is not set: DKIM keys are made for its domain")
    made = keygen.make_keys(
        settings.project / ".publisher" / "dkim",
        sender_of(settings).domain,
        {f"{name}r": Kind.rsa, f"{name}e": Kind.ed25519},
    )
    yield from (f"made {path}" for path in made.files)
    yield "Publish in DNS:"
    yield from (f"    {record}" for record in made.records)
    yield "Once `publisher doctor` finds them, set in [mail] of publisher.toml:"
    yield f"    {made.setting(settings.project)}"


def _address(text: str) -> Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise SettingsError(f'--sends-from: wants an IP address, not "{text}"') from None
