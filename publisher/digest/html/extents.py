"""How far elements reach: headings, summaries, tables and lists; those that nobody ends, too."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from publisher.digest.html.tags import HEADINGS, Tag
from publisher.digest.html.tokens import Piece

_REGIONS = frozenset({"dir", "dl", "menu", "ol", "table", "ul"})
#: What is in them.
_PARTS = frozenset({"dd", "dt", "li", "tbody", "td", "tfoot", "th", "thead", "tr"})
#: The longest heading or summary, in pieces.
_LONGEST = 60
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


def title(pieces: Sequence[Piece], place: int) -> tuple[int, int]:
    """Return the place after a heading or a summary, and the heading's level; 0 without an end."""
    first = pieces[place].tag
    is_summary = first is not None and first.name == "summary"
    level = 0
    for at in range(place, min(place + _LONGEST, len(pieces))):
        tag = pieces[at].tag
        if pieces[at].code or _begins_region(tag):
            break
        if tag and tag.is_end and (tag.name == "summary" if is_summary else tag.name in HEADINGS):
            return at + 1, level
        if tag and tag.name in HEADINGS and not tag.is_end:
            if level:
                break
            level = int(tag.name[1])
    return 0, 0


def regions(pieces: Sequence[Piece], rows: Container[int]) -> dict[int, int]:
    """Return the places after tables and lists that are in no other, by those where they begin.

    `rows` has the indices of lines in which they are no regions.
    """
    ends = _ends(pieces, rows)
    outer: dict[int, int] = {}
    reach = 0
    for place in sorted(ends):
        if place >= reach:
            outer[place] = reach = ends[place]
    return outer


def ended(pieces: Sequence[Piece], rows: Container[int]) -> Sequence[Piece]:
    """Return pieces with an end to each table and list: below its last row or entry."""
    ends = _ends(pieces, rows)
    put: dict[int, list[Piece]] = {}
    for place, piece in enumerate(pieces):
        tag = piece.tag
        if tag is None or place in ends or piece.index in rows or not _begins_region(tag):
            continue
        last, stop = 0, place + 1
        while stop < len(pieces) and not _begins_section(pieces[stop].tag):
            following = pieces[stop].tag
            if following and following.name in _PARTS:
                last = stop
            stop += 1
        if last:
            at, before, after = _split(pieces, last, stop)
            index = before.index + before.text.count("\n")
            end = Piece(index, tag=Tag(tag.name, is_end=True))
            put[at] = [before, end, *after]
    if not put:
        return pieces
    return [part for place, piece in enumerate(pieces) for part in put.get(place, (piece,))]


def _ends(pieces: Sequence[Piece], rows: Container[int]) -> dict[int, int]:
    """Return the places after all tables and lists that have an end."""
    ends: dict[int, int] = {}
    begun: dict[str, list[int]] = {name: [] for name in _REGIONS}
    for place, piece in enumerate(pieces):
        tag = piece.tag
        if tag is None or tag.name not in _REGIONS or piece.index in rows:
            continue
        if not tag.is_end:
            begun[tag.name].append(place)
        elif begun[tag.name]:
            ends[begun[tag.name].pop()] = place + 1
    return ends


def _split(pieces: Sequence[Piece], last: int, stop: int) -> tuple[int, Piece, Sequence[Piece]]:
    """Return the place of the piece in which a region ends, and its parts before and after that.

    `last` is the place of its last row, cell or entry, `stop` of what begins anything else.
    """
    tag = pieces[last].tag
    if tag is None or not tag.is_end:
        for at in range(last + 1, stop):
            piece = pieces[at]
            if blank := _BLANK_LINE.search(piece.text):
                before = Piece(piece.index, piece.text[: blank.start()])
                index = piece.index + before.text.count("\n")
                return at, before, (Piece(index, piece.text[blank.start() :]),)
        last = stop - 1
    return last, pieces[last], ()


def _begins_region(tag: Tag | None) -> bool:
    return tag is not None and tag.name in _REGIONS and not tag.is_end


def _begins_section(tag: Tag | None) -> bool:
    return _begins_region(tag) or (tag is not None and tag.name in HEADINGS)
