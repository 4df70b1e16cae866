"""The number of deliveries in each state."""

from __future__ import annotations

from dataclasses import dataclass, field

from publisher.model import DeliveryState


@dataclass(slots=True)
class Tally:
    """The number of deliveries in each state."""

    by_state: dict[DeliveryState, int] = field(default_factory=dict)

    def add(self, state: DeliveryState, number: int = 1) -> None:
        """Add deliveries in a state."""
        self.by_state[state] = self.by_state.get(state, 0) + number

    def add_all(self, other: Tally) -> None:
        """Add the counts of another tally."""
        for state, number in other.by_state.items():
            self.add(state, number)

    def __getitem__(self, state: DeliveryState) -> int:
        return self.by_state.get(state, 0)

    @property
    def total(self) -> int:
        """Return the number in all states."""
        return sum(self.by_state.values())
