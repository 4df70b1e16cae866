"""A newsletter's server, and who visits it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

from sqlalchemy import event
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from publisher import factories
from publisher.config import load
from publisher.storage import subscribers
from publisher.storage.database import Database
from publisher.storage.subscribers import SubscriberRow
from publisher.subscribers import admin, suppression
from publisher.subscribers.signup import Limits
from publisher.subscribers.tokens import Keys, Purpose
from publisher.web.subscriptions import WebContext, app
from tests.support.newsletter_folder import KEYS, NOW, SETTINGS, fresh_database

ANN = "ann@example.org"


@dataclass
class Site:
    """A server, and a visitor."""

    database: Database
    folder: Path
    now: datetime = NOW
    keys: Keys = field(default_factory=lambda: Keys((b"a secret of these tests",)))
    log: list[Mapping[str, object]] = field(default_factory=list)
    woken: int = 0
    #: Called besides.
    wakes: Callable[[], object] = lambda: None
    network: int = 20

    def visitor(
        self,
        address: str = "192.0.2.1",
        *,
        base_url: str = "http://testserver",
        after: Callable[[], object] = lambda: None,
    ) -> TestClient:
        """Return a browser at that address; `after` is called when an answer has come."""
        settings = load(self.folder, {})
        served = app(
            WebContext(
                database=self.database, keys=self.keys,
                pages=factories.subscription_pages(settings),
                limits=Limits(network=self.network, overall=1000), languages=("en", "zh-Hans"),
                root="/", out=self.folder / "out", hosting=factories.hosting(settings),
                clock=lambda: self.now, wake=self.wake, log=self.log.append,
            )
        )  # fmt: skip

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            async def sent(message: Message) -> None:
                await send(message)
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    after()

            await served(scope, receive, sent)

        return TestClient(
            watched, follow_redirects=False, client=(address, 5000), base_url=base_url,
            raise_server_exceptions=False,
        )  # fmt: skip

    def wake(self) -> None:
        """Count how often there was a mail to send."""
        self.woken += 1
        self.wakes()

    def stamp(self, visitor: TestClient) -> str:
        """Open the form as a person does, who then needs some seconds."""
        found = re.search(r'name="stamp" value="([^"]+)"', visitor.get("/subscribe").text)
        assert found
        self.now += timedelta(seconds=3)
        return found[1]

    def prepare(self, standing: str) -> None:
        """Have an address, named for it, be something to the list already."""
        address, key = f"{standing}@example.org", self.keys
        if standing in ("confirmed", "unsubscribed", "forgotten"):
            admin.add(self.database, key, address, name="", language="", now=self.now)
        if standing == "unsubscribed":
            admin.remove(self.database, address, now=self.now)
        if standing == "forgotten":
            suppression.forget_person(self.database, key, address, now=self.now)
        if standing == "suppressed":
            suppression.suppress_address(
                self.database, key, address, reason="bounced", now=self.now
            )
        if standing in ("unconfirmed", "limited"):
            visitor = self.visitor("203.0.113.1")
            visitor.post("/subscribe", data={"email": address, "stamp": self.stamp(visitor)})
        if standing == "unconfirmed":
            self.now += timedelta(days=1)

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Collect the verbs of all statements."""
        verbs: list[str] = []

        def hear(*heard: Any) -> None:
            verbs.append(heard[2].split()[0])

        with self.database.write() as connection:
            engine = connection.engine
        event.listen(engine, "before_cursor_execute", hear)
        yield verbs
        event.remove(engine, "before_cursor_execute", hear)

    def add(self) -> SubscriberRow:
        """Put Ann on the list."""
        admin.add(self.database, KEYS, ANN, name="", language="", now=NOW)
        return self.row()

    def row(self) -> SubscriberRow:
        """Return what is known of Ann."""
        with self.database.read() as connection:
            return subscribers.by_keys(connection, [ANN])[ANN]

    def everyone(self) -> list[str]:
        """Return all addresses."""
        with self.database.read() as connection:
            return [row.address for row, _ in subscribers.all_subscribers(connection)]

    def link(self, purpose: Purpose = Purpose.leave) -> str:
        """Return Ann's link."""
        row = self.row()
        return self.keys.link(purpose, row.id, row.epoch)


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """Set up a server with an empty list."""
    (folder / "publisher.toml").write_text(SETTINGS, encoding="utf-8")
    with fresh_database(folder) as database:
        yield Site(database, folder)


def said(text: str) -> str:
    """Return a page's words."""
    main = re.search(r"<main.*</main>", text, re.DOTALL)
    assert main
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main[0])).split())
