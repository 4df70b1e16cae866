"""What an item is made of: its rows, the number before its title, the number of its paper."""

import pytest

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
