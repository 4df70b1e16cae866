"""What stands beside a title, before or behind it: a date, a venue, categories, a score."""

from __future__ import annotations

import re
from typing import NamedTuple

from publisher.digest.item_numbers import unnumbered
from publisher.digest.link_names import names_a_link

_SPACE = r"[ \t\u3000]"
_YEAR = r"(?:19|20)[0-9]{2}"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = (
    rf"(?:{_YEAR}[-./年][ ]?[0-9]{{1,2}}(?:[-./月][ ]?[0-9]{{1,2}}日?|月)?"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th)?[ -]{_MONTH},?[ -]{_YEAR}"
    rf"|[0-9]{{1,2}}[ ]{_MONTH}"
    rf"|{_MONTH}[ ][0-9]{{1,2}}(?:st|nd|rd|th)?(?:,?[ ]{_YEAR})?|{_MONTH}[ ]{_YEAR}"
    rf"|[0-9]{{1,2}}[/月][0-9]{{1,2}}日?(?:/[0-9]{{2,4}})?|{_YEAR}年?)"
)
_DAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:星期|周|週|礼拜)[一二三四五六日天]"
    r"|[月火水木金土日]曜日)"
)
_DATED = re.compile(rf"(?:{_DAY}[,，]?[ ]?)?{_DATE}(?:,?[ ]?{_DAY})?|{_DAY}", re.IGNORECASE)
_VENUES = (
    r"arxiv|iclr|icml|neurips|nips|cvpr|iccv|eccv|wacv|bmvc|acl|emnlp|naacl|eacl|coling|aaai|ijcai"
    r"|kdd|www|sigir|wsdm|cikm|recsys|icra|iros|corl|rss|interspeech|icassp|acm mm|mm"
    r"|siggraph(?: asia)?|chi|uist|cscw|facct|aistats|uai|colt|colm|tmlr|jmlr|tacl|tpami|pami"
    r"|ijcv|tip|tog|ral|nature|science|pnas|nature [a-z]{4,20}|miccai|isbi|midl|vldb|sigmod|icde"
    r"|osdi|sosp|usenix(?: security)?|ccs|ndss|s&p|mlsys|asplos|isca|micro|hpca|3dv|preprint"
    r"|openreview|findings|conll|tvcg|tnnls"
)
_PRESENTED = (
    r"(?:[ ,-]*\(?(?i:oral|spotlight|poster|highlight|best paper(?: award)?|findings|workshop"
    r"|accepted|submission|submitted|under review|main|long|short|demo)\)?)?"
)
_VENUE = re.compile(
    rf"(?:(?i:{_VENUES})(?:[ -]?(?i:findings|workshops?|main))?"
    rf"(?:[ ,]*['’]?[ ]?(?:19|20)?[0-9]{{2}}(?:[.-][0-9]{{1,2}})?)?"
    rf"|{_YEAR}[ ](?i:{_VENUES})){_PRESENTED}"
)
#: In brackets any name with a year is one.
_BRACKETED_VENUE = re.compile(
    r"[A-Z][\w&.+-]{1,14}(?:[ -][\w&.+-]{1,14}){0,3}[ ,]*(?:['’][ ]?|(?=19|20))(?:19|20)?[0-9]{2}"
    rf"(?:\.[0-9]{{1,2}})?{_PRESENTED}"
)
_ARCHIVES = (
    "cs|stat|math|eess|econ|physics|astro-ph|cond-mat|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math-ph"
    "|nlin|nucl-ex|nucl-th|q-bio|q-fin|quant-ph"
)
CATEGORY = re.compile(rf"(?:{_ARCHIVES})(?:\.[A-Za-z-]{{2,8}})?")
#: arXiv's in short, as `[CV]`.
_CODE = re.compile(
    r"(?:AI|AR|AS|CE|CL|CR|CV|CY|DB|DC|DL|DS|GR|GT|HC|IR|IT|IV|LG|LO|MA|ME|ML|MM|NE|NI|OC|PL|QM"
    r"|RO|SC|SD|SE|SI|SP|SY)"
)
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?")
_CATEGORIES = re.compile(rf"{CATEGORY.pattern}(?:[ ,;/|，、]+{CATEGORY.pattern}){{0,9}}")
_ARXIV = re.compile(r"(?:arxiv[:： ]?)?[0-9]{4}\.[0-9]{4,5}(?:v[0-9]+)?", re.IGNORECASE)
#: Stars and the like, votes, points.
_STARS = r"[⭐★☆🌟🔥💯✨👍❤♥🩷🤗⬆️\ufe0f]"
_SCORE = re.compile(
    rf"{_STARS}+[ ]?[0-9.,]+[kK]?(?:/[0-9]+|[ ]?[分票赞])?|{_STARS}{{2,}}(?:[ ]?[^\W\d_]{{1,4}})?"
    rf"|[0-9.,]+[kK]?[ ]?(?:{_STARS}|upvotes?|votes?|likes?|points?|stars?|分|票|赞)(?:/[0-9]+)?"
    r"|(?:score|rating|评分|得分|upvotes?|votes?|热度|推荐指数)[:： ][ ]?\S{1,12}"
    r"|[0-9.]{1,4}/(?:5|10|100)",
    re.IGNORECASE,
)
_INSIDE = r"[\[(（【［][ ]?(?P<inside>[^\[\]()（）【】［］]{1,40})[ ]?[\])）】］]"
_PREFIX = re.compile(
    rf"(?:{_INSIDE}|(?P<date>{_DATE}|[0-9]{{4}}\.[0-9]{{4,5}}(?:v[0-9]+)?)(?=[\s,:：|—–-]))"
    rf"{_SPACE}*[,:：|·—–-]?{_SPACE}*(?=\S)",
    re.IGNORECASE,
)
_SUFFIX = re.compile(
    rf"{_SPACE}*[|·—–-]?{_SPACE}*(?:{_INSIDE}|(?P<score>{_SCORE.pattern})"
    rf"|(?<=[|｜·—–-][ ])(?P<day>{_YEAR}[-./][0-9]{{1,2}}[-./][0-9]{{1,2}})"
    rf"|(?<=[|｜ ])(?P<venue>(?i:{_VENUES})[ ]?['’]?[ ]?(?:19|20)?[0-9]{{2}}))[ \t\u3000.。]*$",
    re.IGNORECASE,
)
#: What a prefix begins and a suffix ends with.
_MAY_BEGIN = re.compile(r"[\[(（【［0-9]|[A-Z][a-z]{2,8}[.,]? [0-9]")
_MAY_END = re.compile(rf"[\])）】］0-9]|{_STARS}|[分票赞]|(?i:votes?|likes?|points?|stars?)")
_NEAR_END = 12


class TitleDetail(NamedTuple):
    """What stands beside a title in brackets or before it: such as a venue, a date or a score."""

    kind: str
    words: str


def kind_of(words: str, *, is_bracketed: bool = False) -> str:
    """Return what short words beside a title say: `date`, `venue`, `categories` or another."""
    if is_bracketed and _CODE.fullmatch(words):
        return "categories"
    if is_bracketed and _BRACKETED_VENUE.fullmatch(words):
        return "venue"
    for pattern, kind in (
        (_DATED, "date"),
        (_ARXIV, "number"),
        (_TIME, "number"),
        (_CATEGORIES, "categories"),
        (_VENUE, "venue"),
        (_SCORE, "score"),
    ):
        if pattern.fullmatch(words):
            return kind
    return ""


def parted(words: str) -> tuple[str, list[TitleDetail]]:
    """Return a title without what stands before and behind it in brackets, and that."""
    details: list[TitleDetail] = []
    words = unnumbered(words)
    while _MAY_BEGIN.match(words) and (match := _PREFIX.match(words)):
        inside = (match["inside"] or match["date"]).strip(" *_")
        kind = kind_of(inside, is_bracketed=match["inside"] is not None)
        kind = kind or ("number" if any(map(str.isalpha, inside)) and names_a_link(inside) else "")
        if not kind or not any(map(str.isalpha, words[match.end() :])):
            break
        details.append(TitleDetail(kind, inside))
        words = unnumbered(words[match.end() :])
    while _MAY_END.search(words[-_NEAR_END:]) and (match := _SUFFIX.search(words)):
        inside = (match["inside"] or match["score"] or match["day"] or match["venue"]).strip()
        kind = kind_of(inside, is_bracketed=match["inside"] is not None)
        if not kind or not any(map(str.isalpha, words[: match.start()])):
            break
        details.append(TitleDetail(kind, inside))
        words = words[: match.start()].rstrip()
    return words, details
