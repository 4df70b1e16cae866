"""What a relay's reply means for a delivery, and whom it blames.

A refusal is about the address, about the message, or about us. One about us must not reject
address after address. Only a refusal that says that there is no such mailbox makes an address
dead, in a reply as in a bounce: `delivery.smtp_status` classifies both.
"""

from __future__ import annotations

from dataclasses import dataclass

from publisher.delivery.refusal_reason import Meaning
from publisher.delivery.smtp_status import Blame, meaning_of_refusal, subject_of
from publisher.mail.transport import Outcome, Reply, Stage
from publisher.model import DeliveryState

__all__ = ["Blame", "Verdict", "verdict"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The next state of a delivery, and whom the reply blames.

    Pending with somebody to blame was not tried: the sender has to stop or to use another relay,
    else the same delivery would come round at once.
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

_BLAMED = {
    Meaning.gone: Blame.recipient,
    Meaning.no_domain: Blame.message,
    Meaning.resting: Blame.recipient,
    Meaning.mailbox: Blame.recipient,
    Meaning.busy: Blame.recipient,
    Meaning.account: Blame.sender,
    Meaning.host: Blame.sender,
    Meaning.provider: Blame.sender,
    Meaning.pace: Blame.sender,
    Meaning.message: Blame.message,
    Meaning.policy: Blame.message,
    Meaning.vague: Blame.message,
}
_PASSING = (Meaning.busy, Meaning.pace)
#: Subjects of RFC 3463 that are neither of a recipient nor of a message: the relay, the network
#: (RFC 3463 3.4 to 3.6), and our commands.
_OF_SUBJECT = {3: Blame.sender, 4: Blame.nobody, 5: Blame.sender}
#: Closing, not enough storage, cannot take the parameters (RFC 5321 4.2.3, 4.1.1.11).
_BUSY_RELAY = (421, 452, 455)
_EXCEEDED = 552
#: Meanings that do not tell whom a refusal blames.
_UNCLEAR = (None, Meaning.vague)


def verdict(reply: Reply) -> Verdict:
    """Return what a reply (RFC 5321 4.2, RFC 3463) means for its delivery.

    A permanent refusal is rejected if it blames the recipient or the message. It also is if it
    only names a rule or repeats RFC 5321's examples, but then it is no bounce of the reader. A
    refusal without a reason may be about us: it is deferred, like those that blame us. "No such
    domain" is no bounce either: the relay's own name server may be at fault.
    """
    plain = _PLAIN.get(reply.outcome)
    if plain is not None:
        return plain
    meaning = meaning_of_refusal(reply.words)
    blame = _blamed(reply, meaning)
    passes = reply.outcome is Outcome.deferred or meaning in _PASSING
    held = meaning is Meaning.account or (meaning is Meaning.host and not passes)
    if reply.stage in _BEFORE and meaning is not Meaning.message:
        # A reply before RCPT is not about the recipient.
        state = DeliveryState.deferred if passes else DeliveryState.pending
        return Verdict(state, Blame.sender, holds=held and passes)
    if meaning is Meaning.gone and reply.stage is not Stage.local:
        return Verdict(DeliveryState.rejected, Blame.recipient, dead=True)
    if reply.stage is Stage.rcpt and reply.code == _EXCEEDED and meaning in _UNCLEAR:
        # RFC 5321 4.5.3.1.10: an old way to say `too many recipients`, to be read as 452.
        blame = Blame.sender
    final = blame in (Blame.recipient, Blame.message) or reply.stage is Stage.local
    if final and not passes:
        return Verdict(DeliveryState.rejected, blame)
    return Verdict(DeliveryState.deferred, blame, holds=held)


def _blamed(reply: Reply, meaning: Meaning | None) -> Blame:
    """Return whom a refusal blames: by its words, else by its status and stage."""
    unclear = _UNCLEAR if reply.outcome is Outcome.rejected else (*_UNCLEAR, Meaning.policy)
    if meaning is not None and (meaning not in unclear or reply.outcome is Outcome.rejected):
        return _BLAMED[meaning]
    if not reply.code and reply.stage is not Stage.local:
        return Blame.nobody  # the connection broke
    subject = subject_of(reply.words)
    if subject in _OF_SUBJECT:
        return _OF_SUBJECT[subject]
    if reply.stage is Stage.local:
        return Blame.recipient
    if reply.outcome is Outcome.deferred:
        late = reply.stage is not Stage.rcpt or reply.code in _BUSY_RELAY
        return Blame.sender if late else Blame.recipient
    # Before 354 nothing was shown of the message.
    return Blame.message if reply.stage is Stage.body else Blame.sender
