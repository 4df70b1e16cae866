"""A list that people join and leave, and the relay that has its confirmation mails."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select

from publisher.audience.tokens import Keys, Purpose
from publisher.delivery.confirming import Confirmer, send_confirmations
from publisher.errors import RelayError
from publisher.mail.message import Mailbox, Note
from publisher.mail.relay import Outcome, Reply
from publisher.publishing import joining
from publisher.publishing.joining import Asked, Joining, Leaving, Limits
from publisher.storage import plans, subscribers
from publisher.storage.confirmations import ConfirmationRow
from publisher.storage.database import Database
from publisher.storage.subscribers import SubscriberRow
from publisher.storage.tables import request
from tests.newsroom import NOW

KEYS = Keys((b"a secret of these tests",))
ANN, BOB = "ann@example.org", "bob@example.org"
HERE, THERE = "192.0.2.0/24", "198.51.100.0/24"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class List:
    """A list, and a relay that keeps what it is given."""

    database: Database
    now: datetime = NOW
    keys: Keys = KEYS
    limits: Limits = field(default_factory=lambda: Limits(network=20, overall=1000))
    #: The links that went out, with whom they went to.
    sent: list[tuple[str, str]] = field(default_factory=list)
    bounce_domain: str = ""
    #: Where what went out goes back to.
    returns: list[str] = field(default_factory=list)
    says: Reply | RelayError | KeyboardInterrupt = field(
        default_factory=lambda: Reply(Outcome.accepted, "250 ok")
    )

    def ask(self, address: str = ANN, network: str = HERE) -> Asked:
        """Ask to join."""
        return self.ask_at_once(address, network=network)[0]

    def ask_at_once(self, *addresses: str, network: str = HERE) -> list[Asked]:
        """Ask for several to join."""
        wishes = [Joining(each, "en", network) for each in addresses]
        return joining.ask(self.database, wishes, limits=self.limits, now=self.now)

    def write(self) -> int:
        """Write to all who asked."""
        confirmer = Confirmer(
            database=self.database, relay=self, note=self.note, keys=self.keys,
            bounce_domain=self.bounce_domain, clock=lambda: self.now,
        )  # fmt: skip
        return send_confirmations(confirmer)

    def note(self, row: ConfirmationRow) -> Note:
        """Make a mail that holds nothing but its link."""
        reader = row.reader
        known = reader.status == plans.CONFIRMED
        purpose = Purpose.leave if known else Purpose.confirm
        return Note(
            sender=Mailbox("", "news@example.org"), reply_to=None, subject="s", date=self.now,
            text=self.keys.link(purpose, reader.id, reader.epoch), html="", name="n",
        )  # fmt: skip

    def hand_over(self, sender: str, recipient: str, name: str, message: bytes) -> Reply:
        """Take a mail."""
        del name, message
        self.returns.append(sender)
        if isinstance(self.says, BaseException):
            raise self.says
        if self.says.outcome is Outcome.accepted:
            self.sent.append((recipient, self.link(recipient)))
        return self.says

    def close(self) -> None:
        """Do nothing."""

    def row(self, address: str = ANN) -> SubscriberRow:
        """Give what is known of an address."""
        with self.database.read() as connection:
            return subscribers.by_keys(connection, [address.lower()])[address.lower()]

    def link(self, address: str = ANN, purpose: Purpose = Purpose.confirm) -> str:
        """Give the link that a mail to an address has."""
        row = self.row(address)
        return self.keys.link(purpose, row.id, row.epoch)

    def confirm(self, token: str) -> bool:
        """Press the button of a confirmation link."""
        return joining.confirm(self.database, self.keys, token, self.now) is not None

    def leave(self, token: str) -> bool:
        """Press the button of a link to leave."""
        return joining.leave(self.database, self.keys, [Leaving(token, "page")], self.now)[0]

    def join(self, address: str = ANN) -> None:
        """Ask and confirm."""
        self.ask(address)
        self.write()
        assert self.confirm(self.sent[-1][1])

    def requests(self) -> int:
        """Give how many requests are remembered."""
        with self.database.read() as connection:
            return connection.execute(select(func.count()).select_from(request)).scalar() or 0
