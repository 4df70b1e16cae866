"""What feed readers cost: polls a second, by wrk, of `publisher serve` and of nginx beside it.

nginx serves the same files, with the lines that docs/how-to gives for it and one worker, since
`publisher serve` is one process. Each poll is answered in both ways there are: 304 to who has the
feed, 200 to who has not, compressed or not.
"""

# ruff: noqa: T201  # printing is what a benchmark is for

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.corpus import Corpus
from tests.bench.serving import free_port, serving
from tests.support.web_servers import NGINX, nginx

SEEDS = Path(__file__).parents[2] / "seeds"
#: Enough for a feed that is full: 30 entries, or 250 KB.
DIGESTS = 40
SECONDS = 4
CONNECTIONS = 32
#: One after the other, so that a slow minute falls on both.
ROUNDS = 3
FEED = "feeds/issues.atom"
GZIP = {"Accept-Encoding": "gzip"}


def main() -> int:
    """Measure, and print."""
    if shutil.which("wrk") is None or NGINX is None:
        print("polls want wrk and nginx (Debian: apt install wrk nginx-light)", file=sys.stderr)
        return 1
    print(f"polls a second: {CONNECTIONS} connections, {SECONDS} s each, medians of {ROUNDS}")
    with newsletter() as folder, ExitStack() as stack:
        port = free_port()
        settings = folder / "publisher.toml"
        settings.write_text(f"{settings.read_text('utf-8')}\n[web]\nport = {port}\n", "utf-8")
        stack.enter_context(serving(folder, port))
        state = folder / "nginx"
        state.mkdir()
        beside = stack.enter_context(nginx(folder / "out", state))
        ours = f"http://127.0.0.1:{port}/"
        for name, headers, known in (
            ("304, gzip", GZIP, True),
            ("304, plain", {}, True),
            ("200, gzip", GZIP, False),
            ("200, plain", {}, False),
        ):
            report(name, headers, ours, beside, known=known)
    return 0


def report(name: str, headers: dict[str, str], ours: str, beside: str, *, known: bool) -> None:
    """Measure one kind of poll, and print a row."""
    rates: dict[str, list[float]] = {ours: [], beside: []}
    size = 0
    for _ in range(ROUNDS):
        for url, found in rates.items():
            its = dict(headers)
            tag, size = ask(url, its)
            if known:
                its["If-None-Match"] = tag
            found.append(wrk(url + FEED, its, 304 if known else 200))
    mine, theirs = (statistics.median(found) for found in rates.values())
    what = f"{name} ({size / 1000:.0f} KB)" if not known else name
    print(f"  {what:22} {mine:8.0f}   nginx {theirs:8.0f}: {theirs / mine:.1f} times as many")


@contextmanager
def newsletter() -> Iterator[Path]:
    """Yield a newsletter that is built."""
    with tempfile.TemporaryDirectory(prefix="publisher-bench-") as found:
        folder = Path(found) / "news"
        command = [sys.executable, "-m", "publisher"]
        subprocess.run([*command, "init", str(folder)], check=True, capture_output=True)
        Corpus(SEEDS).write(folder / "seeds", range(1, DIGESTS + 1))
        subprocess.run(
            [*command, "--project", str(folder), "build"], check=True, capture_output=True
        )
        yield folder


def ask(url: str, headers: dict[str, str]) -> tuple[str, int]:
    """Fetch the feed once; return its entity tag, and how many bytes came."""
    connection = HTTPConnection(urlsplit(url).netloc)
    connection.request("GET", f"/{FEED}", headers=headers)
    answer = connection.getresponse()
    size = len(answer.read())
    connection.close()
    return str(answer.headers["ETag"]), size


def wrk(url: str, headers: dict[str, str], status: int) -> float:
    """Let wrk ask; return how often a second it got its answer. SystemExit for any other."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    other = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    if rate is None or other or "Socket errors" in done.stdout:
        raise SystemExit(f"{url}: not always {status}\n{done.stdout}")
    return float(rate[1])


if __name__ == "__main__":
    sys.exit(main())
