"""Values of fields: what ends them, and what is around them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.fields.labels import Label
from publisher.digest.fields.link_lines import line_links
from publisher.digest.markdown.line_marks import BULLET, heading
from publisher.digest.source_text import Line

#: A line that ends so goes on in the next.
GOES_ON = re.compile(
    r"(?:[,，、&–-]|\b(?:and|or|for|of|the|with|in|to|a|an|on|via|from|by|at|using|as|towards?"
    r"|through|without|under|over|between|into|across|against|its|their|is|are|that))[ \t]*$"
)


def unstressed(value: Line, whole: str) -> Line:
    """Return a value without a mark of stress that began before its label: `*Venue: TIDE*`."""
    for mark in ("**", "*"):
        is_open = mark == "**" or (whole.startswith("*") and not whole.startswith("**"))
        if is_open and value.text.count(mark) % 2:
            return value._replace(text=value.text.replace(mark, "", 1))
    return value


def value_end(
    lines: Sequence[Line], labels: Sequence[Label | None], index: int, *, is_empty: bool
) -> int:
    """Return the index after a value: it may go on on indented lines, or begin on the next."""
    end = index + 1
    margin = _margin(lines[index])
    if is_empty:
        while end < len(lines) and not lines[end].text.strip():
            end += 1
        if end >= len(lines) or labels[end] or heading(lines[end].text):
            return index + 1
        end += 1
    while (
        end < len(lines)
        and lines[end].text.strip()
        and not labels[end]
        and not BULLET.match(lines[end].text)
        and (_margin(lines[end]) > margin or GOES_ON.search(lines[end - 1].text))
        and not line_links(lines[end].text)
    ):
        end += 1
    return end


def _margin(line: Line) -> int:
    text = line.text.expandtabs(4)
    return len(text) - len(text.lstrip())
