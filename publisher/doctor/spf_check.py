"""SPF: whether the world knows which addresses may send for the domain (RFC 7208)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from publisher.doctor.dns import Address, Ask, report_unknown
from publisher.doctor.finding import Finding, advice, ok, problem
from publisher.doctor.sending_host import Source
from publisher.doctor.spf_eval import MOST_LOOKUPS, Result, Verdict, check_sender, find_records
from publisher.doctor.spf_parser import SpfSyntaxError, parse_record

#: An address that nobody sends from (RFC 5737): what becomes of it becomes of any forger.
_STRANGER = ipaddress.ip_address("192.0.2.1")
_ENDS = re.compile(r"[-+?~]?all|redirect=.*", re.IGNORECASE)
_FOR_MANY = re.compile(r" [+?~-]?(include:|redirect=)", re.IGNORECASE)


def judge_sender(ask: Ask, *, sender: str, source: Source) -> Iterator[Finding]:
    """Look at the record of the sender's domain, and at what it says of the addresses."""
    domain = sender.rpartition("@")[2]
    answer = ask(domain, "TXT")
    if answer.unknown:
        yield report_unknown("SPF", domain, "TXT", answer)
        return
    texts = find_records(answer)
    if not texts:
        yield problem("SPF", f"{domain} has no SPF record", _publish(domain, _proposed(source)))
    elif len(texts) > 1:
        what = f"{domain} has {len(texts)} SPF records: receivers then heed none"
        yield problem("SPF", what, f"Make one record of them: {' and '.join(map(repr, texts))}")
    else:
        yield from _judge_record(ask, sender, texts[0], source)


def _judge_record(ask: Ask, sender: str, text: str, source: Source) -> Iterator[Finding]:
    domain = sender.rpartition("@")[2]
    try:
        record = parse_record(text)
    except SpfSyntaxError as error:
        do = _publish(domain, _proposed(source))
        yield problem("SPF", f"receivers cannot read {domain}'s record: {error}", do)
        return
    stranger = check_sender(ask, _STRANGER, sender=sender)
    yield _judge_stranger(domain, text, stranger)
    if any(mechanism.name == "ptr" for mechanism in record.mechanisms):
        # RFC 7208 5.5: slow, unreliable, and skipped by some.
        do = f"Take it out of the TXT record of {domain}, and name the addresses with ip4: and ip6:"
        yield advice("SPF", 'the record uses "ptr", which many receivers skip', do)
    if stranger.result in (Result.permerror, Result.temperror):
        return
    for address in source.addresses:
        yield _judge_address(
            check_sender(ask, address, sender=sender), domain, text, address, source
        )


def _judge_stranger(domain: str, text: str, verdict: Verdict) -> Finding:
    match verdict.result:
        case Result.permerror:
            do = f"Put the TXT record of {domain} right: it is now {text!r}."
            if verdict.lookups > MOST_LOOKUPS:
                do = "Take out what is not needed, or write addresses for names. " + do
            what = f"receivers give up on {domain}'s record: {verdict.why}"
            return problem("SPF", what, do)
        case Result.temperror:
            what = f"{domain}'s record needs a lookup that fails: {verdict.why}"
            do = "Run the doctor again; if it stays so, take that term out of the record."
            return problem("SPF", what, do)
        case Result.passed:
            what = f"{domain}'s record lets everyone send for it"
            return problem("SPF", what, _publish(domain, _ending(text)))
        case Result.fail | Result.softfail:
            return ok("SPF", f"{text!r} takes {verdict.lookups} of {MOST_LOOKUPS} lookups")
    what = f"{domain}'s record has nothing to say of strangers"
    return advice("SPF", what, _publish(domain, _ending(text)))


def _judge_address(
    verdict: Verdict, domain: str, text: str, address: Address, source: Source
) -> Finding:
    whose = str(address) if source.given else f"{address} ({source.host})"
    if verdict.result is Result.passed:
        return ok("SPF", f"{whose} may send for {domain}")
    what = f"{whose} may not send for {domain}: {verdict.why or verdict.result.value}"
    do = _publish(domain, _with(text, _term(address)))
    if source.given or not _FOR_MANY.search(text):
        return problem("SPF", what, do)
    # A mail service takes mail at one address and sends it from others, which its include names.
    hint = f"If {source.host} is a mail service, look that the include it names is in the record"
    return advice("SPF", what, f"{hint}; if it sends to readers itself: {do}")


def _proposed(source: Source) -> str:
    """Return a record for a domain that has none that is of use."""
    # `~all` and not `-all`: some refuse mail for `-all` before they look at DKIM (RFC 9989 7.1).
    terms = [_term(address) for address in source.addresses] or ["mx"]
    return " ".join(["v=spf1", *terms, "~all"])


def _term(address: Address) -> str:
    return f"ip{address.version}:{address}"


def _with(text: str, term: str) -> str:
    """Return a record with one more term, before the one that ends it."""
    terms = text.split()
    ends = (index for index, other in enumerate(terms) if _ENDS.fullmatch(other))
    terms.insert(next(ends, len(terms)), term)
    return " ".join(terms)


def _ending(text: str) -> str:
    """Return a record that ends in `~all`."""
    return " ".join([*(term for term in text.split() if not _ENDS.fullmatch(term)), "~all"])


def _publish(domain: str, record: str) -> str:
    return f'Publish: {domain}. TXT "{record}"'
