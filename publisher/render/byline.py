"""What a digest says of a paper beside its titles, links and text, in one quiet line.

Who wrote it and where they work, where and when it came out, what it is filed under, how it was
rated: each as the digest has it, so the line needs no words of the interface.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.model import Heading, Item, Metadata
from publisher.render.titles import cut, lang_of, line, running_text

#: Where room is short, as in mails and feeds, so many are shown of a list.
FEW = 10
#: There each of them, and whatever else stands in the line, is cut to so many columns.
_WIDEST = 80
_NOTHING = Metadata()


def byline(item: Item, most: int | None = None) -> Heading | None:
    """Return what is said of an item as a line with its language; None where nothing is.

    With `most`, of each list so many are shown, and how many more there are.
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
    words = [text for value in values if (text := line(value))]
    shown = words if most is None else [cut(text, _WIDEST) for text in words[:most]]
    # `Lio, Rita; Lu, Song`
    mark = "; " if len(shown) > 1 and any("," in text or "，" in text for text in shown) else ", "
    more = len(words) - len(shown)
    return mark.join(shown) + (f" +{more}" if more else "")
