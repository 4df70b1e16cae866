"""Obsidian's marks in Markdown."""

from datetime import UTC

import pytest

from publisher.digest.parser import read
from tests.support.notations import markdown, numbered, told

A, B = "https://arxiv.org/abs/2602.90001", "https://arxiv.org/abs/2602.90002"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("See [[Bread|my notes]].", "See my notes."),
        ("[[notes/Bread]] and [[Bread#Heat]]", "notes/Bread and Bread > Heat"),
        ("| a [[b\\|c]] |", "| a c |"),
        ("[[面包]]很好。", "面包很好。"),
        (f"[[Paper]({A})] [[Bread]]", f"[[Paper]({A})] Bread"),
        ("==hot== and ==两 个==。", "**hot** and **两 个**。"),
        ("a == b == c and [[d]]", "a == b == c and d"),
        ("a %%why?%% b", "a  b"),
        ("100%%, 50%% and %%--%%--%% [[a]]", "100%%, 50%% and %%--%%--%% a"),
        ("Rising. ^b1c2d3", "Rising."),
        ("$x ^abc1$ and [[a]]", "$x ^abc1$ and a"),
        ("rating:: 5", "**rating**: 5"),
        ("- **时间**:: 2026", "- **时间**: 2026"),
        ("See [year:: 2026].", "See **year**: 2026."),
        ("std::vector and a :: b [[c]]", "std::vector and a :: b c"),
        ("`[[a]]` $[[b]]$ ``==c==`` [[d]]", "`[[a]]` $[[b]]$ ``==c==`` d"),
        ("#bread [[a]]", "#bread a"),
        ("[[2026-02-12]] and [[12]]", "2026-02-12 and [[12]]"),
        ("Hot^[Very hot.] $x^[ab]$ y^[2]", "Hot (Very hot.) $x^[ab]$ y^[2]"),
    ],
)
def test_lines(typed: str, shown: str) -> None:
    """Marks become Markdown's, or words; code, formulas and what merely looks like them stay."""
    assert [shown] == markdown(typed)


def test_what_is_left_out() -> None:
    """Files that are embedded, comments and block ids are named."""
    text = "a ![[loaf.png]]\n\n%%\nhidden\n\n%%\n\nb ^b1c2d3\n"
    assert ["a ", "b"] == markdown(text)
    what = "block ids and comments of Obsidian, and the files it embeds"
    assert [(1, "left-out", f"left out (lines 1, 3–6 and 8): {what}")] == told(text)


def test_comment_that_nothing_closes() -> None:
    """It would hide what follows: it is text."""
    assert ["%%", "## a", "b"] == markdown("%%\n## a\n[[b]]\n")
    assert ["%% a", "b 50%%", "c"] == markdown("%% a\nb 50%%\n[[c]]\n")


def test_comment_that_begins_and_ends_in_lines_with_words() -> None:
    """It is left out with its lines."""
    assert ["a", "d"] == markdown("a\n%% b\n\nc %%\nd\n")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("> [!info] Mind\n> this", ["> **Mind**", ">", "> this"]),
        ("> [!tip]-\n> this", ["> **Tip**", ">", "> this"]),
        ("> > [!note] a\n> > b", ["> > **a**", "> >", "> > b"]),
        (f"## [a]({A})\n> [!info] b\n> {B}", [f"## [a]({A})", "> **b**", ">", f"> {B}"]),
        (f"> [!info] [a]({A})\n> > [!tip] b\n> > c", [f"## [a]({A})", "> **b**", ">", "> c"]),
    ],
)
def test_callouts(typed: str, shown: list[str]) -> None:
    """A callout is a quote with a title, in an item's text whatever it holds."""
    assert shown == markdown(typed)


def test_callouts_that_are_papers() -> None:
    """Where each callout leads to a paper, it is a part of the digest."""
    text = (
        f"## Ovens\n\n> [!abstract]+ Slow Dough\n> [arXiv]({A})\n> \n> We wait.\n"
        f"> [!abstract] Fast Dough\n> {B}\n"
    )
    assert [
        (1, "## Ovens"),
        (3, "### Slow Dough"),
        (4, f"[arXiv]({A})"),
        (6, "We wait."),
        (7, "### Fast Dough"),
        (8, B),
    ] == numbered(text)
    issue = read(text.encode(), "1.md", languages=("en", "zh-CN"), zone=UTC).issue
    assert issue
    assert ["Slow Dough", "Fast Dough"] == [item.title.text for item in issue.items]
