"""How long one digest may keep the processor."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: Seconds for a digest's reading, and again for its pages: 20 times what the slowest of 2 MB takes.
LONGEST = 120.0


@contextmanager
def limit_cpu_time(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the body after so many seconds of processor time.

    Processor time, since a busy machine is no fault of a digest's. Signals reach the main thread
    alone, so in another thread there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_: int, __: FrameType | None) -> None:
        raise TimeoutError(f"takes more than {seconds:g} seconds of processor time")

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
