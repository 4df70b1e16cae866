"""What stands beside an item's heading: titles in either order, links, details."""

from datetime import UTC

import pytest

from publisher.digest.fields.link_lines import line_links
from publisher.digest.parser import ParsedDigest, read
from publisher.model import Item, Metadata, paragraphs, plain

A, B, C = (f"https://arxiv.org/abs/2408.0000{n}" for n in range(1, 4))
ZH = "本文介绍了一种新的方法，显著提升了模型的推理能力。"


def reading(text: str) -> ParsedDigest:
    """Read a digest."""
    return read(text.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC)


def items(text: str) -> tuple[Item, ...]:
    """Return the items of a digest."""
    issue = reading(text).issue
    assert issue
    return issue.items


def papers(text: str) -> list[str | None]:
    """Return the last digit of each item's identity."""
    return [item.paper.value[-1] if item.paper else None for item in items(text)]


def texts(text: str) -> list[list[str]]:
    """Return the paragraphs of each item."""
    return [[plain(run) for run in paragraphs(item.body)] for item in items(text)]


def codes(text: str) -> list[tuple[int, str]]:
    """Return line and code of each remark."""
    return [(each.line, each.code) for each in reading(text).diagnostics]


# --- Titles -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lead", "title", "translation"),
    [
        (f"## Vita\n[论文甲]({A})", "Vita", "论文甲"),
        (f"## 论文甲\n[Vita]({A})", "Vita", "论文甲"),
        (f"## Vita\n论文甲\n{A}", "Vita", "论文甲"),
        (f"## Vita\n{A}\n论文甲", "Vita", "论文甲"),
        (f"## 论文甲\nVita\n[链接]({A})", "Vita", "论文甲"),
        (f"## [Vita]({A})\n论文甲", "Vita", "论文甲"),
        (f"## [Vita]({A})\n[论文甲]({A})", "Vita", "论文甲"),
        (f"## Vita\n\n**论文甲**\n\n[arXiv]({A})", "Vita", "论文甲"),
        (f"## **Vita** `x`\n[**论**文甲]({A})", "Vita x", "论文甲"),
        (f"## Vita\n标题：论文甲\n{A}", "Vita", "论文甲"),
        (f"## Vita\n{A}", "Vita", None),
        (f"## 论文甲\n{A}", "论文甲", None),
        (f"## [论文甲]({A})", "论文甲", None),
        (f"## Vita ({A})", "Vita", None),
        (f"## Vita [[PDF]({A})]", "Vita", None),
        (f"## Vita\n[PDF]({A})", "Vita", None),
        (f"## {A}", ZH, None),
        (f"## \n[论文甲]({A})", "论文甲", None),
        (f"## Vita\n作者：张三，李四\n{A}", "Vita", None),
        (f"## Vita\n#大模型 #智能体\n作者：张三\n{A}", "Vita", None),
        (f"## Vita\n한국어 제목\n[논문 링크]({A})", "Vita", "한국어 제목"),
        (f"## トランスフォーマー\nVita\n[論文]({A})", "Vita", "トランスフォーマー"),
        (f"## Vita\n[Blog](https://a.org) [论文甲]({A})", "Vita", "论文甲"),
        (f"## Vita\n[arXiv]({A}) | [博文一篇](https://a.org)", "Vita", None),
        (f"## Vita\n📄 论文：{A}", "Vita", None),
        (f"## Vita\n[A video of it](https://a.org)\n{A}", "Vita", None),
        (f"## Vita\n[arXiv:2408.00001v1 [cs.CL]]({A})", "Vita", None),
        (f"## A Title of Words — 论文甲\n{A}", "A Title of Words", "论文甲"),
        (f"## 论文甲 | A Title of Words\n{A}", "A Title of Words", "论文甲"),
        (f"## A Title of Words — 论文甲\nAda Byron\n{A}", "A Title of Words", "论文甲"),
        (f"## CVPR 2024 | 论文甲\n{A}", "CVPR 2024 | 论文甲", None),
        (f"## Code - Data - More\n{A}", "Code - Data - More", None),
        (f"## 1. Vita\n**1. 论文甲**\n{A}", "Vita", "论文甲"),
        (f"## 2️⃣ Vita\n[2、论文甲]({A})", "Vita", "论文甲"),
        (f"## 3D Vita\n{A}", "3D Vita", None),
    ],
)
def test_titles_in_either_order_or_alone(lead: str, title: str, translation: str | None) -> None:
    """The original is told from the translation by its script, wherever they stand."""
    [item] = items(f"{lead}\n\n{ZH}\n")
    assert (title, translation) == (item.title.text, item.translation and item.translation.text)
    assert ("00001", ZH) == (item.paper and item.paper.value[-5:], texts(f"{lead}\n\n{ZH}")[0][-1])


def test_english_only() -> None:
    """A digest in one language has no translations, and hard-wrapped lines are joined."""
    text = f"# A: B\n{A}\n\nWe do X. It works\nwell.\n\n# C: D\n{B}\n\nText 2.\n"
    assert [["We do X. It works well."], ["Text 2."]] == texts(text)
    assert [("en", None)] * 2 == [(item.title.lang, item.translation) for item in items(text)]


# --- Links --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"[论文]({A})", [("论文", A)]),
        (f"  [论文]({A})  ", [("论文", A)]),
        (f"{A}", [(A, A)]),
        (f"<{A}>", [(A, A)]),
        (f"论文：{A}", [("论文", A)]),
        (f"**论文**：{A}", [("论文", A)]),
        (f"**论文：** {A} **代码：** {B}", [("论文", A), ("代码", B)]),
        (f"Paper: {A} | Code: github.com/a/b", [("Paper", A), ("Code", "https://github.com/a/b")]),
        (f"[Paper]({A}) | [Code]({B}) · [Demo]({C})", [("Paper", A), ("Code", B), ("Demo", C)]),
        (f"（[Paper]({A})，[Code]({B})）", [("Paper", A), ("Code", B)]),
        (f"- 论文地址：[arXiv]({A})", [("论文地址: arXiv", A)]),
        (f"论文：[它的标题]({A})", [("它的标题", A)]),
        ("arXiv:2408.00001", [("arXiv:2408.00001", A)]),
        (f"**[论文]({A})**", [("论文", A)]),
        (f"【论文】{A}【代码】{B}", [("论文", A), ("代码", B)]),
        (f"［论文］（{A}）", [("论文", A)]),
        (f"📄 [arXiv]({A}) 💻 [GitHub]({B})", [("📄 arXiv", A), ("💻 GitHub", B)]),
        (f"🔗 {A}", [(A, A)]),
        (f"![图]({A})", [("图", A)]),
        (f"代码在 {A} 上。", []),
        (f"见 [论文]({A}) 一文", []),
        ("论文：", []),
        (f"{'字' * 80}{A}", []),
        (f"{A} 代码：", []),
    ],
)
def test_line_of_links(line: str, expected: list[tuple[str, str]]) -> None:
    """A line is one of links when it holds only links, labels and separators."""
    assert expected == [(plain(link.children), link.url) for link in line_links(line)]


def test_papers_own_link_comes_first() -> None:
    """Of several links beside the title the paper's leads, and the others stay."""
    text = f"## One\n- 代码：https://github.com/a/b\n- 论文：{A}\n- 主页：https://a.github.io\n\n{ZH}\n"
    [item] = items(text)
    assert [A, "https://github.com/a/b", "https://a.github.io"] == [link.url for link in item.links]
    assert A == item.url


def test_links_below_the_text() -> None:
    """An item without a link at its top takes those on lines of their own at its end."""
    text = (
        f"## One\n\n{ZH}\n\n[论文]({A})\n代码：https://github.com/a/b\n\n---\n\n## Two\n{ZH}\n{B}\n"
    )
    assert [[A, "https://github.com/a/b"], [B]] == [
        [link.url for link in item.links] for item in items(text)
    ]
    assert [[ZH], [ZH]] == texts(text)
    assert [] == codes(text)


def test_paper_only_in_the_text() -> None:
    """The one paper a text links to is the item's; of two, neither is."""
    text = f"## One\n{ZH}详见 {A}。\n\n## Two\n{ZH}见 {A} 与 {B}。\n"
    assert ["1", None] == papers(text)
    assert [(4, "no-link")] == codes(text)


def test_details_between_title_and_link_are_metadata() -> None:
    """Authors and dates above the link are no text."""
    text = f"## Paper\n作者：张三，李四\n日期：2024-08-01\n论文：{A}\n\n{ZH}\n"
    [item] = items(text)
    assert Metadata(authors=("张三", "李四"), date="2024-08-01") == item.metadata
    assert ([[ZH]], ["1"]) == (texts(text), papers(text))


def test_line_of_authors_that_ends_in_a_stop() -> None:
    """`et al.` ends no lead, nor does any line of details."""
    text = f"## Vita\n**Authors:** A. B. et al.\n**Link:** {A}\n\n{ZH}\n"
    [item] = items(text)
    assert [A] == [link.url for link in item.links]
    assert ([[ZH]], ("A. B. et al.",)) == (texts(text), item.metadata.authors)


def test_sections_and_issues_keep_their_numbers() -> None:
    """Only items are numbered by us, and only an item's title has a translation."""
    issue = reading(f"# 1. A Title of Words — 周报\n## 2. 视觉\n### 3. Vita\n{A}\n{ZH}\n").issue
    assert issue
    [item] = issue.items
    assert item.section
    assert ("1. A Title of Words — 周报", "2. 视觉", "Vita") == (
        issue.title, item.section.heading.text, item.title.text
    )  # fmt: skip


def test_same_address_twice_is_told() -> None:
    """A second link to the same address is dropped, and its words are in a remark."""
    text = f"## [Vita]({A})\n[论文甲]({A})\n[预印本]({A})\n\n{ZH}\n"
    [remark] = reading(text).diagnostics
    assert ("same-link", True) == (remark.code, "预印本" in remark.message)


def test_paper_twice_is_told() -> None:
    """Two items on one paper are both shown, with a warning."""
    text = f"## One\n[一]({A})\n\n{ZH}\n\n## Again\n[又一]({A}v2)\n\n{ZH}更多。\n"
    assert [(6, "duplicate-paper")] == codes(text)
    issue = reading(text).issue
    assert issue
    assert ["One"] == [item.title.text for item in issue.papers()]
