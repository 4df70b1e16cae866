"""However long a list is, importing it takes no more memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.newsletter import PATIENCE, Newsletter, environment

#: Says how much memory it had at most (`ru_maxrss` would begin with its parent's), and takes so few
#: rows at a time that the first tenth of a file is as good as all of it.
_PROGRAM = """
import pathlib, sys
from publisher.__main__ import main
from publisher.subscribers import csv_import
csv_import._BATCH = 2_000
sys.argv[0] = "publisher"
try:
    main()
finally:
    status = pathlib.Path("/proc/self/status").read_text()
    pathlib.Path("peak").write_text(status.split("VmHWM:")[1].split()[0])
"""
#: A million rows may take 300 MB, and most of that is the program itself.
_LIMIT = 300e6
#: The text alone of 60,000 rows is as long as that.
_GROWTH = 4e6


def _peak(newsletter: Newsletter, rows: int) -> float:
    """Import so many rows, a tenth of them bad; return the peak of memory, in bytes."""
    file = newsletter.root / f"{rows}.csv"
    with file.open("w", encoding="utf-8") as target:
        target.write("email,name,language,status\n")
        for number in range(rows):
            at = "" if number % 10 == 0 else "@example.org"
            target.write(f"reader{number}.of{rows}{at},Reader {number},en,confirmed\n")
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, "subscribers", "import", file],
        cwd=newsletter.root, env=environment(), capture_output=True, encoding="utf-8",
        check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert f"{rows * 9 // 10} added, 0 changed, 0 unchanged, {rows // 10} not" in done.stdout
    return float((newsletter.root / "peak").read_text()) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_memory(newsletter: Newsletter) -> None:
    """Six times as many rows take the same memory, which is far from the limit."""
    few, many = _peak(newsletter, 12_000), _peak(newsletter, 72_000)
    assert many < _LIMIT / 2
    assert many - few < _GROWTH
