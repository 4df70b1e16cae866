"""What the reader of lines got right, and a plain reader of units gets wrong.

Each is a digest that one paper a unit, taken to the letter, reads otherwise.
"""

from __future__ import annotations

import pytest

from publisher.model import Level
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
    reading,
    texts,
    titles,
)

ONE, TWO, THREE = (
    f"{words}提出了一种新的方法，并在三个数据集上做了实验，结果都好于从前。"
    for words in ("第一篇论文关于木头，", "另一群人研究石头，他们", "最后是关于水的，")
)


def digest(*units: str) -> str:
    """Return units with blank lines between them."""
    return "\n\n".join(units) + "\n"


def paper(mark: str, title: str, url: str, text: str) -> str:
    """Return a title, its link and its text."""
    return f"{mark} {title}\n[{title}的译名]({url})\n\n{text}"


def test_papers_named_in_texts_are_no_items() -> None:
    """A text may lead to another paper: in its words, on its own, or to one of the issue's."""
    text = digest(
        paper("##", "Wood", A, f"{ONE}见 [前人的工作](https://arxiv.org/abs/2301.00009)。"),
        paper("##", "Stone", B, f"{TWO}参见 https://arxiv.org/abs/2301.00008 。"),
        paper("##", "Water", C, f"{THREE}它沿用了 [Wood]({A}) 的思路，即 arXiv:2301.00007。"),
    )
    assert ["Wood", "Stone", "Water"] == titles(text)
    assert ["1", "2", "3"] == papers(text)


def test_one_more_paper_in_each_text_makes_no_unit_of_texts() -> None:
    """Where every section names two papers, its own is the one on a line of its own."""
    others = [f"https://arxiv.org/abs/2301.0000{n}" for n in range(1, 4)]
    text = digest(
        *(
            paper("##", title, url, f"{words}与 {other} 不同，它更快。")
            for title, url, words, other in zip(
                ("Wood", "Stone", "Water"), (A, B, C), (ONE, TWO, THREE), others, strict=True
            )
        )
    )
    assert ["Wood", "Stone", "Water"] == titles(text)
    assert [1, 1, 1] == [len(item.links) for item in items(text)]
    assert ["1", "2", "3"] == papers(text)


def test_references_below_a_text_are_no_items() -> None:
    """What stands under 参考 or References belongs to the paper above."""
    text = digest(
        paper("##", "Wood", A, f"{ONE}\n\n### 参考\n\n- [Old Wood]({C})\n- [Older Wood]({D})"),
        paper("##", "Stone", B, f"{TWO}\n\n**References**\n\n- {C}\n- {D}"),
    )
    assert ["Wood", "Stone"] == titles(text)
    assert ["1", "2"] == papers(text)


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("other", ["#", "###"])
def test_one_heading_at_another_level(place: int, other: str) -> None:
    """One heading too high or too low is an item as the others are, wherever it stands."""
    marks = ["##", "##", "##"]
    marks[place] = other
    text = digest(
        paper(marks[0], "Wood", A, ONE),
        paper(marks[1], "Stone", B, TWO),
        paper(marks[2], "Water", C, THREE),
    )
    assert ["Wood", "Stone", "Water"] == titles(text)
    assert ["1", "2", "3"] == papers(text)
    assert [[ONE], [TWO], [THREE]] == texts(text)


@pytest.mark.parametrize("level", ["##", "###"])
def test_a_heading_with_fields_in_a_list_at_another_level(level: str) -> None:
    """A slip of one level keeps the title, whose links stand in a list below it."""
    text = digest(
        f"# Wood\n\n- 日期: 2024-08-11\n- [PDF]({A})\n\n{ONE}",
        f"{level} Stone\n\n- 日期: 2024-08-12\n- [PDF]({B})\n\n{TWO}",
        f"# Water\n\n- 日期: 2024-08-13\n- [PDF]({C})\n\n{THREE}",
    )
    assert ["Wood", "Stone", "Water"] == titles(text)
    assert ["1", "2", "3"] == papers(text)


def test_half_headings_half_list() -> None:
    """What the sections leave is read by itself: its entries are items, too."""
    text = digest(
        paper("##", "Wood", A, ONE),
        paper("##", "Stone", B, TWO),
        f"## 速览\n\n- [Water]({C})：{THREE}\n- [Fire]({D})：火也有论文。",
    )
    assert ["Wood", "Stone", "Water", "Fire"] == titles(text)
    assert ["1", "2", "3", "4"] == papers(text)
    assert [ONE] == texts(text)[0]


def test_an_overview_of_the_same_papers() -> None:
    """A list above that leads to the items' own papers makes no second item of any."""
    text = digest(
        "# 周报",
        f"本期论文：\n\n- [Wood]({A})\n- [Stone]({B})\n- [Water]({C})",
        paper("##", "Wood", A, ONE),
        paper("##", "Stone", B, TWO),
        paper("##", "Water", C, THREE),
    )
    assert ["Wood", "Stone", "Water"] == titles(text)
    assert [[ONE], [TWO], [THREE]] == texts(text)
    assert "duplicate-paper" not in [code for _, code in codes(text)]


@pytest.mark.parametrize("fence", ["```", "~~~", "```python"])
def test_an_unclosed_fence_swallows_nothing(fence: str) -> None:
    """A fence that nobody closes is text: the papers below it are items."""
    text = digest(
        paper("##", "Wood", A, f"{ONE}\n\n{fence}\nx = 1"),
        paper("##", "Stone", B, TWO),
        paper("##", "Water", C, THREE),
    )
    assert ["Wood", "Stone", "Water"] == titles(text)
    assert [[TWO], [THREE]] == texts(text)[1:]
    assert ONE in texts(text)[0]
    assert any("x = 1" in part for part in texts(text)[0])


def test_headings_in_a_fence_are_code() -> None:
    """A `#` inside a closed fence begins no item, though an address stands below it."""
    text = digest(
        paper("##", "Wood", A, f"{ONE}\n\n```\n## Not a paper\n{C}\n```"),
        paper("##", "Stone", B, TWO),
    )
    assert ["Wood", "Stone"] == titles(text)
    assert ["1", "2"] == papers(text)


@pytest.mark.parametrize("mark", ["##", "###"])
def test_headings_without_a_space(mark: str) -> None:
    """`##标题` is a heading, as it was meant."""
    text = digest(
        f"{mark}木头的论文\n[Wood]({A})\n\n{ONE}",
        f"{mark}石头的论文\n[Stone]({B})\n\n{TWO}",
    )
    assert ["Wood", "Stone"] == titles(text)
    assert ["木头的论文", "石头的论文"] == [
        item.translation.text for item in items(text) if item.translation
    ]
    assert [[ONE], [TWO]] == texts(text)


def test_one_heading_without_a_space_among_others() -> None:
    """The one that lacks its space is an item all the same."""
    text = digest(
        paper("##", "Wood", A, ONE),
        f"##石头的论文\n[Stone]({B})\n\n{TWO}",
        paper("##", "Water", C, THREE),
    )
    assert ["Wood", "Stone", "Water"] == titles(text)
    assert [[ONE], [TWO], [THREE]] == texts(text)


@pytest.mark.parametrize(
    "unit",
    [
        f"# Wood\n[木头]({A})\n\n{ONE}",
        f"## Wood\n{A}\n\n{ONE}",
        f"- [Wood]({A})：{ONE}",
        f"1. **Wood** [PDF]({A})\n   {ONE}",
        f"Wood\n{A}\n\n{ONE}",
        f"**Wood**\n\n[论文]({A})\n\n{ONE}",
        f"Title: Wood\nLink: {A}\nAbstract: {ONE}",
        f"| 标题 | 链接 | 摘要 |\n|---|---|---|\n| Wood | [PDF]({A}) | {ONE} |",
    ],
)
def test_a_digest_of_one_paper(unit: str) -> None:
    """What never repeats is an item as well."""
    assert ["Wood"] == titles(unit + "\n")
    assert ["1"] == papers(unit + "\n")
    assert [[ONE]] == texts(unit + "\n")


def test_one_paper_below_the_title_of_the_issue() -> None:
    """The only section is the item; the heading above is the issue's title."""
    text = digest("# 论文周报", "大家好。", paper("##", "Wood", A, ONE))
    assert "论文周报" == getattr(reading(text).issue, "title", None)
    assert ["大家好。"] == intro(text)
    assert ["Wood"] == titles(text)
    assert [[ONE]] == texts(text)


def test_a_forgotten_heading() -> None:
    """Where one title lacks its `##`, its link line still begins an item, and all keep theirs."""
    text = digest(
        paper("##", "Wood", A, ONE),
        f"Stone\n[石头]({B})\n\n{TWO}",
        paper("##", "Water", C, THREE),
    )
    assert ["Wood", "Stone", "Water"] == titles(text)
    assert ["1", "2", "3"] == papers(text)
    assert [[ONE], [TWO], [THREE]] == texts(text)


@pytest.mark.parametrize("place", [0, 2])
def test_a_forgotten_heading_at_an_end(place: int) -> None:
    """The same for the first and for the last paper."""
    units = [
        paper("##", "Wood", A, ONE),
        paper("##", "Stone", B, TWO),
        paper("##", "Water", C, THREE),
    ]
    units[place] = units[place].removeprefix("## ")
    text = digest(*units)
    assert ["Wood", "Stone", "Water"] == titles(text)
    assert [[ONE], [TWO], [THREE]] == texts(text)


@pytest.mark.parametrize("middle", ["- Stone\n  没有链接的条目。", "- **Stone**：没有链接的条目。"])
def test_an_entry_without_a_link_between_two(middle: str) -> None:
    """It takes no other's link, and gives its text to no other."""
    text = f"- [Wood]({A})：{ONE}\n{middle}\n- [Water]({C})：{THREE}\n"
    assert ["Wood", "Stone", "Water"] == titles(text)
    assert ["1", None, "3"] == papers(text)
    assert [[ONE], ["没有链接的条目。"], [THREE]] == texts(text)


def test_a_section_without_a_link_between_two() -> None:
    """Its text is no other paper's, and a heading without a paper takes no other's."""
    text = digest(paper("##", "Wood", A, ONE), f"## Stone\n\n{TWO}", paper("##", "Water", C, THREE))
    by_title = dict(zip(titles(text), texts(text), strict=True))
    assert [ONE] == by_title["Wood"]
    assert [THREE] == by_title["Water"]
    assert by_title.get("Stone", [TWO]) == [TWO]


def test_two_papers_compared() -> None:
    """One section about two papers is one item with both links, and a warning names its line."""
    text = digest(
        paper("##", "Wood", A, ONE),
        f"## Stone 与 Water 的比较\n[Stone]({B}) | [Water]({C})\n\n{TWO}",
    )
    assert 2 == len(items(text))
    assert [ONE] == texts(text)[0]
    assert [TWO] == texts(text)[1]
    assert {B, C} == {link.url for link in items(text)[1].links}
    line = text.split("\n").index("## Stone 与 Water 的比较") + 1
    assert (line, Level.warning) in [(each.line, each.level) for each in reading(text).diagnostics]


def test_two_papers_compared_in_a_text() -> None:
    """A section of an overview that names two of the issue's papers gives neither an item."""
    text = digest(
        paper("##", "Wood", A, ONE),
        paper("##", "Stone", B, TWO),
        f"## 对比\n\n[Wood]({A}) 讲木头，而 [Stone]({B}) 讲石头，两者各有所长。",
    )
    assert ["1", "2"] == [paper for paper in papers(text) if paper]
    assert [[ONE], [TWO]] == texts(text)[:2]


@pytest.mark.parametrize(
    "greeting", ["大家好。", "Hello everyone!", "各位读者早上好，今天有两篇论文。"]
)
@pytest.mark.parametrize(
    "units",
    [
        (f"Wood\n{A}\n\n{ONE}", f"Stone\n{B}\n\n{TWO}"),
        (f"Wood\n[木头]({A})\n\n{ONE}", f"Stone\n[石头]({B})\n\n{TWO}"),
        (f"- [Wood]({A})：{ONE}", f"- [Stone]({B})：{TWO}"),
        (f"1. Wood\n{A}\n\n{ONE}", f"2. Stone\n{B}\n\n{TWO}"),
        (f"**Wood**\n{A}\n\n{ONE}", f"**Stone**\n{B}\n\n{TWO}"),
    ],
)
def test_a_greeting_is_no_title(greeting: str, units: tuple[str, str]) -> None:
    """What stands above the first paper introduces the issue."""
    text = digest(greeting, *units)
    assert [greeting] == intro(text)
    assert ["Wood", "Stone"] == titles(text)
    assert [[ONE], [TWO]] == texts(text)


@pytest.mark.parametrize("greeting", ["大家好。", "Hello everyone!"])
def test_a_greeting_above_texts_with_their_links_below(greeting: str) -> None:
    """A link takes the one paragraph above it, never two."""
    text = digest(greeting, f"{ONE}\n{A}", f"{TWO}\n{B}", f"{THREE}\n{C}")
    assert [greeting] == intro(text)
    assert ["1", "2", "3"] == papers(text)


def test_a_sentence_that_goes_on_with_a_year() -> None:
    """A line that begins with `2024. ` inside a paragraph is no entry."""
    text = (
        paper("##", "Wood", A, "我们的第一个版本完成于\n2024. 那一年木头还很便宜，石头却不便宜。")
        + "\n"
    )
    assert ["Wood"] == titles(text)
    assert 1 == len(texts(text)[0])


def test_the_end_is_no_papers_text() -> None:
    """What signs off below the last paper is the issue's."""
    text = digest(paper("##", "Wood", A, ONE), paper("##", "Stone", B, ZH), "感谢阅读，下周再见。")
    assert [[ONE], [ZH]] == texts(text)
    assert ["感谢阅读，下周再见。"] == outro(text)
