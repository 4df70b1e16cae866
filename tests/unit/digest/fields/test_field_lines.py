"""Fields that were run together, or parted by tabs, when a text was copied."""

import pytest

from publisher.digest.fields.field_lines import parted
from publisher.digest.source_text import Line


def shown(text: str) -> list[str]:
    """Return the lines of a text with a field on each."""
    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), 1)]
    return [line.text.rstrip() for line in parted(lines)]


def test_labels_run_together() -> None:
    """Each label that is known begins a line, with the mark of the quote around it."""
    text = "> 原文标题：A Soup原文作者：Ana Oak, Bo Elm原文链接：https://a.org/b发表期刊：Soups"
    assert [
        "> 原文标题：A Soup", "> 原文作者：Ana Oak, Bo Elm", "> 原文链接：https://a.org/b",
        "> 发表期刊：Soups",
    ] == shown(text)  # fmt: skip


def test_each_keeps_its_line_and_column() -> None:
    """A remark on a field points at the file."""
    parts = parted([Line(7, "标题：汤作者：安链接：https://a.org")])
    assert [(7, 1), (7, 5), (7, 9)] == [(line.number, line.column) for line in parts]


@pytest.mark.parametrize(
    "text",
    [
        "标题：汤的研究。作者：安",
        "我们说：汤是好的：真的：是的：对",
        "结论是：标题：汤，作者：安，链接：无",
        "```\n标题：汤作者：安链接：https://a.org\n```",
        "Author\tAna Oak\nTitle\tSoup",
    ],
)
def test_few_labels_or_none_at_the_start_are_text(text: str) -> None:
    """Fewer than three fields may be a sentence."""
    assert text.split("\n") == shown(text)


def test_tabs() -> None:
    """Three fields with a tab behind their names are labelled lines."""
    text = "Soup\nAuthor\tAna Oak\nAuthor\tBo Elm\nURL\thttps://a.org\n"
    assert ["Soup", "Author: Ana Oak", "Author: Bo Elm", "URL: https://a.org", ""] == shown(text)


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        (
            "**Authors:** Ana Oak, Bo Elm | **Date:** 2026-06-01 | **Link:** [PDF](https://a.org/b)",
            [
                "**Authors:** Ana Oak, Bo Elm",
                "**Date:** 2026-06-01",
                "**Link:** [PDF](https://a.org/b)",
            ],
        ),
        ("**作者**：安 **机构**：大学", ["**作者**：安", "**机构**：大学"]),
        ("- Authors: Ana Oak | Date: 2026", ["- Authors: Ana Oak", "  Date: 2026"]),
        ("> **Authors:** Ana Oak **Date:** 2026", ["> **Authors:** Ana Oak", "> **Date:** 2026"]),
        ("Authors: Ana Oak, Date: Palm", ["Authors: Ana Oak, Date: Palm"]),
        ("**Abstract:** We say **Code:** red | Date: none", None),
        ("We met **Authors:** Ana Oak **Date:** 2026", None),
        ("| **Authors:** Ana Oak | **Date:** 2026 |", None),
    ],
)
def test_values_behind_each_other(typed: str, lines: list[str] | None) -> None:
    """A label that is known, and bold or behind a mark, ends the value before it."""
    assert shown(typed) == (lines or [typed])
