"""Mails as a receiver's server gets them: signed, from a sender whom DNS vouches for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from publisher.commands.preview import READER
from publisher.doctor.keygen import make_keys
from publisher.errors import NotFoundError
from publisher.mail.dkim import Kind
from publisher.subscribers import admin
from tests.judges.specimens import fill
from tests.support.dns_server import Zone
from tests.support.newsletter_folder import KEYS, Newsroom, newsroom

SENDER = "digest@example.org"
#: The relay. example.com had this address for many years: filters do not believe those that are
#: kept for documentation.
HOST, ADDRESS = "mail.example.org", "93.184.216.34"
_SETTINGS = f"""
[mail]
from = "Paper Digest <{SENDER}>"
dkim = ["r:dkim/r.pem", "e:dkim/e.pem"]
"""


@dataclass(frozen=True)
class Outgoing:
    """A newsletter that mails, and what DNS has of it."""

    room: Newsroom
    zone: Zone
    #: Filters compare dates with their clock.
    now: datetime

    @property
    def received(self) -> bytes:
        """Return what the receiver's server writes above a mail."""
        return (
            f"Received: from {HOST} ({HOST} [{ADDRESS}])\r\n"
            "\tby mx.example.org (Postfix) with ESMTPS id 4F1234567\r\n"
            f"\tfor <{READER}>; {format_datetime(self.now)}\r\n"
        ).encode()

    def mails(self) -> dict[str, bytes]:
        """Publish and mail the issues of specimens.py; return the outbox, by slug."""
        admin.add(self.room.database, KEYS, READER, name="", language="", now=self.now)
        fill(self.room, self.now)
        self.room.tick(self.now)
        mails = {}
        for path in (self.room.folder / ".publisher" / "outbox" / "new").iterdir():
            message = path.read_bytes()
            (slug,) = re.findall(rb"\nArchived-At: .*/issues/(.*?)/", message)
            mails[slug.decode()] = self.received + message
        return mails

    def mail(self, digest: str) -> bytes | None:
        """Return the mail of a digest that is not published; None if there is no issue in it."""
        self.room.drop("900.txt", digest, self.now)
        try:
            message = self.room.preview("900", self.now).message
        except NotFoundError:
            return None
        return self.received + message


@contextmanager
def outgoing(folder: Path) -> Iterator[Outgoing]:
    """Make a newsletter with keys, and the zone that its sender would have."""
    keys = make_keys(folder / "dkim", "example.org", {"r": Kind.rsa, "e": Kind.ed25519})
    zone: Zone = {
        ("example.org", "MX"): [f"10 {HOST}."],
        ("example.org", "TXT"): [f"v=spf1 ip4:{ADDRESS} -all"],
        ("_dmarc.example.org", "TXT"): ["v=DMARC1; p=reject"],
        (HOST, "A"): [ADDRESS],
        (".".join(reversed(ADDRESS.split("."))) + ".in-addr.arpa", "PTR"): [f"{HOST}."],
        **{(record.name, "TXT"): [record.value] for record in keys.records},
    }
    with newsroom(folder, _SETTINGS) as room:
        yield Outgoing(room, zone, datetime.now(UTC).replace(microsecond=0))
