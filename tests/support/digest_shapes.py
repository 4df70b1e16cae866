"""Digests in every shape, put together by chance."""

from __future__ import annotations

import re

from hypothesis import strategies as st

A = "https://arxiv.org/abs/2408.00001"

#: Pieces of digests; `@` is a Latin and `＠` a Chinese word that no other place holds.
FRAGMENTS = [
    "# @ ＠", "## @: @ @", "### ＠", "#### **@** `@`", "##＠", "#@", "# ", "@ @\n===", "＠\n---",
    "## [@](https://arxiv.org/abs/2408.0000@)", "## @ (https://a.org/@)",
    "## @ [PDF](https://a.org/@)", "[＠](https://arxiv.org/abs/2408.00001)",
    "[@](https://arxiv.org/abs/2408.00002v1)  ", "[＠](https://a.org/@)",
    "https://arxiv.org/pdf/2408.00003", "论文：https://a.org/@",
    "**@**：https://a.org/@ 代码：https://a.org/@", "[@](https://a.org) | [＠](https://a.org)",
    "＠：[@](https://a.org/x)", "作者：＠", "标题：@", "doi:10.1000/@",
    '[@](https://doi.org/10.1000/@ "＠")', "＠，＠（＠）。", "＠。  \n＠。  ",
    "@ and @\n@ then\n@.", "\u3000\u3000＠。\n\u3000\u3000＠。", "@", "＠", "\t@",
    "**＠**＠*＠*_@_", "**“＠”**＠", "***@** ＠", "`@` ``@`@``", "$@_{＠}*@*$", "\\@ \\*@\\*",
    "\\textbf{@} \\url{https://a.org/@} \\href{https://a.org/@}{＠}",
    "<b>@</b><script>＠</script>", "&amp;@;", "&lt;@&nbsp;＠",
    '<a href="https://a.org/@">＠</a><br>@', "\\(@^2 ＠\\)", "@ 3*4*5 @", "━━━", "01\n标题：＠",
    "🔗 https://a.org/@", "## 1. @ @ @ — ＠", "```markdown",
    "见https://a.org/@，＠", "a.github.io/@＠",
    "github.com/a/@ ＠", "https://a.org/@{https://a.org/@}", "[@](javascript:@)", "[@](＠)",
    "[@] (＠)", "[@", "@](", "![＠](https://a.org/@)", "<https://a.org/@>", "- @",
    "* ＠\n  - @\n    1. ＠\n\n  @", "1. @\n2. ＠\n9. @", "+ [@](https://a.org/@): ＠", "•＠",
    "- [@](https://arxiv.org/abs/2408.00004) ＠。", "- @: https://arxiv.org/abs/2408.00005\n  ＠",
    "1. **[@](https://arxiv.org/abs/cs/0112017)** — @",
    "[ref]: https://a.org/@", "[ref]: https://a.org/x", "@ [＠][ref] @ [ref] `[ref]`",
    '[ref]: <https://arxiv.org/abs/2408.00007> "@"', "## [@][ref]", "[@]: https://a.org/@",
    "- 论文：https://arxiv.org/abs/2408.00006 @", "> @\n> > ＠\n> - @", "```\n@ = ＠\n# @\n```",
    "~~~\n@", "```", "---", "***", "| @ | ＠ |\n|---|---|\n| @ | @ |", "---\ntitle: @\n---",
    '+++\ntitle = "＠"\n+++', "\x00@\x07", "\ufeff＠", "> ", "- ", "@\u2028＠", "2024. @",
    "<!-- note -->", "<!-- @", "@ <!-- x\n\ny --> ＠", "`<!--` @ `-->`",
    "<div id=x></div>\n<p>@ <i>＠</i></p>", "<h2>@ <a href='https://a.org/@'>＠</a></h2>",
    "<details><summary>@</summary>\n\n＠\n</details>", "<ul>\n<li>@<ul><li>＠</ul>\n<li>@</ul>",
    "<table><tr><th>@<th>＠<tr>\n<td>@<td>@</table>", "<style>\n＠\n</style>", "<b>@\n\n＠</b>",
    "{{< x >}}\n@\n{{< /x >}}", "[TOC]", ":::tip @\n＠\n:::", "[@](https://a.org){.x}",
    "That's all for this week, @.\n@", "感谢阅读 ＠", "## 结语", "Thanks\n---\n@", "（完）",
]  # fmt: skip
FRONT = [
    "title: @", "title: ＠ @", "intro: |\n  @ **＠**\n\n  @", "tags: [@, ＠]", "tags: @, ＠",
    "titel: @", "author:\n  - ＠", "draft: true", "date: 2024-01-01",
]  # fmt: skip


def numbered(text: str) -> str:
    """Put a new word at each place for one."""
    count = iter(range(1000, 100_000))
    return re.sub("[@＠]", lambda m: f"{'zq' if m[0] == '@' else '词'}{next(count)}", text)


@st.composite
def digests(draw: st.DrawFn) -> str:
    """Write digests out of pieces, with and without front matter."""
    front = draw(st.lists(st.sampled_from(FRONT), unique_by=lambda each: each[:4], max_size=4))
    pieces = draw(st.lists(st.sampled_from(FRAGMENTS), max_size=25))
    gaps = draw(st.lists(st.sampled_from(["\n", "\n\n", "\n \n"]), min_size=25, max_size=25))
    head = "---\n" + "\n".join(front) + "\n---\n" if front else ""
    body = "".join(piece + gap for piece, gap in zip(pieces, gaps, strict=False))
    # With a paper at the end there is an issue to look at.
    return numbered(head + body + draw(st.sampled_from(["", f"\n# @\n[＠]({A})\n\n＠。\n"])))
