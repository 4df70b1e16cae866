"""What holds mail back after a backup came back, or a list was lost with the state.

A copy does not know what was sent, and who left, after it was made. So it is marked as one when
it is made, and while the mark is there no mail goes out. When a person takes it off, whatever the
lost state may have sent is uncertain: held, issue by issue, for a person to settle.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from publisher.model import DeliveryState
from publisher.storage import deliveries, facts, subscribers
from publisher.storage.backup import last_change
from publisher.storage.database import Database
from publisher.storage.tables import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What is held from now on for a person to settle."""

    copied: datetime
    #: Deliveries by issue.
    uncertain: dict[str, int]
    #: Issues that the copy has no mail of, though their digests are there.
    doubtful: tuple[str, ...]


def copied_at(connection: Connection) -> datetime | None:
    """Return when the restored copy was made that this state is; None if mail may go out."""
    return facts.COPIED_AT.get(connection)


def mark_copy(connection: Connection, now: datetime) -> None:
    """Mark a state as a copy made at `now`. Of a copy of a copy the older time counts."""
    if copied_at(connection) is None:
        facts.COPIED_AT.put(connection, now)


def accept_restore(
    database: Database, slugs: Collection[str], now: datetime, *, dry_run: bool = False
) -> Accepted | None:
    """Let mail go out again; return what is uncertain now, or None if no mail was held.

    What was planned and not accepted when the copy was made may have been sent since: it becomes
    uncertain. So does the mail of the issues `slugs`, whose digests are there, as far as the copy
    has none, when it is planned. A dry run only counts.
    """
    with database.write(dry_run=dry_run) as connection:
        copied = copied_at(connection)
        if copied is None:
            return None
        deliveries.mark_unfinished_uncertain(connection, now)
        counted = deliveries.counts_by_plan(connection)
        unknown = tuple(sorted(set(slugs) - counted.keys()))
        facts.MAYBE_MAILED.put(connection, frozenset(unknown))
        facts.MAYBE_MAILED_CADENCES.put(connection, ["weekly", "monthly", "owed"])
        facts.COPIED_AT.put(connection, None)
    uncertain = {
        slug: states["uncertain"] for slug, states in counted.items() if "uncertain" in states
    }
    return Accepted(copied=copied, uncertain=uncertain, doubtful=unknown)


def hold_mail(connection: Connection, slugs: Collection[str]) -> bool:
    """Hold all mail if the state does not know these published issues; return whether it does now.

    Then a plain copy, which has no mark, was put back. False if a restored copy is known already.
    """
    if not set(slugs) - doubtful_slugs(connection) or copied_at(connection):
        return False
    facts.COPIED_AT.put(connection, moment(last_change(connection)))
    return True


def add_doubtful(connection: Connection, slugs: Collection[str]) -> None:
    """Hold the mail of these issues, when it is planned, for a person to settle."""
    if slugs:
        facts.MAYBE_MAILED.put(connection, doubtful_slugs(connection).union(slugs))


def doubtful_slugs(connection: Connection) -> frozenset[str]:
    """Return the slugs of issues that may have been mailed before a restore."""
    return facts.MAYBE_MAILED.get(connection) or frozenset()


def drop_doubtful(connection: Connection, slug: str) -> None:
    """Forget that an issue may have been mailed, once its mail is planned."""
    left = doubtful_slugs(connection)
    if slug in left:
        facts.MAYBE_MAILED.put(connection, left - {slug} or None)


def first_state_of_several(connection: Connection, cadences: Collection[str]) -> DeliveryState:
    """Return the first state of deliveries of a mail of several issues, for these cadences.

    It is uncertain for the first of each cadence after a restore, and that is recorded.
    """
    doubted = facts.MAYBE_MAILED_CADENCES.get(connection) or []
    kinds = {*cadences, "owed"}
    left = [kind for kind in doubted if kind not in kinds]
    facts.MAYBE_MAILED_CADENCES.put(connection, left or None)
    return DeliveryState.uncertain if len(left) < len(doubted) else DeliveryState.pending


def mark_list_lost(connection: Connection) -> None:
    """Record that the state was lost, and with it who is on the list."""
    facts.WAITING_FOR_LIST.put(connection, [])


def hold_for_list(connection: Connection, slugs: Collection[str]) -> bool:
    """Hold issues that would be for nobody because the list was lost; return whether it was."""
    if facts.WAITING_FOR_LIST.get(connection) is None or subscribers.any_exist(connection):
        return False
    facts.WAITING_FOR_LIST.put(connection, list(slugs))
    return True


def slugs_without_list(connection: Connection) -> list[str]:
    """Return the slugs of issues that are not mailed because the list was lost."""
    slugs = facts.WAITING_FOR_LIST.get(connection) or []
    return [] if slugs and subscribers.any_exist(connection) else slugs


def accept_lost_list(connection: Connection) -> bool:
    """Let issues be for nobody from now on; return whether the list was lost."""
    if facts.WAITING_FOR_LIST.get(connection) is None:
        return False
    facts.WAITING_FOR_LIST.put(connection, None)
    return True
