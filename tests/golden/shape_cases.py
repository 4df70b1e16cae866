"""Digests in the shapes that people publish, and what is wrong with what is read from them.

Each folder of `shapes` holds one digest and `expect.json`. Its keys are the fields of `Expected`,
those of an item the fields of `Wanted`. What `expect.json` does not name is not looked at: there,
several readings are right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple, get_args

from publisher.digest.parser import ParsedDigest, read
from publisher.model import (
    Code,
    CodeBlock,
    Inline,
    Issue,
    Item,
    Level,
    LineBreak,
    Link,
    Math,
    Text,
)

SHAPES = Path(__file__).with_name("shapes")
LANGUAGES = ("en", "zh-CN")
#: Stands for a value that is not looked at.
ANY = "*"

#: One value that is right, several that are, or none at all.
Choice = str | list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is right for one item."""

    title: Choice = ANY
    translation: Choice = ANY
    #: `PaperId.key`.
    paper: Choice = ANY
    #: The address it leads to.
    url: Choice = ANY
    #: The heading of its section.
    section: Choice = ANY
    #: Addresses that are among its links or in its text.
    links: Sequence[str] = ()
    #: What its text says, what its title or its text says, and what nothing of it says.
    text: Sequence[str] = ()
    says: Sequence[str] = ()
    lacks: Sequence[str] = ()
    authors: Sequence[str] | None = None
    affiliations: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    tags: Sequence[str] | None = None
    date: Choice = ANY
    venue: Choice = ANY
    score: Choice = ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is right for one digest."""

    #: Where the shape comes from, and what is special about it.
    source: str
    #: The issue's own title.
    title: Choice = ANY
    items: Sequence[Wanted] = ()
    #: What the introduction of the issue says.
    intro: Sequence[str] = ()
    #: What the issue says outside its items, at its end or elsewhere.
    outro: Sequence[str] = ()
    #: Words that may be gone: a list of contents.
    dropped: Sequence[str] = ()
    #: Diagnostics there must be.
    codes: Sequence[str] = ()
    #: The line of the error that is right, or True for any line.
    error: int | bool = False
    #: The line of a warning that is right beside the items.
    warning: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A digest, and what is right for it."""

    name: str
    file: str
    data: bytes
    expected: Expected

    def reading(self) -> ParsedDigest:
        """Return what the program makes of it."""
        return read(self.data, self.file, languages=LANGUAGES, zone=UTC)


def cases() -> Iterator[Case]:
    """Yield every case, in order of their names. Raises TypeError for an unknown key."""
    for folder in sorted(SHAPES.iterdir()):
        (digest,) = (path for path in folder.iterdir() if path.name != "expect.json")
        told = json.loads((folder / "expect.json").read_text())
        items = [Wanted(**item) for item in told.pop("items", ())]
        expected = Expected(items=items, **told)
        yield Case(name=folder.name, file=digest.name, data=digest.read_bytes(), expected=expected)


# --- What an issue says --------------------------------------------------------------------


def words(node: object) -> str:
    """Return all that a node of the model says; blocks stand on lines of their own."""
    match node:
        case str() | LineBreak():
            return node if isinstance(node, str) else "\n"
        case Text(value) | Code(value) | CodeBlock(value):
            return value
        case Math():
            return node.words
        case tuple() | list():
            gap = "" if any(isinstance(child, _INLINES) for child in node) else "\n"
            return gap.join(words(child) for child in node)
        case _ if is_dataclass(node):
            kept = (field.name for field in fields(node) if field.name not in _UNSAID)
            return "\n".join(filter(None, (words(getattr(node, name)) for name in kept)))
    return ""


_INLINES = get_args(Inline)
#: Fields that hold no words of the digest.
_UNSAID = {"lang", "start", "url", "line", "number", "paper", "slug", "source", "section"}


def addresses(node: object) -> Iterator[str]:
    """Yield the addresses of all links in a node of the model."""
    if isinstance(node, Link):
        yield node.url
    if isinstance(node, tuple):
        for child in node:
            yield from addresses(child)
    elif is_dataclass(node):
        for field in fields(node):
            yield from addresses(getattr(node, field.name))


def outside(issue: Issue) -> str:
    """Return what an issue says outside its items."""
    introductions = [words(item.section.intro) for item in issue.items if item.section]
    return "\n".join([words(issue.intro), words(issue.outro), *introductions])


# --- What is wrong -------------------------------------------------------------------------


def is_one_of(choice: Choice, actual: str | None) -> bool:
    """Return whether a value is one of those that are right."""
    if isinstance(choice, list):
        return actual in choice
    return choice in (ANY, actual)


class Pair(NamedTuple):
    """What is right for an item, and the item of the issue that is taken for it."""

    wanted: Wanted
    item: Item


def _name(wanted: Wanted) -> str:
    """Return what tells an expected item from others."""
    if isinstance(wanted.paper, str) and wanted.paper != ANY:
        return wanted.paper
    if isinstance(wanted.url, str) and wanted.url != ANY:
        return wanted.url
    return wanted.title if isinstance(wanted.title, str) else str((wanted.title or [""])[0])


def _names(item: Item) -> list[str]:
    """Return all that an item may be told from others by."""
    given = [item.paper and item.paper.key, item.url, item.title.text]
    return [name for name in given if name]


def _pairs(case: Case, issue: Issue) -> Iterator[Pair]:
    """Yield the expected items that the issue has, each with its own."""
    left = list(issue.items)
    for wanted in case.expected.items:
        choices = wanted.title if isinstance(wanted.title, list) else [wanted.title]
        for item in left:
            if {_name(wanted), *choices} & set(_names(item)):
                left.remove(item)
                yield Pair(wanted, item)
                break


def verdict(case: Case, reading: ParsedDigest) -> Iterator[str]:
    """Yield what is wrong with the errors: one that is missing, or one too many."""
    errors = [each for each in reading.diagnostics if each.level is Level.error]
    lines = [error.line for error in errors]
    if case.expected.error is False:
        yield from map(str, errors)
    elif not errors:
        yield "no error"
    elif case.expected.error is not True and case.expected.error not in lines:
        yield f"an error at line {case.expected.error} is right, not at {lines}"
    told = "\n".join(map(str, reading.diagnostics))
    yield from (f"no {code}" for code in case.expected.codes if f"[{code}]" not in told)
    warned = {each.line for each in reading.diagnostics if each.level is Level.warning}
    if case.expected.warning not in {0, *warned}:
        yield f"no warning names line {case.expected.warning}"


def items(case: Case, issue: Issue) -> Iterator[str]:
    """Yield what is wrong with the items there are, and their order."""
    for wanted, item in zip_longest(case.expected.items, issue.items):
        if wanted is None:
            yield f"too many: {item.title.text!r}, {item.paper and item.paper.key}"
        elif item is None:
            yield f"missing: {_name(wanted)!r}"
        elif _name(wanted) not in _names(item) and not (
            isinstance(wanted.title, list) and item.title.text in wanted.title
        ):
            yield f"{_name(wanted)!r} is right, not {item.title.text!r}, {_names(item)[0]}"


def titles(case: Case, issue: Issue) -> Iterator[str]:
    """Yield what is wrong with titles and translations."""
    for wanted, item in _pairs(case, issue):
        translation = item.translation.text if item.translation else None
        if not is_one_of(wanted.title, item.title.text):
            yield f"title {wanted.title!r} is right, not {item.title.text!r}"
        if not is_one_of(wanted.translation, translation):
            yield f"translation {wanted.translation!r} is right, not {translation!r}"


def papers(case: Case, issue: Issue) -> Iterator[str]:
    """Yield what is wrong with identities and links."""
    for wanted, item in _pairs(case, issue):
        key = item.paper and item.paper.key
        if not is_one_of(wanted.paper, key):
            yield f"{item.title.text!r}: paper {wanted.paper!r} is right, not {key!r}"
        if not is_one_of(wanted.url, item.url):
            yield f"{item.title.text!r}: address {wanted.url!r} is right, not {item.url!r}"
        there = {*addresses((item.links, item.body))}
        text = words(item.body)
        for url in wanted.links:
            if url not in there and url not in text:
                yield f"{item.title.text!r}: no link to {url}"


def texts(case: Case, issue: Issue) -> Iterator[str]:
    """Yield what is wrong with texts: what is missing, and what is another's."""
    for wanted, item in _pairs(case, issue):
        text, everything = words(item.body), words(item)
        for part in wanted.text:
            if part not in text:
                yield f"{item.title.text!r}: the text lacks {part!r}"
        for part in wanted.says:
            if part not in everything:
                yield f"{item.title.text!r}: neither title nor text has {part!r}"
        for part in wanted.lacks:
            if part in everything:
                yield f"{item.title.text!r}: it has {part!r}"


def metadata(case: Case, issue: Issue) -> Iterator[str]:
    """Yield what is wrong with metadata."""
    for wanted, item in _pairs(case, issue):
        for name in ("authors", "affiliations", "categories", "tags"):
            right, actual = getattr(wanted, name), getattr(item.metadata, name)
            if right is not None and tuple(right) != actual:
                yield f"{item.title.text!r}: {name} {right!r} is right, not {actual!r}"
        for name in ("date", "venue", "score"):
            right, actual = getattr(wanted, name), getattr(item.metadata, name)
            if not is_one_of(right, actual):
                yield f"{item.title.text!r}: {name} {right!r} is right, not {actual!r}"


def frame(case: Case, issue: Issue) -> Iterator[str]:
    """Yield what is wrong outside the items: title, sections, introduction, outro."""
    if not is_one_of(case.expected.title, issue.title):
        yield f"the issue's title {case.expected.title!r} is right, not {issue.title!r}"
    for wanted, item in _pairs(case, issue):
        section = item.section.heading.text if item.section else None
        if not is_one_of(wanted.section, section):
            yield f"{item.title.text!r}: section {wanted.section!r} is right, not {section!r}"
    introduction, around = words(issue.intro), outside(issue)
    own = "\n".join(map(words, issue.items))
    for part in case.expected.intro:
        if part not in introduction:
            yield f"the introduction lacks {part!r}"
    for part in case.expected.outro:
        if part not in around:
            yield f"neither introduction nor outro has {part!r}"
        if part in own:
            yield f"an item has {part!r}"


#: What is compared of a digest that can be read.
ASPECTS: dict[str, Callable[[Case, Issue], Iterator[str]]] = {
    "items": items,
    "titles": titles,
    "papers": papers,
    "texts": texts,
    "metadata": metadata,
    "frame": frame,
}
