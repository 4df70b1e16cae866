"""The circuit breakers of all relays of a send. Pure."""

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
    """One circuit breaker for each relay."""

    def __init__(self, relays: Iterable[str]) -> None:
        """Start with all breakers closed: mail may go through each relay."""
        self._breakers = {relay: CircuitBreaker[tuple[Claimed, Try]]() for relay in relays}
        #: Relays that took something.
        self._accepting: set[str] = set()
        #: What a relay last said for which it blames us, with its name.
        self._blames_us = ""

    def count(
        self, row: Claimed, tried: Try, verdict: Verdict, *, broke: bool
    ) -> list[tuple[Claimed, Try]]:
        """Count a try; return the tries whose results may be recorded now.

        A refusal is returned only once the same relay has accepted a message after it.
        """
        breaker = self._breakers[tried.relay]
        if verdict.blame is Blame.sender:
            self._blames_us = f"{tried.relay}: {tried.words}"
        match tried.state:
            case DeliveryState.rejected:
                breaker.count_refused(
                    (row, tried), domain_of(row), tried.words, blames_recipient=bool(tried.bounce)
                )
                return []
            case DeliveryState.accepted:
                self._accepting.add(tried.relay)
                return [*breaker.count_accepted(), (row, tried)]
            case DeliveryState.uncertain:
                breaker.count_unanswered(tried.words)
            case _ if verdict.holds:
                breaker.count_refusal_of_us(tried.words)
            case _ if broke:
                breaker.count_broken(tried.words)
            case _ if verdict.blame is Blame.sender and tried.relay not in self._accepting:
                breaker.count_unwilling(tried.words)
            case _:
                breaker.count_deferred(tried.words)
        return [(row, tried)]

    def is_open(self, relay: str) -> bool:
        """Return whether a relay must get no more mail."""
        return self._breakers[relay].is_open

    def refusal(self) -> str:
        """Return the relay's words against us for which the plan is held; empty for none.

        Words that came only once may be about one reader, and do not count; nor do any if another
        relay accepted something.
        """
        against = {
            name: relay for name, relay in self._breakers.items() if relay.refusals_of_us > 1
        }
        if not against or self._accepting - against.keys():
            return ""
        relay, breaker = next(iter(against.items()))
        return f"{relay}: {breaker.words}"

    def complaint(self) -> str:
        """Return the last words that blame us, if no relay accepted anything; empty otherwise.

        They may be about pace alone, so the plan is held for them only if nothing of it was ever
        accepted.
        """
        return "" if self._accepting else self._blames_us

    def unsettled(self, *, doubted: bool) -> Iterator[tuple[Claimed, Try]]:
        """Yield the refusals that `count` has not returned, at the end of the send.

        They are deferred when their breaker is open, or when all are `doubted`.
        """
        for breaker in self._breakers.values():
            if breaker.is_open or doubted:
                for row, tried in breaker.kept:
                    yield row, tried._replace(state=DeliveryState.deferred, bounce="")
            else:
                yield from breaker.finish()


def ended_early(reply: Reply) -> bool:
    """Return whether the connection ended (or 421 came, RFC 5321 4.2.3) before the message did."""
    early = reply.stage in (Stage.mail, Stage.rcpt, Stage.data)
    return reply.outcome is Outcome.deferred and early and reply.code in (0, _CLOSING)
