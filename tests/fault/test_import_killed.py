"""kill -9 in the middle of an import: no half file, and doing it again does the rest."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.e2e.newsletter import Newsletter, until

#: Two transactions of 20,000.
ROWS = 40_000


def test_killed_while_importing(newsletter: Newsletter) -> None:
    """What was committed stays; the rejects are there whole or not at all."""
    file = newsletter.root / "people.csv"
    addresses = [f"reader{number}@example.org" for number in range(ROWS)]
    file.write_text("\n".join(["email", "ann@", *addresses, "bob@", ""]), encoding="utf-8")
    rejects = Path(f"{file}.rejects.csv")
    newsletter.run("status")  # so that there is a database
    state = sqlite3.connect(newsletter.root / ".publisher" / "state.db")
    with closing(state), newsletter.started("subscribers", "import", str(file)) as started:
        until(lambda: state.execute("SELECT id FROM subscriber LIMIT 1").fetchone(), "anybody")
        started.process.kill()
        assert -signal.SIGKILL == started.end()
    assert not rejects.exists()
    known = newsletter.run("subscribers", "export").out.splitlines()[1:]
    assert 0 < len(known) < ROWS
    assert known == [f"{address},,,confirmed" for address in addresses[: len(known)]]
    ran = newsletter.run("subscribers", "import", file, code=1)
    rest = f"{ROWS - len(known)} added, 0 changed, {len(known)} unchanged, 2 not imported\n"
    assert ran.out.endswith(rest)
    assert ["reason,email", ",ann@", ",bob@"] == [
        line[line.rindex(",") if number else 0 :]
        for number, line in enumerate(rejects.read_text(encoding="utf-8").splitlines())
    ]
    assert {file, rejects} == set(newsletter.root.glob("*people*"))
    assert not list(newsletter.root.glob(".people*"))
