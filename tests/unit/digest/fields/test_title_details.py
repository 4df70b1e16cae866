"""What stands beside a title in brackets or behind a mark, and what is a part of the title."""

import pytest

from publisher.digest.fields.draft_item import DraftItem, entitle
from publisher.digest.fields.title_details import parted
from publisher.digest.fields.titles import both_titles
from tests.support.time_bounds import within


@pytest.mark.parametrize(
    "title",
    [
        "2026 Was a Good Year for Bread",
        "2048: A Game of Loaves",
        "10 Decoder Blocks Suffice",
        "12 Maybe Better Ovens",
        "7 March Madness Brackets",
        "Segmenting Bread With 5 Points",
        "Learning to Bake From 10K Likes",
        "Bread and Butter 4/5",
        "What We Learnt at NeurIPS 2023",
        "Tuning Mm 20",
        "Squeeze-and-Excitation (SE)",
        "Computer Vision (CV)",
    ],
)
def test_words_of_a_title_stay_in_it(title: str) -> None:
    """A year, a month's beginning, a count or an abbreviation may be a part of a title."""
    assert parted(title) == (title, [])


@pytest.mark.parametrize(
    ("typed", "kind", "words"),
    [
        ("2026-11-20 Bread", "date", "2026-11-20"),
        ("11 Feb: Bread", "date", "11 Feb"),
        ("2026 | Bread", "date", "2026"),
        ("Bread NeurIPS 2023", "venue", "NeurIPS 2023"),
        ("Bread | CVPR24", "venue", "CVPR24"),
        ("[Oral] Bread", "venue", "Oral"),
        ("Bread (Best Paper)", "venue", "Best Paper"),
        ("Bread - 12 votes", "score", "12 votes"),
        ("Bread | 8/10", "score", "8/10"),
        ("Bread (CV)", "categories", "CV"),
        ("⭐⭐⭐ Bread", "score", "⭐⭐⭐"),
        ("推荐 ★★★★☆ Bread", "score", "★★★★☆"),
    ],
)
def test_details_beside_a_title_are_taken_off(typed: str, kind: str, words: str) -> None:
    """A date, a venue, a score or a category stands before or behind the title."""
    assert parted(typed) == ("Bread", [(kind, words)])


def test_a_citation_is_authors_and_a_year() -> None:
    """`(Oak et al., 2026)` is no venue."""
    draft = DraftItem(1, "")
    entitle(draft, "Bread (Oak et al., 2026)")
    assert (draft.heading, draft.metadata.authors) == ("Bread", ("Oak et al.",))
    assert (draft.metadata.date, draft.metadata.venue) == ("2026", "")


@pytest.mark.parametrize("filling", [" ", "\u3000", "1", "⭐", "(", ", "])
def test_long_titles_take_little_time(filling: str) -> None:
    """What parts a title from its end is looked for near the end."""
    with within(1):
        parted(f"a{filling * 5_000}b (x)")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("岸上数船的方法（Counting Boats Ashore）", ("岸上数船的方法", "Counting Boats Ashore")),
        ("Counting Boats Ashore (岸上数船的方法)", ("Counting Boats Ashore", "岸上数船的方法")),
        ("Counting Boats Ashore（综述）", ("Counting Boats Ashore（综述）", "")),
        ("用船网（BoatNet）数船", ("用船网（BoatNet）数船", "")),
        ("岸上数船的方法（BoatNet）", ("岸上数船的方法（BoatNet）", "")),
    ],
)
def test_translation_in_brackets(typed: str, expected: tuple[str, str]) -> None:
    """A whole title in brackets is the other one; a name or a remark belongs to the title."""
    assert expected == both_titles(typed)


@pytest.mark.parametrize("filling", ["a — ", "\u3000", "a（b"])
def test_long_pairs_of_titles_take_little_time(filling: str) -> None:
    """So long a line is no title and its translation."""
    with within(1):
        both_titles(f"木{filling * 5_000}b")
