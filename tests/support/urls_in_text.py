"""Digests with addresses at all places, and all that people leave right after them."""

from __future__ import annotations

from hypothesis import strategies as st

ADDRESSES = (
    "https://ab-cd.github.io",
    "http://ab-cd.github.io",
    "https://ab-cd.github.io:8443",
    "https://ab-cd.github.io/",
    "https://github.com/ab/cd",
    "https://example.org/a_(b)?q=1&r=2#x",
    "https://xn--fsqu00a.com",
    "https://例子.com",
    "github.com/ab/cd",
    "www.ab-cd.org",
    "ab-cd.github.io",
    "ftp://ab-cd.github.io",
)
BEFORE = ("", " ", "见", "see ", "代码：", "（", "(", "“", "「", '"', "、", "**", "<")
AFTER = (
    *"。，、；：！？）」』”’》…—·.,;:!?)'\"]}>*",
    *(
        "",
        " ",
        "后面",
        "。后面",
        "），",
        "）。",
        ").",
        "。\n",
        "——",
        "……",
        "\u3000",
        "é",
        "**",
        "*。",
    ),
)
#: Where `{}` may stand in a digest.
_PLACES = (
    "{}",
    "我们提出一种方法，代码{}。",
    "We show that it works {} for all.",
    "[{0}](https://ab-cd.github.io)。",
    "[see {} for code](https://github.com/ab/cd)，",
    "**{}**。",
    "*{}*，`{}`。",
    "`curl {}`。",
    "```\ncurl {}\n```",
    "- 第一 {}\n- {}",
    "> {}",
    "| a | b |\n|---|---|\n| {} | {} |",
    "### {}",
)
_HEADS = ("## {}\n[题目](https://arxiv.org/abs/2408.05211)", "## VITA: {}", "# {}\n\n## VITA")
_FRONT = ("title: {}", "subject: {}", "preheader: {}", "intro: 欢迎{}")


@st.composite
def addressed(draw: st.DrawFn) -> str:
    """Write a digest that is full of addresses."""

    def address() -> str:
        parts = (BEFORE, ADDRESSES, AFTER)
        return "".join(draw(st.sampled_from(part)) for part in parts)

    def filled(place: str) -> str:
        return place.replace("{0}", "{}").replace("{}", address())

    front = [filled(key) for key in draw(st.lists(st.sampled_from(_FRONT), unique=True))]
    head = "---\n" + "\n".join(map(_quoted, front)) + "\n---\n" if front else ""
    body = [filled(draw(st.sampled_from(_HEADS)))]
    body += map(filled, draw(st.lists(st.sampled_from(_PLACES), min_size=1, max_size=6)))
    outro = draw(st.sampled_from(["", "\n\n---\n\n感谢阅读，见{}"]))
    return head + "\n\n".join(body) + filled(outro) + "\n"


def _quoted(line: str) -> str:
    key, _, value = line.partition(": ")
    value = value.replace("\n", " ").replace("'", "''")
    return f"{key}: '{value}'"
