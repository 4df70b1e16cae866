"""E-mail addresses: what can be mailed, and when two are one."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote

from publisher.errors import AddressError

#: Plain addresses, which nearly all are: for them email-validator has one answer, which a property
#: test holds this to. It takes 30 µs an address, and this 1 µs. No label is `ab--c` (RFC 5891
#: 4.2.3.1), nor longer than a domain is here.
_PLAIN = re.compile(
    r"([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)"
    r"@((?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+([A-Za-z]+))"
)
_LONGEST = 254  # RFC 3696, erratum 1690
#: No address is longer in any form; to look at what is typed takes more than linear time.
_LONGEST_TYPED = 1_000
_LONGEST_LABEL = 63  # RFC 1035 2.3.4
#: RFC 6761 and others: nobody has an address there (as email-validator has it).
_SPECIAL = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})

#: What nobody sees: zero-width characters, soft hyphens, directions, byte order marks. Joiners
#: (U+200C, U+200D) belong to words of some scripts, so they go only beside ASCII.
_INVISIBLE = re.compile(
    "[\xad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069"
    "\ufe00-\ufe0f\ufeff]"
    "|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)
_CONTROLS = "".join(map(chr, (*range(33), 127)))
#: Full-width forms of ASCII, as keyboards for Chinese and Japanese type them.
_FULL_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
#: Of these those that are no letters, and what else such keyboards have for @, full stop and comma.
_PUNCTUATION = {
    wide: ascii_ for wide, ascii_ in _FULL_WIDTH.items() if not chr(ascii_).isalnum()
} | {0x3002: ".", 0xFF61: ".", 0xFE6B: "@", 0x3000: " ", 0x3001: ","}
_ASCII_LETTER = re.compile(r"[A-Za-z0-9]")
_SCHEME = re.compile(r"(?:mailto|smtp):\s*", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"(.*)<([^<>]*)>[\s,;.]*", re.DOTALL)
_BEFORE_COMMENT = re.compile(r"(\S+@\S+)\s+\(([^()@]*)\)")
_QUOTES = "\"'`‘’“”«»"
_SEVERAL = re.compile(r"\S@[^\s@]+\.[^\s@]+[\s,;/|]+\S+@")


class Mailbox(NamedTuple):
    """What somebody typed for an address, taken apart."""

    address: str
    #: What stood before `<ann@example.org>`, or in parentheses after the address.
    name: str = ""


def check_address(raw: str) -> tuple[str, str]:
    """Return an address as typed (normalised, mended) and the key that all its forms share.

    The key folds case (RFC 5321 2.4 lets the local part differ by case; no provider does) and
    has the domain as A-labels (RFC 5890 2.3.2.1). Nothing is looked up. Raises AddressError.
    """
    typed = raw.strip()
    return _plainly(typed) or _mended(typed)


def _mended(typed: str) -> tuple[str, str]:
    if len(typed) > _LONGEST_TYPED:
        raise AddressError(f"not an e-mail address: it has {len(typed):,} characters")
    address = parse_mailbox(typed).address
    if address != typed:
        plain = _plainly(address)
        if plain:
            return plain
    if _SEVERAL.search(address):
        raise AddressError("not an e-mail address: there are several")
    return _thoroughly(address)


def _plainly(typed: str) -> tuple[str, str] | None:
    plain = _PLAIN.fullmatch(typed)
    if plain:
        local, domain, top = plain.groups()
        if len(typed) <= _LONGEST and len(domain) <= _LONGEST_LABEL and top.lower() not in _SPECIAL:
            domain = domain.lower()
            return f"{local}@{domain}", f"{local.lower()}@{domain}"
    return None


def _thoroughly(typed: str) -> tuple[str, str]:
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415  (25 ms)

    try:
        valid = validate_email(typed, check_deliverability=False)
    except EmailNotValidError as error:
        raise AddressError(f"not an e-mail address: {error}") from None
    return valid.normalized, f"{_folded(valid.local_part)}@{valid.ascii_domain}"


# --- Mending ------------------------------------------------------------------------------


def parse_mailbox(raw: str) -> Mailbox:
    """Return the address that is meant beyond doubt, and the name that stands with it.

    Taken away are invisible characters, full-width forms, `mailto:`, quotes and brackets around
    an address, and punctuation after it. What is meant in another way stays as it is.
    """
    typed = strip_invisible(raw)
    name = ""
    bracketed = _IN_BRACKETS.fullmatch(typed)
    if bracketed and _belongs(bracketed[1], bracketed[2]):
        name, typed = bracketed[1], bracketed[2]
    else:
        commented = _BEFORE_COMMENT.fullmatch(typed)
        if commented:
            typed, name = commented.groups()
    typed = _bare(_without_scheme(_bare(typed)))
    local, at, domain = typed.rpartition("@")
    if not _ASCII_LETTER.search(local):  # all of it was typed in full width, or none
        typed = f"{local.translate(_FULL_WIDTH)}{at}{domain}"
    return Mailbox(typed, "" if "@" in name else _bare(name.replace('\\"', '"')))


def strip_invisible(text: str) -> str:
    """Return text without what nobody sees, with ASCII where full-width punctuation stands."""
    if not text.isascii():
        text = _INVISIBLE.sub("", text).translate(_PUNCTUATION).strip()
    return text.strip(_CONTROLS)


def _belongs(before: str, address: str) -> bool:
    """Return whether what stands before an address in brackets is no other address."""
    return "@" not in before or _bare(before).lower() == _bare(address).lower()


def _without_scheme(typed: str) -> str:
    scheme = _SCHEME.match(typed)
    return unquote(typed[scheme.end() :].partition("?")[0]) if scheme else typed


def _bare(typed: str) -> str:
    """Return text without the punctuation after it and the quotes around it."""
    while True:
        before = typed
        typed = typed.strip().rstrip(",;.").lstrip(",;").strip()
        if len(typed) > 1 and typed[0] in _QUOTES and typed[-1] in _QUOTES:
            typed = typed[1:-1]
        if typed == before:
            return typed


# --- Keys ---------------------------------------------------------------------------------


def _folded(local: str) -> str:
    """Fold case one character for one (Unicode's simple case folding, CaseFolding.txt C and S).

    Full folding makes `straße` and `strasse` one, which are two people's mailboxes. A Turkish
    dotless ı is no i, by either.
    """
    return unicodedata.normalize("NFC", "".join(map(_fold, local)))


def _fold(letter: str) -> str:
    for folded in (letter.casefold(), letter.lower()):
        if len(folded) == 1:
            return folded
    return letter
