"""Score what digests of held-back shapes are read into.

`python -m tests.golden.held_score` prints a line per case: OK, or the aspects that differ from
what is right. `-v` tells how; names of cases choose. Who writes the reader looks at the score, not
at the cases: they stand for the shapes nobody has thought of. `--set shapes_third` scores another
set of them, by another author.

A folder of a set is a case: a digest, and what a reader of it wants in `expect.json`.

- `source`: where the shape is from. `title`: the issue's own.
- `items`: what must come out, in order. `intro`, `outro`: words that must be there.
- `dropped`: words that are in the issue, or in lines that a diagnostic names.
- `codes`, `warning`: codes of diagnostics, and words of a warning.
- `error`: true or a line, where an error is right and nothing else.
- `or_error`: words or lines, one of which an error has where it is right, too.

An item has `title`, `translation`, `paper` (a key; null for none; `*` for any), `url`, `section`,
the fields of `Metadata`, `links`, `text` (words that must be in it, and in no other item, nor in
the introduction or outro), `lacks` (words that must not), and `warned` (whether a warning is on
its lines). What a case leaves out is not compared; a list of titles holds equally right ones.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from publisher.digest.parser import ParsedDigest, read
from publisher.model import Diagnostic, Inline, Issue, Item, Level, LineBreak, Link, Metadata

HELD = "shapes_held"

#: An aspect that differs, and how.
Difference = tuple[str, str]

#: What a node of text holds beside words.
_NO_WORDS = frozenset({"lang", "url", "start", "is_display", "source"})


def main() -> int:
    """Print the score of the cases named, or of all; return 1 unless all are right."""
    parser = argparse.ArgumentParser(description="Score the digests of held-back shapes.")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell how each one differs")
    parser.add_argument("--set", default=HELD, help="the folder of the cases; %(default)s")
    parser.add_argument("cases", nargs="*", help="names of cases; all by default")
    options = parser.parse_args()
    folder = Path(__file__).with_name(options.set)
    names = options.cases or sorted(path.name for path in folder.iterdir() if path.is_dir())
    right = 0
    for name in names:
        differences = list(score(folder / name))
        right += not differences
        aspects = ", ".join(dict.fromkeys(aspect for aspect, _ in differences))
        _say(f"{name}: {aspects or 'OK'}")
        if options.verbose:
            for aspect, how in differences:
                _say(f"    {aspect}: {how}")
    _say(f"{right} of {len(names)}")
    return 0 if right == len(names) else 1


def score(folder: Path) -> Iterator[Difference]:
    """Yield what is wrong with the digest of a case, as it is read now."""
    expect = json.loads((folder / "expect.json").read_text(encoding="utf-8"))
    (digest,) = (path for path in folder.iterdir() if path.name != "expect.json")
    data = digest.read_bytes()
    reading = read(data, digest.name, languages=("en", "zh-CN"), zone=UTC)
    errors = [each for each in reading.diagnostics if each.level is Level.error]
    if "error" in expect:
        if not _are_right(errors, [expect["error"]]):
            yield "error", f"{expect['error']} expected, not {list(map(str, errors))}"
    elif errors or reading.issue is None:
        if not _are_right(errors, expect.get("or_error", [])):
            yield "error", "; ".join(map(str, errors))
    else:
        yield from _issue(expect, reading.issue)
        if len(expect["items"]) == len(reading.issue.items):
            yield from _items(expect["items"], reading.issue, reading.diagnostics)
        yield from _dropped(expect, reading.issue, data.decode().splitlines(), reading)
    codes = {each.code for each in reading.diagnostics}
    if missing := set(expect.get("codes", ())) - codes:
        yield "codes", f"{sorted(missing)} not among {sorted(codes)}"
    warnings = [each.message for each in reading.diagnostics if each.level is Level.warning]
    if not any(expect.get("warning", "") in each for each in warnings or [""]):
        yield "warning", f"{expect['warning']!r} in none of {warnings}"


def _are_right(errors: list[Diagnostic], wanted: list[str | int | bool]) -> bool:
    """Return whether an error is on one of the lines wanted, or has one of the words."""
    return any(
        want is True or want == error.line or re.search(rf"\b{want}\b", error.message)
        for error in errors
        for want in wanted
    )


def _issue(expect: dict[str, Any], issue: Issue) -> Iterator[Difference]:
    if "title" in expect and not _is_one(issue.title, expect["title"]):
        yield "title", f"{expect['title']!r} expected, {issue.title!r} read"
    for name, blocks in (("intro", issue.intro), ("outro", issue.outro)):
        for needle in expect.get(name, ()):
            if needle not in _words(blocks):
                yield name, f"{needle!r} not in {_words(blocks)[:200]!r}"
    if len(expect["items"]) != len(issue.items):
        titles = [item.title.text for item in issue.items]
        yield "items", f"{len(expect['items'])} expected, {len(titles)} read: {titles}"


def _items(
    wanted: list[dict[str, Any]], issue: Issue, diagnostics: Sequence[Diagnostic]
) -> Iterator[Difference]:
    ends = [item.line for item in issue.items[1:]] + [sys.maxsize]
    warnings = [each.line for each in diagnostics if each.level is Level.warning]
    for want, item, end in zip(wanted, issue.items, ends, strict=True):
        yield from _fields(want, item)
        yield from _contents(want, item)
        if want.get("warned") and not any(item.line <= line < end for line in warnings):
            yield "warned", f"no warning on {item.title.text!r}"
        others = [_text(other) for other in issue.items if other is not item]
        elsewhere = " ".join([_words(issue.intro), _words(issue.outro), *others])
        for needle in want.get("text", ()):
            if needle in elsewhere:
                yield "mixed", f"{needle!r} of {item.title.text!r} stands elsewhere"


def _fields(want: dict[str, Any], item: Item) -> Iterator[Difference]:
    for aspect, part in _PARTS.items():
        if aspect in want and not _is_one(part(item), want[aspect]):
            yield aspect, f"{want[aspect]!r} expected, {part(item)!r} read"
    paper = item.paper.key if item.paper else None
    wanted = want.get("paper", paper)
    if wanted != paper and not (wanted == "*" and paper):
        yield "paper", f"{wanted} expected, {paper} read in {item.title.text!r}"
    for field in dataclasses.fields(Metadata):
        value = getattr(item.metadata, field.name)
        value = list(value) if isinstance(value, tuple) else value
        if want.get(field.name, value) != value:
            yield field.name, f"{want[field.name]!r} expected, {value!r} read"


def _contents(want: dict[str, Any], item: Item) -> Iterator[Difference]:
    text = _text(item)
    links = {link.url.rstrip("/") for link in (*item.links, *_links(item.body))}
    for url in want.get("links", ()):
        if url.rstrip("/") not in links and url not in text:
            yield "links", f"{url} not in {item.title.text!r}: {sorted(links)}"
    for needle in want.get("text", ()):
        if needle not in text:
            yield "text", f"{needle!r} not in {item.title.text!r}: {text[:300]!r}"
    everything = " ".join([item.title.text, _translation(item) or "", text])
    for needle in want.get("lacks", ()):
        if needle in everything:
            yield "lacks", f"{needle!r} in {item.title.text!r}"


def _dropped(
    expect: dict[str, Any], issue: Issue, lines: list[str], reading: ParsedDigest
) -> Iterator[Difference]:
    headings = [item.section.full_heading.text for item in issue.items if item.section]
    intros = tuple(item.section.intro for item in issue.items if item.section)
    titles = [f"{item.title.text} {_translation(item)}" for item in issue.items]
    shown = _words((issue.title or "", issue.intro, issue.outro, issue.tags, intros))
    shown += " ".join([*headings, *titles, *map(_text, issue.items)])
    for needle in expect.get("dropped", ()):
        places = [number for number, line in enumerate(lines, 1) if needle in line]
        if needle not in shown and not any(
            _names(each, place) for each in reading.diagnostics for place in places
        ):
            yield "dropped", f"{needle!r} is nowhere, and no diagnostic names line {places}"


def _names(diagnostic: Diagnostic, line: int) -> bool:
    """Return whether a diagnostic is on a line, or on lines around it that its message gives."""
    ends = [int(number) for number in re.findall(r"\d{1,6}", diagnostic.message)]
    return diagnostic.line <= line <= max([diagnostic.line, *ends])


def _is_one(value: object, wanted: object) -> bool:
    """Return whether a value is the wanted one, or one of a list of those."""
    return value in wanted if isinstance(wanted, list) else value == wanted


def _translation(item: Item) -> str | None:
    return _words(item.translation.text) if item.translation else None


#: The parts of an item that are compared as they are.
_PARTS: dict[str, Callable[[Item], object]] = {
    "title": lambda item: _words(item.title.text),
    "translation": _translation,
    "url": lambda item: item.url.rstrip("/") if item.url else None,
    "section": lambda item: item.section.heading.text if item.section else None,
}


def _text(item: Item) -> str:
    """Return the words of an item below its titles."""
    return " ".join(map(_words, (item.metadata, *item.links, item.body)))


def _words(value: object) -> str:
    return re.sub(r"\s+", " ", "".join(_runs(value))).strip()


def _runs(value: object) -> Iterator[str]:
    """Yield the words of nodes of any kind, those of blocks apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, LineBreak):
        yield " "
    elif isinstance(value, tuple):
        for each in value:
            yield from _runs(each)
            yield " " if isinstance(each, str) else ""
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.name not in _NO_WORDS:
                yield from _runs(getattr(value, field.name))
                yield "" if isinstance(value, Inline) else " "


def _links(value: object) -> Iterator[Link]:
    """Yield the links in nodes of any kind."""
    if isinstance(value, Link):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _links(each)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _links(getattr(value, field.name))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
