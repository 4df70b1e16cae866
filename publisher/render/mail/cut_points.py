"""Where a text may be cut for a mail: behind a sentence, an entry of a list, or a block.

A text in two languages is two strands, the original and its translation, and both are cut: a
reader of either language gets as much of it as a reader of the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import merge
from itertools import repeat
from typing import NamedTuple

from publisher.model import Block, ListBlock, Paragraph, Quote, Subheading, Text, plain
from publisher.render.html import blocks_html, escaped, inlines_html
from publisher.render.mail.size_budget import byte_size
from publisher.render.titles import SENTENCE_END, excerpt
from publisher.text_width import HAS_WIDE

#: The longest beginning of a text, in characters; half as many in Chinese.
_BEGINNING = 200
#: A language that has a smaller share of a text than the largest one has no strand of its own.
_STRAND = 1 / 3
#: What a full stop may end that is no sentence: an abbreviation, or an initial.
_ABBREVIATION = re.compile(
    r"(?<![\w.])(?:e\.g|i\.e|cf|vs|al|etc|resp|approx|ca|figs?|eqs?|secs?|tabs?|no|dr|prof|mr|ms|st"
    r"|w\.r\.t|a\.k\.a|[a-z])\.$",
    re.IGNORECASE,
)
_LONGEST_ABBREVIATION = 8


#: A block, how many of its entries or inlines are shown, and how many characters of the next.
Part = tuple[Block, int, int]


class _Stop(NamedTuple):
    """How far a strand is shown."""

    #: The places of the first and the last block that are shown; the same for none.
    first: int
    last: int
    #: How to cut the last one; None where nothing is shown.
    part: Part | None
    #: Bytes of HTML: of what is above the last paragraph, of its tags, and of its words.
    above: int
    tags: int
    words: int
    #: Whether it is no more than the beginning of the strand.
    is_short: bool

    @property
    def size(self) -> int:
        """All its bytes of HTML."""
        return self.above + self.tags + self.words


@dataclass(frozen=True, slots=True)
class Cut:
    """A text up to a stop in each strand."""

    stops: tuple[_Stop, ...]
    #: Bytes of HTML: of what is above the last paragraph, and of the words in that.
    above: int
    words: int
    #: The language of the last paragraph; empty where what is shown does not end with one.
    lang: str
    #: Whether it is no more than the beginning of the text.
    is_short: bool

    def shown(self, blocks: Sequence[Block]) -> list[Block]:
        """Return what is shown of the text's blocks."""
        parts: dict[int, Block] = {}
        strands = _strands(blocks, apart=len(self.stops) > 1)
        for places, stop in zip(strands, self.stops, strict=True):
            parts |= {at: blocks[at] for at in places if stop.first <= at < stop.last}
            if stop.part is not None:
                parts[stop.last] = _until(*stop.part)
        return [parts[at] for at in sorted(parts)]


def cuts(blocks: Sequence[Block], *, apart: bool = True) -> Iterator[Cut]:
    """Yield where a text may be cut, the shortest first.

    The first cut shows as little as may be: the first sentence of each strand, or nothing of what
    has no sentences. Each cut after it goes on in the strand that is shorter with it. Without
    `apart` a text is one strand, whatever it is in.
    """
    strands = [_stops(blocks, places) for places in _strands(blocks, apart=apart)]
    if len(strands) == 1:  # as most are: it takes a third of the time
        for stop in strands[0]:
            yield _cut((stop,))
        return
    stops = [next(strand) for strand in strands]
    yield _cut(stops)
    numbered = (zip(repeat(number), strand) for number, strand in enumerate(strands))
    for number, stop in merge(*numbered, key=lambda step: step[1].size):
        stops[number] = stop
        yield _cut(stops)


def _cut(stops: Sequence[_Stop]) -> Cut:
    last = stops[0] if len(stops) == 1 else max(stops, key=lambda stop: stop.last)
    above, is_short = last.above, last.is_short
    for stop in stops:
        if stop is not last:
            above += stop.size
            is_short = is_short and stop.is_short
    block = last.part[0] if last.part else None
    lang = block.lang if isinstance(block, Paragraph) else ""
    return Cut(tuple(stops), above, last.words, lang, is_short)


def _strands(blocks: Sequence[Block], *, apart: bool) -> list[list[int]]:
    """Return the places of the blocks in each language; lists and such go with those above."""
    langs = {block.lang for block in blocks if isinstance(block, Paragraph)}
    if not apart or len(langs) < 2:  # noqa: PLR2004  (nothing to tell apart)
        return [[*range(len(blocks))]] if blocks else []
    weights: dict[str, int] = {}
    for block in blocks:
        if isinstance(block, Paragraph):
            weights[block.lang] = weights.get(block.lang, 0) + byte_size(plain(block.children))
    least = max(weights.values()) * _STRAND
    strands: dict[str, list[int]] = {
        lang: [] for lang, weight in weights.items() if weight >= least
    }
    lang = next(iter(strands))
    for at, block in enumerate(blocks):
        if isinstance(block, Paragraph | Subheading) and block.lang in strands:
            lang = block.lang
        strands[lang].append(at)
    return list(strands.values())


def _stops(blocks: Sequence[Block], places: Sequence[int]) -> Iterator[_Stop]:
    """Yield where a strand may be cut, each stop with more bytes than the one before."""
    stop, start, longest = _first_stop(blocks, places)
    yield stop
    above, shown = 0, stop.size
    for at in places:
        block = blocks[at]
        weight, tags = (
            (0, _tags(block.lang)) if isinstance(block, Paragraph) else (_weight(block), 0)
        )
        for part, words, letters in _parts(block):
            if isinstance(block, Paragraph):
                short = at == start == places[0] and letters <= longest
                stop = _Stop(places[0], at, part, above, tags, words, short)
            else:
                stop = _Stop(places[0], at, part, above + words, 0, 0, is_short=False)
            if at >= start and stop.size > shown:
                yield stop
                shown = stop.size
            weight = stop.size - above
        above += weight


def _first_stop(blocks: Sequence[Block], places: Sequence[int]) -> tuple[_Stop, int, int]:
    """Return the stop that shows least, the place of the paragraph that it ends in, or -1.

    And how many characters of that are its beginning.
    """
    for at in places:
        paragraph = _first_paragraph(blocks[at])
        if paragraph is None:
            continue
        part, words, letters = next(_parts(paragraph))
        longest = _longest(paragraph)
        if letters > longest:
            beginning = excerpt((paragraph,), longest)
            part, words = (
                (Paragraph((Text(beginning),), paragraph.lang), 1, 0),
                byte_size(escaped(beginning)),
            )
        stop = _Stop(at, at, part, 0, _tags(paragraph.lang), words, is_short=True)
        return stop, at if paragraph is blocks[at] else -1, longest
    return _Stop(-1, -1, None, 0, 0, 0, is_short=True), -1, 0


def _first_paragraph(block: Block) -> Paragraph | None:
    """Return the first paragraph with words in a block: itself, or in a quote or a list."""
    match block:
        case Paragraph(children, _):
            # Nearly all paragraphs begin with a word.
            begins = children and isinstance(children[0], Text) and children[0].value[:1].strip()
            return block if begins or plain(children).strip() else None
        case Quote(children):
            inner = children
        case ListBlock(entries, _):
            inner = tuple(child for entry in entries for child in entry)
        case _:
            return None
    return next((paragraph for child in inner if (paragraph := _first_paragraph(child))), None)


def _until(block: Block, count: int, end: int) -> Block:
    """Return what is shown of a block."""
    match block:
        case Paragraph(children, lang):
            node = children[count] if end else None
            rest = (Text(node.value[:end]),) if isinstance(node, Text) else ()
            return Paragraph((*children[:count], *rest), lang)
        case ListBlock(entries, start):
            return ListBlock(entries[:count], start)
        case _:
            return block


def _parts(block: Block) -> Iterator[tuple[Part, int, int]]:
    """Yield what may be shown of a block, with its bytes of HTML and its characters.

    Those of a paragraph are without its tags. A heading is nothing without what follows.
    """
    match block:
        case Paragraph():
            yield from _sentences(block)
        case ListBlock(entries, start):
            tags = _weight(ListBlock((), start))
            weight = tags
            for count, entry in enumerate(entries, 1):
                weight += _weight(ListBlock((entry,), start)) - tags
                yield (block, count, 0), weight, 0
        case Subheading():
            pass
        case _:
            yield (block, 0, 0), _weight(block), 0


def _sentences(paragraph: Paragraph) -> Iterator[tuple[Part, int, int]]:
    """Yield the beginnings of a paragraph, each up to the end of a sentence, and then all of it.

    What is emphasised or linked is not cut.
    """
    weight = letters = 0
    for number, node in enumerate(paragraph.children):
        if isinstance(node, Text):
            start = 0
            for end in _sentence_ends(node.value):
                weight += byte_size(escaped(node.value[start:end]))
                start = end
                yield (paragraph, number, end), weight, letters + end
            weight += byte_size(escaped(node.value[start:]))
            letters += len(node.value)
        else:
            weight += byte_size(inlines_html((node,)))
            letters += len(plain((node,)))
    yield (paragraph, len(paragraph.children), 0), weight, letters


def _sentence_ends(text: str) -> Iterator[int]:
    """Yield where sentences end, but for that at the end of the text."""
    for match in SENTENCE_END.finditer(text):
        end = match.end()
        if end < len(text) and not (match[0][0] == "." and _goes_on(text, end)):
            yield end


def _goes_on(text: str, end: int) -> bool:
    """Return whether a sentence goes on after a full stop: of `et al.`, or before `show`."""
    before = text[max(0, end - _LONGEST_ABBREVIATION) : end]
    return text[end : end + 2].lstrip()[:1].islower() or bool(_ABBREVIATION.search(before))


def _longest(paragraph: Paragraph) -> int:
    wide = HAS_WIDE.search(plain(paragraph.children), 0, _BEGINNING)
    return _BEGINNING // 2 if wide else _BEGINNING


@lru_cache(16)
def _tags(lang: str) -> int:
    return _weight(Paragraph((), lang))


def _weight(block: Block) -> int:
    return byte_size(blocks_html((block,)))
