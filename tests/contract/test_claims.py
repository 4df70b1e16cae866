"""Claims in batches under a lease, on each kind of database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from publisher.model import DeliveryState, IssueRecord
from publisher.storage import claims, deliveries, issues, plan_state, presigned, subscribers
from publisher.storage.claims import Claimed, Result, Try
from publisher.storage.database import Database
from publisher.storage.tables import attempt, plan, seconds
from publisher.subscribers import admin
from tests.support.newsletter_folder import KEYS, NOW, freeze

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def database(empty: Database) -> Database:
    """Return a newsletter with five readers and a plan for them."""
    for number in range(5):
        address = f"reader{number}@example.org"
        admin.add(empty, KEYS, address, name="", language="", now=NOW)
    publish(empty, "001")
    return empty


def publish(database: Database, slug: str) -> int:
    """Publish an issue, and plan it for everyone; return how many that is."""
    record = IssueRecord(
        slug=slug, headline=slug, source=f"{slug}.txt", published=NOW, updated=NOW, items=1
    )
    with database.write() as connection:
        issues.put_issues(connection, [(record, bytes(32))])
        return freeze(connection, slug)


def claimed(database: Database, limit: int = 10) -> tuple[int, list[Claimed]]:
    """Claim under a new lease."""
    with database.write() as connection:
        lease = claims.open_lease(connection, owner="me", boot="b", until=LATER, outbox="")
        return lease, claims.claim(connection, 1, lease, NOW, limit)


def result(row: Claimed, state: DeliveryState, **more: object) -> Result:
    """Return what a try came to."""
    tried = Try(relay="relay:25", state=state, code=250, words="said")
    return Result(row=row, state=state, words="said", tried=tried)._replace(**more)  # type: ignore[arg-type]


def settle(database: Database, lease: int, *results: Result) -> int:
    """Settle in a transaction of its own."""
    with database.write() as connection:
        return claims.record_outcomes(connection, lease, results, NOW)


def states(database: Database) -> dict[str, int]:
    """Count the ledger's states."""
    with database.read() as connection:
        return deliveries.counts_by_plan(connection)["001"]


def test_a_batch_is_claimed_once(database: Database) -> None:
    """What one has claimed no other can."""
    _, first = claimed(database, 3)
    _, second = claimed(database, 3)
    assert [3, 2] == [len(first), len(second)]
    assert not {each.id for each in first} & {each.id for each in second}


def test_who_left_makes_room(database: Database) -> None:
    """A batch is full although some have left: they are suppressed, and others come."""
    admin.remove(database, "reader0@example.org", now=NOW)
    admin.remove(database, "reader2@example.org", now=NOW)
    _, rows = claimed(database, 3)
    assert ["reader1@example.org", "reader3@example.org", "reader4@example.org"] == [
        each.address for each in rows
    ]
    assert {"sending": 3, "suppressed": 2} == states(database)


def test_signatures_are_used_when_all_is_sent(database: Database) -> None:
    """What was signed ahead comes with its delivery, and is kept as long as that is to be sent."""
    with database.write() as connection:
        presigned.add(connection, [(2, b"signed")])
    lease, rows = claimed(database)
    assert [b"", b"signed", b"", b"", b""] == [each.presigned for each in rows]
    settle(database, lease, *(result(each, DeliveryState.accepted) for each in rows[1:]))
    with database.read() as connection:
        assert not presigned.is_obsolete(connection, 1)
    settle(database, lease, result(rows[0], DeliveryState.accepted))
    with database.read() as connection:
        assert [True, False] == [presigned.is_obsolete(connection, each) for each in (1, 2)]


def test_settling_notes_the_try(database: Database) -> None:
    """Each try is kept with its relay, code and words."""
    lease, rows = claimed(database)
    assert 5 == settle(database, lease, *(result(each, DeliveryState.accepted) for each in rows))
    with database.read() as connection:
        tries = connection.execute(select(attempt)).all()
        assert [(1, "relay:25", "accepted", 250, "said")] * 5 == [
            each[1:2] + each[3:] for each in tries
        ]


def test_what_was_never_begun_counts_no_try(database: Database) -> None:
    """Given back, a delivery is as it was before."""
    lease, rows = claimed(database)
    settle(database, lease, *(Result(row=each, state=DeliveryState.pending) for each in rows))
    _, again = claimed(database)
    assert rows == again
    assert [0] * 5 == [each.attempts for each in again]


def test_another_leases_claim_is_not_touched(database: Database) -> None:
    """Who comes too late changes nothing, and is told so."""
    lease, rows = claimed(database)
    assert 0 == settle(database, lease + 1, result(rows[0], DeliveryState.accepted))
    assert {"sending": 5} == states(database)


def test_a_lease_is_its_owners(database: Database) -> None:
    """It is renewed by who has it, and by nobody once it is over."""
    lease, _ = claimed(database)
    with database.write() as connection:
        renewed = [claims.renew_lease(connection, lease, each, LATER) for each in ("me", "another")]
        claims.close_lease(connection, lease)
        renewed.append(claims.renew_lease(connection, lease, "me", LATER))
    assert [True, False, False] == renewed


def test_settling_twice_moves_once(database: Database) -> None:
    """The second time there is nothing to move, and the try stands once."""
    lease, rows = claimed(database)
    for _ in range(2):
        settle(database, lease, result(rows[0], DeliveryState.accepted))
    assert {"accepted": 1, "sending": 4} == states(database)


def test_deferred_ones_come_after_and_in_their_time(database: Database) -> None:
    """What is tried again is claimed when it is due."""
    lease, rows = claimed(database, 2)
    first, second = rows
    settle(
        database, lease,
        result(first, DeliveryState.deferred, due=NOW),
        result(second, DeliveryState.deferred, due=LATER),
    )  # fmt: skip
    _, again = claimed(database)
    assert [3, 4, 5, first.id] == [each.id for each in again]
    assert 1 == again[-1].attempts


def test_a_paused_plan_is_not_claimed(database: Database) -> None:
    """Nothing of a plan that is paused begins."""
    with database.write() as connection:
        connection.execute(update(plan).values(paused="by a person"))
    assert [] == claimed(database)[1]


def test_what_is_held_under_a_lease(database: Database) -> None:
    """A lease names what is still claimed under it, and nothing of another."""
    lease, rows = claimed(database, 3)
    claimed(database, 1)
    settle(database, lease, result(rows[0], DeliveryState.accepted))
    with database.read() as connection:
        assert rows[1:] == claims.claimed_under(connection, lease)
        assert ["me", "me"] == [each.owner for each in claims.leases(connection)]


def test_who_leaves_after_the_claim(database: Database) -> None:
    """Who left while they were claimed is told from the others."""
    _, rows = claimed(database)
    admin.remove(database, "reader3@example.org", now=NOW)
    with database.read() as connection:
        assert {4: "left the list"} == claims.absent(connection, [each.subscriber for each in rows])


def suppress(database: Database, address: str) -> None:
    """Let nothing go to an address any more, as when its mail came back."""
    with database.write() as connection:
        subscribers.suppress(connection, address, "bounced", NOW)


def test_who_is_suppressed_is_not_claimed(database: Database) -> None:
    """Whose address turned out to be dead since the plan was made is passed over."""
    suppress(database, "reader3@example.org")
    assert 4 not in [each.subscriber for each in claimed(database)[1]]
    assert {"sending": 4, "suppressed": 1} == states(database)


def test_who_is_suppressed_after_the_claim(database: Database) -> None:
    """Whose mail came back while they were claimed is told from the others."""
    _, rows = claimed(database)
    suppress(database, "reader3@example.org")
    with database.read() as connection:
        assert {4: "never to be mailed"} == claims.absent(
            connection, [each.subscriber for each in rows]
        )


def test_what_is_not_being_sent_is_not_settled(database: Database) -> None:
    """What became uncertain under somebody's hands (a restore) waits for a person."""
    lease, rows = claimed(database)
    with database.write() as connection:
        deliveries.mark_unfinished_uncertain(connection, NOW)
    assert 0 == settle(database, lease, *(result(each, DeliveryState.accepted) for each in rows))
    assert {"uncertain": 5} == states(database)


def test_a_log_does_not_undo_what_a_person_said(database: Database) -> None:
    """What a person settled while a relay's log was read stays as they said."""
    lease, rows = claimed(database, 1)
    settle(database, lease, result(rows[0], DeliveryState.uncertain))
    with database.write() as connection:
        (row,) = deliveries.uncertain_deliveries(connection)
        deliveries.resolve_uncertain(connection, "001", DeliveryState.accepted, NOW)
        late = deliveries.resolve_delivery(connection, row, DeliveryState.rejected, "log", NOW)
    assert not late
    assert {"accepted": 1, "pending": 4} == states(database)


def test_who_is_suppressed_is_not_planned_for(database: Database) -> None:
    """Nobody counts as a reader of an issue whose address was known to be dead."""
    suppress(database, "reader3@example.org")
    assert 4 == publish(database, "002")


def test_of_a_held_plan_one_is_claimed(database: Database) -> None:
    """Nothing is claimed as usual; one, due or not, is claimed to try the relay."""
    with database.write() as connection:
        lease = claims.open_lease(connection, owner="me", boot="", until=NOW, outbox="")
        plan_state.hold(connection, 1, "relay:25: 554 no")
        assert [] == claims.claim(connection, 1, lease, NOW, 10)
        assert 1 == len(claims.claim_probe(connection, 1, lease, NOW))
        assert {"001": "relay:25: 554 no"} == plan_state.held(connection)


def test_of_a_plan_that_goes_on_none_is_claimed_to_try(database: Database) -> None:
    """Nor of one that is paused."""
    with database.write() as connection:
        lease = claims.open_lease(connection, owner="me", boot="", until=NOW, outbox="")
        assert [] == claims.claim_probe(connection, 1, lease, NOW)
        plan_state.hold(connection, 1, "relay:25: 554 no")
        plan_state.pause(connection, 1)
        assert [] == claims.claim_probe(connection, 1, lease, NOW)


def test_a_plan_that_was_begun_is_not_dropped(database: Database) -> None:
    """What may be on its way stays in the ledger, though somebody threw the plan away."""
    with database.write() as connection:
        plan_state.delete_waiting(connection, 1)
    assert {"pending": 5} == states(database)


# --- The Date header ----------------------------------------------------------------------


def dated_anew(database: Database) -> bool:
    """Date the plan anew if nothing of it was begun; return whether it was."""
    with database.write() as connection:
        is_stale = plan_state.is_stale(connection, 1, LATER)
        assert is_stale is plan_state.redate(connection, 1, LATER, LATER)
        return is_stale


def test_a_plan_is_dated_anew_once(database: Database) -> None:
    """A plan that is old and was never begun gets another date, and then is not old."""
    assert [True, False] == [dated_anew(database) for _ in range(2)]
    with database.read() as connection:
        assert [seconds(LATER)] == list(connection.execute(select(plan.c.dated)).scalars())
        assert [1] == deliveries.plans_due(connection, LATER)


def test_a_plan_that_is_being_sent_keeps_its_date(database: Database) -> None:
    """While a message is claimed a plan keeps its date; one that was given back was not begun."""
    lease, (row,) = claimed(database, 1)
    assert not dated_anew(database)
    settle(database, lease, Result(row=row, state=DeliveryState.pending))
    assert dated_anew(database)


def test_a_plan_that_was_approved_waits_again(database: Database) -> None:
    """One that has a hash is not due any more."""
    with database.write() as connection:
        plan_state.set_checks(connection, 1, digest="0123", checks="")
    assert dated_anew(database)
    with database.read() as connection:
        assert ([], ["0123"]) == (
            deliveries.plans_due(connection, LATER),
            [row.hash for row in plan_state.waiting(connection)],
        )
