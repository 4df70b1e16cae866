"""The texts of a digest, parsed: of its items, its sections, its introduction and its outro."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from publisher.digest import front_matter, misplaced
from publisher.digest.diagnostics import Remarks, quoted
from publisher.digest.fields.draft_item import DraftItem
from publisher.digest.html import markup
from publisher.digest.language import Languages
from publisher.digest.markdown import blocks, comments, inline
from publisher.digest.markdown.autolink import paper_of
from publisher.digest.markdown.blocks import Placed
from publisher.digest.outline import Outline
from publisher.digest.source_text import Line
from publisher.model import Block, Definition, DefinitionList, Paragraph, plain


@dataclass(slots=True)
class Texts:
    """All texts of a digest, parsed."""

    intro: list[Placed]
    #: The introductions of sections, by the line of their heading.
    sections: dict[int, list[Placed]]
    items: list[list[Placed]]
    outro: list[Placed]


def texts_of(
    front: front_matter.FrontMatter, outline: Outline, tongue: Languages, remarks: Remarks
) -> Texts:
    """Return all texts of a digest, without paragraphs that repeat another item's."""
    line = front.places.get("intro", 1)
    given: Sequence[Line] = [Line(line, words) for words in front.intro.split("\n")]
    if comments.OPEN in front.intro:
        given = comments.hidden(given, remarks)
    given = markup.rewritten(given, remarks)
    sections = {draft.section.line: draft.section for draft in outline.items if draft.section}
    texts = Texts(
        intro=blocks.parse([*given, Line(line, ""), *outline.intro], tongue, remarks),
        sections={
            line: blocks.parse(section.lines, tongue, remarks) for line, section in sections.items()
        },
        items=[_body(draft, tongue, remarks) for draft in outline.items],
        outro=blocks.parse(outline.outro, tongue, remarks),
    )
    _take_out_strays(outline.items, texts, remarks)
    return texts


def _body(draft: DraftItem, tongue: Languages, remarks: Remarks) -> list[Placed]:
    """Return an item's text; labelled values that follow each other as one list."""
    text: list[Placed] = []
    for part in draft.body:
        inside = blocks.parse(part.lines, tongue, remarks)
        if part.term is None:
            text += inside
            continue
        words = inline.parse(part.term.text, lambda *_: None)
        term = Paragraph(words, tongue.of(part.term.text))
        definition = Definition(term, blocks_of(inside))
        last = text[-1].block if text else None
        if isinstance(last, DefinitionList):
            text[-1] = Placed(text[-1].line, DefinitionList((*last.entries, definition)))
        else:
            text.append(Placed(part.term.number, DefinitionList((definition,))))
    return text


def blocks_of(text: Sequence[Placed]) -> tuple[Block, ...]:
    """Return blocks without their places."""
    return tuple(placed.block for placed in text)


def _take_out_strays(drafts: Sequence[DraftItem], texts: Texts, remarks: Remarks) -> None:
    """Take out paragraphs that repeat the text of an item nearby, each with a diagnostic."""
    between = (texts.intro, *texts.sections.values(), texts.outro)
    if not any(between) and all(len(text) <= 1 for text in texts.items):  # nothing to part
        return
    places: list[tuple[DraftItem | None, list[Placed]]] = [(None, texts.intro)]
    section = None
    for draft, text in zip(drafts, texts.items, strict=True):
        if draft.section and draft.section is not section:
            section = draft.section
            places.append((None, texts.sections[section.line]))
        places.append((draft, text))
    places.append((None, texts.outro))
    passages = [_passage(draft, text) for draft, text in places]
    for stray in reversed(misplaced.find(passages)):  # so that no place of another moves
        owner, text = places[stray.passage]
        repeated = places[stray.repeats][0] or DraftItem(0, "")
        name = quoted([repeated.heading or repeated.other_title])
        own = f' and not that of "{quoted([owner.heading])}"' if owner else ""
        remarks.warn(
            text.pop(stray.paragraph).line, "stray-paragraph",
            f'left out: it repeats the text of "{name}" (line {repeated.line}){own}: '
            + quoted([passages[stray.passage].paragraphs[stray.paragraph]]),
        )  # fmt: skip


def _passage(draft: DraftItem | None, text: Sequence[Placed]) -> misplaced.Passage:
    words = [plain(p.block.children) if isinstance(p.block, Paragraph) else "" for p in text]
    if draft is None:
        return misplaced.Passage(words, is_item=False)
    papers = {paper for link in draft.links if (paper := paper_of(link.url))}
    title = f"{draft.heading} {draft.other_title}".strip()
    return misplaced.Passage(words, title, frozenset(papers))
