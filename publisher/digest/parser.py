"""Reading one digest: the steps in order, and what is said about the result."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from publisher.digest import filename, front_matter, listed_lines, notations, source_text
from publisher.digest.diagnostics import Remarks, quoted
from publisher.digest.explanation import explained
from publisher.digest.fields import field_lines
from publisher.digest.fields.labels import role_of
from publisher.digest.html import markup
from publisher.digest.items import items_of
from publisher.digest.language import Languages
from publisher.digest.markdown import comments, link_notations, navigation, references, tables
from publisher.digest.normalization import folded, hashed, unpacked
from publisher.digest.outline import Outline
from publisher.digest.records.choice import FORMS
from publisher.digest.segmentation import outline
from publisher.digest.source_text import Line
from publisher.digest.texts import blocks_of, texts_of
from publisher.model import Diagnostic, Issue, Level
from publisher.text_width import SUBJECT, shown_columns

#: A real digest has up to a hundred items; each paper has a page and an entry in feeds.
_MOST_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class ParsedDigest:
    """What came of one file: an issue unless there was an error, and the remarks on it."""

    issue: Issue | None
    diagnostics: tuple[Diagnostic, ...]
    #: What each line became, when that was asked for: one text a line to print.
    explanation: tuple[str, ...] = ()


def read(
    data: bytes,
    name: str,
    *,
    languages: tuple[str, ...],
    zone: tzinfo,
    shown: str = "",
    most_lines: int = sys.maxsize,
    explain: bool = False,
) -> ParsedDigest:
    """Read the digest `name`: its bytes in, an Issue and diagnostics out. Never raises.

    `languages` are the newsletter's (the original's, then the translation's), `zone` its time
    zone for dates, `shown` the path that diagnostics name (the name when empty).
    More than `most_lines` lines are an error. With `explain` the reading says what each line is.
    """
    remarks = Remarks(shown or name)
    text = source_text.decode(data, remarks)
    if text is None:
        return _without_issue(remarks)
    if (count := text.count("\n") + 1) > most_lines:
        what = f"{count} lines; digests.max_lines allows {most_lines}; part it, or raise that"
        remarks(most_lines + 1, 1, Level.error, "too-large", what)
        return _without_issue(remarks)
    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), 1)]
    front_lines, body = front_matter.split(lines, remarks)
    front = front_matter.parse(front_lines, zone, remarks)
    if front is None:
        return _without_issue(remarks)
    contents = _outline(body, text, front.items, remarks)
    if not contents:
        return _without_issue(remarks)
    tongue = Languages(languages)
    texts = texts_of(front, contents, tongue, remarks)
    items = items_of(contents, texts, tongue, remarks)
    _remark_on_outline(contents, remarks)
    if not items:
        what = "the file is empty" if not text.strip() else _NO_ITEM
        if front.items:
            what = f"no item found, and `items: {front.items}` in front matter allows no other"
        remarks(1, 1, Level.error, "empty", what)
    title = front.title or contents.title or None
    if front.title and contents.title and front.title != contents.title:
        remarks.warn(
            1, "two-titles", f'the front matter\'s title stands for "{quoted([contents.title])}"'
        )
    if front.subject and (width := shown_columns(front.subject)) > SUBJECT:
        remarks.warn(
            front.places["subject"], "long-subject",
            f"the subject is {width} columns wide; a list of mails shows about {SUBJECT}",
        )  # fmt: skip
    explanation = tuple(explained(contents, lines, remarks.found)) if explain else ()
    if remarks.has_error:
        return ParsedDigest(None, remarks.ordered(), explanation)
    issue = Issue(
        slug=filename.slug_of(name),
        source=name,
        title=title,
        date=front.date or filename.date_of(name, zone),
        draft=front.draft,
        tags=front.tags,
        intro=blocks_of(texts.intro),
        items=items,
        outro=blocks_of(texts.outro),
        subject=front.subject,
        preheader=front.preheader,
    )
    return ParsedDigest(issue, remarks.ordered(), explanation)


_ADDRESS = re.compile(r"[ \t]*https?://\S+[ \t]*")
_NO_ITEM = (
    "no item found: an item is a heading, an entry of a list, a row of a table or a title with a"
    " link"
)


def _remark_on_outline(outline: Outline, remarks: Remarks) -> None:
    """Warn of headings that stand over nothing, and of links that look like items'."""
    alone = [line for line in outline.intro if _ADDRESS.fullmatch(line.text)]
    if len(alone) > 1:
        what = (
            f"links on {len(alone)} lines of the introduction lead to no paper: if what stands"
            " above them are items, give each a heading"
        )
        remarks.warn(alone[0].number, "no-paper", what)
    for line in outline.hollow:
        remarks.warn(line, "empty-heading", "a heading with nothing in it or under it")
    for section in outline.empty_sections:
        what = f"no item under this heading: {quoted([section.heading])}"
        remarks.warn(section.line, "empty-section", what)


def _without_issue(remarks: Remarks) -> ParsedDigest:
    return ParsedDigest(None, remarks.ordered())


def _outline(body: Sequence[Line], text: str, wanted: str, remarks: Remarks) -> Outline | None:
    """Return a digest's lines sorted; None, and an error, where they are not read or too many."""
    prepared = _prepared(body, text, remarks)
    if prepared is None:
        return None
    contents = outline(prepared, remarks, FORMS.get(wanted))
    if len(contents.items) > _MOST_ITEMS:
        what = f"{len(contents.items)} items; an issue has at most {_MOST_ITEMS}"
        remarks(contents.items[_MOST_ITEMS].line, 1, Level.error, "too-large", what)
        return None
    return contents


def _prepared(body: Sequence[Line], text: str, remarks: Remarks) -> Sequence[Line] | None:
    """Return the lines in Markdown, without what surrounds them, comments and definitions.

    None, and an error, where they are in a notation that is not read.
    """
    rewritten = notations.rewritten(unpacked(body, text), remarks)
    if rewritten is None:
        return None
    body = rewritten
    if "<" in text and comments.OPEN in text:
        body = comments.hidden(body, remarks)
    body = markup.rewritten(folded(body) if "<details" in text else body, remarks)
    if field_lines.may_be(text):
        body = field_lines.parted(body)
    if ("[" in text or "`" in text) and link_notations.may_be(text):
        body = link_notations.rewritten(body)
    if references.may_be(text):
        body = references.inlined(body, remarks)
    body = navigation.removed(body, remarks)
    if "|" in text:
        body = tables.rejoined(tables.ruled(body, role_of))
    return hashed(listed_lines.marked(listed_lines.bulleted(body)), remarks)
