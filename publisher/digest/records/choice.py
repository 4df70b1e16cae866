"""Which of the candidates cuts a digest into its items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publisher.digest.fields import item_numbers, titles
from publisher.digest.fields.link_names import NAME
from publisher.digest.records.anchors import anchored
from publisher.digest.records.layout import Kind, Layout, Place
from publisher.digest.records.structure import structural
from publisher.digest.records.units import (
    ANCHORED,
    PAGES,
    PAPERS,
    STRONG,
    SURE,
    WEAK,
    Candidate,
    Form,
    Range,
    Unit,
)
from publisher.paper_id import PaperId

#: What `items:` in front matter allows.
FORMS = {
    "headings": frozenset((Form.heading, Form.stressed)),
    "list": frozenset((Form.entry, Form.number, Form.label)),
    "table": frozenset((Form.row, Form.table)),
    "links": frozenset((Form.above, Form.titled, Form.paragraph)),
}

_TEXTS = (Kind.text, Kind.entry, Kind.quote, Kind.code)


def choose(
    part: Range, forms: frozenset[Form] | None = None
) -> tuple[Candidate | None, list[Candidate], int]:
    """Return the best candidate, all of them in order, and a line that is not clear (-1 for none).

    Only candidates of `forms` are looked at, if these are given.
    """
    papers = {a.paper for a in part.addresses if a.paper and a.place < Place.mention}
    rivals = sorted(_of(structural(part), forms), key=_score, reverse=True)
    best = rivals[0] if rivals else None
    if best and papers and len(papers) == best.score[0] == best.score[STRONG]:
        return best, rivals, -1
    anchors = anchored(part)
    others = sorted(_of(anchors.candidates, forms), key=_score, reverse=True)
    rivals += [candidate for candidate in others if candidate.form is Form.titled]
    others = [candidate for candidate in others if candidate.form is not Form.titled]
    rivals.sort(key=_score, reverse=True)
    best = rivals[0] if rivals else None
    if others and (best is None or not _holds(best, papers, others[0])):
        best = others[0]
    is_open = best is not None and best.form in (Form.above, Form.below) and not forms
    return best, [*rivals, *others], anchors.unclear if is_open else -1


def contested(best: Candidate, rivals: Iterable[Candidate], layout: Layout) -> tuple[Form, int]:
    """Return what else units may begin at such that a text is another paper's, and the text's line.

    Such units hold the same papers as surely, by structure as well; the line is -1 for none.
    """
    titles = {unit.start for unit in best.units if unit.title == SURE}
    own = {line: paper for line, paper in _owners(best, layout) if line not in titles}
    for rival in rivals:
        is_peer = rival.score[:PAPERS] == best.score[:PAPERS] and rival.form not in ANCHORED
        for line, paper in _owners(rival, layout) if is_peer and rival is not best else ():
            if own.get(line, paper) != paper:
                return rival.form, line
    return best.form, -1


def rival_titles(best: Candidate, rivals: Iterable[Candidate], layout: Layout) -> list[int]:
    """Return the stressed lines that may be the titles of papers under short headings.

    All of them or none: below each heading one stands, has more words, and is in its language.
    """
    stressed = (r for r in rivals if r.form is Form.stressed and r.score[0] == best.score[0])
    rival = next(stressed, None)
    if best.form is not Form.heading or rival is None:
        return []
    titled = {unit.papers[0]: unit.start for unit in rival.units if unit.is_alone}
    places: list[int] = []
    for unit in best.units:
        place = titled.get(unit.papers[0], -1) if unit.is_alone else -1
        if place <= unit.start or not _may_be_its_title(layout, unit, place):
            return []
        places.append(place)
    return places


#: A name of a section is shorter, in words or in characters of East Asia.
_LONGEST_SECTION = 3, 8


def _may_be_its_title(layout: Layout, unit: Unit, place: int) -> bool:
    """Return whether a stressed line may be the title under a heading that may be a section's."""
    heading, words = (titles.title_of(titles.inlines(layout.text(i))) for i in (unit.start, place))
    most_words, most_characters = _LONGEST_SECTION
    is_short = len(heading.split()) <= most_words and (
        heading.isascii() or len(heading) <= most_characters
    )
    return (
        is_short
        and len(words) > len(heading)
        and not titles.translates(heading, words)
        and not item_numbers.NUMBER.match(layout.text(unit.start))
        and not any(address.line == unit.start for address in unit.own)
        and not any(mark in words for mark in ",，、@")
        and not NAME.fullmatch(words)
    )


def _owners(candidate: Candidate, layout: Layout) -> Iterator[tuple[int, PaperId]]:
    """Yield the lines of units about one paper each, but for headings and rules, and that paper."""
    for unit in candidate.units:
        if unit.is_alone and not unit.is_weak:
            for line in range(unit.start, unit.end):
                if layout.kinds[line] in _TEXTS and not layout.levels[line]:
                    yield line, unit.papers[0]


def _of(candidates: Iterable[Candidate], forms: frozenset[Form] | None) -> list[Candidate]:
    return [candidate for candidate in candidates if forms is None or candidate.form in forms]


def _score(candidate: Candidate) -> tuple[int, ...]:
    return candidate.score


def _holds(best: Candidate, papers: set[PaperId], other: Candidate) -> bool:
    """Return whether structural units hold half of the papers, or as many as an anchored one.

    A unit with several is read by itself; where that is the rule, the units are sections.
    """
    if not papers:
        return best.score[0] + sum(best.score[PAGES : WEAK + 1]) >= (
            other.score[0] + other.score[WEAK]
        )
    alone = [unit for unit in best.units if unit.is_alone]
    shared = [unit for unit in best.units if unit.is_shared]
    is_section = best.form in (Form.heading, Form.stressed)
    if len(alone) <= len(shared) - (not is_section):
        titled = sum(1 for unit in other.units if unit.is_alone and unit.title)
        return 2 * best.score[0] >= len(papers) or titled <= len(alone) + len(shared)
    return 2 * (best.score[0] + sum(len(unit.papers) for unit in shared)) >= len(papers)
