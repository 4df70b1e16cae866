"""Lines of details: links, names, a venue, a date and the like, beside a title or below it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from publisher.digest.fields import link_names, title_details, titles
from publisher.digest.fields.draft_item import DraftItem
from publisher.digest.fields.link_names import NAME
from publisher.model import Emphasis, Inline, LineBreak, Link, Strong, Text, links_in, plain

#: Names of people: words in capitals, parted by commas.
_NAMES = re.compile(
    r"[^\d.!?。！？:：]{2,40}(?:,[ ]?|[ ]and[ ]|，|、|[ ]&[ ])[^!?。！？:：]{2,400}"
    rf"|[^\d!?。！？:：]{{2,60}}et\.? ?al\.?,?|{NAME.pattern}"
)
_LONGEST_NAMES = 60
#: More without a separator is no detail.
_SENTENCE = re.compile(r"[^\[\](){}<>,，、|｜·;；•:：*_–—./#＃@-]{61,}")
_PIECES = re.compile(
    r"[ \t]*[,，|｜·;；•][ \t]*|[ \t]+&[ \t]+|(?<![A-Z])\.[ \t]+(?=[A-Z0-9\[(*])|[ \t]+[—–-][ \t]+"
)
#: Where people work, which is written in capitals, too.
_PLACE = re.compile(
    r"\b(?:Univ(?:ersit\w+)?|Institut\w*|Labs?|Laborator\w+|Research|College|School|Academy|Inc"
    r"|Corp|Cent(?:er|re)|Hospital|Technologies)\b"
)
_TRIMMED = " \t\u3000\n:：，,。.;；—–-|·()（）[]【】{}\\"


def take_details(text: str, draft: DraftItem) -> bool:
    """Take a line of links, names, a venue, a date and the like into a draft; all of it or nothing.

    Names are known by their stress (`*Ana Example, Bo Muster*`) or by `et al.`.
    """
    if _SENTENCE.match(text):
        return False
    details = _Details()
    if not all(map(details.take, _flattened(titles.inlines(text)))):
        return False
    if not (details.notes or details.links):
        return False  # words in capitals alone may be anything
    for kind, words in [*(("authors", name) for name in details.names), *details.notes]:
        draft.note(kind, words)
    draft.links += details.links
    return True


class _Details:
    """What is found on a line, before it is clear that all of it is details."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.notes: list[tuple[str, str]] = []
        self.names: list[str] = []

    def take(self, node: Inline) -> bool:
        """Take a node; return whether it is a detail."""
        if isinstance(node, Link):
            return self.link(node)
        words = plain([node])
        is_stressed = isinstance(node, Emphasis | Strong) and words.rstrip()[-1:] not in ":："
        if is_stressed and _NAMES.fullmatch(words.strip(_TRIMMED)):
            self.notes.append(("authors", words.strip(" .。")))
            return True
        return all(map(self.piece, _pieces(words)))

    def link(self, link: Link) -> bool:
        """Take a link that names itself, a date or a venue, or a picture."""
        words = plain(link.children).strip(_TRIMMED)
        kind = title_details.kind_of(words)
        if not kind and link_names.names_a_person(link):
            self.notes.append(("authors", words))
            return True
        if not kind and not link_names.names_itself(link) and not link_names.is_image(link):
            return False
        names_paper = kind == "venue" and link_names.names_itself(link)  # `[arXiv](…)`
        if kind in ("date", "venue", "categories") and not names_paper:
            self.notes.append((kind, words))
        if not is_badge(link):
            self.links.append(link)
        return True

    def piece(self, piece: str) -> bool:
        """Take what stands between separators."""
        words, kind = piece.strip(_TRIMMED), _kind_of(piece)
        if kind in ("date", "venue", "categories"):
            words = _SYMBOLS.sub("", words)
        words = _WHO.sub("", words)
        if not kind and NAME.fullmatch(words):
            if _PLACE.search(words):
                self.notes.append(("affiliations", words))
            else:
                self.names.append(words)
            return True
        if kind == "authors":
            words = piece.strip(_TRIMMED.replace(".", ""))
        if kind not in ("", "number"):
            self.notes.append((kind, words))
        return bool(kind)


_BRACKETS = re.compile(r"[\[(（【［]([^\[\]()（）【】［］]{1,60})[\])）】］]")


def _pieces(words: str) -> Iterator[str]:
    """Yield what brackets hold and what separators part, but for what has no letters."""
    words = words.replace("\xa0", " ")
    for inside in _BRACKETS.findall(words):
        is_whole = title_details.kind_of(inside, is_bracketed=True)
        yield from [inside] if is_whole else _PIECES.split(inside)
    words = _BRACKETS.sub(" | ", words)
    is_whole = title_details.kind_of(words.strip(_TRIMMED))
    for piece in [words] if is_whole else _PIECES.split(words):
        if any(map(str.isalnum, piece)) or title_details.kind_of(piece.strip()):
            yield piece


#: Symbols before and behind a detail: `📅 2026-11-18 🔗`, `💬 12`.
_SYMBOL = r"[^\w\s!-~\u3000-\u303f\uff00-\uffef]{1,3}"
_SYMBOLS = re.compile(rf"^{_SYMBOL}[ ]?|[ ]?{_SYMBOL}$")
#: `👥 Ana Oak`; before other words a symbol may say anything: `🔥 Trending`.
_WHO = re.compile("^[👤👥🧑👩👨✍🏛🏢🏫🎓]\ufe0f?[ ]?")
_COUNT = re.compile(r"[0-9][0-9.,]{0,8}[kKmM]?")
_ET_AL = re.compile(r"\bet\.? ?al\.?$|等$")


def _kind_of(piece: str) -> str:
    """Return what a piece of a line says; empty for words of a sentence."""
    words = piece.strip(_TRIMMED)
    if kind := title_details.kind_of(words, is_bracketed=True) or title_details.kind_of(
        piece.strip()
    ):
        return kind
    bare = _SYMBOLS.sub("", words)
    if bare != words:
        if kind := title_details.kind_of(bare):
            return kind
        if _COUNT.fullmatch(bare):
            return "score"
    if words and all(word[0] in "#＃" for word in words.split()):
        return "tags"
    if link_names.names_a_link(words) and any(map(str.isalpha, words)):
        return "number"
    is_names = (
        _ET_AL.search(piece.strip(_TRIMMED.replace(".", ""))) and len(piece) <= _LONGEST_NAMES
    )
    return "authors" if is_names else ""


def _flattened(nodes: Sequence[Inline]) -> Iterator[Inline]:
    """Yield nodes, with links out of stress; text that stands together as one."""
    words = ""
    for node in _bare(nodes):
        if isinstance(node, Text):
            words += node.value
            continue
        if words:
            yield Text(words)
        words = ""
        yield node
    if words:
        yield Text(words)


def _bare(nodes: Sequence[Inline]) -> Iterator[Inline]:
    """Yield nodes, with links out of stress, and numbers, too: `👍 **142**`."""
    for node in nodes:
        if isinstance(node, Emphasis | Strong) and any(True for _ in links_in([node])):
            yield from _bare(node.children)
        elif isinstance(node, Emphasis | Strong) and _COUNT.fullmatch(plain([node])):
            yield Text(plain([node]))
        elif isinstance(node, LineBreak):
            yield Text(" | ")
        else:
            yield node


_BADGE = re.compile(
    r"//(?:img\.shields\.io|badgen\.net|badge\.fury\.io|[^/]*badge[^/]*)/|/badge[^/]*\.svg"
)


def is_badge(link: Link) -> bool:
    """Return whether a link leads to a picture of a number, such as the stars of a repository."""
    return _BADGE.search(link.url) is not None
