"""A list that people join and leave, and the relay that has its confirmation mails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import func, select

from publisher.delivery.confirmation_mail import ConfirmationSender, Refusal, send_confirmations
from publisher.errors import RelayError
from publisher.mail.mime import Mailbox, Note
from publisher.mail.transport import Outcome, Reply
from publisher.storage import plans, subscribers
from publisher.storage.confirmations import ConfirmationRow
from publisher.storage.database import Database
from publisher.storage.subscribers import SubscriberRow
from publisher.storage.tables import request, seconds
from publisher.subscribers import preferences, signup
from publisher.subscribers.preferences import Leaving, Left, Reader
from publisher.subscribers.signup import Asked, Joining, Limits
from publisher.subscribers.signup import Link as LinkState
from publisher.subscribers.tokens import Keys, Purpose
from tests.support.newsletter_folder import NOW

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
    #: What it said of mails it did not take.
    refusals: list[Refusal] = field(default_factory=list)
    #: Each form has a stamp of its own.
    stamps: Iterator[int] = field(default_factory=count)

    def ask(self, address: str = ANN, network: str = HERE, wanted: str = "") -> Asked:
        """Ask to join."""
        return self.ask_at_once(address, network=network, wanted=wanted)[0]

    def ask_at_once(self, *addresses: str, network: str = HERE, wanted: str = "") -> list[Asked]:
        """Ask for several to join."""
        wishes = [self.wish(each, network, wanted) for each in addresses]
        return signup.request_signups(
            self.database, self.keys, wishes, limits=self.limits, now=self.now
        )

    def wish(self, address: str = ANN, network: str = HERE, wanted: str = "") -> Joining:
        """Return what a form says that nobody has sent before."""
        stamp = (seconds(self.now), next(self.stamps))
        return Joining(typed=address, language="en", wanted=wanted, network=network, stamp=stamp)

    def write(self) -> int:
        """Write to all who asked; return how many mails the relay took or refused."""
        sender = ConfirmationSender(
            database=self.database, relay=self, note=self.note, keys=self.keys,
            bounce_domain=self.bounce_domain, clock=lambda: self.now,
        )  # fmt: skip
        done = send_confirmations(sender)
        self.refusals += done.refusals
        return done.accepted + len(done.refusals)

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
        """Return what is known of an address."""
        with self.database.read() as connection:
            return subscribers.by_keys(connection, [address.lower()])[address.lower()]

    def link(self, address: str = ANN, purpose: Purpose = Purpose.confirm) -> str:
        """Return the link that a mail to an address has."""
        row = self.row(address)
        return self.keys.link(purpose, row.id, row.epoch)

    def confirm(self, token: str) -> bool:
        """Press the button of a confirmation link."""
        found = signup.confirm_signup(self.database, self.keys, token, self.now)
        return found.link is LinkState.done

    def leave(self, token: str, how: str = "page") -> Left:
        """Press the button of a link to leave."""
        return preferences.leave_list(self.database, self.keys, [Leaving(token, how)], self.now)[0]

    def undo(self, token: str) -> tuple[Reader | None, bool]:
        """Press the button that undoes it."""
        return preferences.undo_leaving(self.database, self.keys, token, self.now)

    def join(self, address: str = ANN) -> None:
        """Ask and confirm."""
        self.ask(address)
        self.write()
        assert self.confirm(self.sent[-1][1])

    def requests(self) -> int:
        """Return how many requests are remembered."""
        with self.database.read() as connection:
            return connection.execute(select(func.count()).select_from(request)).scalar() or 0
