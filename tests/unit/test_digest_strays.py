"""Paragraphs that stand under the wrong item."""

from datetime import UTC

import pytest

from publisher.digest.reading import read
from publisher.digest.strays import REACH, Stray, find
from publisher.model import paragraphs, plain

MATH = (
    "We study what improves mathematical reasoning in large language models. We argue that the "
    "scaling law of data is far from saturated, and present Skywork-Math, a series of models "
    "tuned on 2.5 million instances which reach 51.2% on MATH and 83.9% on GSM8K."
)
MATH_AGAIN = (
    "We look into what improves mathematical reasoning of large language models. We argue that "
    "their scaling law of data is not yet saturated and introduce Skywork-Math, a family of models "
    "tuned on our 2.5 million instances, that reach 51.2% on MATH and 83.9% on the GSM8K set."
)
MATH_MORE = (
    "Our pipeline uses three ways of augmenting data and a diverse set of seed problems, in two "
    "stages that keep the quality of the questions high and their difficulty varied, so that the "
    "quantity of data pays off even for models of seven billion parameters without tools."
)
MATH_MORE_AGAIN = (
    "The pipeline uses three ways to augment data and a diverse seed problem set, in two stages "
    "which keep question quality high and difficulty varied, so that the quantity of data pays "
    "off even for models with seven billion parameters and without any tools."
)
IMAGE = (
    "Visual instruction tuning made great progress, but open models mostly focus on single images. "
    "We present LLaVA-NeXT-Interleave, which treats several images, video frames and views of a "
    "scene with one interleaved template, and compile a data set with more than a million samples."
)
ZH = (
    "本文介绍了一种新的方法，在二十五个基准上超过以往"
    "的模型，并且只用了一半的数据与三分之一的参数量。"
)
ZH_AGAIN = (
    "本文提出了一种新方法，在二十五个基准上都超过了以往模型，而且只用一半的数据和三分之一的参数量。"
)


def test_stray_is_found() -> None:
    """A second translation under the item before is found, with what it repeats."""
    texts = [[IMAGE, MATH_AGAIN], [MATH]]
    assert [Stray(0, 1, 1)] == find(texts, ["LLaVA-NeXT-Interleave", "Skywork-Math"])


def test_chinese_stray_is_found() -> None:
    """The same in Chinese, character by character."""
    assert [Stray(0, 1, 1)] == find([[IMAGE, ZH_AGAIN], [ZH]], ["甲", "乙"])


def test_refrain_is_no_stray() -> None:
    """What stands under every item, word for word or nearly so, is meant to."""
    texts = [[IMAGE, ZH], [MATH, ZH_AGAIN], [MATH_MORE, ZH]]
    assert [] == find(texts, ["甲", "乙", "丙"])


def test_marks_make_no_likeness() -> None:
    """Short entries of one form, with addresses and dots, are not alike for those."""
    texts = [
        ["Chris Lu", f"Categories: cs.{area} \\ {words} \\ (https://arxiv.org/abs/{number}, 5kb)"]
        for area, words, number in (
            ("AI", "One of the grand challenges is agents that conduct research.", "2408.06292"),
            ("CL", "This introduces rStar, a self-play mutual reasoning approach.", "2408.06195"),
        )
    ]
    assert [] == find(texts, ["The AI Scientist", "Mutual Reasoning"])


@pytest.mark.parametrize("turned", [False, True])
def test_text_of_several_paragraphs_keeps_its_own(turned: bool) -> None:  # noqa: FBT001
    """Where stray and original are alike, the original stays, in whichever item comes first."""
    texts = [[IMAGE, MATH_AGAIN, MATH_MORE_AGAIN], [MATH, MATH_MORE]]
    titles = ["LLaVA-NeXT-Interleave", "Skywork-Math"]
    if turned:
        texts.reverse()
        titles.reverse()
    at, repeats = (1, 0) if turned else (0, 1)
    assert [Stray(at, 1, repeats), Stray(at, 2, repeats)] == find(texts, titles)


def test_title_tells_the_stray_that_stands_first() -> None:
    """A stray above its item's own text is told by whose title it names."""
    texts = [[MATH_AGAIN, IMAGE], [MATH, MATH_MORE]]
    titles = ["LLaVA-NeXT-Interleave", "Skywork-Math: Data Scaling Laws"]
    assert [Stray(0, 0, 1)] == find(texts, titles)


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [[]],
        [[MATH]],
        [[MATH, MATH_MORE], [IMAGE]],
        [[MATH_AGAIN], [MATH]],
        [[IMAGE, "Code is available."], ["Code is available."]],
        [[MATH_AGAIN, MATH], [IMAGE]],
        [[IMAGE, MATH_AGAIN], *[[]] * REACH, [MATH]],
    ],
)
def test_what_is_at_home_stays(texts: list[list[str]]) -> None:
    """An item's only text, a short note, its own repetition and what is far off are no strays."""
    assert [] == find(texts, [""] * len(texts))


def test_item_keeps_a_paragraph() -> None:
    """An item of which all would be taken keeps all."""
    assert [] == find([[MATH_AGAIN, ZH_AGAIN], [MATH], [ZH]], ["x", "y", "z"])


def test_stray_is_left_out_with_a_diagnostic() -> None:
    """A stray is in no item's text, and in a remark with its line and what it repeats."""
    text = (
        f"# LLaVA\n[甲](https://arxiv.org/abs/2407.07895)\n\n{IMAGE}\n\n{MATH_AGAIN}\n\n"
        f"# Skywork\n[乙](https://arxiv.org/abs/2407.08348)\n\n{MATH}\n"
    )
    found = read(text.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC)
    assert found.issue
    assert [[IMAGE], [MATH]] == [
        [plain(run) for run in paragraphs(item.body)] for item in found.issue.items
    ]
    [stray] = found.diagnostics
    assert (6, "stray-paragraph") == (stray.line, stray.code)
    assert 'repeats the text of "Skywork" (line 8) and not that of "LLaVA"' in stray.message
    assert "We look into what improves" in stray.message
