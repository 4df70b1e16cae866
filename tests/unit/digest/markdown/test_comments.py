"""HTML comments in digests: what is hidden, what is not, and where all else then stands."""

from datetime import UTC

import pytest

from publisher.digest.parser import ParsedDigest, read
from publisher.model import CodeBlock, Issue, paragraphs, plain

A, B = "https://arxiv.org/abs/2408.00001", "https://arxiv.org/abs/2408.00002"
ZH = "本文介绍了一种新的方法，显著提升了模型的推理能力。"


def reading(text: str) -> ParsedDigest:
    """Read a digest."""
    return read(text.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC)


def issue(text: str) -> Issue:
    """Return the issue that a digest becomes."""
    found = reading(text).issue
    assert found
    return found


def texts(text: str) -> list[list[str]]:
    """Return the paragraphs of each item."""
    return [[plain(run) for run in paragraphs(item.body)] for item in issue(text).items]


def told(text: str) -> list[tuple[int, int, str]]:
    """Return the place and the code of each remark."""
    return [(each.line, each.column, each.code) for each in reading(text).diagnostics]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("甲<!-- 问作者 -->乙。", ["甲乙。"]),
        ("one <!-- ask --> two", ["one two"]),
        ("one <!-- ask -->\ntwo", ["one two"]),
        ("一。<!-- ask -->  \n二。", ["一。", "二。"]),
        ("<!-- ask --> one", ["one"]),
        ("one <!-- a --> two <!-- b --> three", ["one two three"]),
        ("one <!-- a\nb\n\n## c\n--> two", ["one two"]),
        ("one\n<!-- ask -->\ntwo", ["one two"]),
        (f"one\n\n<!--\n## Three\n{B}\n\ntext\n-->\n\ntwo", ["one", "two"]),
        ("a<!-->b<!--->c<!---->d", ["abcd"]),
        ("- one <!-- ask -->\n  <!-- ask -->\n  more\n- two", ["one more", "two"]),
        ("one <!-- a --> <!-- b\n--> `c` <!-- d -->", ["one c"]),
    ],
)
def test_comments_are_hidden(typed: str, shown: list[str]) -> None:
    """A comment is for the editor, on one line or several, and a line of nothing else is none."""
    text = f"## One\n[一]({A})\n\n{typed}\n\n## Two\n{B}\n\n{ZH}\n"
    assert [shown, [ZH]] == texts(text)
    assert [] == told(text)


def test_comments_anywhere() -> None:
    """Comments above, in and below headings, links and lists part nothing."""
    text = (
        f"<!-- draft 2 -->\nOne\n<!-- check -->\n{A}\n{ZH}\n\nTwo\n<!--\n\n-->\n{B} <!-- v2 -->\n"
        f"{ZH}\n<!-- end -->"
    )
    assert ["One", "Two"] == [each.title.text for each in issue(text).items]
    assert [[ZH], [ZH]] == texts(text)
    [one] = issue(f"# 周报 <!-- 47 -->\n\n## One <!-- ! -->\n[一]({A})\n\n{ZH}").items
    assert "One" == one.title.text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("`<!-- a -->` is", "<!-- a --> is"),
        ("``a`<!-- b -->`` is", "a`<!-- b --> is"),
        ("\\<!-- a -->", "<!-- a -->"),
        ("```\n<!-- a -->\n```", "<!-- a -->"),
        ("~~~html\n<!--\n~~~", "<!--"),
        ("a --> b", "a --> b"),
        ("`a <!-- b --> c", "`a c"),
    ],
)
def test_code_is_shown(typed: str, shown: str) -> None:
    """What is in code, or escaped, is no comment."""
    text = f"## One\n[一]({A})\n\n{typed}\n"
    assert ([[shown]], []) == (texts(text), told(text))


def test_fence_in_a_comment_opens_nothing() -> None:
    """What is hidden neither opens nor closes a block of code."""
    text = f"## One\n[一]({A})\n\n<!--\n```\n-->\n一。\n\n```\n<!-- a -->\n```\n"
    assert [["一。", "<!-- a -->"]] == texts(text)
    assert CodeBlock("<!-- a -->") == issue(text).items[0].body[1]


def test_open_comment_is_shown() -> None:
    """A comment that nothing closes is text, as is all below it, and a remark says where."""
    text = f"## One\n[一]({A})\n\n一 <!-- note\n\n## Two\n{B}\n\n{ZH}\n"
    assert [["一 <!-- note"], [ZH]] == texts(text)
    assert [(4, 3, "open-comment")] == told(text)


def test_open_comment_does_not_reach_into_another() -> None:
    """Left open above another comment, it hides nothing; the other is hidden."""
    text = f"## One\n[一]({A})\n\n<!-- note\n\n## Two\n{B}\n\n一。<!-- b -->\n"
    assert [["<!-- note"], ["一。"]] == texts(text)
    [remark] = reading(text).diagnostics
    assert (4, 1, "open-comment") == (remark.line, remark.column, remark.code)
    assert remark.message.endswith("before the next opens in line 9")


def test_remarks_below_a_comment_name_their_lines() -> None:
    """Lines are counted as they stand in the file; so are columns after a comment's end."""
    text = f"<!-- a\nb\n-->\n## One\n[一]({A})\n\n<!--\n\n--> [x](javascript:a)\n\n## Two\n"
    assert [(9, 5, "unsafe-link"), (11, 1, "empty-section")] == told(text)


def test_front_matter_below_a_comment() -> None:
    """It is front matter still, and remarks on it name its lines."""
    front = "---\ntitle: Week\nodd: 1\n---\n"
    text = f"<!-- a\n\nb -->\n\n{front}## One\n[一]({A})\n\n{ZH}\n"
    assert "Week" == issue(text).title
    assert [(7, 1, "unknown-key")] == told(text)
    assert issue(f"<!-- a\n{front}## One\n{A}\n\n{ZH}\n").title is None  # it is not closed


def test_comment_in_the_front_matters_introduction() -> None:
    """An introduction given there is a text like any other."""
    text = f"---\nintro: |\n  Hello.\n  <!-- who? -->\n---\n## One\n{A}\n\n{ZH}\n"
    assert ["Hello."] == [plain(run) for run in paragraphs(issue(text).intro)]


def test_comment_in_a_digest_in_a_fence() -> None:
    """In a digest that a model handed over as Markdown's source, comments are hidden too."""
    text = f"```markdown\n## One\n{A}\n\n{ZH}\n<!-- more? -->\n```\n"
    assert [[ZH]] == texts(text)
    text = f"## One\n{A}\n\n```markdown\n<!-- a -->\n```\n"
    assert [["<!-- a -->"]] == texts(text)
