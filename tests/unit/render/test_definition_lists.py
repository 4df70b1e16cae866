"""Labelled fields of a paper on pages, in feeds, in both parts of a mail, and in one language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.feeds.entry_html import issue_html
from publisher.model import (
    Block,
    CodeBlock,
    Definition,
    DefinitionList,
    Issue,
    Link,
    ListBlock,
    Math,
    Paragraph,
    Quote,
    Text,
    paragraphs,
    plain,
)
from publisher.render.html import blocks_html
from publisher.render.mail.simplify import simplify_blocks
from publisher.render.mail.size_budget import Form
from publisher.render.mail.variants import in_language
from publisher.render.text import Links, blocks_text
from publisher.render.titles import excerpt
from publisher.render.url_delimiters import delimit_blocks
from tests.support.issue_mail import LEAVE, RENDERER, bounded, found, issue, mail, record, text
from tests.w3c.values import html_events

EN, ZH = "en", "zh-Hans"


def paragraph(words: str, lang: str = ZH) -> Paragraph:
    """Make a paragraph."""
    return Paragraph((Text(words),), lang)


def field(term: str, *children: Block | str, lang: str = ZH) -> Definition:
    """Make a field of paragraphs, and of whatever else."""
    return Definition(
        paragraph(term, lang),
        tuple(paragraph(child, lang) if isinstance(child, str) else child for child in children),
    )


def fields(*definitions: Definition) -> DefinitionList:
    """Make a list of fields."""
    return DefinitionList(definitions)


BULLETS = ListBlock(((paragraph("更快"),), (paragraph("更省"),)), None)
INNOVATION = field("核心创新", "面团自己说好了。")
RESULTS = field("实验结果", BULLETS)
METHOD = field("Method", "We weigh it twice.", "Then we bake.", lang=EN)
ALL = fields(INNOVATION, RESULTS, METHOD)


def with_fields(*blocks: Block) -> Issue:
    """Return an issue of one paper whose text these blocks are."""
    made = issue(1)
    return replace(made, items=(replace(made.items[0], body=blocks),))


# --- HTML ---------------------------------------------------------------------------------


def test_a_field_is_a_term_and_what_it_says() -> None:
    """A paragraph that is alone is the description itself; all else stands in it."""
    expected = (
        "<dl>\n<dt>核心创新</dt>\n<dd>面团自己说好了。</dd>\n"
        "<dt>实验结果</dt>\n<dd>\n<ul>\n<li>更快</li>\n<li>更省</li>\n</ul>\n</dd>\n"
        '<dt lang="en">Method</dt>\n<dd>\n<p lang="en">We weigh it twice.</p>\n'
        '<p lang="en">Then we bake.</p>\n</dd>\n</dl>\n'
    )
    assert expected == blocks_html([ALL], ZH)


def test_fields_are_escaped() -> None:
    """What looks like HTML in a term or below it is shown, and never acts."""
    written = blocks_html([fields(field("</dt><script>", "<b>&"))], ZH)
    expected = "<dt>&lt;/dt&gt;&lt;script&gt;</dt>\n<dd>&lt;b&gt;&amp;</dd>"
    assert expected in written


@pytest.mark.parametrize(
    "block", [ALL, fields(), fields(field("空")), Quote((ALL,)), ListBlock(((ALL,),), None)]
)
def test_fields_are_html(block: Block) -> None:
    """Feeds hold nothing else than HTML5 parses without an error, and each term has a dd."""
    written = issue_html(with_fields(block))
    assert [] == list(html_events(written))
    assert written.count("<dt") == written.count("<dd")


# --- Mails --------------------------------------------------------------------------------


def test_a_mail_has_no_dl() -> None:
    """Outlook and Gmail make little of one: a field is a paragraph that begins with its term."""
    expected = (
        "<p><strong>核心创新</strong>：面团自己说好了。</p>\n"
        "<p><strong>实验结果</strong>：</p>\n<ul>\n<li>更快</li>\n<li>更省</li>\n</ul>\n"
        '<p lang="en"><strong>Method</strong>: We weigh it twice.</p>\n'
        '<p lang="en">Then we bake.</p>\n'
    )
    assert expected == blocks_html(simplify_blocks([ALL]), ZH)
    page = mail(with_fields(ALL))
    assert [] == found(page, "//dl | //dt | //dd")
    assert ["核心创新", "实验结果", "Method"] == found(page, "//strong/text()")


@pytest.mark.parametrize(
    ("term", "lang", "expected"),
    [
        ("Why now?", EN, "<strong>Why now?</strong> So."),
        ("为什么？", ZH, "<strong>为什么？</strong>So."),
        ("方法：", ZH, "<strong>方法：</strong>So."),
        ("Metode", "ms", "<strong>Metode</strong>: So."),
        ("手法", "ja", "<strong>手法</strong>：So."),
    ],
)
def test_a_term_ends_in_a_colon(term: str, lang: str, expected: str) -> None:
    """The colon is the language's; a term that ends in a mark has it already."""
    assert f"<p>{expected}</p>\n" == blocks_html(
        simplify_blocks([fields(field(term, "So.", lang=lang))]), lang
    )


def test_a_term_without_words_leaves_no_colon() -> None:
    """A field that has no label is its text."""
    nameless = fields(Definition(Paragraph((), ZH), (paragraph("文。"),)))
    assert "<p>文。</p>\n" == blocks_html(simplify_blocks([nameless]), ZH)
    assert "文。" == blocks_text([nameless], Links())


def test_fields_in_lists_and_quotes_of_a_mail() -> None:
    """Fields are paragraphs wherever they stand, and their formulas are in Unicode."""
    formula = fields(Definition(paragraph("k"), (Paragraph((Math("x^2", "x²", False),), ZH),)))
    expected = "<p><strong>k</strong>：x²</p>\n"
    written = blocks_html(simplify_blocks([Quote((formula,)), ListBlock(((formula,),), None)]), ZH)
    assert f"<blockquote>\n{expected}</blockquote>\n" in written
    assert "<li><strong>k</strong>：x²</li>" in written


def test_text_of_short_fields_is_tight() -> None:
    """Fields of a paragraph each stand line below line."""
    expected = "核心创新：面团自己说好了。\n领域：烘焙"
    assert expected == blocks_text([fields(INNOVATION, field("领域", "烘焙"))], Links())


def test_text() -> None:
    """In plain text a field's lines, but for the first, are indented."""
    long = field("核心创新", "面团自己说好了。" * 6)
    expected = [
        "核心创新：面团自己说好了。面团自己说好了。面团自己说好了。面团自己说好",
        "  了。面团自己说好了。面团自己说好了。",
        "",
        "实验结果：",
        "",
        "  - 更快",
        "  - 更省",
        "",
        "Method: We weigh it twice.",
        "",
        "  Then we bake.",
    ]
    block = fields(long, RESULTS, METHOD)
    assert expected == blocks_text([block], Links()).split("\n")
    assert "\n核心创新：面团自己说好了。\n" in text(with_fields(ALL))


def test_text_numbers_links_in_order() -> None:
    """The links of a term and of its text are numbered as they are read."""
    first, second = (
        Paragraph((Link(f"https://{name}.org", (Text(name),)),), EN) for name in ("a", "b")
    )
    links = Links()
    assert "a [1]: b [2]" == blocks_text([fields(Definition(first, (second,)))], links)
    assert "[1] <https://a.org>\n[2] <https://b.org>" == links.lines()


def test_a_mail_that_is_too_long_shows_the_first_fields() -> None:
    """Fields are cut as any other text is: behind a sentence, in both parts."""
    many = fields(*(field(f"第{number}项", f"第{number}句。" * 40) for number in range(9)))
    made = with_fields(many)
    email = bounded(made, len(RENDERER.email(made, record(made), LEAVE).html_bytes) - 1_500)
    for part in (email.html, email.text):
        assert "第0项" in part
        assert "第8项" not in part
    assert [Form.beginning] == [shortened.form for shortened in email.shortened]


# --- The rest -----------------------------------------------------------------------------


def test_words_are_walked_in_order() -> None:
    """A search for words or links passes through fields."""
    walked = [plain(run) for run in paragraphs([ALL])]
    assert [
        *("核心创新", "面团自己说好了。", "实验结果", "更快", "更省"),
        *("Method", "We weigh it twice.", "Then we bake."),
    ] == walked


def test_addresses_stand_between_spaces() -> None:
    """As in any other text, an address touches no other words."""
    assert (fields(field("见 https://a.org 。", "看 https://b.org 。")),) == delimit_blocks(
        [fields(field("见https://a.org。", "看https://b.org。"))]
    )


def test_one_language() -> None:
    """A field stays as far as its text is in the language; a term alone goes, code stays."""
    both = field("结果", "好。", paragraph("Good.", EN))
    code = field("代码", CodeBlock("x = 1\n"))
    made = with_fields(fields(INNOVATION, METHOD, both, code, field("空")))
    expected = fields(METHOD, field("结果", paragraph("Good.", EN)), code)
    assert (expected,) == in_language(made, EN).items[0].body
    assert () == in_language(with_fields(fields(INNOVATION)), EN).items[0].body


def test_excerpt() -> None:
    """A text of nothing but fields is described by the first that has a paragraph."""
    assert "We weigh it twice." == excerpt([BULLETS, fields(RESULTS, METHOD)])
