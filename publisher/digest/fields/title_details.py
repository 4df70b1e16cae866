"""What stands beside a title, before or behind it: a date, a venue, categories, a score."""

from __future__ import annotations

import re
from typing import NamedTuple

from publisher.digest.fields.item_numbers import unnumbered
from publisher.digest.fields.link_names import names_a_link

_SPACE = r"[ \t\u3000]"
_YEAR = r"(?:19|20)[0-9]{2}"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_FULL_DATE = rf"{_YEAR}[-./年][ ]?[0-9]{{1,2}}(?:[-./月][ ]?[0-9]{{1,2}}日?|月)?"
_DATE = (
    rf"(?:{_FULL_DATE}"
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
#: What a conference said of a paper, in brackets of its own.
_HONOUR = re.compile(r"(?:oral|spotlight|poster|highlight|best paper(?: award)?)", re.IGNORECASE)
#: `(Oak et al., 2024)`: who wrote it, and when.
CITED = re.compile(rf"(?P<authors>[^\d()]{{2,40}} et\.? ?al\.?),?[ ]*(?P<year>{_YEAR})?[a-z]?")
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
_STARS = r"[⭐★☆🌟🔥💯✨👍❤♥🩷🤗⬆️▲△🔼\ufe0f]"
_SCORE = re.compile(
    rf"{_STARS}+[ ]?[0-9.,]+[kK]?(?:/[0-9]+|[ ]?[分票赞])?|{_STARS}{{2,}}(?:[ ]?[^\W\d_]{{1,4}})?"
    rf"|[0-9.,]+[kK]?[ ]?(?:{_STARS}|upvotes?|votes?|likes?|points?|stars?|分|票|赞)(?:/[0-9]+)?"
    r"|(?:score|rating|评分|得分|upvotes?|votes?|热度|推荐指数)[:： ][ ]?\S{1,12}"
    r"|[0-9.]{1,4}/(?:5|10|100)",
    re.IGNORECASE,
)
_INSIDE = r"[\[(（【［][ ]?(?P<inside>[^\[\]()（）【】［］]{1,40})[ ]?[\])）】］]"
#: A title may begin with a year, or with a number and the name of a month: `2048: A Game`,
#: `7 March Marches`.
_PREFIX = re.compile(
    rf"(?:{_INSIDE}|(?P<date>{_FULL_DATE}|[0-9]{{4}}\.[0-9]{{4,5}}(?:v[0-9]+)?)(?=[\s,:：|—–-])"
    rf"|(?!{_YEAR}[ ]?[,:：])(?P<day>{_DATE})"
    r"(?=[ ]?[,:：|｜·—–]|[ ]-[ ]|[ ][*_\[《【“\"])"
    r"|(?:推荐度?|推荐指数|评分)?[:： ]{0,2}(?P<stars>[⭐★☆🌟]{2,10}))"
    rf"{_SPACE}*[,:：|｜·—–-]?{_SPACE}*(?=\S)",
    re.IGNORECASE,
)
#: A score that no mark parts from the title: `Learning From 5 Points` is none.
_SURE_SCORE = (
    rf"{_STARS}+[ ]?[0-9.,]+[kK]?(?:/[0-9]+|[ ]?[分票赞])?|{_STARS}{{2,}}(?:[ ]?[^\W\d_]{{1,4}})?"
    rf"|[0-9.,]+[kK]?[ ]?{_STARS}|(?:score|rating|评分|得分|热度|推荐指数)[:：][ ]?\S{{1,12}}"
    r"|[0-9]{1,2}\.[0-9]{1,2}/10"
)
_SUFFIX = re.compile(
    rf"{_SPACE}{{0,8}}[|·—–-]?{_SPACE}{{0,8}}(?:{_INSIDE}|(?P<score>{_SURE_SCORE})"
    rf"|(?<=[|｜·—–-][ ])(?P<points>{_SCORE.pattern})"
    rf"|(?<=[|｜·—–-][ ])(?P<day>{_YEAR}[-./][0-9]{{1,2}}[-./][0-9]{{1,2}})"
    rf"|(?<=[|｜ ])(?P<venue>(?i:{_VENUES})[ ]?['’]?[ ]?(?:19|20)?[0-9]{{2}}))[ \t\u3000.。]*$",
    re.IGNORECASE,
)
_PARTS = ("inside", "score", "points", "day", "venue")
#: A venue's name by which a sentence goes on: `What We Learnt at NeurIPS 2023`.
_IN_SENTENCE = re.compile(
    r"\b(?:a|an|the|at|of|on|in|to|for|from|by|with|and|or|via|vs|beyond|after)$", re.IGNORECASE
)
#: What letters of an abbreviation are of: `Squeeze-and-Excitation (SE)`.
_CAPITAL = re.compile(r"(?<![^\W_])[A-Z]\w*")
_SURE_VENUE = re.compile(r"[A-Z0-9 ]+|.*(?:['’]|(?:19|20)[0-9]{2}).*")
#: What a prefix begins and a suffix ends with.
_MAY_BEGIN = re.compile(r"[\[(（【［0-9⭐★🌟推评]|[A-Z][a-z]{2,8}[.,]? [0-9]")
_MAY_END = re.compile(rf"[\])）】］0-9]|{_STARS}|[分票赞]|(?i:votes?|likes?|points?|stars?)")
_NEAR_END, _LONGEST_END = 12, 120


class TitleDetail(NamedTuple):
    """What stands beside a title in brackets or before it: such as a venue, a date or a score."""

    kind: str
    words: str


def kind_of(words: str, *, is_bracketed: bool = False) -> str:
    """Return what short words beside a title say: `date`, `venue`, `categories` or another."""
    if is_bracketed and _CODE.fullmatch(words):
        return "categories"
    if is_bracketed and CITED.fullmatch(words):
        return "authors"
    if is_bracketed and (_BRACKETED_VENUE.fullmatch(words) or _HONOUR.fullmatch(words)):
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
        inside = (match["inside"] or match["date"] or match["day"] or match["stars"]).strip(" *_")
        kind = kind_of(inside, is_bracketed=match["inside"] is not None)
        kind = kind or ("number" if any(map(str.isalpha, inside)) and names_a_link(inside) else "")
        if not kind or not any(map(str.isalpha, words[match.end() :])):
            break
        details.append(TitleDetail(kind, inside))
        words = unnumbered(words[match.end() :])
    while _MAY_END.search(words[-_NEAR_END:]) and (
        match := _SUFFIX.search(words, max(len(words) - _LONGEST_END, 0))
    ):
        inside = next(filter(None, map(match.group, _PARTS))).strip()
        kind = kind_of(inside, is_bracketed=match["inside"] is not None)
        kind = "score" if match["score"] or match["points"] else kind
        if not kind or not any(map(str.isalpha, words[: match.start()])):
            break
        if not _is_beside(words, match):
            break
        details.append(TitleDetail(kind, inside))
        words = words[: match.start()].rstrip()
    return words, details


def _is_beside(words: str, match: re.Match[str]) -> bool:
    """Return whether what ends a title is no part of it: no word, nor short for its last words."""
    before = words[: match.start()]
    if match["inside"]:
        initials = "".join(word[0] for word in _CAPITAL.findall(before)).upper()
        return not (match["inside"].isupper() and initials.endswith(match["inside"]))
    if not match["venue"] or any(mark in match[0] for mark in "|｜"):
        return True
    return not _IN_SENTENCE.search(before) and bool(_SURE_VENUE.fullmatch(match["venue"]))
