"""Lists of authors, as people type them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from publisher.digest.language import has_cjk

_INSIDE = r"\([^()]{0,200}\)|（[^（）]{0,200}）|\[[^\[\]]{0,200}\]|\{[^{}]{0,200}\}"
_SEMICOLON = re.compile(rf"{_INSIDE}|[ \t]*(?P<cut>[;；])[ \t]*(?:and[ \t]|&[ \t])?")
_AND = re.compile(rf"{_INSIDE}|[ \t]+(?P<cut>and)[ \t]+")
#: What stands in brackets, such as where somebody works, parts no names.
_ANY = re.compile(
    rf"{_INSIDE}|[ \t]*(?P<cut>[;；]|[ \t][/|·•][ \t]|[,，、](?![ \t]*(?:Jr|Sr|I{{2,3}})\b)"
    r"|[ \t]and[ \t]|[ \t]&[ \t])[ \t]*(?:(?:and|&)[ \t]+)?"
)
#: `Last, First`: one word, after particles at most, before the only comma.
_LAST_FIRST = re.compile(r"(?:[a-z]{2,4}[ ]){0,3}[^\s,，]+,[ ]*[^,，]+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.[ -]?){1,4}")
_WORD = re.compile(r"[^\W\d_]{2}")
_COMMAS = re.compile("[,，]")
_FEWEST = 2


def parted(words: str) -> list[str]:
    """Return the names in a list of authors, each with what stands in brackets behind it.

    `Oak, A.; Elm, B.`, `Oak, Ana and Elm, Bo` and `Oak, A., Elm, B.` are two names each.
    """
    for pattern in () if has_cjk(words) else (_SEMICOLON, _AND):
        names = list(_cut(pattern, words))
        if len(names) >= _FEWEST and _have_commas(names, is_sure=pattern is _SEMICOLON):
            return names
    return list(_joined(_cut(_ANY, words)))


def _have_commas(names: Sequence[str], *, is_sure: bool) -> bool:
    """Return whether names hold a comma each, which parts no names."""
    commas = {len(_COMMAS.findall(name)) for name in names}
    if commas == {1} and is_sure:
        return True
    return max(commas) == 1 and any(map(_LAST_FIRST.fullmatch, names))


def _cut(pattern: re.Pattern[str], words: str) -> Iterator[str]:
    start = 0
    for match in pattern.finditer(words):
        if match["cut"]:
            yield words[start : match.start()]
            start = match.end()
    yield words[start:]


def _joined(parts: Iterator[str]) -> Iterator[str]:
    """Yield names with what is none behind them: initials, numbers of affiliations."""
    name = ""
    for part in parts:
        if not name:
            name = part
        elif _INITIALS.fullmatch(part) and _WORD.search(name) and not _COMMAS.search(name):
            name = f"{name}, {part}"
        elif part and not any(map(str.isalpha, part)):
            name = f"{name},{part}"
        else:
            yield name
            name = part
    yield name
