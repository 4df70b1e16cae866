"""What a receiver makes of an SPF record: `check_host` of RFC 7208 4."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import Enum

from publisher.doctor.dns import Address, Answer, Ask, Status, make_reverse_name
from publisher.doctor.spf_parser import (
    Mechanism,
    SpfSyntaxError,
    expand_macros,
    is_spf,
    parse_record,
)

#: RFC 7208 4.6.4: lookups of a whole check, lookups that found nothing, and hosts of one `mx`.
MOST_LOOKUPS, MOST_VOID, _MOST_HOSTS = 10, 2, 10
#: Counting goes on past the limit, to tell by how much; here it ends, for records in a circle.
_ENOUGH = 40
#: RFC 1035 2.3.4, in bytes: a name as text, without its final dot, and a label of it.
_LONGEST_NAME, _LONGEST_LABEL = 253, 63


class Result(Enum):
    """What RFC 7208 2.6 knows."""

    none = "none"
    neutral = "neutral"
    passed = "pass"
    fail = "fail"
    softfail = "softfail"
    temperror = "temperror"
    permerror = "permerror"


_BY_QUALIFIER = {
    "+": Result.passed,
    "-": Result.fail,
    "~": Result.softfail,
    "?": Result.neutral,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a check, and what it took."""

    result: Result
    #: Why there is no other result, for temperror and permerror.
    why: str
    lookups: int
    void: int


class _EndedError(Exception):
    """The check ends here with an error of the record's or of DNS."""

    def __init__(self, result: Result, why: str) -> None:
        super().__init__(why)
        self.result = result


def find_records(answer: Answer) -> tuple[str, ...]:
    """Return the SPF records among TXT records (RFC 7208 4.5); more than one is an error."""
    return tuple(value for value in answer.values if is_spf(value))


def check_sender(ask: Ask, address: Address, *, sender: str, host: str = "") -> Verdict:
    """Return what a receiver concludes of mail that comes from an address (RFC 7208 4).

    `sender` is the address in MAIL FROM, `host` what the address calls itself (EHLO), for the
    macro `%{h}`. Raises nothing: errors of the record or of DNS are results.
    """
    # RFC 7208 5: an IPv4 address in IPv6 clothes is the IPv4 address.
    running = _Check(ask, getattr(address, "ipv4_mapped", None) or address, sender, host)
    try:
        result, why = running.of(sender.rpartition("@")[2]), ""
    except _EndedError as error:
        result, why = error.result, str(error)
    if running.lookups > MOST_LOOKUPS:
        at_least = "more than " if running.lookups >= _ENOUGH else ""
        result = Result.permerror
        why = f"it takes {at_least}{running.lookups} DNS lookups, and only {MOST_LOOKUPS} are made"
    elif running.void > MOST_VOID and result is not Result.temperror:
        result = Result.permerror
        why = f"{running.void} of its lookups find nothing, and only {MOST_VOID} may"
    return Verdict(result=result, why=why, lookups=running.lookups, void=running.void)


def _is_name(text: str) -> bool:
    """Return whether DNS can have a name: it may have come from a macro."""
    name = text.removesuffix(".").encode()
    return len(name) <= _LONGEST_NAME and all(
        0 < len(label) <= _LONGEST_LABEL for label in name.split(b".")
    )


class _Check:
    """One check under way, with its counts."""

    def __init__(self, ask: Ask, address: Address, sender: str, host: str) -> None:
        self._ask = ask
        self._address = address
        self._sender = sender
        self._host = host
        self.lookups = 0
        self.void = 0

    def of(self, domain: str) -> Result:
        """Check one domain's record; its includes and its redirect come here again."""
        text = self._text(domain)
        if text is None:
            return Result.none
        try:
            record = parse_record(text)
            for mechanism in record.mechanisms:
                if self._matches(mechanism, domain):
                    return _BY_QUALIFIER[mechanism.qualifier]
            if not record.redirect:
                return Result.neutral
            target = self._expanded(record.redirect, domain)
        except SpfSyntaxError as error:
            raise _EndedError(Result.permerror, f"{error}, at {domain}") from None
        self._count()
        return self._needed(target, f"redirect={target}")

    def _text(self, domain: str) -> str | None:
        if not _is_name(domain):  # RFC 7208 4.3
            return None
        answer = self._ask(domain, "TXT")
        if answer.unknown:
            raise _EndedError(Result.temperror, f"{domain} TXT: {answer.words}")
        texts = find_records(answer)
        if len(texts) > 1:
            raise _EndedError(Result.permerror, f"{domain} has {len(texts)} SPF records")
        return texts[0] if texts else None

    def _needed(self, domain: str, term: str) -> Result:
        result = self.of(domain)
        if result is Result.none:
            raise _EndedError(Result.permerror, f'"{term}": there is no SPF record')
        return result

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups >= _ENOUGH:
            raise _EndedError(Result.permerror, "")

    def _looked_up(self, name: str, kind: str) -> tuple[str, ...]:
        if not _is_name(name):
            raise _EndedError(Result.permerror, f'"{name}" can be the name of no host')
        answer = self._ask(name, kind)
        if answer.unknown:
            raise _EndedError(Result.temperror, f"{name} {kind}: {answer.words}")
        self.void += answer.status is not Status.found
        return answer.values

    def _matches(self, mechanism: Mechanism, domain: str) -> bool:
        if mechanism.name == "all":
            return True
        if mechanism.network is not None:
            return self._address in mechanism.network
        self._count()
        target = self._expanded(mechanism.domain, domain) if mechanism.domain else domain
        return self._matches_lookup(mechanism, target)

    def _matches_lookup(self, mechanism: Mechanism, target: str) -> bool:
        match mechanism.name:
            case "include":
                return self._needed(target, f"include:{target}") is Result.passed
            case "exists":
                return bool(self._looked_up(target, "A"))
            case "ptr":
                return self._named(target)
            case "a":
                return self._within(target, mechanism)
        hosts = self._looked_up(target, "MX")
        if len(hosts) > _MOST_HOSTS:
            raise _EndedError(Result.permerror, f'"mx" at {target} names {len(hosts)} hosts')
        return any(self._within(host, mechanism) for host in hosts if host)

    def _within(self, host: str, mechanism: Mechanism) -> bool:
        v4 = isinstance(self._address, ipaddress.IPv4Address)
        bits = mechanism.v4_bits if v4 else mechanism.v6_bits
        values = self._looked_up(host, "A" if v4 else "AAAA")
        return any(
            self._address in ipaddress.ip_network(f"{value}/{bits}", strict=False)
            for value in values
        )

    def _named(self, domain: str) -> bool:
        """Return whether the address has a name below the domain that leads back to it."""
        answer = self._ask(make_reverse_name(self._address), "PTR")
        self.void += answer.status in (Status.no_name, Status.no_record)
        kind = "A" if isinstance(self._address, ipaddress.IPv4Address) else "AAAA"
        return any(
            f".{name}".endswith(f".{domain.lower()}")
            and str(self._address) in self._ask(name, kind).values
            for name in answer.values[:_MOST_HOSTS]
        )

    def _expanded(self, spec: str, domain: str) -> str:
        local, _, sender_domain = self._sender.rpartition("@")
        v4 = isinstance(self._address, ipaddress.IPv4Address)
        nibbles = self._address.exploded.replace(":", "")
        return expand_macros(
            spec,
            {
                "s": self._sender,
                "l": local or "postmaster",
                "o": sender_domain,
                "d": domain,
                "i": str(self._address) if v4 else ".".join(nibbles),
                "v": "in-addr" if v4 else "ip6",
                "h": self._host or "unknown",
                # RFC 7208 7.3: not to be used; `unknown` is what a failed lookup gives.
                "p": "unknown",
            },
        )
