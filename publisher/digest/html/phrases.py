"""Words that stand by themselves: what is over something folded, and lines as one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from publisher.digest.markdown.inline import SEAMLESS

_BARE = re.compile(
    r"(?:details?|abstracts?|summary|more|show|hide|view|see|read|open|close|click|tap|press|here"
    r"|me|to|for|on|and|the|full|all|un|fold|expand|collapse|toggle|reveal|info(?:rmation)?"
    r"|展开|展開|收起|折叠|折疊|点击|點擊|点此|此处|这里|查看|显示|顯示|隐藏|隱藏|更多|全部|全文|阅读"
    r"|閱讀|详情|詳情|详细|詳細|细节|内容|內容|信息|摘要|详解|以|可|并|或|即可|後|后|[\W_])*",
    re.IGNORECASE,
)
_LONGEST = 40
_NOTHING = re.compile(
    r"<br ?/?>|&(?:nbsp|ensp|emsp|thinsp|zwnj|zwj|shy|#160|#8203|#xa0);", re.IGNORECASE
)


def is_bare(words: str) -> bool:
    """Return whether the words over something folded name nothing of it: `Details`, `点击展开`."""
    return len(words) <= _LONGEST and _BARE.fullmatch(words) is not None


def is_blank(line: str) -> bool:
    """Return whether nothing is to be seen in a line: spaces and line breaks at most."""
    return not line.strip() or (line.lstrip()[0] in "<&" and not _NOTHING.sub("", line).strip())


def strong(words: str) -> str:
    """Return words as a line that stands out; a link, or what does already, as it is."""
    return words if not words or "](" in words or "**" in words else f"**{words}**"


def joined(lines: Iterable[str]) -> str:
    """Return lines as one: a line end is a space, and nothing between characters of Chinese."""
    parts: list[str] = []
    for line in lines:
        words = line.strip()
        if words and parts and not SEAMLESS.match(parts[-1][-1] + words[0]):
            parts.append(" ")
        if words:
            parts.append(words)
    return "".join(parts)
