"""Which entries of a list, and which lines of a digest without headings, are items."""

import pytest

from tests.support.parsed_digest import (
    ZH,
    A,
    B,
    C,
    D,
    codes,
    intro,
    items,
    outro,
    papers,
    texts,
    titles,
)

# --- Lists --------------------------------------------------------------------------------


@pytest.mark.parametrize("bullet", ["*", "-", "+", "•", "1.", "1)", "1、"])
def test_list_of_links(bullet: str) -> None:
    """Each entry of a list of links is an item, with the text that belongs to it."""
    text = (
        f"本周论文：\n\n{bullet} [One]({A}) - short.\n{bullet} [Two]({B})\n  indented。\n\n"
        f"{bullet} **[Three](https://doi.org/10.1145/3292500.3330701)**: third。\n\n"
        f"  more of third。\n\n结语一。\n\n结语二。\n"
    )
    assert ["本周论文："] == intro(text)
    assert ["One", "Two", "Three"] == titles(text)
    assert [
        ["short."],
        ["indented。"],
        ["third。", "more of third。"],
    ] == texts(text)
    assert ["结语一。", "结语二。"] == outro(text)


@pytest.mark.parametrize(
    ("entry", "title", "body"),
    [
        (f"- [Vita]({A})", "Vita", []),
        (f"- [Vita]({A})：描述。", "Vita", ["描述。"]),
        (f"- **[Vita]({A})**：描述。", "Vita", ["描述。"]),
        (f"- Vita: {A}", "Vita", []),
        (f"- **Vita** ({A}) 描述。", "Vita", ["描述。"]),
        (f"- Vita — [arXiv]({A}) | [code](https://github.com/a/b)", "Vita", []),
        (f"- {A} Vita", "Vita", []),
        (f"- {A}", A, []),
        (f"- [PDF]({A}) Vita", "Vita", []),
        (f"- **Vita**: 描述，见 [论文]({A})。", "Vita", ["描述，见 论文。"]),
        (f"- [Vita]({A})\n  论文甲\n  描述。", "Vita", ["描述。"]),
    ],
)
def test_entries_of_a_list(entry: str, title: str, body: list[str]) -> None:
    """An entry's title is its link's text, or what stands beside a bare link."""
    text = f"{entry}\n- [Other]({B})：文字。\n"
    assert [title, "Other"] == titles(text)
    assert ["1", "2"] == papers(text)
    assert body == texts(text)[0]


@pytest.mark.parametrize("title", ["", "# Top Papers\n\n"])
def test_bold_numbers_and_tables_are_lists(title: str) -> None:
    """Two ways in which newsletters list papers: each is an item, with a paper's link or not."""
    text = (
        f"{title}**1) One** - short ([paper]({A}) | [tweet](https://x.com/1)).\n\n"
        "**2) Two** - long ([paper](https://two.org/p)).\n\n"
        f"| # | Paper | Links |\n|---|---|---|\n| 3) **Three** - text | [Paper]({C}) |\n"
        f"| 4 | Four | [arXiv]({D}) | open |\n"
    )
    assert ["One", "Two", "Three", "Four"] == titles(text)
    assert ["1", None, "3", "4"] == papers(text)
    first = [["short."], ["long (paper)."]]
    assert [*first, ["text"], ["open"]] == texts(text)


def test_head_of_a_table_of_papers_is_no_text() -> None:
    """The names of its columns are neither the introduction nor the end of an item's text."""
    table = f"| Paper | Link |\n|:--|---|\n| One | [arXiv]({A}) |\n| Two | [arXiv]({B}) |\n"
    assert ["One", "Two"] == titles(table)
    assert ["Hi."] == intro(f"Hi.\n\n{table}")


def test_bold_numbers_in_an_abstract_are_no_items() -> None:
    """Where none of them leads to a paper they are the paper's text."""
    text = (
        f"## One\n{A}\n\n**1. 方法** 见 [图](https://a.org/1)。\n\n**2. 果** 见 https://a.org/2 。"
    )
    assert ["One"] == titles(text)


def test_digest_in_a_quote() -> None:
    """A digest that stands in a quote as a whole, as a forwarded one does, is read without it."""
    text = f"> ## One\n> {A}\n>\n> {ZH}\n"
    assert (["One"], ["1"], [[ZH]]) == (titles(text), papers(text), texts(text))


def test_sections_that_are_lists() -> None:
    """Headings over lists of papers are sections, with a text of their own or none."""
    text = (
        f"# Weekly\n\nhi\n\n## Vision\n- [One]({A}): 文。\n- [Two]({B}): 文。\n\n"
        f"## NLP\n\n导读。\n\n- [Three]({C}): 文。\n\n## Last\n[四]({D})\n\n{ZH}\n"
    )
    assert [("One", "Vision"), ("Two", "Vision"), ("Three", "NLP"), ("Last", None)] == [
        (item.title.text, item.section and item.section.heading.text) for item in items(text)
    ]
    assert [] == codes(text)


def test_items_own_list_of_links_is_no_section() -> None:
    """A list under an item with a link of its own is the item's text."""
    text = f"## One\n[一]({A})\n\n{ZH}\n\n- [Related]({B})\n- [Other]({C})\n"
    assert ["One"] == titles(text)
    assert [[ZH, "Related", "Other"]] == texts(text)


# --- Without headings ---------------------------------------------------------------------


def test_titles_over_links_without_headings() -> None:
    """Without headings an item begins at the titles above a paper's link."""
    text = (
        f"今日推荐。\n\nOne: a title\n{A}\n\n{ZH}\n\n第二段。\n\n[论文二]({B})\n{ZH}\n"
        f"Three: a title?\n三的标题\n作者：张三\nhttps://arxiv.org/pdf/2408.00003v2.pdf\n{ZH}\n\n"
        f"**4. Four**\n\n{D}\n{ZH}\n"
    )
    assert ["今日推荐。"] == intro(text)
    assert ["One: a title", "论文二", "Three: a title?", "Four"] == titles(text)
    assert ["1", "2", "3", "4"] == papers(text)
    assert [ZH, "第二段。"] == texts(text)[0]
    assert [ZH] == texts(text)[2]


def test_labelled_fields_without_headings() -> None:
    """`标题：… 链接：… 摘要：…` are items too."""
    text = "\n\n".join(
        f"标题：{name}\n作者：张三\n链接：{url}\n摘要：{ZH}"
        for name, url in (("One", A), ("Two", B))
    )
    assert ["One", "Two"] == titles(text)
    assert ([[ZH]] * 2, ("张三",)) == (texts(text), items(text)[0].metadata.authors)


def test_numbers_before_titles_without_headings() -> None:
    """A numbered title above its link loses the number, which the item has anyway."""
    text = f"1. One: title\n   {A}\n   {ZH}\n\n2. Two: title\n   {B}\n   {ZH}\n"
    assert ["One: title", "Two: title"] == titles(text)


@pytest.mark.parametrize(
    "lead",
    [
        "- **One**\n\n  {}\n\n  ",
        "1. One\n   Ada Byron et al.\n   {}\n   ",
        "1.\tOne\n\t- 论文：{}\n\t",
        "**One**\n\n{}\n\n",
        "1. One\n\n{}\n\n",
        "Title: One\n\n{}\n\n",
        "01\n标题：One\n作者：张三\n单位：某大学\n会议：某会\n链接：{}\n\n",
        "━━━━\nOne\n{}\n\n",
    ],
)
def test_title_apart_from_its_link_without_headings(lead: str) -> None:
    """A title in a list entry, in bold, numbered or announced is found above its paper's link."""
    text = f"导语。\n\n{lead.format(A)}{ZH}\n\n{lead.format(B)}{ZH}\n"
    assert ["One", "One"] == titles(text)
    assert ["1", "2"] == papers(text)
    assert [ZH, ZH] == [each[-1] for each in texts(text)]


def test_second_link_below_a_link_is_the_same_items() -> None:
    """It is no title of the next."""
    text = f"{A}\nhttps://github.com/a/b\n{B}\n"
    assert [2, 1] == [len(item.links) for item in items(text)]


def test_prose_with_a_link_is_no_title() -> None:
    """A line that names an address among words belongs to the text above."""
    text = f"One\n{A}\n{ZH}\n更多见 https://a.org 处\n{B}\n{ZH}\n"
    assert ["One", ZH] == titles(text)


def test_links_with_titles_are_papers_below_a_name() -> None:
    """An entry over entries that are papers is no paper."""
    text = f"- Vision\n  - [One]({A})\n  - [Two]({B})\n"
    assert ["One", "Two"] == titles(text)
