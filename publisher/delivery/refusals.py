"""Whether a refusal says that an address is no more, or something that may pass.

Who is suppressed by mistake gets nothing, and never learns why; who is mailed in vain a few times
more is suppressed all the same, once they are counted (settings `mail.soft_bounces`). So hard is
only what says that there is no such mailbox, and all else is soft: a full one, policy, the
content, the network, and whatever contradicts itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

#: RFC 3463: class, subject, detail; no part of an IP address or of a version.
_STATUS = re.compile(r"(?<![\w.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\w)")
#: RFC 5321 4.2.3, RFC 4954, RFC 7504, and the 541 of filters: what a server answers.
_REPLY = re.compile(r"(?<![\w.])(421|45\d|50\d|521|53\d|541|55\d)(?=[ -]|$)")

#: Subject and detail (IANA's registry of enhanced status codes) that only a dead address has.
_DEAD = frozenset(
    {
        (1, 1),  # bad mailbox (RFC 3463 3.2)
        (1, 2),  # bad domain
        (1, 3),  # bad syntax
        (1, 6),  # moved, and nobody knows where to
        (1, 10),  # the domain takes no mail (RFC 7505)
        (2, 1),  # disabled (RFC 3463 3.3)
        (4, 1),  # `5.4.1 Access denied`: Exchange Online has no such mailbox
        (4, 4),  # no route: Postfix's for a domain that does not exist
        (4, 310),  # Exchange Online's for the same
    }
)
#: Subjects whose X.Y.0 says nothing, so that the reply counts. Hotmail's dead mailboxes are 5.5.0.
_VAGUE = frozenset({0, 1, 2, 5})
#: RFC 5321 4.2.3 and RFC 7504: mailbox unavailable, not local, name not allowed, takes no mail.
_DEAD_REPLIES = frozenset({"550", "551", "553", "521", "556"})


class Blame(Enum):
    """Whom a refusal is about."""

    #: Nobody: it was taken, or the connection broke.
    nobody = "nobody"
    #: This address: the others may be well.
    recipient = "recipient"
    #: What is sent: a copy for somebody else would fare no better.
    message = "message"
    #: Who sends, from where and how fast, or the relay itself: it would be so for every address.
    sender = "sender"


@dataclass(frozen=True, slots=True)
class Saying:
    """What a refusal means that has these words, whatever its code or status says."""

    words: re.Pattern[str]
    blame: Blame
    #: It says of itself that it passes: a 5xx is then no more than a 4xx.
    passes: bool = False


def _saying(words: str, blame: Blame, *, passes: bool = False) -> Saying:
    return Saying(re.compile(words, re.IGNORECASE), blame, passes)


#: The first that fits counts. None of them makes an address dead.
SAYINGS = (
    # QQ (smtp.codes/qq, after service.mail.qq.com): the domain, the sender or the IP sent too
    # much in a minute, an hour or a day; and a recipient who is sent too much by anybody.
    _saying(r"frequency limited", Blame.sender, passes=True),
    _saying(r"mailbox unavailable or access denied", Blame.recipient, passes=True),
    # Gmail, support.google.com/a/answer/3726730: 450 4.2.1, and 550 5.2.1 when it goes on.
    _saying(r"receiving mail (?:too quickly|at a rate)", Blame.recipient, passes=True),
    # A full mailbox without 5.2.2: vpopmail, Courier, Dovecot's LDA; QQ's is in Chinese.
    _saying(
        r"over ?quota|quota exceeded|(?:mailbox|folder) (?:is )?full|收件人空间不足",
        Blame.recipient,
    ),
    # NetEase (163.com, 126.com, yeah.net), help.mail.163.com/faq.do?m=list&categoryID=90:
    # DT:SPM is the content; the rest is the IP, the domain, the rate or the number of commands.
    _saying(r"\bDT:SPM\b", Blame.message),
    _saying(r"\b(?:DT|HL|IB|IC|IP|MI|RP|WM):[A-Z]{3}\b", Blame.sender),
    # Yahoo, senders.yahooinc.com/smtp-error-codes: TS and TSS are volume and complaints, BL and
    # IPTS the address it came from; PH is what the message looks like.
    _saying(r"\[(?:TSS?|BL|IPTS|GL)\d+\]", Blame.sender),
    _saying(r"\[PH\d+\]", Blame.message),
    # Outlook.com, sendersupport.olc.protection.outlook.com/pm/troubleshooting.aspx: the IP is on
    # its list (S3140, S3150), or has no reputation yet; OU, SC and DY are why.
    _saying(r"\bS(?:3140|3150|77719)\b|\b(?:OU|SC|DY)-00\d\b", Blame.sender),
    # Lists of addresses that send spam, by name: Exim as cPanel sets it up, Postfix's postscreen.
    _saying(r"spamhaus|spamcop|barracuda|\bRBL\b|black ?list|block ?list", Blame.sender),
    # RFC 7208, RFC 7489 and what Gmail, Yahoo and Outlook.com ask of bulk senders since 2024.
    _saying(r"\bDMARC\b|\bSPF\b|\bDKIM\b|unauthenticated|spam sender", Blame.sender),
    # Gmail's 4.7.28 and 5.7.28: `an unusual rate of unsolicited mail originating from your IP`.
    _saying(r"unusual rate|unsolicited mail originating", Blame.sender),
    # RFC 4954 6, and a relay that takes mail for its own only (RFC 5321 3.6.2).
    _saying(r"relay(?:ing)? (?:access )?denied|authentication required", Blame.sender),
    # What a filter says of a message: QQ, SpamAssassin behind Exim or Amavis.
    _saying(r"content (?:denied|reject)|spam|junkmail", Blame.message),
    # Exim's 5.0.0 for a server that was away too long; whatever says itself that it passes.
    _saying(r"retry time|try again|temporar", Blame.recipient),
)


def is_refusal(words: str) -> bool:
    """Tell whether there is a status or an SMTP reply in the words."""
    return bool(_STATUS.search(words) or _REPLY.search(words))


def saying(words: str) -> Saying | None:
    """Give what the words of a refusal mean; None when they are not in the table."""
    return next((each for each in SAYINGS if each.words.search(words)), None)


def status_of(words: str) -> tuple[int, int] | None:
    """Give the subject and detail of the status (RFC 3463) in the words, if there is one."""
    found = _STATUS.search(words)
    return (int(found[2]), int(found[3])) if found else None


def is_hard(status: str, words: str) -> bool:
    """Tell whether a refusal for good is of the address itself.

    `status` is RFC 3463's, or empty; `words` are those of the server that refused.
    """
    given = [found.groups() for found in (_STATUS.search(status), _STATUS.search(words)) if found]
    reply = _REPLY.search(words)
    temporary = any(each[0] != "5" for each in given) or (reply and reply[1][0] == "4")
    if temporary or saying(words):
        return False
    exact = [
        (int(subject), int(detail))
        for _, subject, detail in given
        if int(detail) or int(subject) not in _VAGUE
    ]
    if exact:
        return all(each in _DEAD for each in exact)
    return reply is None or reply[1] in _DEAD_REPLIES
