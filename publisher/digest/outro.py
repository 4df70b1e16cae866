"""The end of a digest that is no item's: a sign-off, thanks, credits, where to subscribe.

It is one only where that is sure, since the end of an abstract would be cut off otherwise:

- below a heading that says so (`## 结语`, `## About us`);
- from a paragraph on that begins as no abstract does (`That's all for this week`, `感谢阅读`);
- below a line drawn after the last of several items, when no item has such a line inside it.

Whatever it is, it is short, and leads to no paper.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from itertools import groupby

from publisher.digest.fields import link_names, titles
from publisher.digest.fields.draft_item import DraftItem
from publisher.digest.fields.link_lines import line_links
from publisher.digest.markdown.autolink import paper_of
from publisher.digest.markdown.line_marks import BULLET, RULE, closed_fences, heading, is_field
from publisher.digest.source_text import Line
from publisher.model import links_in

#: Lines, and places to begin at that are tried: each takes a reading of all that is above.
_MOST_LINES, _MOST_STARTS = 60, 4
#: A paragraph's columns. Abstracts are longer: of the 60 in the four seeds the shortest has 312.
_LONGEST = 300
#: What headings and rules begin with.
_MARKS = frozenset("#-*_=━─═—")
_SETEXT = re.compile(r" {0,3}(?:=+|-{3,})[ \t]*$")
#: A line drawn between two texts of an item (see `_shape`).
_RULE_INSIDE = "t-t"

#: What a heading of it says, in one language or both.
_NAMES = re.compile(
    r"[\W_]*(?:(?:outro|closing(?: words?| thoughts?| remarks?| notes?)?|final (?:words?|thoughts?)"
    r"|(?:that['’]s a )?wrap(?:ping)?[- ]?up|sign(?:ing)?[- ]?off|the end|credits|colophon"
    r"|thanks(?: everyone| all)?|thank you|about(?: us| this newsletter| the (?:edito|autho)rs?)?"
    r"|contact(?: us)?|feedback|subscribe|good ?bye|bye"
    r"|关注我们|找到我们|加入我们|结语|结束语|写在最后|写在后面|最后的话|编后[语记]?|后记|尾声|致谢|鸣谢|感谢|订阅(?:方式|地址|我们)?"
    r"|往期(?:推荐|回顾|精选|文章|内容)?|历史文章|(?:本期|全文)?(?:总结|小结|总评)|conclusions?|summary"
    r"|关于(?:我们|本刊|本报|本周报|编者)|联系(?:我们|方式)|下[期周]预告|投稿|反馈|再见"
    r"|結語|結束語|寫在最後|最後的話|編後[語記]?|後記|尾聲|致謝|鳴謝|感謝|訂閱|關於我們|聯絡我們"
    r")(?:[\W_]+|$))+",
    re.IGNORECASE,
)
_STRESSED = re.compile(r"\*\*([^*\n]{2,40})\*\*[ \t]*")
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
#: What a paragraph of it begins with, and none of an abstract.
_SIGN_OFF = re.compile(
    rf"""[\W_]*(?:
    that['’]?s\ (?:all|it|a\ wrap)(?:[ ,](?:folks|for|from)\b|[.!,，—–]|$)
    |see\ you\ (?:all\ )?(?:next|again|soon|tomorrow|on|in)\b
    |until\ next\ (?:time|week|month|year|issue|edition|{_DAY})\b
    |thank(?:s|\ you)\b[^.!?]{{0,20}}\ for\ (?:reading|subscribing|following|joining|tuning|being
      |your\ (?:support|attention|time|readership))\b
    |thanks\ to\ (?:everyone|all\ (?:of\ you|our)|our\ (?:readers|sponsors|subscribers))\b
    |(?:was\ this\ (?:e-?mail\ |newsletter\ |issue\ )?)?forwarded\ (?:this|to\ you)\b
    |was\ this\ (?:e-?mail\ |newsletter\ |issue\ )?forwarded\b
    |(?:to\ )?(?:un)?subscribe(?:\]\(|[\W_]*$|\ (?:at|here|to\ (?:this|our))\b|[:,])
    |you(?:['’]re|\ are)?\ (?:receiv(?:e|ing)|reading|get(?:ting)?)\ this\b
    |this\ (?:message|e-?mail|mail|newsletter)\ (?:was|is)\ sent\b
    |(?:如需|需要)?(?:转载|转發|轉載)(?:请|請|或|需|及)
    |(?:have|enjoy)\ (?:a|an|your)\ (?:\w+\ )?(?:week|weekend|day|holidays?)\b
    |happy\ reading\b
    |(?:manage|update)\ your\ (?:e-?mail\ )?(?:preferences|subscription)\b
    |view\ (?:this\ (?:e-?mail\ )?)?(?:in\ (?:your\ )?browser|online)\b
    |(?:点击|點擊)?(?:退订|退訂|取消订阅|取消訂閱)
    |reply\ to\ this\ (?:e-?mail|mail|newsletter)\b
    |(?:(?:all\ the\ )?best|cheers|best\ wishes|(?:kind\ |best\ )regards
      |(?:the|your)\ editors?)[\W_]*$
    |(?:好了|那么|以上)?[，,]?(?:就是|便是)?(?:我们)?(?:本|这一?|今)[周週期次天日月]的?
      (?:周报|日报|早报|论文|内容|分享|推荐|速递|简报|精选|资讯|更新|推送|导读|介绍){{0,3}}[就先便]{{0,2}}
      (?:到这里|到這裡|到此|到这儿|是?这些|是?這些|全部内容|全部內容|(?:结束|結束)(?:了|啦|[。！!]|$))
    |[我咱让]{{0,2}}们?(?:下|明)[个個]?[周週期次天年月][一二三四五六日天]?(?:再见|再見|见|見|再会|再會)(?!\w)
    |[感谢謝]{{2}}(?:您|你|大家|各位|所有)?们?的?(?:读者|讀者|朋友)?们?的?
      (?:阅读|閱讀|关注|關注|支持|订阅|訂閱|收看|观看|陪伴|读者|讀者)
    |[关關]注我[们們]
    |欢迎(?:您|你|大家)?(?:订阅|转发|投稿|扫码|加入我们|关注(?:本|我们的?)?(?:公众号|周报|频道|刊))
    |歡迎(?:您|你|大家)?(?:訂閱|轉發|投稿)
    |(?:如果|若)?(?:您|你)?(?:觉得|喜欢)(?:本|这)[期周篇份]
    |(?:点击|點擊)?(?:订阅|訂閱)(?:地址|本|我们|我們|请|請|[:：])
    |祝(?:您|你|大家|各位|读者)[^，,。！!]{{0,8}}(?:愉快|快乐|顺利|好运|周末)
    |(?:往期|历史)(?:推荐|回顾|精选|文章|内容)[\W_]*$
    |(?:the\ )?end[\W_]*$|(?:全文|本期|本文)?完[\W_]*$
    )""",
    re.IGNORECASE | re.VERBOSE,
)
#: Who made the issue.
_CREDIT = re.compile(
    r"[\W_]*(?:责任?编辑?|编辑|小编|主编|编者|整理|编译|审核|排版|校对|编排|責任編輯|編輯|審核"
    r"|edited by|editors?|curated by|compiled by)[ ]?[:：]",
    re.IGNORECASE,
)
#: The line over a mail's signature (RFC 3676, section 4.3).
_SIGNATURE = "--"
#: What may stand below a line and is the last item's all the same: a note, a comment on it.
_FOOTNOTE = re.compile(
    r"[ \t]*(?:\[\^?\d|[†‡¹²³]|\\\*)|[\W_]*(?:notes?|n\.b\.|comments?|takeaways?|our take|tl;?dr"
    r"|why it matters|bottom line|editor['’]s note|caveats?|update|[备備补補脚腳]?[注註]"
    r"|[短锐简]?评[论语]?|点评|解读|编者按|推荐理由|启示|亮点|思考|[小总]结|一句话\w{0,4})[\W_]*[:：\d]",
    re.IGNORECASE,
)


def starts(lines: Sequence[Line]) -> list[int]:
    """Return the lines at which an outro may begin, the first of the file first."""
    places: list[int] = []
    columns, below = 0, False  # those of a paragraph; whether there is text below a rule
    for index in range(len(lines) - 1, max(0, len(lines) - _MOST_LINES), -1):
        text = lines[index].text
        mark = text.lstrip()[:1]
        if not mark:
            columns = 0
        elif mark in _MARKS and (titled := _heading(lines, index)):
            if not _closes(titled[1]) or _is_repeated(lines, text):
                break
            places.append(titled[0])
        elif mark in _MARKS and RULE.match(text):
            columns = 0
            if below:
                places.append(index)
            below = False
        else:
            columns += len(text) if text.isascii() else 2 * len(text)
            below = True
            if columns > _LONGEST:
                break
            if _begins(lines, index) and _begins_outro(lines, text):
                places.append(index)
    return _outside_code(lines, places[::-1])[:_MOST_STARTS] if places else places


def _begins_outro(lines: Sequence[Line], text: str) -> bool:
    """Return whether a paragraph begins as no abstract does, or is a stressed name of an outro."""
    if _SIGN_OFF.match(text) or text.rstrip() == _SIGNATURE:
        return True
    stressed = _STRESSED.fullmatch(text.strip())
    is_name = stressed is not None and _NAMES.fullmatch(stressed[1]) is not None
    return is_name and not _is_repeated(lines, text)


def _is_repeated(lines: Sequence[Line], text: str) -> bool:
    """Return whether several lines say the same: each is a part of its item."""
    return sum(1 for line in lines if line.text.strip() == text.strip()) > 1


def with_hashes(tail: Sequence[Line]) -> list[Line]:
    """Write underlined headings as `## …`: in a text a line below words is no heading."""
    headings = dict(_headings(tail))
    return [
        line._replace(text=f"## {line.text}")
        if line.number in headings and not heading(line.text)
        else line
        for line in tail
    ]


def stands_apart(tail: Sequence[Line], items: Sequence[DraftItem], level: int) -> bool:
    """Return whether `tail`, which stands below these items, is an outro.

    `level` is that of the headings over the items; 0 where there are none.
    """
    if not items or any(
        (is_field(line.text) and not _CREDIT.match(line.text))
        or any(map(paper_of, _urls(line.text)))
        for line in tail
    ):
        return False
    if not level and any(_is_entry_of_links(line.text) for line in tail):
        return False
    headings = dict(_headings(tail))
    first = tail[0]
    if words := headings.get(first.number):
        its_level = (heading(first.text) or (2, ""))[0]
        if level and its_level > level:  # where an article has its end, too
            return _SIGN_OFF.match(words) is not None
        # An item that is called "Feedback" has a link, where the others need not be papers.
        linked = any(line_links(line.text) for line in tail)
        return not linked or all(map(_is_paper, items))
    return not RULE.match(first.text) or _is_below_all(tail, headings, items)


def _is_below_all(
    tail: Sequence[Line], headings: Container[int], items: Sequence[DraftItem]
) -> bool:
    """Return whether a line is drawn below several items, rather than inside the last.

    Where there is one in another item, above some of its text, it may be so in each.
    """
    words = next(line for line in tail[1:] if line.text.strip())
    if len(items) == 1 or words.number in headings:
        return False
    if any(_RULE_INSIDE in _shape(item.lines) for item in items):
        return False
    shapes = [_shape(item.lines) for item in items]
    if _CREDIT.match(words.text):
        return True
    if "t" not in shapes[-1] and any("t" in shape for shape in shapes):
        return False  # the item's text itself
    if _FOOTNOTE.match(words.text) or BULLET.match(words.text):
        return False
    return not line_links(words.text) or all(shape.endswith("-") for shape in shapes[:-1])


def _shape(lines: Sequence[Line]) -> str:
    """Return what lines are: rules (`-`) and texts (`t`), each once in a row."""
    kinds = ("-" if RULE.match(line.text) else "t" for line in lines if line.text.strip())
    return "".join(kind for kind, _ in groupby(kinds))


def _headings(lines: Sequence[Line]) -> Iterator[tuple[int, str]]:
    """Yield the numbers of lines that are headings, and their words."""
    for index in range(len(lines)):
        if titled := _heading(lines, index):
            yield lines[titled[0]].number, titled[1]


def _heading(lines: Sequence[Line], index: int) -> tuple[int, str] | None:
    """Return where the heading is that a line makes: there, or in the line above; and its words."""
    text = lines[index].text
    if titled := heading(text):
        return index, titled[1]
    above = index - 1
    alone = above >= 0 and not (above and lines[above - 1].text.strip())
    if alone and _SETEXT.match(text) and titles.may_be_title(lines[above].text):
        return above, lines[above].text
    return None


def _outside_code(lines: Sequence[Line], places: Sequence[int]) -> list[int]:
    code = closed_fences(lines).items()
    return [place for place in places if not any(start < place <= end for start, end in code)]


def _begins(lines: Sequence[Line], index: int) -> bool:
    """Return whether a line begins a paragraph."""
    above = lines[index - 1].text
    return not above.strip() or above.endswith("  ") or RULE.match(above) is not None


def _closes(words: str) -> bool:
    return bool(_NAMES.fullmatch(words) or _SIGN_OFF.match(words))


def _is_entry_of_links(text: str) -> bool:
    """Return whether a line is an entry of a list that is a title on its link."""
    return bool(BULLET.match(text)) and any(
        not link_names.names_itself(link) for link in line_links(text)
    )


def _urls(text: str) -> Iterator[str]:
    return (link.url for link in links_in(titles.inlines(text)))


def _is_paper(draft: DraftItem) -> bool:
    return any(paper_of(link.url) for link in draft.links)
