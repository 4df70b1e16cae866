"""The table `fact`: values that the state holds once, each with its key, its type and its text.

Every method works in the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, delete, insert, select

from publisher.storage.tables import fact, moment, seconds

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Fact(Generic[_T]):
    """A value that is stored as text under a key."""

    key: str
    decode: Callable[[str], _T]
    encode: Callable[[_T], str]

    def get(self, connection: Connection) -> _T | None:
        """Return the value; None if there is none."""
        text = connection.execute(select(fact.c.value).where(fact.c.name == self.key)).scalar()
        return None if text is None else self.decode(text)

    def put(self, connection: Connection, value: _T | None) -> None:
        """Store the value in place of another; None removes it."""
        connection.execute(delete(fact).where(fact.c.name == self.key))
        if value is not None:
            row = {"name": self.key, "value": self.encode(value)}
            connection.execute(insert(fact).values(row))


def _text(key: str) -> Fact[str]:
    return Fact(key, str, str)


def _place(text: str) -> tuple[int, str]:
    published, _, slug = text.partition(" ")
    return int(published), slug


# --- What was read and written ------------------------------------------------------------

#: A hash of what digests were last read with.
READ_WITH = _text("read-with")
#: A hash of what pages were last made with.
MADE_WITH = _text("made-with")
#: The modification times of out/'s folders as the last run left them.
OUT_AS_LEFT = _text("out-as-left")
#: The language in which headlines say "and 11 more".
HEADLINE_LANGUAGE = _text("headlines-in")
#: The place of the oldest issue from which on the archive's pages are to be written; none when
#: the site is in order.
SITE_DIRTY_FROM = Fact("site-dirty-from", _place, lambda place: f"{place[0]} {place[1]}")
#: The `base_url` that closed archives lead to.
ARCHIVE_BASE_URL = _text("archives-lead-to")
#: What tag URIs are made of, as at the first build (RFC 4151 2.1).
ID_AUTHORITY = _text("id-authority")
ID_YEAR = Fact("id-year", int, str)

# --- Mail ---------------------------------------------------------------------------------

#: The secret that tokens are made with when none is set.
TOKEN_SECRET = _text("secret")
#: What earlier conversations taught of each relay, by its address.
RELAY_LESSONS: Fact[dict[str, Any]] = Fact("relays", json.loads, json.dumps)
#: The rates at which relays and domains were last sent to, as delivery keeps them.
SEND_RATES = _text("pace")
#: The date until which mails of a cadence were planned, by cadence (YYYY-MM-DD).
PLANNED_UNTIL = {"weekly": _text("weekly"), "monthly": _text("monthly")}

# --- After a restore, and a lost state ----------------------------------------------------

#: The folder that the database belongs to: JSON of `ownership.Mark`.
OWNER = _text("owner")
#: When the copy was made that this state is; no mail goes out while it is there.
COPIED_AT = Fact("copied-at", lambda text: moment(int(text)), lambda time: str(seconds(time)))
#: The slugs of issues that may have been mailed after the copy was made.
MAYBE_MAILED = Fact(
    "mailed-before-restore",
    lambda text: frozenset(text.splitlines()),
    lambda slugs: "\n".join(sorted(slugs)),
)
#: The cadences, and `owed`, of which the next mail may have been sent before.
MAYBE_MAILED_CADENCES = Fact("several-mailed-before-restore", str.split, " ".join)
#: The slugs of issues that wait for a list, since it was lost with the state.
WAITING_FOR_LIST = Fact("list-lost", str.splitlines, "\n".join)
