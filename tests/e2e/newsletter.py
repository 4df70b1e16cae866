"""A newsletter in a temporary folder, worked the way its owner would: by the command."""

from __future__ import annotations

import email
import email.policy
import json
import mailbox
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TypeVar

import feedparser

from tests.support.processes import Forked, Halt, queued

#: When tests take place, unless they say otherwise.
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
#: Who get the mail of a newsletter that has readers.
ANN, BOB, CLEO, DAN = READERS = tuple(
    f"{name}@example.org" for name in ("ann", "bob", "cleo", "dan")
)
#: Long enough for any one step on a slow machine; nothing ever waits this long when all is well.
PATIENCE = 180.0
#: How long to wait for the last words while a process left behind may add some, in seconds.
_LEFT_BEHIND = 5.0
#: How often it is noted for how long a command that is to end had no processor, in seconds.
_LOOK = 0.05
#: Files that tests write are this old, and each a second younger than the one before.
_WRITTEN = NOW - timedelta(days=1)

_Value = TypeVar("_Value")


def later(**by: float) -> str:
    """Return a moment after NOW (or before) for --now."""
    return (NOW + timedelta(**by)).isoformat()


def until(found: Callable[[], _Value], what: str, patience: float = PATIENCE) -> _Value:
    """Ask until the answer is true, and give it."""
    end = time.monotonic() + patience
    while not (answer := found()):
        assert time.monotonic() < end, f"waited {patience:.0f} s in vain for {what}"
        time.sleep(0.005)
    return answer


def paper(number: int, title: str = "") -> str:
    """Return one paper as digests have them; its number makes everything in it its own."""
    return (
        f"## {title or f'Study {number}: A Report'}\n"
        f"[研究{number}：一份报告](https://arxiv.org/abs/2411.{number:05})\n\n"
        f"本文是第 {number} 号论文的摘要。代码见 https://github.com/example/{number}。\n\n"
    )


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Return the lines on stderr."""
        return self.err.splitlines()


class Started:
    """A command at work, its output read line by line as it comes."""

    def __init__(self, folder: Path, *words: str, halt: Halt | None = None) -> None:
        self.out: list[str] = []
        self.err: list[str] = []
        (out, its_out), (err, its_err) = os.pipe(), os.pipe()
        self.process = Forked(words, folder, environment(), its_out, its_err, halt)
        os.close(its_out)
        os.close(its_err)
        self._news: queue.Queue[None] = queue.Queue()
        self._readers = [
            threading.Thread(target=self._read, args=(number, lines), daemon=True)
            for number, lines in ((out, self.out), (err, self.err))
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, number: int, lines: list[str]) -> None:
        with open(number, encoding="utf-8") as stream:
            for line in stream:
                lines.append(line.rstrip("\n"))
                self._news.put(None)

    def says(self, words: str, *, err: bool = False) -> str:
        """Wait for a line that holds these words."""
        lines = self.err if err else self.out
        end = time.monotonic() + PATIENCE
        while True:
            found = next((line for line in list(lines) if words in line), None)
            if found is not None:
                return found
            try:
                self._news.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"never said {words!r}: {self.out} {self.err}") from None

    def halted(self) -> None:
        """Wait until it stands still where it was to halt."""
        self.process.halted(PATIENCE)

    def end(self, number: signal.Signals | None = None) -> int:
        """Send a signal, if any, wait for the end and give the exit code."""
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        end = time.monotonic() + _LEFT_BEHIND
        for reader in self._readers:
            while reader.is_alive() and (time.monotonic() < end or not self.process.living()):
                reader.join(_LOOK)
        return code

    def end_within(self, seconds: float, number: signal.Signals) -> int:
        """Send a signal, and give the exit code if it ends in time.

        While it, or who looks at the clock, was ready and the machine had no processor for it, it
        was not slow: that comes on top.
        """
        ours = Path("/proc/thread-self")
        begun, before = time.monotonic(), self.process.queued() + queued(ours)
        self.process.send_signal(number)
        wait = 0.0
        while self.process.poll() is None:
            wait = max(wait, self.process.queued())
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_LOOK)
            assert time.monotonic() - begun < PATIENCE, "no end"
        taken = time.monotonic() - begun
        in_time = seconds + wait + queued(ours) - before
        assert taken < in_time, f"{taken:.1f} s, and with what it had to wait {in_time:.1f}"
        return self.end()


@dataclass(slots=True)
class Newsletter:
    """A newsletter's folder."""

    root: Path
    #: How many digests were written: each is younger than the one before.
    written: int = 0
    _settings: dict[str, dict[str, object]] = field(default_factory=dict)

    # --- Commands -------------------------------------------------------------------------

    def run(
        self,
        *words: str | Path,
        now: str | None = None,
        code: int = 0,
        env: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
    ) -> Ran:
        """Run a command in the folder to its end and check its exit code.

        With an environment, or with something to do `before` it begins, it is an interpreter of
        its own. A traceback is a defect whatever was done to the program.
        """
        command = [*map(str, words), *(("--now", now) if now is not None else ())]
        if env is None and before is None:
            ran = self._forked(command)
        else:
            ran = self._fresh(command, env, before)
        shown = f"{words} gave {ran.code}\n{ran.out}\n{ran.err}"
        assert code == ran.code, shown
        assert "Traceback" not in ran.err, shown
        assert "internal error" not in ran.err, shown
        return ran

    def _forked(self, words: list[str]) -> Ran:
        with TemporaryFile() as out, TemporaryFile() as err:
            process = Forked(words, self.root, environment(), out.fileno(), err.fileno())
            try:
                code = process.wait(PATIENCE)
            finally:
                process.kill()
            for each in (out, err):
                each.seek(0)
            return Ran(code, out.read().decode(), err.read().decode())

    def _fresh(
        self, words: list[str], env: Mapping[str, str] | None, before: Callable[[], None] | None
    ) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "publisher", *words],
            cwd=self.root, env=environment(env), preexec_fn=before, check=False,
            stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=PATIENCE,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    def build(self, now: str = later(), code: int = 0) -> Ran:
        """Publish, without mail."""
        return self.run("build", now=now, code=code)

    def tick(self, now: str = later(), code: int = 0) -> Ran:
        """Do what cron does."""
        return self.run("run", now=now, code=code)

    def complaint(self, *words: str | Path, now: str | None = None, code: int = 1) -> str:
        """Run a command that must fail with one clear line, and give that."""
        ran = self.run(*words, now=now, code=code)
        assert [ran.err] == [f"{line}\n" for line in ran.lines], "not one line"
        assert ran.err.startswith("publisher: "), ran.err
        return ran.err.strip()

    @contextmanager
    def started(self, *words: str, halt: Halt | None = None) -> Iterator[Started]:
        """Start a command, and see to it that it has ended afterwards."""
        found = Started(self.root, *words, halt=halt)
        try:
            yield found
        finally:
            with suppress(ProcessLookupError):
                os.killpg(found.process.pid, signal.SIGKILL)  # a session of its own
            found.end()
            assert not [line for line in found.err if "Traceback" in line], found.err

    # --- What its owner does --------------------------------------------------------------

    def digest(self, name: str, content: str | bytes | int) -> Path:
        """Write a digest: text, bytes, or a paper of this number. It has been there a while."""
        path = self.root / "seeds" / name
        if isinstance(content, int):
            content = paper(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.written += 1
        moment = (_WRITTEN + timedelta(seconds=self.written)).timestamp()
        os.utime(path, (moment, moment))
        return path

    def set(self, section: str, **values: object) -> None:
        """Change settings; `sender` stands for mail.from."""
        self._settings.setdefault(section, {}).update(values)
        lines = []
        for name, keys in self._settings.items():
            lines.append(f"[{name}]")
            for key, value in keys.items():
                spelled = "from" if key == "sender" else key
                lines.append(f"{spelled} = {json.dumps(value, ensure_ascii=False)}")
        (self.root / "publisher.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def subscribe(self, *rows: str) -> None:
        """Import rows of `email,name,language,status`; an address alone is a confirmed reader."""
        file = self.root / "people.csv"
        whole = [row if row.count(",") else f"{row},,,confirmed" for row in rows]
        file.write_text("\n".join(["email,name,language,status", *whole, ""]), encoding="utf-8")
        self.run("subscribers", "import", file)

    # --- What came of it ------------------------------------------------------------------

    def tree(self) -> dict[str, bytes]:
        """Return every file under out/ by its path."""
        out = self.root / "out"
        return {
            path.relative_to(out).as_posix(): path.read_bytes()
            for path in out.rglob("*")
            if path.is_file()
        }

    def mails(self) -> list[EmailMessage]:
        """Return all mail in the outbox."""
        folder = self.root / ".publisher" / "outbox"
        if not (folder / "cur").is_dir():  # the last that is made
            return []
        box = mailbox.Maildir(folder, create=False)
        return [parsed(box.get_bytes(key)) for key in sorted(box.keys())]

    def mailed(self) -> Counter[tuple[str, str]]:
        """Count the copies of each issue in the outbox for each address."""
        return copies(self.mails())

    def entries(self, name: str = "issues") -> dict[str, Any]:
        """Return the entries of an Atom feed by the last part of their id."""
        path = self.root / "out" / "feeds" / f"{name}.atom"
        if not path.exists():
            return {}
        found = feedparser.parse(path.read_bytes())
        assert not found.bozo, found.bozo_exception
        return {entry.id.rpartition("/")[2]: entry for entry in found.entries}

    def status(self, code: int = 0) -> dict[str, Any]:
        """Return `status` as JSON."""
        found: dict[str, Any] = json.loads(self.run("status", "--format", "json", code=code).out)
        return found

    def reader(self, address: str) -> tuple[int, int]:
        """Return what a subscriber's links are made of: their number and their epoch."""
        found = json.loads(self.run("subscribers", "show", address, "--format", "json").out)
        return found["subscriber"]["id"], found["subscriber"]["epoch"]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment without settings that someone may have in theirs."""
    kept = {name: value for name, value in os.environ.items() if name[:10] != "PUBLISHER_"}
    return {**kept, **(more or {})}


def parsed(message: bytes) -> EmailMessage:
    """Read one mail."""
    return email.message_from_bytes(message, policy=email.policy.default)


def copies(mails: list[EmailMessage]) -> Counter[tuple[str, str]]:
    """Count mails by address and issue."""
    counted: Counter[tuple[str, str]] = Counter()
    for each in mails:
        issue = re.search(r"/issues/([^/]+)/", str(each["Archived-At"]))
        assert issue is not None
        counted[str(each["To"]), issue[1]] += 1
    return counted
