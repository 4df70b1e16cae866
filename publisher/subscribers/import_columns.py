"""What each column of a list is, decided from all of its rows before the first is taken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from publisher.errors import InputError
from publisher.storage.plans import CADENCES, CONFIRMED
from publisher.subscribers import addresses, consent_words
from publisher.subscribers.consent import (
    EMPTY,
    NEVER_ASKED,
    STATUSES,
    Claim,
    Column,
    Kind,
    describe_column,
    kind_of,
    quote_cell,
    weigh_claims,
)
from publisher.subscribers.csv_table import Table, has_address
from publisher.subscribers.import_formats import (
    PLAIN,
    Format,
    check_language_tag,
    join_lines,
    recognise_format,
)
from publisher.subscribers.import_rejects import REASON, REJECTS
from publisher.subscribers.languages import Languages

_SLICE = 5_000
#: How many columns are named where the one that is needed is missing.
_NAMED = 30
#: What a column of addresses is called, the likelier first.
_EMAIL = ("email", "e mail")
_NAMES = ("name", "full name", "display name", "姓名", "名字", "名前", "氏名")
_FIRST_NAMES = ("first name", "firstname", "given name", "vorname", "prenom", "nombre", "fname")
_LAST_NAMES = ("last name", "lastname", "family name", "surname", "nachname", "nom", "lname")
_FURTHER = re.compile(
    r"(?:second(?:ary)?|other|alternat\w*|further|work|home|personal|private)? ?e ?mail"
    r"(?: ?\d)?(?: address| value)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user says of an import. Columns are named as in the file, in any case."""

    #: Which column has the addresses.
    email: str = ""
    #: Which columns say who wants mail.
    status_columns: tuple[str, ...] = ()
    #: Which columns say nothing of it, whatever they look like.
    ignored: tuple[str, ...] = ()
    #: The statuses that words stand for.
    words: Mapping[str, str] = field(default_factory=dict)
    #: The newsletter's languages; any is taken when there are none.
    languages: Languages | None = None
    #: Say what would become of whom, and write nothing.
    dry_run: bool = False

    @staticmethod
    def mapped(pairs: Sequence[str]) -> dict[str, str]:
        """Return `VALUE=STATUS` as a dictionary. Raises InputError."""
        statuses: dict[str, str] = {}
        for pair in pairs:
            value, equals, status = pair.rpartition("=")
            status = status.strip().lower()
            if not equals or status not in STATUSES:
                raise InputError(
                    f"--map {pair}: STATUS must be one of {', '.join(STATUSES)}, as in "
                    "--map 2=unsubscribed"
                )
            statuses[consent_words.normalise_word(value)] = status
        return statuses


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row says. Empty texts say nothing."""

    email: str
    name: str
    status: str = CONFIRMED
    #: Why they are never to be mailed, for who is suppressed.
    reason: str = ""
    language: str = ""
    cadence: str = ""


class Layout:
    """What the columns of a list are."""

    def __init__(self, table: Table, options: Options) -> None:
        """Read all of a list. Raises InputError, also for one that nobody can be sure of."""
        self.table = table
        self._options = options
        self._headings = [
            consent_words.normalise_heading(addresses.strip_invisible(name))
            for name in table.header
        ]
        lowered = [addresses.strip_invisible(name).lower() for name in table.header]
        self.format: Format = recognise_format(frozenset(lowered)) if table.has_header else PLAIN
        self._lowered = lowered
        self.email, self._other_addresses = self._address_columns()
        self._name = self._first(_NAMES)
        self._names = (self._first(_FIRST_NAMES), self._first(_LAST_NAMES))
        self._language = self._place_of("language")
        self._cadence = self._place_of("cadence")
        self._agreed = [at for at, name in enumerate(lowered) if name in self.format.agreed]
        self._columns = self._surveyed()

    # --- Rows -----------------------------------------------------------------------------

    def entry(self, cells: Sequence[str]) -> Entry:
        """Return what a row says. Raises InputError for one that cannot be used."""
        fault = self.table.fault(cells)
        if fault:
            raise InputError(fault)
        email = cells[self.email].strip()
        if self.format.deleted_at and email.lower().endswith(self.format.deleted_at):
            raise InputError("the service deleted this person at their own request")
        claim = weigh_claims(cells, self._columns)
        if not claim.status and self._agreed and not any(cells[at] for at in self._agreed):
            claim = NEVER_ASKED
        cadence = self._cell(cells, self._cadence).lower()
        if cadence and cadence not in CADENCES:
            raise InputError(f'cadence "{quote_cell(cadence)}" is none of {", ".join(CADENCES)}')
        return Entry(
            email=email,
            name=self._name_in(cells),
            status=claim.status or CONFIRMED,
            reason=claim.reason or "import",
            language=check_language_tag(self._cell(cells, self._language).replace("_", "-")),
            cadence=cadence,
        )

    def told(self) -> Iterator[str]:
        """Yield a line for each column that somebody has to look at."""
        if self.table.encoding.name != "utf-8":
            yield f"encoding: {self.table.encoding.name.upper()}"
        if not self.table.has_header:
            yield f"no header; addresses are in column {self.email + 1}"
        elif self._headings[self.email] not in _EMAIL or self._other_addresses:
            others = "".join(f'; not used: "{self._shown(at)}"' for at in self._other_addresses)
            yield f'addresses are in "{self._shown(self.email)}"{others}'
        for column in self._columns:
            yield column.shown()

    def _cell(self, cells: Sequence[str], place: int) -> str:
        return cells[place].strip() if place >= 0 else ""

    def _name_in(self, cells: Sequence[str]) -> str:
        name = self._cell(cells, self._name)
        if not name:
            name = " ".join(filter(None, (self._cell(cells, at) for at in self._names)))
        return join_lines(name) if name else ""

    # --- Columns --------------------------------------------------------------------------

    def _header(self, place: int) -> str:
        return self.table.header[place].strip("\ufeff \t")

    def _shown(self, place: int) -> str:
        return quote_cell(self._header(place))

    def _fault(self, message: str) -> InputError:
        return InputError(f"{self.table.path}:{self.table.line}: {message}")

    def _place_of(self, heading: str) -> int:
        return self._headings.index(heading) if heading in self._headings else -1

    def _first(self, headings: Sequence[str]) -> int:
        places = (self._place_of(heading) for heading in headings)
        return next((place for place in places if place >= 0), -1)

    def _places_named(self, option: str, names: Sequence[str]) -> list[int]:
        """Return the columns that the user names. Raises InputError for one there is not."""
        places = []
        for name in names:
            heading = consent_words.normalise_heading(name)
            matching = [at for at, own in enumerate(self._headings) if own == heading]
            if not matching:
                raise self._fault(f'{option} "{name}": no such column; {self._names_of_all()}')
            places += matching
        return places

    def _names_of_all(self) -> str:
        names = [f'"{self._shown(at)}"' for at in range(self.table.width)]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return (
            f"its columns are {', '.join(names[:_NAMED])}{more}" if names else "the file is empty"
        )

    def _address_columns(self) -> tuple[int, list[int]]:
        """Return the column that has the addresses, and others that have some, too."""
        sample = self.table.sample()
        filled, having = Counter[int](), Counter[int]()
        for cells in sample:
            for place, cell in enumerate(cells[: self.table.width]):
                if cell.strip():
                    filled[place] += 1
                    having[place] += has_address(cell)
        if self._options.email:
            (chosen,) = self._places_named("--email", [self._options.email])[:1]
        else:
            chosen = self._likeliest(filled, having)
        others = [
            place
            for place, heading in enumerate(self._headings[: self.table.width])
            if place != chosen
            and (
                having[place] * 2 > filled[place]
                or (_FURTHER.fullmatch(heading) and not filled[place])
            )
        ]
        if others and not self.table.has_header:
            raise self._fault("several addresses in one line; put each on a line of its own")
        return chosen, sorted(others)

    def _likeliest(self, filled: Counter[int], having: Counter[int]) -> int:
        ranked = []
        for place in range(self.table.width):
            heading = self._headings[place]
            if heading in _EMAIL:
                rank = 0
            elif heading in consent_words.ADDRESSES:
                rank = 1
            elif having[place] * 2 > filled[place]:
                rank = 2 if "mail" in heading else 3
            else:
                continue
            # A column of addresses may have none that can be used, but not beside one that has.
            ranked.append((filled[place] > 0 and not having[place], rank, place))
        if not ranked:
            raise self._fault(
                "no `email` column, and none that holds addresses; --email COLUMN names it; "
                f"{self._names_of_all()}"
            )
        return min(ranked)[2]

    # --- Consent --------------------------------------------------------------------------

    def _surveyed(self) -> list[Column]:
        """Return the columns that say who wants mail, after counting all their values."""
        chosen = self._chosen()
        columns, odd = self._counted(chosen)
        if odd:  # some values say who left, in columns whose names do not
            columns, _ = self._counted(chosen | dict.fromkeys(odd, Kind.status))
        named = self._places_named("--status-column", self._options.status_columns)
        columns = [column for column in columns if column.place in named or self._counts(column)]
        self._refuse_the_unknown(columns)
        return columns

    def _chosen(self) -> dict[int, Kind]:
        """Return what is about consent by its name, or as the service or the user has it."""
        ignored = {*self._places_named("--ignore", self._options.ignored), self.email}
        ignored |= {*self._other_addresses, self._reason()}
        chosen: dict[int, Kind] = {}
        for place in range(self.table.width):
            kind = None
            if self._lowered[place] in self.format.columns:
                kind = self.format.columns[self._lowered[place]][0]
            elif self._lowered[place] not in self.format.silent:
                kind = self._kind_of(self._headings[place])
            if kind:
                chosen[place] = kind
        for place in self._places_named("--status-column", self._options.status_columns):
            chosen.setdefault(place, Kind.status)
        return {place: kind for place, kind in chosen.items() if place not in ignored}

    def _reason(self) -> int:
        """Return the column that an earlier import wrote its reasons into."""
        return self._place_of(REASON) if self.table.path.name.endswith(REJECTS) else -1

    def _kind_of(self, heading: str) -> Kind | None:
        if not self.table.has_header or not heading:
            return Kind.status  # if its values show that: `_counts`
        # A column `email` that does not hold the addresses says who wants to get any.
        return (
            Kind.wants
            if heading in _EMAIL or heading in consent_words.ADDRESSES
            else kind_of(heading)
        )

    def _counted(self, chosen: Mapping[int, Kind]) -> tuple[list[Column], list[int]]:
        """Return columns with their values, and other columns that have values about leaving."""
        explained = {name: Claim(status) for name, status in self._options.words.items()}
        named = self._places_named("--status-column", self._options.status_columns)
        columns = []
        for place, kind in sorted(chosen.items()):
            own = self.format.columns.get(self._lowered[place], (kind, {}))[1]
            known = {**own, **explained} if place in named else own
            columns.append(Column(place, self._header(place), kind, known, explained))
        ignored = self._places_named("--ignore", self._options.ignored)
        silent = [at for at, name in enumerate(self._lowered) if name in self.format.silent]
        skipped = {self.email, *self._other_addresses, *chosen, *ignored, *silent, self._reason()}
        others = [place for place in range(self.table.width) if place not in skipped]
        odd: set[int] = set()
        for cells in self._slices():
            for column in columns:
                column.count(cells[column.place])
            odd.update(place for place in others if place not in odd and _leaves(cells[place]))
        return columns, sorted(odd)

    def _slices(self) -> Iterator[list[tuple[str, ...]]]:
        """Yield the columns of some thousand rows at a time, of those that can be used."""
        rows = (row.cells for row in self.table.rows() if not self.table.fault(row.cells))
        while part := list(islice(rows, _SLICE)):
            yield list(zip(*(cells[: self.table.width] for cells in part), strict=True))

    def _counts(self, column: Column) -> bool:
        """Return whether the values of a column do not show that it is about something else."""
        values = frozenset(map(consent_words.normalise_word, column.values)) - consent_words.EMPTY
        heading = self._headings[column.place]
        if not self.table.has_header or not heading:
            flags = (
                not (column.others or column.dates)
                and values <= consent_words.YES | consent_words.NO
            )
            return bool(values) and (flags or not values.isdisjoint(consent_words.STATUS_WORDS))
        return not consent_words.is_place(heading, values, frozenset(self._headings))

    def _refuse_the_unknown(self, columns: Sequence[Column]) -> None:
        unknown = [(column, column.unknown()) for column in columns]
        doubtful = [describe_column(column, values) for column, values in unknown if values]
        if doubtful:
            value = next(value for _, values in unknown for value in values)
            raise self._fault(
                f"nothing is imported: who wants mail is not clear: {'; '.join(doubtful)}. "
                f'Say what each value stands for with --map "{_example(value)}=STATUS" (STATUS is '
                f"{', '.join(STATUSES[:-1])} or {STATUSES[-1]}), or with --ignore COLUMN that a "
                "column is about something else"
            )
        for value, status in self._options.words.items():
            if not any(column.uses(value) for column in columns):
                raise self._fault(
                    f'--map "{value}={status}" changes nothing: "{value}" is in no column that '
                    "says who wants mail, or its meaning there is known. "
                    "--status-column COLUMN names another column, or lets --map decide"
                )


def _leaves(cells: Sequence[str]) -> bool:
    """Return whether some of these values say that somebody left."""
    text = "\n".join(cells).lower()
    return any(word in text for word in consent_words.LEAVING) and bool(
        consent_words.LEAVING_PART.search(text)
    )


def _example(value: str) -> str:
    if value == EMPTY:
        return ""
    return value if re.fullmatch(r"[\w .-]{1,20}", value) else "VALUE"
