"""Words of links: whether they name the link, as `PDF` and `论文链接` do, or what it leads to."""

from __future__ import annotations

import re
from functools import lru_cache

from publisher.digest.fields.labels import Role, role_of
from publisher.model import Inline, Link, plain

#: A link's text, in lower case, that names the link, not the paper; emoji count for nothing.
#: (Ignoring case instead would take three times as long.)
_GENERIC = re.compile(
    r"((?:arxiv|alphaxiv|openreview|pdf|abstract|abs|paper|link|here|code|github|repo(?:sitory)?"
    r"|demo|project|web ?site|home ?page|page|url|doi|hugging ?face|hf|html|full text|full"
    r"|official|view|read more|read|the|on|blog(?: ?post)?|post|video|youtube|tweet|thread"
    r"|slides?|poster|dataset|data|model|weight|space|bibtex|bib|cite|citation|papers with code"
    r"|star|stars|tex|article|source|preprint|publication|publisher|acl|anthology|details?|notes?"
    r"|supp(?:lementary)?|download"
    r"|semantic scholar|kimi|discussion|colab|twitter|medium|docs?|tutorial)s?"
    r"|原文|论文|链接|地址|代码|项目|主页|网址|演示|全文|点击|查看|阅读|摘要|下载|官网|博客|视频"
    r"|数据集?|模型|权重|推文|详情|源码|开源|仓库|网站|中文|英文|解读|这里|此处|论坛|文章|更多|传送门"
    r"|論文|鏈接|連結|專案|主頁|影片|リンク|コード|プロジェクト|ページ|原著"
    r"|デモ|動画|ブログ|データ|モデル|논문|링크|코드|프로젝트|페이지|데모|영상|블로그|데이터|모델"
    r"|[\W_0-9])+"
)
_LONGEST_NAME, _LONGEST = 30, 500
#: As bioRxiv and medRxiv say how to cite them.
PREPRINT = r"[a-z]{3,5}Rxiv [0-9.]{5,24}; doi"
_BESIDE = r"(?:\s\[[\w.-]+\])?"
#: `arXiv:2408.05211` and `doi:10.1145/…` name the paper, and are no title of it.
CITATION = re.compile(
    rf"(?i:arxiv|doi|openreview|acl)[:：]?\s?[^\s,，]+{_BESIDE}"
    rf"|{PREPRINT}|[0-9]{{4}}\.[0-9]{{4,5}}(?:v[0-9]+)?{_BESIDE}|10\.[0-9]{{4,9}}/\S+"
)
_IMAGE = re.compile(
    r"\.(?:svg|png|jpe?g|gif|webp)(?:[?#]|$)|[?&]wx_fmt=|//img\.shields\.io/|badge", re.IGNORECASE
)

#: A person's, and where people have pages.
NAME = re.compile(
    r"(?![^\n]{0,60}\b(?:Is|Are|The|Of|For|With|By|At|From|Not|Or|Your|Papers?|Models?|Learning)\b)"
    r"(?:[A-Z][\w.'’-]*[ ]){1,3}[A-Z][\w.'’-]+"
)
_PERSON = re.compile(
    r"/(?:people|person|authors?|profile|pers|user|a)/|/~|orcid\.org|scholar\.google\.|[?&]user="
)


def names_a_link(text: str) -> bool:
    """Return whether words like `PDF` or `论文链接` name a link and not a paper."""
    words = text.strip()
    return len(words) < _LONGEST and _names_a_link(words)


@lru_cache(1024)
def _names_a_link(words: str) -> bool:
    named = len(words) <= _LONGEST_NAME and _GENERIC.fullmatch(words.lower())
    return bool(named or CITATION.fullmatch(words)) or role_of(words) is Role.link


def names_itself(link: Link) -> bool:
    """Return whether a link's words are its address, or name the link and not what it leads to."""
    words = plain(link.children)
    return _is_address(words, link.url) or names_a_link(words)


def names_a_person(link: Link) -> bool:
    """Return whether a link leads to a page of the person whose name is on it."""
    return NAME.fullmatch(plain(link.children)) is not None and bool(_PERSON.search(link.url))


def is_bare(node: Inline) -> bool:
    """Return whether a node is an address that stands for itself."""
    return isinstance(node, Link) and _is_address(plain(node.children), node.url)


def _is_address(words: str, url: str) -> bool:
    return words in url and ("." in words or "/" in words or words == url)


def is_image(link: Link) -> bool:
    """Return whether a link leads to a picture."""
    return _IMAGE.search(link.url) is not None
