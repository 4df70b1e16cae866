"""Tables, lists and pages of HTML: read as a whole, and written as Markdown.

Shapes are those of awesome lists, of daily lists of arXiv on GitHub, of arXiv's own pages and of
exported mails; all words are new.
"""

from datetime import UTC

import pytest

from publisher.digest.parser import read as read_digest
from publisher.model import Level
from tests.support.markup import placed, read, shown, told

A, B = "https://arxiv.org/abs/2401.90001", "https://arxiv.org/abs/2401.90002"
_NAMES = "<tr><th>A<th>B<th>C"
LONG = "这一段说明这篇论文做了什么，为什么这样做，又得到了什么样的结果。" * 2


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<ul>\n\n<li>one\n\n<li>two\n\n</ul>", "- one\n- two"),
        ("<ol start='3'><li>one</li><li>two</li></ol>", "3. one\n4. two"),
        (
            "<ul><li>one<ol><li>a</li><li>b</li></ol></li><li>two</li></ul>",
            "- one\n\n  1. a\n  2. b\n- two",
        ),
        ("<ol><li>one</li><ul><li>a</li></ul><li>two</li></ol>", "1. one\n   - a\n2. two"),
        ("<ul><li><p>one</p><p>more</p></li></ul>", "- one\n\n  more"),
        (
            "<ul><li><h3><a href='https://a.org'>Loaf</a></h3><p>Words.</p></li></ul>",
            "- [Loaf](https://a.org)\n\n  Words.",
        ),
        ("<ul><li><h3>Loaf</h3></li></ul>", "- **Loaf**"),
        ("<ul><li>one<br>more</li></ul>", "- one<br>\n  more"),
        ("<ul><li># of loaves</li></ul>", "- \\# of loaves"),
        (
            "<ul><li>\n\n**Loaf** [p](https://a.org)\n\n- a\n\n</li></ul>",
            "- **Loaf** [p](https://a.org)\n\n  - a",
        ),
        ("<ul><li><pre><code>a\n b</code></pre></li></ul>", "- ```\n  a\n   b\n  ```"),
        ("<ul><li><blockquote>a</blockquote></li></ul>", "- > a"),
        (
            "<ol>\n  Words that only stand\n  further right.\n</ol>",
            "Words that only stand\nfurther right.",
        ),
        ("<ul><li></li><li>one</li></ul>", "- one"),
        ("<ul></ul>text", "text"),
        ("<ul><li>one<li>two\n\ntext", "- one\n- two\n\ntext"),
        ("<ul><li>one\n\n<ul><li>two</ul>\n\n## Title", "- one\n\n- two\n\n## Title"),
        ("- Markdown's\n  <ul><li>one</li></ul>\n- own", "- Markdown's\n\n  - one\n\n- own"),
        ("- <ul><li>one</li></ul>", "- - one"),
        ("    <ul><li>one</li></ul>", "- one"),
        ("<menu><li>one</li></menu>", "- one"),
    ],
)
def test_lists(typed: str, expected: str) -> None:
    """They are Markdown's, nested as they were."""
    assert expected == shown(typed)


def test_places_of_contents_are_kept_in_lists() -> None:
    """By them a list of contents is known as one, as those of Markdown are."""
    assert "- [One](#one)" == shown("<ul><li><a href='#one'>One</a></li></ul>")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (
            "<dl><dt>Venue</dt><dd>Here</dd><dt>作者：</dt><dd>Ana</dd></dl>",
            "- **Venue**: Here\n- **作者**: Ana",
        ),
        ("<dl><dt><b>Venue</b></dt><dd>Here</dd></dl>", "- **Venue**: Here"),
        ("<dl><dt>Loaf</dt><dd><p>One</p><p>two</p></dd></dl>", "Loaf\n\nOne\n\ntwo"),
        ("<dl><dt>摘要</dt><dd><p>One</p><p>two</p></dd></dl>", "**摘要**:\n\nOne\n\ntwo"),
        (
            "<dl><dt>Authors</dt><dd>Ana</dd>\n<dd>Bo</dd><dd><p>a</p><p>b</p></dd><dd>c</dd></dl>",
            "- **Authors**: Ana, Bo\n\na\n\nb\n\nc",
        ),
        (
            f"<dl><dt><a href='{A}'>Loaf</a></dt><dd>Ana</dd><dd>One.</dd></dl>",
            f"- [Loaf]({A}) Ana\n\nOne.",
        ),
        ("<dl><dt>Loaf</dt></dl>", "Loaf"),
        ("<dl><dd>Loaf</dd></dl>", "Loaf"),
        (
            "<dl>\n<dt>[1] <a name='item1'></a><a href='"
            + A
            + "' title='Abstract'>arXiv:2401.90001"
            "</a> [<a href='/pdf/2401.90001'>pdf</a>]</dt>\n<dd><div class='meta'>\n"
            "<div><span>Title:</span>\n Loaf</div>\n<div>Ana, Bo</div></div></dd></dl>",
            f"[1] [arXiv:2401.90001]({A}) [pdf]\n\nTitle:\nLoaf\n\nAna, Bo",
        ),
    ],
)
def test_terms(typed: str, expected: str) -> None:
    """A short term is the label of its line; a longer one stands above what is said of it."""
    assert expected == shown(typed)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("<tr><td>one</td><td>two</td></tr>", "| one | two |"),
        ("<TR><TD>one<TD>two", "| one | two |"),
        ("<tr><td>a|b `c|d` $|e|$</td><td></td></tr>", "| a\\|b `c|d` $|e|$ |  |"),
        ("<tr><td>one<br><b>two</b><p>three</p></td></tr>", "| one<br>**two**<br>three |"),
        ("<tr><td><ul><li>x</li><li>y</li></ul></td></tr>", "| • x<br>• y |"),
        ("<tr><td>\n\none\ntwo\n\n- x\n- y\n\n</td></tr>", "| one two<br>• x<br>• y |"),
        ("<tr><td># of loaves</td><td><h4>x</h4></td></tr>", "| # of loaves | **x** |"),
        ("<tr><td>中文\n换行</td><td><pre>a\nb</pre></td></tr>", "| 中文换行 | `a`<br>`b` |"),
        ("<tr><td rowspan=2>x</td><td>1<tr><td>2", "| x | 1 |\n| x | 2 |"),
        ("<tr><td>1<td>2<td>3</tr>", "| 1 | 2 | 3 |"),
        (
            "<tr><td><table><tr><td>1</td><td>2</td></tr></table></td><td>3</td></tr>",
            "| 1 · 2 | 3 |",
        ),
    ],
)
def test_cells(row: str, expected: str) -> None:
    """Each row is a line, whatever its cells hold, and nothing in it parts cells."""
    names, dashes, *lines = shown(f"<table><tr><th>A</th><th>B</th></tr>{row}</table>").split("\n")
    assert names.startswith("| A | B |")
    assert dashes == "|" + "---|" * (names.count("|") - 1)
    assert expected.split("\n") == lines


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (
            "<table><tr><td>Title</td><td>Code</td></tr><tr><td>Loaf</td><td>x</td></tr></table>",
            "| Title | Code |\n|---|---|\n| Loaf | x |",
        ),
        (
            f"<table><tr><td><a href='{A}'>Loaf</a><td>x<tr><td><a href='{B}'>Bun</a><td>y</table>",
            f"|  |  |\n|---|---|\n| [Loaf]({A}) | x |\n| [Bun]({B}) | y |",
        ),
        (
            "<TABLE><THEAD><TR><TD>A<TD>B<TBODY><TR><TD>c<TD>d</TABLE>",
            "| A | B |\n|---|---|\n| c | d |",
        ),
        (
            "<table><caption>Loaves</caption><tr><th>A</th><th>B</th></tr></table>",
            "Loaves\n\n| A | B |\n|---|---|",
        ),
        (
            "<table><tr><th colspan=2>A<th>B<tr><td>1<td>2<td>3</table>",
            "| A |  | B |\n|---|---|---|\n| 1 | 2 | 3 |",
        ),
        ("<table><tr><th>A<tr><td>1<td>2</table>", "| A |  |\n|---|---|\n| 1 | 2 |"),
        (
            f"<table>{_NAMES}<tr><td rowspan=2>1<td>2<td>3<tr><td colspan=2>{LONG}</table>",
            f"| A | B | C |  |\n|---|---|---|---|\n| 1 | 2 | 3 | {LONG} |",
        ),
        (
            "<table><tr><th>Title</th><td>Loaf</td></tr><tr><th>Venue</th><td>Here</td></tr></table>",
            "- **Title**: Loaf\n- **Venue**: Here",
        ),
        (
            "<table>\nstray\n<tr><td>1</td><td>2</td></tr></table>",
            "stray\n\n|  |  |\n|---|---|\n| 1 | 2 |",
        ),
        ("<table><tr><td>1</td><td>2</td></tr>\n\ntext", "|  |  |\n|---|---|\n| 1 | 2 |\n\ntext"),
        ("<table></table>text", "text"),
    ],
)
def test_tables(typed: str, expected: str) -> None:
    """Their names are those of Markdown's tables: the first row, where it may be names."""
    assert expected == shown(typed)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("<table><tr><td>\n\n## Loaf\n\nWords.\n\n</td></tr></table>", "## Loaf\n\nWords."),
        (
            "<table><tr><td><table><tr><td>A</td></tr><tr><td>B</td></tr></table></td></tr></table>",
            "A\n\nB",
        ),
        (
            "<table><tr><td><h3>Loaf</h3><p>One</p></td><td>Two</td></tr></table>",
            "### Loaf\n\nOne\n\nTwo",
        ),
        ("<table role='presentation'><tr><td>One</td><td>Two</td></tr></table>", "One\n\nTwo"),
    ],
)
def test_tables_that_lay_out_a_page(typed: str, expected: str) -> None:
    """Their cells are paragraphs, one below the other."""
    assert expected == shown(typed)


def test_summary_below_a_row_belongs_to_it() -> None:
    """A long text over all columns ends the row above; a short one is a row of its own."""
    summary = f"<details><summary>总结</summary>\n\n{LONG}\n</details>"
    text = (
        f"<table>\n<tr><th>Title</th><th>PDF</th></tr>\n<tr><td colspan=2>2024</td></tr>\n"
        f"<tr><td>Loaf</td><td><a href='{A}'>PDF</a></td></tr>\n"
        f"<tr><td colspan=2>{summary}</td></tr></table>"
    )
    assert [
        (2, "| Title | PDF |  |"),
        (2, "|---|---|---|"),
        (3, "| 2024 |  |"),
        (4, f"| Loaf | [PDF]({A}) | **总结**<br>{LONG} |"),
    ] == placed(text)


def test_rows_have_their_lines() -> None:
    """Below line 65,535 as well, where lxml counts no further."""
    text = "\n" * 70_000 + "<table>\n<tr>\n<th>A</th>\n<th>B</th>\n</tr>\n<tr>\n<td>1</td>\n"
    text += "<td>2</td>\n</tr>\n</table>\n<ul>\n<li>x\n\ny</li>\n</ul>\nend"
    assert [
        (70_002, "| A | B |"),
        (70_002, "|---|---|"),
        (70_006, "| 1 | 2 |"),
        (70_012, "- x"),
        (70_014, "  y"),
        (70_016, "end"),
    ] == placed(text)


def test_code_in_a_region() -> None:
    """A fence inside a list of HTML hides its tags, and is one in the entry."""
    text = "<ul><li>one\n\n```py\nx = '</ul>'\n```\n\n</li><li>two</li></ul>"
    assert "- one\n\n  ```\n  x = '</ul>'\n  ```\n- two" == shown(text)


@pytest.mark.parametrize(
    "text",
    [
        "<ul><li>a &lt;b&gt; &amp;lt; <think> a<b</li></ul>",
        "<ul><li>`<li>` &nbsp; &#x4e2d;</li></ul>",
    ],
)
def test_text_in_a_region_stays_as_typed(text: str) -> None:
    """Entities, escapes and what is no tag are as they were: Markdown reads them later."""
    assert "- " + text.removeprefix("<ul><li>").removesuffix("</li></ul>") == shown(text)


def test_what_is_nested_too_deep_stays_as_text() -> None:
    """All that follows the 255th level, lxml leaves out: nothing is lost, and a remark says so."""
    deep = "<ul><li>" * 300 + "deep" + "</li></ul>" * 300
    text = f"{deep}\nafter\n\n<ul><li>one</li></ul>"
    assert ["deep", "after", "one"] == [line.lstrip("- ") or line for line in
                                          shown(text).split("\n") if line.strip(" -")]  # fmt: skip
    [(line, _, level, code, words)] = read(text)[1]
    assert (1, Level.warning, "deep-markup") == (line, level, code)
    assert "HTML is nested too deep here, to line 1: shown as text, without its form" == words


def test_what_is_nested_deep_is_flat_inside() -> None:
    """Below the 40th level there is no form any more."""
    deep = "<ul><li>" * 60 + "deep" + "</li></ul>" * 60
    assert "deep" in shown(f"{deep}\nafter")
    assert [(1, "deep-markup")] == told(f"{deep}\nafter")


PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Loaves</title>
<style>p { color: red }</style></head>
<body>
<table role="presentation"><tr><td>
<h1>Loaves *weekly*</h1>
<p>Words that go on
- over lines, a_b and _c_.</p>
<h2><a href="https://arxiv.org/abs/2401.90001">Loaf</a></h2>
<div>Ana<br>Bo<br><br>Words &amp; more.</div>
</td><td><nav>Home</nav></td></tr></table>
</body></html>"""


def test_page() -> None:
    """A whole page, as mails are exported, is read as one: line ends and stars mean nothing."""
    assert [
        (7, "# Loaves \\*weekly\\*"),
        (8, "Words that go on - over lines, a_b and \\_c\\_."),
        (10, f"## [Loaf]({A})"),
        (11, "Ana<br>"),
        (11, "Bo"),
        (11, "Words &amp; more."),
        (12, "Home"),
    ] == placed(PAGE)
    assert [(3, "hidden-markup"), (1, "markup")] == told(PAGE)


def test_papers_of_a_table_are_items() -> None:
    """A digest that is a table of HTML loses no paper."""
    text = (
        f"<h2>Papers</h2>\n<ul>\n<li><a href='{A}'>Loaf by Ear</a>: 听。</li>\n"
        f"<li><a href='{B}'>Bun by Nose</a>: 闻。</li>\n</ul>\n"
    )
    found = read_digest(text.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC)
    assert found.issue
    assert ["Loaf by Ear", "Bun by Nose"] == [item.title.text for item in found.issue.items]
    assert [3, 4] == [item.line for item in found.issue.items]
