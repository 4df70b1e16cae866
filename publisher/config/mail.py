"""The settings of mail: how it leaves, and what it looks like."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path

from publisher.config.field import key
from publisher.config.relays import (
    CONNECTIONS,
    DomainPace,
    RelayPace,
    connections,
    domains,
    quiet_hours,
    rate,
    relays,
)
from publisher.config.server_validators import bounces, relay
from publisher.config.validators import (
    command,
    dkim,
    domain,
    duration,
    header_names,
    hello,
    host_name,
    list_id,
    mechanism,
    one_of,
    optional_file,
    optional_text,
    whole,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`[mail]`: who sends, and through what."""

    sender: str = key(
        "",
        optional_text,
        'The From address, like `"News <news@example.org>"`. Needed as soon as a relay is set.',
    )
    reply_to: str = key("", optional_text, "Where answers go, when not to the sender.")
    list_id: str = key(
        "",
        list_id,
        "The List-Id (RFC 2919), like `news.example.org`; made from the sender's domain when "
        "empty. Readers' filters rely on it: never change it.",
    )
    relay: str = key(
        "maildir:.publisher/outbox",
        relay,
        "Where mail goes. `smtp://USER:PASSWORD@HOST:PORT` is a mail server with STARTTLS, "
        "`smtps://…` one with TLS from the start, `lmtp://HOST:PORT` or `lmtp:///SOCKET` one that "
        "speaks LMTP, `sendmail:` or `sendmail:/PATH` a program of this machine, `maildir:FOLDER` "
        "a folder.",
        secret=True,
    )
    tls: str = key(
        "required",
        one_of("required", "opportunistic", "off"),
        "For `smtp://`, `lmtp://` and `imap://`. `required`: the server must offer STARTTLS and "
        "have a valid certificate. `opportunistic`: TLS is used if it is offered, with any "
        "certificate; to another machine a password is sent only if the certificate is valid. "
        "`off`: no TLS, and a password is sent in the clear.",
    )
    ca_file: Path | None = key(
        None,
        optional_file,
        "A PEM file with certificates to trust besides those that this machine trusts, like that "
        "of a relay which signed its own.",
    )
    tls_name: str = key(
        "",
        host_name,
        "The name in the certificate of `mail.relay`, if it is not the host in the URL.",
    )
    hello: str = key(
        "",
        hello,
        "The name that relays are greeted with (EHLO), like `mail.example.org`. When empty, it is "
        "this machine's host name if that has a dot and is known outside, else the domain of "
        "`mail.from`.",
    )
    auth: str = key(
        "",
        mechanism,
        "The only way to log in that is tried: `PLAIN`, `LOGIN`, `CRAM-MD5`, `XOAUTH2` or "
        "`OAUTHBEARER`. When empty, each that the relay offers is tried, in this order, until one "
        "works.",
    )
    token_command: tuple[str, ...] = key(
        (),
        command,
        'A program that prints an OAuth access token, and its arguments, like `["oauth2-token", '
        '"news"]`. It is used for `XOAUTH2` and `OAUTHBEARER` by each relay, and by '
        "`mail.bounces`, whose URL has a user and no password. It runs in the newsletter's folder, "
        "without a shell, with the user and the host in `MAIL_USER` and `MAIL_HOST`, and has 30 "
        "seconds. It runs once a run, and again if the token is refused. What it prints is never "
        "shown.",
    )
    connections: int = key(
        CONNECTIONS,
        connections,
        "How many connections to `mail.relay` there are at most.",
    )
    rate: float = key(
        math.inf,
        rate,
        'How much mail goes through `mail.relay` at most, like `"20/s"`, `"600/m"`, `"5000/h"` or '
        '`"50000/d"`. It goes evenly: `"600/m"` is one message every tenth of a second. A relay '
        "that says it gets too much is given less all the same, for some minutes. When empty, "
        "there is no limit.",
    )
    relays: tuple[RelayPace, ...] = key(
        (),
        relays,
        "Several relays in the place of `mail.relay`, each a `[[mail.relays]]` with `url`, "
        "`weight` (its share of the mail; 1), `connections` (10 for the heaviest, for others in "
        "proportion), `rate`, `tls_name` and `overflow` (`true` or `false`, the default). A relay "
        "gets its share whatever its speed: the others wait for a slow one. With `overflow = true` "
        "the others take what it has no room for. The share of a relay that cannot be used goes to "
        "the others. In the variable: `smtp://a.example.org weight=3 rate=600/m overflow=true, "
        "smtps://b.example.org`.",
        secret=True,
    )
    domains: tuple[tuple[str, DomainPace], ...] = key(
        (),
        domains,
        "How fast mail goes to the readers at one domain, through all relays together: "
        '`[mail.domains."qq.com"]` with `rate` and `connections`; `[mail.domains."*"]` is for each '
        "domain not named. In the variable: `qq.com rate=20/m connections=2, * rate=50/s`.",
    )
    quiet_hours: tuple[time, time] | None = key(
        None,
        quiet_hours,
        'Times of day between which no issue is mailed, like `"22:00-07:00"`, in '
        "`schedule.timezone`. What is not through by then goes on after it.",
    )
    give_up_after: timedelta = key(
        timedelta(days=5),
        duration,
        "How long a mail that the relay would not take yet is tried again (RFC 5321 4.5.4.1: four "
        "or five days at least).",
    )
    dkim: tuple[tuple[str, Path], ...] = key(
        (),
        dkim,
        'The keys every mail is signed with (RFC 6376), like `["p202611r:.publisher/dkim/'
        'p202611r.pem"]`: selectors and files, which nobody else may read. `publisher doctor '
        "--dkim-keygen` makes them. Set it when `publisher doctor` finds their records in DNS. "
        "When empty, mail is not signed.",
    )
    dkim_headers: tuple[str, ...] = key(
        (),
        header_names,
        'The header fields that are signed, like `["from", "to", "subject"]`; `from` always '
        "is. When empty, all that matter. Needed for [a service that changes "
        "some](../how-to/dns.md#dkim-a-signature-on-every-mail), like Amazon SES.",
    )
    on_uncertain: str = key(
        "hold",
        one_of("hold", "resend"),
        "What to do about a mail of which nobody knows whether the relay has it: `hold` keeps it "
        "for a person, `resend` sends it again, with the same Message-ID, so that now and then "
        "somebody gets an issue twice.",
    )
    bounce_domain: str = key(
        "",
        domain,
        "A domain whose mail you receive, like `bounces.example.org`. What cannot be delivered "
        "comes back to an address there that tells whose copy it was; `publisher bounces` reads "
        "it, and mails that ask to unsubscribe go there too. When empty, it comes back to the "
        "sender.",
    )
    bounces: str = key(
        "",
        bounces,
        "Where `publisher bounces` reads: a Maildir, an mbox file, or a folder over IMAP, like "
        "`imaps://user:password@mail.example.org/INBOX` (`imap://` with STARTTLS, see `mail.tls`).",
        secret=True,
    )
    soft_bounces: int = key(
        5,
        whole(1, 1000),
        "After how many mails that could not be delivered for a reason that may pass (a full "
        "mailbox, a server that is away) an address is given up.",
    )
    soft_bounces_within: timedelta = key(
        timedelta(days=30), duration, "The time in which `mail.soft_bounces` are counted."
    )
    max_lateness: timedelta = key(
        timedelta(days=7),
        duration,
        "An issue that was due longer ago than this is published but not mailed, so that an "
        "imported archive or a restored backup never floods readers. A digest with a date is due "
        "at that date. One without is due when its file was written (by the file's time), or at "
        "the next of `schedule.at` after that; a run that first sees it longer than this after "
        "that moment does not mail it. `publisher status` names such issues, and `publisher plan "
        "--late` mails them. Set it to more than the time between two runs.",
    )

    @property
    def paces(self) -> tuple[RelayPace, ...]:
        """Return every relay that mail goes through; none when it goes to a Maildir."""
        if self.relays or self.relay.startswith("maildir:"):
            return self.relays
        return (
            RelayPace(
                url=self.relay,
                rate=self.rate,
                connections=self.connections,
                tls_name=self.tls_name,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """`[email]`: what a mail looks like."""

    max_html_bytes: int = key(
        90_000,
        whole(20_000, 10_000_000),
        "How many bytes a mail's HTML, and its plain text, may have. Over it, the longest texts "
        "are cut to the same length, behind a sentence, and end with a link to the page. Gmail "
        "clips a mail at about 102,000 bytes, and hides the unsubscribe link with it.",
    )
