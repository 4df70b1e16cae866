"""Blocks become plain text, wrapped by display width."""

import unicodedata

from publisher.model import (
    CodeBlock,
    LineBreak,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Text,
)
from publisher.render.text import blocks_text, inlines_text, wrap

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


def test_long_address_stands_alone_and_whole() -> None:
    """An address wider than the line is never broken."""
    url = "<https://example.org/a/very/long/path>"
    assert ["见", f"{url} 。"] == wrap(f"见 {url} 。", 20)


def test_address_stands_between_spaces() -> None:
    """A full stop never touches an address, or filters take it for a part of it."""
    link = Link("https://example.org/", (Text("https://example.org/"),))
    assert inlines_text((Text("见"), link, Text("。"))) == "见 <https://example.org/> 。"


def test_link_with_words_keeps_both() -> None:
    """A link's words come before its address."""
    link = Link("https://example.org/", (Text("页面"),))
    assert inlines_text((link,)) == "页面 <https://example.org/> "


def test_blocks_stand_apart() -> None:
    """One empty line parts two blocks."""
    assert blocks_text([paragraph("甲"), paragraph("乙")]) == "甲\n\n乙"


def test_line_break_is_kept() -> None:
    """A line break asked for is one."""
    assert blocks_text([Paragraph((Text("a"), LineBreak(), Text("b")), "en")]) == "a\nb"


def test_list_hangs() -> None:
    """The lines of an entry stand below each other, beside its mark."""
    block = ListBlock(((paragraph("中" * 6),), (paragraph("乙"), paragraph("丙"))), 9)
    assert blocks_text([block], 10) == "9. 中中中\n   中中中\n10. 乙\n\n    丙"


def test_bullets() -> None:
    """A list without numbers has dashes."""
    assert blocks_text([ListBlock(((paragraph("a"),), (paragraph("b"),)), None)]) == "- a\n- b"


def test_quote_is_marked() -> None:
    """Every line of a quote is marked, empty ones without a space at the end."""
    assert blocks_text([Quote((paragraph("a"), paragraph("b")))]) == "> a\n>\n> b"


def test_code_keeps_its_lines() -> None:
    """Code is set in, and not wrapped."""
    line = "x" * 100
    assert f"    {line}\n    y" == blocks_text([CodeBlock(f"{line}\ny\n")])
