"""Whether a relay is of no use for now: it refuses us, refuses everyone, or breaks off. Pure.

A relay that says `never` to all is broken, or has closed our account: 100,000 addresses would be
used up for nothing that is theirs. So a refusal for good is only believed once the same relay
takes a message after it: until then it is kept, and if the breaker opens, it is deferred.

The measure is Page's cumulative sum (Biometrika 1954): a refusal adds one, a message that is taken
takes four away, and at twenty the breaker opens. So twenty refusals in a row open it, and where 19
in 20 are refused it opens after 26 messages, where nine in ten are after 36. In a simulation of
2,000,000 messages to a list with every second address dead it opened once, and with three in ten
dead never. What is about us or the relay weighs more: it would be the same for every reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

Refused = TypeVar("Refused")

_OPEN = 20.0
_TAKEN = 4.0
#: A company that closed had readers at one domain, whom a list may hold in a row. So of refusals
#: that blame the recipient, all at one domain, it takes about a hundred in a row.
_SAME_DOMAIN = 0.2
#: So many in a row open the breaker.
_ABOUT_US, _UNANSWERED, _BROKEN, _LATER = _OPEN / 5, _OPEN / 3, _OPEN / 3, _OPEN / 50


@dataclass(slots=True)
class CircuitBreaker(Generic[Refused]):
    """The recent replies of one relay, as a sum of weights."""

    #: What was refused and is not believed yet, in order.
    kept: list[Refused] = field(default_factory=list)
    #: The relay's last words that count against it.
    words: str = ""
    #: How often it has refused us since it took a message.
    refusals_of_us: int = 0
    _sum: float = 0.0
    _domain: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether the relay must get no more mail."""
        # So that five times 0.2 are one in spite of what floats are.
        return self._sum >= _OPEN - 1e-9

    def count_accepted(self) -> list[Refused]:
        """Count an accepted message; return the refusals that it confirms."""
        self._sum = max(0.0, self._sum - _TAKEN)
        self.refusals_of_us = 0
        if self._sum:
            return []
        self._domain = ""
        believed, self.kept = self.kept, []
        return believed

    def count_refused(
        self, message: Refused, domain: str, words: str, *, blames_recipient: bool
    ) -> None:
        """Count a permanent refusal of a recipient or a message, and keep it unconfirmed."""
        self.kept.append(message)
        again = blames_recipient and domain == self._domain
        self._add(_SAME_DOMAIN if again else 1.0, words)
        self._domain = domain if blames_recipient else ""

    def count_refusal_of_us(self, words: str) -> None:
        """Count a refusal that is about us or the relay, and would be the same for every reader."""
        self.refusals_of_us += 1
        self._add(_ABOUT_US, words)

    def count_unwilling(self, words: str) -> None:
        """Count a message that the relay defers because of us, before it has accepted any."""
        self._add(_ABOUT_US, words)

    def count_deferred(self, words: str) -> None:
        """Count a message that the relay defers."""
        self._add(_LATER, words)

    def count_unanswered(self, words: str) -> None:
        """Count a message that was sent to its end and got no reply."""
        self._add(_UNANSWERED, words)

    def count_broken(self, words: str) -> None:
        """Count a connection that the relay closed before it had a message."""
        self._add(_BROKEN, words)

    def finish(self) -> list[Refused]:
        """Return the unconfirmed refusals at the end of a send; call it only if it is not open."""
        believed, self.kept, self._sum = self.kept, [], 0.0
        return believed

    def _add(self, weight: float, words: str) -> None:
        self._sum += weight
        self.words = words
