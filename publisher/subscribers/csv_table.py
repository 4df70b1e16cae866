"""A list as people have it: CSV of any common encoding and delimiter, or an address a line."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from publisher.errors import AddressError, InputError
from publisher.subscribers import addresses, consent_words
from publisher.subscribers.csv_safe import unguard_cell

_CHUNK = 1 << 20
_DELIMITERS = ",;\t|"
_QUOTED = re.compile(r'"[^"]*"')
_SEPARATOR = re.compile(r'"?sep=(\\t|.)"?', re.IGNORECASE)
_HAS_AT = re.compile("[@\uff20\ufe6b]")
_SAMPLE = 200
#: A quote that is never closed makes one field of all that follows: the reader stops at this.
_LONGEST_READ = 1 << 22
#: No list has more columns: each is looked at for what it says.
_WIDEST = 1_000
#: No field that a person filled in is longer.
_LONGEST = 131_072
#: In GB18030 these bytes are the beginning of a Chinese list and of nothing else that is text.
_CHINESE = tuple(
    name.encode("gb18030")
    for name in consent_words.split_list(
        "邮箱, 邮件, 电邮, 姓名, 名字, 状态, 订阅, 退订, 备注, 昵称"
    )
)  # fmt: skip


class NotCSVError(InputError):
    """The quotes of a list do not match."""


class Row(NamedTuple):
    """A row that is not empty."""

    line: int
    cells: list[str]


class Encoding(NamedTuple):
    """How a file's bytes are read."""

    name: str
    #: Where the text begins, behind byte order marks.
    start: int


class Table:
    """A list whose encoding, delimiter and header are known. It can be read again and again."""

    def __init__(self, path: Path, *, escapes: bool = False) -> None:
        self.path = path
        self._escape = "\\" if escapes else None
        with _opened(path) as raw:
            self.encoding = _encoding(raw, path)
        self._raw: BinaryIO | None = None
        self._position = 0
        self._skipped = 0
        self.delimiter = ""
        with self._lines() as lines:
            bounded = self._bounded(lines)
            first = self._first_line(bounded)
            second = next((line for line in bounded if line.strip()), "")
        #: One address, perhaps with a name, on each line: there are no columns.
        self._alone = _is_mailbox(first) and (not second.strip() or _is_mailbox(second))
        self.delimiter = self.delimiter or max(_DELIMITERS, key=_QUOTED.sub("", first).count)
        top = next(self._records(), Row(self._skipped + 1, []))
        self.line = top.line
        self.has_header = not any(map(_HAS_AT.search, top.cells))
        self.header = top.cells if self.has_header else _made_up(top.cells)
        named = [place for place, name in enumerate(self.header) if name.strip()]
        self.width = named[-1] + 1 if named else 0
        if self.width > _WIDEST:
            raise InputError(
                f"{path}:{self.line}: {self.width:,} columns; a list has {_WIDEST:,} at most"
            )

    def rows(self) -> Iterator[Row]:
        """Yield the rows that are not empty. Raises InputError for what is no CSV."""
        records = self._records()
        if self.has_header:
            next(records, None)
        yield from records

    def sample(self) -> list[Sequence[str]]:
        """Return the cells of some rows that have all their cells."""
        rows = (row.cells for row in self.rows() if self.fault(row.cells) is None)
        return list(islice(rows, _SAMPLE))

    def fault(self, cells: Sequence[str]) -> str | None:
        """Return why a row cannot be used, as far as the number and length of its cells tell."""
        if len(cells) != self.width and (len(cells) < self.width or any(cells[self.width :])):
            return f"{_counted(self.width, 'column')}, {_counted(len(cells), 'cell')}"
        if len("".join(cells)) > _LONGEST and len(max(cells, key=len)) > _LONGEST:
            return f"a cell of more than {_LONGEST:,} characters"
        return None

    def position(self) -> int:
        """Return how many bytes have been read."""
        if self._raw is not None and not self._raw.closed:
            self._position = self._raw.tell()
        return self._position

    def has_escapes(self) -> bool:
        r"""Return whether a quote is written as `\"` somewhere, as MySQL does."""
        with self._lines() as lines:
            return any('\\"' in line for line in self._bounded(lines))

    # --- Reading --------------------------------------------------------------------------

    def _lines(self) -> TextIO:
        raw = _opened(self.path)
        raw.seek(self.encoding.start)
        self._raw = raw
        return io.TextIOWrapper(raw, encoding=self.encoding.name, newline="")

    def _bounded(self, lines: TextIO) -> Iterator[str]:
        """Yield lines. Raises InputError for one that is no line."""
        for number, line in enumerate(iter(partial(lines.readline, _LONGEST_READ), ""), start=1):
            if len(line) == _LONGEST_READ:
                raise InputError(f"{self.path}:{number}: a line of {_LONGEST_READ:,} characters")
            yield line

    def _first_line(self, lines: Iterator[str]) -> str:
        """Return the first line with text, behind `sep=;` as Excel writes it."""
        for line in lines:
            separator = _SEPARATOR.fullmatch(line.strip("\ufeff\r\n"))
            if separator:
                self.delimiter = separator[1].replace("\\t", "\t")
            elif line.strip():
                return line
            self._skipped += 1
        return ""

    def _records(self) -> Iterator[Row]:
        with self._lines() as text:
            lines = self._bounded(text)
            for _ in range(self._skipped):
                next(lines)
            if self._alone:
                for number, line in enumerate(lines, start=self._skipped + 1):
                    if line.strip():
                        yield Row(number, [unguard_cell(line.strip())])
                self.position()
                return
            csv.field_size_limit(_LONGEST_READ)
            # Strict: a quote that is never closed would swallow all that follows.
            reader = csv.reader(
                lines, delimiter=self.delimiter, escapechar=self._escape, strict=True
            )
            while True:
                first = reader.line_num + 1
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    raise self._no_csv(error, first, reader.line_num) from None
                if cells is None:
                    self.position()
                    return
                joined = "".join(cells)
                if "'" in joined:
                    cells = [unguard_cell(cell) for cell in cells]
                if joined.strip():
                    yield Row(first + self._skipped, cells)

    def _no_csv(self, error: csv.Error, first: int, last: int) -> NotCSVError:
        reason, line = str(error), last
        if reason.startswith(("unexpected end", "field larger")):
            reason, line = "a quote is opened here and never closed", first
        return NotCSVError(f"{self.path}:{line + self._skipped}: not CSV: {reason}")


def has_address(cell: str) -> bool:
    """Return whether a cell is an address."""
    if not _HAS_AT.search(cell):
        return False
    try:
        addresses.check_address(cell)
    except AddressError:
        return False
    return True


def _is_mailbox(line: str) -> bool:
    """Return whether a line is one address, perhaps with a name, and nothing else."""
    line = addresses.strip_invisible(line)
    return line.count("@") == 1 and has_address(line)


def _made_up(cells: Sequence[str]) -> list[str]:
    """Return names for the columns of a list without a header."""
    place = next(place for place, cell in enumerate(cells) if _HAS_AT.search(cell))
    return ["email" if at == place else f"column {at + 1}" for at in range(len(cells))]


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


# --- Encodings ----------------------------------------------------------------------------


def _opened(path: Path) -> BinaryIO:
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: is no file")
        return path.open("rb")
    except OSError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _encoding(raw: BinaryIO, path: Path) -> Encoding:
    """Return how a file is read: all of it, since half a list would be worse than none."""
    encoding = _by_first_bytes(raw.read(4096))
    fault = _fault(raw, encoding)
    if fault is None:
        return encoding
    if encoding.name == "utf-8":
        raw.seek(0)
        head, chinese = raw.read(_CHUNK), Encoding("gb18030", 0)
        if any(name in head for name in _CHINESE) and _fault(raw, chinese) is None:
            return chinese
    byte, line = fault
    raise InputError(
        f"{path}:{line}: not {encoding.name.upper()} (byte {byte} of the file); save it as UTF-8 "
        '(Excel: "CSV UTF-8")'
    )


def _by_first_bytes(head: bytes) -> Encoding:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        start = 0
        while head.startswith(mark, start):
            start += len(mark)
        if start:
            return Encoding(name, start)
    # Without a mark: ASCII in UTF-16 has a zero for every other byte, and text has no zeros.
    even, odd = head[::2], head[1::2]
    for zeros, letters, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros.count(0) * 2 > len(zeros) and 0 not in letters:
            return Encoding(name, 0)
    return Encoding("utf-8", 0)


def _fault(raw: BinaryIO, encoding: Encoding) -> tuple[int, int] | None:
    """Return the byte, from 0, and the line, from 1, of the first that is not in this encoding."""
    raw.seek(encoding.start)
    decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder(encoding.name)()
    newline = "\n".encode(encoding.name)
    offset, line = encoding.start, 1
    while True:
        chunk = raw.read(_CHUNK)
        waiting = len(decoder.getstate()[0])  # of a character that two chunks share
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            before = max(error.start - waiting, 0)
            return offset - waiting + error.start, line + chunk.count(newline, 0, before)
        if not chunk:
            return None
        offset += len(chunk)
        line += chunk.count(newline)
