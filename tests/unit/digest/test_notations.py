"""Which files are in another notation than Markdown, and which are not."""

from datetime import UTC

import pytest

from publisher.digest.notations import rewritten
from publisher.digest.parser import read
from publisher.model import Level
from tests.support.notations import errors, lines, markdown, reported, told
from tests.support.time_bounds import within

A = "https://arxiv.org/abs/2602.90001"
FENCED = f'## Ovens\n{A}\n\nIts output:\n\n```json\n[{{"title": "Rye", "url": "{A}"}}]\n```\n'


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"# 周报\n\n## Slow Dough\n[慢面团]({A})\n\n文字。\n",
        f"* Slow Dough: {A}\n* Fast Dough: {A}\n",
        f"* **Slow** dough\n  * [arXiv]({A})\n** text** of it\n",
        f"Slow Dough\n==========\n{A}\n\nFast Dough\n----------\n{A}\n",
        f"Title: Slow Dough\nAuthors: A. Ash\nURL: {A}\n\nTitle: Fast Dough\nURL: {A}\n",
        f"- Title: Slow Dough\n  URL: [{A}]({A}) and: more\n",
        f"Highlights:\n- Ovens: [new](https://a.org) and: hot\n\n## Slow\n{A}\n",
        f"[Slow Dough]({A})\n\n[[PDF]({A})] [[Back]](#top) [[1]]({A}) [[{A}]]\n",
        "## Matrices\n`[[a]]` and $[[b]]$ and [[1, 2], [3, 4]], the [[MASK]] token, [[ -f x ]]\n",
        "## Code\n`==a==` a == b == c, x==y==z, `a:: b`, std::vector, 50%% of 10%%, x ^2\n",
        "```org\n#+TITLE: x\n* a\n** b\n:PROPERTIES:\n:END:\n```\n\n## Slow\ntext\n",
        "## Org\n#+TITLE: is how a file in Org begins\n\n## reST\n.. note:: is a directive\n",
        "## Mail\n\\\\ is a line break in LaTeX, and arXiv:2602.90001 a paper\n",
        "## Wiki\n== words == are a heading there\n\n[words](https://a.org)\n",
        "## LaTeX\n\\documentclass{article} begins a document, {\\rtf1 another\n",
        f"Title, Authors, Link\n\nSlow Dough, by A. Ash, in {A}, or so\n",
        "{{< figure src=x >}}\n\n## Slow\ntext\n",
        "@everyone: good morning\n\n## Slow\ntext\n",
        "Dear all,\nSubject: bread\nFrom: me\n",
        FENCED,
        f"## Sums\n{A}\n\n{'words that end in an equals sign, ' * 2}=\n{A}?a=3D\n",
        f"Co-authors: me\nDate: 2026\nSubject-class: cs\n\n## Slow\n{A}\n",
    ],
)
def test_markdown_is_returned_as_it_is(text: str) -> None:
    """What merely looks like another notation, or quotes one, is Markdown: the same object."""
    given = lines(text)
    remarks: list[object] = []
    assert rewritten(given, lambda *what: remarks.append(what)) is given
    assert [] == remarks


@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        ("{\\rtf1\\ansi Slow Dough}", 1, "a file of Rich Text Format (RTF)"),
        ("\n\\documentclass{article}\n\\begin{document}\n", 2, "a LaTeX document"),
        ("% bread\n\\documentclass{article}\n", 2, "a LaTeX document"),
        (".TH BREAD 1\n.SH NAME\n", 1, "a manual page (troff)"),
        ('<?xml version="1.0"?>\n<rss></rss>\n', 1, "an XML file"),
        ("@article{ash,\n title={Slow}\n}\n", 1, "a BibTeX file"),
        ("TY  - JOUR\nTI  - Slow\n", 1, "a file of references (RIS)"),
        ('[[papers]]\ntitle = "Slow"\n', 1, "a list in TOML"),
        ('{"cells": [], "nbformat": 4}', 1, "a Jupyter notebook"),
        (
            "From: a@b.org\nSubject: x\nContent-Transfer-Encoding: base64\n\nU2xvdw==\n",
            3,
            "an e-mail message with encoded parts (MIME)",
        ),
        (f"Bread:\n\n{'Slow =E2=80=93 dough, ' * 3}=\nand more\n", 3, "a text in quoted-printable"),
        (f"[b]Bread[/b]\n[url={A}]Slow[/url]\n[url={A}]Fast[/url]\n", 1, "a text with BBCode"),
        (f'h2. Bread\n\n"Slow":{A}\n', 1, "a text in Textile"),
    ],
)
def test_a_notation_that_is_not_read_is_named(text: str, line: int, name: str) -> None:
    """One error says what the file is, and what to do; nothing else is made of it."""
    message = f"{name} is not read; save it as Markdown or as plain text"
    assert [(line, message)] == errors(text)
    found = read(text.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC)
    assert found.issue is None
    assert [Level.error] == [each.level for each in found.diagnostics]


def test_mail_saved_whole() -> None:
    """The header of a mail gives the title and the date; the rest of it is left out."""
    text = (
        "Received-SPF: pass\nFrom: Bread <a@b.org>\n"
        "Subject: =?utf-8?B?5ZGo5oql?= 12\nDate: Thu, 12 Feb 2026\n"
        "Content-Type: text/plain;\n charset=utf-8\n\nGood morning.\n"
    )
    assert ["# 周报 12", "**Date**: Thu, 12 Feb 2026", "Good morning."] == markdown(text)
    message = "left out (lines 1–2 and 5–6): the header of a mail"
    assert [(1, "left-out", message)] == told(text)


@pytest.mark.parametrize(
    "line", ["---------- Forwarded message ---------", "Begin forwarded message:\n"]
)
def test_mail_passed_on(line: str) -> None:
    """The header may stand below a line that says so: addresses in it are nobody's to read."""
    text = f"{line}\nFrom: Ana <ana@b.org>\nSubject: Bread 12\n\nGood morning.\n"
    assert ["# Bread 12", "Good morning."] == markdown(text)
    assert ["left-out"] == [code for _, code, _ in told(text)]


@pytest.mark.parametrize(
    "text",
    [
        "\\\\\narXiv:2401.00001\n" * 20_000,
        "\\\\\narXiv:2401.00001\n\\\\ ( https://a.org )\n" + "Submissions to:\n" * 20_000,
        "#+TITLE: x\n" + "#+begin_a\n" * 10_000 + "#+end_a\n" * 10_000,
        "#+TITLE: x\n" + "#+begin_src\n" * 20_000,
        "#+TITLE: x\n" + ":a:\nx\n" * 10_000 + ":END:\n",
        "#+TITLE: x\n" + "|a|\n\n" * 10_000,
        "#+TITLE: x\n" + "[[https://a.org][" * 10_000,
        ".. note:: x\n" + "..\n\n" * 10_000,
        ".. note:: x\n\n" + "=== ===\na\n" * 10_000,
        ".. note:: x\n\n" + "::\n\n" * 10_000,
        "\n".join(" " * n + ".. note:: x" for n in range(900)),
        ".. note:: x\n\n" + "`" * 20_000 + "\n" + "a_ " * 20_000,
        '[{"a":' * 20_000,
        "- title: x\n  url: " + "[" * 20_000,
        "- title: x: y\n  url: https://a.org\n" * 10_000,
        'title,url\n"' + "a,b\n" * 20_000,
        "```json\n" * 20_000,
        '```json\n[{"title": "x"}]\n```\n' * 5_000,
        "%%\n" * 20_001,
        "%% a\n" * 20_001,
        "^[ab" * 20_000,
        "=\n=3D " + "=3" * 200_000 + "\n" + ("a" * 60 + "\n") * 20_000,
        "[[a|" * 20_000,
        "> [!a] b\n" * 20_000,
        "==a" * 20_000,
        "= a\n\n== b\n" + "----\n" * 20_001,
        "= a\n\n== b\n:c: " + "d" * 300 + "\n" + "{c}" * 20_000,
        "= a\n\n== b\n" + "".join(f"{'_' * n}\nc\n" for n in (*range(4, 500), *range(499, 3, -1))),
        "== a ==\n== b ==\n" + "{|\n" * 20_000,
        "== a ==\n== b ==\n" + "''" * 20_000,
        "[url=a]" * 10_000 + "[/url]",
        " " * 500_000 + "[[a]]" + " " * 500_000,
        "* a\n** b" + " " * 100_000 + "[2026-01-01]" + " " * 100_000 + "x\ny\n",
    ],
    ids=lambda text: repr(text[:24]),
)
def test_hostile_files_take_linear_time(text: str) -> None:
    """Twenty thousand short lines, or one long one, take six seconds at most."""
    given = lines(text)
    reported("- title: a")  # imports what reads YAML
    with within(6):
        rewritten(given, lambda *_: None)
