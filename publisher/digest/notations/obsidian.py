"""Obsidian's additions to Markdown: `[[page|words]]`, callouts, `==marks==`, `%%comments%%`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.link_lines import line_links
from publisher.digest.links import paper_of
from publisher.digest.marks import closed_fences, heading
from publisher.digest.notations.page import Page
from publisher.digest.source import Line, Report

#: What is in code or a formula is nobody's mark.
_KEPT = r"``[^\n]{1,300}?``|`[^`\n]{1,300}`|\$\$[^$\n]{1,500}\$\$|\$[^$\n]{1,300}\$"
#: A page's name; an address or a number (`[[1]]`) is none.
_PAGE = r"(?![\d\s,.;-]*\]|\s|https?:|www\.)[^\[\]|\n]{1,200}(?<!\s)"
#: A token (`[[MASK]]`) is a page's name only beside others.
_MASK = re.compile(r"[A-Z0-9_]{1,30}")
_LINK = (
    rf"(?<!\[)(?P<embed>!?)\[\[(?P<page>{_PAGE})(?:\\?\|(?P<words>[^\[\]\n]{{0,200}}))?\]\]"
    r"(?![(\[\]:]|（https?:)"
)
_MARKED = r"(?<![\w=<>!+*/-])==(?P<marked>[^\s=](?:[^=\n]{0,300}?[^\s=])?)==(?![\w=])"
_COMMENT = r"(?<![%\d])%%(?P<comment>(?=[^%\n]*[^\W\d_])[^%\n]{1,500})%%(?!%)"
_TOKEN = re.compile(f"{_KEPT}|{_LINK}|{_MARKED}|{_COMMENT}")
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
    index = 0
    level = 2  # that of a heading here, 0 in the text of an item
    while index < len(lines):
        line = lines[index]
        if index in fences:
            page.lines += lines[index : fences[index] + 1]
            index = fences[index]
        elif line.text.strip() == "%%" and (end := _end(lines, index)):
            page.leave_out(_OTHERS, range(line.number, lines[end].number + 1))
            index = end
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
        or ("^" in text and " ^" in text)
        or "" in text.split(":")
    )


def _end(lines: Sequence[Line], index: int) -> int | None:
    """Return where a comment of several lines ends, if it does before the next heading."""
    for end in range(index + 1, len(lines)):
        if lines[end].text.strip() == "%%":
            return end
        if lines[end].text[:1] == "#" and heading(lines[end].text):
            break
    return None


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
    found = _TOKEN.finditer(text) if "[[" in text else ()
    has_page = any(m["page"] and not _MASK.fullmatch(m["page"]) for m in found)

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
        return match[0]

    if "[[" in text or "==" in text or "%%" in text:
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
    """Write a callout; give the index of its last line that is written.

    A paper's is a part with a heading, any other a quote with a title.
    """
    first = lines[index]
    title = _marked(match["title"])[0].strip() or match["kind"].capitalize()
    quote = match["quote"]
    if level and match["title"] and quote.count(">") == 1:
        inside = []
        end = index + 1
        while end < len(lines) and (bar := _QUOTE.match(lines[end].text)):
            if lines[end].text.startswith("[!", bar.end()):  # the next one
                break
            inside.append(lines[end].after(bar.end()))
            end += 1
        if any(_leads_to_paper(line.text) for line in (Line(0, match["title"]), *inside)):
            page.heading(first.number, level, title)
            for line in inside:
                _write(line, page)
            page.part()
            return index + len(inside)
    page.lines.append(Line(first.number, f"{quote}**{title}**"))
    page.lines.append(Line(first.number, quote.rstrip()))
    return index


def _leads_to_paper(text: str) -> bool:
    return any(paper_of(link.url) for link in line_links(text))
