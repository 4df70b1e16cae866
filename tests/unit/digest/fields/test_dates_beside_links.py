"""A date or a venue on a line of links is a field of the paper: nothing of it goes."""

from datetime import UTC

import pytest

from publisher.digest.parser import read

DIGEST = """\
## Lamps That Read

{0}

A text of words.

## Lamps That Write

{1}

Another text of words.
"""
PAPERS = ("https://arxiv.org/abs/2609.91201", "https://arxiv.org/abs/2609.91202")


def dated(line: str) -> set[tuple[str, str]]:
    """Return date and venue of both papers below whose titles there is such a line."""
    text = DIGEST.format(*(line.format(url, url[-10:]) for url in PAPERS))
    found = read(text.encode(), "1.md", languages=("en", "zh-CN"), zone=UTC)
    assert found.issue
    assert ["Lamps That Read", "Lamps That Write"] == [it.title.text for it in found.issue.items]
    assert list(PAPERS) == [it.paper.url for it in found.issue.items if it.paper]
    assert not [it for it in found.issue.items if len(it.body) > 1]
    return {(it.metadata.date, it.metadata.venue) for it in found.issue.items}


@pytest.mark.parametrize(
    "line",
    [
        "arXiv:{1} · 2026-09-28",
        "> arXiv:{1} · 2026-09-28",
        "[arXiv]({0}) | 2026-09-28 | [code](https://github.com/a/b)",
        "📅 2026-09-28 🔗 [arXiv]({0})",
        "Link: {0} · 2026-09-28",
    ],
)
def test_a_date(line: str) -> None:
    """It stands in the paper's quiet line."""
    assert {("2026-09-28", "")} == dated(line)


@pytest.mark.parametrize(
    "line",
    [
        "ACL 2026 [paper]({0})",
        "ACL 2026 · [PDF]({0}) · [code](https://github.com/a/b)",
        "**Links**: [arXiv]({0}) | ACL 2026 | [code](https://github.com/a/b)",
        "NeurIPS 2026 [paper]({0})",
    ],
)
def test_a_venue(line: str) -> None:
    """`ACL` names a link; with a year it says where the paper was."""
    venue = "NeurIPS 2026" if "NeurIPS" in line else "ACL 2026"
    assert {("", venue)} == dated(line)


@pytest.mark.parametrize(
    "line", ["[arXiv]({0}) [code](https://a.org)", "arXiv:{1}v2", "Paper: {0} [cs.CL]"]
)
def test_neither(line: str) -> None:
    """A version or a category is none of both."""
    assert {("", "")} == dated(line)
