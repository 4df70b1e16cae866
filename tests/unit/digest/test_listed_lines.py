"""Lines that are a title and an address each."""

import pytest

from tests.support.parsed_digest import (
    ZH,
    A,
    B,
    C,
    codes,
    intro,
    items,
    outro,
    papers,
    texts,
    titles,
)


@pytest.mark.parametrize(
    "line",
    [
        "{title} - {url}",
        "{title} {url}",
        "{title}: {url}",
        "{title} | {url}",
        "{url} {title}",
        "[{title}]({url})",
        "**[{title}]({url})**",
        "[02:10] {title} - {url}",
        "02:10 {title} {url}",
    ],
)
def test_each_is_an_item(line: str) -> None:
    """They are items, as entries of a list are, without a bullet."""
    lines = [
        line.format(title=title, url=url)
        for title, url in (("Slow Dough", A), ("Nets at Night", B), ("Boats", C))
    ]
    text = "Papers of the week\n\n" + "\n".join(lines) + "\n\nHave a nice week!\n"
    assert ["Slow Dough", "Nets at Night", "Boats"] == titles(text)
    assert 3 == len(papers(text))
    assert (["Papers of the week"], ["Have a nice week!"]) == (intro(text), outro(text))


def test_what_stands_behind_an_address_is_text() -> None:
    """Behind the address a text may follow."""
    text = f"Slow Dough ({A}) - it rises slowly\nNets ({B}) - they mend\n"
    assert ["Slow Dough", "Nets"] == titles(text)
    assert [["it rises slowly"], ["they mend"]] == texts(text)


def test_a_sentence_over_two_lines_is_no_list() -> None:
    """A sentence that goes on on the next line, with an address on each, makes no list."""
    assert 1 == len(items(f"We compare two of them, {A}\nand the newer one at {B}\n"))


def test_texts_below_lines_are_theirs() -> None:
    """A text on the line below a title and its address is that item's."""
    text = f"Slow Dough - {A}\n{ZH}\nNets at Night - {B}\n{ZH}\n"
    assert ["Slow Dough", "Nets at Night"] == titles(text)


def test_several_papers_in_a_paragraph_are_told() -> None:
    """Where items are paragraphs, one that leads to several papers is warned of."""
    assert (1, "several-papers") in codes(f"slow dough - {A}\nnets at night - {B}\n")
    assert [] == codes(f"Slow dough is at {A} and rises.\n\nNets are at {B}.\n")


def test_rows_of_a_table_are_none() -> None:
    """Rows without a pipe at their beginning stay rows."""
    text = f"Abstract | Title | Link\n--- | --- | ---\nIt rises. | Dough | {A}\nSo. | Nets | {B}\n"
    assert ["Dough", "Nets"] == titles(text)


def test_signs_before_stressed_titles_are_bullets() -> None:
    """Each line is an item; its links are its own."""
    text = f"# Picks\n\n👉 **Counting Boats** (Oak, 2026): soup. [[paper]({A})]\n\n"
    text += f"👉 **Mending Nets** (Elm, 2026): bread. [[paper]({B})]\n"
    assert ["Counting Boats", "Mending Nets"] == titles(text)
    assert [["(Oak, 2026): soup. [paper]"], ["(Elm, 2026): bread. [paper]"]] == texts(text)


def test_signs_before_labels_are_none() -> None:
    """`🔗 **Paper**: …` is a line of links."""
    text = f"## One\n🔗 **Paper**: {A}\n\n{ZH}\n\n## Two\n🔗 **Paper**: {B}\n\n{ZH}\n"
    assert ["One", "Two"] == titles(text)


def test_different_signs_are_bullets_too() -> None:
    """One sign may say more than another; links that name themselves follow no bullet."""
    text = f"✅ **Counting Boats** {A}\n{ZH}\n\n✅ **Mending Nets** {B}\n{ZH}\n\n"
    text += f"❌ **Sinking** {C}\n{ZH}\n"
    assert ["Counting Boats", "Mending Nets", "Sinking"] == titles(text)
    link = "🔗 [2408.00001](https://arxiv.org/abs/2408.00001)"
    assert ["One", "Two"] == titles(f"## One\n{link}\n\n{ZH}\n\n## Two\n🔗 [PDF]({B})\n\n{ZH}\n")
