"""Short names for papers and issues."""

import pytest

from publisher.i18n import words
from publisher.model import Heading, Issue, Item, Paragraph, Text
from publisher.render.titles import excerpt, headline, lang_of, short_title, shorten

LANGUAGES = ("en", "zh-Hans")
ENGLISH, CHINESE = words("en"), words("zh-Hans")
LONG = "Mutual Reasoning Makes Smaller LLMs Stronger Problem-Solvers"
LONGER = f"{LONG} in Every Field of Science"


def item(title: str, number: int = 1) -> Item:
    """Make an item of a title alone."""
    return Item(
        number=number,
        title=Heading(title, "en"),
        translation=None,
        section=None,
        paper=None,
        links=(),
        body=(),
        line=1,
    )


def issue(*titles: str, title: str | None = None) -> Issue:
    """Make an issue of titles alone."""
    items = tuple(item(each, number) for number, each in enumerate(titles, 1))
    return Issue(
        slug="000",
        source="000.txt",
        title=title,
        date=None,
        draft=False,
        tags=(),
        intro=(),
        items=items,
    )


@pytest.mark.parametrize(
    ("expected", "title"),
    [
        ("VITA", "VITA: Towards Open-Source Interactive Omni Multimodal LLM"),
        ("AutoWebGLM", "AutoWebGLM：自举并加强"),
        ("Imagen 3", "Imagen 3"),
        ("Deadlines at 10:30 sharp", "Deadlines at 10:30 sharp"),
        ("Mutual Reasoning Makes Smaller LLMs…", "Mutual Reasoning Makes Smaller LLMs Stronger"),
        ("A: the first letter of everything that…", "A: the first letter of everything that is"),
    ],
)
def test_short_title(expected: str, title: str) -> None:
    """A paper is named by the words before the colon, or by as much of its title as fits."""
    assert expected == short_title(item(title))


def test_cut_measures_chinese_by_its_width() -> None:
    """A cut title of Chinese fits the same columns as one of Latin letters."""
    assert shorten("中中中中中", 8) == "中中中…"


def test_cut_leaves_what_fits() -> None:
    """What fits is not touched."""
    assert shorten("中中中中", 8) == "中中中中"


@pytest.mark.parametrize(
    ("expected", "titles"),
    [
        ("Issue 000", []),
        ("A1", ["A1"]),
        ("A1 and B1", ["A1", "B1"]),
        ("A1, B1 and C1", ["A1", "B1", "C1"]),
        ("A1, B1, C1 and 2 more", ["A1", "B1", "C1", "D1", "E1"]),
    ],
)
def test_headline_names_the_first_papers(expected: str, titles: list[str]) -> None:
    """An issue without a title is named after its first three papers."""
    assert expected == headline(issue(*titles), ENGLISH)


@pytest.mark.parametrize(
    ("expected", "titles"),
    [
        ("A1, B1, C1 and 2 more", [LONG, "A1", LONG, "B1", "C1"]),
        ("A1, B1 and 1 more", ["A1", LONG, "B1: the first"]),
        ("A1 and 1 more", [LONG, "A1"]),
        (f"{LONG} and 1 more", [LONG, LONG]),
        (LONG, [LONG]),
        (
            "Mutual Reasoning Makes Smaller LLMs Stronger Problem-Solvers in Every Field of…",
            [LONGER],
        ),
    ],
)
def test_headline_lists_no_cut_titles(expected: str, titles: list[str]) -> None:
    """Names and short titles go first; a long title stands alone, and has more room there."""
    assert expected == headline(issue(*titles), ENGLISH)


@pytest.mark.parametrize(
    ("expected", "titles"),
    [
        ("第 000 期", []),
        ("A1", ["A1"]),
        ("A1 及其他 1 篇", ["A1", LONG]),
        ("A1、B1", ["A1", "B1"]),
        ("A1、B1 及其他 1 篇", ["A1", "B1", LONG]),
        ("A1、B1、C1", ["A1", "B1", "C1"]),
        ("A1、B1、C1 及其他 2 篇", ["A1", "B1", "C1", "D1", "E1"]),
    ],
)
def test_headline_in_chinese(expected: str, titles: list[str]) -> None:
    """The words between the names are the interface's."""
    assert expected == headline(issue(*titles), CHINESE)


def test_headline_is_the_title_if_there_is_one() -> None:
    """A title given in the digest wins."""
    assert headline(issue("A1", title="Week 1"), CHINESE) == "Week 1"


def text(words: str) -> list[Paragraph]:
    """Make a body of one paragraph."""
    return [Paragraph((Text(words),), "en")]


def test_excerpt_of_a_short_text_is_all_of_it() -> None:
    """What fits is given whole, its spaces made single."""
    assert excerpt(text("A\n b. "), 20) == "A b."


def test_excerpt_ends_with_a_sentence() -> None:
    """As many whole sentences as fit are given."""
    assert excerpt(text("一二三。四五六。七八九十。"), 9) == "一二三。四五六。"


def test_excerpt_knows_decimals() -> None:
    """A point inside a number ends no sentence."""
    assert excerpt(text("Up by 3.5 points. And then some more."), 20) == "Up by 3.5 points."


def test_excerpt_of_an_endless_sentence_is_cut() -> None:
    """A first sentence that does not fit ends in an ellipsis."""
    assert excerpt(text("one two three four"), 10) == "one two…"


def test_excerpt_of_nothing() -> None:
    """No text has no beginning."""
    assert excerpt([], 10) == ""


def test_language_by_script() -> None:
    """Text with Han characters is in the Chinese of the newsletter, all else in its first."""
    assert [lang_of(words, LANGUAGES) for words in ("AI 周刊", "AI weekly")] == ["zh-Hans", "en"]


def test_language_of_a_newsletter_in_one() -> None:
    """A newsletter in one language has everything in it."""
    assert lang_of("周刊", ("en",)) == "en"
