"""The words that a digest shows, those that a remark accounts for, and those that are lost."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from publisher.digest.fields.draft_item import NOTHING
from publisher.digest.fields.item_numbers import unnumbered
from publisher.digest.fields.labels import label_of, role_of
from publisher.digest.fields.link_names import names_a_link
from publisher.model import Diagnostic

#: What only names a field, a column or a link.
LABELS = frozenset(  # one after another: a list of that many in quotes is hard to read
    """
    abstract affiliation affiliations arxiv author authors available authorlist category categories
    code comment comments date details title titles id keyphrases keywords link links main online
    page paper papers project publish published reasons relevance show source subjects summary
    subject tldr topics type url venue website
    作者 单位 机构 研究机构 标题 中文标题 英文标题 题目 名称 论文标题 论文 论文链接 链接 代码链接
    代码 源码 项目 项目主页 摘要 中文摘要 英文摘要 简介 要点 一句话 一句话总结 一句话要点 分类 标签
    方向 来源 日期 发布时间 评分 评级 会议 期刊 编号 论文编号 论文地址 代码地址 项目代码 项目地址
    原文链接 第一作者 关键词 论文信息 序号 公開日 論文 論文標題 關鍵詞
    conference repo tags rating score journal properties read more null
    """.split()  # noqa: SIM905 -- as above
)
_HAN = re.compile(r"[一-鿿]{2,}")
_LATIN = re.compile(r"(?:(?![一-鿿①-⓿❶-➓])[^\W\d_]){4,}")
#: A date, and a venue with its year.
_DATED = re.compile(
    r"(?<![0-9.])(?:19|20)[0-9]{2}[-./年][ ]?[0-9]{1,2}(?:[-./月][ ]?[0-9]{1,2})?(?![0-9.]{3})"
    r"|[A-Z][A-Za-z]{2,6} (?:19|20)[0-9]{2}\b"
)
_FRONT = re.compile(r"\A(---|\+\+\+)\n.*?\n\1\n", re.DOTALL)
#: Pictures, where links lead, addresses, markup, wiki links' pages, shortcodes, attributes, names
#: of fences and callouts, LaTeX and formulas: a reader sees none of it as it is typed.
_HIDDEN = re.compile(
    r"!\[[^\]\n]*\]\([^)\n]*\)|(?<=\])\([^)\n]*\)|\[\^[^\[\]\n]*\]"
    r"|(?:(?i:https?://)|\b[a-z]+\.(?:com|io|org)/)[^\s)\]>|，。；]+|<!--.*?-->|<![A-Z][^<>]*>"
    r"|<img\b[^<>]*>|<(?:style|script)\b.*?</(?:style|script)>|</?[a-zA-Z][^<>\n]*>|\[\[[^\]|\n]*\|"
    r"|\{\{[<%].*?[%>]\}\}|\{%.*?%\}|\{:[^{}\n]*\}|(?<=\n)(?:```|~~~|:::)\w+|\[!\w+\]|(?<=\n)#\+\w+:?|(?<=\n):\w+:"
    r"|\\href\{[^{}\n]*\}|\S*\\\S*|\$[^$\n]{1,200}\$|&\w+;|(?<=\n)\[\w+\]: [^\n]*",
    re.DOTALL,
)
_LINES = re.compile(r"\blines? ((?:\d+(?: ?(?:-|–|to|and|,) ?(?:line )?)?)+)")
_RANGE = re.compile(r"(\d+)(?: ?(?:-|–|to) ?(?:line )?(\d+))?")
#: Of what begins on a remark's own line.
_END = re.compile(r"\bto line (\d+)")


def losses(
    text: str,
    there: str,
    diagnostics: Iterable[Diagnostic],
    *,
    labels: Collection[str] = LABELS,
    dropped: Collection[str] = (),
) -> Iterator[str]:
    """Yield what a digest shows that is neither `there` nor on a line of a remark: words, dates.

    Words that are `labels` may be gone, and those in one of the texts that are `dropped`; so may
    words that the program takes for a label, or for the name of a link.
    """
    there = there.casefold()
    told = named(diagnostics)
    for number, shown in enumerate(_shown(text).split("\n"), 1):
        line = unnumbered(shown.lstrip(" \t>#-*"))
        label = label_of(line)
        line = line[label.end :] if label and label.is_known else line
        missing = [
            word
            for word in (*_LATIN.findall(line), *_HAN.findall(line), *_DATED.findall(line))
            if word.casefold() not in there
            and word.casefold() not in labels
            and word.casefold() not in NOTHING
            and role_of(word) is None
            and not names_a_link(word)
            and not any(word in part for part in dropped)
        ]
        if missing and number not in told:
            yield f"line {number}: {' '.join(missing)}"


def named(diagnostics: Iterable[Diagnostic]) -> set[int]:
    """Return the lines that remarks name."""
    lines: set[int] = set()
    for remark in diagnostics:
        lines.add(remark.line)
        for found in _LINES.findall(remark.message):
            for first, last in _RANGE.findall(found):
                lines.update(range(int(first), int(last or first) + 1))
        for end in _END.findall(remark.message):
            lines.update(range(remark.line, int(end) + 1))
    return lines


def _shown(text: str) -> str:
    """Return a digest with everything taken out that a reader does not see; lines stay lines."""
    text = text.replace("\r\n", "\n")
    text = _FRONT.sub(lambda match: "\n" * match[0].count("\n"), text)
    return _HIDDEN.sub(lambda match: " " + "\n" * match[0].count("\n"), text)
