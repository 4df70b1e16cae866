"""The whole examination, in the order in which things are best put right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.doctor import dkim, dmarc, sending_host, smtp_probe, spf_check
from publisher.doctor.dns import Address, Ask
from publisher.doctor.finding import Finding, advice
from publisher.mail.dkim import Key
from publisher.mail.mime import Mailbox
from publisher.mail.smtp_endpoint import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What there is to examine."""

    sender: Mailbox
    reply_to: Mailbox | None
    #: Where mail that cannot be delivered goes back to; empty for the sender.
    bounce_domain: str = ""
    #: The relays that are mail servers, and the URLs of those that are programs; neither for a
    #: Maildir.
    relays: Sequence[Route]
    programs: Sequence[str] = ()
    keys: Sequence[Key]
    #: False where a key that is set could not be read.
    keys_complete: bool = True
    #: Whence receivers get the mail, where the relay's own address is not it.
    sends_from: Sequence[Address] = ()
    #: The bytes of the largest mail to be expected.
    message_size: int


def examine_setup(setup: Setup, ask: Ask, *, now: datetime) -> Iterator[Finding]:
    """Look at everything; a finding is given as soon as it is there."""
    if not (setup.relays or setup.programs):
        do = "Set mail.relay to smtp:// or smtps:// when mail is to leave this machine."
        yield advice("relay", "mail goes into a folder of this machine", do)
    domain = setup.sender.domain.lower()
    # RFC 7208 2.4: SPF is asked of where a mail goes back to.
    returns = setup.bounce_domain or domain
    envelope = f"bounces@{returns}" if setup.bounce_domain else setup.sender.address
    asked = smtp_probe.Envelope(
        sender=envelope, recipient=setup.sender.address, size=setup.message_size
    )
    for route in setup.relays:
        yield from smtp_probe.examine_relay(route, asked, now)
    for url in setup.programs:
        yield smtp_probe.examine_program(url)
    hosts = [route.host for route in setup.relays] or [""]
    if setup.sends_from:
        hosts = hosts[:1]
    places = []
    for host in dict.fromkeys(hosts):
        where, findings = sending_host.find_source(ask, host, setup.sends_from)
        places.append(where)
        yield from findings
    for where in places:
        yield from sending_host.judge_names(ask, where)
    judged = (
        finding
        for where in places
        for finding in spf_check.judge_sender(ask, sender=envelope, source=where)
    )
    yield from dict.fromkeys(judged)
    yield from dkim.judge_keys(ask, setup.keys, complete=setup.keys_complete)
    yield from dmarc.judge_policy(
        ask,
        author=domain,
        envelope=returns,
        signers=[key.domain for key in setup.keys],
        contact=f"postmaster@{domain}",
    )
    answers = setup.reply_to.domain.lower() if setup.reply_to else domain
    for mailbox_domain in dict.fromkeys((domain, answers, returns)):
        yield sending_host.judge_mailbox(ask, mailbox_domain)
