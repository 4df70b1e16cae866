"""Whether a refusal says that an address is no more, or something that may pass.

Who is suppressed by mistake gets nothing, and never learns why; who is mailed in vain a few times
more is suppressed all the same, once they are counted (settings `mail.soft_bounces`). So hard is
only what says that there is no such mailbox, and all else is soft: a full one, policy, the
content, the network, and whatever contradicts itself.
"""

from __future__ import annotations

import re

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

#: What passes in spite of a 550, or of a status that says otherwise.
_PASSING = re.compile(
    # QQ (smtp.codes/qq): too much, too fast; `access denied` is for who gets too much mail.
    r"frequency limited|mailbox unavailable or access denied|content denied"
    # NetEase (163.com, 126.com, yeah.net): `554 DT:SPM`, `550 MI:CEL` and the like are policy.
    r"|\b(?:DT|HL|IB|IC|IP|MI|RP|WM):[A-Z]{3}\b"
    # A full mailbox without 5.2.2: vpopmail, Courier, Dovecot's LDA.
    r"|over ?quota|quota exceeded|(?:mailbox|folder) (?:is )?full"
    # Policy without 5.7.x: Exim as cPanel sets it up (`JunkMail rejected … is in an RBL`), QQ.
    r"|spam|junkmail|\bRBL\b|black ?list|block ?list|\bDMARC\b|\bSPF\b"
    # Exim's 5.0.0 for a server that was away too long; whatever says itself that it passes.
    r"|retry time|try again|temporar",
    re.IGNORECASE,
)


def is_refusal(words: str) -> bool:
    """Tell whether there is a status or an SMTP reply in the words."""
    return bool(_STATUS.search(words) or _REPLY.search(words))


def is_hard(status: str, words: str) -> bool:
    """Tell whether a refusal for good is of the address itself.

    `status` is RFC 3463's, or empty; `words` are those of the server that refused.
    """
    given = [found.groups() for found in (_STATUS.search(status), _STATUS.search(words)) if found]
    reply = _REPLY.search(words)
    temporary = any(each[0] != "5" for each in given) or (reply and reply[1][0] == "4")
    if temporary or _PASSING.search(words):
        return False
    exact = [
        (int(subject), int(detail))
        for _, subject, detail in given
        if int(detail) or int(subject) not in _VAGUE
    ]
    if exact:
        return all(each in _DEAD for each in exact)
    return reply is None or reply[1] in _DEAD_REPLIES
