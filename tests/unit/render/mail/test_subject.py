"""What a list of mails shows: a subject worth opening, and what comes after it."""

from dataclasses import replace

import pytest

from publisher.model import Heading, Issue, Item, Paragraph, Text
from publisher.render.mail.subject import padding, preheader, subject
from publisher.text_width import shown_columns


def words(text: str) -> tuple[Paragraph, ...]:
    """Make a text of one paragraph."""
    return (Paragraph((Text(text),), "en"),) if text else ()


def issue(*titles: str, title: str | None = None, slug: str = "003", text: str = "") -> Issue:
    """Make an issue of these items, all with the same text."""
    items = tuple(
        Item(
            number=number, title=Heading(each, "en"), translation=None, section=None, paper=None,
            links=(), body=words(text), line=number,
        )
        for number, each in enumerate(titles, 1)
    )  # fmt: skip
    return Issue(
        slug=slug, source="", title=title, date=None, draft=False, tags=(), intro=(), items=items
    )


LONG = "Mutual Reasoning Makes Smaller Language Models Much Stronger Problem Solvers"


@pytest.mark.parametrize(
    ("expected", "titles"),
    [
        ("#003: Vita", ["Vita: Towards an Open LLM"]),
        ("#003: VITA, Raft", ["VITA: Towards an Open LLM", "Raft"]),
        ("#003: VITA, RAFT", ["VITA", "RAFT", "VITA: again"]),
        (
            "#003: Direct Nash Optimization, AutoWebGLM, Ferret-UI +3",
            ["Direct Nash Optimization", "AutoWebGLM", "Ferret-UI", "ReALM", "RAFT 2", "RAFT 3"],
        ),
        ("#003: VITA +1", [LONG, "VITA"]),
        ("#003: VITA, RAFT +1", ["VITA", "To be continued…", "RAFT"]),
        ("#003: Mutual Reasoning Makes Smaller Language Models Much…", [LONG]),
        ("#003: Mutual Reasoning Makes Smaller Language Models… +1", [LONG, f"More {LONG}"]),
        ("#003: 大模型, 小模型 +1", ["大模型：甲", "小模型：乙", "长" * 30]),
        ("#003: a b", ["a\x00\r\n b"]),
        ("#003", []),
    ],
)  # fmt: skip
def test_subject_names_papers(expected: str, titles: list[str]) -> None:
    """Number and names, as many whole ones as fit; how many are not named stands at the end."""
    assert expected == subject(issue(*titles))


@pytest.mark.parametrize(
    ("expected", "titles"),
    [
        ("#003: VITA: Towards an Open LLM", ["VITA: Towards an Open LLM"]),
        ("#003: VITA: Towards an Open LLM, RAFT", ["VITA: Towards an Open LLM", "RAFT"]),
        (
            "#003: VITA: Towards an Open and Interactive LLM, RAFT +2",
            ["VITA: Towards an Open and Interactive LLM", "RAFT", "MAVIS", "GPT"],
        ),
        ("#003: VITA: Mutual Reasoning Makes Smaller Language Models…", [f"VITA: {LONG}"]),
        ("#003: VITA: Mutual Reasoning Makes Smaller Language… +1", [f"VITA: {LONG}", "RAFT"]),
        ("#003: VITA", ["VITA"]),
        ("#003: 基于LLM的推理", ["基于LLM的推理：综述"]),
    ],
)
def test_names_in_capitals(expected: str, titles: list[str]) -> None:
    """If all names are capitals, the first title is whole: rspamd takes `#003: VITA` for spam."""
    assert expected == subject(issue(*titles))


@pytest.mark.parametrize(
    "title", ["见 https://a.github.io。", "见https://a.github.io，后", "https://a.github.io。再见"]
)
def test_address_in_a_subject(title: str) -> None:
    """An address stands between spaces in a subject, too, whoever wrote that."""
    for one in (issue(title), issue("VITA", title=title), replace(issue("VITA"), subject=title)):
        assert "https://a.github.io " in subject(one)


def test_a_shorter_name_takes_the_room_that_is_left() -> None:
    """A name that does not fit is passed over for one that does."""
    v, w, x = "V" * 25, "W" * 30, "X" * 20
    assert f"#003: {v}, {x}, Y +1" == subject(issue(v, w, x, "Y"))


@pytest.mark.parametrize(
    ("expected", "title"),
    [
        ("#003: Open models, week 47", "Open models,  week 47"),
        ("#003: Mutual Reasoning Makes Smaller Language Models Much…", LONG),
        ("#003: " + "长" * 26 + "…", "长" * 28),
        ("#003: " + "长" * 27, "长" * 27),
    ],
)  # fmt: skip
def test_subject_of_an_issue_with_a_title(expected: str, title: str) -> None:
    """A title of its own is the subject, cut at a word when it is too long."""
    assert expected == subject(issue("VITA", title=title))


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("2026-11-20", "VITA"),
        ("vision", "VITA"),
        ("20261120", "#20261120: VITA"),
        ("1" * 40, "VITA"),
    ],
)
def test_number(slug: str, expected: str) -> None:
    """A numbered issue says its number; a file's name or a date says nothing to a reader."""
    assert expected == subject(issue("VITA", slug=slug))


def test_subject_of_the_digest() -> None:
    """A subject in front matter stands to the letter, however long it is."""
    assert "x" * 90 == subject(replace(issue("VITA", title="T"), subject="x" * 90))


# --- Preheader ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We show it. It works.", "We show it. It works."),
        ("VITA. We show it.", "We show it."),
        ("Vita, RAFT! We show it.", "We show it."),
        ("VITA is open. We show it.", "VITA is open. We show it."),
        ("VITA.", ""),
        ("… We show it.", "We show it."),
    ],
)
def test_preheader_does_not_repeat_the_names(text: str, expected: str) -> None:
    """The first sentences follow, less what stands in the subject already."""
    assert expected == preheader(issue("VITA: an LLM", "Raft", text=text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Open models, week 47. Quiet.", "Quiet."),
        ("Welcome: OPEN MODELS – Week 47! Quiet.", "Quiet."),
        ("In Open models, week 47 we read a dozen papers.", ""),
    ],
)
def test_preheader_does_not_repeat_the_title(text: str, expected: str) -> None:
    """A sentence with the title and little more is passed over, one with much more is not."""
    one = replace(issue("VITA", title="Open models, week 47"), intro=words(text))
    assert (expected or text) == preheader(one)


def test_preheader_goes_on_to_the_next_text() -> None:
    """An introduction that says nothing but the title gives way to the first item's text."""
    one = replace(issue("VITA", title="Week", text="We show it."), intro=words("Week"))
    assert "We show it." == preheader(one)


def test_preheader_does_not_repeat_a_subject_of_the_digest() -> None:
    """What the digest's own subject says is not said again either."""
    one = replace(issue("VITA", text="It listens. We show it."), subject="It listens!")
    assert "We show it." == preheader(one)


def test_preheader_of_the_digest() -> None:
    """A preheader in front matter stands to the letter."""
    assert "VITA" == preheader(replace(issue("VITA", text="We show it."), preheader="VITA"))


@pytest.mark.parametrize(
    "text", ["We show it.", "我们证明了这一点。", "x" * 199, "x" * 200, "长" * 140]
)
def test_padding_fills_the_inbox(text: str) -> None:
    """Preheader and blanks are 200 columns together, or the preheader alone is; 5 bytes each."""
    blanks = padding(text)
    width = shown_columns(text)
    assert max(0, 200 - width) == blanks.count("\u00a0") == len(blanks.encode()) / 5
    assert blanks.replace("\u200c\u00a0", "") == ""


def test_no_preheader_needs_no_padding() -> None:
    """With nothing to say the mail program may show the contents."""
    assert "" == padding("")
