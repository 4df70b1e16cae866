"""Paragraphs that stand under the wrong item."""

from collections.abc import Sequence
from datetime import UTC

import pytest

from publisher.digest.misplaced import REACH, Passage, Stray, find
from publisher.digest.parser import read
from publisher.model import paragraphs, plain
from publisher.paper_id import PaperId, PaperScheme

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


def strays(texts: Sequence[Sequence[str]], titles: Sequence[str] = ()) -> list[Stray]:
    """Return the strays among the texts of items."""
    titles = titles or [""] * len(texts)
    return find([Passage(text, title) for text, title in zip(texts, titles, strict=True)])


def test_stray_is_found() -> None:
    """A second translation under the item before is found, with what it repeats."""
    texts = [[IMAGE, MATH_AGAIN], [MATH]]
    assert [Stray(0, 1, 1)] == strays(texts, ["LLaVA-NeXT-Interleave", "Skywork-Math"])


def test_chinese_stray_is_found() -> None:
    """The same in Chinese, character by character."""
    assert [Stray(0, 1, 1)] == strays([[IMAGE, ZH_AGAIN], [ZH]], ["甲", "乙"])


def test_refrain_is_no_stray() -> None:
    """What stands under every item, word for word or nearly so, is meant to."""
    texts = [[IMAGE, ZH], [MATH, ZH_AGAIN], [MATH_MORE, ZH]]
    assert [] == strays(texts, ["甲", "乙", "丙"])


def test_marks_make_no_likeness() -> None:
    """Short entries of one form, with addresses and dots, are not alike for those."""
    texts = [
        ["Chris Lu", f"Categories: cs.{area} \\ {words} \\ (https://arxiv.org/abs/{number}, 5kb)"]
        for area, words, number in (
            ("AI", "One of the grand challenges is agents that conduct research.", "2408.06292"),
            ("CL", "This introduces rStar, a self-play mutual reasoning approach.", "2408.06195"),
        )
    ]
    assert [] == strays(texts, ["The AI Scientist", "Mutual Reasoning"])


@pytest.mark.parametrize("turned", [False, True])
def test_text_of_several_paragraphs_keeps_its_own(turned: bool) -> None:  # noqa: FBT001
    """Where stray and original are alike, the original stays, in whichever item comes first."""
    texts = [[IMAGE, MATH_AGAIN, MATH_MORE_AGAIN], [MATH, MATH_MORE]]
    titles = ["LLaVA-NeXT-Interleave", "Skywork-Math"]
    if turned:
        texts.reverse()
        titles.reverse()
    at, repeats = (1, 0) if turned else (0, 1)
    assert [Stray(at, 1, repeats), Stray(at, 2, repeats)] == strays(texts, titles)


def test_title_tells_the_stray_that_stands_first() -> None:
    """A stray above its item's own text is told by whose title it names."""
    texts = [[MATH_AGAIN, IMAGE], [MATH, MATH_MORE]]
    titles = ["LLaVA-NeXT-Interleave", "Skywork-Math: Data Scaling Laws"]
    assert [Stray(0, 0, 1)] == strays(texts, titles)


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
    assert [] == strays(texts, [""] * len(texts))


def test_item_keeps_a_paragraph() -> None:
    """An item of which all would be taken keeps all."""
    assert [] == strays([[MATH_AGAIN, ZH_AGAIN], [MATH], [ZH]], ["x", "y", "z"])


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


QWEN = (
    "We release the {size}B model of the family, which was trained on {tokens}T tokens and reads "
    "{context}K tokens at once. It reaches {score}% on MMLU and {more}% on HumanEval, and its "
    "weights, its data and the code to train it are open to everyone under a free licence."
)
QWEN_ZH = (
    "我们发布了该系列的{size}B模型，它在{tokens}万亿词元上训练，一次可读{context}K词元，"
    "在MMLU上达到{score}%，在HumanEval上达到{more}%，权重、数据与代码全部开放。"
)
SMALL = {"size": 7, "tokens": 2.4, "context": 32, "score": 61.3, "more": 35.4}
LARGE = {"size": 72, "tokens": 3, "context": 128, "score": 77.4, "more": 64.9}
#: An item's texts, a stray in it, the texts of the item that the stray repeats, their titles.
TITLES = ("LLaVA-NeXT-Interleave", "Skywork-Math: Data Scaling Laws")
MISPLACED = {
    "below": ([IMAGE, MATH_AGAIN], [MATH], TITLES),
    "above": ([MATH_AGAIN, IMAGE], [MATH], TITLES),
    "above, titles do not tell": ([MATH_AGAIN, IMAGE], [MATH], ("", "")),
    "above, of several": ([MATH_AGAIN, IMAGE], [MATH, MATH_MORE], TITLES),
    "Chinese, below": ([IMAGE, ZH_AGAIN], [ZH], ("甲", "乙")),
    "Chinese, above": ([ZH_AGAIN, IMAGE], [ZH], ("甲", "乙")),
    "one of two": ([IMAGE, MATH_AGAIN + MATH_MORE_AGAIN], [MATH, MATH_MORE], ("", "")),
    "two of two": ([IMAGE, MATH_AGAIN, MATH_MORE_AGAIN], [MATH, MATH_MORE], ("", "")),
    "both languages, below": ([IMAGE, MATH_AGAIN, ZH_AGAIN], [MATH, ZH], ("", "")),
    "both languages, above": ([MATH_AGAIN, ZH_AGAIN, IMAGE], [MATH, ZH], ("", "")),
}


@pytest.mark.parametrize("case", MISPLACED)
@pytest.mark.parametrize("between", range(REACH))
def test_stray_is_found_before_its_item_as_after_it(case: str, between: int) -> None:
    """Where a stray stands, in its item and among the items, makes no difference."""
    texts, original, (title, repeated) = MISPLACED[case]
    expected = {place for place, text in enumerate(texts) if text is not IMAGE}
    others: list[list[str]] = [[]] * between
    before = strays([texts, *others, original], [title, *[""] * between, repeated])
    assert [Stray(0, place, between + 1) for place in sorted(expected)] == before
    after = strays([original, *others, texts], [repeated, *[""] * between, title])
    assert [Stray(between + 1, place, 0) for place in sorted(expected)] == after


@pytest.mark.parametrize(("stray", "text"), [(MATH_AGAIN, MATH), (ZH_AGAIN, ZH)])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_stray_between_items_is_found(stray: str, text: str, at: int) -> None:
    """An introduction, a section's too, and the outro have no text of an item."""
    passages = [Passage([IMAGE], "LLaVA"), Passage([text], "Skywork")]
    passages.insert(at, Passage([stray, "Happy reading!"], is_item=False))
    assert [Stray(at, 0, 1 if at == 2 else 2)] == find(passages)


def test_what_stands_between_items_may_go_altogether() -> None:
    """Nobody misses an introduction that is a stray."""
    assert [Stray(0, 0, 1)] == find([Passage([MATH_AGAIN], is_item=False), Passage([MATH])])


def test_item_does_not_repeat_an_introduction() -> None:
    """A text has its home in an item."""
    passages = [Passage([MATH], is_item=False), Passage([IMAGE, MATH_AGAIN])]
    assert [Stray(0, 0, 1)] == find(passages)


@pytest.mark.parametrize("text", [QWEN, QWEN_ZH], ids=["en", "zh"])
@pytest.mark.parametrize("is_item", [True, False])
def test_same_words_with_other_numbers_are_no_repetition(text: str, is_item: bool) -> None:  # noqa: FBT001
    """Two models are described in the same words: the numbers say that there are two."""
    small, large = text.format(**SMALL), text.format(**LARGE)
    for host in ([IMAGE, large], [large, IMAGE]):
        passages = [Passage(host, is_item=is_item), Passage([small])]
        assert [] == find(passages)
        assert [] == find(passages[::-1])
    assert [Stray(0, 1, 1)] == strays([[IMAGE, small], [small]])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2.5 million instances", "250万个样本"),
        ("2,500,000 instances", "2.5M instances"),
        ("7B parameters", "70亿参数"),
        ("15 trillion tokens", "15万亿词元"),
        ("GSM8K and GPT-4", "GPT-4"),
    ],
)
def test_numbers_are_one_however_written(text: str, written: str) -> None:
    """Two translators write a number in different units."""
    again = f"{MATH_AGAIN} {written}."
    assert [Stray(0, 1, 1)] == strays([[IMAGE, again], [f"{MATH} {text}."]])


@pytest.mark.parametrize(
    "passages",
    [
        [
            Passage([MATH_AGAIN, IMAGE], "v1", frozenset({PaperId(PaperScheme.arxiv, "2407.1")})),
            Passage([MATH], "v2", frozenset({PaperId(PaperScheme.arxiv, "2407.1")})),
        ],
        [
            Passage([MATH_AGAIN, IMAGE], "Skywork-Math: Data Scaling Laws"),
            Passage([MATH], "Skywork-Math: The Data Scaling Laws"),
        ],
    ],
    ids=["address", "title"],
)
def test_two_versions_of_a_paper_are_no_repetition(passages: list[Passage]) -> None:
    """A paper that stands twice in an issue, with what is new, keeps all its texts."""
    assert [] == find(passages)
    assert [] == find(passages[::-1])


def test_of_two_alike_that_nothing_tells_apart_both_stay() -> None:
    """What may be the original is not taken out."""
    texts = [[MATH_AGAIN, IMAGE], [MATH, ZH]]
    assert [] == strays(texts)
    assert [] == strays(texts[::-1])


@pytest.mark.parametrize(("text", "again"), [(MATH, MATH_AGAIN), (ZH, ZH_AGAIN)])
@pytest.mark.parametrize("place", ["intro", "front matter", "section", "outro"])
def test_stray_of_a_digest_is_left_out_wherever_it_stands(
    place: str, text: str, again: str
) -> None:
    """It is in no text of the issue, and the remark has its line."""
    digest = (
        (f"---\nintro: {again}\n---\n" if place == "front matter" else "")
        + "# Week 3\n\nHello.\n\n"
        + (f"{again}\n\n" if place == "intro" else "")
        + "## Vision\n\n"
        + (f"{again}\n\n" if place == "section" else "")
        + f"### LLaVA\n[甲](https://arxiv.org/abs/2407.07895)\n\n{IMAGE}\n\n"
        + f"### Skywork\n[乙](https://arxiv.org/abs/2407.08348)\n\n{text}\n\n"
        + ("## Thanks\n\nBye.\n\n" + f"{again}\n" if place == "outro" else "")
    )
    reading = read(digest.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC)
    issue = reading.issue
    assert issue
    section = issue.items[0].section
    for blocks in (issue.intro, section.intro if section else (), issue.outro):
        assert again not in [plain(run) for run in paragraphs(blocks)]
    assert [[IMAGE], [text]] == [
        [plain(run) for run in paragraphs(item.body)] for item in issue.items
    ]
    [stray] = reading.diagnostics
    line = next(number for number, line in enumerate(digest.split("\n"), 1) if again in line)
    assert (line, "stray-paragraph") == (stray.line, stray.code)
    assert 'repeats the text of "Skywork" (line ' in stray.message
