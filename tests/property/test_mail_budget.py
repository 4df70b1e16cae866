"""Whatever the texts are: a mail never passes its budget, and folds no more than it must."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from publisher.render.folding import Form, Frame, place, size

letters = st.text("a中é", max_size=12)


@st.composite
def frames(draw: st.DrawFn) -> tuple[Frame, dict[str, tuple[str, str, str]], int]:
    """Make a frame, the forms of its texts, and a limit."""
    count = draw(st.integers(0, 7))
    texts = {
        f"k{n}": (draw(letters) * draw(st.integers(0, 9)), draw(letters), "") for n in range(count)
    }
    keys = draw(st.lists(st.sampled_from([*texts, "unknown"]), max_size=10))
    rendered = "".join(draw(letters) + place(key) for key in keys)
    return Frame(rendered), texts, draw(st.integers(0, 600))


def weight(frame: Frame, texts: dict[str, tuple[str, str, str]], forms: dict[str, Form]) -> int:
    """Give what a mail weighs with its texts in these forms, by making it."""
    return len(frame.filled({key: texts[key][form] for key, form in forms.items()}))


@given(frames())
def test_never_over_the_budget(case: tuple[Frame, dict[str, tuple[str, str, str]], int]) -> None:
    """What fits, fits: and it is told exactly what is shown."""
    frame, texts, limit = case
    fitted = frame.fit(texts, limit)
    if fitted is not None:
        assert len(fitted.content) <= limit
        assert len(fitted.content) == weight(frame, texts, dict(fitted.forms))


@given(frames())
def test_gives_up_only_when_nothing_fits(
    case: tuple[Frame, dict[str, tuple[str, str, str]], int],
) -> None:
    """Nothing is left out as long as the frame itself fits."""
    frame, texts, limit = case
    assert (frame.fit(texts, limit) is None) == (len(frame.filled({})) > limit)


@given(frames())
def test_fewest_fold(case: tuple[Frame, dict[str, tuple[str, str, str]], int]) -> None:
    """No smaller number of folded texts would have fitted."""
    frame, texts, limit = case
    fitted = frame.fit(texts, limit, Form.beginning)
    if fitted is None:
        return
    folded = [key for key, form in fitted.forms.items() if form is Form.beginning]
    for fewer in combinations(fitted.forms, max(0, len(folded) - 1)):
        forms = {key: Form.beginning if key in fewer else Form.whole for key in fitted.forms}
        assert not folded or weight(frame, texts, forms) > limit


@given(frames())
def test_what_folds_saves_most(case: tuple[Frame, dict[str, tuple[str, str, str]], int]) -> None:
    """A text that stays whole would not have saved more than one that folds."""
    frame, texts, limit = case
    fitted = frame.fit(texts, limit, Form.beginning)
    if fitted is None:
        return
    saved = {
        key: frame.counts[key] * (size(texts[key][0]) - size(texts[key][1])) for key in fitted.forms
    }
    folded = [saved[key] for key, form in fitted.forms.items() if form is Form.beginning]
    whole = [saved[key] for key, form in fitted.forms.items() if form is Form.whole]
    assert min(folded, default=0) >= max(whole, default=0) or not folded


@given(frames())
def test_no_single_text_could_stay_whole(
    case: tuple[Frame, dict[str, tuple[str, str, str]], int],
) -> None:
    """When texts have to go, none that is folded could have stayed as it was."""
    frame, texts, limit = case
    fitted = frame.fit(texts, limit)
    if fitted is None:
        return
    for key, form in fitted.forms.items():
        if form is Form.beginning:
            assert weight(frame, texts, {**fitted.forms, key: Form.whole}) > limit
