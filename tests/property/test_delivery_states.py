"""Whatever relay, people and crashes do: nobody gets an issue twice, and nobody is forgotten."""

import random
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from publisher.audience import people
from publisher.audience.tokens import Keys
from publisher.delivery.sending import Sender, Tally, deliver, recover
from publisher.errors import RelayError
from publisher.mail.message import Letter, Mailbox, message_id
from publisher.mail.relay import Outcome, Reply
from publisher.model import IssueRecord
from publisher.storage import deliveries, issues
from publisher.storage.plans import LetterRow, get_letter
from publisher.storage.tables import delivery, subscriber
from tests.newsroom import KEYS, NOW, freeze, fresh_database

#: What may happen to one message: (does the relay have it afterwards?, what it says).
TROUBLE: dict[str, tuple[bool, Reply | BaseException]] = {
    "refuses for now": (False, Reply(Outcome.deferred, "450")),
    "refuses for good": (False, Reply(Outcome.rejected, "550")),
    "takes it and says nothing": (True, Reply(Outcome.uncertain, "")),
    "loses it and says nothing": (False, Reply(Outcome.uncertain, "")),
    "cannot be used": (False, RelayError("no connection")),
    "takes it, then the program is killed": (True, KeyboardInterrupt()),
    "the program is killed before": (False, KeyboardInterrupt()),
}
SENDER = Mailbox("News", "news@example.org")


class Relay:
    """A relay, or an outbox that can be asked, which follows a list of troubles."""

    def __init__(self, *, remembers: bool) -> None:
        self.remembers = remembers
        self.trouble: list[str] = []
        #: Every message it ever took, by Message-ID.
        self.taken: list[str] = []

    def hand_over(self, sender: str, recipient: str, name: str, message: bytes) -> Reply:
        """Take one message, or do the next of the troubles."""
        del sender, recipient, message
        takes, said = True, Reply(Outcome.accepted, "250")
        if self.trouble:
            takes, what = TROUBLE[self.trouble.pop()]
            if isinstance(what, BaseException):
                if takes:
                    self.taken.append(name)
                raise what
            said = what
        if takes:
            self.taken.append(name)
        return said

    def holds(self, name: str) -> bool | None:
        """Tell what it has, if it can."""
        return name in self.taken if self.remembers else None

    def close(self) -> None:
        """Do nothing."""


def letter(row: LetterRow) -> Letter:
    """Give a letter as it is sent."""
    return Letter(
        sender=SENDER, reply_to=None, subject=row.subject, date=NOW, list_name="News",
        list_id="news.example.org", archive_url="https://example.org/",
        issue_url="https://example.org/", leave_urls=("mailto:news@example.org",),
        join_url="mailto:news@example.org", text=row.text, html=row.html, issue=row.name,
    )  # fmt: skip


class Sending(RuleBasedStateMachine):
    """A newsletter's life, with the ledger in a real database."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.database = self.stack.enter_context(fresh_database(Path(folder)))
        self.relay = Relay(remembers=False)
        self.now = NOW
        self.plans = 0

    @initialize(remembers=st.booleans(), readers=st.integers(1, 3))
    def open(self, *, remembers: bool, readers: int) -> None:
        """Begin with a relay or an outbox, and some readers."""
        self.relay = Relay(remembers=remembers)
        for number in range(readers):
            self.join(number)

    @rule(number=st.integers(0, 4))
    def join(self, number: int) -> None:
        """Somebody joins, perhaps again."""
        people.add(
            self.database, KEYS, f"reader{number}@example.org", name="", language="", now=self.now
        )

    @rule(number=st.integers(0, 2))
    def leave(self, number: int) -> None:
        """Somebody leaves."""
        self.join(number)
        people.remove(self.database, f"reader{number}@example.org", now=self.now)

    @rule()
    def publish(self) -> None:
        """Plan one more issue."""
        self.plans += 1
        slug = f"{self.plans:03}"
        record = IssueRecord(
            slug=slug, headline=slug, source=f"{slug}.txt", published=self.now, updated=self.now,
            items=1,
        )  # fmt: skip
        with self.database.write() as connection:
            issues.put_issues(connection, [(record, bytes(32))])
            freeze(connection, slug)

    @rule(trouble=st.lists(st.sampled_from(sorted(TROUBLE)), max_size=4))
    def run(self, trouble: list[str]) -> None:
        """Do what a tick does about mail; a killed program leaves everything as it is."""
        self.relay.trouble = trouble
        sender = Sender(
            database=self.database,
            relay=self.relay,
            letter=letter,
            chance=random.Random(1),  # noqa: S311  (jitter is no secret)
            keys=Keys((b"a secret of this test",)),
            bounce_domain="",
            clock=lambda: self.now,
            stopping=lambda: False,
        )
        try:
            recover(sender)
            with self.database.read() as connection:
                plans = deliveries.plans_due(connection, self.now)
            for each in plans:
                deliver(sender, each, Tally())
        except (RelayError, KeyboardInterrupt):
            pass

    @rule(hours=st.integers(1, 12))
    def wait(self, hours: int) -> None:
        """Time passes."""
        self.now += timedelta(hours=hours)

    def ledger(self) -> dict[str, str]:
        """Give the state of each delivery by its Message-ID."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(delivery.c.letter, subscriber.c.address, delivery.c.state).join(
                    subscriber, subscriber.c.id == delivery.c.subscriber
                )
            )
            return {
                message_id(letter(get_letter(connection, row.letter)), row.address): row.state
                for row in rows.all()
            }

    @invariant()
    def nobody_gets_it_twice(self) -> None:
        """Check that the relay never has two copies of one message."""
        assert len(set(self.relay.taken)) == len(self.relay.taken)

    def teardown(self) -> None:
        """In the end, with a relay that works, everyone's copy is accounted for."""
        try:
            for _ in range(2):  # what the last crash left is settled by the first
                self.now += timedelta(days=1)
                self.run([])
            for name, state in self.ledger().items():
                has = name in self.relay.taken
                assert state in ("accepted", "rejected", "suppressed", "uncertain")
                assert state == "uncertain" or has == (state == "accepted")
        finally:
            self.stack.close()


TestSending = Sending.TestCase
TestSending.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
