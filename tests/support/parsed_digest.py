"""A digest as it is read: its items, their titles and texts, and what is remarked."""

from __future__ import annotations

from datetime import UTC

from publisher.digest.parser import ParsedDigest, read
from publisher.model import Item, paragraphs, plain

A, B, C, D = (f"https://arxiv.org/abs/2408.0000{n}" for n in range(1, 5))
ZH = "本文介绍了一种新的方法，显著提升了模型的推理能力。"


def reading(text: str) -> ParsedDigest:
    """Read a digest."""
    return read(text.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC)


def items(text: str) -> tuple[Item, ...]:
    """Return the items of a digest."""
    issue = reading(text).issue
    assert issue
    return issue.items


def titles(text: str) -> list[str]:
    """Return the first title of each item."""
    return [item.title.text for item in items(text)]


def papers(text: str) -> list[str | None]:
    """Return the last digit of each item's identity."""
    return [item.paper.value[-1] if item.paper else None for item in items(text)]


def texts(text: str) -> list[list[str]]:
    """Return the paragraphs of each item."""
    return [[plain(run) for run in paragraphs(item.body)] for item in items(text)]


def intro(text: str) -> list[str]:
    """Return the paragraphs of the introduction."""
    issue = reading(text).issue
    assert issue
    return [plain(run) for run in paragraphs(issue.intro)]


def outro(text: str) -> list[str]:
    """Return the paragraphs of the outro."""
    issue = reading(text).issue
    assert issue
    return [plain(run) for run in paragraphs(issue.outro)]


def codes(text: str) -> list[tuple[int, str]]:
    """Return line and code of each remark."""
    return [(each.line, each.code) for each in reading(text).diagnostics]
