"""HTML that stands in Markdown: what is taken away where it stands, and what becomes Markdown.

Shapes are those of GitHub's READMEs and of sites made by Hugo and Jekyll; all words are new.
"""

from datetime import UTC

import pytest

from publisher.digest.html.markup import rewritten
from publisher.digest.parser import read as read_digest
from publisher.model import Level, Strong, Text, paragraphs, plain
from tests.support.markup import lines_of, placed, read, shown, told


@pytest.mark.parametrize(
    "text",
    [
        "plain *words*\n\n- a\n- b",
        "<think> and <answer>, then <|endoftext|>",
        "if a<b and b>c, or p<q>r, or a < b > c, or i<j",
        "<title of the paper> by <author's name>",
        "<https://a.org/b> and <ana@a.org>",
        "&lt;div&gt; and \\<div>",
        "`<div>` and ``<b>`</b>`` and $a <b> c$",
        "```html\n<div>\n```",
        "- entry\n\n      ```\n      <table>\n\n      </table>\n      ```",
        "the tokens <s> and </s>, <video>, and <search> words </search>",
        "<!-- open",
    ],
)
def test_text_is_returned_as_it_is(text: str) -> None:
    """What is no tag of HTML, or in code, leaves the same object."""
    lines = lines_of(text)
    remarks: list[object] = []
    assert lines is rewritten(lines, lambda *remark: remarks.append(remark))
    assert [] == remarks


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("<b>one</b> and <STRONG>two</STRONG>", "**one** and **two**"),
        ("<i>one</i>, <em class='x'>two</em>", "*one*, *two*"),
        ("a<b> two </b>c", "a **two** c"),
        ("<b><i>both</i></b>", "***both***"),
        ("<b>a</b><b>b</b>", "**ab**"),
        ("<i>a</i><b>b</b>", "*a*b"),
        ("<b></b>c<b> </b>", "c"),
        ("<b>no end", "no end"),
        ("no start</b>", "no start"),
        ("<b>one\n\ntwo</b>", "one\n\ntwo"),
        ("<b>x <i>y</b> z</i>", "**x y** z"),
        ("<del>old</del> <s>older</s>", "~~old~~ ~~older~~"),
        ("<q>words</q>", "“words”"),
        ("<code>a &lt; b</code> <kbd>Ctrl</kbd>", "`a < b` `Ctrl`"),
        ("<code>a `b`</code>", "`` a `b` ``"),
        ("<code>see <a href='https://a.org'>x</a></code>", "see [x](https://a.org)"),
        ("10<sup>-3</sup>, H<sub>2</sub>O, x<sub>max</sub>", "10⁻³, H₂O, xₘₐₓ"),
        ("Loaf <sub>Ana</sub> x<br><sub>Ana</sub>", "Loaf Ana x<br>Ana"),
        ("<sub>Ana</sub> Loaf<sub>Ana Oak</sub>", "Ana LoafAna Oak"),
        ("<b></b>1.&nbsp; <b>Loaf</b>\n<b></b>·&nbsp;Loaf", "1. **Loaf**\n- Loaf"),
        ("Ana<sup>1,2*</sup>, Bo<sup>†</sup>, the 4<sup>th</sup>", "Ana¹,²\\*, Bo†, the 4th"),
        ("<u>a</u><span style='x'>b</span><font color=red>c</font><wbr>d", "abcd"),
        ("<time>2024</time> <abbr title='x'>AB</abbr>", "2024 AB"),
        ("<span title='a > b'>c</span>", "c"),
        ("<span\n  class='x'\n>c</span>", "c"),
        ("<o:p></o:p>a", "a"),
    ],
)
def test_tags_in_a_paragraph(typed: str, expected: str) -> None:
    """They become Markdown's marks, or go; the words stay, and the spaces between them."""
    assert expected == shown(typed)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (
            "<a href='https://a.org/b' target=_blank>**one** two</a>",
            "[**one** two](https://a.org/b)",
        ),
        ("<A HREF=https://a.org>x</A>", "[x](https://a.org)"),
        ("<a\n  href='https://a.org'>\n  x\n  y</a>.", " [x y](https://a.org)."),
        ("<a href='https://a.org/(b)'>x</a>", "[x](https://a.org/(b))"),
        ("<a href='https://a.org/(b'>x</a>", "[x](https://a.org/%28b)"),
        ("<a href='https://a.org'>[1] x</a>", "[[1] x](https://a.org)"),
        ("<a href='https://a.org'>1] x</a>", "[1\\] x](https://a.org)"),
        ("<a href='https://a.org'></a>", "[](https://a.org)"),
        ("<a href='https://a.org'>x\n\ny", "[x](https://a.org)\n\ny"),
        (
            "<a href='https://a.org'>x <a href='https://b.org'>y</a>",
            "[x](https://a.org) [y](https://b.org)",
        ),
        ("<a href='https://a.org'><h3>Title</h3></a>", "### [Title](https://a.org)"),
        ("<a href='javascript:x'>y</a> <a href='./z.md'>z</a> <a href='#a'>Back</a>", "y z Back"),
        ("<a name='x'></a>Words <a id=y>more</a>", "Words more"),
        ("<img src='https://a.org/x.png' alt='A [b]'>", "![A \\[b\\]](https://a.org/x.png)"),
        ("<img src='https://a.org/x.png'>", "![](https://a.org/x.png)"),
        (
            "<img src='./x.png' alt='words'> <img src='data:image/png;base64,AAAA' alt=more>",
            "words more",
        ),
        ("<img src='https://a.org/1.gif' width=1 height=1>a", "a"),
        (
            "<a href='https://a.org'><img src='https://img.shields.io/a.svg' alt='PDF'></a>",
            "[![PDF](https://img.shields.io/a.svg)](https://a.org)",
        ),
        (
            "<a href='https://a.org'><img src='https://img.shields.io/a.svg'></a>",
            "[](https://a.org)",
        ),
        (
            "<picture><source srcset='x'><img src='https://a.org/x.png' alt=x></picture>",
            "![x](https://a.org/x.png)",
        ),
        (
            "<video src='https://a.org/v.mp4' controls title='A film'></video>",
            "[A film](https://a.org/v.mp4)",
        ),
    ],
)
def test_links_and_pictures(typed: str, expected: str) -> None:
    """They are what Markdown has for them; one that leads nowhere is its words."""
    assert expected == shown(typed)


def test_picture_without_words_is_no_part_of_a_heading() -> None:
    """Its address would be the title's beginning."""
    typed = "<h1><img src='https://a.org/logo.png' width='300'> The Weekly Loaf</h1>"
    assert "# The Weekly Loaf" == shown(typed)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("<h2>One</h2>", "## One"),
        ("<H3 id=x>One <b>two</b></H3>text", "### One **two**\n\ntext"),
        ("text<h2>One</h2>", "text\n\n## One"),
        ("    <h2>One</h2>", "## One"),
        ("> <h2>One</h2>", "> ## One\n>"),
        ("<h1 align='center'>\n  One\n  <br>\n  two\n</h1>", "# One two"),
        ("<h1>\n中文\n换行</h1>", "# 中文换行"),
        ("<h2></h2>a", "a"),
        ("# <center>One</center>\ntwo", "#  One\ntwo"),
        ("## <h2>One</h2>", "## One"),
        ("<p>&nbsp;</p>\n<p>one</p>\n&nbsp;\ntwo", "one\n\ntwo"),
        ("<h2>no end\ntext", "no end\ntext"),
        ("<div>one</div><div>two</div>", "one\n\ntwo"),
        ("one\n<p>two\nthree</p>\nfour", "one\n\ntwo\nthree\n\nfour"),
        ("one</div>", "one"),
        ("one<hr>two", "one\n\n---\n\ntwo"),
        ("one<br/>two<BR clear='all'>three", "one<br>two<br>three"),
        ("one\n<br>\n<br/>\ntwo", "one\n\ntwo"),
        ("<blockquote>one\n<p>two</p></blockquote>\nthree", "> one\n>\n> two\n>\n\nthree"),
        (
            "<figure><img src='https://a.org/x.png' alt=x><figcaption>Words</figcaption></figure>",
            "![x](https://a.org/x.png)\n\nWords",
        ),
        ("<p># of loaves</p><p>> 90 %</p>", "\\# of loaves\n\n\\> 90 %"),
        ("<div>\n\n# A heading\n\n</div>", "# A heading"),
        ("- <p>one</p>\n- <div>two</div>", "- one\n\n- two"),
        ("- one<p>more</p>\n- two", "- one\n\n  more\n\n- two"),
        ("<li>one\n<li>two", "- one\n\n- two"),
    ],
)
def test_tags_that_part_paragraphs(typed: str, expected: str) -> None:
    """They part them here, too; headings, rules and quotes are Markdown's."""
    assert expected == shown(typed)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("<details>\n  <summary>Details</summary>\nOne\n\nTwo\n</details>", "One\n\nTwo"),
        ("<details><summary>点击展开</summary>\n\n一\n</details>", "一"),
        ("<details><summary><b>Abstract</b></summary>One</details>", "One"),
        ("<details><summary>Ovens</summary>\n\n- one\n\n</details>", "**Ovens**\n\n- one"),
        (
            "<details open><summary><a href='https://a.org'>Loaf</a> (Ana)</summary>x</details>",
            "[Loaf](https://a.org) (Ana)\n\nx",
        ),
        ("<details><summary><h3>Loaf</h3></summary>x</details>", "### Loaf\n\nx"),
        ("<details><summary>\n\n## Loaf\n\n</summary>x</details>", "## Loaf\n\nx"),
        (
            "- Loaf\n  <details><summary>Abstract</summary>\n\n  Words.\n  </details>\n- Bun",
            "- Loaf\n\n  Words.\n\n- Bun",
        ),
        ("the <summary> of it", "the <summary> of it"),
    ],
)
def test_details_are_unfolded(typed: str, expected: str) -> None:
    """What is inside is Markdown; a summary that says nothing goes, another has its own line."""
    assert expected == shown(typed)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("<pre><code class='py'># a &lt; <b>b</b>\n\nx</code></pre>", "```\n# a < b\n\nx\n```"),
        ("<pre>\na\n  b\n</pre>text", "```\na\n  b\n```\ntext"),
        ("<pre>```\n</pre>", "````\n```\n````"),
        ("<pre>Title: Loaf\nhttps://a.org\n</pre>", "Title: Loaf\nhttps://a.org"),
        ("<pre>no end", "no end"),
        ("- <pre>a\nb</pre>", "- ```\n  a\n  b\n  ```"),
    ],
)
def test_code(typed: str, expected: str) -> None:
    """Preformatted code is a fence; a mail's text, which has addresses in it, is text."""
    assert expected == shown(typed)


def test_what_no_reader_is_meant_to_see() -> None:
    """Scripts, styles and drawings go, and a remark names the lines of their words."""
    text = "a <script>alert(1)</script> b\n<style>\n.x {}\n</style>\n<script src=x></script>\nc"
    assert "a  b\n\nc" == shown(text)
    lines, remarks = read(text)
    assert 6 == lines[-1].number
    hidden = [(line, column, level, words) for line, column, level, code, words in remarks
              if code == "hidden-markup"]  # fmt: skip
    assert [
        (1, 3, Level.warning, "what stands in <script> is for no reader: left out"),
        (2, 1, Level.warning, "what stands in <style> is for no reader: left out to line 4"),
    ] == hidden
    assert "x <script>no end" == shown("x <script>no end")


def test_one_remark_tells_of_what_shows_nothing() -> None:
    """It names the lines; structure that Markdown has as well needs none."""
    text = "## One\n<div id=a></div>\n\n<span>two</span>\n<span>three</span>"
    [(line, column, level, code, words)] = read(text)[1]
    assert (2, 1, Level.info, "markup") == (line, column, level, code)
    assert "left out (lines 2 and 4–5): tags or shortcodes that show nothing" == words
    assert [] == told(
        "<h2>One</h2>\n<p><b>a</b><br>\n<a href='https://a.org'>b</a>\n<ul><li>c</ul>"
    )


def test_lines_keep_their_numbers() -> None:
    """However many lines one becomes, and however many become one."""
    text = "a\n<h2>\nOne\n</h2>\n<p>b</p><p>c</p>\n\n```\n<b>\n```\n<div>d</div>"
    expected = [(1, "a"), (2, "## One"), (5, "b"), (5, "c"), (7, "```"), (8, "<b>"), (9, "```"),
                (10, "d")]  # fmt: skip
    assert expected == placed(text)


def test_lines_keep_their_columns() -> None:
    """An untouched line is the same object, another tells where its words stand."""
    lines = [*lines_of("<div>one</div>\n  two"), lines_of("a\nb\nthree")[2]._replace(column=7)]
    first, *_, second, third = rewritten(lines, lambda *_: None)
    assert (1, "one", 6) == first
    assert lines[1] is second
    assert lines[2] is third


def test_html_in_a_table_of_markdown_stays_in_its_cell() -> None:
    """A row is a line, whatever its cells hold."""
    text = (
        "| a | b |\n|---|---|\n"
        "| <ul><li>one</li><li>two</li></ul> | <p>x</p><p>y</p> |\n"
        "| <a href='https://a.org'>l</a><br>m | <div>z</div> |\n"
        "| <h4>t</h4>u | <ul><li>no end |\n"
    )
    assert [
        (1, "| a | b |"),
        (2, "|---|---|"),
        (3, "| • one<br>• two | x<br>y |"),
        (4, "| [l](https://a.org)<br>m | z |"),
        (5, "| **t**<br>u | • no end |"),
    ] == placed(text)


def test_titles_hold_no_tags() -> None:
    """A stress in a title is one; what HTML does not have is text there, too."""
    text = (
        "## <think> & a < b: “Q” <b>bold</b> AT&amp;T\n"
        "[<think> 与 a<b](https://arxiv.org/abs/2412.90002)\n\n正文 <think> <b>粗</b>。\n"
    )
    found = read_digest(text.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC)
    assert found.issue
    [item] = found.issue.items
    assert "<think> & a < b: “Q” bold AT&T" == item.title.text
    assert item.translation
    assert "<think> 与 a<b" == item.translation.text
    [run] = paragraphs(item.body)
    assert (Text("正文 <think> "), Strong((Text("粗"),)), Text("。")) == tuple(run)


def test_introduction_in_front_matter() -> None:
    """It is read as any other text."""
    text = "---\nintro: |\n  <div>Hello, <b>all</b>.</div>\n---\n## One\nhttps://a.org\n\nText.\n"
    found = read_digest(text.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC)
    assert found.issue
    assert ["Hello, all."] == [plain(run) for run in paragraphs(found.issue.intro)]
