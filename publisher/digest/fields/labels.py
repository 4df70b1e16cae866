"""The labels of fields, in English and Chinese, and what role each gives to its value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from typing import NamedTuple


class Role(Enum):
    """What a labelled value is to its paper."""

    title = "title"
    translation = "translated title"
    authors = "authors"
    affiliations = "affiliations"
    abstract = "abstract"
    summary = "summary"
    tags = "tags"
    categories = "categories"
    date = "date"
    venue = "venue"
    score = "score"
    link = "link"
    number = "number"
    #: Papers that the paper is compared with or refers to.
    references = "references"
    #: A heading over fields: 基本信息.
    group = "group"
    #: Any other label.
    other = "field"


_LABELS = {
    Role.title: (
        "titre|título|titel|titolo|название|title|paper title|original title|english title"
        "|title en|paper name|name|论文标题|文章标题|标题|题目|论文题目|题名|英文标题|原标题"
        "|原文标题|英文题目|论文名称|论文名|标题原文|标题全称|標題|論文標題|英文標題|論文題目"
        "|原題|タイトル|論文タイトル|제목|논문 제목"
    ),
    Role.translation: (
        "chinese title|translated title|title zh|title cn|中文标题|中文题目|标题翻译|中文译名"
        "|译|译题|译名|中文名|标题中文|翻译标题|标题译文|タイトル訳|邦題|번역 제목"
    ),
    Role.authors: (
        "auteur|auteurs|autor|autores|autoren|autori|авторы|author|authors|author s|by|written by"
        "|作者|论文作者|全部作者|作者列表|第一作者|通讯作者|first author|研究者|作者团队|著者"
        "|저자"
    ),
    Role.affiliations: (
        "affiliation|affiliations|institution|institutions|institute|organization|organizations"
        "|organisation|organisations|org|lab|university|机构|单位|作者单位|作者机构|研究机构"
        "|所属机构|发表机构|机构单位|单位机构|團隊|团队|研究团队|机构团队|来自|機構|單位|研究機構"
        "|所属|所属機関|소속|기관"
    ),
    Role.abstract: (
        "résumé|resumen|zusammenfassung|riassunto|аннотация|abstract|abstract en|english abstract"
        "|original abstract|摘要|论文摘要|英文摘要|原文摘要|中文摘要|摘要翻译|摘要译文|摘要中文"
        "|摘要原文|内容摘要|chinese abstract|abstract zh|abstract cn|translated abstract|論文摘要"
        "|要旨|概要|アブストラクト|초록"
    ),
    Role.summary: (
        "tl dr|tldr|tl;dr|ai tldr|ai tl dr|summary|one line summary|one sentence summary"
        "|ai summary|一句话总结|一句话概括|一句话摘要|一句话介绍|一句话|简介|概述|总结|简要总结"
        "|速览|ai总结|ai 总结|ai摘要|内容简介|简述|論文簡介|一句話總結|一行まとめ|要約|요약"
        "|한줄 요약"
    ),
    Role.tags: (
        "tag|tags|keyword|keywords|key words|topic|topics|label|labels|标签|关键词|关键字|主题"
        "|主题词|话题|標籤|關鍵詞|關鍵字|タグ|キーワード|키워드|태그"
    ),
    Role.categories: (
        "category|categories|main category|primary category|subject|subjects|subject class"
        "|subj class|primary subject|arxiv category|arxiv categories|学科|学科分类|分类|类别"
        "|主分类|主类别|主要类别|arxiv分类|arxiv 分类|分類|類別|カテゴリ|カテゴリー|분류|카테고리"
    ),
    Role.date: (
        "date|publish date|published date|publication date|published|published on|publish time"
        "|submitted|submitted on|submission date|release date|released|posted|posted on|updated"
        "|update|last updated|year|time|日期|发布日期|发表日期|提交日期|时间|发布时间|发表时间"
        "|提交时间|更新时间|更新日期|上传时间|收录时间|年份|發布日期|發表時間|時間|公開日|投稿日"
        "|日付|날짜|게시일|발행일"
    ),
    Role.venue: (
        "venue|conference|journal|published in|published at|journal ref|accepted|accepted by"
        "|accepted at|accepted to|会议|期刊|会议期刊|期刊会议|发表于|发表会议|发表期刊|录用会议"
        "|发表|收录|发表在|出处|来源期刊|會議|發表於|採択|会場|학회|게재"
    ),
    Role.score: (
        "score|rating|upvotes|upvote|votes|likes|stars|relevance|relevance score|importance"
        "|priority|评分|得分|分数|评级|推荐星级|推荐指数|推荐度|重要性|重要程度|相关性|相关度|推荐等级"
        "|星级|点赞|点赞数|热度|票数|投票|評分|評級|スコア|評価|점수|추천"
    ),
    Role.link: (
        "lien|liens|enlace|ссылка|статья|link|links|paper|paper link|paper links|paper url"
        "|paper address|url|urls|pdf|pdf link|pdf url|arxiv|arxiv link|arxiv url|arxiv id"
        "|arxiv number|arxiv page|abs|abs url|doi|html|source|code|code link|code url|github"
        "|github link|github repo|repo|repository|project|project page|project link|project url"
        "|website|web|homepage|home page|page|demo|dataset|datasets|data|model|models|weights"
        "|video|youtube|slides|poster|blog|blog post|hf|hugging face|huggingface"
        "|hugging face page|hf page|openreview|semantic scholar|alphaxiv|full text|read more|read"
        "|more|original|tweet|thread|resource|resources|supplementary|链接|论文链接|论文地址"
        "|论文网址|原文链接|原文地址|原文|论文|文章链接|全文|全文链接|地址|网址|paper地址|pdf链接"
        "|pdf 链接|pdf地址|arxiv链接|arxiv 链接|arxiv地址|arxiv编号|arxiv 编号|arxiv号|论文编号"
        "|编号|论文id|代码|代码链接|代码地址|代码仓库|源码|开源代码|开源地址|开源链接|项目"
        "|项目主页|项目地址|项目链接|主页|官网|网站|演示|数据|数据集|数据地址|模型|模型链接"
        "|模型地址|权重|视频|博客|博客链接|资源|相关链接|相关资源|资源链接|链接地址|来源|详情"
        "|阅读原文|查看原文|github地址|github链接|github 链接|连结|论文连结|程式码"
        "|程式码连结|专案|专案页面|リンク|論文リンク|コード"
        "|プロジェクト|プロジェクトページ|デモ|データ|データセット|링크|논문 링크|논문|코드"
        "|프로젝트|데모"
    ),
    Role.number: ("no|number|序号|#|id|index|rank|排名|番号|順位|번호"),
    Role.references: (
        "reference|references|related|related work|related papers|related paper|see also"
        "|bibliography|further reading|citation|citations|bibtex|参考|参考文献|参考资料|相关论文"
        "|相关工作|延伸阅读|引用|相关阅读|推荐阅读|參考|參考文獻|相關論文|延伸閱讀|参考論文"
        "|関連論文|関連研究|참고|참고문헌"
    ),
    Role.group: (
        "details|detail|attribute|attributes|属性|字段|field|fields|info|information|basic info"
        "|basic information|paper info|paper details|metadata|meta|基本信息|论文信息|元信息|信息"
        "|详细信息|基本資訊|論文資訊|基本情報|論文情報|정보"
    ),
    Role.other: (
        "motivation|method|methods|methodology|approach|result|results|conclusion|conclusions"
        "|contribution|contributions|key contributions|main contributions|innovation|innovations"
        "|novelty|highlights|highlight|key points|keypoints|objective|objectives|key findings"
        "|findings|key insights|insights|insight|key idea|key ideas|limitations|limitation"
        "|background|problem|task|introduction|experiments|experiment|evaluation|applications"
        "|application|impact|why it matters|takeaway|takeaways|comment|comments|note|notes"
        "|report no|acm class|msc class|license|research question|动机|研究动机|方法|研究方法"
        "|方法概述|核心方法|结果|实验结果|主要结果|结论|主要结论|贡献|主要贡献|核心贡献|创新点"
        "|创新|核心创新|核心创新点|核心亮点|亮点|要点|核心要点|核心观点|核心思想|局限|局限性|不足"
        "|背景|研究背景|问题|研究问题|任务|实验|应用|应用场景|影响|意义|价值|启示|介绍|论文介绍"
        "|点评|评论|解读|推荐理由|备注|注释|说明|内容|正文|方向|研究方向|领域|研究领域|关键技术"
        "|技术路线|目的|研究目的|思路|看点|潜在影响力|创新性|实用性|動機|貢獻|創新點|亮點|結果"
        "|結論|問題|領域|手法|貢献|新規性|課題|방법|결과|결론|기여"
    ),
}

#: What may stand before any of them: 原英文标题, 论文作者, Original Title.
_MODIFIERS = re.compile(
    r"(?:原始|原文?|英文|中文|英|中|论文|文章|本文|出版|发表|官方|相关|主要|全部|核心|参考|論文"
    r"|논문[ ]?"
    r"|(?:paper|original|english|chinese|full|main|official|ai|our|arxiv|article)[ ])+(?=.)"
)
_ROLES: dict[str, Role] = {
    words: role for role, names in _LABELS.items() for words in names.split("|")
}

#: Where a label stands: behind a bullet, stress, brackets, a quote's mark or an emoji.
_LABELLED = re.compile(
    r"[^\w\n\[*【]{0,12}[【\[]?(?P<bold>\*\*|__|\*|_)?[【\[]?(?P<words>[^\n:：*`|<>\[\]()（）【】]{1,40}?)"
    r"(?:[ ]?[(（](?P<aside>[^\n()（）]{1,12})[)）])?[\]】]?"
    r"(?:(?P<end>\*\*|__|\*|_)[ \t\u3000]*[:：]{1,2}"
    r"|[ \t\u3000]*[:：][ \t\u3000]*(?P<inner>\*\*|__|\*|_)[:：]?"
    r"|[ \t\u3000]*[:：]{1,2}(?!//)"
    r"|(?P<bar>[ \t\u3000]+[|｜](?=[ \t\u3000])))[ \t\u3000]*"
)
#: `**Authors | 作者**: …`: the same label twice.
_DOUBLED = re.compile(
    r"[^\w\n]{0,14}(?P<first>[^\W\d_][^\n:：*`|｜<>]{0,24}?)"
    r"(?P<second>[ ]?[|｜·•][ ]?(?P<words>[^\W\d_][^\n:：*`|｜<>]{0,24}?))(?=[ ]?(?:\*\*|__|[:：]))"
)
_BRACKETED = re.compile(
    r"[^\w\n【\[]{0,8}【(?P<words>[^\n【】]{1,20})】[ \t\u3000]*[:：]?[ \t\u3000]*"
)
_SPACES = re.compile(r"[\W_]+")
_STOPS = re.compile(r"[。！？!?]")
_ENDS = re.compile(r"[。！？.!?，,；;]")
_NEAR, _LONGEST_LABEL, _SCHEME = 64, 24, 12


#: What may be a label where several lines begin so.
_PREFIX = re.compile(
    r"[^\w\n\[]{0,12}(?P<words>[^\n:：*`|<>\[\]()（）【】。！？.!?]{1,24}?)"
    r"[ \t\u3000]*(?:\*\*|__)?[:：](?!//)"
)
_FEWEST = 2


def repeated(texts: Iterable[str]) -> frozenset[str]:
    """Return the words before a colon that several lines begin with, in lower case.

    They are labels in whatever language: `Auteur / organisme : …`. What two lines begin with, one
    below the other, is the name in a title and its translation.
    """
    counts: Counter[str] = Counter()
    above = ""
    for text in texts:
        start = text[:_NEAR]
        match = _PREFIX.match(start) if ":" in start or "：" in start else None
        words = match["words"].strip(" 《「“").casefold() if match else ""
        if words != above and any(map(str.isalpha, words)):  # else it is a time
            counts[words] += 1
        above = words
    return frozenset(words for words, count in counts.items() if count >= _FEWEST)


class Label(NamedTuple):
    """A line's label."""

    role: Role
    #: As typed, without marks.
    words: str
    #: Where the value begins in the line.
    end: int
    #: Whether it is in the table; else it is stressed.
    is_known: bool = True


#: What stands between two labels of one value.
_BOTH = re.compile(r"/|(?<=[^\x00-\x7f])[与和及&](?=[^\x00-\x7f])|[ ]and[ ]|[ ]&[ ]")


def role_of(words: str) -> Role | None:
    """Return the role that words have as a label, whatever case and marks; None for no label."""
    return _role_of(words) if len(words) <= _NEAR else None


#: Characters of labels as they are written in Taiwan and Hong Kong, and as the table has them.
_TRADITIONAL = str.maketrans(
    "題標論鏈連結機構單發表時間學會議關鍵詞類別簡總數據碼專項頁網開評級點讚譯稱編號處觀與動創亮領應"
    "圖獻貢問實驗優劣價後閱讀詳資訊來報團隊門薦",
    "题标论链连结机构单发表时间学会议关键词类别简总数据码专项页网开评级点赞译称编号处观与动创亮领应"
    "图献贡问实验优劣价后阅读详资讯来报团队门荐",
)


@lru_cache(1024)
def _role_of(words: str) -> Role | None:
    plain = _SPACES.sub(" ", words.lower()).strip()
    role = _ROLES.get(plain)
    if role is None and not plain.isascii():
        plain = plain.translate(_TRADITIONAL)
        role = _ROLES.get(plain)
    if role is None and plain.endswith("s"):
        role = _ROLES.get(plain[:-1])
    if role is None and (modifiers := _MODIFIERS.match(plain)):
        role = _ROLES.get(plain[modifiers.end() :])
        if role is Role.title and ("中" in modifiers[0] or "chinese" in modifiers[0]):
            role = Role.translation
    parts = _BOTH.split(words)
    if role is None and len(parts) > 1:  # 研究机构/作者, Abstract / 摘要
        roles = [role_of(part) for part in parts]
        role = roles[0] if all(roles) else None
    if role is None and " " in plain and not plain.isascii():  # Abstract 摘要
        roles = [_ROLES.get(part) for part in plain.split(" ")]
        role = roles[0] if len(set(roles)) == 1 else None
    return role


_MARK = re.compile("[:：|｜】]")
#: `**Authors**` over its value.
_LONE = re.compile(r"(?P<bold>\*\*|__)(?P<words>[^*_\n]{1,40})(?P=bold)[ \t]*")
_CHINESE = re.compile(r"zh|cn|中|译|chinese|trans", re.IGNORECASE)
#: `论文：its title`; where an address follows, it labels that.
_PAPER = ("论文", "paper", "文章", "論文", "article")
_LINKED = re.compile(r"\]\(|://|www\.|[0-9]{4}\.[0-9]{4,5}|\.[a-z]{2,4}/|doi:|arxiv", re.IGNORECASE)


#: `[its title](…)`: of several words.
_TITLED = re.compile(r"\[(?=[^\[\]\n]{12})[^\[\]\n]{1,80}[ :][^\[\]\n]{1,200}\]\(")


#: `*Its Title* ([arXiv](…))`: in marks.
_MARKED = re.compile(
    r"[*_\"“《]{1,2}(?=[^\s*_\"”》\[])[^*_\"”》\n\[\]]{12,200}[*_\"”》]{1,2}[ \t]*[,，(（—–-]"
)


def _is_title(value: str) -> bool:
    return (
        any(map(str.isalpha, value))
        and not _LINKED.search(value)
        and value.strip()[-1] not in "。.；;"
    )


def label_of(text: str, others: frozenset[str] = frozenset()) -> Label | None:
    """Return the label that a line without its bullet begins with, known or stressed.

    `text` may begin with marks of stress, an emoji or a bracket. A label that is neither known nor
    stressed is none, unless `others` has it: a sentence may hold a colon.
    """
    start = text[:_NEAR]
    if not _MARK.search(start):
        lone = _LONE.fullmatch(text) if text[:1] in "*_" else None
        role = role_of(lone["words"]) if lone else None
        if lone and role:
            return Label(role, lone["words"], len(text))
        # Above an abstract the word stands by itself, too.
        is_word = len(text) <= _LONGEST_LABEL and text[:1].isalpha()
        is_abstract = is_word and role_of(text) is Role.abstract
        return Label(Role.abstract, text.strip(), len(text)) if is_abstract else None
    if len(text) < _LONGEST_KEPT:
        return _label_of(text, others)
    return _label_of.__wrapped__(text, others)


#: Several steps look at the same lines: what comes of shorter ones is kept for a while.
_LONGEST_KEPT = 500


@lru_cache(1024)
def _label_of(text: str, others: frozenset[str]) -> Label | None:
    doubled = _DOUBLED.match(text)
    if doubled and (role := role_of(doubled["first"])) and role is role_of(doubled["words"]):
        start, end = doubled.span("second")
        label = _label_of(text[:start] + text[end:], others)
        return label and label._replace(end=label.end + end - start)
    match = _LABELLED.match(text)
    if not match:
        match = _BRACKETED.match(text)
        role = role_of(match["words"]) if match else None
        return Label(role, match["words"], match.end()) if match and role else None
    words = match["words"].strip()
    is_closed = match["bold"] in (match["end"], match["inner"])
    if role := _role_in(match, text):
        goes_on = match["bold"] and match["bold"] in text[match.end() :]
        is_in_code = match.group().count("`") == 1 and text.startswith("`", match.end())
        return Label(role, words, match.end() + is_in_code) if is_closed or goes_on else None
    if match["bar"] or not is_closed:
        return None
    return _unknown(match, words, text[match.end() :], others)


def _role_in(match: re.Match[str], text: str) -> Role | None:
    """Return the role of a label in the table, by its value where it may have two."""
    words = match["words"].strip()
    role = None if _STOPS.search(words) else role_of(words)
    value = text[match.end() :]
    is_paper = role is Role.link and words.casefold() in _PAPER
    if is_paper and (_is_title(value) or _TITLED.match(value) or _MARKED.match(value)):
        return Role.title
    if role is Role.title and _CHINESE.search(match["aside"] or ""):
        return Role.translation
    return role


def _unknown(match: re.Match[str], words: str, value: str, others: frozenset[str]) -> Label | None:
    """Return the label that words are which several lines have, or that are stressed and short."""
    if words.casefold() in others:
        is_link = _LINKED.search(value[:_SCHEME]) is not None and "](" not in value
        if is_link or not value.lstrip("* ").startswith(("[", "《")):
            return Label(Role.link if is_link else Role.other, words, match.end())
    is_short = len(words) <= _LONGEST_LABEL and not _ENDS.search(words)
    if not (match["bold"] and is_short and any(map(str.isalnum, words))):
        return None
    return Label(Role.other, words, match.end(), is_known=False)
