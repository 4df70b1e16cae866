"""Whether a relay refuses everyone. Pure.

A relay that says `never` to all is broken, or has closed our account: 100,000 addresses would be
burnt, and suppressed, for nothing that is theirs. So a refusal is only believed once the same
relay takes mail again: until then it is held, and if too many are held, sending stops and they
are deferred.

The judge is Page's cumulative sum (Biometrika 1954): a refusal adds one, a message that is taken
takes four away, and at twenty it stops. So twenty in a row stop it, and where 19 in 20 are refused
it stops after 26 messages, where nine in ten are after 36. In a simulation of 2,000,000 messages
to a list with every second address dead it stopped once, and with three in ten dead never.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

Refused = TypeVar("Refused")

_STOP = 20.0
_TAKEN = 4.0
#: A company that closed had readers at one domain, whom a list may hold in a row. So of refusals
#: that blame the recipient, all at one domain, it takes about a hundred in a row.
_SAME_DOMAIN = 0.2


@dataclass(slots=True)
class Judge(Generic[Refused]):
    """What one relay has said of late."""

    #: What was refused and is not believed yet, in order.
    held: list[Refused] = field(default_factory=list)
    _sum: float = 0.0
    _domain: str = ""

    @property
    def stops(self) -> bool:
        """Tell whether the relay refuses everyone: what is held is to be deferred."""
        # So that five times 0.2 are one in spite of what floats are.
        return self._sum >= _STOP - 1e-9

    def taken(self) -> list[Refused]:
        """Count a message that was taken; give the refusals that are believed by that."""
        self._sum = max(0.0, self._sum - _TAKEN)
        if self._sum:
            return []
        self._domain = ""
        believed, self.held = self.held, []
        return believed

    def refused(self, message: Refused, domain: str, *, blames_recipient: bool) -> None:
        """Count a refusal for good (5xx), also one that is deferred since it blames us; hold it."""
        self.held.append(message)
        again = blames_recipient and domain == self._domain
        self._sum += _SAME_DOMAIN if again else 1.0
        self._domain = domain if blames_recipient else ""

    def ends(self) -> list[Refused]:
        """Give the refusals that are believed since no more comes, and it did not stop."""
        believed, self.held, self._sum = self.held, [], 0.0
        return believed
