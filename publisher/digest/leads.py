"""What stands between an item's heading and its text: links, and the title once more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from publisher.digest import inline, language
from publisher.digest.blocks import BULLET, RULE, is_field
from publisher.digest.links import paper_of
from publisher.digest.source import Line
from publisher.model import Code, Emphasis, Inline, Link, Strong, Text, plain

#: A link's text, in lower case, that names the link, not the paper; emoji count for nothing.
#: (Ignoring case instead would take three times as long.)
_GENERIC = re.compile(
    r"((?:arxiv|alphaxiv|openreview|pdf|abstract|abs|paper|link|here|code|github|repo(?:sitory)?"
    r"|demo|project|web ?site|home ?page|page|url|doi|hugging ?face|html|full text|full|official"
    r"|view|read more|read|the|on|blog(?: ?post)?|post|video|youtube|tweet|thread|slides?|poster"
    r"|dataset|data|model|weight|space)s?"
    r"|原文|论文|链接|地址|代码|项目|主页|网址|演示|全文|点击|查看|阅读|摘要|下载|官网|博客|视频"
    r"|数据集?|模型|权重|推文|详情|論文|鏈接|連結|專案|主頁|影片|リンク|コード|プロジェクト|ページ"
    r"|デモ|動画|ブログ|データ|モデル|논문|링크|코드|프로젝트|페이지|데모|영상|블로그|데이터|모델"
    r"|[\W_])+"
)
_LONGEST_NAME = 30
#: `arXiv:2408.05211` and `doi:10.1145/…` name the paper, and are no title of it.
_CITATION = re.compile(r"(?i:arxiv|doi):\s?\S+(?:\s\[[\w.-]+\])?")
#: What may stand between links on a line of links: separators, and labels like `代码：`.
_SEPARATORS = " \t\xa0\u3000\n|｜·•,，、;；/()（）[]［］【】—–-"
_LABEL = re.compile(r"[^。！？.!?\n]{1,24}[:：]\s*")
#: A line of links has the first of them near its start: behind a label at most.
_LINK_AHEAD = re.compile(r"\[|https?:|www\.|arxiv:|doi:|\\url|\\href|\.[a-z]+/|\.io", re.IGNORECASE)
_NEAR = 60
#: How many lines may stand above a link: two titles and four of details.
TALLEST = 6
_LONGEST_TITLE = 200
#: What ends a sentence; a title may be a question.
_STOPS = frozenset("。.；;")
#: What a title may be announced by.
_TITLE_LABEL = re.compile(
    r"(?:(?:论文|中文|英文|原文)?(?:标题|题目|题名)|(?:paper )?title)[ \t]*[:：][ \t]*",
    re.IGNORECASE,
)
#: `1. Title`, `1、标题`, and digits as emoji.
_NUMBER = re.compile(r"[0-9]{1,3}(?:[.)．）][ \t\u3000]+|、[ \t]*|\ufe0f?\u20e3[ \t]*)(?=.)")
#: What may part a title and its translation on one line.
_BETWEEN = re.compile(r"[ \t\u3000]+(?:[—–|/-]|--)[ \t\u3000]+|[ \t]*(?:——|｜)[ \t]*")
_LATIN_WORD = re.compile(r"[^\W\d_]{2,}")
_FEWEST_WORDS = 3


@dataclass(slots=True)
class Section:
    """A heading over items, and the text under it before the first of them."""

    line: int
    heading: str
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """An item before its text is parsed."""

    line: int
    heading: str
    #: Links on the heading or on lines of their own below it, in order.
    links: list[Link] = field(default_factory=list)
    #: The other title.
    other_title: str = ""
    lines: list[Line] = field(default_factory=list)
    section: Section | None = None


def inlines(text: str) -> tuple[Inline, ...]:
    """Parse a title; what a link in it cannot use stays in it as text: nothing to report."""
    return inline.parse(text.strip(), lambda *_: None)


def title_of(nodes: Sequence[Inline]) -> str:
    """Give a title's words, less the addresses and the links that only name themselves."""
    kept = [node for node in nodes if not (isinstance(node, Link) and names_itself(node))]
    words = plain(kept if len(kept) < len(nodes) else nodes).strip()
    if len(kept) < len(nodes):
        words = re.sub(r"[(（\[【][\s|,，、/·]*[)）\]】]", "", words).strip(_SEPARATORS + ":：")
    words = words or plain([node for node in nodes if not is_bare(node)]).strip()
    return _TITLE_LABEL.sub("", words, count=1) if _TITLE_LABEL.match(words) else words


def is_bare(node: Inline) -> bool:
    """Tell whether a node is an address that stands for itself."""
    return isinstance(node, Link) and plain(node.children) in node.url


def names_a_link(text: str) -> bool:
    """Tell whether words like `PDF` or `论文链接` name a link and not a paper."""
    words = text.strip()
    named = len(words) <= _LONGEST_NAME and _GENERIC.fullmatch(words.lower())
    return bool(named or _CITATION.fullmatch(words))


def names_itself(link: Link) -> bool:
    """Tell whether a link's words are its address, or name the link and not what it leads to."""
    words = plain(link.children)
    return words in link.url or names_a_link(words)


def may_be_title(text: str) -> bool:
    """Tell whether a line is short and no sentence."""
    text = text.strip()
    return (
        0 < len(text) <= _LONGEST_TITLE
        and (language.last_mark(text) not in _STOPS or text.endswith("et al."))
        and any(map(str.isalnum, text))
    )


def labels_title(text: str) -> bool:
    """Tell whether a line announces a title, as `标题：…` does."""
    return _TITLE_LABEL.match(text.lstrip()) is not None


def is_detail(text: str) -> bool:
    """Tell whether a line may stand between a title and its links."""
    return may_be_title(text) or is_field(text)


def unbulleted(text: str) -> str:
    """Give a line without its bullet or number."""
    bullet = BULLET.match(text)
    return text[bullet.end() :] if bullet else text


def take(lines: Sequence[Line], draft: Draft) -> None:
    """Sort an item's lines into its draft: links and titles off the top, the rest its text.

    Lines of details (authors, a date) between those do not end the lead; they are text.
    """
    draft.heading = unnumbered(draft.heading)
    if not draft.other_title and not draft.heading.isascii():
        draft.heading, draft.other_title = _both_titles(draft.heading)
    kept: list[Line] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        if line.text.strip():
            links = line_links(line.text)
            if links:
                draft.links += links
                if not draft.other_title:
                    draft.other_title = _title_in(links, draft)
            elif _is_other_title(lines, index, draft):
                draft.other_title = unnumbered(title_of(inlines(unbulleted(line.text))))
            elif _is_detail_above_links(lines, index):
                kept += (line, Line(line.number, ""))
            else:
                break
        index += 1
    draft.lines += (*kept, *lines[index:])


def take_end(draft: Draft) -> None:
    """Take links on lines of their own off the end of an item that has none at the top."""
    lines = draft.lines
    found: list[list[Link]] = []
    end = len(lines)
    while end > 0:
        text = lines[end - 1].text
        if text.strip() and not RULE.match(text):
            links = line_links(text)
            if not links:
                break
            found.append(links)
        end -= 1
    if found:
        del lines[end:]
        draft.links += [link for links in reversed(found) for link in links]


def _is_detail_above_links(lines: Sequence[Line], index: int) -> bool:
    """Tell whether a line is one of details, with a line of links not far below."""
    text = lines[index].text
    reach = TALLEST if is_field(text) else 2 if may_be_title(text) else 0
    return any(line_links(line.text) for line in lines[index + 1 : index + 1 + reach])


def _is_other_title(lines: Sequence[Line], index: int, draft: Draft) -> bool:
    """Tell whether a line without links alone is the title in the other language.

    It is when it looks like one, is in the other script, and more follows: a short text that
    stands alone is the item's text, as a heading or a line of tags is.
    """
    text = unbulleted(lines[index].text)
    if draft.other_title or not draft.heading or not may_be_title(text) or is_field(text):
        return False
    if not _translates(text, draft.heading) or text.startswith("#"):
        return False
    more = any(lines[n].text.strip() for n in range(index + 1, len(lines)))
    return more and not any(isinstance(node, Link) for node in _flat(inlines(text)))


def _title_in(links: Sequence[Link], draft: Draft) -> str:
    """Give the title that one of an item's links has for its text.

    Beside a paper's link no other says what the paper is called; without one, a title is told
    from words like `Video` by its script.
    """
    for link in links:
        text = plain(link.children).strip()
        if text in link.url or names_a_link(text):
            continue
        translates = not draft.heading or _translates(text, draft.heading)
        if (translates and len(draft.links) == 1) or paper_of(link.url):
            return unnumbered(text)
        if translates and not any(paper_of(each.url) for each in draft.links):
            return unnumbered(text)
    return ""


def _translates(text: str, other: str) -> bool:
    return language.has_cjk(text) != language.has_cjk(other)


def unnumbered(title: str) -> str:
    """Give a title without its number, which the item has anyway."""
    number = _NUMBER.match(title)
    return title[number.end() :] if number else title


def _both_titles(words: str) -> tuple[str, str]:
    """Part `Title — 译名`; the second is empty where there is only one.

    Three Latin words are a title; fewer may be a venue or a laboratory (`CVPR 2024 | 标题`).
    """
    for cut in _BETWEEN.finditer(words):
        parts = words[: cut.start()], words[cut.end() :]
        latin = [len(_LATIN_WORD.findall(part)) for part in parts if not language.has_cjk(part)]
        if len(latin) == 1 and latin[0] >= _FEWEST_WORDS:
            return parts
    return words, ""


def line_links(text: str) -> list[Link]:
    """Give the links of a line that holds nothing but links, their labels and separators.

    `论文：https://… 代码：https://…` labels its links: a bare address takes its label as text,
    and `代码：[GitHub](…)` becomes a link on all of it.
    """
    if not _LINK_AHEAD.search(text, 0, _NEAR) or text.startswith(">"):
        return []
    links: list[Link] = []
    label = ""
    for part in _joined(_flat(inlines(unbulleted(text)))):
        if isinstance(part, Link):
            links.append(_labelled(part, label) if label else part)
            label = ""
        else:
            words = part.strip(_SEPARATORS + "。.")
            label = words.rstrip(_SEPARATORS + ":：")
            if label and not (_LABEL.fullmatch(words) or names_a_link(label)):
                return []
    return [] if label else links


def _labelled(link: Link, label: str) -> Link:
    text = plain(link.children)
    if not any(map(str.isalnum, label)):  # an emoji
        return link if is_bare(link) else Link(link.url, (Text(f"{label} {text}"),))
    if is_bare(link):
        return Link(link.url, (Text(label),))
    # `论文：[its title](…)`: the label says what every item's link is.
    if names_a_link(label) and not names_a_link(text):
        return link
    return Link(link.url, (Text(f"{label}: {text}"),))


def _flat(nodes: Iterable[Inline]) -> Iterator[Inline]:
    """Walk nodes with stress taken off: `**论文**：` is a label too."""
    for node in nodes:
        if isinstance(node, Strong | Emphasis):
            yield from _flat(node.children)
        else:
            yield node


def _joined(nodes: Iterable[Inline]) -> Iterator[Link | str]:
    """Join what stands between links."""
    words = ""
    for node in nodes:
        match node:
            case Link():
                yield words
                yield node
                words = ""
            case Text(value) | Code(value):
                words += value
            case _:
                words += " "
    yield words
