"""MediaWiki: `== Section ==`, `[https://… words]`, `'''bold'''`, `[[Page|words]]`, lists of `#`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.notations.page import Page, UnreadableError
from publisher.digest.source_text import Line, Report
from publisher.model import Level

_HEADING = re.compile(r"(={1,6})[ \t]*([^=\s](?:.*[^=\s])?)[ \t]*\1[ \t]*$")
_LIST = re.compile(r"([*#:;]{1,8})[ \t]*(?=\S)")
_MARK = re.compile(
    r"<nowiki>(?P<plain>[^\n]{0,300}?)</nowiki>"
    r"|<(?P<math>math)\b[^<>\n]{0,100}>(?P<formula>[^\n]{1,500}?)</(?P=math)>"
    r"|<ref\b[^<>\n]{0,200}(?<!/)>(?P<note>[^\n]{1,1000}?)</ref>"
    r"|(?P<nothing></?(?:ref\b[^<>\n]{0,200}/|references\b[^<>\n]{0,200}|nowiki[ ]?/)>)"
    r"|\[(?P<url>https?://[^\s\[\]]{1,2000})(?:[ \t]+(?P<words>[^\[\]\n]{1,500}))?\](?!\()"
    r"|\[\[(?P<page>[^\[\]|\n]{1,300})(?:\|(?P<shown>[^\[\]\n]{0,300}))?\]\]"
    r"|'''''(?P<both>[^\n]{1,300}?)'''''|'''(?P<bold>[^\n]{1,300}?)'''|''(?P<italic>[^\n]{1,300}?)''"
)
#: Wikis whose pages are papers: `[[arxiv:2602.90001|words]]`.
_WIKIS = {"arxiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}
_DROPPED = re.compile(r"(?:category|file|image|分类|文件|图像)[ \t]*:", re.IGNORECASE)
_TEMPLATE = re.compile(r"\{\{[^{}\n]{1,500}\}\}")
_SWITCH = re.compile(r"__[A-Z]{3,20}__[ \t]*$")
_SIGN = re.compile(
    r"\[https?://[^\s\[\]]{1,2000}[ \t][^\[\]\n]{1,500}\](?!\()|'''|^\{\|", re.MULTILINE
)
_RULE = re.compile(r"-{4,}[ \t]*$")
_ATTRIBUTES = re.compile(
    r"[ \t]*(?:[\w-]{1,40}[ ]?=[ ]?(?:\"[^\"\n]{0,200}\"|[^\s\"|]{1,100})[ \t]*){1,10}\|(?!\|)"
)
_SPAN = re.compile(r"\b(col|row)span[ ]?=[ ]?\"?[ ]?([0-9]{1,2})\b")
#: Lines that a template may have.
_LONGEST = 500
_SETTINGS = "settings of MediaWiki"
_PICTURES = "categories and pictures of MediaWiki"
_STRESS = {"both": ("**", "**"), "bold": ("**", "**"), "italic": ("*", "*"), "formula": ("$", "$")}


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
    in_list = False
    while index < len(lines):
        number, text, _ = lines[index]
        is_entry = _LIST.match(text) is not None
        if in_list and not is_entry:
            page.part()
        in_list = is_entry
        if "{{" in text and (template := _TEMPLATE.search(text)):
            what = f"a template of MediaWiki is shown as typed: {template[0][:80]}"
            report(number, template.start() + 1, Level.warning, "template", what)
        last = _template(lines, index) if text.startswith("{{") else None
        if last:
            what = f"left out to line {lines[last].number}: a template of MediaWiki"
            report(number, 1, Level.warning, "template", what)
            index = last + 1
        else:
            index = _take(lines, index, page)
    page.tell(report)
    return page.lines


def _take(lines: Sequence[Line], index: int, page: Page) -> int:
    """Write the line at `index`, and those that belong to it; return the index of the next."""
    number, text, column = lines[index]
    if head := _HEADING.match(text):
        page.heading(number, len(head[1]), _text(head[2], number, page))
    elif text.startswith("{|"):
        index = _table(lines, index, page)
    elif _SWITCH.match(text):
        page.leave_out(_SETTINGS, [number])
    elif _RULE.match(text):
        page.block(number, "---")
    elif (entry := _LIST.match(text)) and entry[1] == ";":
        index = _term(lines, index, page)
    elif entry:
        page.add(number, _entry(entry[1]) + _text(text[entry.end() :], number, page))
    else:
        shown = _text(text, number, page)
        if shown or not text:
            page.add(number, shown, column)
    return index + 1


def _entry(marks: str) -> str:
    """Return what begins an entry: the last mark says of what list, their number how deep."""
    if marks[-1] == ";":
        return ""
    if marks[-1] == ":":
        return "  " * (len(marks) - 1)
    return "   " * (len(marks) - 1) + ("1. " if marks[-1] == "#" else "- ")


def _term(lines: Sequence[Line], index: int, page: Page) -> int:
    """Write a term with what is said of it, on its line or below; return the index of the last."""
    number, text, _ = lines[index]
    term = _text(text.strip("; \t"), number, page)
    below = lines[index + 1].text if index + 1 < len(lines) else ""
    page.part()
    if " : " in term or term.endswith((":", "：")):
        page.add(number, term)
    elif below[:1] == ":" and "](" not in term:
        page.field(number, term, _text(below.strip(": \t"), number + 1, page))
        index += 1
    else:
        page.add(number, f"**{term}**" if "](" not in term else term)
    page.part()
    return index


def _template(lines: Sequence[Line], start: int) -> int | None:
    """Return the index of the line that ends a template of several lines; None for others."""
    if "}}" in lines[start].text:
        return None
    for index in range(start + 1, min(start + _LONGEST, len(lines))):
        if lines[index].text.rstrip().endswith("}}"):
            return index
        if _HEADING.match(lines[index].text):
            break
    return None


def _text(text: str, number: int, page: Page) -> str:
    def written(match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        if match["page"] and not _DROPPED.match(match["page"]):
            return _page(match["page"].strip().lstrip(":"), match["shown"] or "")
        if match["page"] or match["nothing"]:
            page.leave_out(_PICTURES if match["page"] else _SETTINGS, [number])
            return ""
        if match["note"]:
            return f" ({_text(match['note'], number, page)})"
        if match["url"]:
            url = f"<{match['url']}>"
            return f"[{match['words']}]({url})" if match["words"] else url
        left, right = _STRESS.get(kind, ("", ""))
        return f"{left}{(match[kind] if kind else '').strip()}{right}"

    return _MARK.sub(written, text).strip() if "[" in text or "'" in text or "<" in text else text


def _page(name: str, words: str) -> str:
    """Return a link to a page of the wiki as its words, one to a paper as a link."""
    wiki, _, number = name.partition(":")
    url = _WIKIS.get(wiki.lower(), "")
    return f"[{words or name}](<{url}{number.strip()}>)" if url and number else words or name


def _table(lines: Sequence[Line], start: int, page: Page) -> int:
    """Write a table; return the index of its last line."""
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
    cells: list[str] = []
    for part in parts:
        attributes = _ATTRIBUTES.match(part)
        spans = dict(_SPAN.findall(attributes[0] if attributes else ""))
        if int(spans.get("row", 1)) > 1:
            what = "a table of MediaWiki with cells over several rows is not read"
            raise UnreadableError(f"{what}; write it as a list, or in Markdown", number)
        cells.append(_text(part[attributes.end() if attributes else 0 :].strip(), number, page))
        cells += [""] * (int(spans.get("col", 1)) - 1)
    return cells
