"""What the doctor has to say: one finding a matter, in words that need no RFC at hand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad a finding is."""

    ok = "ok"
    #: Mail arrives without it; more of it arrives with it.
    advice = "advice"
    #: Receivers refuse mail for it, or it cannot be told whether they do.
    problem = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how it is, and what to do about it."""

    level: Level
    #: `SPF`, `DKIM`, `DMARC`, `MX`, `PTR`, `relay` or `settings`.
    topic: str
    what: str
    #: Empty where nothing is to be done; else what to publish or to set, to the letter.
    do: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return it for JSON."""
        return {"level": self.level.value, "topic": self.topic, "what": self.what, "do": self.do}


def ok(topic: str, what: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(Level.ok, topic, what)


def advice(topic: str, what: str, do: str) -> Finding:
    """Say that something could be better."""
    return Finding(Level.advice, topic, what, do)


def problem(topic: str, what: str, do: str) -> Finding:
    """Say that something has to be put right."""
    return Finding(Level.problem, topic, what, do)
