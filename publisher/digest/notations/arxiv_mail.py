r"""arXiv's daily mail: papers between rules, each `\\`, a head, `\\`, its abstract, `\\ (link)`.

    \\
    arXiv:2602.92181 (*cross-listing*)
    Date: Thu, 12 Feb 2026 17:11:20 GMT   (56kb)

    Title: A title that goes on
      in an indented line
    Authors: A. Author, B. Author
    Categories: cs.GT cs.LG
    \\
      The abstract. An indented line begins a paragraph.
    \\ ( https://arxiv.org/abs/2602.92181 ,  56kb)
    ------------------------------------------------------------------------------

Before 2007 the second line was `Paper: hep-th/9901001`. Of a new version there is no abstract,
and its date follows `replaced with revised version`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from publisher.digest.markdown.autolink import paper_of
from publisher.digest.markdown.line_marks import heading
from publisher.digest.notations.page import Page, flowing
from publisher.digest.source_text import Line, Report

#: A mail that was answered or forwarded is quoted, or indented.
_MARGIN = r"[ \t>|]{0,20}"
_BAR = re.compile(rf"({_MARGIN})\\\\?[ \t]*$")
_END = re.compile(rf"{_MARGIN}\\\\?[ \t]*\([ \t]*(?P<url>https?://[^\s,()]+)")
_PAPER = re.compile(
    rf"{_MARGIN}(?:arXiv:|Paper(?: \(\*cross-listing\*\))?:)[ \t]*(?P<id>[A-Za-z0-9./-]{{9,40}})"
    r"(?:[ \t]*\(\*cross-listing\*\))?[ \t]*$"
)
_CROSS = "(*cross-listing*)"
_RULE = re.compile(rf"{_MARGIN}(?:-{{20}}|%[-%]{{10}})")
_LAST_RULE = "%%%---%%%---"
#: One week's mails in one: `\\`, a day, `\\`.
_DAY = re.compile(rf"{_MARGIN}/\*[ \t]*(.{{1,60}}?)[ \t]*\*/[ \t]*$")
_FIELD = re.compile(r"((?:[A-Z][A-Za-z-]{1,20})(?: \([^()]{1,30}\))?):(?:[ \t]+|$)")
_DATED = re.compile(
    r"(?P<kind>replaced with revised version|figures added|part added|withdrawn)[ \t]+(?=\w{3},)",
    re.IGNORECASE,
)
_SIZE = re.compile(r"[ \t]*\(([0-9]{1,9}kb[A-Z,]{0,20})\)$")
#: What arXiv writes around the papers.
_AROUND = re.compile(
    rf"{_MARGIN}(?:send any comments regarding submissions|archives at https?://"
    r"|to unsubscribe, e-?mail|received from[ \t]+\w{3}|for general information on the new"
    r"|for subscribe options|e-?mail to: \S+@arxiv\.org|for help on viewing and"
    r"|papers received as of|\(to retrieve abstracts|get \d.{0,60}returns multiple"
    r"|https?://[\w.]{0,40}arxiv\.org(?:/help\S*)?/?$"
    r"|[\\/]{1,2}[ \t]*$)",
    re.IGNORECASE,
)
_SUBMISSIONS = re.compile(rf"{_MARGIN}submissions to:[ \t]*$", re.IGNORECASE)
_RECEIVED = re.compile(rf"{_MARGIN}received from\b", re.IGNORECASE)
_MOST_SUBJECTS = 60
_MAIL_FIELD = re.compile(
    rf"{_MARGIN}(?:from|to|cc|bcc|date|sent|subject|sender|received"
    r"|precedence|[a-z]{1,20}(?:-[a-z0-9]{1,20}){1,5}"
    r"|发件人|收件人|抄送|主题|日期|发送时间)[ \t]*[:：]",
    re.IGNORECASE,
)
_SUBJECT = re.compile(rf"{_MARGIN}(?:subject|主题)[ \t]*[:：]", re.IGNORECASE)


def rewritten(lines: Sequence[Line], report: Report) -> Sequence[Line]:
    """Write the papers of each such mail as Markdown; other lines stay."""
    starts = _starts(lines)
    if not starts:
        return lines
    page = Page()
    around = _around(lines, starts)
    index, level, is_over = 0, 2, False
    while index < len(lines):
        line = lines[index]
        if index in starts:
            index, is_over = _paper(lines, index, starts, level, page), False
            continue
        if index in around:
            page.part()
            is_over = is_over or line.text.startswith(_LAST_RULE)
            if any(map(str.isalpha, line.text)):
                page.leave_out("what arXiv's mail has around its papers", [line.number])
        elif day := _DAY.match(line.text):
            page.heading(line.number, level - 1, day[1])
        else:
            if titled := heading(line.text):
                level = titled[0] + 1
            if is_over and line.text.strip():
                page.block(line.number, "---")
                is_over = False
            page.keep(line)
        index += 1
    page.tell(report)
    return page.lines


def _starts(lines: Sequence[Line]) -> dict[int, int]:
    r"""Map the index of each `\\` above a paper to that of the line with its number."""
    starts: dict[int, int] = {}
    for index, line in enumerate(lines):
        if "\\" in line.text and _BAR.match(line.text):
            below = next((n for n in (index + 1, index + 2) if _words(lines, n)), index)
            match = _PAPER.match(lines[below].text)
            if match and paper_of(f"https://arxiv.org/abs/{match['id']}"):
                starts[index] = below
    return starts


def _words(lines: Sequence[Line], index: int) -> str:
    return lines[index].text.strip("> \t|") if index < len(lines) else ""


def _around(lines: Sequence[Line], starts: dict[int, int]) -> set[int]:
    """Return the lines that are neither a paper's nor anybody's words: headers, rules, footers."""
    indexes: set[int] = set()
    quoted = any(">" in lines[start].text for start in starts)
    received = [n for n, line in enumerate(lines) if _RECEIVED.match(line.text)]
    index = 0
    while index < len(lines):
        text = lines[index].text
        end = index + 1
        if index in starts:
            pass
        elif _SUBMISSIONS.match(text):
            last = next(iter(received[bisect_right(received, index) :][:1]), len(lines))
            end = last + 1 if last - index <= _MOST_SUBJECTS else end
            indexes.update(range(index, end))
        elif _MAIL_FIELD.match(text):
            while end < len(lines) and (
                _MAIL_FIELD.match(lines[end].text) or lines[end].text[:1] in (" ", "\t")
            ):
                end += 1
            if end - index > 1 and any(_SUBJECT.match(line.text) for line in lines[index:end]):
                indexes.update(range(index, end))
        elif (
            (quoted and text.strip() and not _words(lines, index))
            or _AROUND.match(text)
            or (_RULE.match(text) and not _underlines(lines, index, indexes))
        ):
            indexes.add(index)
        index = end
    return indexes


def _underlines(lines: Sequence[Line], index: int, around: set[int]) -> bool:
    """Return whether somebody's own words stand right above a rule."""
    above = lines[index - 1].text if index and index - 1 not in around else ""
    return bool(above.strip("> \t|")) and not (_END.match(above) or _BAR.match(above))


def _paper(
    lines: Sequence[Line], start: int, starts: dict[int, int], level: int, page: Page
) -> int:
    """Write the paper that begins at `start`; return the index after it."""
    bar = _BAR.match(lines[start].text)
    margin = bar[1] if bar else ""
    index = starts[start]
    named = lines[index]
    fields, index = _head(lines, index + 1, margin)
    abstract: list[list[Line]] = []
    if index < len(lines) and index not in starts and _BAR.match(lines[index].text):
        abstract, index = _abstract(lines, index + 1, starts, margin)
    match = _PAPER.match(named.text)
    url = f"https://arxiv.org/abs/{match['id'] if match else ''}"
    end = _END.match(lines[index].text) if index < len(lines) else None
    if end:
        index += 1
        url = end["url"]
    title = next((field for field in fields if field[1] == "Title"), (named.number, "", url))
    page.heading(title[0], level, title[2])
    page.field(named.number, "Link", url)
    for field in fields:
        if field is not title:
            page.field(*field)
    if _CROSS in named.text:
        page.field(named.number, "Announce type", "cross-listing")
    for paragraph in abstract:
        page.part()
        for line in flowing(paragraph):
            page.keep(line)
    page.part()
    return index


def _unquoted(line: Line, margin: str) -> Line:
    """Take the mail's margin off a line."""
    if line.text.startswith(margin):
        return line.after(len(margin))
    return line if _words([line], 0) else Line(line.number, "")


def _head(lines: Sequence[Line], index: int, margin: str) -> tuple[list[tuple[int, str, str]], int]:
    """Return number, label and value of a head's fields, and the index of the line that ends it."""
    fields: list[tuple[int, str, str]] = []
    while index < len(lines):
        if _BAR.match(lines[index].text) or _END.match(lines[index].text):
            break
        number, text, _ = _unquoted(lines[index], margin)
        if _RULE.match(text):
            break
        label = _FIELD.match(text)
        if dated := _DATED.match(text):
            fields.append((number, "Announce type", dated["kind"]))
            fields += _date(number, "Date", text[dated.end() :])
        elif label and label[1].startswith("Date"):
            fields += _date(number, label[1], text[label.end() :])
        elif label:
            fields.append((number, label[1], text[label.end() :].strip()))
        elif text.strip():
            first, name, value = fields.pop() if fields else (number, "Note", "")
            fields.append((first, name, f"{value} {text.strip()}".strip()))
        index += 1
    return fields, index


def _date(number: int, label: str, text: str) -> list[tuple[int, str, str]]:
    """Part a date from the size that follows it."""
    text = text.strip()
    size = _SIZE.search(text)
    date = (number, label, text[: size.start()] if size else text)
    return [date, (number, "Size", size[1])] if size else [date]


def _abstract(
    lines: Sequence[Line], index: int, starts: dict[int, int], margin: str
) -> tuple[list[list[Line]], int]:
    """Return the paragraphs of an abstract, and the index of the line that ends it."""
    paragraphs: list[list[Line]] = []
    parted = True
    while index < len(lines) and index not in starts:
        line = _unquoted(lines[index], margin)
        if _END.match(lines[index].text) or _BAR.match(lines[index].text) or _RULE.match(line.text):
            break
        if not line.text.strip():
            parted = True
        else:
            if parted or line.text[0] in " \t":
                paragraphs.append([])
            paragraphs[-1].append(line)
            parted = False
        index += 1
    return paragraphs, index
