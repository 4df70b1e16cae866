"""The marks that a line begins with: hashes, bullets and numbers, drawn lines, fences, labels."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.source_text import Line

_HASHES = re.compile(r" {0,3}([#＃]{1,6})(?![#＃])")
#: Markdown's, and the lines that people draw, of one mark or of several (`%%--%%--%%`).
#: A group that repeats would take 146 bytes for each mark of a line.
RULE = re.compile(
    " {0,3}(?:"
    + "|".join(rf"{m}[ \t]*+{m}[ \t]*+{m}[{m} \t]*+" for m in (r"\-", r"\*", *"_=━─═—"))
    + r"|(?=[^ \t])[-*_=~%·—–―\u2500-\u259f \t]{5,}+)$"
)
_ANCHOR = re.compile(r"[ \t]*\{#[^{}\s]{1,200}\}$")
_FENCES = ("```", "~~~")
_FENCE = re.compile(r" {0,3}(?:(`{3,})[^`]*$|(~{3,}))")
BULLET = re.compile(
    r"([ \t]*)(?:[-*+][ \t\u3000]++|[•●▪‣◦∙·][ \t\u3000]*+"
    r"|([0-9]{1,9})(?:[.)][ \t\u3000]++|、[ \t]*+))(?=.)"
)
#: What begins an entry of a list of things to do.
CHECKBOX = re.compile(r"\[[ xX]\][ \t]+")
#: What a line begins with that says something of a paper beside its title, in lower case.
_FIELD = re.compile(
    r"[\W_]*(?:作者|机构|单位|发表|发布|日期|时间|来源|会议|期刊|关键词|标签|领域|分类|摘要|简介"
    r"|authors?|affiliations?|published|date|venue|keywords?|tags?|categories|comments?|abstract"
    r"|tl;?dr)[^:：\n]{0,12}[:：]"
)
_NEAR = 60


def heading(text: str) -> tuple[int, str] | None:
    """Return the level and the words of a line that is a heading (`## words ##`).

    `##标题` without a space is one too, and so is `＃ 标题`; `#标题` is a tag. An anchor
    (`{#words}`) is no part of it.
    """
    match = _HASHES.match(text)
    if not match:
        return None
    level, rest = len(match[1]), text[match.end() :]
    if level == 1 and rest and not rest[0].isspace():
        return None
    words = rest.strip()
    if words.endswith("}"):
        words = _ANCHOR.sub("", words)
    bare = words.rstrip("#")
    return level, bare.rstrip() if not bare or bare[-1].isspace() else words


def is_field(text: str) -> bool:
    """Return whether a line says of a paper who wrote it, where and when: it stands by itself."""
    start = text[:_NEAR]
    return (":" in start or "：" in start) and _FIELD.match(start.lower()) is not None


class Fences:
    """Finds where fenced blocks end; to be asked of lines in their order."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        #: The lines that may open or close one.
        self.marked = [i for i, line in enumerate(lines) if line.text.lstrip().startswith(_FENCES)]
        self._places = {index: place for place, index in enumerate(self.marked)}
        self._hopeless: dict[str, int] = {}  # the shortest fence of a mark known to stay open

    def end(self, index: int) -> int | None:
        """Return the line that closes the block which the line at `index` opens, if it does."""
        place = self._places.get(index)
        match = _FENCE.match(self.lines[index].text) if place is not None else None
        if place is None or not match:
            return None
        fence = match[1] or match[2]
        if len(fence) >= self._hopeless.get(fence[0], len(fence) + 1):
            return None
        for later in range(place + 1, len(self.marked)):
            text = self.lines[self.marked[later]].text.strip()
            if text.startswith(fence) and not text.strip(fence[0]):
                return self.marked[later]
        self._hopeless[fence[0]] = len(fence)
        return None


def closed_fences(lines: Sequence[Line]) -> dict[int, int]:
    """Map the index of each line that opens a fenced block to that of the line that closes it.

    A fence nobody closes is text: it would swallow the rest of the file.
    """
    ends: dict[int, int] = {}
    # Most texts have none.
    if not [1 for line in lines if line.text.lstrip().startswith(_FENCES)]:
        return ends
    fences = Fences(lines)
    inside = -1
    for index in fences.marked:
        end = fences.end(index) if index > inside else None
        if end is not None:
            ends[index] = inside = end
    return ends
