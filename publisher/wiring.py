"""The one place where settings become objects."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from publisher.config import FILE_NAME, Settings, load
from publisher.errors import BusyError
from publisher.publishing.ticking import Built, Ticked, build, tick
from publisher.publishing.workbench import Workbench
from publisher.storage.database import Database
from publisher.storage.lock import only_one

#: Where state lives that belongs to one machine.
STATE = ".publisher"


class Project:
    """A newsletter's folder, its settings and what is made of them."""

    def __init__(self, folder: Path) -> None:
        self.settings: Settings = load(folder, os.environ)

    def workbench(self) -> Workbench:
        """Set out the tools, with the templates as they are now."""
        return Workbench.of(self.settings)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Open the state database, brought up to date."""
        database = Database(self.settings.database.url, self.settings.project)
        try:
            database.migrate()
            yield database
        finally:
            database.close()

    @contextmanager
    def locked(self) -> Iterator[Database]:
        """Give the state database as it is, while no other run is at work. Raises BusyError."""
        database = Database(self.settings.database.url, self.settings.project)
        with only_one(self.settings.project / STATE), closing(database), database.alone():
            yield database

    @contextmanager
    def alone(self) -> Iterator[Database]:
        """Give the state database, brought up to date, while no other run is at work."""
        with self.locked() as database:
            database.migrate()
            yield database

    def build(self, now: datetime) -> Built:
        """Make out/ of the digests."""
        with self.alone() as database:
            return build(self.workbench(), database, now)

    def tick(self, now: datetime | None, stopping: Callable[[], bool]) -> Ticked:
        """Do one tick: publish and mail what is due."""
        clock = utc_now if now is None else lambda: now
        with self.alone() as database:
            return tick(
                self.workbench(),
                database,
                clock(),
                clock=clock,
                chance=random.Random(),  # noqa: S311  (jitter is no secret)
                stopping=stopping,
            )

    def preview(self, port: int) -> None:
        """Serve previews on this machine until SIGINT or SIGTERM."""
        # 200 ms to import: no other command needs to wait for it.
        import uvicorn  # noqa: PLC0415

        from publisher.publishing import previewing  # noqa: PLC0415
        from publisher.web.preview import app  # noqa: PLC0415

        folder = self.settings.project

        def load(slug: str) -> previewing.Preview:
            project = Project(folder)  # with the settings and templates as they are now
            with project.database() as database:
                return previewing.preview(project.workbench(), database, slug, utc_now())

        watched = [self.settings.digests.dir, folder / FILE_NAME, folder / "templates"]
        served = app(
            load=load,
            slugs=lambda: previewing.slugs(Project(folder).workbench()),
            watched=[path for path in watched if path.exists()],
            limit=self.settings.email.max_html_bytes,
        )
        _free(port)
        uvicorn.run(
            served, host="127.0.0.1", port=port, log_level="critical", timeout_graceful_shutdown=1
        )


def _free(port: int) -> None:
    """Make sure that nobody listens there. Raises BusyError."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise BusyError(f"port {port}: {error.strerror}; --port names another") from None


def utc_now() -> datetime:
    """Give the time, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
