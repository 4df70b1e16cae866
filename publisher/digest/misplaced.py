"""Paragraphs that stand in the wrong place: they repeat the text of an item nearby.

Two translations of one abstract share its names, numbers and most of its words, in the same
order; two abstracts of different papers share only the field's common words. Measured on the
four seeds (normalised indel similarity, paragraph against paragraph and against whole
abstract): the two strays score 0.79 and 0.73 against the items they repeat, no other two
papers' texts more than 0.28. English is compared by words and not by letters, by which any two
texts are half alike.

Likeness alone is no proof. Results of two models in the same words have other numbers, and two
versions of one paper have one title or one address: neither is a repetition.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rapidfuzz.distance import Indel
from rapidfuzz.process import extract

from publisher.digest.language import mostly_cjk
from publisher.paper_id import PaperId

#: Midway between the strays and everything else (see above).
THRESHOLD = 0.5
#: How far from a paragraph the item that it repeats is looked for, in items.
REACH = 4
#: Shorter texts, in tokens, are alike by chance.
SHORTEST = 30
#: An abstract is shorter; comparing longer texts, or all of more, would take quadratic time.
LONGEST = 2000
MOST = 12

#: Of the numbers of the text that has fewer, so many stand in the other when one repeats the other.
NUMBERS = 0.75
#: Titles that are more alike, letter by letter, are of one paper.
ONE_TITLE = 0.8

#: A word, or what is between words; characters of the private plane stand for words already.
#: Tags are alike from item to item.
_TAGS = re.compile(r"#[^\s#]{1,40}(?:#|(?=\s|$))")
_TOKEN = re.compile(r"[A-Za-z0-9]+|[^\w\U000f0000-\U000ffffd]+")
#: A number and the word that multiplies it, but not the 8 of `GSM8K`.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9.])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:[ -]?(thousand|million|billion|trillion|万亿|[十百千]?[万亿]|[kKMBT](?![A-Za-z])))?"
)
_TIMES = {
    "": 1, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12,
    "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7,
    "亿": 10**8, "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Passage:
    """The text of an item, or what stands between items: introductions and the outro."""

    #: As plain text; empty where a block is no paragraph.
    paragraphs: Sequence[str]
    title: str = ""
    #: What paper an item is about, by each of the addresses that it has.
    papers: frozenset[PaperId] = frozenset()
    is_item: bool = True


@dataclass(frozen=True, slots=True)
class Stray:
    """Paragraph `paragraph` of passage `passage` repeats passage `repeats`, an item's."""

    passage: int
    paragraph: int
    repeats: int


def find(passages: Sequence[Passage]) -> list[Stray]:
    """Return the strays among the paragraphs of passages in reading order.

    A paragraph is a stray when it repeats one item within `REACH`, before or after it, and not the
    rest of its own passage. Where two items have the same text, the stray is the one that suits its
    place less: by the titles, by whether the item has another text, and by its position in the
    item. If these do not tell, there is no stray. An item always keeps at least one paragraph: what
    stands alone is never a stray. What stands between items may go altogether.
    """
    strays: list[Stray] = []
    tokens = Tokens([passage.paragraphs for passage in passages])
    for index, passage in enumerate(passages):
        count = len(passage.paragraphs)
        if (passage.is_item and count < 2) or count > MOST:  # noqa: PLR2004  (it keeps one)
            continue
        own = [
            Stray(index, paragraph, repeated)
            for paragraph in range(count)
            if (repeated := _repeated(tokens, passages, index, paragraph)) is not None
        ]
        if not passage.is_item or len(own) < count:
            strays += own
    return strays


def _repeated(
    tokens: Tokens, passages: Sequence[Passage], index: int, paragraph: int
) -> int | None:
    """Return the item that a paragraph repeats, or None where it is at home."""
    passage = passages[index]
    text = tokens.paragraphs(index)[paragraph]
    if len(text) < SHORTEST:
        return None
    others = [
        (other, place, theirs)
        for other in _near(passages, index)
        for place, theirs in tokens.of(other)
    ]
    alike = tokens.alike(text, [theirs for _, _, theirs in others])
    if len({others[number][0] for _, number in alike}) != 1:  # in several items it is a refrain
        return None
    score, number = max(alike, key=lambda match: (match[0], -match[1]))
    other, place, theirs = others[number]
    original = passages[other].paragraphs
    if _is_one_paper(passage, passages[other]) or not _have_one_count(
        passage.paragraphs[paragraph], " ".join(original) if place is None else original[place]
    ):
        return None
    if any(score <= own for own, _ in tokens.alike(text, [tokens.rest(index, paragraph)])):
        return None
    if not passage.is_item:
        return other
    suits_here, suits_there = (
        tokens.fit(passages[at].title, text) + tokens.fit(passages[at].title, theirs)
        for at in (index, other)
    )
    here = (suits_there - suits_here, tokens.has_more(index, other), paragraph)
    back = (suits_here - suits_there, tokens.has_more(other, index), place or 0)
    return other if here > back else None


def _near(passages: Sequence[Passage], index: int) -> Iterator[int]:
    """Yield the items within REACH; what stands between items does not count."""
    for way in (range(index - 1, -1, -1), range(index + 1, len(passages))):
        yield from islice((other for other in way if passages[other].is_item), REACH)


def _is_one_paper(one: Passage, other: Passage) -> bool:
    """Return whether two items are of one paper: two versions, or one item twice."""
    if one.papers & other.papers:
        return True
    alike = Indel.normalized_similarity(one.title.casefold(), other.title.casefold())
    return bool(one.title) and alike >= ONE_TITLE


def _have_one_count(text: str, whole: str) -> bool:
    """Return whether a text has the numbers of another, which may have or lack a few more."""
    numbers, others = set(_numbers(text)), set(_numbers(whole))
    return len(numbers & others) >= NUMBERS * min(len(numbers), len(others))


def _numbers(text: str) -> Iterator[str]:
    """Yield the numbers in a text: 2.5M, 2.5 million, 2,500,000 and 250万 are one."""
    for match in _NUMBER.finditer(text[: 4 * LONGEST]):
        yield f"{float(match[1].replace(',', '')) * _TIMES[match[2] or '']:.9g}"


class Tokens:
    """Texts as strings of one character a token, which rapidfuzz compares fastest."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self.texts = texts
        self.words: dict[str, str] = {}
        self.known: dict[int, list[str]] = {}
        self.sketches: dict[str, bytes] = {}

    def paragraphs(self, index: int) -> list[str]:
        """Return the paragraphs of a text."""
        if index not in self.known:
            self.known[index] = [self.tokens(text) for text in self.texts[index][:MOST]]
        return self.known[index]

    def of(self, index: int) -> list[tuple[int | None, str]]:
        """Return the paragraphs of a text with their places, and several as a whole with None."""
        paragraphs = self.paragraphs(index)
        whole = [(None, "".join(paragraphs))] if len(paragraphs) > 1 else []
        return [*enumerate(paragraphs), *whole]

    def rest(self, index: int, paragraph: int) -> str:
        """Return a text without one of its paragraphs."""
        paragraphs = self.paragraphs(index)
        return "".join(text for place, text in enumerate(paragraphs) if place != paragraph)

    def has_more(self, index: int, other: int) -> bool:
        """Return whether an item has a text that does not stand in another."""
        theirs = [text for _, text in self.of(other)]
        return any(
            len(text) >= SHORTEST and not self.alike(text, theirs)
            for text in self.paragraphs(index)
        )

    def fit(self, title: str, text: str) -> float:
        """Return which share of a title's words stands in a text."""
        words = set(self._words_as_one(title))
        return len(words.intersection(self._words_as_one(text))) / len(words) if words else 0

    def tokens(self, text: str) -> str:
        """Return a text a character a token: each Latin word as one, unless it is Chinese.

        There the few Latin words make no difference, and replacing them would take longer than
        the comparing.
        """
        if mostly_cjk(text):
            return (_TAGS.sub("", text) if "#" in text else text)[:LONGEST]
        return self._words_as_one(text[: 4 * LONGEST])[:LONGEST]

    def _words_as_one(self, text: str) -> str:
        """Write a text with a character of a private plane for each Latin word, no other marks."""
        return _TOKEN.sub(self.token, text)

    def token(self, match: re.Match[str]) -> str:
        """Return the character that stands for a word; none for what is between words."""
        word = match[0]
        if not word[0].isalnum():
            return ""
        return self.words.setdefault(word, chr(0xF0000 + len(self.words) % 0xFFFE))

    def alike(self, text: str, others: Sequence[str]) -> list[tuple[float, int]]:
        """Return how alike a text is (to 1) to each of the others that is more so than THRESHOLD.

        By their sketches no two texts are less alike than they are, and few are more: what is left
        of them to compare is hardly ever more than a stray.
        """
        likely = _similar(self.sketch(text), [self.sketch(other) for other in others])
        if not likely:
            return []
        matches = _similar(text, [others[number] for _, number in likely])
        return [(score, likely[number][1]) for score, number in matches]

    def sketch(self, text: str) -> bytes:
        """Return the low byte of each character.

        rapidfuzz looks bytes up in a table and other characters by their hashes, which takes ten
        times as long.
        """
        encoded = self.sketches.get(text)
        if encoded is None:
            encoded = self.sketches[text] = text.encode("utf-32-le", "surrogatepass")[::4]
        return encoded


def _similar(
    text: Sequence[Hashable], others: Sequence[Sequence[Hashable]]
) -> list[tuple[float, int]]:
    """Compare with all in one call, for which rapidfuzz prepares the text once."""
    matches = extract(
        text, others, scorer=Indel.normalized_similarity, score_cutoff=THRESHOLD, limit=None
    )
    return [(score, number) for _, score, number in matches]
