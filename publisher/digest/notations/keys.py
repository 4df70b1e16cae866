"""What the keys of records mean: `title_zh`, `pdfUrl`, `论文链接`; the names of columns, too."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache


class Role(Enum):
    """What a value is to a paper, where that changes how it is written."""

    title = "title"
    name = "name"
    translation = "translation"
    abstract = "abstract"
    summary = "summary"
    url = "url"
    identity = "identity"
    link = "link"
    detail = "detail"


_SEPARATORS = re.compile(r"[\W_]+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LANGUAGE = re.compile(r"[ _-]?(?:zh(?:[_-]?cn|[_-]?hans)?|cn|chinese|en|english)$", re.IGNORECASE)

#: By role: keys without case and separators, and the label of what is written as a field.
_KEYS: dict[Role, dict[str, str]] = {
    Role.title: {
        "": "title papertitle titleen entitle englishtitle titleenglish originaltitle headline"
        " 标题 题目 论文标题 论文题目 英文标题 论文名称 論文標題 標題 題目"
    },
    Role.name: {"": "name papername 名称 名稱 论文 paper"},
    Role.translation: {
        "中文标题": "titlezh zhtitle titlecn cntitle chinesetitle titlechinese titletranslated"
        " translatedtitle titletranslation titlezhcn 中文标题 中文题目 标题中文 标题翻译 译名"
        " 中文名"
    },
    Role.abstract: {
        "": "abstract abstractzh zhabstract abstractcn cnabstract abstracten englishabstract"
        " chineseabstract abstractchinese translatedabstract abstracttranslated abstracttranslation"
        " abstractzhcn 摘要 中文摘要 英文摘要 摘要翻译 摘要中文 論文摘要 论文摘要 原文摘要"
        " translation translated 翻译 译文"
    },
    Role.summary: {
        "": "summary summaryzh zhsummary summarycn cnsummary summaryen chinesesummary"
        " summarychinese description descriptionzh content contentzh text body excerpt"
        " 内容 简介 描述 正文 介绍"
        " 总结 概要 中文总结"
    },
    Role.url: {
        "Link": "url link links abs absurl abslink abstracturl arxivurl arxivlink paperurl"
        " paperlink href uri permalink entryid htmlurl pageurl sourceurl originalurl landingpage"
        " 链接 論文鏈接 论文链接 原文链接 论文地址 原文地址 地址 网址 连接 链接地址 原文"
    },
    Role.identity: {"arXiv": "arxivid arxiv eprint id paperid arxivnumber 论文编号 编号 论文id"},
    Role.link: {
        "PDF": "pdf pdfurl pdflink pdfs 论文pdf pdf链接 pdf地址",
        "Code": "code codeurl codelink github githuburl githublink githubrepo repo repository"
        " repourl repositoryurl 代码 代码链接 代码地址 开源代码 源码",
        "Project": "project projecturl projectpage projectlink homepage website 项目 项目主页 主页",
        "DOI": "doi doiurl",
    },
    Role.detail: {
        "Authors": "authors author authorlist authornames creators",
        "作者": "作者 作者列表",
        "Date": "date published publishedat publisheddate publishdate publicationdate pubdate"
        " datepublished submitted submittedat submitteddate submissiondate releasedate",
        "日期": "日期 发布日期 发表日期 提交日期 发布时间 发表时间 时间",
        "Categories": "categories category subjects subject arxivcategories",
        "分类": "分类 类别 领域 学科",
        "Tags": "tags tag labels topics",
        "标签": "标签",
        "Keywords": "keywords keyword",
        "关键词": "关键词 关键字",
        "Affiliations": "affiliations affiliation institutions institution organizations",
        "机构": "机构 单位",
        "Venue": "venue conference journal journalref",
        "TL;DR": "tldr tldrzh tldren zhtldr aitldr onesentencesummary onelinesummary oneliner",
        "一句话总结": "一句话总结 一句话概括 一句话摘要",
    },
}
_ROLES = {
    key: (role, label)
    for role, labels in _KEYS.items()
    for label, keys in labels.items()
    for key in keys.split()
}
#: What holds the records of a file, and names nothing.
CONTAINERS = frozenset(
    (
        *("papers", "paperlist", "publications", "articles", "entries", "items", "records"),
        *("documents", "posts", "news", "digest", "feed", "list", "data", "results"),
        *("response", "output"),
        *("论文", "论文列表", "列表", "条目", "数据", "文章", "内容", "結果", "结果"),
    )
)


#: What holds a record's own values, beside those that a site has of it.
WRAPPERS = frozenset(("paper", "article", "item", "entry", "data", "post", "论文", "文章"))


def normal(key: str) -> str:
    """Return a key without case and separators."""
    return _SEPARATORS.sub("", key).lower()


def is_known(key: str) -> bool:
    """Return whether a key is one that papers have."""
    return normal(key) in _ROLES


@lru_cache(maxsize=1024)
def role_of(key: str) -> tuple[Role | None, str]:
    """Return what a key stands for, None where it is no known one, and the label of its value."""
    role, label = _ROLES.get(normal(key), (None, ""))
    return role, label or _label(key)


def _label(key: str) -> str:
    """Write a key as words: `relevance_score` and `relevanceScore` as `Relevance score`."""
    key = " ".join(key.split())
    bare = _LANGUAGE.sub("", key) or key
    words = _HUMPS.sub(" ", bare).replace("_", " ").replace("-", " ").split()
    if not words or not key.isascii():
        return key
    if not any(letter.isupper() for letter in key[1:]) or _HUMPS.search(bare):
        words = [word if word.isupper() else word.lower() for word in words]
        words[0] = words[0][:1].upper() + words[0][1:]
    return " ".join(words)
