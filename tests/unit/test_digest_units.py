"""The units of untidy digests, and what is said where there are two readings."""

import pytest

from publisher.model import DefinitionList, Table, paragraphs, plain
from tests.reading import ZH, A, B, C, D, codes, intro, items, outro, papers, reading, texts, titles

PAPERS = (
    f"## One\n[PDF]({A})\n\n{{}}\n\n## Two\n[PDF]({B})\n\n{{}}\n\n## Three\n[PDF]({C})\n\n{ZH}\n"
)


def test_text_of_two_readings_is_warned_of() -> None:
    """Between a rule and a heading it belongs to the paper above, or else to the one below."""
    text = PAPERS.format("---\n\nBetween one and two.", "---\n\nBetween two and three.")
    assert [(6, "two-readings")] == codes(text)
    assert [["Between one and two."], ["Between two and three."], [ZH]] == texts(text)


@pytest.mark.parametrize("between", [f"{ZH}\n\n---", f"---\n\n{ZH}\n\n---", ZH])
def test_text_of_one_reading_is_not(between: str) -> None:
    """A rule that ends each paper, or stands above and below each text, leaves no doubt."""
    assert [] == codes(PAPERS.format(between, between))


def test_front_matter_settles_it() -> None:
    """With `items` there is one reading."""
    text = PAPERS.format("---\n\nBetween one and two.", "---\n\nBetween two and three.")
    assert [] == codes(f"---\nitems: headings\n---\n{text}")


def test_links_of_one_paper_among_its_fields_are_one() -> None:
    """A number and a PDF with nothing but labels between them are of one paper."""
    paper = "{}\n\n**arXiv ID:** {}\n\n**TLDR:** {}\n\n[PDF](https://arxiv.org/pdf/{})\n\n"
    text = paper.format("One", "2408.00001", ZH, "2408.00001")
    text += paper.format("Two", "2408.00002", ZH, "2408.00002")
    assert ["One", "Two"] == titles(text)
    assert ["1", "2"] == papers(text)


def test_papers_listed_again_are_no_items() -> None:
    """A section on trends and a list at the end name papers that are items above."""
    text = (
        f"### 1. A Paper on Soup\n\n- **arXiv**: [1]({A})\n- **要点**: {ZH}\n\n"
        f"### 2. A Paper on Bread\n\n- **arXiv**: [2]({B})\n- **要点**: {ZH}\n\n"
        f"### Soups (1)\n\n**Papers**:\n- [A Paper on Soup]({A})\n\n"
        f"### 20 November (2)\n\n1. [A Paper on Soup]({A})\n2. [A Paper on Bread]({B})\n"
    )
    assert ["A Paper on Soup", "A Paper on Bread"] == titles(text)


def test_rows_of_fields_are_no_list() -> None:
    """A heading over a table of its fields is an item, and no section of the table's rows."""
    fields = "| Field | Value |\n|---|---|\n| **Authors** | Ana Oak |\n| **arXiv** | [1]({}) |\n\n"
    text = f"## Soups\n\n### Soup\n{fields.format(A)}{ZH}\n\n## Breads\n\n### Bread\n"
    text += f"{fields.format(B)}{ZH}\n\n---\n\n*Made by a kettle.*\n"
    assert ["Soup", "Bread"] == titles(text)
    assert [("Ana Oak",)] * 2 == [item.metadata.authors for item in items(text)]


def test_a_paper_below_the_last_number_is_an_item() -> None:
    """The last numbered unit has a second paper without a number: it is read by itself."""
    text = f"1、Soup\n\n{ZH}\n\n{A}\n\n2、Bread\n\n{ZH}\n\n{B}\n\nAlso:\n\nCake\nAna Oak\n{C}\n"
    assert [A, B, C] == [item.url for item in items(text)]


def test_what_stands_behind_the_last_rule_ends_the_issue() -> None:
    """One rule ends each paper: what is below the last is no paper's."""
    text = "".join(
        f"**{title}**\n[PDF]({url})\n\n{ZH}\n\n---\n\n"
        for title, url in (("Soup", A), ("Bread", B), ("Cake", C))
    )
    assert [[ZH]] * 3 == texts(f"{text}That is all for this week!\n")
    assert ["That is all for this week!"] == outro(f"{text}That is all for this week!\n")


def test_translation_on_a_link_below_fields() -> None:
    """An entry whose link has the title's words in the other language begins nothing."""
    text = "".join(
        f"**{title}**\n\n- Authors: Ana Oak\n\n- Venue: ICLR 2024\n\n- [{other}]({url})\n\n{ZH}\n"
        for title, other, url in (
            ("Learning Soup Alone", "只学汤", A),
            ("Bread Rises Alone", "面包会发", B),
        )
    )
    assert ["Learning Soup Alone", "Bread Rises Alone"] == titles(text)
    assert ["只学汤", "面包会发"] == [x.translation and x.translation.text for x in items(text)]


# --- Words beside a title -------------------------------------------------------------------


def test_words_of_a_link_that_name_another_title_stay() -> None:
    """A story has a title of its own; what its paper is called stands in its text."""
    text = "".join(
        f"**{title}:**\nFog decides where to lie down, and mountains let it.\n"
        f"**Read more**: [{paper}]({url}).\n\n"
        for title, paper, url in (("Fog can think", "FogFormer: Lying", A), ("Rain", "Showers", B))
    )
    ends = ("FogFormer: Lying.", "let it. Showers.")
    assert [True, True] == [
        body[-1].endswith(end) for body, end in zip(texts(text), ends, strict=True)
    ]


def test_venue_behind_a_linked_title() -> None:
    """What stands behind the link of a labelled title is a detail of it."""
    text = (
        f"Title: [Soup]({A}) (EMSOUP 2025)\nAuthors: Ana Oak\n\nTitle: [Bread]({B}) (ICLR 2026)\n"
    )
    assert ["EMSOUP 2025", "ICLR 2026"] == [item.metadata.venue for item in items(text)]


def test_name_before_a_quoted_title() -> None:
    """The name of a method before its title in quotation marks begins the title."""
    text = f'* **CoSoup**: "A Study of Spoons", SPOONS, 2025. [[Paper]({A})]\n'
    assert ["CoSoup: A Study of Spoons"] == titles(text)


def test_state_behind_a_number_stays() -> None:
    """A list of arXiv's says with a number whether its paper was replaced."""
    text = (
        f"[1] arXiv:2408.00001 (replaced) [pdf]\n    Title: Soup\n    Subjects: X (cs.AI)\n\n{ZH}\n"
    )
    assert "(replaced)" in " ".join(texts(text)[0])


def test_few_stars_are_a_score() -> None:
    """A line of up to ten stars is no rule."""
    text = f"## Soup\n[PDF]({A})\n⭐⭐⭐⭐\n\n{ZH}\n"
    assert ["⭐⭐⭐⭐"] == [item.metadata.score for item in items(text)]


def test_repeated_labels_of_any_language_are_fields() -> None:
    """Words that several lines begin with before a colon are labels."""
    text = "".join(f"## {t}\n[PDF]({u})\n\n我的看法：{ZH}\n\n" for t, u in (("One", A), ("Two", B)))
    assert all(isinstance(item.body[-1], DefinitionList) for item in items(text))


def test_a_link_above_a_labelled_title_ends_the_item_above() -> None:
    """It begins one where it stands above the first title, too."""
    text = f"Title: Soup\nAbstract: {ZH}\narXiv: {A}\n\nTitle: Bread\nAbstract: {ZH}\narXiv: {B}\n"
    assert ["1", "2"] == papers(text)


def test_bullets_below_a_numbered_entry_are_no_entries_of_its_list() -> None:
    """A link in a bullet at the margin is the numbered paper's, and so is the text below it."""
    text = "".join(
        f"{n}. [{t}]({u})\n- [PDF]({u})\n\n{ZH}\n\n" for n, t, u in ((1, "Soup", A), (2, "Tea", B))
    )
    assert [[ZH], [ZH]] == texts(text)


def test_a_stressed_title_over_a_link_and_its_fields() -> None:
    """Fields below a link do not make its words the title where a stressed one stands above."""
    text = "".join(
        f"**{t}**\n\n[{w}]({u})\nDate: 2024-08-11\nAuthors: Ana Oak\n\n{ZH}\n\n"
        for t, w, u in (("On Soup", "汤学导论", A), ("On Bread", "面包学导论", B))
    )
    assert ["On Soup", "On Bread"] == titles(text)


def test_a_label_that_is_typed_twice_has_its_value_below() -> None:
    """The page of arXiv says `Subjects:` itself, and a bot's list says it before."""
    text = f"## Soup\n - **Subjects:** Subjects:\nSound (cs.SD)\n - **Link:** {A}\n\n{ZH}\n"
    assert [("Sound (cs.SD)",)] == [item.metadata.categories for item in items(text)]


def test_a_count_behind_a_tag_is_no_part_of_it() -> None:
    """Items that are numbered within a kind have that as their tag."""
    text = f"## [new 001] Soup\n[PDF]({A})\n\n{ZH}\n\n## [replaced 002] Bread\n[PDF]({B})\n\n{ZH}\n"
    assert [("new",), ("replaced",)] == [item.metadata.tags for item in items(text)]


def test_spans_side_by_side_are_words_apart() -> None:
    """A style sheet parts them, which a digest does not have."""
    text = f"## Soup\n{A}\n\n<div><span>Hot</span><span>Cold</span></div>\n"
    assert [["Hot Cold"]] == texts(text)


def test_a_row_over_two_lines() -> None:
    """A title that arXiv has wrapped goes on on the next line of a table."""
    names = "| Title | Authors | Summary |\n|---|---|---|\n"
    links = (
        f"(Read more on [arXiv]({A}) or [HuggingFace](https://huggingface.co/papers/2408.00001))"
    )
    text = f"{names}| A Study of Soups\n  and Their Spoons {links}| Ana Oak | {ZH} |\n"
    text += f"| Bread: A Study ([arXiv]({B})) | Bo Elm | {ZH} |\n"
    assert ["A Study of Soups and Their Spoons", "Bread: A Study"] == titles(text)
    assert [("Ana Oak",), ("Bo Elm",)] == [item.metadata.authors for item in items(text)]
    assert [2, 1] == [len(item.links) for item in items(text)]


def test_two_spaces_part_a_title_from_its_text() -> None:
    """A title stands before a text in one cell of a table."""
    text = "| **Paper** | **Links** |\n|---|---|\n" + "".join(
        f"| {n}) {t}  We study what {t.lower()} is made of, and find that much of it is not what "
        f"was thought before. | [Paper]({u}), [Tweet](https://x.com/{n}) |\n"
        for n, t, u in ((1, "Soup", A), (2, "Bread", B))
    )
    assert ["Soup", "Bread"] == titles(text)


def test_texts_around_one_link_are_no_doubt() -> None:
    """With one paper there is no other that a text might belong to."""
    assert [] == codes(f"{ZH}\n\n{A}\n\n{ZH}{ZH}\n")


def test_a_title_in_its_quotation_marks_begins_an_item() -> None:
    """One title that is not stressed as the others are is in 《》, with a blank line below it."""
    paper = "{}\n\n{}\n\n> " + ZH + "\n\n"
    text = "# A\n\n" + paper.format("**《Soup》**", A) + paper.format("**《Tea》**", B)
    text += "# Datasets\n\n" + paper.format("《A Study of Bread》", C)
    text += "# C\n\n" + paper.format("**《Cake》**", D)
    assert ["Soup", "Tea", "A Study of Bread", "Cake"] == titles(text)


def test_a_folded_list_of_contents_below_other_words() -> None:
    """It is left out where it begins, and the words above it stay."""
    text = (
        "## Updated\n> See [here](./usage.md)\n\n<details>\n<summary>Table of Contents</summary>\n"
        "<ol>\n<li><a href=#soups>Soups</a></li>\n<li><a href=#breads>Breads</a></li>\n</ol>\n"
        f"</details>\n\n## Soups\n\n- [A Study of Soup]({A}): {ZH}\n"
    )
    assert ["Updated", "See here"] == intro(text)
    assert "contents" in [code for _, code in codes(text)]


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
    assert [[ZH, "#hot #soups"], [ZH, "#cold #soups"]] == texts(text)


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
