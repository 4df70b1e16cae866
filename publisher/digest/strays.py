"""Paragraphs that stand under the wrong item, found by likeness to the neighbours' text.

Two translations of one abstract share its names, numbers and most of its words, in the same
order; two abstracts of different papers share only the field's common words. Measured on the
four seeds (normalised indel similarity, paragraph against paragraph and against whole
abstract): the two strays score 0.79 and 0.73 against the items they repeat, no other two
papers' texts more than 0.28. English is compared by words and not by letters, by which any two
texts are half alike.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel
from rapidfuzz.process import extract

from publisher.digest.language import mostly_cjk

#: Midway between the strays and everything else (see above).
THRESHOLD = 0.5
#: How far from its own place a paragraph is looked for, in items.
REACH = 4
#: Shorter texts, in tokens, are alike by chance.
SHORTEST = 30
#: An abstract is shorter; comparing longer texts, or all of more, would take quadratic time.
LONGEST = 2000
MOST = 12

_TOKEN = re.compile(r"[A-Za-z0-9]+|[^\w]+")


@dataclass(frozen=True, slots=True)
class Stray:
    """Paragraph `paragraph` of text `text` repeats text `repeats`."""

    text: int
    paragraph: int
    repeats: int


def find(texts: Sequence[Sequence[str]], titles: Sequence[str]) -> list[Stray]:
    """Find strays among the paragraphs of neighbouring items, each a list of plain texts.

    A paragraph is a stray when it is like one neighbour's and not like the rest of its own item,
    and of the two it is the one that fits its place less: its title, then its position. An item
    always keeps at least one paragraph: what stands alone is never a stray.
    """
    found: list[Stray] = []
    tokens = Tokens(texts, titles)
    for index, own in enumerate(texts):
        if 1 < len(own) <= MOST:
            strays = [
                Stray(index, paragraph, repeats)
                for paragraph in range(len(own))
                if (repeats := _repeated(tokens, index, paragraph)) is not None
            ]
            if len(strays) < len(own):
                found += strays
    return found


def _repeated(tokens: Tokens, index: int, paragraph: int) -> int | None:
    """Give the item that a paragraph repeats, or None where it is at home."""
    text = tokens.of(index)[paragraph]
    if len(text) < SHORTEST:
        return None
    near = range(max(0, index - REACH), min(len(tokens.texts), index + REACH + 1))
    others = [
        (other, place, theirs)
        for other in near
        if other != index
        for place, theirs in enumerate(tokens.of(other))
    ]
    alike = tokens.alike(text, [theirs for _, _, theirs in others])
    if len({others[number][0] for _, number in alike}) != 1:  # in several items it is a refrain
        return None
    score, (other, place, there) = max(
        ((score, others[number]) for score, number in alike),
        key=lambda each: (each[0], each[1][0], -each[1][1]),
    )
    if any(score <= own for own, _ in tokens.alike(text, [tokens.rest(index, paragraph)])):
        return None
    here = (tokens.fit(text, other) - tokens.fit(text, index), paragraph, -index)
    back = (tokens.fit(there, index) - tokens.fit(there, other), place, -other)
    return other if here > back else None


class Tokens:
    """Texts as strings of one character a token, which rapidfuzz compares fastest."""

    def __init__(self, texts: Sequence[Sequence[str]], titles: Sequence[str]) -> None:
        self.texts = texts
        self.titles = titles
        self.words: dict[str, str] = {}
        self.known: dict[int, list[str]] = {}
        self.sketches: dict[str, bytes] = {}

    def of(self, index: int) -> list[str]:
        """Give the paragraphs of a text, and behind several the whole of them."""
        if index not in self.known:
            paragraphs = [self.tokens(text) for text in self.texts[index][:MOST]]
            whole = ["".join(paragraphs)] if len(paragraphs) > 1 else []
            self.known[index] = paragraphs + whole
        return self.known[index]

    def rest(self, index: int, paragraph: int) -> str:
        """Give a text without one of its paragraphs."""
        paragraphs = self.of(index)[:-1]
        return "".join(text for place, text in enumerate(paragraphs) if place != paragraph)

    def fit(self, text: str, index: int) -> float:
        """Tell which share of an item's titles stands in a text."""
        title = set(self._words_as_one(self.titles[index]))
        return len(title.intersection(self._words_as_one(text))) / len(title) if title else 0

    def tokens(self, text: str) -> str:
        """Give a text a character a token: each Latin word as one, unless it is Chinese.

        There the few Latin words make no difference, and replacing them would take longer than
        the comparing.
        """
        if mostly_cjk(text):
            return text[:LONGEST]
        return self._words_as_one(text[: 4 * LONGEST])[:LONGEST]

    def _words_as_one(self, text: str) -> str:
        """Write a text with a character of a private plane for each Latin word, no other marks."""
        return _TOKEN.sub(self.token, text)

    def token(self, match: re.Match[str]) -> str:
        """Give the character that stands for a word; none for what is between words."""
        word = match[0]
        if not word[0].isalnum():
            return ""
        return self.words.setdefault(word, chr(0xF0000 + len(self.words) % 0xFFFE))

    def alike(self, text: str, others: Sequence[str]) -> list[tuple[float, int]]:
        """Give how alike a text is (to 1) to each of the others that is more so than THRESHOLD.

        By their sketches no two texts are less alike than they are, and few are more: what is left
        of them to compare is hardly ever more than a stray.
        """
        likely = _similar(self.sketch(text), [self.sketch(other) for other in others])
        if not likely:
            return []
        found = _similar(text, [others[number] for _, number in likely])
        return [(score, likely[number][1]) for score, number in found]

    def sketch(self, text: str) -> bytes:
        """Give the low byte of each character.

        rapidfuzz looks bytes up in a table and other characters by their hashes, which takes ten
        times as long.
        """
        found = self.sketches.get(text)
        if found is None:
            found = self.sketches[text] = text.encode("utf-32-le", "surrogatepass")[::4]
        return found


def _similar(
    text: Sequence[Hashable], others: Sequence[Sequence[Hashable]]
) -> list[tuple[float, int]]:
    """Compare with all in one call, for which rapidfuzz prepares the text once."""
    found = extract(
        text, others, scorer=Indel.normalized_similarity, score_cutoff=THRESHOLD, limit=None
    )
    return [(score, number) for _, score, number in found]
