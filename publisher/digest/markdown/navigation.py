"""Lines that only lead to another place in the file, as `[⬆ Back to top](#top)` does."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.markdown.line_marks import closed_fences
from publisher.digest.source_text import Line, Report
from publisher.model import Level

#: What all such lines hold; it is looked for first, since most lines do not.
_HINT = re.compile("back to|top|[返回][回到目]", re.IGNORECASE)
_WORDS = ("top", "to top")
_LONGEST = 400
_LINE = re.compile(
    r"[ \t>]{0,8}(?:[*+-][ \t]+)?[^\w\n]{0,12}"
    r"(?:(?:(?:go|jump|scroll)[ ])?back to (?:the )?(?:top|contents?|toc|table of contents|index)"
    r"|(?:to )?top|(?:点击|點擊)?(?:返回|回到?)(?:页面|頁面|本页|本頁)?"
    r"(?:目录|目錄|顶部|頂部|顶端|頂端|开头|開頭|首页|首頁|总览))"
    r"[^\w\n(]{0,12}(?P<link>\(#[^()\s]{0,300}\))?[^\w\n]{0,12}",
    re.IGNORECASE,
)


def removed(lines: Sequence[Line], report: Report) -> Sequence[Line]:
    """Return lines without those that only lead back to the top or to the list of contents."""
    places = [index for index, line in enumerate(lines) if _leads_back(line.text)]
    if not places:
        return lines
    code = {i for start, end in closed_fences(lines).items() for i in range(start, end + 1)}
    changed = list(lines)
    for index in places:
        line = lines[index]
        if index not in code:
            changed[index] = line._replace(text="")
            what = f"left out: it leads to another place in the file: {line.text.strip()}"
            report(line.number, line.column, Level.info, "navigation", what)
    return changed


def _leads_back(text: str) -> bool:
    """Return whether a line is such a link; `Top` alone, without a sign or a link, is a word."""
    if not text or len(text) > _LONGEST or not _HINT.search(text):
        return False
    match = _LINE.fullmatch(text)
    return match is not None and (match["link"] is not None or text.strip().lower() not in _WORDS)
