"""However readers change what they get, each paper reaches each of them once."""

from __future__ import annotations

import email
import re
import tempfile
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from publisher import mail_factories
from publisher.storage.plans import CADENCES
from publisher.storage.subscribers import SubscriberRow, by_keys
from publisher.subscribers import admin, preferences
from publisher.subscribers.tokens import Purpose
from tests.support.newsletter_folder import KEYS, NOW, newsroom, paper

READERS = ("ann@example.org", "bob@example.org")
readers = st.sampled_from(READERS)
cadences = st.sampled_from(CADENCES)
languages = st.sampled_from(["", "en", "zh-Hans"])


class Reading(RuleBasedStateMachine):
    """A newsletter and its readers, over months."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.room = self.stack.enter_context(newsroom(folder))
        self.keys = mail_factories.token_keys(self.room.settings, self.room.database)
        self.now = NOW
        self.issues = 0
        #: How often each has had each issue.
        self.had: dict[str, Counter[str]] = {each: Counter() for each in READERS}
        self.published: list[str] = []

    @initialize()
    def join_all(self) -> None:
        """Begin with everyone on the list."""
        for each in READERS:
            admin.add(self.room.database, KEYS, each, name="", language="", now=self.now)
        self.run()

    def row(self, reader: str) -> SubscriberRow:
        """Return what is known of a reader."""
        with self.room.database.read() as connection:
            return by_keys(connection, [reader])[reader]

    def link(self, reader: str) -> str:
        """Return the link in a reader's newest mail."""
        row = self.row(reader)
        return self.keys.link(Purpose.leave, row.id, row.epoch)

    @rule(reader=readers, cadence=cadences, language=languages)
    def choose(self, reader: str, cadence: str, language: str) -> None:
        """Somebody changes what they get."""
        preferences.change_preferences(
            self.room.database, self.keys, self.link(reader), language=language, cadence=cadence,
            now=NOW,
        )  # fmt: skip

    @rule(papers=st.integers(2, 3))
    def publish(self, papers: int) -> None:
        """One more issue comes; it may repeat one paper of the one before."""
        first = 2 * self.issues + 1
        numbers = [f"2411.{number:05}" for number in range(first, first + papers)]
        self.issues += 1
        text = "".join(paper(number, f"Paper {number}") for number in numbers)
        self.room.drop(f"{self.issues:03}.txt", text, self.now)
        self.published.append(f"{self.issues:03}")
        self.run()

    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        """Time passes, and cron ticks at its end."""
        self.now += timedelta(days=days)
        self.run()

    @rule()
    def run(self) -> None:
        """Do what cron does, and read what has come."""
        self.now += timedelta(minutes=1)
        # By one builder: its templates are compiled once.
        mailed = self.room.builder.publish(self.now, lambda: False).mailed
        self.room.deliver(mailed, self.now)
        assert "" == mailed.trouble
        box = self.room.folder / ".publisher" / "outbox" / "new"
        for path in sorted(box.glob("*")):
            message = email.message_from_bytes(path.read_bytes())
            part = next(each for each in message.walk() if each.get_content_type() == "text/plain")
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            papers = re.findall(r"arxiv\.org/abs/([\d.]+)>", payload.decode())
            assert len(set(papers)) == len(papers), "a paper twice in one mail"
            label = re.findall(r"(?m)^(\d{3}) · \d", payload.decode())
            slugs = label or [str(message["Subject"])[1:4]]
            self.had[message["To"]].update(slugs)
            path.unlink()

    def teardown(self) -> None:
        """In the end, when all weeks and months are over, nobody has missed an issue."""
        try:
            self.wait(40)
            self.wait(40)
            for reader in READERS:
                assert Counter(self.published) == self.had[reader]
        finally:
            self.stack.close()


TestReading = Reading.TestCase
TestReading.settings = settings(max_examples=10, stateful_step_count=12, deadline=None)
