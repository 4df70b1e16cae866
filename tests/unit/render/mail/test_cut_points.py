"""Where a text may be cut for a mail."""

import pytest

from publisher.model import (
    Block,
    CodeBlock,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Strong,
    Subheading,
    Text,
)
from publisher.render.mail.cut_points import cuts
from publisher.render.text import Links, blocks_text


def text(*words: str, lang: str = "en") -> Paragraph:
    """Return a paragraph of texts."""
    return Paragraph(tuple(map(Text, words)), lang)


def shown(*blocks: Block) -> list[str]:
    """Return what each cut of a text shows, a paragraph a line."""
    return [
        " | ".join(
            blocks_text((block,), Links()).replace("\n\n", "\n").replace("\n", " ")
            for block in cut.shown(blocks)
        )
        for cut in cuts(blocks)
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["First. Second. Third."], ["First.", "First. Second.", "First. Second. Third."]),
        (
            ["第一句。第二句！“第三句？”第四句"],
            ["第一句。", "第一句。第二句！", "第一句。第二句！“第三句？”"],
        ),
        (["第一句。vLLM 是第二句。"], ["第一句。", "第一句。vLLM 是第二句。"]),
        (["One. ", "Two. Three"], ["One.", "One. Two.", "One. Two. Three"]),
    ],
)
def test_cuts_at_the_ends_of_sentences(words: list[str], expected: list[str]) -> None:
    """In English and in Chinese, and then all."""
    assert expected == shown(text(*words))[: len(expected)]


@pytest.mark.parametrize(
    "words",
    [
        "Results by Smith et al. are better, e.g. those of J. Doe in Fig. 3, i.e. 2.5 vs. 3.5.",
        "It runs on llama.cpp, see example.org. and so on.",
    ],
)
def test_a_full_stop_may_end_no_sentence(words: str) -> None:
    """After an abbreviation, or before a small letter, a sentence goes on."""
    assert [words] == shown(text(words))


def test_sentence_without_end_is_cut_at_a_word() -> None:
    """A first sentence that is too long for a beginning is cut inside."""
    first, whole = shown(text("word " * 90 + "end."))
    assert (195, "word…") == (len(first), first[-5:])
    assert whole.endswith("end.")
    first, whole = shown(text("字" * 300))
    assert "字" * 99 + "…" == first.replace(" ", "")


def test_what_is_emphasised_or_linked_is_not_cut() -> None:
    """A cut opens no tag that it does not close."""
    strong, link = Strong((Text("One. Two."),)), Link("https://example.org/", (Text("A. B."),))
    paragraph = Paragraph((Text("First. See "), strong, Text(" and "), link, Text(". Last.")), "en")
    assert [
        "First.",
        "First. See One. Two. and A. B. [1].",
    ] == [words.removesuffix(" Last.") for words in shown(paragraph)][:2]


def test_paragraphs_lists_and_the_rest_are_cut_behind() -> None:
    """A list behind each entry; code and quotes are shown whole or not; a heading ends nothing."""
    blocks = (
        text("First. Second."),
        Subheading((Text("More"),), "en"),
        ListBlock(((text("a"),), (text("b"),)), None),
        CodeBlock("code"),
        text("Last."),
    )
    assert [
        "First.",
        "First. Second.",
        "First. Second. | More | - a",
        "First. Second. | More | - a - b",
        "First. Second. | More | - a - b |     code",
        "First. Second. | More | - a - b |     code | Last.",
    ] == shown(*blocks)


def test_first_cut_passes_over_what_has_no_sentence() -> None:
    """What stands above the first sentence is shown only where there is more room."""
    assert ["First.", "    code | First."] == shown(CodeBlock("code"), text("First. Second."))[:2]
    assert [""] == shown(CodeBlock("code"))[:1]


def test_list_and_quote_have_a_first_sentence() -> None:
    """The first cut of a list or a quote is a sentence in it."""
    entries = ListBlock(((text("First. Second."),), (text("Third."),)), None)
    assert ["First.", "- First. Second.", "- First. Second. - Third."] == shown(entries)
    assert ["First.", "> First. Second."] == shown(Quote((text("First. Second."),)))


def test_both_languages_are_cut() -> None:
    """Each cut goes on in the language of which less is shown, by bytes."""
    original = text("One two three. Four five six. Seven.")
    translation = text("一二三四。五六七八。九。", lang="zh-Hans")
    assert [
        "One two three. | 一二三四。",
        "One two three. Four five six. | 一二三四。",
        "One two three. Four five six. | 一二三四。五六七八。",
        "One two three. Four five six. Seven. | 一二三四。五六七八。",
        "One two three. Four five six. Seven. | 一二三四。五六七八。九。",
    ] == shown(original, translation)


def test_languages_may_take_turns() -> None:
    """Where each paragraph is followed by its translation, both are cut in the same one."""
    blocks = (
        text("One. Two."),
        text("一。二。", lang="zh-Hans"),
        text("Three. Four."),
        text("三。四。", lang="zh-Hans"),
    )
    assert "One. Two. | 一。二。 | Three. Four. | 三。" in shown(*blocks)


def test_note_in_another_language_is_no_translation() -> None:
    """A text with a short note in another language is one text."""
    blocks = (text("第一句。" * 20, lang="zh-Hans"), text("Code is available."))
    assert "第一句。" == shown(*blocks)[0]
