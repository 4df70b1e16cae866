"""Lines that are a title and an address each, one below the other: entries of a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from publisher.digest.fields import titles
from publisher.digest.fields.labels import label_of
from publisher.digest.markdown import inline
from publisher.digest.markdown.line_marks import BULLET, heading
from publisher.digest.markdown.tables import is_delimiter
from publisher.digest.records.entries import is_title_link
from publisher.digest.source_text import Line
from publisher.model import Link

_ADDRESS = re.compile(r"https?://|arxiv[:：]|doi[:：]", re.IGNORECASE)
#: What is drawn before each of several lines.
_SIGN = re.compile(
    r"[ \t]{0,3}(?P<sign>[\U0001f300-\U0001faff\u2600-\u27bf\u25b6-\u25ba]\ufe0f?)[ \t]*"
)
_STRESSED = re.compile(r"(?P<mark>\*\*|__)(?P<words>[^\n]{2,300}?)(?P=mark)")
#: What begins a block of another kind.
_BLOCK = re.compile(r"[ \t]*[>|`~]|[ \t]{4}")
#: `[02:10]` and `02:10`, as videos are described.
_TIME = re.compile(r"[\[(]?[0-9]{1,2}(?::[0-9]{2}){1,2}[\])]?[ \t]+[-–—]?[ \t]*")
#: What stands between a title and its address.
_EDGES = " \t\u3000:：,，;；|｜·—–-()（）[]<>*_"
_FEWEST = 2


def bulleted(lines: Sequence[Line]) -> Sequence[Line]:
    """Return lines with a bullet for the sign before titles, as in `👉 **Title** (…)`.

    There are several; each has a title in stress or on a link, and an address.
    """
    signed = [index for index, line in enumerate(lines) if _is_signed(line.text)]
    if len(signed) < _FEWEST:
        return lines
    changed = list(lines)
    for index in signed:
        line = lines[index]
        changed[index] = line._replace(text=f"- {_SIGN.sub('', line.text, count=1)}")
    return changed


def _is_signed(text: str) -> bool:
    """Return whether a title and an address stand behind a sign."""
    if not (sign := _SIGN.match(text)) or "http" not in text:
        return False
    title = text[sign.end() :]
    first = inline.first_link(title)
    stress = _STRESSED.match(title)
    is_stressed = bool(stress and not titles.is_odd_title(stress["words"]) and not label_of(title))
    return first is not None and (is_stressed or (first[0] == 0 and is_title_link(first[2])))


def marked(lines: Sequence[Line]) -> Sequence[Line]:
    """Return lines with a bullet before each that has a title and an address.

    All lines with addresses are of this kind, and none is alone in its paragraph; else the lines
    are returned. What stands below such a line in its paragraph is its text.
    """
    linked = [index for index, line in enumerate(lines) if _ADDRESS.search(line.text)]
    has_table = any(is_delimiter(line.text, 0) for line in lines if "|" in line.text)
    if len(linked) < _FEWEST or has_table:
        return lines
    places = set(linked)
    lists: list[range] = []
    for paragraph in _paragraphs(lines):
        own = [index for index in paragraph if index in places]
        if own and len(own) < _FEWEST:
            return lines
        lists += [range(own[0], paragraph.stop)] if own else []
    links = [_address(lines[index].text) for index in linked]  # takes much longer than the rest
    if None in links or len({link.url for link in links if link}) < len(linked):
        return lines
    changed = list(lines)
    for indexes in lists:
        for index in indexes:
            line = lines[index]
            time = _TIME.match(line.text)
            text = f"- {line.text[time.end() if time else 0 :]}" if index in places else line.text
            changed[index] = line._replace(text=text)
    return changed


def _paragraphs(lines: Sequence[Line]) -> Iterator[range]:
    """Yield the indexes of lines that no blank line parts."""
    start = 0
    for index, line in enumerate([*lines, Line(0, "")]):
        if not line.text.strip():
            if index > start:
                yield range(start, index)
            start = index + 1


def _address(text: str) -> Link | None:
    """Return the one address of a line beside its title; None for another line."""
    if _BLOCK.match(text) or BULLET.match(text) or heading(text):
        return None
    label = label_of(text)
    first = inline.first_link(text)
    if not first or (label and label.is_known):
        return None
    start, end, link = first
    before, after = text[:start].strip(_EDGES), text[end:].strip(_EDGES)
    if is_title_link(link):
        return None if before or inline.first_link(after) else link
    title = before or after
    is_title = titles.may_be_title(title) and any(map(str.isalpha, title))
    first_letter = next(filter(str.isalnum, title), "")
    if not is_title or first_letter.islower() or inline.first_link(after):
        return None
    return link
