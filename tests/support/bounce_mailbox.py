"""A desk at which mail that came back to Ann is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select

from publisher.commands.bounces import BounceCounts, Reader, read_mails, spare_outages
from publisher.delivery.bounce_policy import SoftBounces
from publisher.storage import subscribers
from publisher.storage.database import Database
from publisher.storage.subscribers import SubscriberRow
from publisher.storage.tables import bounce
from publisher.subscribers.tokens import Keys
from tests.support.bounces import KEYS, sample
from tests.support.newsletter_folder import NOW

ANN = "ann@example.net"
DAY = timedelta(days=1)
SOFT = SoftBounces(most=3, within=10 * DAY)
#: What a copy has links of that is no letter's.
OTHERS = Keys((b"a secret that somebody else made up",))


class Desk:
    """Reads mail."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder / "kept"
        self.tally = BounceCounts()
        self.marked: list[int] = []

    def read(self, *mails: bytes, now: datetime = NOW) -> BounceCounts:
        """Read these mails, and count them."""
        reader = Reader(
            database=self.database,
            keys=KEYS,
            folder=self.folder,
            soft=SOFT,
            clock=lambda: now,
        )
        self.tally = BounceCounts()
        read_mails(reader, self._arrived(mails), self.tally)
        spare_outages(reader, self.tally)
        return self.tally

    def _arrived(self, mails: Iterable[bytes]) -> Iterator[tuple[bytes, Callable[[], None]]]:
        for number, mail in enumerate(mails):
            yield mail, partial(self.marked.append, number)

    @property
    def ann(self) -> SubscriberRow:
        """Return what is known of Ann."""
        with self.database.read() as connection:
            found = subscribers.by_id(connection, 1)
        assert found is not None
        return found

    def change(self, **values: object) -> None:
        """Change what is known of Ann."""
        with self.database.write() as connection:
            subscribers.change(connection, self.ann, **values)

    def suppressed(self) -> str | None:
        """Return why Ann is never mailed, if so."""
        with self.database.read() as connection:
            return subscribers.suppression_reasons(connection, [ANN]).get(ANN)

    def rows(self) -> list[tuple[str, int | None]]:
        """Return kind and subscriber of each mail that is known."""
        with self.database.read() as connection:
            found = connection.execute(select(bounce.c.kind, bounce.c.subscriber))
            return [(kind, number) for kind, number in found]

    def words(self) -> str:
        """Return what is kept of the words of the one mail that is known."""
        with self.database.read() as connection:
            return str(connection.execute(select(bounce.c.words)).scalar_one())

    def files(self) -> list[Path]:
        """Return the mails that wait for a person."""
        return sorted(self.folder.iterdir()) if self.folder.exists() else []


def soft(number: int) -> bytes:
    """Return one of several soft bounces of Ann's."""
    return sample("gmail-full", subscriber=1) + f"\n{number}\n".encode()
