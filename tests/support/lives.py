"""Lives of processes that end anywhere."""

from __future__ import annotations


class Killed(BaseException):
    """What kill -9 is to a process: nothing of it does anything any more."""


class Life:
    """How many steps somebody has to live; None for any number.

    Of -3, only those count after which a message's fate hangs on what is kept, and there are 3.
    """

    def __init__(self, steps: int | None = None) -> None:
        self._left = None if steps is None else abs(steps)
        self._picks = steps is not None and steps < 0

    @property
    def over(self) -> bool:
        """Return whether they were killed."""
        return self._left == 0

    def step(self, *, doubtful: bool = False) -> None:
        """Do one, if there is one left."""
        if self._left and (doubtful or not self._picks):
            self._left -= 1
        if self.over:
            raise Killed
