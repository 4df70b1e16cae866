"""Tables in an item's text: what is one, its cells, and how it is shown."""

from __future__ import annotations

import pytest

from publisher.digest.language import Languages
from publisher.digest.markdown.blocks import parse
from publisher.digest.source_text import Line
from publisher.model import Block, Level, Table, plain
from publisher.render.html import blocks_html
from publisher.render.text import Links, blocks_text

LANGUAGES = Languages(("en", "zh-Hans"))


def read(text: str) -> tuple[list[Block], list[str]]:
    """Parse a text; return its blocks and the remarks on it."""
    remarks: list[str] = []

    def report(line: int, column: int, level: Level, code: str, message: str) -> None:
        remarks.append(f"{line}:{column}: {level.value}: {message} [{code}]")

    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), 1)]
    return [placed.block for placed in parse(lines, LANGUAGES, report)], remarks


def cells(text: str) -> list[list[str]]:
    """Return the words of each cell of a text that is one table, with nothing to remark on."""
    [table], remarks = read(text)
    assert isinstance(table, Table)
    assert [] == remarks
    return [[plain(cell.children) for cell in row] for row in (table.names, *table.rows)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |", [["a", "b"], ["1", "2"]]),
        ("a | b\n:-- | --:\n1 | 2", [["a", "b"], ["1", "2"]]),
        ("|模型|得分|\n|-|-|\n|甲|**1**|\n|乙||", [["模型", "得分"], ["甲", "1"], ["乙", ""]]),
        ("| a | b |\n|---|---|\n| 1 |", [["a", "b"], ["1", ""]]),
        ("| a | b |\n|---|---|\n| x \\| y | `p|q` |", [["a", "b"], ["x | y", "p|q"]]),
        ("| a | b |\n|---|---|\n| $|x|$ | 1 |", [["a", "b"], ["|x|", "1"]]),
        ("| a |\n|---|\n| 1 |", [["a"], ["1"]]),
    ],
)
def test_table(text: str, expected: list[list[str]]) -> None:
    """A row of names, a row of dashes, rows of cells; pipes in code and formulas part nothing."""
    assert expected == cells(text)


def test_more_cells_than_names() -> None:
    """Nothing of a row is left out, and it is told."""
    [table], remarks = read("| a | b |\n|---|---|\n| 1 | 2 | 3 | 4 |")
    assert isinstance(table, Table)
    assert ["1", "2 | 3 | 4"] == [plain(cell.children) for cell in table.rows[0]]
    what = "4 cells under 2 names: the last cells are shown as one"
    assert [f"3:11: warning: {what} [wide-row]"] == remarks


@pytest.mark.parametrize(
    "text", ["| a | b |\n| c | d |", "a | b\n---", "| a | b |\n|---|", "a\n|---|", "x | y\n\n|-|-|"]
)
def test_no_table(text: str) -> None:
    """Without a row of as many dashes right below the names it is text."""
    assert not any(isinstance(block, Table) for block in read(text)[0])


def test_what_ends_a_table() -> None:
    """A line without a cell is the next paragraph, a list or a heading another block."""
    for below in ("正文。", "- a | b", "## a | b"):
        blocks, _ = read(f"正文一\n| a | b |\n|---|---|\n| 1 | 2 |\n{below}")
        assert [False, True, False] == [isinstance(block, Table) for block in blocks]


def test_on_a_page() -> None:
    """It scrolls where it is too wide, by keys too; its first row are names of columns."""
    blocks, _ = read("| Model | 得分 |\n|---|---|\n| A & B | [1](https://a.org) |")
    html = blocks_html(blocks, "en").replace("\n", "")
    assert (
        '<div class="table" tabindex="0"><table><thead><tr><th scope="col">Model</th>'
        '<th scope="col" lang="zh-Hans">得分</th></tr></thead><tbody><tr><td>A &amp; B</td>'
        '<td><a href="https://a.org">1</a></td></tr></tbody></table></div>'
    ) == html


def test_in_text() -> None:
    """Columns stand below each other, by the width that is shown."""
    blocks, _ = read("| 模型 | Score |\n|---|---|\n| 甲 | 1 |\n| Beta | 20 |")
    assert [
        "模型  Score",
        "----  -----",
        "甲    1",
        "Beta  20",
    ] == blocks_text(blocks, Links(())).split("\n")


def test_wide_in_text() -> None:
    """A table that is too wide for lines has each row's cells below each other."""
    long = "word " * 20
    blocks, _ = read(f"| Name | Text |\n|---|---|\n| A | {long}|\n| B | b |")
    lines = blocks_text(blocks, Links(())).split("\n")
    assert ("Name: A", "Name: B", "Text: b") == (lines[0], lines[-2], lines[-1])
    assert lines[1].startswith("Text: word word")
    assert all(len(line) <= 72 for line in lines)
