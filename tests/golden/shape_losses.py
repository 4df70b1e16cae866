"""The words of a digest that no output shows and no remark names."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.digest.parser import ParsedDigest
from publisher.model import Issue
from tests.golden.shape_cases import Case, outside, words
from tests.support import lost_words as rules


def said(issue: Issue) -> str:
    """Return all that an issue says."""
    headings = [item.section.full_heading.text for item in issue.items if item.section]
    return "\n".join([words(issue), outside(issue), *headings])


def losses(case: Case, issue: Issue, reading: ParsedDigest) -> Iterator[str]:
    """Yield the visible words of the digest that stand in no output and that no remark names."""
    dropped = set(case.expected.dropped)
    return rules.losses(case.data.decode(), said(issue), reading.diagnostics, dropped=dropped)
