"""Blocks become plain text, wrapped by display width."""

import unicodedata

import pytest

from publisher.model import (
    Block,
    CodeBlock,
    Emphasis,
    LineBreak,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Text,
)
from publisher.render.contexts import LinkView
from publisher.render.text import Links, blocks_text, inlines_text, underline, wrap
from publisher.text_width import shown_columns

ABSTRACT = (
    "稀疏自编码器（SAEs）是一种无监督学习方法，旨在将神经网络的潜在表示分解为稀疏且看似可解释的特征。"
    "在本研究中，我们推出了Gemma Scope，这是一个包含JumpReLU SAE的开放套件，"
    "针对Gemma 2 2B和9B的所有层。"
)


def shown(line: str) -> int:
    """Count the columns a terminal takes, letter by letter."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)


def paragraph(text: str) -> Paragraph:
    """Make a paragraph of plain words."""
    return Paragraph((Text(text),), "zh-Hans")


def test_no_line_is_wider_than_asked() -> None:
    """Chinese takes two columns a character, and no line passes the width."""
    for width in range(12, 80):
        assert [line for line in wrap(ABSTRACT, width) if shown(line) > width] == []


def test_nothing_is_lost() -> None:
    """Wrapping changes spaces alone."""
    for width in range(12, 80):
        assert ABSTRACT.replace(" ", "") == "".join(wrap(ABSTRACT, width)).replace(" ", "")


def test_lines_are_filled() -> None:
    """A line of Chinese leaves at most the room of one character and its punctuation."""
    assert [shown(line) for line in wrap("中" * 25, 20)] == [20, 20, 10]


def test_no_line_begins_with_closing_punctuation() -> None:
    """A comma stays with the word before it, and takes that to the next line."""
    assert wrap("中中中中中，中", 10) == ["中中中中", "中，中"]


def test_no_line_ends_with_opening_punctuation() -> None:
    """A bracket stays with the word after it."""
    assert wrap("中中中中（中）", 10) == ["中中中中", "（中）"]


def test_words_stay_whole() -> None:
    """Latin words are not broken."""
    assert wrap("the quick brown fox", 10) == ["the quick", "brown fox"]


def test_greek_is_as_narrow_as_latin() -> None:
    """Letters that are not ASCII but narrow fill a line as ASCII does."""
    assert wrap("αβγδε αβγδ", 10) == ["αβγδε αβγδ"]


def test_long_word_stands_alone_and_whole() -> None:
    """A word wider than the line is never broken."""
    word = "a/very/long/path/to/somewhere"
    assert ["见", word, "and on"] == wrap(f"见 {word} and on", 20)


def test_rule_is_as_wide_as_the_title_is_shown() -> None:
    """A title is underlined to its end: a Chinese letter is two columns, a curly quote one."""
    assert underline(["VITA：迈向“开源”", "b"], "-") == "-" * shown("VITA：迈向“开源”")


@pytest.mark.parametrize(
    "text", ["é", "αβγ", "中文", "（a）", "ﬁ", "한국어", "ひらがな", "😀", "ｶﾅ", "—"]
)
def test_columns_are_those_of_a_terminal(text: str) -> None:
    """Wide and full-width letters take two columns, all others one."""
    assert shown(text) == shown_columns(text)


def link(url: str, words: str = "") -> Link:
    """Make a link; without words it is a bare address."""
    return Link(url, (Text(words or url),))


def test_link_has_a_number() -> None:
    """A link's words stay, and its number stands behind them."""
    links = Links()
    assert inlines_text((link("https://a.org/", "页面"), Text("。")), links) == "页面 [1]。"
    assert links.lines() == "[1] <https://a.org/>"


def test_bare_address_is_its_number() -> None:
    """A bare address leaves nothing but its number in the text."""
    inlines = (Text("访问"), link("https://a.org/"), Text("，互动"))
    assert inlines_text(inlines, Links()) == "访问 [1]，互动"


@pytest.mark.parametrize("before", ["", "（", "：", "见 "])
def test_number_needs_no_second_space(before: str) -> None:
    """Where a line or a bracket begins, and after full-width punctuation, no space is wanted."""
    assert f"{before}[1]" == inlines_text((Text(before), link("https://a.org/")), Links())


def test_address_has_one_number() -> None:
    """An address that stands twice is listed once."""
    links = Links()
    inlines = (
        link("https://a.org/", "a"),
        link("https://b.org/", "b"),
        link("https://a.org/", "c"),
    )
    assert inlines_text(inlines, links) == "a [1]b [2]c [1]"
    assert links.lines() == "[1] <https://a.org/>\n[2] <https://b.org/>"


def test_links_of_the_row_come_first() -> None:
    """The paper's own links have the first numbers, and say what they are."""
    links = Links(
        (
            LinkView(url="https://arxiv.org/pdf/1", label="PDF"),
            LinkView(url="https://vita.github.io/", label="vita.github.io"),
        )
    )
    assert inlines_text((link("https://vita.github.io/"),), links) == "[2]"
    assert links.lines() == "[1] <https://arxiv.org/pdf/1> PDF\n[2] <https://vita.github.io/>"


def test_link_that_cannot_be_followed_has_no_number() -> None:
    """Of a `javascript:` link only the words stay."""
    links = Links()
    assert (inlines_text((link("javascript:a", "b"),), links), links.lines()) == ("b", "")


def test_link_in_emphasis_has_a_number() -> None:
    """Emphasis leaves no mark, and hides no address."""
    assert inlines_text((Emphasis((link("https://a.org/", "a"),)),), Links()) == "a [1]"


def blocks(*given: Block) -> str:
    """Return blocks as text."""
    return blocks_text(given, Links())


def test_blocks_stand_apart() -> None:
    """One empty line parts two blocks."""
    assert blocks(paragraph("甲"), paragraph("乙")) == "甲\n\n乙"


def test_line_break_is_kept() -> None:
    """A line break asked for is one."""
    assert blocks(Paragraph((Text("a"), LineBreak(), Text("b")), "en")) == "a\nb"


def test_list_hangs() -> None:
    """The lines of an entry stand below each other, beside its mark."""
    block = ListBlock(((paragraph("中" * 20),), (paragraph("乙"), paragraph("丙"))), 9)
    line = "中" * 18
    assert blocks_text([block], Links(), 40) == f"9. {line}\n   中中\n10. 乙\n\n    丙"


def test_deep_lists_stay_readable() -> None:
    """However deep a list is nested, its lines are not squeezed to nothing."""
    block: Block = paragraph("word " * 40)
    for _ in range(60):
        block = Quote((block,))
    assert max(len(line.strip("> ")) for line in blocks(block).splitlines()) > 15


def test_bullets() -> None:
    """A list without numbers has dashes."""
    assert blocks(ListBlock(((paragraph("a"),), (paragraph("b"),)), None)) == "- a\n- b"


def test_quote_is_marked() -> None:
    """Every line of a quote is marked, empty ones without a space at the end."""
    assert blocks(Quote((paragraph("a"), paragraph("b")))) == "> a\n>\n> b"


def test_code_keeps_its_lines() -> None:
    """Code is set in, and not wrapped."""
    line = "x" * 100
    assert f"    {line}\n    y" == blocks(CodeBlock(f"{line}\ny\n"))
