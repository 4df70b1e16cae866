"""Lines that are headings by the line below them: `Title` over a rule, `#Title` over its link."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from publisher.digest.language import last_mark
from publisher.digest.markdown import inline
from publisher.digest.markdown.line_marks import BULLET, RULE, is_field
from publisher.model import Emphasis, Inline, Link, Strong, plain

_UNDERLINE = re.compile(r"[ \t]*(?:(=+)|-{3,})[ \t]*$")
#: What begins a row of a table, and a paragraph.
_NO_TITLES = ("|", "\u3000")
_LONGEST_TITLE = 200
#: What ends a sentence; a title may be a question.
_STOPS = frozenset("。.；;")
#: Labels of what is a title or a link already, beside those of fields.
_LABEL = re.compile(
    r"[\W_]*(?:(?:[中英原]文|论文)?(?:标题|题目|题名)|链接|地址|网址|论文|原文|代码|主页|项目"
    r"|(?:paper )?(?:title|links?|urls?|pdf|code|project|arxiv))[\W_]{0,6}?[:：]",
    re.IGNORECASE,
)
#: The label of a link: `论文：`.
_BESIDE_LINK = re.compile(r"[^。！？.!?:：\n]{1,24}[:：]")


def underlined(title: str, below: str) -> int:
    """Return the level of the heading that a line is because of the one below; 0 if it is none.

    A row of `=` or `-` makes one of a line above that may be a title (CommonMark 4.3). Below a
    whole sentence, a link or a labelled field it is the rule people draw between items.
    """
    mark = below.lstrip()[:1]
    match = _UNDERLINE.match(below) if mark and mark in "=-" else None
    if not match or title.startswith(_NO_TITLES) or not _may_be_title(title):
        return 0
    if BULLET.match(title) or RULE.match(title):
        return 0
    if is_field(title) or _LABEL.match(title) or any(isinstance(n, Link) for n in _flat(title)):
        return 0
    return 1 if match[1] else 2


def above_links(below: str) -> bool:
    """Return whether `#Title` is a heading over the line `below`: it holds links, no words."""
    nodes = list(_flat(below))
    beside = plain([node for node in nodes if not isinstance(node, Link)])
    return any(isinstance(node, Link) for node in nodes) and not any(
        map(str.isalnum, _BESIDE_LINK.sub("", beside))
    )


def _may_be_title(text: str) -> bool:
    text = text.strip()
    return (
        0 < len(text) <= _LONGEST_TITLE
        and (last_mark(text) not in _STOPS or text.endswith("et al."))
        and any(map(str.isalnum, text))
    )


def _flat(text: str) -> Iterator[Inline]:
    """Yield the nodes of a line with stress taken off."""
    stack: list[Sequence[Inline]] = [inline.parse(text.strip(), lambda *_: None)]
    while stack:
        for node in stack.pop():
            if isinstance(node, Strong | Emphasis):
                stack.append(node.children)
            else:
                yield node
