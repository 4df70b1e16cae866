"""Whether the time of the form's answer tells who is on the list, against `publisher serve`.

Run with `make bench-form`. Addresses of each kind are asked for in a random order over one
connection, each with a form of its own. Of each kind the program prints the median and half the
distance between quartiles; "new, again" is a second sample of the first kind, and shows what chance
alone does.
"""

# ruff: noqa: T201  # printing is what a benchmark is for

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from publisher import mail_factories
from publisher.config import load
from publisher.storage import subscribers
from publisher.storage.database import Database
from publisher.storage.subscribers import SubscriberRow
from publisher.storage.tables import seconds
from publisher.subscribers import signup, suppression
from publisher.subscribers.signup import Joining, Limits
from publisher.subscribers.tokens import Keys, Purpose
from tests.bench.serving import free_port, serving

EACH = 300
KINDS = ("new", "new, again", "confirmed", "unsubscribed", "suppressed", "asked today")
ENOUGH = 1_000_000


def main() -> int:
    """Measure, and print."""
    with tempfile.TemporaryDirectory(prefix="publisher-bench-") as name:
        folder, port = Path(name), free_port()
        (folder / "publisher.toml").write_text(
            f"[web]\nport = {port}\njoins_per_network = {ENOUGH}\njoins_per_hour = {ENOUGH}\n",
            encoding="utf-8",
        )
        keys = fill(folder)
        order = list(KINDS) * EACH
        random.Random(1).shuffle(order)  # noqa: S311  (the same order each time)
        times: dict[str, list[float]] = {kind: [] for kind in KINDS}
        with serving(folder, port), closing(HTTPConnection("127.0.0.1", port)) as connection:
            for number, kind in enumerate(order):
                address = _address(kind, len(times[kind]))
                times[kind].append(asked(connection, keys, address, number))
    print(f"{EACH} requests of each kind, in a random order; milliseconds")
    print(f"{'address':14} {'median':>8} {'± half the quartiles':>22}")
    for kind, found in times.items():
        first, _, third = quantiles(found, n=4)
        print(f"{kind:14} {median(found):8.2f} {(third - first) / 2:22.2f}")
    return 0


def fill(folder: Path) -> Keys:
    """Put people of each kind into the state, and return what stamps are made with."""
    settings, now = load(folder, {}), datetime.now(UTC)
    with closing(Database(settings.database.url, folder)) as database:
        database.migrate()
        keys = mail_factories.token_keys(settings, database)
        rows = [
            SubscriberRow(address=address, key=address, status=kind, since=now - timedelta(days=9))
            for kind in ("confirmed", "unsubscribed")
            for address in _addresses(kind)
        ]
        with database.write() as connection:
            subscribers.insert_all(connection, rows)
        for address in _addresses("suppressed"):
            suppression.suppress_address(database, keys, address, reason="bounced", now=now)
        wishes = [
            Joining(typed=address, language="en", wanted="", network="", stamp=(0, number))
            for number, address in enumerate(_addresses("asked today"))
        ]
        limits = Limits(network=ENOUGH, overall=ENOUGH)
        signup.request_signups(database, keys, wishes, limits=limits, now=now)
    return keys


def _addresses(kind: str) -> Iterator[str]:
    return (_address(kind, number) for number in range(EACH))


def _address(kind: str, number: int) -> str:
    return f"{kind.replace(', ', '-').replace(' ', '-')}-{number}@example.org"


def asked(connection: HTTPConnection, keys: Keys, address: str, number: int) -> float:
    """Ask for an address to join; return how many milliseconds the answer took."""
    stamp = keys.link(Purpose.form, seconds(datetime.now(UTC)) - 60, number)
    body = urlencode({"email": address, "stamp": stamp, "lang": "en"})
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    begun = time.perf_counter()
    connection.request("POST", "/subscribe", body, kind)
    answer = connection.getresponse()
    page = answer.read()
    took = time.perf_counter() - begun
    if answer.status != 200 or b"look into your inbox" not in page:
        raise SystemExit(f"{address}: {answer.status}")
    return took * 1000


if __name__ == "__main__":
    sys.exit(main())
