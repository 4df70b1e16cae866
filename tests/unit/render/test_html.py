"""Blocks become safe HTML."""

from publisher.model import (
    Code,
    CodeBlock,
    Emphasis,
    LineBreak,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Strong,
    Subheading,
    Text,
)
from publisher.render.html import blocks_html, is_followable


def paragraph(text: str, lang: str = "en") -> Paragraph:
    """Make a paragraph of plain words."""
    return Paragraph((Text(text),), lang)


def test_paragraph_says_its_language() -> None:
    """A paragraph carries its language."""
    assert blocks_html([paragraph("视觉", "zh-Hans")]) == '<p lang="zh-Hans">视觉</p>\n'


def test_page_language_is_not_repeated() -> None:
    """A block in the page's own language says nothing of it."""
    assert blocks_html([paragraph("Vision")], page_lang="en") == "<p>Vision</p>\n"


def test_markup_in_text_is_shown() -> None:
    """Text that looks like HTML is shown and never acts."""
    assert blocks_html([paragraph("<b>&\"'", "en")], "en") == "<p>&lt;b&gt;&amp;&quot;&#x27;</p>\n"


def test_markup_in_code_is_shown() -> None:
    """Code that looks like HTML is shown and never acts."""
    expected = "<pre><code>if a &lt; b:\n    pass\n</code></pre>\n"
    assert blocks_html([CodeBlock("if a < b:\n    pass\n")]) == expected


def test_language_cannot_break_out_of_its_attribute() -> None:
    """A language tag is escaped like all else."""
    assert blocks_html([paragraph("x", '"><b')]) == '<p lang="&quot;&gt;&lt;b">x</p>\n'


def test_characters_no_mail_may_hold_are_left_out() -> None:
    """Control characters, lone surrogates and non-characters do not reach a page."""
    assert blocks_html([paragraph("a\x00b\x92c\ufffed\ud800e\tf\u3000g")], "en") == (
        "<p>abcde\tf\u3000g</p>\n"
    )


def test_link() -> None:
    """A link leads where it says, its address escaped."""
    link = Link("https://example.org/?a=1&b=2", (Text("there"),))
    expected = '<p><a href="https://example.org/?a=1&amp;b=2">there</a></p>\n'
    assert blocks_html([Paragraph((link,), "en")], "en") == expected


def test_link_that_would_run_a_script_is_only_words() -> None:
    """A link with a scheme that no reader should follow keeps its words alone."""
    link = Link("javascript:alert(1)", (Text("click"),))
    assert blocks_html([Paragraph((link,), "en")], "en") == "<p>click</p>\n"


def test_schemes_are_matched_in_any_case() -> None:
    """A scheme may be written in capitals (RFC 3986 3.1)."""
    assert [
        is_followable(url)
        for url in ("HTTPS://example.org", "mailto:a@example.org", "data:text/html,")
    ] == [True, True, False]


def test_inlines_nest() -> None:
    """Emphasis, strong words, code and line breaks may stand inside each other."""
    inlines = (Strong((Emphasis((Text("a"),)), Code("b"))), LineBreak(), Text("c"))
    expected = "<p><strong><em>a</em><code>b</code></strong><br>\nc</p>\n"
    assert blocks_html([Paragraph(inlines, "en")], "en") == expected


def test_subheading_has_the_rank_asked_for() -> None:
    """A subheading takes the rank that fits the page."""
    heading = Subheading((Text("Method"),), "en")
    assert blocks_html([heading], level=3) == '<h3 lang="en">Method</h3>\n'


def test_plain_list_is_tight() -> None:
    """An entry that is one paragraph needs no paragraph inside."""
    block = ListBlock(((paragraph("a"),), (paragraph("乙", "zh-Hans"),)), None)
    expected = '<ul>\n<li>a</li>\n<li lang="zh-Hans">乙</li>\n</ul>\n'
    assert blocks_html([block], "en") == expected


def test_a_list_in_a_list_is_tight() -> None:
    """A paragraph with a list below it needs none inside: newsboat leaves its bullet alone.

    What is below it says its language where that is not the entry's.
    """
    below = ListBlock(((paragraph("b"),), (paragraph("丙", "zh-Hans"),)), None)
    block = ListBlock(((paragraph("甲", "zh-Hans"), below),), None)
    inner = '<ul>\n<li lang="en">b</li>\n<li>丙</li>\n</ul>\n'
    expected = f'<ul>\n<li lang="zh-Hans">甲\n{inner}</li>\n</ul>\n'
    assert blocks_html([block], "en") == expected
    everywhere = expected.replace("<li>", '<li lang="zh-Hans">')
    assert blocks_html([block]) == everywhere


def test_numbered_list_starts_where_it_says() -> None:
    """A numbered list keeps its first number, and an entry may hold several blocks."""
    block = ListBlock(((paragraph("a"), paragraph("b")),), 3)
    expected = '<ol start="3">\n<li>\n<p>a</p>\n<p>b</p>\n</li>\n</ol>\n'
    assert blocks_html([block], "en") == expected


def test_quote() -> None:
    """Quoted blocks are blocks."""
    expected = "<blockquote>\n<p>a</p>\n</blockquote>\n"
    assert blocks_html([Quote((paragraph("a"),))], "en") == expected
