"""Links by name and by number: their addresses stand elsewhere."""

from datetime import UTC

import pytest

from publisher.digest.markdown.references import inlined
from publisher.digest.parser import read
from publisher.model import Level
from tests.support.notations import lines

A, B, C = (f"https://arxiv.org/abs/2602.9000{n}" for n in range(1, 4))


def inline(text: str) -> list[str]:
    """Return the lines with words, with addresses in their places."""
    found = inlined(lines(text), lambda *_: None)
    return [line.text for line in found if line.text.strip()]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Slow Dough [1]", f"Slow Dough [link 1](<{A}>)"),
        ("Slow Dough[1]", f"Slow Dough [link 1](<{A}>)"),
        ("- Slow Dough [1]", f"- Slow Dough [link 1](<{A}>)"),
        ("[1]Slow Dough", f"[Slow Dough](<{A}>)"),
        ("[Slow Dough][1]", f"[Slow Dough](<{A}>)"),
        ("We wait [1] for it.", f"We wait [[1]](<{A}>) for it."),
        ("We wait for it [1].", f"We wait for it [[1]](<{A}>)."),
        ("We wait [1, 2] for it.", f"We wait [[1]](<{A}>), [[2]](<{B}>) for it."),
        ("We wait [1][2] for it.", f"We wait [[1]](<{A}>)[[2]](<{B}>) for it."),
        ("We wait [1, 9], `a[1]` [1](x)", "We wait [1, 9], `a[1]` [1](x)"),
    ],
)
def test_numbers(typed: str, shown: str) -> None:
    """At the end of a title a number is its link; in a text it is one that nobody starts at."""
    assert shown == inline(f"{typed}\n\n[1] {A}\n[2] {B}\n")[0]


@pytest.mark.parametrize(
    "end",
    [
        f"[1] {A}\n[2] {B}",
        f"[1]: {A}\n[2]: <{B}>",
        f"[1]: {A}\n\n[2] {B}",
        f"- [1] {A}\n- [2] {B}",
        f"Links:\n1. {A}\n2. {B}",
        f"## 链接\n\n1、{A}\n2、{B}",
        f"**References**\n\n   1. {A}\n   2. {B}",
        f"Links:\n------\n[1] {A}\n[2] {B}",
        f"Visible links\n  1) {A}\n  2) {B}",
    ],
)
def test_lists_of_links(end: str) -> None:
    """The lists at the end of mails go, with the words above them."""
    assert [f"Slow [link 1](<{A}>)", "", f"Fast [link 2](<{B}>)"] == [
        line.text for line in inlined(lines(f"Slow [1]\n\nFast [2]\n\n{end}"), lambda *_: None)
    ][:3]
    assert 2 == len(inline(f"Slow [1]\n\nFast [2]\n\n{end}"))


@pytest.mark.parametrize(
    "text",
    [
        f"Slow [1]\n\n[1] A. Byron, Notes, 1843. {A}\n",
        f"Slow\n\n[1] {A}\n",
        f"[1] {A}\nWe wait, as in [2].\n\n[2] {B}\nWe run, as in [1].\n",
        f"See [1]\n\n1. {A}\n",
        f"```\n[1]\n\n[1] {A}\n```\n",
    ],
)
def test_what_defines_nothing(text: str) -> None:
    """A bibliography, a number that nothing refers to, items that begin with one, code."""
    given = lines(text)
    assert given == list(inlined(given, lambda *_: None))


def test_footnotes() -> None:
    """A footnote that is an address is the link of what it is set to."""
    text = f"Slow [^1]\n\nWe wait.[^note]\n\n[^1]: {A}\n[^note]: It was long.\n"
    shown = [f"Slow [link 1](<{A}>)", "We wait.[^note]", "[^note]: It was long."]
    assert shown == inline(text)


def test_each_mail_counts_anew() -> None:
    """A number is that of the next list."""
    text = f"Slow [1]\n\n[1] {A}\n\nFast [1]\n\n[1] {B}\n\nCold [1]\n"
    assert [f"Slow [link 1](<{A}>)", f"Fast [link 1](<{B}>)", f"Cold [link 1](<{B}>)"] == (
        inline(text)
    )


def test_list_is_told_of() -> None:
    """The word above the list is left out, with a remark at its line."""
    told: list[tuple[int, Level, str]] = []
    inlined(
        lines(f"Slow [1]\n\nLinks:\n1. {A}\n"),
        lambda line, _, level, code, __: told.append((line, level, code)),
    )
    assert [(3, Level.info, "left-out")] == told


def test_list_that_is_not_all_used_stays_under_its_word() -> None:
    """The words above what is left of a list are kept."""
    assert ["Links:", f"2. {B}"] == inline(f"Slow [1]\n\nLinks:\n1. {A}\n2. {B}\n")[1:]


def test_title_of_a_heading() -> None:
    """The number is no part of the title."""
    text = f"## Slow Dough [1]\n\nWe wait.\n\n## Fast Dough [2]\n\nWe run.\n\n[1] {A}\n[2] {B}\n"
    issue = read(text.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC).issue
    assert issue
    assert [("Slow Dough", A), ("Fast Dough", B)] == [
        (item.title.text, item.url) for item in issue.items
    ]


def test_what_is_read() -> None:
    """A mail in plain text: its papers have their links."""
    text = f"* Slow Dough [1]\n  We wait.\n\n* Fast Dough [2]\n  We run.\n\n[1] {A}\n[2] {B}\n"
    issue = read(text.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC).issue
    assert issue
    assert [("Slow Dough", A), ("Fast Dough", B)] == [
        (item.title.text, item.url) for item in issue.items
    ]
