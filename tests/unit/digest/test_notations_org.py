"""Org mode: the shapes are those of notes in Emacs and of programs that write Org."""

from datetime import UTC

import pytest

from publisher.digest.notations import rewritten
from publisher.digest.parser import read
from publisher.model import paragraphs, plain
from tests.support.notations import lines, markdown, numbered, reported, told

A, B = "https://arxiv.org/abs/2602.90001", "https://arxiv.org/abs/2602.90002"
ORG = f"""#+TITLE: Weekly bread
#+DATE: 2026-02-12
#+FILETAGS: :ai:bread:
#+OPTIONS: toc:nil

Good morning.
* Ovens
** [[{A}][Slow Dough]]
:PROPERTIES:
:AUTHORS: A. Ash
:END:
We wait.
** TODO [#A] Fast Dough [1/2] :heat:hot:
{B}
"""


def org(text: str) -> list[str]:
    """Return what is made of lines below a title."""
    title, *rest = markdown(f"#+TITLE: T\n{text}")
    assert "# T" == title
    return rest


def test_file() -> None:
    """Titles, headings, properties, states and tags keep their lines."""
    assert [
        (1, "# Weekly bread"),
        (2, "**Date**: 2026-02-12"),
        (3, "**Tags**: ai, bread"),
        (6, "Good morning."),
        (7, "## Ovens"),
        (8, f"### [Slow Dough](<{A}>)"),
        (10, "**Authors**: A. Ash"),
        (12, "We wait."),
        (13, "### Fast Dough"),
        (13, "**Tags**: heat, hot"),
        (13, "**Status**: TODO"),
        (13, "**Priority**: A"),
        (13, "**Progress**: 1/2"),
        (14, B),
    ] == numbered(ORG)
    what = "settings, comments and drawers of Org mode"
    assert [(4, "left-out", f"left out (line 4): {what}")] == told(ORG)


@pytest.mark.parametrize(
    "text",
    [
        f"* Slow Dough\n[[{A}][paper]]\n",
        f"* [[{A}][Slow Dough]]\n* [[{B}][Fast Dough]]\n",
        f"* Slow Dough\n:PROPERTIES:\n:URL: {A}\n:END:\n",
        f"* Ovens\n** Slow Dough\n{A}\n** Fast Dough\n{B}\n",
        "#+begin_quote\nBread.\n#+end_quote\n",
        "#+title: x\n",
    ],
)
def test_is_org(text: str) -> None:
    """A file is in Org by its keywords, links, drawers, or headings below headings."""
    given = lines(text)
    assert rewritten(given, lambda *_: None) is not given


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("*bold*, /italic/ and _under_", "**bold**, *italic* and _under_"),
        ("=verb= and ~co`de~", "`verb` and `` co`de ``"),
        ("and/or, /usr/bin/x, 2*3*4, a=b=c", "and/or, /usr/bin/x, 2*3*4, a=b=c"),
        ("$a /b/ c$ and \\(x *y* z\\)", "$a /b/ c$ and \\(x *y* z\\)"),
        ("文字 *粗* 。", "文字 **粗** 。"),
        (f"[[{A}]] and {A}/x/", f"<{A}> and {A}/x/"),
        ("[[arxiv:2602.90001][it]]", f"[it](<{A}>)"),
        ("[[doi:10.9/x][it]]", "[it](<https://doi.org/10.9/x>)"),
        ("[[file:notes.org][my notes]]", "my notes"),
        ("[[id:20a1][a note]] [[*Ovens]]", "a note Ovens"),
        ("on <2026-02-12 Thu>[fn:1]", "on 2026-02-12 Thu[^1]"),
        ("[fn:1] https://example.org", "[^1]: https://example.org"),
        ("- oven :: hot *place*", "- **oven**: hot **place**"),
        ("- [ ] open", "- [ ] open"),
        ("SCHEDULED: <2026-02-12 Thu>", "**Scheduled**: 2026-02-12 Thu"),
        ("H_{2}O, x^{n-1} and $a_{3}$", "H₂O, xⁿ⁻¹ and $a_{3}$"),
        ("a\\vert{}b \\vertical", "a\\|b \\vertical"),
        ("a \\\\", "a \\"),
        ("#bread", "#bread"),
        ("-----", "---"),
        ("#+CAPTION: A loaf", "A loaf"),
    ],
)
def test_lines(typed: str, shown: str) -> None:
    """Marks are those of Org where they stand as Org wants them, and text elsewhere."""
    assert [shown] == org(typed)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("#+BEGIN_SRC python\n* a\n#+END_SRC", ["```python", "* a", "```"]),
        ("#+begin_example\n```\n#+end_example", ["````", "```", "````"]),
        ("#+begin_quote\n/a/\n#+end_quote\nb", ["> *a*", "b"]),
        ("#+begin_verse\na\nb\n#+end_verse", ["> a\\", "> b"]),
        ("#+begin_abstract\n*a*\n#+end_abstract", ["**a**"]),
        (": a\n: *b*", ["```", "a", "*b*", "```"]),
        ("| a | b |\n|---+---|\n| *1* | 2 |", ["| a | b |", "|---|---|", "| **1** | 2 |"]),
        ("|---+---|\n| 1 | 2 |", ["| | |", "|---|---|", "| 1 | 2 |"]),
        ("* Slow [2026-01-15 10:30]", ["## Slow", "**Date**: 2026-01-15 10:30"]),
        ("* <2026-01-15 Thu> Slow", ["## Slow", "**Date**: 2026-01-15 Thu"]),
        (":ABSTRACT:\n*a*\n:END:\nb", ["**a**", "b"]),
        ("\\begin{align}\nx_{2}\n\\end{align}", ["\\begin{align}", "x_{2}", "\\end{align}"]),
        (":PROPERTIES:\n:ARXIV_ID: 2602.90001\n:URL: " + A + "\n:END:", [f"**Link**: {A}"]),
    ],
)
def test_blocks(typed: str, shown: list[str]) -> None:
    """Blocks, tables, headings with dates, and drawers."""
    assert shown == org(typed)


def test_what_org_does_not_export_is_left_out() -> None:
    """Subtrees of comments, blocks of comments and other drawers are named, not shown."""
    text = (
        "#+TITLE: T\n* COMMENT a\nb\n** c\n* d :noexport:\ne\n* f\n"
        "#+begin_comment\ng\n#+end_comment\n:LOGBOOK:\nh\n:END:\n# i\nj"
    )
    assert ["# T", "## f", "j"] == markdown(text)
    assert [
        (2, "left-out", "left out (lines 2–6): subtrees that Org does not export"),
        (8, "left-out", "left out (lines 8–14): settings, comments and drawers of Org mode"),
    ] == told(text)


def test_text_below_fields_is_none_of_them() -> None:
    """What Org notes of a heading ends with its lines."""
    text = "#+TITLE: T\n* Slow :heat:\na\n* TODO Fast\nSCHEDULED: <2026-02-12 Thu>\nb\n"
    found, _ = reported(text)
    assert found
    lines = [line.text for line in found][2:]
    assert ["## Slow", "", "**Tags**: heat", "", "a", ""] == lines[:6]
    assert ["**Status**: TODO", "", "**Scheduled**: 2026-02-12 Thu", "", "b"] == lines[8:13]


def test_what_is_lost_is_told() -> None:
    """Files that are included, links into files, and blocks that nothing closes."""
    text = '#+TITLE: T\n#+INCLUDE: "a.org"\n[[file:b.org][b]]\n#+begin_src\nc'
    assert ["# T", "b", "c"] == markdown(text)
    assert [(2, "include"), (4, "open-block"), (3, "lost-link")] == [
        (line, code) for line, code, _ in told(text)
    ]


def test_what_is_read() -> None:
    """The papers reach the issue."""
    issue = read(ORG.encode(), "1.org", languages=("en", "zh-CN"), zone=UTC).issue
    assert issue
    assert "Weekly bread" == issue.title
    assert ["Slow Dough", "Fast Dough"] == [item.title.text for item in issue.items]


def test_text_right_below_states_and_plans() -> None:
    """What a heading and a line of plans say of themselves does not take the text below."""
    text = f"#+TITLE: T\n* DONE [[{A}][Slow Dough]]\nCLOSED: [2026-02-12 Thu]\nWe wait.\n"
    text += f"* WAIT Fast Dough\n{B}\nWe heat.\n"
    reading = read(text.encode(), "1.org.txt", languages=("en", "zh-Hans"), zone=UTC)
    assert reading.issue
    items = reading.issue.items
    assert [A, B] == [item.links[0].url for item in items]
    assert ["We wait.", "We heat."] == [
        plain(run) for item in items for run in paragraphs(item.body[1:])
    ]
