"""What about the mail needs a person: the same for `run`, `apply` and `status`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from publisher.plans import restore_hold
from publisher.storage import confirmations, plan_outcomes, plan_state
from publisher.storage.confirmations import Unsent
from publisher.storage.plan_outcomes import Undelivered

#: How many domains are named.
_FEW = 3
_ALL_SENT = Unsent(number=0, lost=0, words="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Mail that did not get to whom it was for."""

    #: Plans that wait for a relay to take mail from us again, and its words.
    held: Mapping[str, str] = field(default_factory=dict)
    #: Plans that fewer than half of their readers got.
    undelivered: Sequence[Undelivered] = ()
    #: Domains that refuse most of their readers as unknown: how many wait, and the words.
    outages: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    #: Issues that would be for nobody, because the list was lost with the state.
    without_list: Sequence[str] = ()

    #: Mails that ask people to confirm and do not go out.
    unsent: Unsent = _ALL_SENT

    def __bool__(self) -> bool:
        """Return whether there is something."""
        return any(self.lines())

    def lines(self) -> Iterator[str]:
        """Yield one line for each thing that needs attention: what, why, what to do."""
        if self.without_list:
            yield (
                f"not mailed to anybody: {', '.join(self.without_list)}. The state was lost, and "
                "who is on the list with it: `publisher restore FILE` brings a backup back, "
                "`publisher subscribers import FILE` a list; without either, "
                "`publisher accept-restore`"
            )
        for name, words in self.held.items():
            yield held_line(name, words)
        for plan in self.undelivered:
            yield undelivered_line(plan)
        if self.outages:
            yield _outage_line(self.outages)
        if self.unsent.number or self.unsent.lost:
            yield _unsent_line(self.unsent)


def mail_attention(connection: Connection, now: datetime) -> Attention:
    """Return what about the mail needs a person's attention at the time `now`."""
    return Attention(
        held=plan_state.held(connection),
        undelivered=plan_outcomes.undelivered(connection),
        outages=plan_outcomes.outages(connection),
        without_list=restore_hold.slugs_without_list(connection),
        unsent=confirmations.unsent(connection, now),
    )


def held_line(name: str, words: str) -> str:
    """Return a line about a plan that waits for its relay."""
    return (
        f"mail of {name} is held: {_sentence(words)} Each run tries one mail first, and sends the "
        "others when the relay takes it"
    )


def undelivered_line(plan: Undelivered) -> str:
    """Return a line about a plan that most of its readers did not get."""
    return (
        f"{plan.accepted} of {plan.readers} readers got the mail of {plan.name}; the others were "
        f"refused, most with: {_sentence(plan.words)} `publisher resend {plan.name} --to failed` "
        f"tries them again, `publisher resolve {plan.name} --rejected accept` leaves it so"
    )


def _outage_line(outages: Mapping[str, tuple[int, str]]) -> str:
    domains = ", ".join(list(outages)[:_FEW]) + ("…" if len(outages) > _FEW else "")
    readers = sum(number for number, _ in outages.values())
    _, words = next(iter(outages.values()))
    return (
        f"{readers} readers at {domains} were refused as unknown, most of those who were tried: "
        f"{_sentence(words)} A directory may be out: nobody is suppressed, and they are tried again"
    )


def _sentence(words: str) -> str:
    """Return a relay's words with one full stop at the end."""
    return f"{words.rstrip('.')}."


def _unsent_line(unsent: Unsent) -> str:
    why = f": {unsent.words}" if unsent.words else "; nothing tries to: publisher run"
    lost = f", and {unsent.lost} for over 48 hours: they must ask again" if unsent.lost else ""
    return f"confirmation mails that do not go out: {unsent.number}{lost}{why}"
