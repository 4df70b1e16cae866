"""Questions to DNS, each with an answer: also silence and a broken server are answers.

What the checks decide, they decide over `Answer`s that an `Ask` gives them, whoever that is.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename
from dns.rdtypes.ANY.TXT import TXT

from publisher.doctor.finding import Finding, problem
from publisher.errors import SettingsError

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Seconds for one question, and for all of them together.
_PATIENCE, _ALL_PATIENCE = 4.0, 30.0


class Status(Enum):
    """How a question to DNS ended."""

    found = "found"
    #: NXDOMAIN: nothing at all has this name.
    no_name = "no name"
    #: The name is there and has no record of this type.
    no_record = "no record"
    #: SERVFAIL, REFUSED, or words no server should say.
    failed = "failed"
    #: No answer in time.
    late = "late"


@dataclass(frozen=True, slots=True)
class Answer:
    """What DNS said: values as text (MX by preference; host names in lower case, no final dot)."""

    status: Status
    values: tuple[str, ...] = ()
    #: Why it failed.
    words: str = ""

    @property
    def unknown(self) -> bool:
        """Return whether this says nothing of what is published."""
        return self.status in (Status.failed, Status.late)


#: Takes a name and a record type.
Ask: TypeAlias = Callable[[str, str], Answer]


class Dns:
    """An `Ask` that asks a resolver, each question once, and all in half a minute at most."""

    def __init__(
        self,
        resolver: dns.resolver.Resolver,
        *,
        patience: float = _PATIENCE,
        all_patience: float = _ALL_PATIENCE,
    ) -> None:
        self._resolver = resolver
        self._patience = patience
        self._end = time.monotonic() + all_patience
        self._known: dict[tuple[str, str], Answer] = {}

    def __call__(self, name: str, kind: str) -> Answer:
        """Ask, or tell what was answered before."""
        question = (name.lower().rstrip("."), kind)
        if question not in self._known:
            self._known[question] = self._answer(*question)
        return self._known[question]

    def _answer(self, name: str, kind: str) -> Answer:
        patience = min(self._patience, self._end - time.monotonic())
        if patience <= 0:
            return Answer(Status.late, words="no time was left to ask")
        try:
            # Absolute: a search list must not turn a missing name into another one.
            resolved = self._resolver.resolve(dns.name.from_text(name), kind, lifetime=patience)
        except dns.resolver.NXDOMAIN:
            return Answer(Status.no_name)
        except dns.resolver.NoAnswer:
            return Answer(Status.no_record)
        except dns.exception.Timeout:
            return Answer(Status.late, words=f"no answer in {patience:.0f} seconds")
        except (dns.exception.DNSException, OSError, ValueError) as error:
            return Answer(Status.failed, words=_words(error))
        return Answer(Status.found, _values(resolved))


def system_resolver() -> dns.resolver.Resolver:
    """Return the resolver this machine is set up with; one that always fails where it has none."""
    try:
        return dns.resolver.Resolver()
    except dns.exception.DNSException:
        return dns.resolver.Resolver(configure=False)


def resolver_at(place: str) -> dns.resolver.Resolver:
    """Return a resolver that asks one server, `ADDRESS` or `ADDRESS:PORT`. Raises SettingsError."""
    host, port = place, "53"
    if place.count(":") == 1 or "]:" in place:
        host, _, port = place.rpartition(":")
    resolver = dns.resolver.Resolver(configure=False)
    try:
        resolver.nameservers = [str(ipaddress.ip_address(host.strip("[]")))]
        resolver.port = _port(port)
    except ValueError:
        raise SettingsError(
            f'"{place}" is no DNS server: wants an address like 192.0.2.1 or 192.0.2.1:53'
        ) from None
    return resolver


def _port(text: str) -> int:
    number = int(text)
    if not 0 < number <= 65535:  # noqa: PLR2004  (what a port number can be)
        raise ValueError(text)
    return number


def find_addresses(ask: Ask, host: str) -> tuple[tuple[Address, ...], tuple[Answer, ...]]:
    """Return a host's addresses, IPv4 first, and the two answers (A, AAAA) they were taken from."""
    answers = (ask(host, "A"), ask(host, "AAAA"))
    addresses = [ipaddress.ip_address(value) for answer in answers for value in answer.values]
    return tuple(addresses), answers


def make_reverse_name(address: Address) -> str:
    """Return the name under which an address's PTR record stands (RFC 1035 3.5, RFC 3596 2.5)."""
    return dns.reversename.from_address(str(address)).to_text(omit_final_dot=True)


def report_unknown(topic: str, name: str, kind: str, answer: Answer) -> Finding:
    """Return a problem: DNS gave no usable answer, so it is not known what is published."""
    return problem(
        topic,
        f"DNS gave no usable answer for {name} {kind}: {answer.words}",
        "Receivers get none either while it lasts: run the doctor again, and if it stays so, ask "
        f"whoever runs the name servers of {name}.",
    )


def _values(resolved: dns.resolver.Answer) -> tuple[str, ...]:
    records = list(resolved)
    if resolved.rdtype == dns.rdatatype.MX:
        records.sort(key=lambda record: (record.preference, str(record.exchange)))
        return tuple(_host(record.exchange) for record in records)
    if resolved.rdtype == dns.rdatatype.PTR:
        return tuple(sorted(_host(record.target) for record in records))
    if resolved.rdtype == dns.rdatatype.TXT:
        return tuple(_joined(record) for record in records)
    return tuple(record.address for record in records)


def _host(name: dns.name.Name) -> str:
    """Return a host name; the root, which means "none" (RFC 7505), is empty."""
    return name.to_text(omit_final_dot=True).lower().removeprefix(".")


def _joined(record: TXT) -> str:
    # RFC 7208 3.3, 6376 3.6.2.2: the strings of one record are read as one, with no space between.
    text = b"".join(record.strings).decode("utf-8", "replace").replace("\t", " ")
    # It is shown on a terminal, to which it may hold commands.
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _words(error: Exception) -> str:
    if isinstance(error, dns.resolver.NoNameservers):
        answers = error.kwargs.get("errors") or []
        replies = dict.fromkeys(str(failure[3]) for failure in answers)
        return ", ".join(replies) or "this machine knows no DNS server"
    return " ".join(str(error).split()) or type(error).__name__
