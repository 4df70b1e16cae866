"""Which lines of a digest with headings are items, sections, titles and text."""

import pytest

from publisher.model import Metadata, links_in, paragraphs, plain
from tests.support.parsed_digest import (
    ZH,
    A,
    B,
    C,
    D,
    codes,
    intro,
    items,
    papers,
    reading,
    texts,
    titles,
)

# --- Headings -----------------------------------------------------------------------------


@pytest.mark.parametrize("level", range(1, 7))
def test_items_at_any_level(level: int) -> None:
    """Headings of every level from one to six hold items."""
    mark = "#" * level
    text = f"{mark} One\n[一]({A})\n\n{ZH}\n\n{mark} Two {mark}\n[二]({B})\n{ZH}\n"
    assert ["One", "Two"] == titles(text)
    assert ["1", "2"] == papers(text)
    assert [[ZH], [ZH]] == texts(text)
    assert [] == codes(text)


def test_mixed_levels() -> None:
    """An item is an item at any level; a deeper heading without a link is its subheading."""
    text = f"# One\n[一]({A})\n\n{ZH}\n\n## Two\n[二]({B})\n\n{ZH}\n\n#### Details\n\nmore.\n"
    assert ["One", "Two"] == titles(text)
    assert [[ZH], [ZH, "Details", "more."]] == texts(text)


def test_underlined_headings() -> None:
    """Setext headings are headings; a rule below a sentence is a rule."""
    text = (
        f"Weekly\n======\n\nHello.\n\nOne\n---\n[一]({A})\n\n{ZH}\n---\n\n"
        f"Two\n---\n{B}\n\n{ZH}\n\n---\n"
    )
    issue = reading(text).issue
    assert issue
    assert "Weekly" == issue.title
    assert ["Hello."] == intro(text)
    assert ["One", "Two"] == titles(text)
    assert [[ZH], [ZH]] == texts(text)


def test_rule_below_a_rule_is_no_heading() -> None:
    """Two rules are two rules."""
    assert ["One"] == titles(f"## One\n[一]({A})\n\n{ZH}\n\n---\n---\n\n***\n---\n")


def test_title_introduction_sections_items() -> None:
    """`#` is the issue's, `##` sections with their own text, `###` items."""
    text = (
        f"# Weekly 12\n\nIntro.\n\n## Vision\n\nSection text.\n\n### One\n[一]({A})\n\n{ZH}\n\n"
        f"### Two\n{B}\n\n{ZH}\n\n## NLP\n### Three\n[三]({C})\n\n{ZH}\n\n## Empty\n\n### \n\n"
        f"## Four\n[四]({D})\n\n{ZH}\n"
    )
    issue = reading(text).issue
    assert issue
    assert "Weekly 12" == issue.title
    assert ["Intro."] == intro(text)
    assert ["Vision", "Vision", "NLP", None] == [
        item.section and item.section.heading.text for item in issue.items
    ]
    assert issue.items[0].section is issue.items[1].section
    assert issue.items[0].section
    assert ["Section text."] == [plain(run) for run in paragraphs(issue.items[0].section.intro)]
    assert [(25, "empty-section"), (27, "empty-heading")] == codes(text)


def test_sections_on_the_items_own_level() -> None:
    """A heading with nothing under it groups the items below, on their own level too."""
    text = f"## 视觉\n\n## One\n[一]({A})\n\n{ZH}\n\n## 语言\n\n## Two\n[二]({B})\n\n{ZH}\n"
    assert [("One", "视觉"), ("Two", "语言")] == [
        (item.title.text, item.section and item.section.heading.text) for item in items(text)
    ]


def test_headings_under_each_item_are_its_texts() -> None:
    """A level of labels holds no items, though the links stand there."""
    text = "# Digest\n\n" + "\n\n".join(
        f"## {name}\n\n### 摘要\n\n{ZH}\n\n### Link\n\n{url}"
        for name, url in (("One", A), ("Two", B))
    )
    assert (["One", "Two"], ["1", "2"]) == (titles(text), papers(text))
    assert [["摘要", ZH]] * 2 == texts(text)
    assert [] == codes(text)
    assert ["Same", "Same"] == titles(f"# a\n\n## Same\n{A}\n{ZH}\n\n## Same\n{A}\n{ZH}\n")


def test_links_under_a_subheading_are_the_items_above() -> None:
    """Below the papers' level a heading over other links is part of the paper's text."""
    text = (
        f"## One\n[一]({A})\n\n{ZH}\n\n### 资源\n- [代码](https://github.com/a/b)\n\n## Two\n{B}\n"
    )
    assert ["One", "Two"] == titles(text)
    assert [ZH, "资源", "代码"] == texts(text)[0]


def test_issue_title_may_be_a_link() -> None:
    """The newsletter's own link over the issue is no item, and is kept."""
    text = f"# [周报](https://weekly.org)\n\n导语。\n\n## One\n[一]({A})\n\n{ZH}\n"
    issue = reading(text).issue
    assert issue
    assert ("周报", ["One"]) == (issue.title, titles(text))
    assert ["周报", "导语。"] == intro(text)


def test_introduction_above_headings() -> None:
    """Text before the first heading is the introduction, its lists and links too."""
    text = f"大家好。\n\n- [主页](https://x.org)\n- [目录]({A})\n\n## One\n[一]({A})\n\n{ZH}\n"
    assert ["大家好。", "主页", "目录"] == intro(text)
    assert ["One"] == titles(text)
    text = f"[目录]({A})\n\n## One\n[一]({A})\n\n{ZH}\n\n### Two\n{B}\n"
    assert (["目录"], ["One", "Two"]) == (intro(text), titles(text))


def test_headings_without_any_links() -> None:
    """A digest without links still has its items, each with a warning."""
    text = f"# Digest\n\nIntro.\n\n## One\n一\n\n{ZH}\n\n## Two\n\n{ZH}\n"
    assert ["One", "Two"] == titles(text)
    assert [(5, "no-link"), (10, "no-link")] == codes(text)


def test_glued_hash_above_a_link_is_a_heading() -> None:
    """`#Title` is a heading where a link follows, and a tag elsewhere."""
    text = f"#One\n[一]({A})\n\n{ZH}\n\n#大模型 #智能体\n\n#Two\n{B}\n\n{ZH}\n"
    assert ["One", "Two"] == titles(text)
    assert [("大模型", "智能体"), ()] == [item.metadata.tags for item in items(text)]


def test_code_hides_headings() -> None:
    """A heading inside a fenced block is code; a fence nobody closes hides nothing."""
    text = f"## One\n[一]({A})\n\n~~~\n## no\n~~~\n\n```\n\n## Two\n[二]({B})\n\n{ZH}\n"
    assert ["One", "Two"] == titles(text)
    assert [["## no", "```"], [ZH]] == texts(text)


def test_hollow_and_bare_items() -> None:
    """A lone mark and a heading alone are dropped with a remark."""
    text = f"## One\n[一]({A})\n\n{ZH}\n##\n\n## Two\n"
    assert ["One"] == titles(text)
    assert [(5, "empty-heading"), (7, "empty-section")] == codes(text)


@pytest.mark.parametrize("marks", ["> ", "```\n\n```", "***"])
def test_heading_over_marks_alone_is_no_item(marks: str) -> None:
    """A heading without a word, in it or under it, makes no item: it could not be named."""
    assert [(1, "empty-heading"), (1, "empty")] == codes(f"# \n{marks}\n")
    assert ["A"] == titles(f"# \n{marks}\n\n# A\nhttps://example.org/a\n\nText.\n")


def test_heading_without_words_over_a_list() -> None:
    """It groups nothing: the items under it stand in no section."""
    text = f"# 视频\n# \n- [A]({A}) {ZH}\n- [B]({B}) {ZH}\n"
    assert [None, None] == [each.section for each in items(text)]
    assert (2, "empty-heading") in codes(text)


def test_trailing_words_stay() -> None:
    """What follows the last item is not lost."""
    text = f"## One\n[一]({A})\n\n{ZH}\n\n---\n\n另外一句。\n\n- 要点\n"
    assert [[ZH, "另外一句。", "要点"]] == texts(text)


def test_anchor_is_no_part_of_a_heading() -> None:
    """`{#…}`, which exports leave behind headings, is not shown."""
    assert ["One {x}"] == titles(f"## One {{x}} {{#one-x}}\n{A}\n{ZH}\n")


# --- Fences, references and fields --------------------------------------------------------


@pytest.mark.parametrize("fence", ["```", "~~~"])
def test_digest_in_a_fence(fence: str) -> None:
    """A digest that a model handed over as Markdown's source is read without the fence."""
    text = f"好的：\n\n{fence}markdown\n## One\n{A}\n\n{ZH}\n{fence}\n\n还有吗？\n"
    assert (["好的："], ["One"], [[ZH, "还有吗？"]]) == (intro(text), titles(text), texts(text))
    text = f"## One\n{A}\n\n{fence}markdown\n## Two\n{fence}\n"
    assert (["One"], [["## Two"]]) == (titles(text), texts(text))


def test_links_by_reference_in_a_fence() -> None:
    """A digest inside a fence has its links by reference all the same."""
    assert ["1"] == papers(f"```markdown\n## [One][a]\n\n{ZH}\n\n[a]: {A}\n```\n")


def test_links_by_reference() -> None:
    """An address that stands elsewhere is found, and its line is no text."""
    text = (
        f"## [One][a]\n\n见[代码][Code  X]与 [code x]、[B][]。`[b]` [c]\n\n"
        f"```\n[b]: {C}\n```\n\n## Two\n{D}\n{ZH}\n\n"
        f'[a]: {A}\n[code x]: <https://github.com/a/b>\n[B]: {B} "题"\n[c]: 注\n[d]: {C}\n'
    )
    assert (["One", "Two"], ["1", "4"]) == (titles(text), papers(text))
    [first, _] = items(text)
    assert ["https://github.com/a/b"] * 2 + [B] == [
        link.url for run in paragraphs(first.body) for link in links_in(run)
    ]
    assert "见代码与 code x、B (题)。[b] [c]" == texts(text)[0][0]
    assert [ZH, f"[c]: 注 [d]: {C}"] == texts(text)[1]


def test_links_by_reference_side_by_side() -> None:
    """Each has its own name, and a picture may be the words; what is escaped is no link."""
    text = (
        f"## One\n{A}\n\n[论文][p][代码][c][![星](https://a.org/i.png)][c] \\[p]\n\n"
        "[p]: https://a.org/p\n[c]: https://a.org/c\n"
    )
    [one] = items(text)
    found = [link for run in paragraphs(one.body) for link in links_in(run)]
    assert [("论文", "p"), ("代码", "c"), ("星", "c")] == [
        (plain(link.children), link.url[-1]) for link in found
    ]
    assert ["论文代码星 [p]"] == texts(text)[0]


def test_fields_are_metadata() -> None:
    """Authors and the abstract do not run into one another, and a label is no text."""
    text = f"## One\n{A}\n\n作者：张三\n**单位**：某大学\n摘要：{ZH}\n{ZH}\n"
    [item] = items(text)
    assert Metadata(authors=("张三",), affiliations=("某大学",)) == item.metadata
    assert [[f"{ZH}{ZH}"]] == texts(text)


# --- Remarks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("仍与 Gemma-2", True),
        ("因此，", True),
        ("and then we", True),
        ("能力。", False),
        ("能力。”", False),
        ("works (see below)", False),
        ("代码：https://github.com/a/b", False),
        ("吗？", False),
    ],
)
def test_abstract_that_stops(end: str, told: bool) -> None:  # noqa: FBT001
    """An abstract that stops mid-sentence is published with a warning that quotes its end."""
    text = f"## One\n[一]({A})\n\n{ZH * 3}{end}\n"
    assert [(4, "cut-off")] * told == codes(text)
    assert texts(text)[0][0].endswith(end)


def test_message_quotes_no_more_than_a_line() -> None:
    """However long a title is, remarks on it are one short line."""
    [no_link, no_text] = reading("## " + "very long " * 1000).diagnostics
    assert len(no_link.message) < 120
    assert "\n" not in no_text.message


@pytest.mark.parametrize("label", ["arXiv:2408.05211", "doi:10.1145/3292500.3330701"])
def test_a_citation_is_no_title(label: str) -> None:
    """`arXiv:…` below a heading names the paper; it is not the heading's translation."""
    (item,) = items(f"## VITA\n{label}\n\n{ZH}")
    assert item.translation is None
    assert item.paper is not None


def test_heading_between_items_is_no_title_of_the_issue() -> None:
    """A single heading is the issue's title only above the items."""
    text = f"1. One\n   {A}\n\n# Nets\n\n2. Two\n   {B}\n"
    found = reading(text).issue
    assert found
    assert found.title is None
    assert [None, "Nets"] == [
        item.section.heading.text if item.section else None for item in found.items
    ]
