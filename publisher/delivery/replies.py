"""STUB until branch `wire` is merged."""

from dataclasses import dataclass
from enum import Enum

from publisher.delivery.pace import Sign
from publisher.mail.relay import Reply
from publisher.model import DeliveryState


class Blame(Enum):
    recipient = 1
    relay = 2


@dataclass
class Verdict:
    state: DeliveryState
    blames: Blame
    sign: Sign


def verdict(reply: Reply) -> Verdict:
    s = DeliveryState(reply.outcome.value)
    return Verdict(s, Blame.recipient, Sign.taken if s is DeliveryState.accepted else Sign.refused)
