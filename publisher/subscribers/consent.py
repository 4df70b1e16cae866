"""What the columns of a list say about who wants mail, and what a row says in all.

A column that looks as if it says so is understood, or it stops the import: nobody is mailed by a
guess. Columns that contradict each other make their row unusable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from publisher.errors import InputError
from publisher.storage.plans import CONFIRMED
from publisher.storage.subscribers import SUPPRESSED, UNCONFIRMED, UNSUBSCRIBED
from publisher.subscribers import consent_words

STATUSES = (UNCONFIRMED, CONFIRMED, UNSUBSCRIBED, SUPPRESSED)
#: What somebody said last is not undone by a file; of two sayings the stricter one counts.
STRICTNESS = {status: number for number, status in enumerate(STATUSES)}
#: Among the columns of one row a later one of these wins.
_ORDER = {status: place for place, status in enumerate((CONFIRMED, *STATUSES[:1], *STATUSES[2:]))}
#: How many values of a column are counted one by one.
_MOST_VALUES = 200
#: How people are shown that a cell has nothing in it.
EMPTY = "(empty)"
_SHOWN = 6
#: Characters of a cell of which the beginning is shown.
_LOOKED_AT = 200


class Kind(Enum):
    """What a column is about."""

    #: Words like `subscribed` and `bounced`.
    status = "a status"
    #: Yes means that mail is wanted.
    wants = "whether mail is wanted"
    #: Yes means that the address was confirmed.
    proof = "whether the address was confirmed"
    #: Yes, or a date, means that somebody left.
    leaving = "whether somebody left"
    #: Yes, or a date, means that somebody must not be mailed.
    barring = "whether somebody must not be mailed"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a cell says. Without a status it says nothing."""

    status: str = ""
    reason: str = ""
    #: It counts only where no other column says anything.
    weak: bool = False


SILENT = Claim()
_CONFIRMED = Claim(CONFIRMED)
_UNCONFIRMED = Claim(UNCONFIRMED)
_UNSUBSCRIBED = Claim(UNSUBSCRIBED)
NEVER_ASKED = Claim(UNCONFIRMED, weak=True)
Words = Mapping[str, Claim]


def read_claims(table: Mapping[str, tuple[str, str]]) -> dict[str, Claim]:
    """Return words as claims, in the form they are compared in."""
    return {consent_words.normalise_word(name): Claim(*meaning) for name, meaning in table.items()}


_WORDS = read_claims(consent_words.STATUS_WORDS)
_BY_KIND: dict[Kind, Words] = {
    Kind.status: _WORDS,
    Kind.wants: {
        **_WORDS,
        **dict.fromkeys(consent_words.YES, _CONFIRMED),
        **dict.fromkeys(consent_words.NO, _UNSUBSCRIBED),
    },
    Kind.proof: {
        **{word: SILENT if claim == _CONFIRMED else claim for word, claim in _WORDS.items()},
        **dict.fromkeys(consent_words.YES, SILENT),
        **dict.fromkeys(consent_words.NO, _UNCONFIRMED),
    },
}


def kind_of(name: str) -> Kind | None:
    """Return what a column is about, by its name as a heading; None when not about consent."""
    barring, leaving = consent_words.BARRING.search(name), consent_words.LEAVING_NAME.search(name)
    looks = {
        Kind.barring: barring,
        Kind.leaving: leaving,
        Kind.status: consent_words.GENERAL.search(name),
        Kind.proof: consent_words.PROOF.search(name),
        Kind.wants: consent_words.WANTS.search(name),
    }
    kind = next((kind for kind, match in looks.items() if match), None)
    if kind is None or consent_words.is_about_something_else(
        name, leaving=bool(barring or leaving)
    ):
        return None
    turned = {
        Kind.leaving: looks[Kind.status] and not consent_words.WHEN.search(name),
        Kind.proof: consent_words.UNPROVED.search(name),
        Kind.wants: consent_words.UNTIL.search(name),
    }
    return Kind.status if turned.get(kind) else kind


@dataclass(slots=True)
class Column:
    """A column that says who wants mail."""

    place: int
    name: str
    kind: Kind
    #: What its words mean where that is known: of the service, or as the user said.
    words: Words = field(default_factory=dict)
    #: What the user said of words that nobody knows.
    more_words: Words = field(default_factory=dict)
    values: Counter[str] = field(default_factory=Counter)
    #: How many cells hold a date, and how many rows have values that are not counted one by one.
    dates: int = 0
    others: int = 0
    _heading: str = ""
    _known: dict[str, Claim | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._heading = consent_words.normalise_heading(self.name)

    # --- Counting -------------------------------------------------------------------------

    def count(self, cells: Iterable[str]) -> None:
        """Count the values of some rows."""
        for cell, number in Counter(cells).items():
            if consent_words.is_date(cell):
                self.dates += number
            elif cell in self.values or len(self.values) < _MOST_VALUES:
                self.values[cell] += number
            else:
                self.others += number

    def unknown(self) -> dict[str, int]:
        """Return the values whose meaning nobody knows, most frequent first."""
        counts = Counter[str]()
        for cell, number in self.values.items():
            if self.claim(cell) is None:
                counts[cell if _word(cell) else EMPTY] += number
        if self.dates and self.claim("2024-01-01") is None:
            counts["(dates)"] = self.dates
        if self.others and self.claim("…") is None:
            counts["(more values)"] = self.others
        return dict(counts.most_common())

    def uses(self, word: str) -> bool:
        """Return whether a word that the user explained has its meaning here from that."""
        meaning = self.more_words.get(word)
        return any(_word(cell) == word and self.claim(cell) is meaning for cell in self.values)

    def shown(self) -> str:
        """Return what became of its values, with how many rows have each."""
        groups: dict[str, list[str]] = {}
        for cell, number in self.values.most_common():
            claim = self.claim(cell) or SILENT
            groups.setdefault(claim.status, []).append(f"{quote_cell(cell)} ({number:,})")
        if self.dates:
            dates = self.claim("2024-01-01") or SILENT
            groups.setdefault(dates.status, []).append(f"dates ({self.dates:,})")
        if self.others:
            others = self.claim("…") or SILENT
            groups.setdefault(others.status, []).append(f"more values ({self.others:,})")
        parts = [
            f"{_some(values)}: {status or 'no objection'}" for status, values in groups.items()
        ]
        return f'"{quote_cell(self.name)}": ' + "; ".join(parts)

    # --- Meaning --------------------------------------------------------------------------

    def claim(self, cell: str) -> Claim | None:
        """Return what a cell says, or None when nobody knows."""
        try:
            return self._known[cell]
        except KeyError:
            claim = self._claim(cell)
            if len(self._known) < _MOST_VALUES:
                self._known[cell] = claim
            return claim

    def _claim(self, cell: str) -> Claim | None:
        word = _word(cell)
        claim = self.words.get(word)
        if claim is None:
            claim = self._by_kind(cell, word)
        if claim is None:
            claim = self.more_words.get(word)
        return claim

    def _by_kind(self, cell: str, word: str) -> Claim | None:
        if self.kind in (Kind.leaving, Kind.barring):
            return self._against(cell, word)
        if not word:
            return self._when_empty()
        if consent_words.is_date(cell) and (self.kind is not Kind.status or self._is_when()):
            return SILENT
        if self.kind is Kind.proof and consent_words.is_network(cell):
            return SILENT
        return _BY_KIND[self.kind].get(word)

    def _is_when(self) -> bool:
        return bool(consent_words.WHEN.search(self._heading)) and not consent_words.UNTIL.search(
            self._heading
        )

    def _against(self, cell: str, word: str) -> Claim | None:
        if not word or word in consent_words.NO:
            return SILENT
        if consent_words.DOUBTFUL.search(self._heading):
            return None
        if word in consent_words.YES or consent_words.is_date(cell) or self._is_when():
            if self.kind is Kind.leaving:
                return _UNSUBSCRIBED
            return Claim(SUPPRESSED, _reason(self._heading))
        claim = _WORDS.get(word)
        return claim if claim and claim.status in (UNSUBSCRIBED, SUPPRESSED) else None

    def _when_empty(self) -> Claim | None:
        """Return what no value says: nothing in a column without any, else it is not known."""
        filled = any(map(_word, self.values))
        if self.kind is Kind.proof:
            return NEVER_ASKED if self.dates else _UNCONFIRMED if filled else SILENT
        if self.kind is Kind.wants and self.dates and not filled:
            return NEVER_ASKED
        return None if filled or self.others else SILENT


def _word(cell: str) -> str:
    """Return a cell as a word, empty for all the ways to write nothing."""
    word = consent_words.normalise_word(cell)
    return "" if word in consent_words.EMPTY else word


def _reason(heading: str) -> str:
    """Return why somebody is suppressed whom a column of this name bars."""
    reasons = {
        "bounc": "bounced", "clean": "bounced", "complain": "complained", "spam": "complained",
    }  # fmt: skip
    return next((reason for stem, reason in reasons.items() if stem in heading), "blocklisted")


def weigh_claims(cells: Sequence[str], columns: Sequence[Column]) -> Claim:
    """Return what the columns of a row say together. Raises InputError for a contradiction."""
    claims = [column.claim(cells[column.place]) or SILENT for column in columns]
    certain = [claim for claim in claims if claim.status and not claim.weak]
    if not certain:
        return next((claim for claim in claims if claim.status), SILENT)
    last = max(certain, key=lambda claim: _ORDER[claim.status])
    if last.status in (UNSUBSCRIBED, SUPPRESSED) and any(
        claim.status == CONFIRMED for claim in certain
    ):
        sayings = [
            f'"{quote_cell(column.name)}" ({quote_cell(cells[column.place])}) says {claim.status}'
            for column, claim in zip(columns, claims, strict=True)
            if claim.status and not claim.weak
        ]
        raise InputError(f"columns contradict each other: {', '.join(sayings)}")
    return last


# --- Words for people ---------------------------------------------------------------------


def describe_column(column: Column, unknown: Mapping[str, int]) -> str:
    """Return a column that is not understood, with its values and how many rows have each."""
    values = [
        f"{cell if cell.startswith('(') else quote_cell(cell)} ({number:,})"
        for cell, number in unknown.items()
    ]
    return f'values of "{quote_cell(column.name)}" that nobody knows: {_some(values)}'


def _some(values: Sequence[str]) -> str:
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return ", ".join(values[:_SHOWN]) + more


def quote_cell(cell: str) -> str:
    """Return a cell as it is shown to people: its beginning, in one line."""
    shown = "".join(letter if letter.isprintable() else " " for letter in cell[:_LOOKED_AT])
    shown = " ".join(shown.split())
    if not shown:
        return EMPTY
    return shown if len(shown) <= 40 else f"{shown[:40]}…"  # noqa: PLR2004  (a line of text)
