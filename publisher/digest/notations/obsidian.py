"""Obsidian's additions to Markdown: `[[page|words]]`, callouts, `==marks==`, `%%comments%%`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.fields.link_lines import line_links
from publisher.digest.markdown.autolink import paper_of
from publisher.digest.markdown.line_marks import closed_fences, heading
from publisher.digest.notations.page import Page
from publisher.digest.source_text import Line, Report

#: What is in code or a formula is nobody's mark.
_KEPT = r"``[^\n]{1,300}?``|`[^`\n]{1,300}`|\$\$[^$\n]{1,500}\$\$|\$[^$\n]{1,300}\$"
#: A page's name; an address or a number (`[[1]]`) is none.
_PAGE = (
    r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}(?=[\]|#])"  # a day's notes
    r"|(?![\d\s,.;-]*\]|\s|https?:|www\.))[^\[\]|\n]{0,200}(?<![\s\[])"
)
#: A token (`[[MASK]]`) is a page's name only beside others.
_MASK = re.compile(r"[A-Z0-9_]{1,30}")
_LINK = (
    rf"(?<!\[)(?P<embed>!?)\[\[(?P<page>{_PAGE})(?:\\?\|(?P<words>[^\[\]\n]{{0,200}}))?\]\]"
    r"(?![(\[\]:]|（https?:)"
)
_MARKED = r"(?<![\w=<>!+*/-])==(?P<marked>[^\s=](?:[^=\n]{0,300}?[^\s=])?)==(?![\w=])"
_COMMENT = r"(?<![%\d])%%(?P<comment>(?=[^%\n]*[^\W\d_])[^%\n]{1,500})%%(?!%)"
_NOTE = r"(?<=[^\s$])\^\[(?P<note>(?=[^\[\]\n]{0,100}[^\W\d_]{2})[^\[\]\n]{2,500})\](?![(\[])"
_TOKEN = re.compile(f"{_KEPT}|{_LINK}|{_MARKED}|{_COMMENT}|{_NOTE}")
_ANCHOR = re.compile(r"(?:^|[ \t])\^(?=[\w-]*[A-Za-z])[A-Za-z0-9-]{4,60}[ \t]*$")
_FIELD = re.compile(
    r"(?P<lead>[ \t]*(?:[-*+][ \t]+)?)(?:\*\*)?(?P<name>[^\W\d_][\w /-]{0,40})(?:\*\*)?::(?:\*\*)?"
    r"[ \t]+(?=\S)"
)
#: What Logseq notes for itself: it may stand where an entry's words begin.
_PROPERTY = re.compile(
    r"(?P<lead>[ \t]*(?:[-*+][ \t]+)?)(?:collapsed|id|heading|ls-type|hl-\w{1,20}"
    r"|logseq\.[\w.-]{1,40}|background-color|created-at|updated-at)::[ \t]+\S+[ \t]*$"
)
_INLINE_FIELD = re.compile(
    r"[\[(](?P<key>[^\W\d_][\w /-]{0,40}):: (?P<value>[^\[\]()\n]{1,200})[\])](?!\()"
)
_CALLOUT = re.compile(
    r"(?P<quote>[ \t]*(?:>[ \t]?){1,8})\[!(?P<kind>[\w-]{1,40})(?:\|[^\]\n]{0,60})?\][+-]?[ \t]*"
    r"(?P<title>.*)$"
)
_QUOTE = re.compile(r"[ \t]*>[ \t]?")
_OTHERS = "block ids and comments of Obsidian, and the files it embeds"
_PROPERTIES = "what Logseq notes for itself"


def rewritten(lines: Sequence[Line], report: Report) -> Sequence[Line]:
    """Write what only Obsidian knows as Markdown; the lines themselves where there is nothing."""
    has_callouts = any("[!" in line.text for line in lines)
    page = Page()
    fences = closed_fences(lines)
    index = open_to = 0  # up to `open_to` nothing closes a comment
    level = 2  # that of a heading here, 0 in the text of an item
    while index < len(lines):
        line = lines[index]
        if index in fences:
            page.lines += lines[index : fences[index] + 1]
            index = fences[index]
        elif index >= open_to and _opens_comment(line.text):
            end, is_closed = _end(lines, index)
            if is_closed:
                page.leave_out(_OTHERS, range(line.number, lines[end].number + 1))
                index = end
            else:
                open_to = end
                _write(line, page)
        elif "[!" in line.text and (callout := _CALLOUT.match(line.text)):
            index = _callout(lines, index, callout, level, page)
        elif "::" in line.text and (noted := _PROPERTY.match(line.text)):
            page.leave_out(_PROPERTIES, [line.number])
            below = lines[index + 1] if index + 1 < len(lines) else None
            if noted["lead"].strip() and below and below.text[:1].isspace():
                index += 1
                lead = noted["lead"]
                _write(below._replace(text=lead + below.text.lstrip()), page)
        else:
            if titled := heading(line.text):
                level = 0 if "](" in titled[1] or "http" in titled[1] else titled[0] + 1
            elif level and has_callouts and _leads_to_paper(line.text):
                level = 0
            _write(line, page)
        index += 1
    page.tell(report)
    return page.lines if page.lines != list(lines) else lines


def may_be(text: str, bracketed: set[str]) -> bool:
    """Return whether there may be a mark of Obsidian's, by what follows each `[` of a text."""
    return (
        bool({"", "!"} & bracketed)
        or ("=" in text and "==" in text)
        or ("%" in text and "%%" in text)
        or ("^" in text and (" ^" in text or "^[" in text))
        or "" in text.split(":")
    )


def _opens_comment(text: str) -> bool:
    """Return whether a comment of several lines may begin with a line."""
    words = text.strip()
    return words == "%%" or (
        words[:2] == "%%" and words[2:3] not in ("%", "-", "") and "%%" not in words[2:]
    )


def _end(lines: Sequence[Line], index: int) -> tuple[int, bool]:
    """Return where a comment of several lines ends, and whether it does before the next heading.

    It ends with `%%` at the end of a line.
    """
    for end in range(index + 1, len(lines)):
        words = lines[end].text.strip()
        if words.endswith("%%") and not words[-3:-2].isdigit():
            return end, "%%" not in words[:-2]
        if words[:1] == "#" and heading(lines[end].text):
            return end, False
    return len(lines), False


def _write(line: Line, page: Page) -> None:
    text, taken_out = _marked(line.text)
    if taken_out:
        page.leave_out(_OTHERS, [line.number])
        if not text.strip():
            return
        text = text if line.text[:1].isspace() else text.lstrip()
    page.keep(line if text == line.text else line._replace(text=text))


def _marked(text: str) -> tuple[str, bool]:
    """Return a line in Markdown, and whether something of it is left out."""
    taken_out = 0
    tokens = _TOKEN.finditer(text) if "[[" in text else ()
    has_page = any(m["page"] and not _MASK.fullmatch(m["page"]) for m in tokens)

    def written(match: re.Match[str]) -> str:
        nonlocal taken_out
        if match["page"] is not None and has_page:
            if match["embed"]:
                taken_out += 1
                return ""
            words = match["words"] or match["page"].replace("#", " > ").lstrip(" >^")
            return words.strip()
        if match["marked"]:
            return f"**{match['marked']}**"
        if match["comment"]:
            taken_out += 1
            return ""
        return f" ({match['note']})" if match["note"] else match[0]

    if any(mark in text for mark in ("[[", "==", "%%", "^[")):
        text = _TOKEN.sub(written, text)
    if "::" in text and "`" not in text:
        if match := _FIELD.match(text):
            text = f"{match['lead']}**{match['name']}**: {text[match.end() :]}"
        text = _INLINE_FIELD.sub(r"**\g<key>**: \g<value>", text)
    if "^" in text and text.count("$") % 2 == 0 and (anchor := _ANCHOR.search(text)):
        taken_out += 1
        text = text[: anchor.start()].rstrip()
    return text, taken_out > 0


# --- Callouts -----------------------------------------------------------------------------


def _callout(
    lines: Sequence[Line], index: int, match: re.Match[str], level: int, page: Page
) -> int:
    """Write a callout; return the index of its last line that is written.

    A paper's is a part with a heading, any other a quote with a title.
    """
    first = lines[index]
    if level and match["title"] and match["quote"].count(">") == 1:
        inside = []
        end = index + 1
        while end < len(lines) and (bar := _QUOTE.match(lines[end].text)):
            if lines[end].text.startswith("[!", bar.end()):  # the next one
                break
            inside.append(lines[end].after(bar.end()))
            end += 1
        if any(_leads_to_paper(line.text) for line in (Line(0, match["title"]), *inside)):
            page.heading(first.number, level, _title(match))
            for line in inside:
                if "[!" in line.text and (inner := _CALLOUT.match(line.text)):
                    _quote(line, inner, page)
                else:
                    _write(line, page)
            page.part()
            return index + len(inside)
    _quote(first, match, page)
    return index


def _quote(first: Line, match: re.Match[str], page: Page) -> None:
    """Write the first line of a quote with a title."""
    page.lines.append(Line(first.number, f"{match['quote']}**{_title(match)}**"))
    page.lines.append(Line(first.number, match["quote"].rstrip()))


def _title(match: re.Match[str]) -> str:
    return _marked(match["title"])[0].strip() or match["kind"].capitalize()


def _leads_to_paper(text: str) -> bool:
    return any(paper_of(link.url) for link in line_links(text))
