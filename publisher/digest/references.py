"""Links whose addresses stand elsewhere: `[words][name]`, and `[name]: https://…` on a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.blocks import closed_fences
from publisher.digest.links import safe_url
from publisher.digest.source import Line

_DEFINITION = re.compile(
    r" {0,3}\[(?P<name>(?!\^)[^\[\]]{1,200})\]:[ \t]*<?(?P<url>[^\s<>]{1,2000})>?"
    r"(?P<title>[ \t]+\"[^\"]{0,500}\")?[ \t]*$"
)
#: `[words][name]`, `[name][]` or `[name]`; what is in code is not.
_USE = re.compile(
    r"`[^`]*`|\[(?P<words>[^\[\]]{1,500})\](?:\[(?P<name>[^\[\]]{0,200})\])?(?![\[(（:])"
)


def inlined(lines: Sequence[Line]) -> Sequence[Line]:
    """Write each such link with its address, and leave out the lines that defined one.

    A definition that nothing refers to is text, as `[代码]: https://…` below a heading is.
    """
    code = {n for start, end in closed_fences(lines).items() for n in range(start, end + 1)}
    found: dict[str, tuple[int, str]] = {}
    for index, line in enumerate(lines):
        match = _DEFINITION.match(line.text) if index not in code else None
        if match and safe_url(match["url"]):
            target = f"<{match['url']}>{match['title'] or ''}"
            found.setdefault(_key(match["name"]), (index, target))
    defined = {index for index, _ in found.values()}
    used: set[int] = set()

    def written(match: re.Match[str]) -> str:
        words = match["words"]
        index, target = found.get(_key(match["name"] or words or ""), (-1, ""))
        if not words or index < 0:
            return match[0]
        used.add(index)
        return f"[{words}]({target})"

    changed = [
        line
        if index in code or index in defined
        else line._replace(text=_USE.sub(written, line.text))
        for index, line in enumerate(lines)
    ]
    return [line for index, line in enumerate(changed) if index not in used]


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()
