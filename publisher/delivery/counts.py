"""How many deliveries went which way."""

from __future__ import annotations

from dataclasses import dataclass, field

from publisher.model import DeliveryState


@dataclass(slots=True)
class Tally:
    """How many deliveries went which way."""

    by_state: dict[DeliveryState, int] = field(default_factory=dict)

    def add(self, state: DeliveryState, number: int = 1) -> None:
        """Count some more."""
        self.by_state[state] = self.by_state.get(state, 0) + number

    def add_all(self, other: Tally) -> None:
        """Count what another counted."""
        for state, number in other.by_state.items():
            self.add(state, number)

    def __getitem__(self, state: DeliveryState) -> int:
        return self.by_state.get(state, 0)

    @property
    def total(self) -> int:
        """Return how many there are in all."""
        return sum(self.by_state.values())
