"""What issues and papers are called where room is short."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from publisher.columns import shown_columns
from publisher.model import Block, Issue, Item, Paragraph, plain
from publisher.render.html import allowed
from publisher.render.text import HAS_WIDE, WIDE

_SHORT = 40
#: Below this no character is wide (UAX 11); most titles hold no other.
_NARROW = "\u1100"
_NAMED = 3
# A name ends at a colon: `VITA: Towards …`. One inside a word (`10:30`) ends nothing.
_COLON = re.compile(r"\s*(?::(?=\s)|：)")
_SENTENCE_END = re.compile(r"[。！？…]+[”』」）]*|[.!?][\"')\]]*(?=\s)")


def lang_of(text: str, languages: Sequence[str]) -> str:
    """Give the newsletter's language that text is most likely in, judged by its script."""
    if any(_is_han(wide[0]) for wide in HAS_WIDE.finditer(text)):
        for lang in languages:
            if lang.partition("-")[0] in ("zh", "ja", "yue"):
                return lang
    return languages[0]


def _is_han(letter: str) -> bool:
    return (
        "\u3400" <= letter <= "\u9fff"
        or "\uf900" <= letter <= "\ufaff"
        or "\U00020000" <= letter <= "\U0003ffff"
    )


def cut(text: str, width: int) -> str:
    """Shorten text to at most `width` columns, at a word where there are words."""
    used = end = 0
    for at, letter in enumerate(text):
        used += 1 if letter < _NARROW else shown_columns(letter)
        if used > width:
            break
        if used < width:
            end = at + 1  # as far as leaves a column for the ellipsis
    else:
        return text
    space = text.rfind(" ", 0, end + 1)
    # Chinese has no spaces: go back to one only where that costs less than half.
    if space > end // 2 and text[end] < WIDE:
        end = space
    return text[:end].rstrip(" ,;:，、；：-") + "…"


def short_title(item: Item) -> str:
    """Give the name of what an item is about: the words before a colon, else a cut title."""
    title = " ".join(allowed(item.title.text).split())
    colon = _COLON.search(title)
    if colon and 2 <= colon.start() <= _SHORT:  # noqa: PLR2004 (one letter is no name)
        return title[: colon.start()]
    return cut(title, _SHORT)


def headline(issue: Issue) -> str:
    """Give the name an issue goes by: its title, or `VITA, Gemma Scope, mPLUG-Owl3 and 11 more`."""
    if issue.title:
        return allowed(issue.title)
    names = [short_title(item) for item in issue.items]
    if not names:
        return f"Issue {issue.slug}"
    if len(names) > _NAMED:
        names[_NAMED:] = [f"{len(names) - _NAMED} more"]
    if len(names) == 1:
        return names[0]
    return ", ".join(names[:-1]) + " and " + names[-1]


def excerpt(
    blocks: Sequence[Block], limit: int = 160, known: Callable[[str], bool] | None = None
) -> str:
    """Give the first sentences of a text, as many as fit into `limit` characters.

    Sentences at the beginning of a paragraph that are `known` are passed over.
    """
    for block in blocks:
        if not isinstance(block, Paragraph):
            continue
        # A run of spaces becomes one, so look at more than is wanted, but not at a whole book.
        text = " ".join(allowed(plain(block.children)[: limit * 2]).split())
        while known and text and known(text[: (end := _sentence(text))]):
            text = text[end:].lstrip()
        if text:
            return _beginning(text, limit)
    return ""


def _sentence(text: str) -> int:
    """Find where the first sentence ends."""
    found = _SENTENCE_END.search(text)
    return found.end() if found else len(text)


def _beginning(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    end = 0
    for sentence in _SENTENCE_END.finditer(text, 0, limit + 1):
        if sentence.end() <= limit:
            end = sentence.end()
    if end:
        return text[:end]
    short = text[: limit - 1]
    space = short.rfind(" ")
    return (short[:space] if space > limit // 2 else short).rstrip(" ，、,;；") + "…"
