"""Digests of records, whole or with a slip, and what is right for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from publisher.model import Metadata
from tests.support.record_units import (
    Blocks,
    above_texts,
    below_texts,
    bold_lines,
    entries,
    headings,
    label_blocks,
    nested_entries,
    numbered,
    rows,
    ruled,
    short_entries,
)
from tests.support.records import Record, records, with_mention, without_translation

Writer = Callable[[st.DrawFn, Sequence[Record]], Blocks]
INTRO = (
    "Hello everyone, here are the papers of introholm week.",
    "大家好，以下是本周的论文速递 introholm。",
)
#: Words that end a digest in any unit: below the last paper other words would be its text.
OUTRO = ("That's all for this week, outroholm!", "感谢阅读，我们下周再见。outroholm")
#: Words that stand in these alone.
OUTSIDE = ("introholm", "outroholm")
FOREIGN = "https://arxiv.org/abs/2307.04321"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A digest, and the records that are in it."""

    text: str
    records: tuple[Record, ...]
    #: Whether it says what its papers are called.
    has_titles: bool
    #: Which fields it has: `authors`, `date`, `venue`.
    fields: frozenset[str]
    slips: tuple[str, ...] = ()

    def metadata_of(self, record: Record) -> Metadata:
        """Return the metadata of a record, as far as the digest has it."""
        return Metadata(
            authors=record.authors if "authors" in self.fields else (),
            date=record.date if "date" in self.fields else "",
            venue=record.venue if "venue" in self.fields else "",
        )


UNITS: dict[str, Writer] = {
    "headings": headings,
    "entries": entries,
    "short entries": short_entries,
    "nested entries": nested_entries,
    "rows": rows,
    "numbered lines": numbered,
    "title labels": label_blocks,
    "bold lines": bold_lines,
    "rules": ruled,
    "links above texts": above_texts,
    "links below texts": below_texts,
}
#: Units that have no translated titles, and no more than one text.
PLAIN = ("short entries", "links below texts")
#: What may go wrong once in a digest of each unit; there may be an introduction, too.
#:
#: Not drawn, since a reader could not tell either: no blank line before a title that only its place
#: makes one; a greeting above texts that stand above their links.
SLIPS: dict[str, tuple[str, ...]] = {
    "headings": ("level", "blank", "mention", "translation", "around"),
    "entries": ("blank", "mention", "translation", "around"),
    "short entries": ("blank", "mention", "around"),
    "nested entries": ("blank", "mention", "translation", "around"),
    "rows": ("mention", "translation", "around"),
    "numbered lines": ("blank", "mention", "translation", "around"),
    "title labels": ("blank", "mention", "translation", "around"),
    "bold lines": ("blank", "mention", "translation", "around"),
    "rules": ("mention", "translation", "around"),
    "links above texts": ("mention", "translation", "around"),
    "links below texts": ("mention",),
}


@st.composite
def digests(draw: st.DrawFn, unit: str, *, slips: Sequence[str] = (), most: int = 8) -> Digest:
    """Write two records or more, and so many at most, in a unit, with these slips."""
    made = draw(records(most))
    at = draw(st.integers(0, len(made) - 1)) if slips else 0
    if unit in PLAIN:
        made = [replace(one, translation="", texts=one.texts[:1]) for one in made]
    if "translation" in slips:
        made = without_translation(made, at)
    if "mention" in slips:
        url = draw(st.sampled_from([FOREIGN, made[at - 1].url]))
        made = with_mention(made, at, url, draw(st.integers(0, 1)))
    blocks = UNITS[unit](draw, made)
    if "level" in slips:
        first = blocks.records[at][0]
        if len(first.split(" ")[0]) < 6:
            blocks.records[at][0] = "#" + first
    gaps = [blocks.gap] * (len(made) - 1) + [""]
    if "blank" in slips:
        gaps[at] = gaps[at][:1]
    parts = [
        "\n".join([*blocks.above.get(n, ()), *lines]) + gap
        for n, (lines, gap) in enumerate(zip(blocks.records, gaps, strict=True))
    ]
    text = "".join(parts) + blocks.end
    if "around" in slips:
        form = draw(st.integers(0, 1))
        text = f"{INTRO[form]}\n\n{text}\n\n{OUTRO[form]}"
    return Digest(
        text=text + "\n",
        records=tuple(made),
        has_titles=blocks.has_titles,
        fields=frozenset(blocks.fields),
        slips=tuple(slips),
    )
