"""What a digest's lines are sorted into before texts are parsed."""

from __future__ import annotations

from dataclasses import dataclass, field

from publisher.digest.fields.draft_item import DraftItem, Grouping
from publisher.digest.records.units import Candidate
from publisher.digest.source_text import Line
from publisher.model import Level

#: What a remark is made of: a line, a column, a level, a code and a message.
Remark = tuple[int, int, Level, str, str]


@dataclass(slots=True)
class Outline:
    """All of a digest's text, sorted by what it is; every line is in exactly one place."""

    title: str = ""
    intro: list[Line] = field(default_factory=list)
    items: list[DraftItem] = field(default_factory=list)
    #: Sections with nothing under them.
    empty_sections: list[Grouping] = field(default_factory=list)
    #: Lines of headings with nothing in them or under them.
    hollow: list[int] = field(default_factory=list)
    outro: list[Line] = field(default_factory=list)
    #: That of the headings over most items; 0 where there are none.
    level: int = 0
    #: The way of cutting that was chosen first, and the others.
    chosen: Candidate | None = None
    rivals: list[Candidate] = field(default_factory=list)
    #: What is to be said about it.
    remarks: list[Remark] = field(default_factory=list)
