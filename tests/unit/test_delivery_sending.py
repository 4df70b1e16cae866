"""Every recipient gets each issue once, and what a crash leaves in doubt is known as such."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import select

from publisher.audience import people
from publisher.audience.tokens import Keys, Purpose
from publisher.delivery.sending import Sender, Tally, deliver, recover
from publisher.errors import RelayError
from publisher.mail.message import TOKEN, Letter, Mailbox
from publisher.mail.relay import Outcome, Reply
from publisher.model import DeliveryState, IssueRecord
from publisher.publishing import joining
from publisher.publishing.joining import Leaving
from publisher.storage import deliveries, issues
from publisher.storage.database import Database
from publisher.storage.plans import LetterRow
from publisher.storage.tables import delivery
from tests.newsroom import NOW, freeze, fresh_database

ANN, BOB = "ann@example.org", "bob@example.org"
KEYS = Keys((b"a secret of this test",))


@dataclass
class ScriptedRelay:
    """A relay that does what it is told for each recipient, and accepts otherwise."""

    script: dict[str, Reply | BaseException] = field(default_factory=dict)
    #: What `holds` answers: an outbox knows, a relay does not.
    memory: bool | None = None
    taken: list[str] = field(default_factory=list)
    #: Called before each message.
    watch: Callable[[], None] = lambda: None

    def hand_over(self, sender: str, recipient: str, name: str, message: bytes) -> Reply:
        """Take one message."""
        assert name == message_from_bytes(message)["Message-ID"]
        assert sender == "news@example.org"
        self.watch()
        said = self.script.get(recipient, Reply(Outcome.accepted, "250 ok"))
        if isinstance(said, BaseException):
            raise said
        if said.outcome is Outcome.accepted:
            self.taken.append(recipient)
        return said

    def holds(self, name: str) -> bool | None:
        """Tell what it knows of an earlier message."""
        assert name.endswith("@example.org>")
        return self.memory

    def close(self) -> None:
        """Do nothing."""


def letter(plan: LetterRow) -> Letter:
    """Give a letter as it is sent."""
    return Letter(
        sender=Mailbox("News", "news@example.org"),
        reply_to=None,
        subject=plan.subject,
        date=NOW,
        list_name="News",
        list_id="news.example.org",
        archive_url="https://example.org/",
        issue_url=f"https://example.org/issues/{plan.issue}/",
        leave_urls=(f"mailto:news@example.org?subject=unsubscribe%20{TOKEN}",),
        join_url="mailto:news@example.org?subject=subscribe",
        text=plan.text,
        html=plan.html,
        issue=plan.name,
    )


@dataclass
class Office:
    """A ledger with one planned issue, and a relay."""

    database: Database
    relay: ScriptedRelay
    now: datetime = NOW

    def sender(self, *, stopping: Callable[[], bool] = lambda: False) -> Sender:
        """Give what it takes to send."""
        return Sender(
            database=self.database,
            relay=self.relay,
            letter=letter,
            chance=random.Random(1),  # noqa: S311  (jitter is no secret)
            keys=KEYS,
            bounce_domain="",
            clock=lambda: self.now,
            stopping=stopping,
        )

    def send(self) -> Tally:
        """Send what is due."""
        tally = Tally()
        with self.database.read() as connection:
            plans = deliveries.plans_due(connection, self.now)
        for plan in plans:
            deliver(self.sender(), plan, tally)
        return tally

    def ledger(self) -> list[tuple[str, int, str]]:
        """Give state, attempts and reply of every delivery."""
        columns = (delivery.c.state, delivery.c.attempts, delivery.c.reply)
        with self.database.read() as connection:
            rows = connection.execute(select(*columns).order_by(delivery.c.id))
            return [(row[0], row[1], row[2]) for row in rows]

    def due(self) -> list[datetime]:
        """Give when each delivery may be tried."""
        with self.database.read() as connection:
            rows = connection.execute(select(delivery.c.due).order_by(delivery.c.id))
            return [datetime.fromtimestamp(row[0], NOW.tzinfo) for row in rows]


def plan_issue(database: Database, slug: str = "001") -> int:
    """Publish and plan one issue for everyone on the list."""
    record = IssueRecord(
        slug=slug, headline="VITA", source=f"{slug}.txt", published=NOW, updated=NOW, items=1
    )
    with database.write() as connection:
        issues.put_issues(connection, [(record, bytes(32))])
        return freeze(connection, slug, text="text", html="<p>html</p>")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Set up an office with two subscribers and one plan."""
    with fresh_database(tmp_path) as database:
        for address in (ANN, BOB):
            people.add(database, KEYS, address, name="", language="", now=NOW)
        plan_issue(database)
        yield Office(database, ScriptedRelay())


def test_everyone_gets_it_once(office: Office) -> None:
    """All who are on the list when the issue is planned get it, in one run."""
    office.send()
    assert [ANN, BOB] == office.relay.taken


def test_accepted_is_never_tried_again(office: Office) -> None:
    """A second run finds nothing to do."""
    office.send()
    office.send()
    assert [ANN, BOB] == office.relay.taken


def test_audience_is_frozen_with_the_plan(office: Office) -> None:
    """Who joins after the plan was made does not get this issue."""
    people.add(office.database, KEYS, "carol@example.org", name="", language="", now=NOW)
    office.send()
    assert [ANN, BOB] == office.relay.taken


def test_who_leaves_after_the_plan_gets_nothing(office: Office) -> None:
    """Leaving takes effect at once: the delivery is `suppressed`."""
    people.remove(office.database, ANN, now=NOW)
    office.send()
    assert [BOB] == office.relay.taken
    assert [("suppressed", 0, "left the list"), ("accepted", 1, "250 ok")] == office.ledger()


def test_sending_is_committed_before_the_relay_is_asked(office: Office) -> None:
    """Another connection sees `sending` while the relay has the message in its hands."""
    seen = []
    office.relay.watch = lambda: seen.append([state for state, *_ in office.ledger()])
    office.send()
    assert [["sending", "pending"], ["accepted", "sending"]] == seen


def test_rejected_is_final(office: Office) -> None:
    """A refusal for good is recorded with the relay's words and never tried again."""
    office.relay.script[ANN] = Reply(Outcome.rejected, f"550 no such user {ANN}")
    office.send()
    office.now += timedelta(days=30)
    del office.relay.script[ANN]
    office.send()
    assert ("rejected", 1, "550 no such user <address>") == office.ledger()[0]


def test_deferred_is_tried_later(office: Office) -> None:
    """A refusal for now is tried again when its time has come, not before."""
    office.relay.script[ANN] = Reply(Outcome.deferred, "450 later")
    office.send()
    del office.relay.script[ANN]
    office.send()
    assert [BOB] == office.relay.taken
    office.now += timedelta(minutes=10)
    office.send()
    assert [BOB, ANN] == office.relay.taken


def test_waits_grow(office: Office) -> None:
    """Each refusal doubles the wait, about five minutes at first and six hours at most."""
    office.relay.script[ANN] = Reply(Outcome.deferred, "450 later")
    waits = []
    for _ in range(9):
        office.send()
        waits.append(office.due()[0] - office.now)
        office.now = office.due()[0]
    expected = [timedelta(minutes=5) * 2**tried for tried in range(7)] + [timedelta(hours=6)] * 2
    assert [True] * 9 == [
        each * 0.74 <= wait <= each * 1.26 for each, wait in zip(expected, waits, strict=True)
    ]


def test_attempts_are_counted(office: Office) -> None:
    """The ledger says how often a delivery was tried."""
    office.relay.script[ANN] = Reply(Outcome.deferred, "450 later")
    for _ in range(3):
        office.send()
        office.now += timedelta(hours=1)
    assert ("deferred", 3, "450 later") == office.ledger()[0]


def test_who_leaves_during_a_send_gets_nothing(office: Office, tmp_path: Path) -> None:
    """Whoever presses the button while a send is running gets nothing, if it is not their turn."""

    def leave() -> None:
        with closing(Database("sqlite:///.publisher/state.db", tmp_path)) as elsewhere:
            joining.leave(elsewhere, KEYS, [Leaving(KEYS.link(Purpose.leave, 2, 0), "page")], NOW)

    office.relay.watch = leave  # called as the first message, Ann's, is on its way
    office.send()
    assert [("accepted", 1, "250 ok"), ("suppressed", 0, "left the list")] == office.ledger()


def test_relay_that_cannot_be_used_leaves_all_pending(office: Office) -> None:
    """Without a connection nothing was begun: no attempt is counted and nothing is doubtful."""
    office.relay.script[ANN] = RelayError("no connection")
    with pytest.raises(RelayError):
        office.send()
    assert [("pending", 0, ""), ("pending", 0, "")] == office.ledger()


def test_stop_ends_between_two_messages(office: Office) -> None:
    """When asked to stop, what is begun is finished and nothing more is begun."""
    with office.database.read() as connection:
        plan = deliveries.plans_due(connection, NOW)[0]
    deliver(office.sender(stopping=lambda: bool(office.relay.taken)), plan, Tally())
    assert [("accepted", 1, "250 ok"), ("pending", 0, "")] == office.ledger()


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        (None, ("uncertain", 1, "cut off while sending: the relay may have it")),
        (True, ("accepted", 1, "was in the outbox")),
        (False, ("pending", 1, "")),
    ],
)
def test_crash_while_sending(
    office: Office,
    memory: bool | None,  # noqa: FBT001  (pytest names it)
    expected: tuple[str, int, str],
) -> None:
    """What a crash cut off is uncertain, unless the outbox can be asked."""
    office.relay.script[ANN] = KeyboardInterrupt()
    office.relay.memory = memory
    with pytest.raises(KeyboardInterrupt):
        office.send()
    assert int(memory is None) == recover(office.sender())
    assert expected == office.ledger()[0]


def test_uncertain_is_held(office: Office) -> None:
    """An uncertain delivery is sent to nobody again; the others go on."""
    office.relay.script[ANN] = Reply(Outcome.uncertain, "no answer")
    office.send()
    office.now += timedelta(days=30)
    del office.relay.script[ANN]
    office.send()
    assert [BOB] == office.relay.taken


def test_tally_counts_by_state(office: Office) -> None:
    """A run says how many deliveries went which way."""
    office.relay.script[ANN] = Reply(Outcome.deferred, "450 later")
    assert {DeliveryState.deferred: 1, DeliveryState.accepted: 1} == office.send().by_state


def test_late_settlement_changes_nothing(office: Office) -> None:
    """A settlement that comes after another one settled the delivery changes nothing."""
    with office.database.write() as connection:
        row = deliveries.claim(connection, 1, NOW)
        assert row
        told = [
            deliveries.settle(connection, row, state, "", NOW, start=DeliveryState.sending)
            for state in (DeliveryState.accepted, DeliveryState.deferred)
        ]
    assert ([True, False], "accepted") == (told, office.ledger()[0][0])
