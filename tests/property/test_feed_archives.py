"""Whatever becomes of issues, settings and files: a closed archive at an address never changes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from publisher.site.output import Output
from publisher.sources import worker_pool
from publisher.syndication import membership
from tests.support.feed_archives import Keepers, names, walk, whole
from tests.support.newsletter_folder import NOW, Newsroom, fresh_database, paper

#: How many newsletters' lives are tried; more in `make test-faults`.
LIVES = int(os.environ.get("PUBLISHER_TEST_LIVES", "8"))
ANY = st.integers(0, 99)
#: Files written or removed before the machine stops; a build of one issue has about 60.
STEPS = st.integers(0, 120)
SITES = ("https://news.example.org/", "https://other.example.org/")


class KilledError(BaseException):
    """The machine stops."""


@contextmanager
def killed_after(steps: int) -> Iterator[None]:
    """Let the machine stop once so many files were written or removed."""
    left = steps

    def stepping(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*its: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise KilledError
            return real(*its)

        return step

    with (
        patch.object(Output, "write", stepping(Output.write)),
        patch.object(Output, "remove", stepping(Output.remove)),
        suppress(KilledError),
    ):
        yield


class Archiving(RuleBasedStateMachine):
    """A newsletter's life, looked at by readers who never fetch an archive twice."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        # Killed is this process.
        self.stack.enter_context(patch.object(worker_pool, "cores", lambda: 1))
        # So that a dozen issues have archives.
        self.stack.enter_context(patch.object(membership, "_ENTRIES", 4))
        self.database = self.stack.enter_context(ExitStack())
        self.room = Newsroom(self.folder, self.database.enter_context(fresh_database(self.folder)))
        self.keepers = Keepers(self.room.out)
        self.now = NOW
        self.made = 0
        #: Whether the state knows what is under out/.
        self.known = True
        #: Digests by name: which issue it is, and its words.
        self.there: dict[str, tuple[int, str]] = {}
        self.taken: dict[str, tuple[int, str]] = {}

    def teardown(self) -> None:
        """Take the newsletter away."""
        self.stack.close()

    @initialize()
    def begin(self) -> None:
        """Have archives from the start."""
        self.publish(14)
        self.build()

    # --- What becomes of issues ---------------------------------------------------------

    @rule(count=st.integers(1, 3))
    def publish(self, count: int) -> None:
        """Drop new digests."""
        for _ in range(count):
            self.made += 1
            self._drop(f"issue-{self.made}.txt", self.made, "It works.")

    @rule(which=ANY)
    @precondition(lambda self: len(self.there) > 2)
    def withdraw(self, which: int) -> None:
        """Take a digest away."""
        name = self._pick(self.there, which)
        self.taken[name] = self.there.pop(name)
        self.room.take(name)

    @rule(which=ANY, words=st.sampled_from(["It works.", "It did not work."]))
    @precondition(lambda self: self.taken)
    def bring_back(self, which: int, words: str) -> None:
        """Drop a digest that was taken away, as it was or corrected."""
        name = self._pick(self.taken, which)
        number, _ = self.taken.pop(name)
        self._drop(name, number, words)

    @rule(which=ANY)
    def rename(self, which: int) -> None:
        """Give a digest another name."""
        self.made += 1
        name, new = self._pick(self.there, which), f"renamed-{self.made}.txt"
        self.there[new] = self.there.pop(name)
        (self.folder / "seeds" / name).rename(self.folder / "seeds" / new)

    @rule(which=ANY, words=st.sampled_from(["It works after all.", "So they say.", ""]))
    def edit(self, which: int, words: str) -> None:
        """Write a digest over; without words its second paper goes."""
        name = self._pick(self.there, which)
        self._drop(name, self.there[name][0], words)

    # --- What becomes of all else -------------------------------------------------------

    @rule(site=st.sampled_from(SITES))
    def move(self, site: str) -> None:
        """Serve the folder under another address."""
        self._set("base_url", site)

    @rule(title=st.sampled_from(["Papers", "More papers"]))
    def retitle(self, title: str) -> None:
        """Call the newsletter otherwise: what is closed says what it said."""
        self._set("title", title)

    @rule(which=ANY)
    @precondition(lambda self: self.known)
    def lose_a_file(self, which: int) -> None:
        """Remove one file of an archive; it comes back before anything else is lost."""
        paths = sorted((self.room.out / "feeds/archive").rglob("feed.*"))
        if paths:
            paths[which % len(paths)].unlink()
            # Nobody looks below out/'s own folders, unless something happened to these.
            self.room.lose("feeds/issues.atom")
        self.build()

    @rule()
    @precondition(lambda self: self.known)
    def lose_out(self) -> None:
        """Remove out/; it comes back before anything else is lost."""
        shutil.rmtree(self.room.out)
        self.build()

    @rule()
    def lose_copies(self) -> None:
        """Remove the copies of digests."""
        shutil.rmtree(self.folder / ".publisher" / "digests", ignore_errors=True)

    @rule()
    def lose_state(self) -> None:
        """Remove the state: what is under out/ is all that is known."""
        self.known = False
        self.database.close()
        shutil.rmtree(self.folder / ".publisher")
        self.room.database = self.database.enter_context(fresh_database(self.folder))

    # --- Building -----------------------------------------------------------------------

    @rule()
    def build(self) -> None:
        """Build: whatever was closed is as it was or gone, and every issue is there once."""
        self.now += timedelta(hours=1)
        self.room.build(self.now)
        self.known = True
        self.keepers.look()
        found = whole(self.room.out)
        for name in ("issues", "papers"):
            assert len(found[name]) == len(set(found[name]))
        assert len(found["issues"]) == len(self.there)

    @rule(steps=STEPS)
    def build_and_die(self, steps: int) -> None:
        """Stop in the middle of a build: nothing leads nowhere, and nothing closed has changed."""
        self.now += timedelta(hours=1)
        with killed_after(steps):
            self.room.build(self.now)
        self.known = True
        self.keepers.look()
        for name in names(self.room.out):
            for kind in ("atom", "rss", "json"):
                if (self.room.out / f"feeds/{name}.{kind}").is_file():
                    assert list(walk(self.room.out, name, kind))

    # --- Tools --------------------------------------------------------------------------

    def _drop(self, name: str, number: int, words: str) -> None:
        self.there[name] = number, words
        items = [paper(f"2400.{number:04}0", f"Paper {number}", words or "It works.")]
        if words:
            items.append(paper(f"2400.{number:04}1", f"Second {number}", words))
        # Some papers are another issue's too.
        items.append(paper(f"2401.{number // 5:05}", "Shared", f"{words} {number // 5}"))
        text = f"---\ntags: [t{number % 2}]\n---\n# Vision\n\n" + "".join(items)
        text += "# Agents\n\nNone today.\n"
        self.room.drop(name, text, self.now)

    def _set(self, key: str, value: str) -> None:
        toml = self.folder / "publisher.toml"
        lines = toml.read_text(encoding="utf-8").splitlines()
        at = next(at for at, line in enumerate(lines) if line.startswith(key))
        lines[at] = f'{key} = "{value}"'
        toml.write_text("\n".join(lines) + "\n", encoding="utf-8")

    @staticmethod
    def _pick(among: dict[str, tuple[int, str]], which: int) -> str:
        return sorted(among)[which % len(among)]


def test_what_is_closed_never_changes() -> None:
    """A life of withdrawals, returns, renames, moves, losses and crashes, build by build."""
    run_state_machine_as_test(
        Archiving, settings=settings(max_examples=LIVES, stateful_step_count=20)
    )
