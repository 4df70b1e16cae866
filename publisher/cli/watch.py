"""`watch`: publishes here, and sends mail in a process of its own, so that neither waits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import typer

from publisher.app import App
from publisher.cli.output import (
    complain,
    tell_announced,
    tell_attention,
    tell_built,
    tell_delivered,
    tell_late,
    tell_planned,
)
from publisher.cli.progress import show_progress
from publisher.config import Settings
from publisher.errors import PublisherError, reported
from publisher.event_log import log_error
from publisher.pipeline import watch
from publisher.pipeline.tick import Delivered
from publisher.plans.progress import Progress
from publisher.plans.run import Mailed
from publisher.plans.send_processes import PATIENCE, start_work
from publisher.processes import Child, join_children

_LOG = logging.getLogger(__name__)


class Daemon:
    """Does a tick at each change and each minute, until `stop` is set."""

    def __init__(
        self, settings: Settings, stop: threading.Event, *, verbose: bool, quiet: bool
    ) -> None:
        self._settings = settings
        self._stop = stop
        self._verbose = verbose
        self._quiet = quiet
        self._delivery = _Delivery(settings.project, self._tell_delivered, quiet=quiet)
        #: What the last ticks said of digests, and of mail: a tick each minute would repeat it.
        self._told_of_digests: set[str] = set()
        self._told_of_mail: set[str] = set()

    def run(self) -> None:
        """Watch, and come to an end with what is being sent."""
        if not self._quiet:
            typer.echo(f"Watching {self._settings.digests.dir}; Ctrl-C ends it")
        try:
            watch.watch(self._settings, self._tick, self._stop)
        finally:
            self._delivery.end()

    def _tick(self) -> None:
        try:
            project = App(self._settings.project)  # with the settings as they are now
            published = project.publish(None, self._stop.is_set)
            tell_built(
                published.built,
                verbose=self._verbose,
                quiet=self._quiet,
                told=self._told_of_digests,
            )
            tell_late(published, quiet=self._quiet)
            tell_announced(published.announced, quiet=self._quiet)
            if not self._quiet:
                tell_planned(published.mailed)
            mailed = Mailed(trouble=published.mailed.trouble)
            if self._delivery.is_at_work:
                if mailed.trouble:
                    complain(f"mail: {mailed.trouble}")
            elif project.has_mail():
                self._delivery.begin(mailed)
            else:  # at once; it looks for what needs a person
                self._tell_delivered(
                    project.deliver(None, self._stop.is_set, lambda _: None, mailed)
                )
        except Exception as error:  # noqa: BLE001  (whatever it is, the next tick may go well)
            log_error(_LOG, "tick failed", error)
            complain(reported(error))

    def _tell_delivered(self, delivered: Delivered) -> None:
        tell_attention(delivered.mailed, self._told_of_mail)
        tell_delivered(delivered, quiet=self._quiet)


class _Delivery:
    """A process that sends what is due, and a thread that says what it tells."""

    def __init__(
        self, folder: Path, tell_delivered: Callable[[Delivered], None], *, quiet: bool
    ) -> None:
        self._folder = folder
        self._tell_delivered = tell_delivered
        self._quiet = quiet
        self._child: Child | None = None
        self._listener: threading.Thread | None = None

    @property
    def is_at_work(self) -> bool:
        """Return whether it is sending."""
        return self._listener is not None and self._listener.is_alive()

    def begin(self, mailed: Mailed) -> None:
        """Send what is due; `mailed` says what was planned."""
        self._child = start_work(partial(_deliver, self._folder, mailed), "spawn")
        self._listener = threading.Thread(target=self._listen, args=(self._child,))
        self._listener.start()

    def end(self) -> None:
        """Let it finish what is under way, and no more."""
        if self._child is None or self._listener is None:
            return
        self._child.process.terminate()
        self._listener.join(PATIENCE)
        if self._listener.is_alive():
            self._child.process.kill()
            self._listener.join()

    def _listen(self, child: Child) -> None:
        delivered: Delivered | None = None
        trouble: PublisherError | None = None
        try:
            with show_progress(quiet=self._quiet) as tell:
                while news := child.receive():
                    if isinstance(news, Progress):
                        tell(news)
                    else:
                        delivered = news
        except PublisherError as error:
            trouble = error
        join_children([child])
        if delivered:
            self._tell_delivered(delivered)
        elif trouble:
            complain(trouble)


def _deliver(
    folder: Path,
    mailed: Mailed,
    tell: Callable[[Progress | Delivered], None],
    stopping: Callable[[], bool],
) -> None:
    """Send what is due, in a process of its own."""
    project = App(folder)
    project.start_log()
    tell(project.deliver(None, stopping, tell, mailed))
