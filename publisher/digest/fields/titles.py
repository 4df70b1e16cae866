"""Titles of papers: what they are in a line, and which words are none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from publisher.digest import language
from publisher.digest.fields.labels import role_of
from publisher.digest.fields.link_names import CITATION, is_bare, is_image, names_itself
from publisher.digest.fields.title_details import kind_of
from publisher.digest.markdown import inline
from publisher.digest.markdown.line_marks import BULLET
from publisher.model import Emphasis, Inline, LineBreak, Link, Strong, plain

#: What may stand between links on a line of links: separators, and labels like `代码：`.
SEPARATORS = " \t\xa0\u3000\n|｜·•,，、;；/()（）[]［］【】—–-"
_LONGEST_TITLE, _LONGEST_PAIR = 200, 600
#: What ends a sentence; a title may be a question.
_STOPS = frozenset("。.；;")
#: What a title may be announced by.
_TITLE_LABEL = re.compile(
    r"(?:(?:论文|中文|英文|原文)?(?:标题|题目|题名)|(?:paper )?title)[ \t]*[:：][ \t]*",
    re.IGNORECASE,
)
#: What may part a title and its translation on one line.
_BETWEEN = re.compile(r"[ \t\u3000]+(?:[—–|/-]|--)[ \t\u3000]+|[ \t]*(?:——|｜)[ \t]*")
#: `Title（译名）`; few characters in brackets are a remark on it.
_BOTH = re.compile(r"(?P<first>[^()（）]{2,400})[ ]?[(（](?P<second>[^()（）]{2,400})[)）]")
_FEWEST_CHARACTERS = 5
_LATIN_WORD = re.compile(r"[^\W\d_]{2,}")
_FEWEST_WORDS = 3

_OPENING, _CLOSING = "[(（【［", "])）】］"
_ODD = re.compile(
    r"\[[^\[\]]*\]|https?://\S+|www\.\S+|[\W\d_]+|null|none|n/a|\W*(?:et ?al\.?)"
    # Who wrote a message, and when.
    r"|[^@()]{1,40}[ ]\(?@[\w.-]+\)?(?:[ ]?[·•][ ]?\w{1,12})?"
    r"|\[?(?:[0-9./-]{6,10},?[ ])?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[ ]?[ap]m)?\]?[ ]@?\S{1,30}",
    re.IGNORECASE,
)


def inlines(text: str) -> tuple[Inline, ...]:
    """Parse a title; what a link in it cannot use stays in it as text: nothing to report."""
    text = text.strip()
    return _parsed(text) if len(text) < LONGEST_KEPT else inline.parse(text, lambda *_: None)


#: Several steps look at the same lines: what comes of shorter ones is kept for a while.
LONGEST_KEPT = 500


@lru_cache(1024)
def _parsed(text: str) -> tuple[Inline, ...]:
    return inline.parse(text, lambda *_: None)


#: What is left in brackets of a link that only names itself: `()`, `(, ICLR 2023)`.
_LEFT_CLOSED = re.compile(r"[(（\[【][\s|,，、/·]*[)）\]】]")
_LEFT_OPEN = re.compile(r"([(（\[【])[\s|,，、/·]+")


def title_of(nodes: Sequence[Inline]) -> str:
    """Return a title's words, less the addresses and the links that only name themselves."""
    kept = [
        node for node in nodes
        if not (isinstance(node, Link) and (names_itself(node) or is_image(node)))
    ]  # fmt: skip
    words = plain(kept if len(kept) < len(nodes) else nodes).strip()
    if len(kept) < len(nodes):
        words = _LEFT_OPEN.sub(r"\1", _LEFT_CLOSED.sub("", words))
        words = _balanced(words)
    words = words or plain([node for node in nodes if not is_bare(node)]).strip()
    return unlabelled(words)


def unlabelled(words: str) -> str:
    """Return a title without the label that announces it."""
    return words[match.end() :] if (match := _TITLE_LABEL.match(words)) else words


def _balanced(words: str) -> str:
    """Return words without separators and half of a pair of brackets at their ends."""
    while True:
        words = words.strip(" \t\xa0\u3000\n|｜·•,，、;；/—–-:：")
        if words[-1:] in ("(", "（", "[", "【") and words:
            words = words[:-1]
        elif words[:1] in (")", "）", "]", "】") and words:
            words = words[1:]
        elif words[-1:] in (")", "）", "]", "】") and not any(x in words for x in "(（[【"):
            words = words[:-1]
        elif words[:1] in ("(", "（", "[", "【") and not any(x in words for x in ")）]】"):
            words = words[1:]
        else:
            return words


def may_be_title(text: str) -> bool:
    """Return whether a line is short and no sentence."""
    text = text.strip()
    return (
        0 < len(text) <= _LONGEST_TITLE
        and (language.last_mark(text) not in _STOPS or text.endswith("et al."))
        and any(map(str.isalnum, text))
    )


def is_odd_title(words: str) -> bool:
    """Return whether words are an address, a date, a venue, a number or a label, and no title."""
    words = words.strip()
    return 0 < len(words) <= _LONGEST_TITLE and _is_odd(words)


@lru_cache(1024)
def _is_odd(words: str) -> bool:
    return bool(
        _ODD.fullmatch(words)
        or all(word[0] in "#＃" for word in words.split())
        or CITATION.fullmatch(words)
        or kind_of(words.strip(_OPENING + _CLOSING + " "), is_bracketed=words[0] in _OPENING)
        or role_of(words.rstrip(":： ")) is not None
    )


def has_marked_title(nodes: Sequence[Inline]) -> bool:
    """Return whether a line begins with stressed words or with words on a link, as a title does."""
    for node in nodes:
        if isinstance(node, LineBreak):
            continue
        words = plain([node]).strip()
        if not any(map(str.isalnum, words)) or kind_of(
            words.strip(_OPENING + _CLOSING + " "), is_bracketed=words[0] in _OPENING
        ):
            continue
        if isinstance(node, Link):
            if names_itself(node):
                continue
            return True
        return isinstance(node, Strong | Emphasis)
    return False


def unbulleted(text: str) -> str:
    """Return a line without its bullet or number."""
    bullet = BULLET.match(text)
    return text[bullet.end() :] if bullet else text


def translates(text: str, other: str) -> bool:
    """Return whether one of two texts is in letters of East Asia and the other is not."""
    return language.has_cjk(text) != language.has_cjk(other)


_QUOTED = re.compile(
    r"《(?P<a>[^《》]{2,})》|“(?P<b>[^“”]{2,})”|\"(?P<c>[^\"]{2,})\"|「(?P<d>[^「」]{2,})」"
    r"|【(?P<e>[^【】]{2,})】"
)


def unquoted(title: str) -> str:
    """Return a title without the marks that quote all of it."""
    quoted = _QUOTED.fullmatch(title.strip())
    return next(filter(None, quoted.groups()), "") if quoted else title


def both_titles(words: str) -> tuple[str, str]:
    """Part `Title — 译名` and `Title（译名）`; the second is empty where there is only one.

    Three Latin words are a title; fewer may be a venue or a laboratory (`CVPR 2024 | 标题`).
    """
    if len(words) > _LONGEST_PAIR:
        return words, ""
    for cut in _BETWEEN.finditer(words):
        parts = words[: cut.start()], words[cut.end() :]
        counts = [len(_LATIN_WORD.findall(part)) for part in parts if not language.has_cjk(part)]
        if len(counts) == 1 and counts[0] >= _FEWEST_WORDS:
            return parts
    if (both := _BOTH.fullmatch(words)) and translates(both["first"], both["second"]):
        first, second = both["first"].rstrip(), both["second"]
        latin, other = (second, first) if language.has_cjk(first) else (first, second)
        if len(_LATIN_WORD.findall(latin)) >= _FEWEST_WORDS and len(other) >= _FEWEST_CHARACTERS:
            return first, second
    return words, ""


#: `[words](#anchor)`, which leads nowhere in an issue.
FRAGMENT = re.compile(r"\[(?P<words>[^\[\]\n]{0,300})\]\(#[^()\s]{0,300}\)")


def without_fragments(text: str) -> str:
    """Return a heading without links to places in the file."""
    text = re.sub(r"\[\[[^\[\]]{0,60}\]\]\(#[^()\s]{0,300}\)", "", text) if "](#" in text else text
    return FRAGMENT.sub(lambda match: match["words"], text) if "](#" in text else text
