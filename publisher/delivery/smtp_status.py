"""What a refusal is about, by its enhanced status code (RFC 3463) and words, in reply or bounce.

A reader who is suppressed by mistake gets nothing, and never learns why; an address that is dead
after all is suppressed a little later, once its soft bounces are counted (`mail.soft_bounces`). So
an address is dead only if the refusal says so: by a status that is about the mailbox and nothing
else, or in words. A bare 550, 551 or 553 says nothing (RFC 5321 4.2.3: "or command rejected for
policy reasons").
"""

from __future__ import annotations

import re
from enum import Enum

from publisher.delivery import mailbox_table, sender_table
from publisher.delivery.refusal_reason import Meaning

_ROWS = (*mailbox_table.WAITING, *sender_table.ROWS, *mailbox_table.ROWS)
#: RFC 3463: class, subject, detail; no part of an IP address or of a version.
_STATUS = re.compile(r"(?<![\w.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\w)")
#: Reply codes of RFC 5321 4.2.3, RFC 4954 and RFC 7504, and the 54x of filters.
_REPLY = re.compile(r"(?<![\w.])(421|45\d|50\d|521|53\d|54[01]|55\d)(?=[ -]|$)")

#: A refused log-in (RFC 4954 6): the user it names is ours.
_LOGIN = re.compile(r"\s*53\d\b")

#: What a status (IANA's registry of enhanced status codes: subject, detail) is about when the
#: words are not in the table.
_BY_STATUS = {
    (1, 1): Meaning.gone,  # bad mailbox (RFC 3463 3.2)
    (1, 6): Meaning.gone,  # moved, and nobody knows where to
    (1, 10): Meaning.gone,  # the domain takes no mail (RFC 7505); at Exchange: no such recipient
    (1, 7): Meaning.account,  # bad sender's mailbox address syntax
    (1, 8): Meaning.account,  # bad sender's domain; at Exchange: the account is blocked
    (1, 90): Meaning.account,  # Exchange: the day's recipients are used up
    (4, 5): Meaning.account,  # Gmail: the day's messages are used up
    (7, 8): Meaning.account,  # wrong credentials (RFC 4954 6)
    (7, 57): Meaning.account,  # Exchange: not logged in
    (7, 60): Meaning.account,  # Exchange: may not send as this sender
    (7, 233): Meaning.account,  # Exchange: the tenant's limit of the day
    (7, 501): Meaning.account,  # Exchange: the account sent spam, and is blocked
    (7, 502): Meaning.account,
    (7, 503): Meaning.account,
    (7, 708): Meaning.account,  # Exchange: takes nothing from this IP address
    (7, 705): Meaning.account,  # Exchange: the same
    (7, 750): Meaning.account,  # Exchange: the sender's domain is not registered
    (2, 3): Meaning.message,  # longer than the recipient's limit (RFC 3463 3.3)
    (3, 4): Meaning.message,  # too big for the system (RFC 3463 3.4)
    (6, 7): Meaning.mailbox,  # addresses beyond ASCII not permitted (RFC 6531 3.5)
    (7, 0): Meaning.policy,
    (7, 1): Meaning.policy,  # RFC 3463 3.8: by host or by recipient, who knows
    (7, 2): Meaning.mailbox,  # a list that takes no mail from us (RFC 3463 3.8)
    (7, 17): Meaning.mailbox,  # the mailbox has another owner now (RFC 7293 14)
}
_BY_SUBJECT = {
    1: Meaning.mailbox,
    2: Meaning.mailbox,
    6: Meaning.message,  # the content (RFC 3463 3.7)
    7: Meaning.provider,  # signatures, names in DNS, log-in (RFC 3463 3.8, RFC 7372)
}
#: Statuses that always blame our sender.
_OF_THE_SENDER = {(1, 7), (1, 8)}
_DEAD = (Meaning.gone, Meaning.no_domain)
#: Meanings by words that a more exact status overrules.
_OVERRULED = {
    Meaning.policy: (Meaning.account, Meaning.provider),
    Meaning.message: (Meaning.account,),
    # No answer of DNS: a mailbox, or a rule that names a domain.
    Meaning.no_domain: (Meaning.gone, Meaning.policy),
}
#: Meanings by words that any status with a meaning overrules.
_UNSURE = (None, Meaning.vague, Meaning.resting)
#: Characters of a refusal that are read: a reply has 512 in a line (RFC 5321 4.5.3.1.5).
_LONGEST = 4_000
_SPACE = re.compile(r"\s+")
#: Addresses, and all of a URL but its host: words in them mean nothing.
_ADDRESS = re.compile(r"<?[^\s<>()]{0,320}@[^\s<>()]{0,320}>?")
_URL = re.compile(r"https?://([^\s/?#]+)\S*")
#: RFC 5321 4.2.3: "mailbox unavailable (e.g., mailbox not found, no access, …)".
_EXAMPLE = re.compile(r"[(\[]\s*(?:e\.? ?g\b|for example|such as)[^)\]]*[)\]]?", re.IGNORECASE)
#: The ends of parts of a sentence, and words that make one only possible.
_PARTS = re.compile(r"([.;!?,:()])")
_POSSIBLE = re.compile(
    r"\b(?:may|might|maybe|perhaps|possibl[ey]|probably|whether|usually|typically|likely"
    r"|if (?:the|this|that|your))\b",
    re.IGNORECASE,
)
#: Exchange Online's own guess, before what the other server said (5.1.351 and others).
_HANDED_ON = re.compile(r"remote server returned[^>]{0,200}->(.*\w.*)", re.IGNORECASE)
#: The code and status that each line of a reply begins with.
_LINE = re.compile(r"(?:^|(?<=\s))[245]\d\d(?:[- ]#?[245]\.\d{1,3}\.\d{1,3}\b|-)")


class Blame(Enum):
    """Whom a refusal is about."""

    #: Nobody: it was accepted, or the connection broke.
    nobody = "nobody"
    #: This address only.
    recipient = "recipient"
    #: The message, or an unspecified rule: it is no bounce of the reader.
    message = "message"
    #: The sender, its server or rate, or the relay itself: it would be the same for each address.
    sender = "sender"


def is_refusal(words: str) -> bool:
    """Return whether the words contain an enhanced status code or an SMTP reply code."""
    return bool(_STATUS.search(words) or _REPLY.search(words))


def subject_of(words: str) -> int:
    """Return the subject (RFC 3463 3) of the first status in the words; 0 when there is none."""
    status = _STATUS.search(words)
    return int(status[2]) if status else 0


def meaning_of_words(words: str) -> Meaning | None:
    """Return the meaning of a refusal by its words alone; None if no row of the tables matches.

    Words that call it only possible ("the mailbox may not exist") make no address dead.
    """
    plain = _SPACE.sub(" ", words[:_LONGEST])
    plain = _EXAMPLE.sub(" ", _URL.sub(r"\1", _ADDRESS.sub("@", plain))).strip()
    handed_on = _HANDED_ON.search(plain)
    plain = _without_repeats(handed_on[1].strip() if handed_on else plain)
    certain = "".join(part for part in _PARTS.split(plain) if not _POSSIBLE.search(part))
    return next(
        (
            row.meaning
            for row in _ROWS
            if row.words.search(certain if row.meaning in _DEAD else plain)
        ),
        None,
    )


def _without_repeats(words: str) -> str:
    """Return the words with the code and status of their first line only."""
    first = _LINE.search(words)
    end = first.end() if first else 0
    return words[:end] + _LINE.sub(" ", words[end:])


def is_temporary(words: str) -> bool:
    """Return whether a status or reply code in the words is temporary (4xx, RFC 5321 4.2.1)."""
    reply = _REPLY.search(words)
    return any(status[0] == "4" for status in _STATUS.findall(words)) or bool(
        reply and reply[1][0] == "4"
    )


def meaning_of_refusal(words: str, status: str = "") -> Meaning | None:
    """Return what a refusal is about; None when neither its words nor its status tell.

    `status` is the enhanced status code (RFC 3463) where it is given apart from the words. Only a
    permanent refusal is `gone` or has `no_domain`.
    """
    statuses = [
        (int(subject), int(detail)) for _, subject, detail in _STATUS.findall(f"{status} {words}")
    ]
    meaning, by_status = meaning_of_words(words), _by_status(statuses)
    if meaning in _UNSURE or (meaning in _DEAD and _OF_THE_SENDER.intersection(statuses)):
        meaning = by_status or meaning
    elif meaning and by_status in _OVERRULED.get(meaning, ()):
        meaning = by_status
    if meaning in _DEAD and _LOGIN.match(words):
        return Meaning.account
    if meaning in _DEAD and is_temporary(f"{status} {words}"):
        return Meaning.busy
    return meaning


def _by_status(statuses: list[tuple[int, int]]) -> Meaning | None:
    """Return what statuses are about; `gone` only if all that have a detail say so."""
    meanings = [
        _BY_STATUS.get(status, _BY_SUBJECT.get(status[0]))
        for status in statuses
        if status[1] or status in _BY_STATUS
    ]
    others = [meaning for meaning in meanings if meaning is not Meaning.gone]
    return (others or meanings or [None])[0]
