"""The units of untidy digests, and what is said where there are two readings."""

import pytest

from publisher.model import DefinitionList
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

PAPERS = (
    f"## One\n[PDF]({A})\n\n{{}}\n\n## Two\n[PDF]({B})\n\n{{}}\n\n## Three\n[PDF]({C})\n\n{ZH}\n"
)


def test_text_of_two_readings_is_warned_of() -> None:
    """Between a rule and a heading it belongs to the paper above, or else to the one below."""
    text = PAPERS.format("---\n\nBetween one and two.", "---\n\nBetween two and three.")
    assert [(6, "two-readings")] == codes(text)
    assert [["Between one and two."], ["Between two and three."], [ZH]] == texts(text)


def test_texts_and_links_in_turn_are_an_error_at_the_first_that_may_be_two_papers() -> None:
    """With a text at both ends nothing tells whether one stands above its link or below it."""
    text = f"# Papers\n\nFirst text.\n\n{A}\n\nSecond text.\n\n{B}\n\nThird text.\n"
    assert [(7, "two-readings")] == codes(text)


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
