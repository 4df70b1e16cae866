"""docs/reference/commands.md has every key that a command prints with --format json."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from publisher.cli.output import diagnostic_as_dict
from publisher.cli.subscribers import subscriber_as_dict
from publisher.cli.suppression import suppression_as_dict
from publisher.commands.deliveries import Entry, Tried
from publisher.commands.status import Status
from publisher.doctor.finding import problem
from publisher.model import Diagnostic, Level
from publisher.pipeline.unreadable_issues import KeptIssue
from publisher.plans.attention import Attention
from publisher.storage.confirmations import Unsent
from publisher.storage.personal_data import (
    BounceRow,
    ConfirmationData,
    MailedRow,
    SuppressionRow,
    TriedRow,
)
from publisher.storage.plan_outcomes import Undelivered
from publisher.storage.subscribers import SubscriberRow, Suppression
from publisher.subscribers.personal_data import Person
from tests.docs.test_commands import COMMANDS, section

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
ANN = SubscriberRow(id=1, address="ann@example.org", key="k", status="confirmed", since=NOW)

#: What commands print of everything that there may be. Words in capitals stand for names.
PRINTED: dict[str, object] = {
    "check": [
        diagnostic_as_dict(
            Diagnostic(file="f", line=1, column=1, level=Level.info, code="c", message="m")
        )
    ],
    "status": Status(
        title="News",
        issues=1,
        newest=("000", "Headline", NOW.isoformat()),
        digests={"FILE": "draft"},
        kept=[KeptIssue("000", "words", ["page"])],
        subscribers={"STATUS": 1},
        deliveries={"ISSUE": {"STATE": 1}},
        next_tries={"ISSUE": NOW.isoformat()},
        uncertain=1,
        late=["000"],
        past=["000"],
        waiting={"ISSUE": "hash"},
        paused=["000"],
        attention=Attention(
            held={"ISSUE": "words"},
            undelivered=[Undelivered(name="000", accepted=1, readers=4, words="w")],
            outages={"DOMAIN": (5, "words")},
            without_list=["000"],
            unsent=Unsent(number=1, lost=1, words="w"),
        ),
        held=NOW.isoformat(),
        kept_mails=1,
        to_announce={"FEED": "words"},
        refused_by_hub={"FEED": "words"},
    ).as_dict(),
    "deliveries": [
        Entry(
            issue="000", address="a", state="s", attempts=1, changed=NOW, due=NOW,
            message_id="m", reply="r", tries=(Tried(NOW, "relay", "s", 250, "w"),),
        ).as_dict()
    ],
    "suppress": [
        suppression_as_dict(
            Suppression(key="k", address="a", reason="r", since=NOW, evidence="e")
        )
    ],
    "subscribers show": Person(
        subscriber=ANN,
        suppression=SuppressionRow(reason="r", since=NOW, evidence="e"),
        confirmation=ConfirmationData(
            requested=NOW, language="en", state="s", attempts=1, words="w"
        ),
        deliveries=[
            MailedRow(
                plan="000", state="s", attempts=1, changed=NOW, reply="r",
                tries=(TriedRow(at=NOW, relay="r", code=250, words="w"),),
            )
        ],
        bounces=[BounceRow(kind="hard", at=NOW, words="w")],
    ).as_dict(),
    "subscribers list": [subscriber_as_dict(ANN)],
    "doctor": [problem("SPF", "what", "do").as_dict()],
}  # fmt: skip


def keys(value: object, before: str = "") -> Iterator[str]:
    """Yield the keys of a value, those of what is in it after them: `deliveries[].tries[].at`."""
    match value:
        case dict():
            for name, inner in value.items():
                path = f"{before}.{name}".lstrip(".")
                deeper = list(keys(inner, path))
                yield from deeper or [path]
        case [dict() as first, *_]:
            yield from keys(first, f"{before}[]" if before else "")


def documented(command: str) -> list[str]:
    """Return the keys that a command's section has."""
    table = section(f"publisher {command}").partition("| key | holds |")[2]
    return re.findall(r"^\| `([^-`][^`]*)` \| .+ \|$", table, re.MULTILINE)


@pytest.mark.parametrize("command", PRINTED)
def test_keys_are_documented(command: str) -> None:
    """A command's section has a table of the keys, all of them and no other, in their order."""
    printed = json.loads(json.dumps(PRINTED[command]))
    assert documented(command) == list(keys(printed))


def test_every_command_with_json() -> None:
    """These are all the commands that have --format json."""
    with_json = [
        name.removeprefix("publisher ")
        for name, command in COMMANDS.items()
        for option in command.params
        if "--format" in option.opts and "json" in str(getattr(option, "metavar", ""))
    ]
    assert sorted(with_json) == sorted(PRINTED)
