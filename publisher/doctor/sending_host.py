"""Where receivers see the mail come from: the address, its name, and whether bounces get back."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from publisher.doctor.dns import (
    Address,
    Answer,
    Ask,
    Status,
    find_addresses,
    make_reverse_name,
    report_unknown,
)
from publisher.doctor.finding import Finding, advice, ok, problem

#: Addresses that no receiver ever sees mail come from (RFC 1918, 3927, 4193, 4291, 6598).
_INSIDE = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The addresses that hand the mail to receivers."""

    addresses: tuple[Address, ...]
    #: Someone said so. Else they are the relay's own, which a mail service may not send from.
    given: bool
    #: The relay; empty for the local outbox.
    host: str


def find_source(ask: Ask, host: str, given: Sequence[Address]) -> tuple[Source, list[Finding]]:
    """Return the addresses named, or those of the relay, and what is wrong with finding them."""
    if given or not host:
        return Source(addresses=tuple(given), given=bool(given), host=host), []
    addresses, answers = _literal(host) or find_addresses(ask, host)
    seen = tuple(address for address in addresses if not any(address in net for net in _INSIDE))
    source = Source(addresses=seen, given=False, host=host)
    if seen:
        return source, []
    unknown = [answer for answer in answers if answer.unknown]
    if addresses or unknown:
        why = f"DNS: {unknown[0].words}" if unknown else f"{addresses[0]} is seen by nobody else"
        what = f"it cannot be told from which address mail leaves {host} ({why})"
        do = "Name it with --sends-from ADDRESS: then SPF and PTR are looked at for it."
        return source, [advice("PTR", what, do)]
    return source, [problem("relay", f"{host} has no address in DNS", "Put mail.relay right.")]


def _literal(host: str) -> tuple[tuple[Address, ...], tuple[Answer, ...]] | None:
    try:
        return (ipaddress.ip_address(host),), ()
    except ValueError:
        return None


def judge_names(ask: Ask, source: Source) -> Iterator[Finding]:
    """Yield whether each address has a name (PTR) that leads back to it (A or AAAA)."""
    for address in source.addresses:
        yield _judge_name(ask, source, address)


def _judge_name(ask: Ask, source: Source, address: Address) -> Finding:
    where = make_reverse_name(address)
    answer = ask(where, "PTR")
    if answer.unknown:
        return report_unknown("PTR", where, "PTR", answer)
    name = source.host if source.host and not source.given else "mail.example.org"
    ask_for = f'Whoever gave you {address} sets it; ask for: {where}. PTR "{name}."'
    if answer.status is not Status.found:
        # Gmail and others refuse mail from an address without a name.
        return problem("PTR", f"{address} has no name (reverse DNS)", ask_for)
    kind = "A" if isinstance(address, ipaddress.IPv4Address) else "AAAA"
    forward = {name: ask(name, kind) for name in answer.values}
    for name, reply in forward.items():
        if str(address) in reply.values:
            return ok("PTR", f"{address} is {name}, and {name} is {address}")
    for name, reply in forward.items():
        if reply.unknown:
            return report_unknown("PTR", name, kind, reply)
    name = answer.values[0]
    return problem(
        "PTR",
        f"{address} says that it is {name}, but {name} does not lead back to it",
        f'Publish: {name}. {kind} "{address}". Or, if that name is wrong: {ask_for}',
    )


def judge_mailbox(ask: Ask, domain: str) -> Finding:
    """Return whether mail to a domain, like bounces and answers, has somewhere to go.

    RFC 5321 5.1: it goes to the domain's MX, or without one to its own address. RFC 7505: a null
    MX says that it takes none.
    """
    answer = ask(domain, "MX")
    if answer.unknown:
        return report_unknown("MX", domain, "MX", answer)
    do = f'Publish the host that takes its mail: {domain}. MX "10 mail.{domain}."'
    if answer.status is Status.no_name:
        return problem(
            "MX",
            f"there is no domain {domain}",
            "Register it, or put right the setting that names it: mail.from, mail.reply_to or "
            "mail.bounce_domain.",
        )
    if answer.values == ("",):  # RFC 7505
        return problem("MX", f"{domain} says that it takes no mail (a null MX)", do)
    if answer.status is Status.found:
        return _judge_hosts(ask, domain, answer.values)
    addresses, _ = find_addresses(ask, domain)
    if addresses:  # RFC 5321 5.1: the domain itself then stands in for its MX
        return advice("MX", f"{domain} has no MX; its own address has to take its mail", do)
    return problem("MX", f"{domain} has no MX: bounces and answers are lost", do)


def _judge_hosts(ask: Ask, domain: str, hosts: Sequence[str]) -> Finding:
    for host in hosts:
        addresses, answers = find_addresses(ask, host)
        if addresses:
            continue
        for answer, kind in zip(answers, ("A", "AAAA"), strict=True):
            if answer.unknown:
                return report_unknown("MX", host, kind, answer)
        do = f"Publish an address for {host}, or take it out of {domain} MX."
        return problem("MX", f"{domain} has its mail go to {host}, which has no address", do)
    return ok("MX", f"mail to {domain} goes to {', '.join(hosts)}")
