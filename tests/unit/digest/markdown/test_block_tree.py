"""The tree of blocks: what CommonMark says, what people write besides, and no line lost."""

from __future__ import annotations

import pytest

from publisher.digest.markdown.block_tree import Kind, Node, parse
from publisher.digest.source_text import Line
from publisher.model import Level


def numbered(text: str) -> list[Line]:
    """Return the lines of a text, as those of a file."""
    return [Line(number, line) for number, line in enumerate(text.split("\n"), 1)]


def shape(node: Node) -> object:
    """Write a node with plain values: a paragraph is its lines, and what holds blocks a list."""
    words = [line.text for line in node.lines]
    inside = [shape(child) for child in node.children]
    shapes: dict[Kind, object] = {
        Kind.paragraph: "\n".join(words),
        Kind.heading: ("#" * node.level, *words),
        Kind.code: ("code", *words),
        Kind.row: tuple(words),
        Kind.rule: "---",
        Kind.entry: [node.number or "*", *inside],
    }
    return shapes.get(node.kind, [node.kind.name, *inside])


def read(text: str) -> tuple[list[object], list[str]]:
    """Parse a text; return its shape and the remarks on it."""
    remarks: list[str] = []

    def report(line: int, column: int, level: Level, code: str, message: str) -> None:
        remarks.append(f"{line}:{column}: {level.value}: {message} [{code}]")

    return [shape(node) for node in parse(numbered(text), report)], remarks


def tree(text: str) -> list[object]:
    """Return the shape of a text in which there is nothing to remark on."""
    nodes, remarks = read(text)
    assert [] == remarks
    return nodes


# --- Headings -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## 磨面 ##", ("##", "磨面")),
        ("##磨面", ("##", "磨面")),
        ("##\u00a0磨面", ("##", "磨面")),
        ("＃ 磨面", ("#", "磨面")),
        ("＃＃磨面", ("##", "磨面")),
        ("#　磨面", ("#", "磨面")),
        ("### [磨面](https://a.org) {#mill}", ("###", "[磨面](https://a.org)")),
        ("#磨面\n[论文](https://a.org)", ("#", "磨面")),
        ("#磨面\n论文：https://a.org 代码：https://b.org", ("#", "磨面")),
        ("磨面与筛面\n===", ("#", "磨面与筛面")),
        ("Milling: A Survey\n---", ("##", "Milling: A Survey")),
    ],
)
def test_heading(text: str, expected: tuple[str, str]) -> None:
    """Hashes of either width with or without a space, and a title over a drawn line."""
    assert expected == tree(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "#磨面 #筛面",
        "#磨面\n见[论文](https://a.org)的第三节",
        "磨面要慢。\n---",
        "标题：磨面\n---",
        "Link: mill.pdf\n---",
        "Title: Milling\n[u](https://a.org)\n---",
        "[磨面](https://a.org)\n---",
        "磨面\n筛面\n---",
        "---\n磨面\n---",
        "| 磨面 |\n---",
        "　　磨面\n---",
        "####### 磨面",
    ],
)
def test_no_heading(text: str) -> None:
    """Tags are none, nor are sentences, fields, links and rows above a drawn line."""
    assert not any(isinstance(node, tuple) for node in tree(text))


def test_heading_takes_the_line_below_it() -> None:
    """What makes a heading of a line is no rule."""
    [heading, paragraph] = parse(numbered("磨面\n===\n慢。"), print)
    assert (Kind.heading, 0, 2) == (heading.kind, heading.start, heading.end)
    assert (Kind.paragraph, 2, 3) == (paragraph.kind, paragraph.start, paragraph.end)


def test_indented_like_code_is_no_heading() -> None:
    """A remark in a shell's lines is none; where all lines are indented, headings are."""
    assert ["装：\n# 先筛\nsieve"] == tree("装：\n    # 先筛\n    sieve")
    assert [("#", "磨面"), "慢。"] == tree("    # 磨面\n    慢。")


# --- Lists --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("- 麦\n* 稻\n+ 粟", [["*", "麦"], ["*", "稻"], ["*", "粟"]]),
        ("•麦\n• 稻\n·粟", [["*", "麦"], ["*", "稻"], ["*", "粟"]]),
        ("-　麦\n●　稻", [["*", "麦"], ["*", "稻"]]),
        ("1、麦\n2、稻", [[1, "麦"], [2, "稻"]]),
        ("1) 麦\n2. 稻\n7. 粟", [[1, "麦"], [2, "稻"], [7, "粟"]]),
        ("2024. 3 月", [[2024, "3 月"]]),
        ("    - 麦\n    - 稻", [["*", "麦"], ["*", "稻"]]),
        ("  - 麦\n- 稻", [["*", "麦"], ["*", "稻"]]),
        ("1.\n   麦\n2.\n   稻", [[1, "麦"], [2, "稻"]]),
        ("- 麦\n-\n- 稻", [["*", "麦"], ["*"], ["*", "稻"]]),
        ("- 麦\n\n- 稻", [["*", "麦"], ["*", "稻"]]),
    ],
)
def test_list(text: str, entries: list[object]) -> None:
    """Bullets and numbers of all kinds; a bullet of another kind begins no new list."""
    assert [["list", *entries]] == tree(text)


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("1. 麦\n  - 粉", [1, "麦", ["list", ["*", "粉"]]]),
        ("1. 麦\n          - 粉", [1, "麦", ["list", ["*", "粉"]]]),
        ("1. 麦\n\t- 粉\n\t\t- 麸", [1, "麦", ["list", ["*", "粉", ["list", ["*", "麸"]]]]]),
        ("- 麦\n - 粉\n  - 麸", ["*", "麦", ["list", ["*", "粉", ["list", ["*", "麸"]]]]]),
        ("- 麦\n粉", ["*", "麦\n粉"]),
        ("- 麦\n\n 粉", ["*", "麦", "粉"]),
        ("- 麦\n\n　粉", ["*", "麦", "粉"]),
        ("- 麦\n\n        粉", ["*", "麦", "粉"]),
        ("- - 麦\n  - 粉", ["*", ["list", ["*", "麦"], ["*", "粉"]]]),
        ("- 麦\n| 粉 | 麸 |\n|---|---|", ["*", "麦", ["table", ("粉", "麸")]]),
        ("- ```\n  x\n  ```", ["*", ("code", "x")]),
        ("-\t# 麦\n\t> 粉", ["*", ("#", "麦"), ["quote", "粉"]]),
        ("- 麦\n  2. 粉", ["*", "麦\n2. 粉"]),
    ],
)
def test_entry(text: str, entry: list[object]) -> None:
    """What is indented further than its bullet is inside an entry, by however much it is."""
    assert [["list", entry]] == tree(text)


def test_numbered_lists_with_links_below_are_one_list() -> None:
    """Two blanks before a bullet are enough below a number, where CommonMark wants three."""
    text = "1. 麦\n  - https://a.org/1\n2. 稻\n  - https://a.org/2"
    [[_, *entries]] = [node for node in tree(text) if isinstance(node, list)]
    assert [1, 2] == [entry[0] for entry in entries]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("产于\n2024. 3 月", ["产于\n2024. 3 月"]),
        ("产于。  \n2. 三月", ["产于。  ", ["list", [2, "三月"]]]),
        ("产于\n1. 三月", ["产于", ["list", [1, "三月"]]]),
        ("产于\n-\n  三月", ["产于\n-\n三月"]),
        ("-5 度", ["-5 度"]),
        ("-", ["-"]),
        ("①麦", ["①麦"]),
        ("（一）麦", ["（一）麦"]),
        ("- 麦\n---\n- 稻", [["list", ["*", "麦"]], "---", ["list", ["*", "稻"]]]),
        ("- 麦\n\n稻", [["list", ["*", "麦"]], "稻"]),
        ("- 麦\n1. 稻", [["list", ["*", "麦"]], ["list", [1, "稻"]]]),
        ("- 麦\n```\nx\n```", [["list", ["*", "麦"]], ("code", "x")]),
    ],
)
def test_what_is_no_list_or_ends_one(text: str, expected: list[object]) -> None:
    """A paragraph that merely continues with a number goes on; a rule, heading or code ends."""
    assert expected == tree(text)


def test_number_and_indent_of_an_entry() -> None:
    """An entry has its own number, and the columns before its bullet with tabs expanded."""
    [outer] = parse(numbered("3. 麦\n\t- 粉\n> 引"), print)[0].children
    [inner] = outer.children[1].children
    assert [(3, 0), (None, 4)] == [(each.number, each.indent) for each in (outer, inner)]


# --- Quotes, code and rules ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("> 麦\n>粉", [["quote", "麦\n粉"]]),
        ("> 麦\n稻", [["quote", "麦"], "稻"]),
        ("> > 麦\n> 稻", [["quote", ["quote", "麦"], "稻"]]),
        ("> 1、麦\n>   - 粉", [["quote", ["list", [1, "麦", ["list", ["*", "粉"]]]]]]),
        ("> ## 麦\n> | 粉 |\n> |---|", [["quote", ("##", "麦"), ["table", ("粉",)]]]),
        ("> ```\n> # x\n> ```", [["quote", ("code", "# x")]]),
        (">", [["quote"]]),
    ],
)
def test_quote(text: str, expected: list[object]) -> None:
    """Quotes hold blocks of all kinds, and end at a line without their mark."""
    assert expected == tree(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```yaml\n- a: 1\n\n  # b\n```\n麦", [("code", "- a: 1", "", "  # b"), "麦"]),
        ("  ```\n  x\n    y\n  ```", [("code", "x", "  y")]),
        ("~~~\n```\n~~~", [("code", "```")]),
        ("```\n> a\n```", [("code", "> a")]),
        ("```\n麦\n\n## 稻", ["```\n麦", ("##", "稻")]),
        ("> ```\n> 麦\n\n- ```\n  稻", [["quote", "```\n麦"], ["list", ["*", "```\n稻"]]]),
        ("- ```\n- ```", [["list", ["*", "```"], ["*", "```"]]]),
        ("    sieve -a\n    mill", ["sieve -a\nmill"]),
    ],
)
def test_code(text: str, expected: list[object]) -> None:
    """Fenced lines are code to the letter; a fence nobody closes and mere indentation are none."""
    assert expected == tree(text)


@pytest.mark.parametrize(
    "line",
    ["---", "* * *", "___", "━━━━", "———", "===", "%%--%%--%%", "-=-=-=-", "┄┄┄┄┄", "~~~~~~"],
)
def test_rule(line: str) -> None:
    """Lines that people draw are rules, and part paragraphs."""
    assert ["麦。", "---", "稻。"] == tree(f"麦。\n{line}\n稻。")


# --- Paragraphs ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("　　麦\n　　稻\n粟", ["　　麦", "　　稻\n粟"]),
        ("麦\n \u3000\t\n稻", ["麦", "稻"]),
        ("麦\u2028稻\x0b粟\x85黍", ["麦\u2028稻\x0b粟\x85黍"]),
        ("**麦与\n稻** 之书", ["**麦与\n稻** 之书"]),
        ("[1]: https://a.org", ["[1]: https://a.org"]),
        ("[1] https://a.org", ["[1] https://a.org"]),
        ("<div id=x></div>\n# 麦", ["<div id=x></div>", ("#", "麦")]),
        ("<details>\n- 麦\n</details>", ["<details>", ["list", ["*", "麦\n</details>"]]]),
        ("\0麦", ["\0麦"]),
    ],
)
def test_paragraph(text: str, expected: list[object]) -> None:
    """Full-width indents part paragraphs; HTML and definitions of links are lines of text."""
    assert expected == tree(text)


# --- Tables -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("| 麦 | 稻 |\n|---|---|\n| 1 | 2 |", [["table", ("麦", "稻"), ("1", "2")]]),
        ("田\n麦 | 稻\n:-- | --:", ["田", ["table", ("麦", "稻")]]),
        ("|麦|稻|\n|-|-|\n|$|x|$|`a|b`|", [["table", ("麦", "稻"), ("$|x|$", "`a|b`")]]),
        ("|麦|稻|\n|-|-|\n|$5|$6|", [["table", ("麦", "稻"), ("$5", "$6")]]),
        ("|`a|b`|\n|-|\n|1|", [["table", ("`a|b`",), ("1",)]]),
        ("|麦|稻|\n|-|-|\n|1|", [["table", ("麦", "稻"), ("1",)]]),
        ("|麦|稻|\n|-|-|\n|1|2|\n田。", [["table", ("麦", "稻"), ("1", "2")], "田。"]),
        ("a | b\n- | -\n1 | 2", [["table", ("a", "b"), ("1", "2")]]),
        ("|麦|稻|\n|-|\n|1|2|", ["|麦|稻|\n|-|\n|1|2|"]),
        ("|麦|稻|\n|———|———|", ["|麦|稻|\n|———|———|"]),
        ("`麦|稻`\n`--|--`", ["`麦|稻`\n`--|--`"]),
    ],
)
def test_table(text: str, expected: list[object]) -> None:
    """Pipes in code and formulas part no cells; a line without any is no row."""
    assert expected == tree(text)


def test_row_with_too_many_cells_keeps_them() -> None:
    """A row has all of its cells, and a remark that names its line."""
    nodes, remarks = read("|麦|\n|-|\n|1|2|3|")
    assert [["table", ("麦",), ("1", "2", "3")]] == nodes
    what = "3 cells under 1 names: the last cells are shown as one"
    assert [f"3:4: warning: {what} [wide-row]"] == remarks


def test_table_has_columns_without_end() -> None:
    """Of more than a thousand cells the last holds the rest."""
    [table], _ = read("|" + "a|" * 2_000 + "\n|" + "-|" * 2_000)
    assert isinstance(table, list)
    assert (1_000, "a|a") == (len(table[1]), table[1][-1][:3])


# --- Places and depth ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("> > 田\n> > 麦X", (2, 6)),
        ("- 田\n\n   1、麦X", (3, 7)),
        ("\t- ##  麦X ##", (1, 9)),
        ("> - |田|\n>   |-|\n>   | 麦X |", (3, 8)),
        ("田\n\n  ~~~\n   麦X\n  ~~~", (4, 5)),
        ("  麦X\n===", (1, 4)),
        ("　　田\n　　麦X", (2, 4)),
    ],
)
def test_place_of_words(text: str, place: tuple[int, int]) -> None:
    """Each line says where it stands in the file, whatever is before it."""

    def leaves(nodes: list[Node]) -> list[Line]:
        return [line for node in nodes for line in (*node.lines, *leaves(list(node.children)))]

    found = [
        (line.number, line.column + line.text.index("X"))
        for line in leaves(parse(numbered(text), print))
        if "X" in line.text
    ]
    assert [place] == found


@pytest.mark.parametrize("mark", ["> ", "- ", "1. ", "- > ", ">"])
def test_what_is_nested_too_deep_is_text(mark: str) -> None:
    """It stays where it is, with its marks, and so does all that follows; a remark names it."""
    nodes, remarks = read(f"田\n\n{mark * 200}麦\n\n# 稻\n\n粟")
    assert ("田", ("#", "稻"), "粟") == (nodes[0], nodes[2], nodes[3])
    assert f"{mark}{mark}麦" in str(nodes[1])
    assert 40 == str(nodes[1]).count("[") - str(nodes[1]).count("['list'")
    what = "lists and quotes more than 40 deep: the marks of this line are shown as text"
    [remark] = remarks
    assert (remark.startswith("3:"), True) == (True, f"warning: {what} [deep-nesting]" in remark)


def test_lists_beyond_number() -> None:
    """So many marks that each would take memory are text from some line on, all of them told."""
    nodes, remarks = read("\n".join("- " * 9 + f"麦{n}" for n in range(200)))
    assert 1_400 == str(nodes).count("'*'")
    assert 200 == str(nodes).count("麦")
    assert [f"{n}:" for n in range(156, 201)] == [remark[:4] for remark in remarks]


@pytest.mark.parametrize(
    "text", ["a\nb  \n\n\nc\n", "\n \na", "一。  \n二\n\t\n", "a\\\nb`c`\n[d](e)"]
)
def test_plain_lines_are_the_paragraphs_that_the_parser_makes(text: str) -> None:
    """A text of plain lines is not given to the parser; with a heading above, it is."""
    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), 2)]
    alone = parse(lines, lambda *_: None)
    below = parse([Line(1, "# t"), *lines], lambda *_: None)[1:]
    assert [node.lines for node in below] == [node.lines for node in alone]
    assert [(node.start - 1, node.end - 1) for node in below] == [(n.start, n.end) for n in alone]
