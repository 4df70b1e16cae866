"""Paragraphs, lists, quotes, code and headings inside an item's text."""

import pytest

from publisher.digest.language import Languages
from publisher.digest.markdown.blocks import parse
from publisher.digest.markdown.line_marks import heading
from publisher.digest.source_text import Line
from publisher.model import (
    Block,
    CodeBlock,
    DefinitionList,
    Level,
    LineBreak,
    ListBlock,
    Paragraph,
    Quote,
    Subheading,
    Table,
    plain,
)

LANGUAGES = Languages(("en", "zh-CN"))


def shape(block: Block) -> object:  # noqa: PLR0911  (one for each kind)
    """Write a block with plain values: a paragraph is its words."""
    match block:
        case Paragraph(children, _):
            return plain(children)
        case Subheading(children, _):
            return ("#", plain(children))
        case CodeBlock(value):
            return ("code", value)
        case Quote(children):
            return (">", *map(shape, children))
        case ListBlock(entries, start):
            return (start or "*", *([shape(each) for each in entry] for entry in entries))
        case Table(names, rows):
            return tuple(tuple(map(shape, row)) for row in (names, *rows))
        case DefinitionList(definitions):
            return {shape(its.term): [*map(shape, its.children)] for its in definitions}


def parsed(text: str) -> list[object]:
    """Parse a text in which nothing is wrong."""

    def refuse(*what: object) -> None:
        raise AssertionError(what)

    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), 1)]
    return [shape(placed.block) for placed in parse(lines, LANGUAGES, refuse)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一。\n\n二。\n \n\t\n三。", ["一。", "二。", "三。"]),
        ("We do x and\nthen y.", ["We do x and then y."]),
        ("第一句。  \n第二句。", ["第一句。", "第二句。"]),
        ("“引完。”  \n下一段", ["“引完。”", "下一段"]),
        ("　　缩进一\n　　缩进二\n续行", ["缩进一", "缩进二续行"]),
        ("\t制表符 ", ["制表符"]),
        ("一。\n---\n二\n\n***\n三\n_ _ _", ["一。", "二", "三"]),
        ("2024. was a year", [(2024, ["was a year"])]),
        ("in the year\n2024. It was", ["in the year 2024. It was"]),
        ("-5 度", ["-5 度"]),
        ("**粗**开头", ["粗开头"]),
        ("#标签 #话题", ["#标签 #话题"]),
        ("+1", ["+1"]),
        ("", []),
    ],
)
def test_paragraphs(text: str, expected: list[object]) -> None:
    """Blank lines, rules, an indent or a break after a sentence end a paragraph."""
    assert expected == parsed(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n- b", [("*", ["a"], ["b"])]),
        ("* a\n\n* b", [("*", ["a"], ["b"])]),
        ("•一\n•二", [("*", ["一"], ["二"])]),
        ("1. a\n2. b", [(1, ["a"], ["b"])]),
        ("1. a\n1. b", [(1, ["a"], ["b"])]),
        ("1、一\n2、二", [(1, ["一"], ["二"])]),
        ("3) a\n4) b", [(3, ["a"], ["b"])]),
        ("1. a\n7. b", [(1, ["a"]), (7, ["b"])]),
        ("- a\n1. b", [("*", ["a"]), (1, ["b"])]),
        ("- a\n续行\n- b", [("*", ["a 续行"], ["b"])]),
        ("- a\n\n  二段\n- b", [("*", ["a", "二段"], ["b"])]),
        ("- a\n  - b\n    - c\n- d", [("*", ["a", ("*", ["b", ("*", ["c"])])], ["d"])]),
        ("- a\n\t- b", [("*", ["a", ("*", ["b"])])]),
        ("- a\n  ```\n  x\n  ```", [("*", ["a", ("code", "x")])]),
        ("- > q", [("*", [(">", "q")])]),
        ("- a\n\n后文", [("*", ["a"]), "后文"]),
        ("前文\n- a", ["前文", ("*", ["a"])]),
        ("前文\n1. a", ["前文", (1, ["a"])]),
        ("- a\n---\n- b", [("*", ["a"]), ("*", ["b"])]),
        ("-　全角", [("*", ["全角"])]),
    ],
)
def test_lists(text: str, expected: list[object]) -> None:
    """Bullets and numbers of every kind make lists, nested ones too."""
    assert expected == parsed(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("> a\n> b", [(">", "a b")]),
        (">a\n>\n>b", [(">", "a", "b")]),
        ("> a\n> > b", [(">", "a", (">", "b"))]),
        ("     > a", [(">", "a")]),
        ("> - a\n> - b", [(">", ("*", ["a"], ["b"]))]),
        (">", []),
        ("> a\nb", [(">", "a"), "b"]),
    ],
)
def test_quotes(text: str, expected: list[object]) -> None:
    """Quotes hold blocks."""
    assert expected == parsed(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```python\nx = *a*\n\n# no\n```", [("code", "x = *a*\n\n# no")]),
        ("~~~ `x`\n```\n~~~", [("code", "```")]),
        ("````\n```\n````", [("code", "```")]),
        ("```\nx", ["``` x"]),
        ("```\n\n一\n\n~~~\nx\n~~~", ["```", "一", ("code", "x")]),
        ("a\n```\nx\n```\nb", ["a", ("code", "x"), "b"]),
    ],
)
def test_fenced_code(text: str, expected: list[object]) -> None:
    """A fenced block is kept to the letter; a fence nobody closes is text."""
    assert expected == parsed(text)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("# 一", (1, "一")),
        ("###### six ##", (6, "six")),
        ("   ## 缩进", (2, "缩进")),
        ("##无空格", (2, "无空格")),
        ("#　全角", (1, "全角")),
        ("## C#", (2, "C#")),
        ("##", (2, "")),
        ("# #", (1, "")),
        ("#标签", None),
        ("####### seven", None),
        ("    # code", None),
        ("a # b", None),
    ],
)
def test_heading(line: str, expected: tuple[int, str] | None) -> None:
    """Hashes make a heading of one to six levels."""
    assert expected == heading(line)


def test_heading_in_a_text_is_a_subheading() -> None:
    """A heading among the lines keeps its place."""
    assert ["一", ("#", "小 标题"), "二"] == parsed("一\n### 小 **标题** ###\n二\n#")


def test_rows_without_names_are_shown_row_by_row() -> None:
    """Where no row of dashes says that it is a table, it is text with a break after each row."""
    [placed] = parse([Line(1, "| a | b |"), Line(2, "| c | d |")], LANGUAGES, print)
    assert isinstance(placed.block, Paragraph)
    assert [LineBreak] == [type(n) for n in placed.block.children if not hasattr(n, "value")]
    assert "| a | b | | c | d |" == plain(placed.block.children)


def test_nesting_has_a_bottom() -> None:
    """Quotes and lists nest at most eight deep; deeper marks are text."""
    assert "> > x" in str(parsed("> " * 10 + "x"))
    deep = parsed("\n".join("  " * level + f"- {level}" for level in range(12)))
    assert 8 == str(deep).count("('*'")
    assert "7 - 8 - 9 - 10 - 11" in str(deep)


def test_languages_of_blocks() -> None:
    """Each paragraph says which language it is in."""
    text = ["Plain English.", "", "中文，带 English。", "", "# Method"]
    blocks = parse([Line(n, line) for n, line in enumerate(text)], LANGUAGES, print)
    assert ["en", "zh-CN", "en"] == [getattr(placed.block, "lang", None) for placed in blocks]


@pytest.mark.parametrize(
    ("tags", "text", "tag"),
    [
        (("en", "zh-CN"), "トランスフォーマー", "ja"),
        (("en", "zh-CN"), "한국어 논문: KoBERT", "ko"),
        (("en", "ko-KR"), "한국어 논문", "ko-KR"),
        (("en", "ko-KR"), "An English abstract.", "en"),
        (("en", "ko-KR"), "中文摘要", "zh"),
        (("ko", "ja"), "日本語", "ja"),
        (("en", "de"), "Deutsch", "de"),
    ],
)
def test_languages_told_by_script(tags: tuple[str, ...], text: str, tag: str) -> None:
    """Kana is Japanese and hangul Korean, whether or not the newsletter is."""
    assert tag == Languages(tags).of(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[x](y:z)", (1, 1)),
        ("　　文字[x](y:z)", (1, 5)),
        ("一\n二[x](y:z)", (2, 2)),
        ("一\n\n- 三\n- 四 [x](y:z)", (4, 5)),
        ("> 引\n> [x](y:z)", (2, 3)),
        ("## 题 [x](y:z)", (1, 6)),
        ("|a|\n|[x](y:z)|", (2, 2)),
    ],
)
def test_diagnostic_says_where(text: str, place: tuple[int, int]) -> None:
    """A remark names the line and the column in the file, in lists and quotes too."""
    found: list[tuple[int, int]] = []

    def report(line: int, column: int, _: Level, code: str, message: str) -> None:
        assert ("unsafe-link", True) == (code, "'y:z'" in message)
        found.append((line, column))

    parse([Line(n, line) for n, line in enumerate(text.split("\n"), 1)], LANGUAGES, report)
    assert [place] == found
