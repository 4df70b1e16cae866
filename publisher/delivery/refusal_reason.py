"""The reasons of refusals, and rows of tables that map words to reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto


class Meaning(Enum):
    """What a refusal is about."""

    #: There is no such mailbox, or it was closed. Only this makes an address dead.
    gone = auto()
    #: There is no such domain in DNS, or it takes no mail.
    no_domain = auto()
    #: It is suspended, locked or unused; by its status it may be gone too.
    resting = auto()
    #: This mailbox or its owner; it may pass.
    mailbox = auto()
    #: It says of itself that it passes.
    busy = auto()
    #: Our account at the relay: sender, relaying, identity, log-in, limits of hours and days.
    account = auto()
    #: Our server, or our sender's domain, said as a relay says it of its client.
    host = auto()
    #: Our server, domain, reputation or rate, said as one provider says it: others may take our
    #: mail.
    provider = auto()
    #: We send too fast for the recipient's provider.
    pace = auto()
    #: The content or size of this message.
    message = auto()
    #: A rule, and it does not say of whom.
    policy = auto()
    #: A refusal in the words of RFC 5321, which stand for anything.
    vague = auto()


@dataclass(frozen=True, slots=True)
class Row:
    """Words, their meaning, and where they were read."""

    words: re.Pattern[str]
    meaning: Meaning
    source: str


def row(meaning: Meaning, source: str, *words: str) -> Row:
    """Return a row; `words` are regular expressions, of which one must match, in any case."""
    return Row(re.compile("|".join(words), re.IGNORECASE), meaning, source)


#: The rest of a sentence, up to 60 characters of it.
NEAR = r"(?:[^.;!?]|\.(?=\S)){0,60}?"
