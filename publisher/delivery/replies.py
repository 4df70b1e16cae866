"""What a relay's reply means for a delivery, and whom it blames.

Whoever sends has to know two things of a refusal besides its code: whether it is of this address,
of what is sent, or of all that we send, and whether the address is dead. What is of all we send
must not use up address after address. Only what says that there is no such mailbox makes an
address dead, in an answer as in a bounce: `delivery.refusals` tells.
"""

from __future__ import annotations

from dataclasses import dataclass

from publisher.delivery.refusals import Blame, is_hard, saying, status_of
from publisher.mail.relay import Outcome, Reply, Stage
from publisher.model import DeliveryState

__all__ = ["Blame", "Verdict", "verdict"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a delivery.

    Pending with somebody to blame was not tried: whoever sends has to stop or to use another
    relay, else it would come round at once.
    """

    state: DeliveryState
    blame: Blame = Blame.nobody
    #: The address is no more: a hard bounce. Any other refusal that blames the recipient is soft.
    dead: bool = False
    #: The refusal is about us or the relay and does not pass by itself within the run: the plan is
    #: held with its words, and the next run tries one delivery first.
    holds: bool = False


_PLAIN = {
    Outcome.accepted: Verdict(DeliveryState.accepted),
    Outcome.uncertain: Verdict(DeliveryState.uncertain),
    Outcome.returned: Verdict(DeliveryState.pending),
}
_BEFORE = (Stage.connect, Stage.greeting, Stage.tls, Stage.auth, Stage.mail)

#: Subjects and details of RFC 3463 and IANA's registry of enhanced status codes, where they are
#: not of the recipient as the rest of subjects 1 and 2 are.
_OF_STATUS = {
    (1, 7): Blame.sender,  # bad sender's mailbox address syntax (RFC 3463 3.2)
    (1, 8): Blame.sender,  # bad sender's system address
    (2, 3): Blame.message,  # longer than the recipient's limit (RFC 3463 3.3)
    (3, 4): Blame.message,  # too big for the system (RFC 3463 3.4)
    (6, 7): Blame.recipient,  # addresses beyond ASCII not permitted (RFC 6531 3.5)
    (5, 0): None,  # Hotmail's dead mailboxes
    (7, 0): None,
    (7, 1): None,  # RFC 3463 3.8: by host or by recipient, who knows
    (7, 2): Blame.recipient,  # a list that takes no mail from us (RFC 3463 3.8)
    (7, 17): Blame.recipient,  # the mailbox has another owner now (RFC 7293 14)
}
_OF_SUBJECT = {
    1: Blame.recipient,
    2: Blame.recipient,
    3: Blame.sender,  # the relay is full, closed or set up wrong (RFC 3463 3.4)
    4: Blame.nobody,  # the network (RFC 3463 3.5)
    5: Blame.sender,  # our commands (RFC 3463 3.6)
    6: Blame.message,  # the content (RFC 3463 3.7)
    7: Blame.sender,  # signatures, names in DNS, log-in (RFC 3463 3.8, RFC 7372, RFC 7505)
}
#: Codes that say whom they blame without a status.
_OF_CODE = {
    421: Blame.sender,  # not available, closing (RFC 5321 4.2.3)
    452: Blame.sender,  # not enough storage (RFC 5321 4.2.3)
    455: Blame.sender,  # cannot take the parameters now (RFC 5321 4.1.1.11)
    500: Blame.sender,  # command not recognised (RFC 5321 4.2.3)
    501: Blame.sender,
    502: Blame.sender,
    503: Blame.sender,
    504: Blame.sender,
    530: Blame.sender,  # log in first, or STARTTLS first (RFC 4954 6, RFC 3207 4)
    534: Blame.sender,  # log in in another way (RFC 4954 6)
    535: Blame.sender,  # wrong password (RFC 4954 6)
    538: Blame.sender,  # TLS needed for that (RFC 4954 6)
    555: Blame.sender,  # parameters not recognised (RFC 5321 4.1.1.11)
}
_EXCEEDED, _TEMPORARY, _FULL = 552, 4, (2, 2)


def verdict(reply: Reply) -> Verdict:
    """Give what a reply means."""
    plain = _PLAIN.get(reply.outcome)
    if plain is not None:
        return plain
    if _dead(reply):
        return Verdict(DeliveryState.rejected, Blame.recipient, dead=True)
    found = saying(reply.words)
    blame = found.blame if found else _blamed(reply)
    passes = reply.outcome is Outcome.deferred or bool(found and found.passes)
    if reply.stage in _BEFORE and blame is not Blame.message:
        # What is said before a recipient is named says nothing of one.
        return Verdict(DeliveryState.deferred if passes else DeliveryState.pending, Blame.sender)
    if reply.stage is Stage.rcpt and reply.code == _EXCEEDED and not _full(reply.words):
        # RFC 5321 4.5.3.1.10: an old way to say `too many recipients`, to be read as 452.
        return Verdict(DeliveryState.deferred, Blame.sender)
    # Policy against us is put right by us, and nobody should have been passed over by then.
    if passes or (blame is Blame.sender and reply.stage is not Stage.local):
        return Verdict(DeliveryState.deferred, blame, holds=blame is Blame.sender and not passes)
    return Verdict(DeliveryState.rejected, blame)


def _dead(reply: Reply) -> bool:
    """Tell whether there is no such mailbox."""
    if reply.outcome is not Outcome.rejected or reply.stage in (*_BEFORE, Stage.local):
        return False
    # A bare 550 after the message was seen is of the message.
    found = status_of(reply.words)
    named = reply.stage is Stage.rcpt or (found is not None and found[0] > 0)
    return named and is_hard("", reply.words)


def _full(words: str) -> bool:
    found = saying(words)
    return status_of(words) == _FULL or bool(found and found.blame is Blame.recipient)


def _blamed(reply: Reply) -> Blame:
    """Tell by status, code and stage: by the most exact of them that there is."""
    if not reply.code and reply.stage is not Stage.local:
        return Blame.nobody  # the connection broke
    found = status_of(reply.words)
    if found is not None and found[0]:
        exact = _OF_STATUS.get(found, _OF_SUBJECT.get(found[0]))
        if exact is not None:
            return exact
    by_code = _OF_CODE.get(reply.code)
    if by_code is not None and not (found and found[0]):
        return by_code
    if reply.stage in (Stage.rcpt, Stage.local):
        return Blame.recipient
    # Before 354 nothing was shown of the message; and nothing is wrong with it if later is well.
    shown = reply.stage is Stage.body and reply.code // 100 != _TEMPORARY
    return Blame.message if shown else Blame.sender
