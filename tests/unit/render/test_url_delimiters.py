"""An address that is shown stands between spaces, wherever it stands."""

from html import escape

import pytest

from publisher.model import (
    Block,
    Code,
    CodeBlock,
    Emphasis,
    Inline,
    LineBreak,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Strong,
    Text,
)
from publisher.render.html import blocks_html
from publisher.render.text import Links, inlines_text
from publisher.render.url_delimiters import delimit_blocks, delimit_text

URL = "https://a.github.io"
SHOWN = f'<a href="{URL}">a.github.io</a>'
BARE = Link(URL, (Text(URL),))


def html(*inlines: Inline) -> str:
    """Return a paragraph of these as HTML, without its own element."""
    block: Block = Paragraph(inlines, "en")
    return blocks_html(delimit_blocks([block]), "en").removeprefix("<p>").removesuffix("</p>\n")


@pytest.mark.parametrize("mark", "。，、；：！？）」』”’》….,;:!?)]}'和a")
def test_link_is_separated_from_what_follows(mark: str) -> None:
    """A filter reads on to the next white space, whatever stands there."""
    assert f"{SHOWN} {escape(mark)}" == html(BARE, Text(mark)).replace("\u00a0", " ")


@pytest.mark.parametrize("mark", "见：（“「(a、")
def test_link_is_separated_from_what_precedes(mark: str) -> None:
    """Without a scheme, a letter before a host would be one of it."""
    assert f"{mark} {SHOWN}" == html(Text(mark), BARE).replace("\u00a0", " ")


def test_no_line_ends_between_an_address_and_its_punctuation() -> None:
    """The full stop stays with the address before it, the bracket with the one after it."""
    assert f"见 {SHOWN}\u00a0。" == html(Text("见"), BARE, Text("。"))
    assert f"（\u00a0{SHOWN}\u00a0）" == html(Text("（"), BARE, Text("）"))
    assert f"a: {SHOWN} 和b" == html(Text("a:"), BARE, Text("和b"))


@pytest.mark.parametrize(("before", "after"), [("", ""), ("see ", " 。"), ("\u3000", "\n")])
def test_white_space_is_enough(before: str, after: str) -> None:
    """No second space is added."""
    assert f"{before}{SHOWN}{after}" == html(Text(before), BARE, Text(after))


def test_delimiters_need_no_space() -> None:
    """`<`, `>` and `"` end an address (RFC 3986 appendix C)."""
    assert f"&lt;{SHOWN}&gt;&quot;{SHOWN}&quot;" == html(
        Text("<"), BARE, Text('>"'), BARE, Text('"')
    )


def test_a_line_may_begin_and_end_with_an_address() -> None:
    """A line break separates."""
    assert f"a<br>\n{SHOWN}<br>\nb" == html(Text("a"), LineBreak(), BARE, LineBreak(), Text("b"))


def test_space_is_outside_of_a_link_and_of_emphasis() -> None:
    """Neither is underlined further than its words."""
    there = Link("https://b.org", (Text("there"),))
    assert f'{SHOWN} <a href="https://b.org">there</a>' == html(BARE, there)
    assert f"见 <strong>{SHOWN}</strong>\u00a0。" == html(Text("见"), Strong((BARE,)), Text("。"))
    assert f"{SHOWN} <em>b</em>" == html(BARE, Emphasis((Text("b"),)))


def test_other_words_stay_as_they_are() -> None:
    """What is no address gets no space."""
    link = Link("https://github.com/a", (Text("代码"),))
    assert '见<a href="https://github.com/a">代码</a>。v1.0。' == html(
        Text("见"), link, Text("。v1.0。")
    )


@pytest.mark.parametrize(
    ("url", "words", "shown"),
    [
        ("https://github.com/a/b", "https://github.com/a/b", "github.com/a/b"),
        ("https://a.org:8443/", "https://a.org:8443/", "a.org:8443/"),
        ("http://a.org", "http://a.org", "http://a.org"),
        ("https://b.org", "https://a.org", "https://a.org"),
        ("https://xn--fsqu00a.com", "https://例子.com", "https://例子.com"),
        ("https://localhost/a", "https://localhost/a", "https://localhost/a"),
        ("https://[::1]/a", "https://[::1]/a", "https://[::1]/a"),
        ("https://github.com/a", "github.com/a", "github.com/a"),
        ("mailto:a@b.org", "a@b.org", "a@b.org"),
    ],
)
def test_words_of_a_link_to_its_own_address(url: str, words: str, shown: str) -> None:
    """`https://` is not shown; where the words would then say less than the truth, all is."""
    expected = f'见 <a href="{url}">{shown}</a>\u00a0。'
    assert expected == html(Text("见"), Link(url, (Text(words),)), Text("。"))


def test_address_among_the_words_of_a_link() -> None:
    """An author may have put the full stop into the link."""
    assert f'<a href="{URL}">见 {URL} 。</a>' == html(Link(URL, (Text(f"见{URL}。"),)))


def test_marks_inside_a_link_are_no_places_for_a_space() -> None:
    """An address in two parts stays one."""
    link = Link(f"{URL}/b", (Text(f"{URL}/"), Strong((Text("b"),))))
    assert f'<a href="{URL}/b">a.github.io/<strong>b</strong></a>\u00a0。' == html(link, Text("。"))


def test_code_keeps_its_own_punctuation() -> None:
    """In code a space stands only before what is no code."""
    assert f"<code>get('{URL}');</code>\u00a0。" == html(
        Code(f"get('{URL}');"), Text("。")
    ).replace("&#x27;", "'")
    assert f"<code>{URL}.</code>\u00a0。" == html(Code(f"{URL}."), Text("。"))
    assert f"<code># 见{URL} 。</code>。" == html(Code(f"# 见{URL}。"), Text("。"))
    block = CodeBlock(f"get('{URL}');  # 见{URL}，www.a.org/b。\n")
    expected = f"get('{URL}');  # 见{URL} ，www.a.org/b 。\n"
    assert delimit_blocks([block]) == (CodeBlock(expected),)


def test_all_blocks() -> None:
    """Quotes and lists are paragraphs too."""
    paragraph = Paragraph((Text("见ftp://a.org。"),), "zh-Hans")
    expected = Paragraph((Text("见 ftp://a.org 。"),), "zh-Hans")
    blocks = (Quote((paragraph,)), ListBlock(((paragraph,),), None))
    assert delimit_blocks(blocks) == (Quote((expected,)), ListBlock(((expected,),), None))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"见{URL}。一个题目", f"见 {URL} 。一个题目"),
        ("见https://例子.com/路径。后", "见 https://例子.com/路径 。后"),
        ("www.a.org，b", "www.a.org ，b"),
        ("https://a.org/b_(c)).", "https://a.org/b_(c) )."),
        ("https://a.orghttps://b.org.", "https://a.org https://b.org ."),
        ("a.py, GPT-4o.com。", "a.py, GPT-4o.com。"),
        ("See https://a.github.i…", "See https://a.github.i…"),
    ],
)
def test_text(text: str, expected: str) -> None:
    """Titles and subjects are plain text; an address that was cut stays with its ellipsis."""
    assert expected == delimit_text(text)


def test_numbers_of_links_stand_as_before() -> None:
    """In plain text a number stands for an address, and touches what it wants."""
    inlines = (Text("访问"), BARE, Text("，见"), Code(URL), Text("。"))
    assert f"访问 [1]，见 {URL} 。" == inlines_text(inlines, Links())
