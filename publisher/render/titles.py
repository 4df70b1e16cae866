"""Short titles, headlines and excerpts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from gettext import NullTranslations

from publisher.model import Block, DefinitionList, Issue, Item, Paragraph, plain
from publisher.render.html import without_forbidden
from publisher.text_width import HAS_WIDE, WIDE, shown_columns

_SHORT = 40
#: Columns of a title that is the only name of an issue.
_ALONE = 80
#: Below this no character is wide (UAX 11); most titles hold no other.
_NARROW = "\u1100"
_NAMED = 3
# A name ends at a colon: `VITA: Towards …`. One inside a word (`10:30`) ends nothing.
# Both begin with a set of letters, to which the search then leaps: a third of the time.
_COLON = re.compile(r"[:：](?:(?<=：)|(?=\s))")
SENTENCE_END = re.compile(
    r"[。！？….!?](?:(?<=[。！？…])[。！？…]*[”』」）]*|(?<=[.!?])[\"')\]]*(?=\s))"
)


def lang_of(text: str, languages: Sequence[str]) -> str:
    """Return the newsletter's language that text is most likely in, judged by its script."""
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


def one_line(text: str) -> str:
    """Return text as one line, without forbidden characters and repeated white space."""
    # No white space but the space is printable: nearly all text is such a line already.
    if text.isprintable() and "  " not in text:
        return text.strip(" ")
    return " ".join(without_forbidden(text).split())


def shorten(text: str, width: int) -> str:
    """Return text cut to at most `width` columns, with an ellipsis, at a word if it has words."""
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


def short_title(item: Item, width: int = _SHORT) -> str:
    """Return an item's short name: the words before a colon, else its title in `width` columns."""
    title = one_line(item.title.text)
    colon = _COLON.search(title)
    name = title[: colon.start()].rstrip() if colon else ""
    if 2 <= len(name) <= _SHORT:  # noqa: PLR2004 (one letter is no name)
        return name
    return shorten(title, width)


def headline(issue: Issue, words: NullTranslations) -> str:
    """Return an issue's name: its title, or `VITA, Gemma Scope, mPLUG-Owl3 and 11 more`.

    Titles that had to be cut are not used as names.
    """
    if issue.title:
        return without_forbidden(issue.title)
    if not issue.items:
        return words.gettext("Issue %(number)s") % {"number": issue.slug}
    names: list[str] = []
    for item in issue.items:
        name = short_title(item)
        if name[-1:] != "…":
            names.append(name)
            if len(names) == _NAMED:
                break
    return _listed(
        names or [short_title(issue.items[0], _ALONE)],
        len(issue.items) - max(1, len(names)),
        words,
    )


def _listed(names: Sequence[str], more: int, words: NullTranslations) -> str:
    """Return up to three names as a list in words, with the number of the others."""
    values = {"count": more} | dict(zip(("first", "second", "third"), names, strict=False))
    match len(names), bool(more):
        case 1, False:
            return names[0]
        case 1, True:
            form = words.ngettext(
                "%(first)s and %(count)d more", "%(first)s and %(count)d more", more
            )
        case 2, False:
            form = words.gettext("%(first)s and %(second)s")
        case 2, True:
            form = words.ngettext(
                "%(first)s, %(second)s and %(count)d more",
                "%(first)s, %(second)s and %(count)d more",
                more,
            )
        case _, False:
            form = words.gettext("%(first)s, %(second)s and %(third)s")
        case _:
            form = words.ngettext(
                "%(first)s, %(second)s, %(third)s and %(count)d more",
                "%(first)s, %(second)s, %(third)s and %(count)d more",
                more,
            )
    return form % values


def running_text(blocks: Sequence[Block]) -> Iterator[Paragraph]:
    """Yield the paragraphs of a text and of its labelled fields: none of lists, quotes, tables."""
    for block in blocks:
        match block:
            case Paragraph():
                yield block
            case DefinitionList(definitions):
                for definition in definitions:
                    yield from running_text(definition.children)


def excerpt(
    blocks: Sequence[Block], limit: int = 160, known: Callable[[str], bool] | None = None
) -> str:
    """Return the first sentences of a text, as many as fit into `limit` characters.

    Sentences at the beginning of a paragraph that are `known` are skipped.
    """
    for paragraph in running_text(blocks):
        # A run of spaces becomes one, so look at more than is wanted, but not at a whole book.
        text = one_line(plain(paragraph.children)[: limit * 2])
        while known and text and known(text[: (end := _sentence(text))]):
            text = text[end:].lstrip()
        if text:
            return _beginning(text, limit)
    return ""


def _sentence(text: str) -> int:
    """Return where the first sentence ends."""
    match = SENTENCE_END.search(text)
    return match.end() if match else len(text)


def _beginning(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    end = 0
    for sentence in SENTENCE_END.finditer(text, 0, limit + 1):
        if sentence.end() <= limit:
            end = sentence.end()
    if end:
        return text[:end]
    short = text[: limit - 1]
    space = short.rfind(" ")
    return (short[:space] if space > limit // 2 else short).rstrip(" ，、,;；") + "…"
