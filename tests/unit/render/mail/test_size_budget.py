"""All texts keep a like share of a mail, and no more folds than must."""

import jinja2
from markupsafe import Markup

from publisher.render.mail.size_budget import (
    Body,
    Frame,
    fair_shares,
    placeholder,
    placeholder_or_value,
    shares,
)

#: Each text in its sizes: nothing, up to its first sentence, its second …, all of it.
SIZES = {
    "short": [0, 30, 60],
    "long": [0, 30, 60, 90, 120, 150],
    "middle": [0, 40, 80, 120],
}
ONCE = dict.fromkeys(SIZES, 1)


def shown(room: int, counts: dict[str, int] = ONCE) -> list[int]:
    """Return what is shown of each text in so many bytes."""
    return list(fair_shares(SIZES, counts, room).values())


def test_all_stays_whole_where_it_fits() -> None:
    """Exactly as many bytes as there may be fold nothing."""
    assert [2, 5, 3] == shown(60 + 150 + 120)


def test_longest_loses_a_sentence_first() -> None:
    """One byte too many takes a sentence of the longest text, and that alone."""
    assert [2, 4, 3] == shown(60 + 150 + 120 - 1)


def test_texts_fold_to_one_level() -> None:
    """What a short text does not need is for the others, which get as much of it each."""
    assert [2, 3, 2] == shown(60 + 90 + 80)
    assert [2, 2, 2] == shown(60 + 60 + 80)
    assert [1, 1, 1] == shown(30 + 30 + 40)


def test_room_left_over_gives_one_sentence_more() -> None:
    """Where the next sentence does not fit, a shorter one of another text may."""
    assert [2, 3, 1] == shown(60 + 90 + 40)
    assert {"a": 1, "b": 2} == fair_shares(
        {"a": [0, 10, 500], "b": [0, 10, 510, 520]}, {"a": 2, "b": 1}, 20 + 510
    )


def test_nobody_goes_without_while_another_has_more_than_a_sentence() -> None:
    """With no room for a sentence of all, those keep theirs that are short."""
    assert [1, 1, 0] == shown(30 + 30 + 39)
    assert [1, 0, 0] == shown(30 + 29)
    assert [0, 0, 0] == shown(29)


def test_texts_may_be_promised_more() -> None:
    """A mail that is to keep every beginning says that it cannot."""
    least = {"short": 1, "long": 2, "middle": 1}
    assert {"short": 1, "long": 2, "middle": 1} == shares(SIZES, ONCE, 130, least)
    assert shares(SIZES, ONCE, 129, least) is None


def test_of_two_alike_the_upper_grows() -> None:
    """Readers begin at the top."""
    sizes = {"first": [0, 5, 9], "second": [0, 5, 9]}
    assert {"first": 2, "second": 1} == fair_shares(sizes, {"first": 1, "second": 1}, 14)


def test_text_that_stands_twice_counts_twice() -> None:
    """A template of one's own may repeat a text."""
    assert [1, 1, 1] == shown(130, {"short": 2, "long": 1, "middle": 1})
    assert [1, 1, 0] == shown(129, {"short": 2, "long": 1, "middle": 1})


def test_text_without_a_place_does_not_count() -> None:
    """A template of one's own may leave a text out."""
    assert [2, 1, 1] == shown(70, {"long": 1, "middle": 1})


def test_frame_knows_its_size() -> None:
    """A frame weighs what it is without texts: bytes and not letters."""
    frame = Frame(f"框{placeholder('a')}|{placeholder('a')}")
    assert (4, {"a": 2}) == (frame.size, frame.counts)
    assert "框中|中".encode() == frame.filled({"a": "中"})


def made(template: str, body: Markup) -> str:
    """Fill in a template of a mail."""
    environment = jinja2.Environment(autoescape=True, finalize=placeholder_or_value)
    return environment.from_string(template).render(body=body)


def test_template_shows_the_place_of_a_text() -> None:
    """MJML never sees the text itself."""
    assert made("<p>{{ body }}</p>", Body.of("<b>", "i1")) == f"<p>{placeholder('i1')}</p>"


def test_template_may_ask_for_a_text() -> None:
    """An empty text is false in a template, though a place is held for it."""
    assert made("{% if body %}yes{% else %}no{% endif %}", Body.of("", "i1")) == "no"


def test_filter_gets_the_text() -> None:
    """A filter works on the text and not on what holds its place."""
    assert made("{{ body|striptags }} {{ body|trim }}", Body.of(" <b>a</b>", "i1")) == "a <b>a</b>"


def test_what_only_looks_like_a_place_is_left_alone() -> None:
    """Whatever a template of one's own writes, texts go into their own places only."""
    frame = Frame(f"\x86b{placeholder('a')}\x86 c\x87\x87{placeholder('a')}d\x86")
    assert frame.filled({"a": "x"}) == "\x86bx\x86 c\x87\x87xd\x86".encode()
