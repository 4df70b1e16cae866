"""The longest texts fold, and no more than must."""

import jinja2
from markupsafe import Markup

from publisher.render.folding import Body, Form, Frame, held, most, place

TEXTS = {
    "short": ("s" * 100, "s" * 10, ""),
    "long": ("l" * 300, "l" * 10, ""),
    "middle": ("m" * 200, "m" * 10, ""),
}
FRAME = Frame(f"<{place('short')}|{place('long')}|{place('middle')}>")
#: What the frame itself weighs.
BARE = 4


def forms(limit: int, last: Form = Form.title) -> dict[str, str] | None:
    """Give how much of each text is shown in so many bytes."""
    fitted = FRAME.fit(TEXTS, limit, last)
    return None if fitted is None else {key: form.name for key, form in fitted.forms.items()}


def test_all_stays_whole_where_it_fits() -> None:
    """A mail of exactly as many bytes as it may have folds nothing."""
    assert forms(BARE + 600) == {"short": "whole", "long": "whole", "middle": "whole"}


def test_longest_folds_first() -> None:
    """One byte too many folds the longest text, and that alone."""
    assert forms(BARE + 599) == {"short": "whole", "long": "beginning", "middle": "whole"}


def test_next_longest_folds_next() -> None:
    """What the longest saves is used up before another folds."""
    assert forms(BARE + 310) == {"short": "whole", "long": "beginning", "middle": "whole"}
    assert forms(BARE + 309) == {"short": "whole", "long": "beginning", "middle": "beginning"}


def test_titles_are_the_last_resort() -> None:
    """With all texts folded, the longest of those go."""
    assert forms(BARE + 30) == {"short": "beginning", "long": "beginning", "middle": "beginning"}
    assert forms(BARE + 29) == {"short": "beginning", "long": "beginning", "middle": "title"}


def test_texts_need_not_go() -> None:
    """A frame that is to keep every beginning says that it cannot."""
    assert forms(BARE + 29, Form.beginning) is None


def test_frame_that_is_too_large_by_itself() -> None:
    """Where not even the frame fits, there is nothing to be had."""
    assert forms(BARE - 1) is None


def test_of_two_alike_the_lower_folds() -> None:
    """Readers begin at the top."""
    assert most({"first": 5, "second": 5, "third": 1}, 3) == ["second"]


def test_folding_that_saves_nothing_is_left_alone() -> None:
    """A text shorter than what would stand for it stays whole, or goes."""
    fitted = Frame(place("a")).fit({"a": ("tiny", "a link to the rest", "")}, 3)
    assert fitted is not None
    assert (fitted.forms["a"], fitted.content) == (Form.title, b"")


def test_room_left_over_is_given_back() -> None:
    """When a text that goes leaves room, what fits into it unfolds again."""
    texts = {"a": ("a" * 30, "a" * 20, ""), "b": ("b" * 900, "b" * 100, "")}
    fitted = Frame(place("a") + place("b")).fit(texts, 110)
    assert fitted is not None
    assert fitted.content == b"a" * 30


def test_bytes_count_and_not_letters() -> None:
    """A Chinese letter weighs three bytes."""
    frame = Frame(f"框{place('a')}")
    assert frame.fit({"a": ("中" * 10, "中", "")}, 33, Form.beginning) == frame.fit(
        {"a": ("中" * 10, "中", "")}, 40
    )
    fitted = frame.fit({"a": ("中" * 10, "中", "")}, 32)
    assert fitted is not None
    assert fitted.content == "框中".encode()


def test_text_that_stands_twice_counts_twice() -> None:
    """A template of one's own may repeat a text."""
    frame = Frame(place("a") * 2)
    assert frame.fit({"a": ("aaa", "a", "")}, 5) == frame.fit({"a": ("aaa", "a", "")}, 2)


def test_text_without_a_place_does_not_count() -> None:
    """A template of one's own may leave a text out."""
    fitted = Frame("frame").fit(TEXTS, 5)
    assert fitted is not None
    assert (fitted.content, dict(fitted.forms)) == (b"frame", {})


def made(template: str, body: Markup) -> str:
    """Fill in a template of a mail."""
    environment = jinja2.Environment(autoescape=True, finalize=held)
    return environment.from_string(template).render(body=body)


def test_template_shows_the_place_of_a_text() -> None:
    """MJML never sees the text itself."""
    assert made("<p>{{ body }}</p>", Body.of("<b>", "i1")) == f"<p>{place('i1')}</p>"


def test_template_may_ask_for_a_text() -> None:
    """An empty text is false in a template, though a place is held for it."""
    assert made("{% if body %}yes{% else %}no{% endif %}", Body.of("", "i1")) == "no"


def test_filter_gets_the_text() -> None:
    """A filter works on the text and not on what holds its place."""
    assert made("{{ body|striptags }} {{ body|trim }}", Body.of(" <b>a</b>", "i1")) == "a <b>a</b>"


def test_what_only_looks_like_a_place_is_left_alone() -> None:
    """Whatever a template of one's own writes, texts go into their own places only."""
    frame = Frame(f"\x86b{place('a')}\x86 c\x87\x87", f"{place('a')}d", "\x86")
    assert frame.filled({"a": "x"}) == "\x86bx\x86 c\x87\x87xd\x86".encode()
