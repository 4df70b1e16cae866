"""Paragraphs that stand under the wrong item, found by likeness to the neighbours' text.

Two translations of one abstract share its names, numbers and most of its words, in the same
order; two abstracts of different papers share only the field's common words. Measured on the
four seeds (a Han character or a Latin word is one token; normalised indel similarity, paragraph
against paragraph and against whole abstract): the two strays score 0.77 and 0.72 against the
items they repeat, every other pair at most 0.26. Tokens and not characters, since any two
English texts are half alike letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel

#: Midway between the strays and everything else (see above).
THRESHOLD = 0.5
#: How far from its own place a paragraph is looked for, in items.
REACH = 4
#: Shorter texts, in tokens, are alike by chance.
SHORTEST = 30

_TOKEN = re.compile(r"[A-Za-z0-9]+|[^\sA-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Stray:
    """Paragraph `paragraph` of text `text` repeats text `repeats`."""

    text: int
    paragraph: int
    repeats: int


def find(texts: Sequence[Sequence[str]]) -> list[Stray]:
    """Find strays among the paragraphs of neighbouring items, each a list of plain texts.

    A paragraph is a stray when it is like a neighbour's text and not like the rest of its own
    item. An item always keeps at least one paragraph: what stands alone is never a stray.
    """
    found: list[Stray] = []
    for index, own in enumerate(texts):
        if len(own) < 2:  # noqa: PLR2004  (nothing to part)
            continue
        near = range(max(0, index - REACH), min(len(texts), index + REACH + 1))
        others = [
            (n, _TOKEN.findall(text))
            for n in near
            if n != index
            for text in (*texts[n], *(["\n".join(texts[n])] if len(texts[n]) > 1 else []))
        ]
        strays = []
        for paragraph, text in enumerate(own):
            tokens = _TOKEN.findall(text)
            if len(tokens) < SHORTEST:
                continue
            score, repeats = max((_likeness(tokens, o), n) for n, o in others) if others else (0, 0)
            rest = _TOKEN.findall("\n".join(part for n, part in enumerate(own) if n != paragraph))
            if score and score > _likeness(tokens, rest):
                strays.append(Stray(index, paragraph, repeats))
        if len(strays) < len(own):
            found += strays
    return found


def _likeness(one: list[str], other: list[str]) -> float:
    """Give 0, or how alike two texts are when that is more than THRESHOLD (to 1)."""
    return Indel.normalized_similarity(one, other, score_cutoff=THRESHOLD)
