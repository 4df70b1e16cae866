"""What holds of every cell of every CSV file that the program writes."""

import io
import re
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from publisher.subscribers.csv_safe import guard_cell, unguard_cell, write_row
from publisher.subscribers.csv_table import Table

#: What begins a formula, what may stand before it, what may part cells, and other letters.
pieces = st.sampled_from([*"=+-@＝＋－＠﹢", *"'\" \u3000\xa0\ufeff\u200b", *",;\t|\r\n", *"a1李"])
texts = st.one_of(st.lists(pieces, max_size=12).map("".join), st.text(max_size=12))
#: Whatever a spreadsheet takes for the end of a cell.
_SEPARATORS = re.compile(r"[,;\t|\r\n]")


@given(texts)
def test_round_trip(text: str) -> None:
    """A guarded cell comes back as it was."""
    assert text == unguard_cell(guard_cell(text))


@given(texts)
def test_no_formula(text: str) -> None:
    """No part of a guarded cell begins as a formula does, whatever parts the cells."""
    parts = _SEPARATORS.split(guard_cell(text))
    assert not [
        part for part in parts if part.lstrip(' \u3000\xa0\ufeff\u200b"')[:1] in set("=+-@＝＋－＠")
    ]
    assert guard_cell(text)[:1] not in ("\t", "\r", "\n")


@given(st.lists(st.lists(texts, min_size=2, max_size=2), max_size=4))
def test_what_is_written_is_read(rows: list[list[str]]) -> None:
    """An import reads the cells that were written."""
    rows = [[f"a{first}", *others] for first, *others in rows]  # no row is empty
    target = io.StringIO(newline="")
    for row in (["email", "name"], *rows):
        write_row(target, row)
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "people.csv"
        file.write_text(target.getvalue(), encoding="utf-8", newline="", errors="replace")
        assert rows == [row.cells for row in Table(file).rows()]


@given(texts)
def test_length(text: str) -> None:
    """A guard is one character for each place at which a cell may begin, and no more."""
    assert len(guard_cell(text)) <= len(text) + len(_SEPARATORS.findall(text)) + 1
