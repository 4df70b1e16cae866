"""What became of each line of a digest, for whoever wonders why it was read so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from publisher.digest.fields.labels import label_of
from publisher.digest.fields.link_lines import line_links
from publisher.digest.outline import Outline
from publisher.digest.records.units import Candidate
from publisher.digest.source_text import Line
from publisher.model import Diagnostic


def explained(
    outline: Outline, lines: Sequence[Line], diagnostics: Iterable[Diagnostic]
) -> Iterator[str]:
    """Yield the unit that was chosen, its rivals, and for every line that is not blank its part."""
    chosen = outline.chosen
    yield f"items begin at each {chosen.name}: {_held(chosen)}" if chosen else "no items"
    for rival in outline.rivals:
        if rival is not chosen:
            yield f"not at each {rival.name}: {_held(rival)}"
    parts = _parts(outline)
    told = {diagnostic.line: diagnostic.code for diagnostic in diagnostics}
    starts = {draft.line: number for number, draft in enumerate(outline.items, 1)}
    first = min(starts, default=len(lines) + 1)
    number = 0
    for line in lines:
        number = starts.get(line.number, number)
        if not line.text.strip():
            continue
        part = parts.get(line.number)
        if part is None and line.number < first:
            part = "left out" if line.number in told else "front matter, title or mark"
        part = part or f"item {number}, {_field(line)}"
        code = f" [{told[line.number]}]" if line.number in told else ""
        yield f"{line.number}: {part}{code}"


def _held(candidate: Candidate) -> str:
    alone = sum(1 for unit in candidate.units if unit.is_alone)
    shared = sum(1 for unit in candidate.units if unit.is_shared)
    titled = sum(1 for unit in candidate.units if unit.title)
    papers = f"{alone} with one paper, {shared} with several"
    units = "1 unit" if len(candidate.units) == 1 else f"{len(candidate.units)} units"
    return f"{units}, {papers}, {titled} with a title"


def _parts(outline: Outline) -> dict[int, str]:
    """Return what each line of text is, by its number."""
    kinds = {line.number: "introduction" for line in outline.intro}
    kinds.update((line.number, "outro") for line in outline.outro)
    for section in outline.empty_sections:
        kinds[section.line] = "section without items"
    for number, draft in enumerate(outline.items, 1):
        if draft.section:
            for heading in (*draft.section.outer, draft.section):
                kinds[heading.line] = f'section "{heading.heading}"'
            kinds.update((line.number, "text of the section") for line in draft.section.lines)
        for part in draft.body:
            label = f', field "{part.term.text}"' if part.term else ", text"
            kinds.update((line.number, f"item {number}{label}") for line in part.lines)
        kinds[draft.line] = f"item {number}, title"
    return kinds


def _field(line: Line) -> str:
    """Return what a line of an item is that is no text of it."""
    label = label_of(line.text.lstrip(" \t-*+>|"))
    if label:
        return label.role.value
    return "links" if line_links(line.text) else "title, details or mark"
