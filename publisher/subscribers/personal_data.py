"""All that is stored of one person, to show to them who ask for it (GDPR, article 15)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from typing import Any

from publisher.errors import NotFoundError
from publisher.local_time import local_time
from publisher.storage import personal_data, subscribers
from publisher.storage.database import Database
from publisher.storage.personal_data import BounceRow, ConfirmationData, MailedRow, SuppressionRow
from publisher.storage.subscribers import SubscriberRow
from publisher.subscribers.addresses import check_address
from publisher.subscribers.tokens import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person."""

    #: None for who is suppressed, or was forgotten, and nothing else.
    subscriber: SubscriberRow | None
    suppression: SuppressionRow | None
    confirmation: ConfirmationData | None
    deliveries: list[MailedRow]
    bounces: list[BounceRow]

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON; times are ISO 8601."""
        return asdict(self, dict_factory=_with_iso_times)

    def lines(self, zone: tzinfo) -> Iterator[str]:
        """Yield it as lines of text, with times in a zone."""
        row, why = self.subscriber, self.suppression
        if row:
            yield f"{row.address}{'  ' + row.name if row.name else ''}"
            how = f" ({row.how})" if row.how else ""
            yield f"status: {row.status} since {local_time(row.since, zone)}{how}"
            yield f"language: {row.language or 'all'}"
            yield f"cadence: {row.cadence}"
            covered = "" if row.covered is None else f", dealt with up to plan {row.covered}"
            yield f"number: {row.id}, key {row.key}, epoch {row.epoch}{covered}"
        if why:
            words = f": {why.evidence}" if why.evidence else ""
            yield f"never mailed: {why.reason}, since {local_time(why.since, zone)}{words}"
        if self.confirmation:
            asked = self.confirmation
            words = f": {asked.words}" if asked.words else ""
            yield (
                f"asked to confirm: {local_time(asked.requested, zone)}, "
                f"{asked.state} (attempts: {asked.attempts}), "
                f"on a page in {asked.language or 'all languages'}{words}"
            )
        for mail in self.deliveries:
            words = f": {mail.reply}" if mail.reply else ""
            yield (
                f"mail of {mail.plan}: {mail.state} {local_time(mail.changed, zone)} "
                f"(attempts: {mail.attempts}){words}"
            )
            for attempt in mail.tries:
                yield f"  tried {local_time(attempt.at, zone)} at {attempt.relay}: {attempt.words}"
        for back in self.bounces:
            yield f"came back: {back.kind} {local_time(back.at, zone)}: {back.words}"


def read_person(database: Database, keys: Keys, address: str) -> Person:
    """Look one person up. Raises AddressError, and NotFoundError for whom nothing is stored of."""
    _, key = check_address(address)
    with database.read() as connection:
        row = subscribers.by_keys(connection, [key]).get(key)
        why = personal_data.suppression_of(connection, [key, *keys.hashes(key)])
        if row is None and why is None:
            raise NotFoundError("no subscriber has this address")
        return Person(
            subscriber=row,
            suppression=why,
            confirmation=personal_data.confirmation_of(connection, row.id) if row else None,
            deliveries=personal_data.deliveries_of(connection, row.id) if row else [],
            bounces=personal_data.bounces_of(connection, row.id) if row else [],
        )


def _with_iso_times(pairs: list[tuple[str, Any]]) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in pairs
    }
