"""What docs/reference/replies.md says of a relay's replies is what the program makes of them."""

import re
from pathlib import Path

import pytest

from publisher.delivery.outcome import Blame, Verdict, verdict
from publisher.mail.transport import Outcome, Reply, Stage
from publisher.model import DeliveryState

DOCS = (Path(__file__).parents[2] / "docs" / "reference" / "replies.md").read_text(encoding="utf-8")
#: What is made of each kind, as the second column names it.
KINDS = {
    "the address": Verdict(DeliveryState.rejected, Blame.recipient, dead=True),
    "the reader": Verdict(DeliveryState.rejected, Blame.recipient),
    "the reader, for now": Verdict(DeliveryState.deferred, Blame.recipient),
    "the domain, or the relay's name server": Verdict(DeliveryState.rejected, Blame.message),
    "this mail": Verdict(DeliveryState.rejected, Blame.message),
    "a rule that does not say of whom": Verdict(DeliveryState.rejected, Blame.message),
    "nobody knows": Verdict(DeliveryState.deferred, Blame.sender),
    "your rate": Verdict(DeliveryState.deferred, Blame.sender),
    "you, at one provider": Verdict(DeliveryState.deferred, Blame.sender),
    "you, at the relay": Verdict(DeliveryState.deferred, Blame.sender, holds=True),
    "you, before a reader is named": Verdict(DeliveryState.pending, Blame.sender),
}
#: What the refused command was, where the row says so; else the reader's address.
STAGES = {"after the text": Stage.body, "to the login": Stage.auth, "to the sender": Stage.mail}


def rows() -> list[tuple[str, str]]:
    """Return the first two columns of the table."""
    table = DOCS.partition("| the relay says, for example |")[2].partition("\n\n")[0]
    cells = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return [(examples, kind) for examples, kind, *_ in cells]


def replies() -> list[tuple[str, str, str]]:
    """Return each example's words, what follows them, and the kind that it stands for."""
    return [
        (words, after.strip(), kind)
        for examples, kind in rows()
        for words, after in re.findall(r"`([^`]+)`([^`]*?)(?:, (?=`)|$)", examples)
    ]


def test_every_kind_has_a_row() -> None:
    """And no row is of another kind."""
    assert list(KINDS) == [kind for _, kind in rows()]


@pytest.mark.parametrize(("words", "after", "kind"), replies())
def test_example_is_of_its_kind(words: str, after: str, kind: str) -> None:
    """The verdict on each example is what its row says."""
    outcome = Outcome.deferred if words.startswith("4") else Outcome.rejected
    stage = STAGES.get(after, Stage.rcpt)
    assert KINDS[kind] == verdict(Reply(outcome, words, int(words[:3]), stage))
