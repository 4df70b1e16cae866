"""MediaWiki: `== Section ==`, `[https://… words]`, `'''bold'''`, `[[Page|words]]`, lists of `#`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.notations.page import Page, UnreadableError
from publisher.digest.source import Line, Report
from publisher.model import Level

_HEADING = re.compile(r"(={1,6})[ \t]*([^=\s](?:.*[^=\s])?)[ \t]*\1[ \t]*$")
_LIST = re.compile(r"([*#:;]{1,8})[ \t]*(?=\S)")
_MARK = re.compile(
    r"<nowiki>(?P<plain>[^\n]{0,300}?)</nowiki>"
    r"|\[(?P<url>https?://[^\s\[\]]{1,2000})(?:[ \t]+(?P<words>[^\[\]\n]{1,500}))?\](?!\()"
    r"|\[\[(?P<page>[^\[\]|\n]{1,300})(?:\|(?P<shown>[^\[\]\n]{0,300}))?\]\]"
    r"|'''''(?P<both>[^\n]{1,300}?)'''''|'''(?P<bold>[^\n]{1,300}?)'''|''(?P<italic>[^\n]{1,300}?)''"
)
_DROPPED = re.compile(r"(?:category|file|image|分类|文件|图像)[ \t]*:", re.IGNORECASE)
_TEMPLATE = re.compile(r"\{\{[^{}\n]{1,500}\}\}")
_SWITCH = re.compile(r"__[A-Z]{3,20}__[ \t]*$")
_SIGN = re.compile(
    r"\[https?://[^\s\[\]]{1,2000}[ \t][^\[\]\n]{1,500}\](?!\()|'''|^\{\|", re.MULTILINE
)
_RULE = re.compile(r"-{4,}[ \t]*$")
_ATTRIBUTES = re.compile(r"[ \t]*(?:[\w-]{1,40}=\"[^\"\n]{0,200}\"[ \t]*){1,10}\|(?!\|)")


def is_notation_of(lines: Sequence[Line], text: str) -> bool:
    """Return whether a file is in MediaWiki's notation: headings between `=`, and its links."""
    heads = [line for line in lines if line.text[:1] == "=" and _HEADING.match(line.text)]
    if not any(line.text.startswith("==") for line in heads):
        return False
    if "](http" in text:
        return False
    if _SIGN.search(text):
        return True
    spaced = [line for line in heads if " " in line.text.strip("=")[:1]]
    return len(spaced) > 1 and not any(line.text.startswith("# ") for line in lines)


def rewritten(lines: Sequence[Line], report: Report) -> Sequence[Line]:
    """Write a file in MediaWiki's notation as Markdown; raise UnreadableError for some tables."""
    page = Page()
    index = 0
    while index < len(lines):
        number, text, column = lines[index]
        if head := _HEADING.match(text):
            page.heading(number, len(head[1]), _text(head[2], number, page))
        elif text.startswith("{|"):
            index = _table(lines, index, page)
        elif _SWITCH.match(text):
            page.leave_out("settings of MediaWiki", [number])
        elif _RULE.match(text):
            page.block(number, "---")
        elif entry := _LIST.match(text):
            page.add(number, _entry(entry[1]) + _text(text[entry.end() :], number, page))
        else:
            shown = _text(text, number, page)
            if shown or not text:
                page.add(number, shown, column)
        if "{{" in text and (template := _TEMPLATE.search(text)):
            what = f"a template of MediaWiki is shown as typed: {template[0][:80]}"
            report(number, template.start() + 1, Level.warning, "template", what)
        index += 1
    page.tell(report)
    return page.lines


def _entry(marks: str) -> str:
    """Return what begins an entry: the last mark says of what list, their number how deep."""
    if marks[-1] == ";":
        return ""
    if marks[-1] == ":":
        return "  " * (len(marks) - 1)
    return "   " * (len(marks) - 1) + ("1. " if marks[-1] == "#" else "- ")


def _text(text: str, number: int, page: Page) -> str:
    def written(match: re.Match[str]) -> str:
        if match["url"]:
            words = match["words"]
            return f"[{words}](<{match['url']}>)" if words else f"<{match['url']}>"
        if match["page"]:
            if _DROPPED.match(match["page"]):
                page.leave_out("categories and pictures of MediaWiki", [number])
                return ""
            return match["shown"] or match["page"].lstrip(":")
        if match["both"] or match["bold"]:
            return f"**{match['both'] or match['bold']}**"
        return f"*{match['italic']}*" if match["italic"] else match["plain"] or ""

    return _MARK.sub(written, text).strip() if "[" in text or "'" in text or "<" in text else text


def _table(lines: Sequence[Line], start: int, page: Page) -> int:
    """Write a table; give the index of its last line."""
    rows: list[tuple[int, list[str]]] = []
    named = False
    for index in range(start + 1, len(lines)):
        number, text, _ = lines[index]
        mark = text.strip()[:1]
        if text.startswith("|}"):
            page.table(lines[start].number, [row for row in rows if row[1]], named=named)
            return index
        if text.startswith("|+"):
            page.block(number, _text(text[2:].strip(), number, page))
        elif text.startswith("|-"):
            rows.append((number, []))
        elif mark and mark in "|!":
            rows = rows or [(number, [])]
            named = named or (mark == "!" and not any(cells for _, cells in rows))
            rows[-1][1].extend(_cells(text, number, page))
        elif mark:
            what = "a table of MediaWiki with cells of several lines is not read"
            raise UnreadableError(f"{what}; write it as a list, or in Markdown", number)
    raise UnreadableError("no |} closes this table of MediaWiki", lines[start].number)


def _cells(text: str, number: int, page: Page) -> list[str]:
    mark = text.strip()[0]
    parts = re.split(r"\|\||!!" if mark == "!" else r"\|\|", text.strip()[1:])
    return [_text(_ATTRIBUTES.sub("", part, count=1).strip(), number, page) for part in parts]
