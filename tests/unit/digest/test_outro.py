"""What ends a digest and is no item's: where it is sure, and where it is not."""

from datetime import UTC

import pytest

from publisher.digest.parser import ParsedDigest, read
from publisher.model import CodeBlock, Issue, Paragraph, Subheading, links_in, paragraphs, plain

A, B = "https://arxiv.org/abs/2408.00001", "https://arxiv.org/abs/2408.00002"
ZH = "本文介绍了一种新的方法，显著提升了模型的推理能力。"
ONE, TWO = f"## One\n[一]({A})\n\n{ZH}\n\n", f"## Two\n[二]({B})\n\n{ZH}\n\n"
ABSTRACT = "We show that attention is all one needs for sequences of any length. " * 6


def reading(text: str) -> ParsedDigest:
    """Read a digest."""
    return read(text.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC)


def issue(text: str) -> Issue:
    """Return the issue that a digest becomes."""
    found = reading(text).issue
    assert found
    return found


def outro(text: str) -> list[str]:
    """Return the paragraphs of what ends it."""
    return [plain(run) for run in paragraphs(issue(text).outro)]


def texts(text: str) -> list[list[str]]:
    """Return the paragraphs of each item."""
    return [[plain(run) for run in paragraphs(item.body)] for item in issue(text).items]


# --- What is one --------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["---", "***", "———", "* * *", "____", "━━━━", "====="])
def test_below_a_rule_after_the_last_item(rule: str) -> None:
    """A line drawn below several items ends them."""
    text = f"{ONE}{TWO}{rule}\n\nIdeas by Ann.\n\n转载请注明。\n"
    assert (["Ideas by Ann.", "转载请注明。"], [[ZH], [ZH]]) == (outro(text), texts(text))
    assert () == reading(text).diagnostics


def test_below_the_last_of_the_rules_between_items() -> None:
    """Where a line is drawn below each item, the last parts off the outro, links and all."""
    text = f"{ONE}---\n\n{TWO}---\n\n主页：https://news.example.org\n\n---\n© 2026 Ann\n"
    assert (["主页：https://news.example.org", "© 2026 Ann"], [[ZH]] * 2) == (
        outro(text), texts(text),
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        "That's all for this week, see you next Friday!",
        "**That’s it for today.**",
        "See you next week 👋",
        "Until next time, Ann",
        "Thanks for reading!",
        "Thank you so much for your support.",
        "*Forwarded this? Subscribe at https://news.example.org*",
        "Was this email forwarded to you? Sign up.",
        "Subscribe: https://news.example.org",
        "Have a great weekend!",
        "— The editors",
        "Cheers,\nAnn",
        "You're receiving this because you signed up.",
        "本周就到这里，我们下周见。",
        "以上就是本期的全部内容。",
        "好了，今天的分享就到这里",
        "我们下周五见！",
        "下期再见～",
        "感谢您的阅读！",
        "🙏 谢谢大家的支持",
        "欢迎转发给朋友。",
        "欢迎关注我们的公众号！",
        "订阅：https://news.example.org",
        "祝大家周末愉快！",
        "—— END ——",
        "（全文完）",
    ],
)
def test_paragraph_that_signs_off(words: str) -> None:
    """A paragraph that begins as no abstract does ends even a digest of one paper."""
    text = f"{ONE}{words}\n\nAnn & Bob\n"
    assert (2, [[ZH]]) == (len(outro(text)), texts(text))
    assert words.replace("*", "").split("\n")[0] in outro(text)[0]


@pytest.mark.parametrize(
    "heading",
    [
        "## 结语",
        "# 写在最后",
        "## 【关于我们】",
        "## 结语 / About us",
        "## 👋 Wrapping up",
        "Thanks\n---",
    ],
)
def test_below_a_heading_of_its_own(heading: str) -> None:
    """A heading that says so makes no item, at the items' level or above; it is shown."""
    text = f"{ONE}{TWO}{heading}\n\n周报由志愿者编辑。\n"
    assert ["One", "Two"] == [each.title.text for each in issue(text).items]
    assert () == reading(text).diagnostics
    title, words = issue(text).outro
    assert isinstance(title, Subheading)
    assert isinstance(words, Paragraph)


def test_several_headings_of_its_own() -> None:
    """It may have more than one."""
    text = f"# Week\n\n{ONE}## 结语\n\n一\n\n## Subscribe\n\nhttps://news.example.org\n"
    assert ["结语", "一", "Subscribe", "https://news.example.org"] == outro(text)
    assert ["One"] == [each.title.text for each in issue(text).items]


def test_heading_that_greets_readers_is_one_at_any_depth() -> None:
    """What no article says may stand deeper than the items, too."""
    assert ["See you next week!", "一"] == outro(f"{ONE}### See you next week!\n\n一\n")


def test_links_at_the_end_of_an_item_above_it() -> None:
    """Those of the last item are found above an outro."""
    text = f"## One\n\n{ZH}\n\n{A}\n\n## Two\n\n{ZH}\n\n{B}\n\n---\n\n周报由志愿者编辑。\n"
    assert (["周报由志愿者编辑。"], [[ZH], [ZH]]) == (outro(text), texts(text))
    assert ["2408.00001", "2408.00002"] == [
        each.paper and each.paper.key for each in issue(text).items
    ]


@pytest.mark.parametrize(
    "items",
    [
        f"- [One]({A}): {ZH}\n- [Two]({B}): {ZH}\n\n",
        f"1. [One]({A})\n2. [Two]({B})\n",
        f"One\n{A}\n{ZH}\n\nTwo\n{B}\n{ZH}\n\n",
        f"One\n{A}\n{ZH}\n\n---\n\nTwo\n{B}\n{ZH}\n\n",
        f"# Week\n## Vision\n- [One]({A})\n- [Two]({B})\n\n---\n\n## NLP\n- [X]({A})\n- [Y]({B})\n",
        f"```markdown\n{ONE}{TWO}---\n\nThat's it.\n```\n",
    ],
)
def test_below_items_of_any_shape(items: str) -> None:
    """Lists, titles over links and sections end in outros as headings do."""
    text = items if items.startswith("`") else f"{items}\n---\n\nThat's it.\n"
    assert (["That's it."], ["One", "Two"]) == (
        outro(text), [each.title.text for each in issue(text).items][:2],
    )  # fmt: skip


@pytest.mark.parametrize(
    "last", ["## 其他\n\n一段没有链接的文字。\n", f"## Thanks!\n\n{ABSTRACT}\n"]
)
def test_part_without_a_paper_is_no_item(last: str) -> None:
    """Below items with papers it ends the digest, however long it is."""
    assert ["One", "Two"] == [each.title.text for each in issue(f"{ONE}{TWO}{last}").items]
    assert 2 == len(issue(f"{ONE}{TWO}{last}").outro)


def test_each_paragraph_has_its_language() -> None:
    """As in an introduction."""
    text = f"{ONE}That's all for this week.\n\n本周就到这里。\n"
    assert ["en", "zh-CN"] == [
        each.lang for each in issue(text).outro if isinstance(each, Paragraph)
    ]


def test_it_holds_what_any_text_does() -> None:
    """Links, lists and code are read in it, and remarks name their lines."""
    text = f"{ONE}{TWO}---\nBy [us](https://a.org)\n- [x](javascript:a)\n\n```\nno\n```\n"
    found = reading(text)
    assert found.issue
    words, _, code = found.issue.outro
    assert isinstance(words, Paragraph)
    assert ["https://a.org"] == [link.url for link in links_in(words.children)]
    assert CodeBlock("no") == code
    assert [(13, "unsafe-link")] == [(each.line, each.code) for each in found.diagnostics]


# --- What is none -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "why"),
    [
        (f"{TWO}---\n\n{ABSTRACT}\n", "a text as long as an abstract"),
        (f"## Two\n{B}\n\n---\n\nText below the line.\n", "the item has no other text"),
        (f"{TWO}---\n\n[1] A. Byron, Notes, 1843.\n", "a footnote"),
        (f"{TWO}---\n\n注：数据截至 2024 年。\n", "a note"),
        (f"{TWO}---\n\n**点评**：思路新颖。\n", "a comment"),
        (f"{TWO}---\n\n*Editor's note*: no code yet.\n", "a comment"),
        (f"{TWO}---\n\n代码：https://github.com/a/b\n", "a line of links"),
        (f"{TWO}---\n\n- 要点一\n- 要点二\n", "a list"),
        (f"{TWO}---\n\n会议：CVPR 2024\n", "a detail"),
        (f"{TWO}---\n\nMore: https://arxiv.org/abs/2408.00003\n", "a paper"),
        (f"{TWO}### 结语\n\n我们的方法更好。\n", "the end of an article"),
        (f"{TWO}### Acknowledgements\n\nWe thank Ann.\n", "a part of a text"),
        (f"{TWO}## Feedback\nhttps://arxiv.org/abs/2408.00003\n\n一\n", "a paper of that name"),
        (f"{TWO}Until next-generation models arrive, ours is best.\n", "an abstract's words"),
        (f"{TWO}Thanks to our method, models learn.\n", "an abstract's words"),
        (f"{TWO}下面见图二。\n\n本周期信号在此结束后衰减。\n", "an abstract's words"),
        (f"{TWO}欢迎关注本项目：https://github.com/a/b\n", "an abstract's words"),
        (f"{TWO}我们提出一种订阅机制，感谢评审。\n", "an abstract's words"),
        (f"{TWO}Thanks for reading all this: {ABSTRACT}\n", "a text as long as an abstract"),
        (f"{TWO}```\n---\nThat's all.\n\nThat's all.\n```\n", "code"),
        (f"{TWO}---\n", "nothing"),
    ],
)
def test_where_it_is_not_sure(last: str, why: str) -> None:
    """What may be the last item's, or an item, stays what it is."""
    assert ((), why) == (issue(f"{ONE}{last}").outro, why)


def test_rule_inside_other_items() -> None:
    """Where a line parts an item's text from its translation, it does so in the last as well."""
    text = "".join(
        f"## {n}\n{url}\n\nA text.\n\n---\n\n译文。\n\n" for n, url in (("X", A), ("Y", B))
    )
    assert ([], [["A text.", "译文。"]] * 2) == (outro(text), texts(text))


def test_rule_in_a_single_item() -> None:
    """Below one paper alone, a line may stand in its text."""
    assert ([], [[ZH, "Ideas by Ann."]]) == (
        outro(f"{ONE}---\n\nIdeas by Ann.\n"), texts(f"{ONE}---\n\nIdeas by Ann.\n"),
    )  # fmt: skip


def test_lists_that_rules_part() -> None:
    """Below a line there may be more items."""
    text = "- [a](https://a.org)\n- [b](https://b.org)\n\n---\n\n- [c](https://c.org)\n"
    assert (0, 3) == (len(outro(text)), len(issue(text).items))


@pytest.mark.parametrize(
    "text", ["## 结语\n\n一\n", "# Week\n\n## Thanks\n\nAnn\n", "Thanks!\n\n---\n\nAnn"]
)
def test_nothing_but_an_outro(text: str) -> None:
    """Without an item above it there is none: what was read as one is."""
    found = reading(text).issue
    assert not found or not found.outro


def test_stressed_names_of_parts_that_repeat() -> None:
    """`Summary` in each paper is a part of it, in the last one, too."""
    text = "".join(
        f"**{n}. {t}**\n\n- [arXiv](https://arxiv.org/abs/2408.0000{n})\n\n**Summary**\n\n{ZH}\n\n"
        for n, t in ((1, "Soup"), (2, "Bread"))
    )
    assert ([], [["Summary", ZH]] * 2) == (outro(text), texts(text))


def test_a_letters_end() -> None:
    """A writer's name below a wish is no paper's text."""
    text = f"I read [A Study of Soup](https://arxiv.org/abs/2408.00001) today: {ZH}\n\nBest,\nKim\n"
    assert ["Best, Kim"] == outro(text)


def test_a_mails_signature() -> None:
    """What is below `-- ` is nobody's text (RFC 3676)."""
    text = f"Soup\n{A}\n\n{ZH}\n\nBread\n{B}\n\n{ZH}\n\n-- \nSoup List\nhttps://soup.example.org\n"
    assert ([[ZH], [ZH]], True) == (texts(text), "Soup List" in outro(text)[0])
