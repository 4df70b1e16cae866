"""What an item is made of: its rows, the number before its title, the number of its paper."""

import pytest

from publisher.model import plain
from tests.support.parsed_digest import ZH, A, B, C, codes, items, outro, papers, texts, titles


def test_a_text_in_a_row_below_its_paper() -> None:
    """A row with nothing but a text in one of its columns is of the row above."""
    row = '<tr><td><b>{}</b></td><td><a href="{}">arXiv</a></td></tr>\n'
    row += '<tr><td colspan="2">{}</td></tr>\n'
    text = f"<table>\n{row.format('A Soup', A, ZH)}{row.format('Bread', B, ZH)}</table>\n"
    assert (["A Soup", "Bread"], [[ZH], [ZH]]) == (titles(text), texts(text))
    assert [] == codes(text)


def test_a_short_row_is_an_item() -> None:
    """What may be a title is no text, whatever columns are empty."""
    text = f"| Paper | Link |\n|---|---|\n| A Soup | {A} |\n| Bread | |\n| Cake | {C} |\n"
    assert ["A Soup", "Bread", "Cake"] == titles(text)


@pytest.mark.parametrize("numbers", [("1 — ", "2 — "), ("01 | ", "02 | "), ("1 - ", "2 - ")])
def test_numbers_before_a_dash(numbers: tuple[str, str]) -> None:
    """Where the numbers of all titles count, they are no part of them."""
    text = "".join(
        f"## {n}{t}\n[PDF]({u})\n\n{ZH}\n\n"
        for n, t, u in zip(numbers, ("A Soup", "Bread"), (A, B), strict=True)
    )
    assert ["A Soup", "Bread"] == titles(text)


def test_a_papers_number_behind_id() -> None:
    """The label of a row's number may be that of arXiv's."""
    text = "".join(
        f"## {t}\nAuthors: Ana Oak\nID: 2408.0000{n}v1\nAbstract: {ZH}\n\n"
        for n, t in ((1, "A Soup"), (2, "Bread"))
    )
    assert (["1", "2"], [[ZH], [ZH]]) == (papers(text), texts(text))


def test_who_to_follow_is_no_text_of_the_last_paper() -> None:
    """A call to follow ends an issue."""
    text = f"1️⃣ A Soup\n{A}\n\n{ZH}\n\n2️⃣ Bread\n{B}\n\n{ZH}\n\n👉 关注我们\n"
    assert ([[ZH], [ZH]], ["👉 关注我们"]) == (texts(text), outro(text))


@pytest.mark.parametrize("row", ["| {0}<br>{1} | {2} |", "| **{0}** <br/> *{1}* | {2} |"])
def test_a_translation_below_a_title_in_its_cell(row: str) -> None:
    """Below a break in a title's cell stands the title in the other language."""
    text = "| Title | Link |\n|---|---|\n" + row.format("Slow Dough", "慢面团", A) + "\n"
    (item,) = items(text)
    assert ("Slow Dough", "慢面团") == (item.title.text, item.translation and item.translation.text)


def test_a_field_below_a_title_in_its_cell() -> None:
    """A label below a break in a title's cell names a field."""
    (item,) = items(f"| Title | Link |\n|---|---|\n| Slow Dough<br>Authors: Ana Oak | {A} |\n")
    assert ("Slow Dough", ("Ana Oak",)) == (item.title.text, item.metadata.authors)


@pytest.mark.parametrize("above", ["", "# Title\n\n", "# Title\n\nWords above.\n\n"])
def test_an_entry_over_entries_is_their_section(above: str) -> None:
    """A list's entry with a list of papers below it names their section, also the first one."""
    text = f"{above}- Bread\n  - [Dough]({A}): it rises.\n- Boats\n  - [Nets]({B}): they mend.\n"
    assert ["Bread", "Boats"] == [
        item.section and item.section.heading.text for item in items(text)
    ]


@pytest.mark.parametrize(
    "label", ["**Authors | 作者**:", "Authors｜作者：", "**作者 / Authors：**"]
)
def test_a_label_in_both_languages(label: str) -> None:
    """A label may stand twice, once in each language."""
    (item, _) = items(f"## Dough\n{label} Ana Oak\n{A}\n\nIt rises.\n\n## Nets\n{B}\n\nText.\n")
    assert ("Ana Oak",) == item.metadata.authors


def test_a_links_label_in_both_languages() -> None:
    """Such a label in front of a link is not a part of its name."""
    (item,) = items(f"## Dough\n**Link | 链接**: [arXiv]({A})\n\nIt rises.\n")
    assert ["arXiv"] == [plain(link.children) for link in item.links]


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
@pytest.mark.parametrize("number", ["0{}", "No. {}", "—— {} ——", "第{}篇"])
def test_a_number_above_its_title(number: str, gap: str) -> None:
    """A number by itself above a title is the item's, and no part of either."""
    text = "".join(
        f"{number.format(n)}{gap}{title}{gap}论文：{url}{gap}{ZH}\n\n"
        for n, title, url in ((1, "Slow Dough Rises", A), (2, "Nets That Mend", B))
    )
    assert ["Slow Dough Rises", "Nets That Mend"] == titles(text)
    assert [[ZH], [ZH]] == texts(text)


def test_a_name_before_a_colon_in_both_titles() -> None:
    """What two lines begin with, one below the other, is a name in titles and no label."""
    text = f"1、DAP：慢面团\nDAP: Slow Dough\n论文：{A}\n{ZH}\n\n2、网\nA Net\n论文：{B}\n{ZH}\n"
    item = items(text)[0]
    assert ("DAP: Slow Dough", "DAP：慢面团") == (
        item.title.text,
        item.translation and item.translation.text,
    )


def test_fields_below_a_line_that_is_no_title() -> None:
    """Two labelled lines of metadata are fields, whatever stands above them."""
    text = f"1、Goose 7\nGoose 7 with State\n单位：Meta\n作者：Bo Elm\n{A}\n{ZH}\n\n2、Nets\n{B}\n"
    metadata = items(text)[0].metadata
    assert (("Meta",), ("Bo Elm",)) == (metadata.affiliations, metadata.authors)


def test_names_behind_a_sign() -> None:
    """A picture may stand before the line of authors."""
    text = "".join(
        f"📄 {title}\n👥 Ana Oak, Bo Elm\n🔗 Link: {url}\n💡 {ZH}\n\n"
        for title, url in (("Slow Dough", A), ("Nets That Mend", B))
    )
    found = items(text)
    assert [("Ana Oak", "Bo Elm")] * 2 == [item.metadata.authors for item in found]
    assert ["Link"] == [plain(link.children) for link in found[0].links]


@pytest.mark.parametrize("edge", ["", "|"])
@pytest.mark.parametrize("names", ["Date | Title | Link\n", ""])
def test_rows_without_dashes_are_a_table(names: str, edge: str) -> None:
    """Rows are a table without the row of dashes, if the first names columns or all have links."""
    rows = f"{names}2026-03-18 | Slow Dough | {A}\n2026-03-19 | Nets That Mend | {B}"
    text = "\n".join(f"{edge} {row} {edge}".strip() for row in rows.splitlines())
    assert ["Slow Dough", "Nets That Mend"] == titles(f"# Papers\n\n{text}\n")


def test_rows_of_links_are_no_table() -> None:
    """Lines of links with bars between them are what they are elsewhere."""
    links = f"[arXiv]({A}) | [PDF](https://arxiv.org/pdf/2408.00001) | [code](https://a.org/c)"
    assert ["Dough"] == titles(f"## Dough\n{links}\n{links}\n\n{ZH}\n")


@pytest.mark.parametrize("stress", ["", "**"])
def test_a_tag_in_brackets_before_each_entrys_title(stress: str) -> None:
    """A bracket that opens before an entry's title is no part of it without its end."""
    text = "".join(
        f"* 【{tag}】{stress}{title}{stress}\n  * 链接: {url}\n  * 摘要: {ZH}\n"
        for tag, title, url in (("推理", "Slow Dough", A), ("视觉", "Nets That Mend", B))
    )
    found = items(text)
    assert ["Slow Dough", "Nets That Mend"] == [item.title.text for item in found]
    assert [("推理",), ("视觉",)] == [item.metadata.tags for item in found]


def test_what_stands_behind_a_linked_title_is_all_of_its_line_that_is_text() -> None:
    """The title that begins a paragraph is not told again in its text."""
    line = "**[{}]({})** · ▲ 118 · [arXiv]({})\n> {}\n\n"
    text = line.format("Slow Dough Rises", "https://a.org/x", A, ZH)
    text += line.format("Nets That Mend", "https://a.org/y", B, ZH)
    assert ["Slow Dough Rises", "Nets That Mend"] == titles(text)
    assert not any("Slow Dough" in words for words in texts(text)[0])


def test_a_title_in_its_marks_in_a_sentence() -> None:
    """Of a paragraph that is sentences, the one title in its marks is the item's."""
    line = "这是来自大学的《{}》，方法很新。效果也好。论文地址：{}\n\n"
    assert ["慢面团：如何等待", "修网"] == titles(
        line.format("慢面团：如何等待", A) + line.format("修网", B)
    )


def test_fields_in_a_fence_below_a_heading() -> None:
    """A block of labelled values below a title is its fields, and no code."""
    block = "```yaml\narxiv: 2408.05211\nauthors: Ana Oak\n```\n"
    (item,) = items(f"## Slow Dough\n{block}{ZH}\n")
    assert ("2408.05211", ("Ana Oak",)) == (item.paper and item.paper.key, item.metadata.authors)
    (item,) = items(f"## Slow Dough\n{A}\n\n{ZH}\n\n{block}")
    assert () == item.metadata.authors


def test_a_papers_number_between_its_title_and_its_link() -> None:
    """A line that names the paper of the link below may stand between it and the title."""
    text = f"[PDF] Slow Dough\nA Oak - arXiv:2408.00001, 2024\nIt rises …\n{A}\n\n"
    text += f"[HTML] Nets\nB Elm - Ports, 2024\nThey mend …\n{B}\n"
    assert ["Slow Dough", "Nets"] == titles(text)


@pytest.mark.parametrize(
    "words",
    [
        "[Unsubscribe](https://a.org/u)",
        "View in browser",
        "Manage your preferences",
        "退订请点这里",
    ],
)
def test_what_ends_a_mail(words: str) -> None:
    """A mail's last lines are no text of its last paper."""
    text = f"## Dough\n{A}\n\n{ZH}\n\n## Nets\n{B}\n\n{ZH}\n\n{words}\n"
    assert [ZH] == texts(text)[1]
    assert 1 == len(outro(text))


def test_a_remark_behind_an_arrow_is_no_title() -> None:
    """A line behind an arrow tells of the paper; with a venue alone it is the venue."""
    text = f"▎面包\n1. 慢面团：如何等待\n   {A}\n   → ICLR 2024\n\n"
    found = items(f"本周两篇。\n\n{text}▎渔网\n2. 修网的方法\n   {B}\n   → 快三倍\n")
    assert ["慢面团：如何等待", "修网的方法"] == [item.title.text for item in found]
    assert "ICLR 2024" == found[0].metadata.venue
    assert ["面包", "渔网"] == [item.section and item.section.heading.text for item in found]


def test_who_made_the_issue_is_no_text_of_the_last_paper() -> None:
    """Below a line, the editor's name ends the issue."""
    text = f"1. 慢面团\n   {A}\n   {ZH}\n2. 修网\n   {B}\n\n——————\n编辑：小王  审核：老李\n"
    assert ["编辑：小王  审核：老李"] == outro(text)


def test_a_title_in_marks_behind_the_label_of_a_paper() -> None:
    """Behind `Paper:` stands a title, if it is in marks; its link may be in brackets behind it."""
    line = "**Paper**: *{}* ([arXiv]({}), ICLR 2023)\n**Summary**: Short.\n\n"
    text = "## Bread\n\n" + line.format("Slow Dough Rises", A) + line.format("Nets That Mend", B)
    found = items(text)
    assert ["Slow Dough Rises", "Nets That Mend"] == [item.title.text for item in found]
    assert "ICLR 2023" == found[0].metadata.venue


@pytest.mark.parametrize("brackets", ["()", "（）", "[]", "「」"])
def test_a_tag_in_any_brackets_before_a_stressed_title(brackets: str) -> None:
    """A short word in brackets before an entry's title is a tag, and no half of it a title."""
    text = "".join(
        f"{n}. {brackets[0]}{tag}{brackets[1]} **{title}** - {url}\n   {ZH}\n"
        for n, tag, title, url in ((1, "slow", "Slow Dough", A), (2, "sea", "Boats at Night", B))
    )
    found = items(text)
    assert ["Slow Dough", "Boats at Night"] == [item.title.text for item in found]
    assert [("slow",), ("sea",)] == [item.metadata.tags for item in found]
    assert [()] * 2 == [item.metadata.authors for item in found]


def test_links_of_news_above_the_only_paper_are_warned_of() -> None:
    """What stands above a paper introduces it, unless it looks like items that are none."""
    news = "THE NEWS\nAll of it.\nhttps://example.org/news\n\n"
    text = news + news.replace("news", "more") + f"A PAPER ON BOATS\n{ZH}\n{A}\n"
    assert [(3, "no-paper")] == codes(text)
