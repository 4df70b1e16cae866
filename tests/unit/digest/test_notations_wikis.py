"""AsciiDoc and MediaWiki: headings of equals signs, links in brackets."""

import pytest

from tests.support.notations import errors, markdown, numbered, reported, told

A, B = "https://arxiv.org/abs/2602.90001", "https://arxiv.org/abs/2602.90002"
DOI = "https://doi.org/10.9/x"
HEAD = ("| a | b |", "|---|---|")
ASCIIDOC = f"""= Weekly bread
Ann Ash <ann@example.org>
:toc:

== Ovens

=== {A}[Slow Dough]

*Authors*: A. Ash

// a comment
We wait.
"""
MEDIAWIKI = f"""== Ovens ==
=== [{A} Slow Dough] ===
''Authors'': '''A. Ash'''

We wait, see [[Bread|there]].
[[Category:Bread]]
"""


def test_asciidoc() -> None:
    """Headings, links and text keep their lines; settings are named."""
    assert [
        (1, "# Weekly bread"),
        (2, "Ann Ash <ann@example.org>"),
        (5, "## Ovens"),
        (7, f"### [Slow Dough](<{A}>)"),
        (9, "**Authors**: A. Ash"),
        (12, "We wait."),
    ] == numbered(ASCIIDOC)
    message = "left out (lines 3 and 11): comments and settings of AsciiDoc"
    assert [(3, "left-out", message)] == told(ASCIIDOC)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (f"link:{A}[it^] and {B}[]", [f"[it](<{A}>) and <{B}>"]),
        ("<<ovens,there>> and <<salt>>", ["there and salt"]),
        ("`*a*` and 2*3*4", ["`*a*` and 2*3*4"]),
        ("* a\n** b\n. c\n.. d", ["- a", "  - b", "1. c", "   1. d"]),
        ("[source,python]\n----\nx\n----", ["```python", "x", "```"]),
        ("____\na\n____", ["> a"]),
        (".Mind\n====\na\n====", ["**Mind**", "a"]),
        ("oven:: hot", ["**oven**: hot"]),
        (f"{A}[Slow]:: hot", [f"[Slow](<{A}>)", "hot"]),
        (f":it: {A}\n\n{{it}}[Slow,role=x] {{nbsp}}{{no}}", [f"[Slow](<{A}>)  {{no}}"]),
        ("stem:[x^2] `+a+`footnote:[Once.] xref:b[c]", ["$x^2$ `a` (Once.) c"]),
        (
            "[quote, Ann Ash]\n____\na\n\n. b\n____\nc",
            ["> a", ">", "> 1. b", ">", "> — Ann Ash", "c"],
        ),
        (
            "[NOTE]\n====\n. a\n\n[source,c]\n----\nx\n----\n====",
            ["**Note**", "1. a", "```c", "x", "```"],
        ),
        ("```c\nx\n```\na\n```\ny\n```", ["```c", "x", "```", "a", "```", "y", "```"]),
        ("image::https://a.org/b.png[c,600,400]", ["[c](<https://a.org/b.png>)"]),
        ('[cols="1,2*"]\n|===\n|1\n|2\n|3\n|===', ["|  |  |  |", "|---|---|---|", "| 1 | 2 | 3 |"]),
        ("a +\nb", ["a  ", "b"]),
        ("'''", ["---"]),
        ("image::https://a.org/b.png[c]", ["[c](<https://a.org/b.png>)"]),
        ("|===\n|a |b\n\n|1\n|2\n|===", ["| a | b |", "|---|---|", "| 1 | 2 |"]),
    ],
)
def test_asciidoc_blocks(typed: str, shown: list[str]) -> None:
    """Marks, lists, blocks and tables."""
    assert ["# T", "## U", *shown] == markdown(f"= T\n\n== U\n\n{typed}\n")


def test_asciidoc_table_that_is_not_read() -> None:
    """Cells of several lines would be taken for others."""
    [(line, message)] = errors("= T\n\n== U\n\n|===\n|a |b\nmore\n|===\n")
    assert 7 == line
    assert "cells of several lines, is not read" in message


def test_mediawiki() -> None:
    """Headings, links and text keep their lines; categories are named."""
    assert [
        (1, "## Ovens"),
        (2, f"### [Slow Dough](<{A}>)"),
        (3, "*Authors*: **A. Ash**"),
        (5, "We wait, see there."),
    ] == numbered(MEDIAWIKI)
    message = "left out (line 6): categories and pictures of MediaWiki"
    assert [(6, "left-out", message)] == told(MEDIAWIKI)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("# a\n## b\n* c", ["1. a", "   1. b", "- c"]),
        (f"[{A}] and '''''b'''''", [f"<{A}> and **b**"]),
        ("<nowiki>''a''</nowiki>", ["''a''"]),
        ("<math>x^2</math> <math display=block>y</math>", ["$x^2$ $y$"]),
        ("a<ref>''b''</ref> c<ref name=d />\n<references />", ["a (*b*) c"]),
        ("[[arxiv:2602.90001|it]] [[:doi:10.9/x]]", [f"[it](<{A}>) [doi:10.9/x](<{DOI}>)"]),
        ("; Venue\n: here\n; Ash : a tree\n; Oak", ["**Venue**: here", "Ash : a tree", "**Oak**"]),
        ("{|\n! scope=col | a\n! b\n|-\n|$|x|$ || c=|d\n|}", [*HEAD, "| $|x|$ | c=\\|d |"]),
        ('{|\n! a !! b\n|-\n| colspan="2" | c\n|}', [*HEAD, "| c |  |"]),
        ("----", ["---"]),
        (
            '{| class="x"\n! a !! b\n|-\n| 1 || style="y" | 2\n|}',
            ["| a | b |", "|---|---|", "| 1 | 2 |"],
        ),
        ("{|\n| 1\n| 2\n|-\n| 3\n|}", ["|  |  |", "|---|---|", "| 1 | 2 |", "| 3 |  |"]),
    ],
)
def test_mediawiki_blocks(typed: str, shown: list[str]) -> None:
    """Marks, lists and tables."""
    assert ["## T", *shown] == markdown(f"== T ==\n{typed}\n'''\n")[:-1]


def test_mediawiki_table_that_is_not_read() -> None:
    """One that nothing closes, and cells of several lines."""
    table = "== T ==\n'''b'''\n{|\n| a\n"
    assert [(3, "no |} closes this table of MediaWiki")] == errors(table)
    assert [5] == [line for line, _ in errors(f"{table}more\n|}}\n")]
    [(line, message)] = errors(f"{table[:-4]}|-\n| rowspan=2 | a || b\n|-\n| c\n|}}\n")
    assert 5 == line
    assert "cells over several rows is not read" in message


def test_mediawiki_text_below_a_list_is_not_of_it() -> None:
    """A line without a mark ends a list, and what is said of a term."""
    found, _ = reported("== T ==\n'''b'''\n* a\nb\n; c\n: d\ne\n")
    assert found
    assert ["- a", "", "b", "", "**c**: d", "", "e"] == [line.text for line in found][3:]


def test_mediawiki_template_of_several_lines() -> None:
    """It is left out, and named with all its lines."""
    text = "== T ==\n'''b'''\n{{Infobox\n| a = b\n}}\nc\n"
    assert ["## T", "**b**", "c"] == markdown(text)
    assert [(3, "template", "left out to line 5: a template of MediaWiki")] == told(text)


def test_asciidoc_attributes_are_named() -> None:
    """What says how a block looks is left out, and told of."""
    text = "= T\n\n[.lead]\na\n\n[#b]\n== U\n"
    message = "left out (lines 3 and 6): comments and settings of AsciiDoc"
    assert [(3, "left-out", message)] == told(text)
