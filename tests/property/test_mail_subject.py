"""Whatever papers are called: a subject fits, cuts no name that need not be, and counts right."""

import re
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from publisher.render.mail.subject import preheader, subject
from publisher.render.titles import short_title
from publisher.text_width import shown_columns
from tests.unit.render.mail.test_subject import issue

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
titles = st.lists(
    any_text
    | st.text("ab 中é⚡ｶ: ,…", min_size=1, max_size=70)
    | st.sampled_from(["VITA", "RAFT"]),
    max_size=12,
)
slugs = st.sampled_from(["003", "7", "week-47", "20261120", "1" * 70, "a" * 200])


@given(titles, st.none() | any_text, slugs)
@example(["⚡" * 60], None, "1")
@example([], "⚡" * 60, "1")
def test_subject_fits(found: list[str], title: str | None, slug: str) -> None:
    """It is one line of 1 to 60 columns without control characters."""
    made = subject(issue(*found, title=title, slug=slug))
    assert 0 < shown_columns(made) <= 60
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", made)
    assert made == made.strip()


@given(st.lists(st.text("abcdef 中…", max_size=70), max_size=12))
def test_ellipsis_stands_at_the_end(found: list[str]) -> None:
    """No name before a comma is cut."""
    assert "…," not in subject(issue(*found))


@given(st.lists(st.text("abcdef", min_size=1, max_size=30), min_size=1, max_size=12, unique=True))
def test_names_are_whole_and_counted(found: list[str]) -> None:
    """Every name is one of the papers', in their order, and the rest is what the number says."""
    made = subject(issue(*found)).removeprefix("#003: ")
    named, _, rest = made.partition(" +")
    shown = named.split(", ")
    assert shown == [name for name in found if name in shown]
    assert len(found) - len(shown) == int(rest or 0)


@given(st.lists(st.text("abcdef", min_size=1, max_size=30), min_size=1, max_size=12, unique=True))
def test_no_further_name_would_fit(found: list[str]) -> None:
    """As many are named as fit: there is no room for one of those that are left."""
    one = issue(*found)
    made = subject(one)
    named, _, rest = made.removeprefix("#003: ").partition(" +")
    left = [name for name in map(short_title, one.items) if name not in named.split(", ")]
    for name in left:
        more = f" +{len(left) - 1}" if len(left) > 1 else ""
        assert shown_columns(f"#003: {named}, {name}{more}") > 60
    assert bool(rest) == bool(left)


@given(titles, any_text, st.none() | any_text)
def test_preheader_is_no_part_of_the_subject(
    found: list[str], text: str, given_subject: str | None
) -> None:
    """However an issue begins, its preheader says something that its subject does not."""
    one = replace(issue(*found, text=text), subject=given_subject)
    said, told = ("".join(filter(str.isalnum, line)) for line in (preheader(one), subject(one)))
    assert not preheader(one) or said.casefold() not in told.casefold()
