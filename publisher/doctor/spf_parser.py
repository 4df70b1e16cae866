"""The grammar of SPF records and macros (RFC 7208 5, 6, 7 and 12)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_MACRO = r"%\{[SLODIPHCRTVslodiphcrtv](?:\d{1,3})?[Rr]?[.\-+,/_=]*\}|%%|%_|%-"
_MACRO_STRING = re.compile(rf"(?:[\x21-\x24\x26-\x7e]|{_MACRO})*")
#: RFC 7208 7.1: a domain-spec ends in a macro, or in a label that is not all digits.
_MACRO_END = re.compile(r"(?:\}|%%|%_|%-)$")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9\-_.]*)=(.*)")
_DIRECTIVE = re.compile(r"([-+?~]?)([A-Za-z][A-Za-z0-9\-_.]*)((?:[:/].*)?)")
_PREFIXES = re.compile(r"(.*?)(?:/(0|[1-9]\d{0,2}))?(?://(0|[1-9]\d{0,2}))?")
_IP = re.compile(r":([0-9A-Fa-f:.]+)(/(?:0|[1-9]\d{0,2}))?")
_EXPANDED = re.compile(r"%(?:([%_-])|\{([A-Za-z])(\d*)([Rr]?)([.\-+,/_=]*)\})")
_LITERALS = {"%": "%", "_": " ", "-": "%20"}
_V4_BITS, _V6_BITS = 32, 128
#: RFC 7208 7.3: what is longer loses labels on the left.
_LONGEST_NAME = 253


class SpfSyntaxError(ValueError):
    """An SPF record that receivers will not read (permerror)."""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """What matches some addresses, and what then follows."""

    #: `+`, `-`, `~` or `?`.
    qualifier: str
    name: str
    #: A domain-spec with its macros; empty for the domain itself.
    domain: str = ""
    #: For `ip4` and `ip6`.
    network: Network | None = None
    #: For `a` and `mx`: how many bits of an address count.
    v4_bits: int = _V4_BITS
    v6_bits: int = _V6_BITS


@dataclass(frozen=True, slots=True)
class Record:
    """A record that can be read."""

    mechanisms: tuple[Mechanism, ...]
    #: Whose record decides when nothing matches; a domain-spec.
    redirect: str


def is_spf(text: str) -> bool:
    """Return whether a TXT record is one of SPF (RFC 7208 4.5)."""
    return re.match(r"v=spf1(?: |$)", text, re.IGNORECASE) is not None


def parse_record(text: str) -> Record:
    """Read a record. Raises SpfSyntaxError, naming the term that cannot be read."""
    mechanisms, modifiers = [], {}
    for term in text.split(" ")[1:]:
        modifier = _MODIFIER.fullmatch(term)
        if modifier:
            name, value = modifier[1].lower(), modifier[2]
            if name in modifiers and name in ("redirect", "exp"):
                raise SpfSyntaxError(f'"{name}=" stands twice')
            modifiers[name] = _checked(value, term, domain=name in ("redirect", "exp"))
        elif term:
            mechanisms.append(_mechanism(term))
    return Record(tuple(mechanisms), modifiers.get("redirect", ""))


def _mechanism(term: str) -> Mechanism:
    match = _DIRECTIVE.fullmatch(term)
    if not match:
        raise SpfSyntaxError(f'"{term}" cannot be read')
    qualifier, name, rest = match[1] or "+", match[2].lower(), match[3]
    if name == "all" and not rest:
        return Mechanism(qualifier, name)
    if name in ("ip4", "ip6"):
        return Mechanism(qualifier, name, network=_network(name, rest, term))
    if name in ("include", "exists") and rest.startswith(":"):
        return Mechanism(qualifier, name, _checked(rest[1:], term, domain=True))
    if name == "ptr" and (not rest or rest.startswith(":")):
        return Mechanism(qualifier, name, _checked(rest[1:], term, domain=bool(rest)))
    if name in ("a", "mx"):
        return _with_prefixes(qualifier, name, rest, term)
    raise SpfSyntaxError(f'"{term}" is no SPF mechanism')


def _with_prefixes(qualifier: str, name: str, rest: str, term: str) -> Mechanism:
    match = _PREFIXES.fullmatch(rest)
    domain, v4, v6 = match.groups() if match else (rest, None, None)
    v4_bits, v6_bits = int(v4 or _V4_BITS), int(v6 or _V6_BITS)
    if v4_bits > _V4_BITS or v6_bits > _V6_BITS or domain == ":":
        raise SpfSyntaxError(f'"{term}" cannot be read')
    if domain:
        _checked(domain[1:], term, domain=True)
    return Mechanism(qualifier, name, domain[1:], None, v4_bits, v6_bits)


def _network(name: str, rest: str, term: str) -> Network:
    match = _IP.fullmatch(rest)
    kind = ipaddress.IPv4Network if name == "ip4" else ipaddress.IPv6Network
    try:
        return kind(match[1] + (match[2] or ""), strict=False) if match else kind("")
    except ValueError:
        raise SpfSyntaxError(f'"{term}" holds no {name} address or network') from None


def _checked(text: str, term: str, *, domain: bool) -> str:
    if not _MACRO_STRING.fullmatch(text) or re.search(r"%\{.0+[^0-9]", text):
        raise SpfSyntaxError(f'"{term}" holds a macro that cannot be read')
    if domain and not (_MACRO_END.search(text) or _ends_in_label(text)):
        raise SpfSyntaxError(f'"{term}" wants a domain name')
    if domain and re.search(r"%\{[CRTcrt]", text):  # RFC 7208 7.2: for explanations only
        raise SpfSyntaxError(f'"{term}" holds a macro that may not stand there')
    return text


def _ends_in_label(text: str) -> bool:
    # One expression for it takes half a minute for a label of 60,000 letters.
    _, dot, label = text.removesuffix(".").rpartition(".")
    return bool(dot and _LABEL.fullmatch(label) and not label.isdigit())


def expand_macros(spec: str, values: Mapping[str, str]) -> str:
    """Put in what macros stand for (RFC 7208 7.3): `%{ir}.%{v}._spf.%{d}`."""

    def put_in(match: re.Match[str]) -> str:
        literal, letter, digits, reverse, delimiters = match.groups()
        if literal:
            return _LITERALS[literal]
        parts = re.split(f"[{re.escape(delimiters or '.')}]", values[letter.lower()])
        parts = parts[::-1] if reverse else parts
        value = ".".join(parts[-int(digits) :] if digits else parts)
        return quote(value, safe="-._~") if letter.isupper() else value

    name = _EXPANDED.sub(put_in, spec).rstrip(".")
    while len(name) > _LONGEST_NAME and "." in name:
        name = name.partition(".")[2]
    return name
