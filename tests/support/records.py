"""Records of papers by chance: titles, texts and fields whose words no other record has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

#: Each record has a root of its own in both languages, and each of its words an ending of its own.
ROOTS = ("oak", "elm", "fir", "yew", "bay", "fig", "box", "haw")
ENDINGS = (
    "mere", "dale", "ford", "wick", "ton", "ham", "ley", "worth", "stead", "gate", "brook", "shaw",
    "combe", "croft", "holm", "beck", "ness", "fell", "moor", "hurst", "den", "wold", "thorpe",
    "bury", "garth", "rigg", "cliff", "lade", "mouth", "pool",
)  # fmt: skip
HAN_ROOTS = "枫桦柳榆槐桐梅竹"
HAN_ENDINGS = "山川湖海云霞雪霜露虹星岚溪泉峰谷岛林原野洲潭渊崖岭沙石岩波浪"
_WORD = re.compile(
    rf"\b(?:{'|'.join(ROOTS)})(?:{'|'.join(ENDINGS)})\b|[{HAN_ROOTS}][{HAN_ENDINGS}]",
    re.IGNORECASE,
)

_TITLES = (
    "Learning {0} From {1} Alone",
    "{0}: Towards {1} in Small Steps",
    "How {0} Shapes {1}",
    "Is {0} All That {1} Needs?",
    "{0}-2: A {1} Benchmark for Everyone",
)
_TRANSLATIONS = (
    "仅从{1}学习{0}",
    "{0}：小步迈向{1}",
    "{0}如何塑造{1}",
    "{1}只需要{0}吗？",
    "{0}-2：面向所有人的{1}基准",
)
#: Three sentences for each record: two texts that share most of their words are one text twice.
_SENTENCES = """
We join {0} with {1} so that {2} keeps {3} from {4}.
In this paper {0}, {1} and {2} are shown to be as good as {3} without {4}.
Tests on {0} and {1} gain 3.2 points over {2}, {3} and {4} (p < 0.05).
Nobody knows why {0} fails where {1} holds, nor what {2} has to do with {3} or {4}.
It turns out that {0} alone explains {1}; neither {2} nor {3} needs {4}.
Code, data and weights for {0}, {1}, {2} are released under {3} and {4}.
Large {0} models forget {1} after {2}, which makes {3} costlier than {4}.
Here comes {0}, a small network that reads {1} before {2} and {3} after {4}.
On six benchmarks it halves {0}, leaves {1} untouched, and beats {2}, {3}, {4}.
Existing work treats {0} as {1}, although {2} is rather like {3} seen by {4}.
Instead, {0} learns {1} end to end, with {2} as teacher and {3} plus {4} as noise.
A survey of {0} experts prefers {1} to {2} nine times out of ten, {3} to {4} never.
Robots that carry {0} over {1} seldom notice {2}, let alone {3} beneath {4}.
Therefore {0} measures {1} by touch; {2} follows from {3}, then {4}.
Trained in simulation, {0} walks across {1} and {2} in rain: {3} did not, {4} fell.
Speech with {0} accents confuses {1}, as {2}, {3} and {4} have long suspected.
Our remedy, {0}, mixes {1} into {2} at random and drops {3} whenever {4} speaks.
Error rates sink by a fifth for {0}, a tenth for {1}, hardly at all for {2} or {3} or {4}.
Proteins fold like {0}: first {1}, next {2}, at last {3} around {4}.
That order is what {0} predicts from {1} sequences, given {2}, {3} or just {4}.
Wet-lab trials confirm {0} within two days, {1} within four, {2} and {3} later than {4}.
Graphs hide {0} among {1}; to find {2} quickly one sorts {3} along {4}.
The algorithm {0} runs in linear time on {1}, and no faster on {2}, {3}, {4}.
Lower bounds for {0} follow by reduction to {1}, through {2}, {3} and finally {4}.
""".strip().split("\n")
_HAN_SENTENCES = """
我们把{0}和{1}结合起来，使{2}不再依赖{3}与{4}。
本文提出了{0}，它用{1}代替{2}，并说明了{3}为何优于{4}。
在{0}和{1}上的实验表明，与{2}、{3}和{4}相比，效果提升了 3.2 个百分点。
没人知道{0}为何失败而{1}却能成功，也不知道这和{2}、{3}还有{4}有什么关系。
原来仅凭{0}就足以解释{1}；无论{2}还是{3}都用不着{4}。
关于{0}、{1}、{2}的代码以及数据已按{3}许可公开，权重见{4}。
大型{0}模型经过{1}便会遗忘{2}，于是{3}比{4}更加昂贵。
这里介绍一个小网络{0}，先读{1}再读{2}，最后才轮到{3}或者{4}。
六项基准当中，它将{0}减半，保持{1}原样，同时胜过{2}、{3}、{4}。
已有研究大多视{0}为{1}，其实从{4}看来，{2}倒更接近{3}。
相反，{0}端到端地学习{1}，让{2}充当教师，拿{3}外加{4}作噪声。
对{0}专家所做的问卷里，十次有九次偏爱{1}胜于{2}，从未有人选{3}弃{4}。
机器人搬着{0}翻过{1}时，很少留意{2}，更别说{4}底下的{3}。
因此{0}靠触觉测量{1}；由{3}推出{2}，随后得到{4}。
只在仿真里训练过的{0}，雨天也走得过{1}跟{2}：{3}没走成，{4}摔倒了。
带{0}口音的语音常令{1}困惑，正如{2}、{3}及{4}早就猜到的那样。
补救办法叫{0}：随机往{2}掺入{1}，每当{4}开口便丢掉{3}。
错误率对{0}下降五分之一，对{1}十分之一，对{2}、{3}、{4}则几乎没变。
蛋白质折叠好比{0}：起初{1}，接着{2}，终于{3}绕着{4}。
这一次序正是{0}依据{1}序列预测出来的，只须给定{2}、{3}之一或{4}。
湿实验两天内证实了{0}，四天内证实{1}，至于{2}、{3}都晚于{4}。
图会把{0}藏进{1}之间；想尽快找出{2}，得沿{4}给{3}排序。
算法{0}处理{1}只花线性时间，换成{2}、{3}、{4}却快不起来。
通过归约到{1}可得{0}的下界，中间经由{2}、{3}，末了是{4}。
""".strip().split("\n")
_MOST_SENTENCES = 3
#: Which sentences each paragraph of a text has.
_PARAGRAPHS = (
    ((0, 1),),
    ((0, 2),),
    ((0, 3),),
    ((0, 1), (1, 2)),
    ((0, 2), (2, 3)),
    ((0, 1), (1, 3)),
)
_GIVEN = ("Ana", "Bo", "Chen", "Dora", "Eli J.", "Fay", "Gus", "Hao", "Ida", "Jun", "Kim")
_DATES = ("2024-08-{:02}", "2024/08/{:02}", "Aug {}, 2024", "{} Aug 2024", "2024年8月{}日")
_VENUES = ("ICLR 2024", "NeurIPS 2023", "CVPR 2025 (Oral)")
_ADDRESSES = (
    "https://arxiv.org/abs/{}",
    "https://arxiv.org/pdf/{}",
    "https://arxiv.org/pdf/{}v2.pdf",
    "http://arxiv.org/abs/{}v1",
    "https://huggingface.co/papers/{}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """An abstract in one language."""

    #: `en` or `zh`.
    lang: str
    paragraphs: tuple[str, ...]

    @property
    def line(self) -> str:
        """All of it as one paragraph."""
        return ("" if self.lang == "zh" else " ").join(self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a digest says of one paper."""

    title: str
    #: Empty for none.
    translation: str
    #: `PaperId.key`, and the address that is given.
    key: str
    url: str
    texts: tuple[Text, ...]
    authors: tuple[str, ...]
    date: str
    venue: str
    code: str

    @property
    def words(self) -> set[str]:
        """Return the words of its texts that no other record has, in lower case."""
        return marked(" ".join(text.line for text in self.texts))

    @property
    def all_words(self) -> set[str]:
        """Return all its words that no other record has, in lower case."""
        return self.words | marked(f"{self.title} {self.translation} {' '.join(self.authors)}")


def marked(text: str) -> set[str]:
    """Return the words of a text that only one record has, in lower case."""
    return {word.lower() for word in _WORD.findall(text)}


def _words(root: str, endings: Sequence[str], first: int) -> Iterator[str]:
    """Yield the words of a root, those of two roots in different orders."""
    return (root + ending for ending in [*endings[first:], *endings[:first]])


@st.composite
def records(draw: st.DrawFn, most: int = 8) -> list[Record]:
    """Make two records or more; all have a translation or none, and texts in the same languages."""
    count = draw(st.integers(2, most))
    langs = draw(st.sampled_from([("en",), ("zh",), ("en", "zh"), ("zh", "en")]))
    is_translated = draw(st.booleans())
    address = draw(st.sampled_from(_ADDRESSES))
    date = draw(st.sampled_from(_DATES))
    made = []
    for number, (root, han) in enumerate(zip(ROOTS, HAN_ROOTS, strict=True)):
        if number == count:
            break
        words = {
            "en": _words(root, ENDINGS, 3 * number),
            "zh": _words(han, HAN_ENDINGS, 3 * number),
        }
        pattern = draw(st.integers(0, len(_TITLES) - 1))
        title = _filled(_TITLES[pattern], (word.title() for word in words["en"]))
        translation = _filled(_TRANSLATIONS[pattern], words["zh"])
        names = draw(st.integers(1, 4))
        authors = tuple(
            f"{given} {next(words['en']).title()}" for given in _GIVEN[number : number + names]
        )
        texts = []
        for lang in langs:
            patterns = (_SENTENCES if lang == "en" else _HAN_SENTENCES)[_MOST_SENTENCES * number :]
            sentences = [_filled(each, words[lang]) for each in patterns[:_MOST_SENTENCES]]
            gap = " " if lang == "en" else ""
            form = draw(st.sampled_from(_PARAGRAPHS))
            texts.append(
                Text(lang=lang, paragraphs=tuple(gap.join(sentences[one:end]) for one, end in form))
            )
        key = f"2408.{number + 11:05}"
        made.append(
            Record(
                title=title,
                translation=translation if is_translated else "",
                key=key,
                url=address.format(key),
                texts=tuple(texts),
                authors=authors,
                date=date.format(number + 11),
                venue=draw(st.sampled_from(_VENUES)),
                code=f"https://github.com/example/{root}",
            )
        )
    return made


def _filled(pattern: str, words: Iterator[str]) -> str:
    """Return a pattern with the next words in its places."""
    count = len(set(re.findall(r"\{\d\}", pattern)))
    return pattern.format(*(next(words) for _ in range(count)))


# --- Slips --------------------------------------------------------------------------------

_MENTIONS = {
    "en": (" It builds on [earlier work]({}) of others.", " See {} for the older method."),
    "zh": ("该方法沿用了 [前人工作]({}) 的思路。", "较早的方法见 {}，此处不再赘述。"),
}


def without_translation(made: Sequence[Record], at: int) -> list[Record]:
    """Return records, the one at a place without its translated title."""
    return [replace(one, translation="") if n == at else one for n, one in enumerate(made)]


def with_mention(made: Sequence[Record], at: int, url: str, form: int) -> list[Record]:
    """Return records, one of which names another paper's address in its text."""
    first, *others = made[at].texts
    *above, last = first.paragraphs
    told = replace(first, paragraphs=(*above, last + _MENTIONS[first.lang][form].format(url)))
    return [replace(one, texts=(told, *others)) if n == at else one for n, one in enumerate(made)]
