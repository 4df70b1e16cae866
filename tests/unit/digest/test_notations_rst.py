"""reStructuredText: the shapes are those of documentation, of Nikola's and of Pelican's posts."""

from datetime import UTC

import pytest

from publisher.digest.notations import rewritten
from publisher.digest.parser import read
from tests.support.notations import errors, lines, markdown, numbered, told

A, B = "https://arxiv.org/abs/2602.90001", "https://arxiv.org/abs/2602.90002"
RST = f"""============
Weekly bread
============

:Date: 2026-02-12

Ovens
=====

`Slow Dough <{A}>`_
----------------------------------------------

:Authors: A. Ash,
  B. Birch

We wait.

Fast Dough
----------

`Paper`_

.. _Paper: {B}
"""


def rst(text: str) -> list[str]:
    """Return what is made of lines of which it is known that they are reStructuredText."""
    return markdown(f"{text}\n\n.. _known: {B}\n")


def test_file() -> None:
    """Titles have the level that their marks come at; fields are labelled lines."""
    assert [
        (2, "# Weekly bread"),
        (5, "**Date**: 2026-02-12"),
        (7, "## Ovens"),
        (10, f"### [Slow Dough](<{A}>)"),
        (13, "**Authors**: A. Ash, B. Birch"),
        (16, "We wait."),
        (18, "### Fast Dough"),
        (21, f"[Paper](<{B}>)"),
    ] == numbered(RST)
    assert [] == told(RST)


@pytest.mark.parametrize(
    "text",
    [
        f"Slow\n====\n\n`Paper <{A}>`_\n",
        "Slow\n~~~~\n\ntext\n",
        "====\nSlow\n====\n\ntext\n",
        "Slow\n====\n\n.. note:: hot\n",
    ],
)
def test_is_rst(text: str) -> None:
    """A file is in reStructuredText by its links, directives, or titles that Markdown has not."""
    given = lines(text)
    assert rewritten(given, lambda *_: None) is not given


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("See `known`_ and known_.", f"See [known](<{B}>) and [known](<{B}>)."),
        (f"`it <{A}>`__ and `it <known_>`_", f"[it](<{A}>) and [it](<{B}>)"),
        ("`nobody`_ and nobody_", "nobody and nobody_"),
        (":math:`x^2` :code:`a` :ref:`Ovens <ovens>`", "$x^2$ `a` Ovens"),
        ("``a_b`` and `a`", "``a_b`` and `a`"),
        ("said [1]_ and [#x]_", "said [1] and [^#x]"),
        (":Link: `known`_", f"**Link**: [known](<{B}>)"),
        ("水\\ **热**\\ 的 H\\ :sub:`2`\\ O ``a\\ b``", "水**热**的 H2O ``a\\ b``"),
        ("----", "---"),
    ],
)
def test_lines(typed: str, shown: str) -> None:
    """Marks inside lines become those of Markdown."""
    assert [shown] == rst(typed)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("#. a\n#. b", ["1. a", "2. b"]),
        ("| a\n| b", ["a\\", "b"]),
        ("Code::\n\n  x\n   y", ["Code:", "```", "x", " y", "```"]),
        (".. code-block:: python\n\n   x", ["```python", "x", "```"]),
        (">>> x\n1", ["```pycon", ">>> x", "1", "```"]),
        (".. note:: Be careful.\n   So.\n\n   More.", ["**Note**: Be careful.", "So.", "More."]),
        (".. admonition:: Mind\n\n   this", ["**Mind**", "this"]),
        (".. math::\n\n   x^2", ["$$x^2$$"]),
        (".. epigraph::\n\n   a", ["> a"]),
        (".. image:: https://a.org/b.png\n   :alt: c", ["[c](<https://a.org/b.png>)"]),
        ("|who| ran\n\n.. |who| replace:: Ann", ["Ann ran"]),
        ("x [1]_\n\n.. [1] https://a.org", ["x [1]", "[1]: https://a.org"]),
        ("`a`__\n\n__ https://a.org", ["[a](<https://a.org>)"]),
        (
            "==== =====\nName Value\n==== =====\na    1\n     2\n==== =====",
            ["| Name | Value |", "|---|---|", "| a | 1 2 |"],
        ),
        ("== ==\n1  2\n== ==", ["|  |  |", "|---|---|", "| 1 | 2 |"]),
        (
            ".. list-table:: T\n :header-rows: 1\n\n * - a\n   - `known`_\n * - 1\n     x\n   -",
            ["T", f"| a | [known](<{B}>) |", "|---|---|", "| 1 x |  |"],
        ),
        (
            '.. csv-table::\n   :header: a, "b"\n\n   "1, x", 2\n   "3\n   y", 4',
            ["| a | b |", "|---|---|", "| 1, x | 2 |", "| 3 y | 4 |"],
        ),
        (".. csv-table::\n   :delim: ;\n\n   1; 2", ["|  |  |", "|---|---|", "| 1 | 2 |"]),
        (
            "+----+----+\n| 面 | b  |\n+====+====+\n| 1  | c  |\n|    | d  |\n+----+----+",
            ["| 面 | b |", "|---|---|", "| 1 | c d |"],
        ),
    ],
)
def test_blocks(typed: str, shown: list[str]) -> None:
    """Lists, blocks, directives, definitions and tables."""
    assert shown == rst(typed)


def test_what_shows_no_text_is_left_out() -> None:
    """Comments and tables of contents are named, not shown."""
    text = f".. contents:: Here\n   :depth: 2\n\n.. a comment\n   of two lines\n\n`a <{A}>`_\n"
    assert [f"[a](<{A}>)"] == markdown(text)
    what = "directives of reStructuredText that show no text of the file"
    assert [
        (1, "left-out", f"left out (lines 1–2): {what}"),
        (4, "left-out", "left out (lines 4–5): comments of reStructuredText"),
    ] == told(text)


def test_unknown_directive() -> None:
    """What a directive is that nobody knows cannot be told; its text is kept."""
    text = f".. oven:: hot\n\n   Bread.\n\n.. _a: {A}\n"
    assert ["hot", "Bread."] == markdown(text)
    what = 'the directive "oven" of reStructuredText is not read; its text is shown'
    assert [(1, "directive", what)] == told(text)


@pytest.mark.parametrize(
    ("table", "shown"),
    [
        (".. list-table::\n\n   a\n   * - b", ["a", "* - b"]),
        ('.. csv-table::\n\n   "a" b', ['"a" b']),
        (".. csv-table::\n   :delim: ab\n\n   a", ["a"]),
        (".. csv-table::\n   :file: a.csv\n\n   a", ["a"]),
    ],
)
def test_tables_that_cannot_be_told(table: str, shown: list[str]) -> None:
    """What is no list of rows, and no CSV, or in another file, is text, and a warning says so."""
    text = f".. _a: {A}\n\n{table}\n"
    assert shown == markdown(text)
    assert (3, "directive") in [(line, code) for line, code, _ in told(text)]


@pytest.mark.parametrize(
    "table",
    [
        "== ==\na  b\n-----\nc  d\n== ==",
        "+--+--+\n|a    |\n+--+--+\n|b |c |\n+--+--+",
        "+--+--+\n|a |b |\n+--+  +\n|c |  |\n+--+--+",
    ],
)
def test_cells_over_several_columns_or_rows(table: str) -> None:
    """Such a table would be read wrong: it is an error."""
    [(line, message)] = errors(f".. _a: {A}\n\n{table}\n")
    assert 3 < line < 8
    assert "cells over several columns or rows is not read" in message


def test_what_is_read() -> None:
    """The papers reach the issue."""
    issue = read(RST.encode(), "1.rst", languages=("en", "zh-CN"), zone=UTC).issue
    assert issue
    assert "Weekly bread" == issue.title
    assert [("Slow Dough", A), ("Fast Dough", B)] == [
        (item.title.text, item.url) for item in issue.items
    ]
