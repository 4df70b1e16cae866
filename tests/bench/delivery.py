"""How fast mail goes out: `apply` beside Postfix's smtp-source, nodemailer and aiosmtplib.

Run with `make bench-delivery`; `make peers` installs nodemailer and aiosmtplib. All send the same
issue of 82 KB on the same processors, in turn, to a sink that is no limit (fastsink.c), which has
processors of its own if there are more. A figure is the median of all rounds. Time is counted from
the first connection to the sender's end: for `apply`, when its ledger is on the disk. Each copy has
an unsubscribe address of its own in its headers, text and HTML, and a return path of its own.
"""

# ruff: noqa: T201  # printing is what a benchmark is for

from __future__ import annotations

import argparse
import importlib.util
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import measure
from tests.bench.corpus import Corpus
from tests.bench.mailing import (
    CONNECTIONS,
    DOMAIN,
    Newsletter,
    Place,
    hash_in,
    prepare,
    signs_ahead,
    write_specimen,
)
from tests.bench.sink import compiled, sink

SEEDS = Path(__file__).parents[2] / "seeds"
PEERS = Path(__file__).with_name("peers")
MEMORY = 200e6  # bytes a process
FREEZING = 30.0  # seconds for a million
BARE_SECONDS = 2.0
#: The peers take so much longer that as many as ours would say no more.
SLOWER = {"nodemailer": 20, "aiosmtplib": 100}

SOURCE = "smtp-source -d"
UNSIGNED = "publisher, unsigned"
AHEAD = "publisher, signed ahead"
SIGNING = "publisher, RSA-2048 and Ed25519 while sending"
LIMIT = "the limit: sends, SHA-256, both signatures"
BARE = "bare signatures, RSA-2048 and Ed25519"
NODEMAILER = "nodemailer, pool, RSA-2048"
AIOSMTPLIB = "aiosmtplib, EmailMessage, dkimpy, RSA-2048"
#: What is compared, and how many times as fast the first has to be.
RATIOS = (
    (UNSIGNED, SOURCE, 0.8),
    (AHEAD, SOURCE, 0.7),
    (SIGNING, LIMIT, 0.8),
    (SIGNING, BARE, 0.75),
    (SIGNING, NODEMAILER, 12.0),
    (SIGNING, AIOSMTPLIB, 20.0),
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    name: str
    #: Gives how many messages a second there were in one round.
    once: Callable[[], float]
    rates: list[float] = field(default_factory=list)


def main() -> int:
    """Measure, and print."""
    options = _options()
    processors = measure.pin(options.processors)
    with tempfile.TemporaryDirectory(prefix="publisher-bench-") as name:
        folder = Path(name)
        program = compiled(folder)
        if program is None:
            print("needs a C compiler for fastsink.c (Debian: apt install gcc)", file=sys.stderr)
            return 1
        place = prepare(folder, Corpus(SEEDS), _free_port())
        bench = Bench(place, program, options.messages)
        with sink(program, place.port) as idle:
            print(f"processors {processors} for each sender, {idle.processors} for the sink")
        print(f"{bench.size / 1e3:.1f} KB a message, {CONNECTIONS} connections")
        rows = list(bench.rows(len(processors)))
        for number in range(options.rounds):
            for row in rows:
                sys.stderr.write(f"... round {number + 1} of {options.rounds}: {row.name}\n")
                row.rates.append(row.once())
        report({row.name: row.rates for row in rows})
        for readers in options.recipients:
            sys.stderr.write(f"... memory of a send to {readers:,}\n")
            print(bench.memory(readers))
    return 0


def report(rates: dict[str, list[float]]) -> None:
    """Print a table, and the ratios that have a limit."""
    if not any(rates.values()):
        return
    print(f"\n{'messages a second':45}   median   (lowest to highest)")
    for name, found in rates.items():
        middle = statistics.median(found)
        print(f"  {name:45} {middle:>8,.0f}   ({min(found):,.0f} to {max(found):,.0f})")
    print()
    for ours, other, limit in RATIOS:
        if ours in rates and other in rates:
            # Of the same round each: what slows the machine slows both.
            pairs = zip(rates[ours], rates[other], strict=True)
            ratio = statistics.median(mine / its for mine, its in pairs)
            print(f"{ours} / {other} = {ratio:.2f} (at least {limit})")


class Bench:
    """The senders, each with all it needs."""

    def __init__(self, place: Place, program: Path, messages: int) -> None:
        self._place = place
        self._program = program
        self._messages = messages
        self._specimen, self._whole, self._shared = write_specimen(place)
        self.size = self._whole.stat().st_size + self._whole.read_bytes().count(b"\n")

    def rows(self, processors: int) -> Iterator[Row]:
        """Yield what can be measured here, and say what cannot."""
        source = shutil.which("smtp-source", path="/usr/sbin:/usr/local/sbin:/usr/bin")
        if source:
            yield self._other(SOURCE, self._messages, self._smtp_source(source))
        else:
            print(f"missing: {SOURCE} (Debian: apt install postfix)")
        yield self._ours(UNSIGNED, signed=False, ahead=False)
        if signs_ahead():
            yield self._ours(AHEAD, signed=True, ahead=True)
        else:
            print(f"missing: {AHEAD} (this publisher has no `plan --sign`)")
        yield self._ours(SIGNING, signed=True, ahead=False)
        yield self._other(LIMIT, self._messages, self._limit())
        yield Row(name=BARE, once=lambda: self._bare(processors))
        node = shutil.which("node")
        if node and (PEERS / "node_modules" / "nodemailer").is_dir():
            count = max(1, self._messages // SLOWER["nodemailer"])
            yield self._other(NODEMAILER, count, self._peer(node, "nodemailer.mjs", count))
        else:
            print(f"missing: {NODEMAILER} (make peers, with Node 18 or newer)")
        if importlib.util.find_spec("aiosmtplib"):
            count = max(1, self._messages // SLOWER["aiosmtplib"])
            command = self._peer(sys.executable, "aiosmtplib_copies.py", count)
            yield self._other(AIOSMTPLIB, count, command)
        else:
            print(f"missing: {AIOSMTPLIB} (make peers)")

    def memory(self, readers: int) -> str:
        """Freeze and send to so many; say how long choosing them took, and what memory it all."""
        letters = Newsletter(self._place, f"memory-{readers}", readers, signed=False, ahead=False)
        log = letters.folder / "log"
        planned = measure.run(letters.plan, log=log)
        applying = letters.apply(letters.folder, hash_in(log.read_text("utf-8")))
        with sink(self._program, self._place.port) as counted:
            sent = measure.run(applying, log=log)
        _check(readers, counted.messages, letters.accepted(letters.folder))
        shutil.rmtree(letters.folder)
        return (
            f"{readers:>9,} readers: frozen in {planned.wall:.1f} s (a million: {FREEZING:.0f}), "
            f"{planned.largest_bytes / 1e6:.0f} MB; sent with {sent.largest_bytes / 1e6:.0f} MB "
            f"in the largest process (at most {MEMORY / 1e6:.0f})"
        )

    def _ours(self, name: str, *, signed: bool, ahead: bool) -> Row:
        kind = "ahead" if ahead else "signed" if signed else "unsigned"
        letters = Newsletter(self._place, kind, self._messages, signed=signed, ahead=ahead)
        plan = letters.freeze()

        def once() -> float:
            folder = letters.another()
            rate = self._rate(letters.apply(folder, plan), self._messages)
            _check(self._messages, letters.accepted(folder))
            shutil.rmtree(folder)
            return rate

        return Row(name=name, once=once)

    def _other(self, name: str, count: int, command: Sequence[str | Path]) -> Row:
        return Row(name=name, once=lambda: self._rate(command, count))

    def _rate(self, command: Sequence[str | Path], count: int) -> float:
        """Send to the sink; return how many messages a second, of which all must have come."""
        with sink(self._program, self._place.port) as counted:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            ended = time.monotonic()
        if done.returncode:
            raise SystemExit(f"{command[0]}: {done.stderr.strip() or done.stdout.strip()}")
        _check(count, counted.messages)
        return count / (ended - counted.first)

    def _smtp_source(self, program: str) -> list[str | Path]:
        addresses = ["-f", f"bounces@{DOMAIN}", "-t", "reader@example.net"]
        many = ["-s", str(CONNECTIONS), "-m", str(self._messages)]
        target = f"127.0.0.1:{self._place.port}"
        return [program, "-d", *many, *addresses, "-F", self._whole, target]

    def _peer(self, runtime: str, script: str, count: int) -> list[str | Path]:
        return [runtime, PEERS / script, self._specimen, str(self._place.port), str(count)]

    def _limit(self) -> list[str | Path]:
        numbers = map(str, (self._place.port, CONNECTIONS, self._messages, self._shared))
        keys = self._place.keys.values()
        return [sys.executable, "-m", "tests.bench.limit", *numbers, self._whole, *keys]

    def _bare(self, processors: int) -> float:
        """Sign on every processor at once, in as many processes."""
        command = [
            sys.executable, "-m", "tests.bench.signing", str(BARE_SECONDS),
            *map(str, self._place.keys.values()),
        ]  # fmt: skip
        running = [
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processors)
        ]
        return sum(float(each.communicate()[0]) for each in running)


def _check(wanted: int, *found: int) -> None:
    for count in found:
        if count != wanted:
            raise SystemExit(f"{count:,} messages arrived of {wanted:,}: no figure is worth this")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.delivery", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000, help="of a round (default 20000)")
    parser.add_argument("--rounds", type=int, default=5, help="of all in turn (default 5)")
    parser.add_argument("--processors", type=int, default=2, help="for all together (default 2)")
    parser.add_argument(
        "--recipients", type=_numbers, default=[10_000, 1_000_000], metavar="N,N",
        help="of sends whose memory is measured (default 10000,1000000)",
    )  # fmt: skip
    options = parser.parse_args()
    if sys.platform != "linux":
        parser.error("this needs Linux: it reads /proc")
    return options


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",") if each]


if __name__ == "__main__":
    sys.exit(main())
