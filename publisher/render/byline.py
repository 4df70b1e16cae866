"""A paper's metadata in one line: authors, affiliations, venue, date, categories, tags, score.

Each is as the digest has it, so the line needs no interface text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.model import Heading, Item, Metadata
from publisher.render.titles import lang_of, one_line, running_text, shorten

#: Entries of a list that mails and feeds show.
FEW = 10
#: Columns to which mails and feeds cut each value.
_WIDEST = 80
_NOTHING = Metadata()


def byline(item: Item, most: int | None = None) -> Heading | None:
    """Return an item's metadata as one line with its language; None if it has none.

    With `most`, each list has at most so many entries, and the number of the others.
    """
    if item.metadata == _NOTHING:
        return None
    text = " · ".join(part for part in _parts(item.metadata, most) if part)
    languages = [heading.lang for heading in (item.title, item.translation) if heading]
    languages += (paragraph.lang for paragraph in running_text(item.body))
    return Heading(text, lang_of(text, languages)) if text else None


def _parts(metadata: Metadata, most: int | None) -> Iterator[str]:
    yield _listed(metadata.authors, most)
    yield _listed(metadata.affiliations, most)
    yield _listed((metadata.venue,), most)
    yield _listed((metadata.date,), most)
    yield _listed(metadata.categories, most)
    yield _listed(metadata.tags, most)
    yield _listed((metadata.score,), most)


def _listed(values: Sequence[str], most: int | None) -> str:
    words = [text for value in values if (text := one_line(value))]
    shown = words if most is None else [shorten(text, _WIDEST) for text in words[:most]]
    # `Lio, Rita; Lu, Song`
    mark = "; " if len(shown) > 1 and any("," in text or "，" in text for text in shown) else ", "
    more = len(words) - len(shown)
    return mark.join(shown) + (f" +{more}" if more else "")
