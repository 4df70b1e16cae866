"""`watch`: a tick when a digest appears, and on the minute for all that time brings."""

from __future__ import annotations

import threading
from collections.abc import Callable

import schedule
from watchfiles import Change
from watchfiles import watch as file_events

from publisher.config import FILE_NAME, Settings
from publisher.errors import InputError

#: How long a stop, or a due time, may go unnoticed, in milliseconds.
_ATTENTION = 500


def watch(settings: Settings, tick: Callable[[], None], stop: threading.Event) -> None:
    """Do a tick now, at every change and at every full minute, until `stop` is set.

    The minute's tick finds what no file event tells: an hour of `schedule.at`, a date that has
    come, a delivery to try again. Raises InputError for a folder that is not there.
    """
    folder = settings.digests.dir
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; make it, or name another as digests.dir")
    clock = schedule.Scheduler()
    clock.every().minute.at(":00").do(tick)
    watched = [folder, settings.project / FILE_NAME]
    if (settings.project / "templates").is_dir():
        watched.append(settings.project / "templates")
    begun = False
    for changes in file_events(
        *watched,
        watch_filter=_visible,
        stop_event=stop,
        rust_timeout=_ATTENTION,
        yield_on_timeout=True,
        raise_interrupt=False,
    ):
        if stop.is_set():
            break
        # The first tick comes when file events are already noted: none falls in between.
        if changes or not begun:
            begun = True
            tick()
        clock.run_pending()


def _visible(_: Change, path: str) -> bool:
    """Return whether a path is one people put there: editors and copies use hidden names."""
    return not path.rpartition("/")[2].startswith(".")
