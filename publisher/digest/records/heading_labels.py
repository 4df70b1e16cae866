"""Headings that are labels of a paper's parts, and headings of sections: they are no titles."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Sequence

from publisher.digest.fields import item_numbers, link_names, titles
from publisher.digest.fields.labels import role_of
from publisher.digest.records.layout import BOLD, Kind, Layout, Place
from publisher.digest.records.units import Range

#: How far above a heading another may stand that it is a part of, in headings.
_NEAR = 12
#: Papers whose parts are numbered.
_FEWEST_PARTS = 2


def labels(layout: Layout, headings: Sequence[int]) -> set[int]:
    """Return the headings that are labels of a paper's parts, as `### 摘要` is, and no titles.

    They say what a label of a field says, or the same stands below several others.
    """
    names: dict[str, list[int]] = {}
    linked = {address.line for address in layout.addresses}
    parents: dict[int, int] = {}
    above: list[tuple[int, str]] = []
    for index in headings:
        name = item_numbers.unnumbered(
            titles.title_of(titles.inlines(layout.text(index)))
        ).casefold()
        parents[index] = next((i for i, other in reversed(above) if other != name), -1)
        above = [*above[-_NEAR:], (index, name)]
        names.setdefault(name, []).append(index)
    labelled: set[int] = set()
    for name, indexes in names.items():
        is_part = len({parents[index] for index in indexes}) > 1
        if linked.intersection(indexes) and not (is_part and link_names.names_a_link(name)):
            continue
        is_name = any(map(str.isalpha, name)) and link_names.names_a_link(name)
        is_name = is_name and not item_numbers.is_counted(name)
        if is_part or (
            name and (role_of(name) or is_name) and not _is_over_papers(layout, indexes)
        ):
            labelled.update(indexes)
    labelled |= _numbered_parts(layout, headings, linked)
    return labelled if len(labelled) < len(headings) else set()


def is_section(layout: Layout, index: int, labels: set[int]) -> bool:
    """Return whether a heading stands over papers and is the title of none.

    A deeper heading stands directly below it; or a title in stress or on a link, and it says what
    papers these are: `## Paper of the day`.
    """
    below = index + 1
    while below < len(layout.kinds) and layout.kinds[below] in (Kind.blank, Kind.rule):
        below += 1
    level = layout.levels[below] if below < len(layout.kinds) else 0
    is_titled = level == BOLD > layout.levels[index] or any(
        address.is_titled and address.paper
        for address in Range.of(layout, below, below + 1).addresses
    )
    if is_titled and names_section(layout.text(index)):
        return True
    return layout.levels[index] < level < BOLD and below not in labels


def names_section(text: str) -> bool:
    """Return whether words say of papers which they are, as `Paper of the day` does."""
    return len(text) <= _LONGEST_NAME and _SECTION.fullmatch(text) is not None


_LONGEST_NAME = 80
#: What a heading is made of that says of papers which they are, and is no title of one.
_SECTION = re.compile(
    r"(?:\b(?:the|of|to|our|this|your|a|an|and|from|you|may|have|missed|also|in|on|other|others"
    r"|more|top|main|best|new|hot|must|long|short|quick|brief|latest|featured|feature|notable"
    r"|trending|popular|selected|recommended|runners?[-\x20]ups?|rest|editor'?s?|honou?rable"
    r"|deep|daily|weekly|monthly|day|week|month|today'?s?|papers?|articles?|research|picks?"
    r"|reads?|reading|highlights?|news|choices?|stor(?:y|ies)|mentions?|spotlights?"
    r"|favou?rites?|hits?|dives?|roundup|arxiv|ai)\b"
    r"|论文|文章|精选|推荐|推薦|速览|速覽|重点|重點|其他|其它|头条|今日|本周|本月|本期|每日|每周|热门"
    r"|熱門|最新|更多|必读|必讀|亮点|关注|值得|一读|的|最佳|之|首选|篇|深度|简讯|快讯|荐|重磅|研究"
    r"|[\W\d_])+",
    re.IGNORECASE,
)


def _numbered_parts(layout: Layout, headings: Sequence[int], linked: Container[int]) -> set[int]:
    """Return the numbered headings that begin anew below each heading without a number.

    They are parts of papers even on the level of these, as `# 1. Introduction` is.
    """
    numbers = {index: item_numbers.NUMBER.match(layout.text(index)) for index in headings}
    own = [index for index, number in numbers.items() if not number]
    parts = [index for index, number in numbers.items() if number and index not in linked]
    firsts = [i for i in parts if (number := numbers[i]) and number[0].strip()[:-1] in ("1", "一")]
    top = min((layout.levels[index] for index in parts), default=0)
    is_level = any(layout.levels[index] == top for index in own)
    if len(firsts) < _FEWEST_PARTS or not is_level or len(parts) <= len(own):
        return set()
    places = [bisect_right(own, index) for index in firsts]
    return set(parts) if len(set(places)) == len(places) and 0 not in places else set()


def _is_over_papers(layout: Layout, headings: Sequence[int]) -> bool:
    """Return whether below one of these headings an entry or a row is a paper's title."""
    for index in headings:
        end = next(
            (i for i in range(index + 1, len(layout.levels)) if layout.levels[i]),
            len(layout.levels),
        )
        addresses = Range.of(layout, index + 1, end).addresses
        heads = [a for a in addresses if a.paper and a.place is Place.head]
        for address in heads:
            nodes = titles.inlines(layout.text(address.line))
            if address.is_titled or titles.has_marked_title(nodes):
                return True
    return False
