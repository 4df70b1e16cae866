"""Digests of many shapes for spam filters: every address with all that may stand beside it."""

from __future__ import annotations

from tests.bench.corpus import Corpus
from tests.judges.specimens import SEEDS
from tests.support.urls_in_text import ADDRESSES

_ABSTRACT = (
    "卓越的多模态能力和交互体验在实际应用中具有重要意义，然而开源模型在这两个领域中很少表现出色。"
    "我们推出第一个开源的多模态大语言模型，能够同时处理和分析视频、图像、文本和音频。"
)
_HEAD = f"## Vita: Towards Open Models\n[Vita：迈向开源](https://arxiv.org/abs/2408.05211)\n\n{_ABSTRACT}"
_AFTER = (
    *"。，、；：）」』”’》.,;:)]…—",
    *("。）", "）。", ")。", "后面的话", "。后面", "！后", "？后", "!后", "?后"),
)
#: What `{0}` is an address in.
_SHAPES = {
    "marks": _HEAD + "\n\n".join(f"我们的代码和数据见{{0}}{mark}" for mark in _AFTER),
    "brackets": _HEAD + "代码（见{0}）与数据({0})已公开，“{0}”「{0}」《{0}》[{0}]。",
    "markup": _HEAD + "见[代码]({0})。<{0}>。**{0}**。*{0}*。`{0}`。`curl {0}`，再见{0}。",
    "title": "## 见 {0}。一个题目\n[题目见{0}，等等](https://arxiv.org/abs/2408.05211)\n\n"
    + _ABSTRACT,
    "front": "---\nintro: 欢迎，见{0}。\npreheader: 见{0}。\n---\n"
    + _HEAD
    + "\n\n---\n\n感谢阅读，见{0}。",
    "code": _HEAD + "\n\n```\ncurl {0}  # 见{0}。\nx = '{0}';\n```\n",
    "blocks": _HEAD
    + "\n\n- 见{0}。\n- {0}\n\n> 引用{0}。\n\n| a | b |\n|---|---|\n| {0}。 | {0} |\n",
}


def _papers(count: int, text: str, title: str = "A title of this paper") -> str:
    return "\n\n".join(
        f"## Paper {number}: {title}\n[论文{number}：题目](https://arxiv.org/abs/2408.{number:05})"
        f"\n\n{text}".replace("{n}", str(number))
        for number in range(count)
    )


def _links(count: int, text: str) -> str:
    return "".join(text.replace("{k}", str(number)) for number in range(count))


_OTHERS = {
    "no links": f"## 一个题目\n\n{_ABSTRACT}",
    "one link": "## A paper\nhttps://arxiv.org/abs/2408.05211\n",
    "titles alone": _papers(20, ""),
    "a hundred links": _papers(1, _ABSTRACT + _links(100, "见 https://github.com/a/project{k}。")),
    "links in a row": _papers(
        9, "[代码](https://github.com/a/b{n}) | [数据](https://a{n}.example.org/b)"
    ),
    "a list of links": _papers(1, _links(40, "- https://github.com/a/project{k}：一个工具\n")),
    "bare links": _papers(1, _links(30, "- https://github.com/a/project{k}\n")),
    "short and links": _papers(
        6,
        "代码：https://github.com/a/b{n}，主页：https://p{n}.github.io，数据：https://hf.co/d{n}。",
    ),
    "friends": _papers(2, _ABSTRACT)
    + "\n\n---\n\n"
    + _links(20, "- https://friend{k}.example.org\n"),
    "long links": _papers(3, f"{_ABSTRACT}见https://a.example.org/{'long' * 90}。"),
    "hosts as names": _papers(2, _ABSTRACT, "Character.ai and README.md")
    + "\n\n## Character.ai\n[main.py](https://github.com/a/b/main.py)\n\n"
    + _ABSTRACT,
    "capitals": f"## VITA: Towards Open Models\nhttps://arxiv.org/abs/2408.05211\n\n{_ABSTRACT}",
    "english": _papers(
        8,
        "We show that it works; see https://a{n}.github.io. Also (https://b{n}.org), "
        '"https://c{n}.org", and https://d{n}.org: a site. How about https://e{n}.org?',
    ),
    "japanese": "## 論文の題名\nhttps://arxiv.org/abs/2408.05211\n\nコードはhttps://github.com/a/bで公開"
    "されています。詳細はhttps://a.github.ioを参照してください。",
    "korean": "## 논문 제목\nhttps://arxiv.org/abs/2408.05211\n\n코드는 https://a.github.io에서 "
    "확인하세요. https://github.com/a/b를 보세요.",
    "russian": "## Модель\nhttps://arxiv.org/abs/2408.05211\n\nЭто работает: https://example.ru. "
    "См. также «https://example.ru/b».",
    "emoji": f"## 🚀 Big News\n🔗 https://a.github.io\n\n{_ABSTRACT}🔗https://a.github.io🔥见https://b.org✅",
}
#: SpamAssassin takes a second for a mail: each shape once, with another address.
FEW = {
    **_OTHERS,
    **{
        f"{shape}: {address}": text.replace("{0}", address)
        for (shape, text), address in zip(_SHAPES.items(), ADDRESSES, strict=False)
    },
}
GENERATED = {
    **{
        f"{shape}: {address}": text.replace("{0}", address)
        for shape, text in _SHAPES.items()
        for address in ADDRESSES
    },
    **_OTHERS,
    **{f"corpus {digest.number}": digest.text() for digest in Corpus(SEEDS).first(12)},
}
