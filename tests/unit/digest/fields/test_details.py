"""What stands beside titles and in labelled lines of details, and goes to the metadata whole."""

import pytest

from publisher.model import Metadata, paragraphs, plain
from tests.support.parsed_digest import ZH, A, B, items, texts, titles


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("👍 **142** · 💬 12", Metadata(score="👍 142, 💬 12")),
        ("👍 **142** · `cs.LG`", Metadata(score="👍 142", categories=("cs.LG",))),
        (
            "*Ana Oak, Bo Elm* · CVPR\xa02026",
            Metadata(authors=("Ana Oak", "Bo Elm"), venue="CVPR 2026"),
        ),
        ("▲ 120", Metadata(score="▲ 120")),
        ("📅 2026-11-18 | 🏛 CVPR 2026", Metadata(date="2026-11-18", venue="CVPR 2026")),
    ],
)
def test_numbers_behind_symbols(line: str, expected: Metadata) -> None:
    """A symbol may stand before what it counts or dates, and the number in stress."""
    text = f"## One\n\n{line}\n\n{A}\n\n{ZH}\n"
    assert (expected, [[ZH]]) == (items(text)[0].metadata, texts(text))


def test_number_alone_is_text() -> None:
    """Nobody knows what it says: it is shown as it stands."""
    assert [["12 | cs.LG", ZH]] == texts(f"## One\n12 | cs.LG\n\n{A}\n\n{ZH}\n")


@pytest.mark.parametrize(
    ("typed", "authors", "places"),
    [
        ("Oak, A.; Elm, B.", ("Oak, A.", "Elm, B."), ()),
        ("van der Oak, Ana; Elm, Bo", ("van der Oak, Ana", "Elm, Bo"), ()),
        ("Oak, A., Elm, B. and Ash, C.", ("Oak, A.", "Elm, B.", "Ash, C."), ()),
        ("A. Oak, B. Elm, C. D. Ash", ("A. Oak", "B. Elm", "C. D. Ash"), ()),
        ("Ana Oak; Bo Elm", ("Ana Oak", "Bo Elm"), ()),
        ("Ana Oak, Bo Elm; Cho Ash", ("Ana Oak", "Bo Elm", "Cho Ash"), ()),
        ("A. Oak (MIT, CSAIL), B. Elm (ETH)", ("A. Oak (MIT, CSAIL)", "B. Elm (ETH)"), ()),
        (
            "A. Oak (1), B. Elm (1 and 2) ((1) A University, Town, (2) Another)",
            ("A. Oak", "B. Elm"),
            ("A University, Town", "Another"),
        ),
    ],
)
def test_authors(typed: str, authors: tuple[str, ...], places: tuple[str, ...]) -> None:
    """Each is one, however they are parted; what is numbered behind them are affiliations."""
    [item] = items(f"## One\nAuthors: {typed}\nPDF: {A}\n\n{ZH}\n")
    assert (authors, places) == (item.metadata.authors, item.metadata.affiliations)


@pytest.mark.parametrize(
    ("heading", "title", "tags"),
    [
        (f"[Counting Boats]({A}) #nets", "Counting Boats", ("nets",)),
        ("Counting Boats #nets #tide/low", "Counting Boats", ("nets", "tide/low")),
        ("A Study of #MeToo", "A Study of #MeToo", ()),
        (f"[Issue #12 of C#]({A}) #a", "Issue #12 of C#", ("a",)),
    ],
)
def test_hashtags_behind_titles(heading: str, title: str, tags: tuple[str, ...]) -> None:
    """They are tags behind a link, or where there are several; one may be a word of a title."""
    text = f"## {heading}\n{A}\n\n{ZH}\n"
    assert ([title], tags) == (titles(text), items(text)[0].metadata.tags)


@pytest.mark.parametrize("tags", ["#nets #tide/low", "＃nets ＃tide/low", "#nets\n#tide/low"])
def test_lines_of_hashtags(tags: str) -> None:
    """They are tags wherever they stand in a text; a number or code is none."""
    [item] = items(f"## One\n{A}\n\n{ZH}\n{tags}\n\n#1\n\n```\n#include\n```\n")
    assert ("nets", "tide/low") == item.metadata.tags
    assert [ZH, "#1"] == [plain(run) for run in paragraphs(item.body[:-1])]


def test_one_star_is_a_score_beside_several() -> None:
    """Alone before all titles it is a mark of theirs."""
    text = f"⭐⭐ Counting Boats\n{A}\n{ZH}\n\n⭐ Mending Nets\n{{}}\n{ZH}\n"
    assert ["⭐⭐", "⭐"] == [item.metadata.score for item in items(text.format(B))]
    assert ["Counting Boats", "Mending Nets"] == titles(text.format(B))


@pytest.mark.parametrize("line", ["**DOI**: {}", "- **DOI:** {}", "DOI：{}", "- DOI: `{}`"])
def test_labelled_doi(line: str) -> None:
    """A DOI needs no address: its label may be stressed, and it is the paper if none else is."""
    number = "10.1126/science.adi2336"
    text = f"## One\n{line.format(number)}\n\n{ZH}\n\n## Two\n{line.format(number + '7')}\n\n{ZH}\n"
    assert [f"doi/{number}", f"doi/{number}7"] == [
        item.paper.key if item.paper else "" for item in items(text)
    ]
    [both] = items(f"## One\n{A}\n{line.format(number)}\n\n{ZH}\n")
    assert [A, f"https://doi.org/{number}"] == [link.url for link in both.links]


def test_doi_in_a_column() -> None:
    """The name of its column is its label."""
    text = "| Title | DOI |\n|---|---|\n| Counting Boats | 10.1126/science.adi2336 |\n"
    [item] = items(text)
    assert ("Counting Boats", "https://doi.org/10.1126/science.adi2336") == (
        item.title.text,
        item.links[0].url,
    )


def test_institutions_in_brackets() -> None:
    """They are no authors."""
    text = f"## One\n**Ana Oak, Bo Elm** (Harbour University)\n[[paper]]({A})\n\n{ZH}\n"
    [item] = items(text)
    assert (("Ana Oak", "Bo Elm"), ("Harbour University",)) == (
        item.metadata.authors,
        item.metadata.affiliations,
    )


def test_names_of_links_in_brackets() -> None:
    """They are shown without these."""
    text = f"## One\n[[paper]]({A}) [[code]](https://github.com/a/b)\n\n{ZH}\n"
    assert ["paper", "code"] == [plain(link.children) for link in items(text)[0].links]


def test_stress_around_a_label_and_its_value() -> None:
    """The mark that ends behind the value is none of its own."""
    [item] = items(f"## One\n{A}\n\n*Venue: TIDE 2026*\n\n{ZH}\n")
    assert "TIDE 2026" == item.metadata.venue


def test_names_below_a_title_that_a_number_stands_above() -> None:
    """They are the authors, and the labelled lines below them are fields."""
    text = "arXiv:2408.00001\nCounting Boats\nAna Oak, Bo Elm\nSubjects: Sound (cs.SD)\n\n"
    [item] = items(f"{text}{ZH}\n")
    assert (("Ana Oak", "Bo Elm"), ("Sound (cs.SD)",)) == (
        item.metadata.authors,
        item.metadata.categories,
    )


def test_numbers_of_papers_as_code() -> None:
    """They are links, and no part of a title."""
    text = f"## cs.CL\n\n1. **Counting Boats** `2408.00001` (Oak)\n\n   {ZH}\n\n"
    text += f"2. **Mending Nets** `2408.00002v2`\n\n   {ZH}\n"
    assert ["Counting Boats", "Mending Nets"] == titles(text)
    assert ["2408.00001", "2408.00002"] == [x.paper.key if x.paper else "" for x in items(text)]


def test_numbers_before_translations() -> None:
    """They are taken off where they count the papers, as those before titles are."""
    post = "**0{}｜{}**\n\n{}\n{}\n{}\n\n"
    text = post.format(1, "岸上数船的方法", "Counting Boats Ashore", A, ZH)
    text += post.format(2, "在海上补网", "Mending Nets at Sea", B, ZH)
    assert ["岸上数船的方法", "在海上补网"] == [
        item.translation.text for item in items(text) if item.translation
    ]


def test_table_of_fields_without_names_of_columns() -> None:
    """An empty row of names is nothing to show."""
    table = f"|  |  |\n|---|---|\n| **Authors** | Ana Oak |\n| **Link** | {A} |\n"
    [item] = items(f"## One\n\n{table}\n{ZH}\n")
    assert ([ZH], ("Ana Oak",)) == (
        [plain(run) for run in paragraphs(item.body)],
        item.metadata.authors,
    )


def test_two_names_joined_by_a_sign() -> None:
    """`&` parts names as a comma does."""
    text = (
        f"- *Counting Boats*, Ana Oak & Bo Elm. [abs]({A})\n- *Mending Nets*, Cho Dun. [abs]({B})\n"
    )
    assert [("Ana Oak", "Bo Elm"), ("Cho Dun",)] == [x.metadata.authors for x in items(text)]
