"""The circuit breakers of all relays of a send, and what each try does to them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publisher.delivery.circuit_breaker import CircuitBreaker
from publisher.delivery.outcome import Blame, Verdict
from publisher.delivery.queue import domain_of
from publisher.mail.transport import Outcome, Reply, Stage
from publisher.model import DeliveryState
from publisher.storage.claims import Claimed, Try

_CLOSING = 421


class Breakers:
    """What the relays of a send have said of late."""

    def __init__(self, relays: Iterable[str]) -> None:
        """Begin with all closed: mail may go through each of them."""
        self._breakers = {relay: CircuitBreaker[tuple[Claimed, Try]]() for relay in relays}
        #: Relays that took something.
        self._took: set[str] = set()
        #: What a relay last said for which it blames us, with its name.
        self._blames_us = ""

    def count(
        self, row: Claimed, tried: Try, verdict: Verdict, *, broke: bool
    ) -> list[tuple[Claimed, Try]]:
        """Count a try; return what may be settled now: a refusal only after an acceptance."""
        breaker = self._breakers[tried.relay]
        if verdict.blame is Blame.sender:
            self._blames_us = f"{tried.relay}: {tried.words}"
        match tried.state:
            case DeliveryState.rejected:
                breaker.refused(
                    (row, tried), domain_of(row), tried.words, blames_recipient=bool(tried.bounce)
                )
                return []
            case DeliveryState.accepted:
                self._took.add(tried.relay)
                return [*breaker.taken(), (row, tried)]
            case DeliveryState.uncertain:
                breaker.unanswered(tried.words)
            case _ if verdict.holds:
                breaker.refused_us(tried.words)
            case _ if broke:
                breaker.broke(tried.words)
            case _ if verdict.blame is Blame.sender and tried.relay not in self._took:
                breaker.unwilling(tried.words)
            case _:
                breaker.deferred(tried.words)
        return [(row, tried)]

    def is_open(self, relay: str) -> bool:
        """Return whether nothing more is to go through a relay."""
        return self._breakers[relay].is_open

    def refusal(self) -> str:
        """Return what a relay said against us, for which the plan is held.

        Empty if it was said only once, which may be about one reader after all, or if another
        relay took something.
        """
        against = {
            name: relay for name, relay in self._breakers.items() if relay.refusals_of_us > 1
        }
        if not against or self._took - against.keys():
            return ""
        relay, breaker = next(iter(against.items()))
        return f"{relay}: {breaker.words}"

    def complaint(self) -> str:
        """Return what a relay blamed us for, if none took anything; it may be about pace alone.

        The plan is held for it only if nothing of it was ever taken.
        """
        return "" if self._took else self._blames_us

    def rest(self, *, doubted: bool) -> Iterator[tuple[Claimed, Try]]:
        """Yield the refusals that were not settled before the end of the send.

        They are deferred when their breaker is open, or when all are `doubted`.
        """
        for breaker in self._breakers.values():
            if breaker.is_open or doubted:
                for row, tried in breaker.kept:
                    yield row, tried._replace(state=DeliveryState.deferred, bounce="")
            else:
                yield from breaker.ends()


def broke(reply: Reply) -> bool:
    """Return whether the relay ended the conversation, or said no SMTP, before it had a message."""
    early = reply.stage in (Stage.mail, Stage.rcpt, Stage.data)
    return reply.outcome is Outcome.deferred and early and reply.code in (0, _CLOSING)
