"""Whatever is done to the folder of digests, each batch is one issue and is mailed once."""

from __future__ import annotations

import json
import mailbox
import re
import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from publisher.digest.filename import slug_of
from publisher.subscribers import admin
from tests.support.newsletter_folder import KEYS, NOW, Newsroom, newsroom, paper

NAMES = st.sampled_from(["a.txt", "b.txt", "latest.txt", "01_x.txt", "01_y.txt", "周报.md"])
BATCHES = st.integers(1, 5)


def slug(name: str) -> str:
    """Return which names are one address."""
    return name.partition("_")[0]


class Folder(RuleBasedStateMachine):
    """Someone who drops, copies, renames, edits and removes digests, with ticks in between."""

    def __init__(self) -> None:
        """Set up a newsletter with a reader, and a digest that nobody touches."""
        super().__init__()
        self._path = Path(tempfile.mkdtemp())
        self._open = newsroom(self._path, '[mail]\nfrom = "Digest <digest@example.org>"\n')
        self.room: Newsroom = self._open.__enter__()
        admin.add(self.room.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        self.now = NOW
        #: Which batch is under which name.
        self.files: dict[str, int] = {}
        #: Names of digests that are drafts, and the slugs of all that ever were.
        self.drafts: set[str] = set()
        self.drafted: set[str] = set()
        #: How often a batch was edited.
        self.edits: Counter[int] = Counter()
        #: Batches that were there at a tick, and the ids of their entries.
        self.known: dict[int, str] = {}
        #: Which batch was last at the address of each slug.
        self.addresses: dict[str, int] = {}

    def teardown(self) -> None:
        """Let go of it."""
        self._open.__exit__(None, None, None)
        shutil.rmtree(self._path)

    @initialize()
    def begin(self) -> None:
        """Have an issue that stays: a folder with nothing in it is refused."""
        self._write("anchor.txt", 0)
        self._tick()

    @rule(name=NAMES, batch=BATCHES)
    def drop(self, name: str, batch: int) -> None:
        """Put a batch into the folder, or write one over with it."""
        if all(slug(other) != slug(name) for other in self.files if other != name):
            self.drafts.discard(name)
            self._write(name, batch)

    @rule(name=NAMES, batch=BATCHES)
    def drop_a_draft(self, name: str, batch: int) -> None:
        """Put a batch into the folder that is not to be published yet, or write one over with it.

        It may be published already: it is not any more, then.
        """
        if all(slug(other) != slug(name) for other in self.files if other != name):
            self.drafts.add(name)
            self._write(name, batch)

    @precondition(lambda self: len(self.files) > 1)
    @rule(data=st.data(), name=NAMES)
    def rename(self, data: st.DataObject, name: str) -> None:
        """Give a digest another name."""
        old = data.draw(st.sampled_from(sorted(self.files.keys() - {"anchor.txt"})))
        if all(slug(other) != slug(name) for other in self.files if other != old):
            batch = self.files.pop(old)
            (self.room.folder / "seeds" / old).unlink()
            if old in self.drafts:
                self.drafts.remove(old)
                self.drafts.add(name)
            self._write(name, batch)

    @precondition(lambda self: len(self.files) > 1)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """Take a digest out."""
        name = data.draw(st.sampled_from(sorted(self.files.keys() - {"anchor.txt"})))
        del self.files[name]
        self.drafts.discard(name)
        self.room.take(name)

    @rule(batch=BATCHES)
    def edit(self, batch: int) -> None:
        """Put another word into a batch, wherever it is, if only on somebody's desk."""
        self.edits[batch] += 1
        for name in [name for name, its in self.files.items() if its == batch]:
            self._write(name, batch)

    @precondition(lambda self: len(self.files) > 1)
    @rule(data=st.data(), name=NAMES)
    def put_back(self, data: st.DataObject, name: str) -> None:
        """Take a digest out, edit it while ticks come by, and put it back under any name."""
        old = data.draw(st.sampled_from(sorted(self.files.keys() - {"anchor.txt"})))
        batch = self.files.pop(old)
        self.drafts.discard(old)
        self.room.take(old)
        self._tick()
        self.edit(batch)
        self.drop(name, batch)

    @rule()
    def tick(self) -> None:
        """Have `publisher run` come by."""
        self._tick()

    def _write(self, name: str, batch: int) -> None:
        self.files[name] = batch
        self.drafted |= {slug_of(each) for each in self.drafts}
        self.now += timedelta(minutes=1)
        draft = "---\ndraft: true\n---\n" if name in self.drafts else ""
        self.room.drop(name, draft + self._text(batch), self.now)

    def _text(self, batch: int) -> str:
        own = (
            paper(f"2408.{batch}000{number}", f"Paper {batch} {number}", f"{self.edits[batch]}.")
            for number in range(3)
        )
        return "".join(own) + paper("2408.00099", "The paper that all have")

    def _tick(self) -> None:
        self.now += timedelta(days=1)
        self.room.tick(self.now)
        entries = self._entries()
        for batch, found in entries.items():
            assert self.known.setdefault(batch, found) == found
        published = {batch for name, batch in self.files.items() if name not in self.drafts}
        assert entries.keys() == published
        self._addresses()

    def _entries(self) -> dict[int, str]:
        """Return the id of each batch's entry."""
        items = self._items()
        found = {_batch(each): each["id"] for each in items}
        assert len(found) == len(items)
        return found

    def _addresses(self) -> None:
        """See that each address leads to what was there last, or to nothing while that is gone.

        One at which there were but drafts may lead on, too: nobody knows it.
        """
        here = {_batch(each): each["url"].split("/")[-2] for each in self._items()}
        self.addresses |= {address: batch for batch, address in here.items()}
        pages = self.room.out.glob("issues/*/index.html")
        found = {page.parent.name: _led_to(page) for page in pages}
        unknown = self.drafted - self.addresses.keys()
        assert {
            address: here[batch] for address, batch in self.addresses.items() if batch in here
        } == {address: where for address, where in found.items() if address not in unknown}

    def _items(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads(self.room.page("feeds/issues.json"))["items"]
        return found

    @invariant()
    def mailed_once(self) -> None:
        """Nothing is mailed twice, and nothing is left out."""
        folder = self.room.folder / ".publisher" / "outbox"
        mails = list(mailbox.Maildir(folder, create=False)) if folder.exists() else []
        sent = Counter(int(str(mail).partition("Paper ")[2][0]) for mail in mails)
        assert sent == Counter(self.known.keys())


def _batch(entry: dict[str, str]) -> int:
    return int(entry["content_html"].partition("Paper ")[2][0])


def _led_to(page: Path) -> str:
    """Return the slug that a page leads to at once, its own if to none."""
    found = re.search(r'"refresh" content="0; url=[^"]*/([^/"]+)/', page.read_text("utf-8"))
    return found[1] if found else page.parent.name


Folder.TestCase.settings = settings(max_examples=10, stateful_step_count=20, deadline=None)
TestFolder = Folder.TestCase
