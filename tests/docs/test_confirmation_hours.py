"""How long a confirmation link works: everything that says it says what the program does."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from publisher.plans.attention import Attention
from publisher.storage.confirmations import VALID, Unsent

_ROOT = Path(__file__).parents[2]
_HOURS = re.compile(r"(\d+)\s+hours")
EXPECTED = str(VALID // timedelta(hours=1))


@pytest.mark.parametrize("name", ["confirm.html", "subscribe.html", "note.mjml", "note.txt"])
def test_templates(name: str) -> None:
    """Pages and the mail that asks for confirmation name the hours that the link works."""
    text = (_ROOT / "templates" / name).read_text(encoding="utf-8")
    assert [EXPECTED] == _HOURS.findall(text)


def test_translations() -> None:
    """Each translation names the same hours as its original, so none is left behind."""
    (path,) = (_ROOT / "publisher" / "locale").glob("*/LC_MESSAGES/publisher.po")
    with path.open(encoding="utf-8") as file:
        words = {str(message.id): str(message.string) for message in read_po(file)}
    hours = [re.findall(r"\d+", words[said]) for said in words if _HOURS.search(said)]
    assert [[EXPECTED]] * len(hours or "?") == hours


def test_status() -> None:
    """`run` and `status` say after how many hours nobody is written to any more."""
    (line,) = Attention(unsent=Unsent(number=0, lost=1, words="")).lines()
    assert [EXPECTED] == _HOURS.findall(line)


def test_documentation() -> None:
    """The manual says how long the mail is tried, and how long its link works."""
    manual = "\n".join(path.read_text(encoding="utf-8") for path in (_ROOT / "docs").rglob("*.md"))
    said = re.findall(
        r"(?:the mail is tried again|The link in the mail works) for (\d+) hours", manual
    )
    assert [EXPECTED] * 2 == said
