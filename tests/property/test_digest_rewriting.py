"""Whatever stands in a file of another notation, each of its words is shown or named."""

from __future__ import annotations

import csv
import io
import json
import re

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.digest.notations import rewritten
from tests.support.notations import lines, markdown, reported

#: What makes a file one of a notation; and lines of it, each with a word of its own for `@`.
NOTATIONS = {
    "org": (
        "#+TITLE: t\n",
        [
            "* @", "** TODO @ :x@:", "*** [#A] @ [1/2]", "- @ :: b", "#+begin_src x@", "#+end_src",
            "#+begin_quote", "#+end_quote", ":PROPERTIES:", ":K@: v", ":END:", ":LOGBOOK:", "| @ |",
            "|---|", "[[https://a.org/x][@]]", "[[file:@]]", "#+OPTIONS: @", "# @", "* COMMENT @",
            "/@/ *@* =@=", "SCHEDULED: <2026-01-01 @>", ": @", "[fn:1] @", "#+CAPTION: @", "#+X: @",
            "#+INCLUDE: @", "<<@>> {{{@}}}", "-----", "#@", "  * @",
        ],
    ),
    "rst": (
        ".. _x: https://a.org\n\n",
        [
            "@", "====", "----", ".. note:: @", "   @", "   :alt: @", ".. oven:: @",
            ".. contents:: @",
            ".. image:: @.png", ":Field: @", "`@ <https://a.org>`_", "`@`_", ":ref:`@`", "|@|",
            "| @", "#. @", "::", "@::", ".. @", ".. [1] @", ".. |@| replace:: @", "* @", ">>> @",
            ".. math:: @", ".. code:: x", ".. figure:: @", "@_ [@]_", "   .. tip:: @", "**@**",
        ],
    ),
    "asciidoc": (
        "= t\n\n== u\n",
        [
            "== @", "https://a.org[@]", "<<x,@>>", "* @", ".. @", ".@", "----", "====", "____",
            "////", "[source,@]", "[quote]", ":toc: @", "// @", "@:: b", "a:: @", "image::x[@]",
            "include::@[]", "'''", "+", "@ +", "*@* _@_", "link:https://a.org[@,window=_blank]",
        ],
    ),
    "mediawiki": (
        "== t ==\n'''b'''\n",
        [
            "== @ ==", "[https://a.org @]", "[[a|@]]", "[[@]]", "[[Category:@]]", "# @", "** @",
            "; @", ": @", "'''@'''", "''@''", "{{@}}", "<nowiki>@</nowiki>", "----", "__TOC__", "@",
        ],
    ),
    "obsidian": (
        "[[a|b]]\n",
        [
            "[[x|@]]", "[[@ y]]", "![[@.png]]", "==@==", "%%@%%", "%%", "@ ^a1b2c3", "> [!info] @",
            "> @", "@:: b", "a:: @", "[a:: @]", "## @", "- @", "`[[@]]`", "```", "$@$ [[z]]", "@",
        ],
    ),
    "mail": (
        "\\\\\narXiv:2601.90001\n",
        [
            "\\\\", "Title: @", "  @", "Authors: @", "@", "Date: Thu, 1 Jan 2026 @ (5kb)",
            "arXiv:2601.90002 (*cross-listing*)", "\\\\ ( https://arxiv.org/abs/2601.90001 ,  5kb)",
            "-" * 30, "%%--%%--%%--%%--%%", "replaced with revised version Thu, 1 Jan @", "From: @",
            "Subject: @", "Submissions to:", "received from Mon", "Archives at http://@", "/* @ */",
        ],
    ),
}  # fmt: skip
#: In which no word is looked for: it is an address's, or a mark's name.
UNSHOWN = ("{{{", ":x@:", ".png", "<<@>>", "[source", "|@| replace", "__TOC__", "|@|")
WORDS = st.text("abc 面:-,'\"", min_size=1).map(str.strip)
TEXTS = WORDS.filter(lambda text: any(map(str.isalpha, text)))


def named(told: list[tuple[int, str, str]]) -> set[int]:
    """Return the lines that remarks are on, or name."""
    found: set[int] = set()
    for line, _, message in told:
        found.add(line)
        for first, last in re.findall(r"(\d+)(?:–(\d+))?", message.partition(":")[0]):
            found.update(range(int(first), int(last or first) + 1))
    return found


@st.composite
def files(draw: st.DrawFn) -> tuple[str, dict[str, int]]:
    """Make a file in some notation, and map its words to the numbers of their lines."""
    start, pieces = NOTATIONS[draw(st.sampled_from(sorted(NOTATIONS)))]
    words: dict[str, int] = {}
    text = start
    for piece in draw(st.lists(st.sampled_from(["", *pieces]), max_size=30)):
        line = piece
        number = text.count("\n") + 1
        while "@" in line:
            word = f"word{len(words)}x"
            line = line.replace("@", word, 1)
            if not any(sign in piece for sign in UNSHOWN):
                words[word] = number
        text += line + "\n"
    return text, words


@settings(max_examples=200)
@given(files())
def test_no_word_is_lost(file: tuple[str, dict[str, int]]) -> None:
    """Each word of a file is in its Markdown, or in a line that a remark names."""
    text, words = file
    found, told = reported(text)
    if found is None:
        assert ["notation"] == [code for _, code, _ in told if code == "notation"]
        return
    shown = "\n".join(line.text for line in found)
    known = named(told)
    assert [] == [word for word, line in words.items() if word not in shown and line not in known]
    count = text.count("\n") + 1
    assert all(1 <= line.number <= count for line in found)


@given(
    st.lists(st.fixed_dictionaries({"title": TEXTS, "summary": TEXTS}), min_size=1, max_size=5),
    st.sampled_from(["json", "indented", "lines", "yaml", "csv"]),
)
def test_records_come_out_as_they_went_in(records: list[dict[str, str]], kind: str) -> None:
    """Titles, links and texts of records are those of their papers, in every notation."""
    stored = [
        {**record, "url": f"https://a.org/{n}", "authors": "A"} for n, record in enumerate(records)
    ]
    table = io.StringIO()
    writer = csv.DictWriter(table, list(stored[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(stored)
    text = {
        "json": json.dumps(stored),
        "indented": json.dumps({"papers": stored}, indent=2),
        "lines": "\n".join(map(json.dumps, stored)),
        "yaml": yaml.safe_dump(stored, allow_unicode=True),
        "csv": table.getvalue(),
    }[kind]
    expected = []
    for record in stored:
        expected += [f"## {' '.join(record['title'].split())}", f"**Link**: {record['url']}"]
        expected += ["**Authors**: A", record["summary"]]
    assert expected == markdown(text)


@settings(max_examples=200)
@given(st.text("[]{}\"':,- \n#=.*|`_\\>!%^~+aA1<", max_size=200))
def test_any_text_is_rewritten(text: str) -> None:
    """No file raises an error."""
    rewritten(lines(text), lambda *_: None)
