"""Listings, posts, citations and tables of other sites, copied into digests."""

import pytest

from publisher.model import DefinitionList, Table, paragraphs, plain
from tests.support.parsed_digest import (
    ZH,
    A,
    B,
    C,
    codes,
    items,
    outro,
    papers,
    reading,
    texts,
    titles,
)


def test_a_listing_of_arxiv_as_its_page_has_it() -> None:
    """A number, where it is from and names of links are no title; a label has that below."""
    text = "".join(
        f"[{n}] arXiv:2408.0000{n}{listed} [pdf, html, other]\nTitle: {t}\nAna Oak, Bo Elm\n"
        f"Comments: 12 pages\nSubjects: Sound (cs.SD)\n\n{ZH}\n\n"
        for n, t, listed in ((1, "A Study of Soup", ""), (2, "Bread", " (cross-list from cs.CV)"))
    )
    assert ["A Study of Soup", "Bread"] == titles(text)
    assert [("Ana Oak", "Bo Elm")] * 2 == [item.metadata.authors for item in items(text)]
    assert [("Sound (cs.SD)",)] * 2 == [item.metadata.categories for item in items(text)]


def test_a_linked_number_above_a_labelled_title() -> None:
    """It begins the paper whose title is below it, not above."""
    text = "## New\n\n" + "".join(
        f"[{n}] [arXiv:2408.0000{n}]({u}) [[pdf](https://arxiv.org/pdf/2408.0000{n})]\n\n"
        f"Title: {t}\n\nSubjects: Sound (cs.SD)\n\n{ZH}\n\n"
        for n, t, u in ((1, "Soup", A), (2, "Bread", B))
    )
    assert [("Soup", "1"), ("Bread", "2")] == list(zip(titles(text), papers(text), strict=True))
    assert ["arXiv:2408.00001", "pdf"] == [plain(x.children) for x in items(text)[0].links]


def test_a_headline_between_a_number_and_a_labelled_title() -> None:
    """A number on a line of its own begins an item, whose title has a label."""
    text = "大家好。\n\n" + "".join(
        f"0{n}\n\n{headline}\n\n论文标题：{t}\n\n论文链接：{u}\n\n{ZH}\n\n"
        for n, headline, t, u in ((1, "汤的研究", "Soup", A), (2, "面包研究", "Bread", B))
    )
    assert ["Soup", "Bread"] == titles(text)
    assert [["汤的研究", ZH], ["面包研究", ZH]] == texts(text)
    assert [None, None] == [item.section for item in items(text)]


def test_a_title_below_a_heading_that_labels_it() -> None:
    """Headings that only count are no titles, whatever the level of the labels below them."""
    text = "".join(
        f"# Paper {n}\n\n## Title\n{t}\n\n## Authors\nAna Oak\n\n## Link\n{u}\n\n"
        f"## Abstract\n{ZH}\n\n"
        for n, t, u in ((1, "Soup", A), (2, "Bread", B))
    )
    assert ["Soup", "Bread"] == titles(text)
    assert ["1", "2"] == papers(text)
    assert [["Abstract", ZH]] * 2 == texts(text)


@pytest.mark.parametrize("names", ["项目 | 内容", "Item | Content", "属性 | 值"])
def test_names_of_the_columns_of_fields_are_no_field(names: str) -> None:
    """One of them may be a label, too, as 项目 is: its value is a name as well."""
    text = "".join(
        f"## {t}\n\n| {names} |\n| --- | --- |\n| 中文标题 | {other} |\n| 作者 | Ana Oak |\n"
        f"| 链接 | [1]({u}) |\n\n{ZH}\n\n"
        for t, other, u in (("Soup", "汤", A), ("Bread", "面包", B))
    )
    assert ["汤", "面包"] == [item.translation.text for item in items(text) if item.translation]
    assert [("Ana Oak",)] * 2 == [item.metadata.authors for item in items(text)]
    assert [[ZH], [ZH]] == texts(text)


def test_tags_below_links_are_of_the_post_above() -> None:
    """Where they end the last post, they end each."""
    post = "🔥 {}\n\n{}\n\n🔗 Paper: {}\n\n#{} #soups\n\n"
    text = post.format("Soup", ZH, A, "hot") + post.format("Bread", ZH, B, "cold")
    assert ["Soup", "Bread"] == titles(text)
    assert [("hot", "soups"), ("cold", "soups")] == [item.metadata.tags for item in items(text)]


def test_tags_above_titles_are_of_the_post_below() -> None:
    """Where they begin the first post, they begin each."""
    post = "#{} #soups\n\n{}\n{}\n\n"
    text = post.format("hot", ZH, A) + post.format("cold", ZH, B)
    assert [("hot", "soups"), ("cold", "soups")] == [item.metadata.tags for item in items(text)]


@pytest.mark.parametrize(
    "day", ["Wednesday", "Monday, 30 November 2026", "周三", "2026-11-30 星期一"]
)
def test_a_day_is_no_title(day: str) -> None:
    """A heading that names a day stands over a single paper as it does over two."""
    paper = "10:00 **A Study of {}** (Oak) [paper]({})\n{}\n\n"
    text = f"## Tuesday\n\n{paper.format('Soup', A, ZH)}{paper.format('Bread', B, ZH)}"
    text += f"## {day}\n\n{paper.format('Cake', C, ZH)}"
    assert "A Study of Cake" in titles(text)[2]


def test_times_are_no_labels() -> None:
    """What several lines have before a colon is one only where it is words."""
    text = "".join(f"## {t}\n[PDF]({u})\n\n10:00 {ZH}\n\n" for t, u in (("Soup", A), ("Tea", B)))
    assert [[f"10:00 {ZH}"]] * 2 == texts(text)


@pytest.mark.parametrize("numbers", [("A.", "B.", "C."), ("I.", "II.", "III.")])
def test_letters_that_count_are_numbers(numbers: tuple[str, ...]) -> None:
    """Where each title has the next one, they are no part of it."""
    text = "".join(
        f"{number} {t}\n{ZH}\nLink: {u}\n\n"
        for number, t, u in zip(numbers, ("Soup", "Bread", "Cake"), (A, B, C), strict=True)
    )
    assert ["Soup", "Bread", "Cake"] == titles(text)


def test_initials_are_no_numbers() -> None:
    """What does not count stays."""
    text = "".join(f"## {t}\n[PDF]({u})\n\n{ZH}\n\n" for t, u in (("V. Soup", A), ("C. Tea", B)))
    assert ["V. Soup", "C. Tea"] == titles(text)


@pytest.mark.parametrize(
    ("citation", "authors"),
    [
        ("Oak, A., & Elm, B. (2026). *A Study of Soup*. arXiv. {}", ("A. Oak", "B. Elm")),
        ("Oak, A., Elm, B. C. (2026). A study of soup. *Soups*, 12. {}", ("A. Oak", "B. C. Elm")),
        ("A. Oak and B. Elm. 2026. A Study of Soup. In Proceedings of Soups. {}",
         ("A. Oak", "B. Elm")),
    ],
)  # fmt: skip
def test_a_citation_by_its_year(citation: str, authors: tuple[str, ...]) -> None:
    """Names and a year before a title are no part of it."""
    text = f"- {citation.format(A)}\n  {ZH}\n- Ash, C. (2026). *Bread and Salt*. {B}\n  {ZH}\n"
    assert ["a study of soup", "bread and salt"] == [title.casefold() for title in titles(text)]
    assert [authors, ("C. Ash",)] == [item.metadata.authors for item in items(text)]
    assert ["2026", "2026"] == [item.metadata.date for item in items(text)]


def test_who_posts_is_no_title() -> None:
    """A name and a handle say who wrote a post."""
    text = "".join(
        f"{name} (@{name[0]}.example.org)\nNew! {ZH}\n{u}\n\n"
        for name, u in (("Ana Oak", A), ("Bo Elm", B))
    )
    assert all("New!" in title for title in titles(text))


def test_a_preprint_as_biorxiv_cites_it() -> None:
    """A line of a name, a number and an address is one of links: the lines above are titles."""
    doi = "bioRxiv 2026.11.20.{0}; doi: https://doi.org/10.1101/2026.11.20.{0}"
    text = "".join(
        f"A Study of {t}\nAna Oak, Bo Elm\n{doi.format(n)}\nPosted November 22, 2026\n{ZH}\n\n"
        for t, n in (("Soup", 512345), ("Bread", 512346))
    )
    assert ["A Study of Soup", "A Study of Bread"] == titles(text)
    assert [("Ana Oak", "Bo Elm")] * 2 == [item.metadata.authors for item in items(text)]


def test_texts_below_a_list_of_their_papers() -> None:
    """A heading that repeats an item's title stands over its text, and so do those below it."""
    text = (
        f"| Title | Link |\n|---|---|\n| A Soup | {A} |\n| Bread | {B} |\n\n"
        f"### 1. A Soup\n\nAuthors: Ana Oak\n\n{ZH}\n\n#### Method\n\nHeat.\n\n"
        f"### 2. Bread\n\n{ZH}\n\n### Outlook\n\nMore.\n"
    )
    assert [[ZH, "Method", "Heat."], [ZH]] == texts(text)
    assert [("Ana Oak",), ()] == [item.metadata.authors for item in items(text)]
    assert ["Outlook", "More."] == outro(text)


def test_a_heading_below_the_items_is_not_the_issues_title() -> None:
    """It may be the only one of its level."""
    found = reading(f"- [A Soup]({A}): {ZH}\n- [Bread]({B}): {ZH}\n\n### Outlook\n\nMore.\n").issue
    assert found
    assert found.title is None
    assert "Outlook" in [plain(run) for run in paragraphs(found.outro)]


def test_a_cell_without_a_name_and_names_on_lines_of_one() -> None:
    """A cell below no name is text without a label; line breaks part authors."""
    row = f"| [Slow Dough]({A}) | A. Ash<br>B. Birch | {ZH} |\n"
    [item] = items(f"| Title | Authors | |\n|---|---|---|\n{row}")
    assert ("A. Ash", "B. Birch") == item.metadata.authors
    assert not any(isinstance(block, DefinitionList) for block in item.body)


def test_a_titles_further_links_below_its_text_are_its_own() -> None:
    """A line that only names links of the same paper begins no item."""
    text = "# Soups\n\n" + "".join(
        f"[A Study of {soup}]({url})\n\n{ZH}\n\n[PDF]({url}v2) [Code](https://a.org/{soup})\n\n"
        for soup, url in (("Peas", A), ("Leeks", B))
    )
    assert ["A Study of Peas", "A Study of Leeks"] == titles(text)
    assert [3, 3] == [len(item.links) for item in items(text)]
    assert [] == codes(text)


@pytest.mark.parametrize("name", ["Method", "机构", "Venue"])
def test_a_columns_name_is_no_label(name: str) -> None:
    """A table whose first column is called as a label is a table."""
    text = f"## Soup\n{A}\n\n{ZH}\n\n| {name} | Score |\n|---|---|\n| a | 3 |\n| b | 4 |\n"
    [item] = items(text)
    assert isinstance(item.body[-1], Table)
    assert ("", ()) == (item.metadata.venue, item.metadata.affiliations)


@pytest.mark.parametrize("end", ["", "---\n\nThanks!\n", "Thanks!\n"])
def test_quotes_below_numbered_titles_are_their_texts(end: str) -> None:
    """The last quote is the last item's, as the others are theirs."""
    text = "".join(
        f"**{n}) [A Study of {soup}]({url})**\n\n> {ZH}\n\n"
        for n, soup, url in ((1, "Peas", A), (2, "Leeks", B))
    )
    assert [[ZH], [ZH]] == texts(text + end)
    assert (["Thanks!"] if end else []) == outro(text + end)


def test_two_papers_below_a_rule_in_lines_of_links() -> None:
    """A unit whose first line is the first of what it is read as again stays as it is."""
    text = f"### [T]({A})\n\n---\n\n  url: {B}\n[x](<{A}>)\n"
    assert "several-papers" in [code for _, code in codes(text)]
