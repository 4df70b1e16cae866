"""DMARC: what receivers are asked to do with forgeries, and whether our mail passes (RFC 9989)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from publisher.doctor.dns import Answer, Ask, report_unknown
from publisher.doctor.finding import Finding, advice, ok, problem
from publisher.doctor.tag_list import read_tags

#: RFC 9989 4.10: a longer name is cut to one label less than this after the first question.
_MOST_LABELS = 8
_POLICIES = ("none", "quarantine", "reject")
#: Tags that RFC 7489 had and RFC 9989 has not.
_GONE = ("pct", "rf", "ri")


@dataclass(frozen=True, slots=True)
class Policy:
    """A DMARC record, and the domain whose it is."""

    domain: str
    text: str
    tags: Mapping[str, str]


def judge_policy(
    ask: Ask, *, author: str, envelope: str, signers: Sequence[str], contact: str
) -> Iterator[Finding]:
    """Look at the policy of the domain in From, and at whether SPF and DKIM speak for it.

    `envelope` is the domain SPF is checked for, `signers` those that DKIM signs for; reports go
    to `contact` where a record is proposed.
    """
    where = f"_dmarc.{author}"
    propose = f'Publish: {where}. TXT "v=DMARC1; p=none; rua=mailto:{contact}"'
    answer = ask(where, "TXT")
    if answer.unknown:
        yield report_unknown("DMARC", where, "TXT", answer)
        return
    own = _policies(author, answer)
    if len(own) > 1:
        what = f"{where} has {len(own)} DMARC records: receivers then heed none"
        yield problem("DMARC", what, f"Leave one of them: {' or '.join(p.text for p in own)}")
        return
    policy = own[0] if own else _inherited(ask, author)
    if policy is None:
        there = f"; what stands there is {answer.values[0]!r}" if answer.values else ""
        yield problem("DMARC", f"{author} has no DMARC record{there}", propose)
        return
    yield from _judge_policy(policy, author, propose)
    yield from _judge_reports(ask, policy, author, propose)
    yield _judge_alignment(ask, policy, author, envelope, signers)


# --- The record ---------------------------------------------------------------------------


def _judge_policy(policy: Policy, author: str, propose: str) -> Iterator[Finding]:
    tags = policy.tags
    inherited = policy.domain != author
    asked = tags.get("sp", tags.get("p", "")) if inherited else tags.get("p", "")
    whose = f"{policy.domain}, which counts for {author} too," if inherited else author
    if asked.lower() not in _POLICIES:
        what = f'{whose} names no policy: "p={asked}" is none of {", ".join(_POLICIES)}'
        yield problem("DMARC", what, propose)
    elif asked.lower() == "none":
        what = f"{whose} asks receivers to let forgeries pass (p=none)"
        do = "Once the reports show that all your own mail passes, publish p=quarantine or p=reject"
        yield advice("DMARC", what, f"{do} at _dmarc.{policy.domain}.")
    else:
        yield ok("DMARC", f"{whose} asks receivers to {_asks(asked.lower())} forgeries")
    if tags.get("t") == "y":
        what = "the record says that you are only testing (t=y): the policy counts one step less"
        yield advice("DMARC", what, f"Take t=y out of _dmarc.{policy.domain} when done.")
    gone = [name for name in _GONE if name in tags]
    if gone:
        what = f"{', '.join(gone)}: part of DMARC no more (RFC 9989), heeded by some and not others"
        yield advice("DMARC", what, f"Take them out of _dmarc.{policy.domain}.")


def _asks(policy: str) -> str:
    return "set aside" if policy == "quarantine" else "refuse"


def _judge_reports(ask: Ask, policy: Policy, author: str, propose: str) -> Iterator[Finding]:
    text = policy.tags.get("rua", "")
    if not text:
        what = "nobody gets reports (rua=): a forger, or a mistake of yours, stays unnoticed"
        yield advice("DMARC", what, f"Add rua to _dmarc.{policy.domain}. {propose}")
    for uri in text.split(",") if text else ():
        address = re.fullmatch(r"mailto:[^@\s]+@([A-Za-z0-9.-]+)(?:![0-9]+[kmgt]?)?", uri.strip())
        if not address:
            what = f'reports cannot go to "{uri.strip()}"'
            yield advice("DMARC", what, "Write it as rua=mailto:NAME@DOMAIN.")
        elif find_organisation(ask, address[1]) != find_organisation(ask, author):
            yield from _judge_outside(ask, policy.domain, address[1].lower())


def _judge_outside(ask: Ask, domain: str, other: str) -> Iterator[Finding]:
    # RFC 9990 4: else anyone could have the world's reports sent to anyone.
    where = f"{domain}._report._dmarc.{other}"
    answer = ask(where, "TXT")
    if answer.unknown:
        yield report_unknown("DMARC", where, "TXT", answer)
    elif not _policies(other, answer):
        what = f"{other} has not agreed to get reports on {domain}: none are sent"
        yield advice("DMARC", what, f'{other} has to publish: {where}. TXT "v=DMARC1"')


# --- Alignment ----------------------------------------------------------------------------


def _judge_alignment(
    ask: Ask, policy: Policy, author: str, envelope: str, signers: Sequence[str]
) -> Finding:
    strict = {mode for mode in ("aspf", "adkim") if policy.tags.get(mode, "r").lower() == "s"}
    by_spf = is_aligned(ask, author, envelope, strict="aspf" in strict)
    by_dkim = any(is_aligned(ask, author, signer, strict="adkim" in strict) for signer in signers)
    if by_dkim:
        also = " and SPF's" if by_spf else ""
        return ok("DMARC", f"the domain of the DKIM signature{also} goes with {author}")
    do = (
        f"Sign with a key whose record is below {author}: "
        "`publisher doctor --dkim-keygen` makes one."
    )
    if by_spf:
        what = "only SPF speaks for the mail, unless the relay signs it; forwarding breaks SPF"
        return advice("DMARC", what, do)
    return problem("DMARC", f"neither SPF nor DKIM speaks for {author}: mail fails DMARC", do)


def is_aligned(ask: Ask, author: str, other: str, *, strict: bool) -> bool:
    """Return whether a domain that passed SPF or DKIM is aligned with From (RFC 9989 4.4)."""
    if author.lower() == other.lower():
        return True
    return not strict and find_organisation(ask, author) == find_organisation(ask, other)


def find_organisation(ask: Ask, domain: str) -> str:
    """Return the Organizational Domain (RFC 9989 4.10.2)."""
    domain = domain.lower()
    policies = list(walk_policies(ask, domain))
    for policy in policies:
        if policy.tags.get("psd") == "n":
            return policy.domain
        if policy.tags.get("psd") == "y" and policy.domain != domain:
            below = domain.removesuffix(f".{policy.domain}").rpartition(".")[2]
            return f"{below}.{policy.domain}"
    return policies[-1].domain if policies else domain


def walk_policies(ask: Ask, domain: str) -> Iterator[Policy]:
    """Yield the DMARC records of a domain and of those above it, the nearest first (4.10)."""
    for name in _names(domain):
        policies = _policies(name, ask(f"_dmarc.{name}", "TXT"))
        if len(policies) == 1:
            yield policies[0]
            if policies[0].tags.get("psd") in ("y", "n"):
                return


def _names(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    yield domain
    for count in range(min(len(labels), _MOST_LABELS) - 1, 0, -1):
        yield ".".join(labels[-count:])


def _inherited(ask: Ask, author: str) -> Policy | None:
    """Return the policy that counts for a domain without one (RFC 9989 4.10.1)."""
    policies = {policy.domain: policy for policy in walk_policies(ask, author)}
    if not policies:
        return None
    return policies.get(find_organisation(ask, author)) or list(policies.values())[-1]


def _policies(domain: str, answer: Answer) -> list[Policy]:
    policies = []
    for text in answer.values:
        if not re.match(r"v\s*=\s*DMARC1\s*(;|$)", text):  # RFC 9989 4.10
            continue
        try:
            policies.append(Policy(domain, text, read_tags(text)))
        except ValueError:
            continue
    return policies
