"""Fields on lines of their own that were run together, or parted by tabs, when they were copied."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from publisher.digest.fields.draft_item import METADATA
from publisher.digest.fields.labels import Role, label_of, role_of
from publisher.digest.markdown.line_marks import closed_fences
from publisher.digest.source_text import Line

#: A label of Chinese characters before a full-width colon.
_COLON = re.compile(r"[\u4e00-\u9fff]{2,8}：")
_HAN = re.compile(r"[\u4e00-\u9fff：]")
#: `Item Type<tab>Preprint`, as Zotero's reports have them.
_TABBED = re.compile(r"(?P<name>[A-Z][A-Za-z ]{1,24})\t(?P<value>\S.*)")
#: What is before a label that follows a value: `**Authors:** Ana Oak | **Date:** 2026`.
_NEXT = re.compile(
    r"(?:[ \t]{0,8}[|｜·•;；,，])?[ \t]{1,8}(?=(?:\*\*|__)(?P<bold>[^*_\n:：]{1,24})"
    r"(?:[:：][ ]?(?:\*\*|__)|(?:\*\*|__)[ ]?[:：]))"
    r"|[ \t]{1,8}[|｜·•][ \t]{1,8}(?=(?P<plain>[^*_\n:：|]{1,24})[:：](?!//))"
)
_LEAD = re.compile(r"(?:[ \t]|[-*+][ \t]|>[ ]?){0,40}")
#: So many make it sure.
_FEWEST, _PAIR = 3, 2


def parted(lines: Sequence[Line]) -> Sequence[Line]:
    """Return lines with each such field on a line of its own, as `label: value`."""
    tabbed = [index for index, line in enumerate(lines) if _TABBED.fullmatch(line.text)]
    joined = [index for index, line in enumerate(lines) if len(_cuts(line.text)) >= _FEWEST]
    marked = {index: ends for index, line in enumerate(lines) if (ends := _marked(line.text))}
    if len(tabbed) < _FEWEST and not joined and not marked:
        return lines
    code = {n for start, end in closed_fences(lines).items() for n in range(start, end + 1)}
    changes = {index: list(_pieces(lines[index])) for index in joined if index not in code}
    for index, ends in marked.items():
        if index not in code:
            changes[index] = list(_values(lines[index], ends))
    if len(tabbed) >= _FEWEST:
        for index in tabbed:
            match = _TABBED.fullmatch(lines[index].text)
            if match and index not in code:
                text = f"{match['name']}: {match['value']}"
                changes[index] = [lines[index]._replace(text=text)]
    return [part for index, line in enumerate(lines) for part in changes.get(index, [line])]


def may_be(text: str) -> bool:
    """Return whether a text may have such fields."""
    return "\t" in text or "：" in text or ":** " in text or "**: " in text or " | " in text


def _cuts(text: str) -> list[int]:
    """Return where known labels begin in a line that begins with one."""
    if text.count("：") < _FEWEST:
        return []
    cuts: list[int] = []
    for match in _COLON.finditer(text):
        words = match[0][:-1]
        known = next((n for n in range(len(words) - 1) if role_of(words[n:])), -1)
        is_whole = not _HAN.match(text, max(match.start() - 1, 0))
        if known >= 0:
            cuts.append(match.start() + (0 if is_whole else known))
    start = len(text) - len(text.lstrip(" >*"))
    return cuts if cuts[:1] == [start] else []


def _marked(text: str) -> list[tuple[int, int]]:
    """Return what parts labelled values in a line that begins with one: where it begins and ends.

    All labels are known: other words in bold, or before a colon, may be a value's.
    """
    if text.count(":") + text.count("：") < _PAIR or not ("**" in text or " | " in text):
        return []
    start = _LEAD.match(text).end()  # type: ignore[union-attr]  # matches ""
    first = None if text.startswith("|", start) else label_of(text[start:])
    if not first or not first.is_known or first.role is Role.abstract:
        return []
    return [
        match.span()
        for match in _NEXT.finditer(text, start + first.end)
        if _is_short(role_of(match["bold"] or match["plain"]))
    ]


def _is_short(role: Role | None) -> bool:
    return role in METADATA or role in (Role.link, Role.abstract, Role.summary)


def _values(line: Line, ends: Sequence[tuple[int, int]]) -> Iterator[Line]:
    """Yield labelled values with what is before the first; below a bullet, as its entry's lines."""
    lead = _LEAD.match(line.text)[0]  # type: ignore[index]  # matches ""
    margin = lead if ">" in lead else " " * len(lead)
    starts = [0, *(end for _, end in ends)]
    for start, end in zip(starts, [*(first for first, _ in ends), len(line.text)], strict=True):
        text = line.text[start:end].rstrip() + "  "
        yield Line(line.number, margin + text if start else text, line.column + start)


def _pieces(line: Line) -> Iterator[Line]:
    cuts = _cuts(line.text)
    lead = line.text[: cuts[0]]
    for start, end in zip(cuts, [*cuts[1:], len(line.text)], strict=True):
        yield line.after(start)._replace(text=f"{lead}{line.text[start:end].rstrip()}  ")
