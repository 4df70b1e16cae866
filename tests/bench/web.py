"""One-click unsubscribes a second, by wrk against `publisher serve`, on SQLite and PostgreSQL.

Run with `make bench-web`. The limit beside it is the bare driver's: one UPDATE a transaction on
the same rows and the same disk, without HTTP, tokens or anything else.
"""

# ruff: noqa: T201  # printing is what a benchmark is for

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy import insert

from publisher import mail_factories
from publisher.config import load
from publisher.storage.database import Database
from publisher.storage.tables import seconds, subscriber
from publisher.subscribers.tokens import Purpose
from tests.bench.serving import free_port, serving
from tests.support.postgresql import programs, server

READERS = 60_000
SECONDS = 8
CONNECTIONS = 32
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
SCRIPT = """
local tokens = {}
for line in io.lines("%s") do tokens[#tokens + 1] = line end
local last = 0
function request()
    last = last %% #tokens + 1
    return wrk.format("POST", "/unsubscribe/" .. tokens[last],
        {["Content-Type"] = "application/x-www-form-urlencoded"}, "List-Unsubscribe=One-Click")
end
"""


def main() -> int:
    """Measure, and print."""
    if shutil.which("wrk") is None:
        print("needs wrk (Debian: apt install wrk)", file=sys.stderr)
        return 1
    print(f"{CONNECTIONS} connections, {SECONDS} s each; one process serves, all on this machine")
    on("SQLite", "sqlite:///.publisher/state.db", bare_sqlite)
    if programs() is not None:
        with server(durable=True) as found:
            url = found.empty()
            on("PostgreSQL", url, lambda _: bare_postgresql(url))
    return 0


def on(name: str, url: str, bare: Callable[[Path], float]) -> None:
    """Measure on one database."""
    with tempfile.TemporaryDirectory(prefix="publisher-bench-") as found:
        folder = Path(found)
        port = free_port()
        (folder / "publisher.toml").write_text(
            f'[database]\nurl = "{url}"\n[web]\nport = {port}\n', encoding="utf-8"
        )
        tokens = fill(folder)
        limit = bare(folder)
        with serving(folder, port):
            first, slowest = wrk(folder, port, tokens)
            again, _ = wrk(folder, port, tokens[:100])
    print(f"{name}:")
    print(f"  people who leave            {first:8.0f} a second; 99 % within {slowest}")
    print(f"  bare UPDATEs                {limit:8.0f} a second: {limit / first:.1f} times as many")
    print(f"  people who have left before {again:8.0f} a second")


def fill(folder: Path) -> list[str]:
    """Put the readers on the list, and give the tokens of their links."""
    settings = load(folder, {})
    with closing(Database(settings.database.url, folder)) as database:
        database.migrate()
        rows = [
            {
                "address": f"reader{number}@example.org",
                "address_key": f"reader{number}@example.org",
                "name": "",
                "language": "",
                "status": "confirmed",
                "since": seconds(NOW),
            }
            for number in range(READERS)
        ]
        with database.write() as connection:
            connection.execute(insert(subscriber), rows)
            found = connection.execute(subscriber.select().order_by(subscriber.c.id)).all()
        keys = mail_factories.token_keys(settings, database)
        return [keys.link(Purpose.leave, row.id, row.epoch) for row in found]


def wrk(folder: Path, port: int, tokens: list[str]) -> tuple[float, str]:
    """Let wrk leave with each token in turn; return how many a second, and the slow ones' time."""
    (folder / "tokens").write_text("\n".join(tokens) + "\n", encoding="ascii")
    (folder / "leave.lua").write_text(SCRIPT % (folder / "tokens"), encoding="ascii")
    done = subprocess.run(
        [
            "wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}",
            "-s", str(folder / "leave.lua"), f"http://127.0.0.1:{port}",
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    slowest = re.search(r"99%\s+(\S+)", done.stdout)
    if not (rate and slowest) or "Non-2xx" in done.stdout:
        raise SystemExit(done.stdout)
    return float(rate[1]), slowest[1]


def bare_sqlite(folder: Path) -> float:
    """Return how many rows a second the driver updates, each in a transaction of its own."""
    with closing(sqlite3.connect(folder / ".publisher" / "state.db")) as connection:
        connection.execute("PRAGMA synchronous=FULL")

        def update(number: int) -> None:
            connection.execute("UPDATE subscriber SET epoch = 1 WHERE id = ?", (number,))
            connection.commit()

        return rate_of(update)


def bare_postgresql(url: str) -> float:
    """Return the same for PostgreSQL."""
    with psycopg.connect(url) as connection:

        def update(number: int) -> None:
            connection.execute("UPDATE subscriber SET epoch = 1 WHERE id = %s", (number,))
            connection.commit()

        return rate_of(update)


def rate_of(work: Callable[[int], None]) -> float:
    """Return how often a second something can be done."""
    begun, number = time.perf_counter(), 0
    while time.perf_counter() < begun + SECONDS / 2:
        number += 1
        work(number)
    return number / (time.perf_counter() - begun)


if __name__ == "__main__":
    sys.exit(main())
