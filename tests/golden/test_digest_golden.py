"""Each seed digest is read into the same Issue and the same diagnostics as ever.

`PUBLISHER_REGENERATE=1 pytest tests/golden` writes the files anew; `git diff` then shows what
a change to the parser means.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from publisher.digest.parser import ParsedDigest, read
from publisher.model import (
    Block,
    Code,
    CodeBlock,
    DefinitionList,
    Emphasis,
    Heading,
    Inline,
    LineBreak,
    Link,
    ListBlock,
    Math,
    Paragraph,
    Quote,
    Strong,
    Subheading,
    Table,
    Text,
)

ROOT = Path(__file__).parents[2]
SEEDS = sorted((ROOT / "seeds").glob("*.txt"))
GOLDEN = Path(__file__).with_name("digest")


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem[:3])
def test_seed_reads_as_ever(seed: Path) -> None:
    """What a seed becomes is what is committed, byte for byte."""
    reading = read(
        seed.read_bytes(), seed.name, languages=("en", "zh-CN"), zone=ZoneInfo("Asia/Shanghai")
    )
    found = "".join(f"{line}\n" for line in dumped(reading)).encode()
    golden = GOLDEN / seed.name
    if os.environ.get("PUBLISHER_REGENERATE"):
        golden.write_bytes(found)
    assert golden.read_bytes() == found


def dumped(reading: ParsedDigest) -> Iterator[str]:
    """Write a reading so that a person can compare it with the digest."""
    issue = reading.issue
    if issue:
        yield f"issue {issue.slug} from {issue.source}"
        yield f"title {issue.title}, date {issue.date}, draft {issue.draft}, tags {issue.tags}"
        yield from _blocks(issue.intro, "")
        for item in issue.items:
            yield ""
            yield f"item {item.number}, line {item.line}, paper {item.paper and item.paper.key}"
            yield f"  title {_heading(item.title)}"
            if item.translation:
                yield f"  translation {_heading(item.translation)}"
            if item.section:
                yield f"  section {_heading(item.section.heading)}"
                yield from _blocks(item.section.intro, "    ")
            for link in item.links:
                yield f"  link {_inlines([link])}"
            yield from _blocks(item.body, "  ")
        yield from _blocks(issue.outro, "")
    yield ""
    yield from map(str, reading.diagnostics)


def _heading(heading: Heading) -> str:
    return f"({heading.lang}) {heading.text}"


def _blocks(blocks: Sequence[Block], margin: str) -> Iterator[str]:  # noqa: C901  (one for each)
    for block in blocks:
        match block:
            case Paragraph(children, lang):
                yield f"{margin}paragraph ({lang}) {_inlines(children)}"
            case Subheading(children, lang):
                yield f"{margin}subheading ({lang}) {_inlines(children)}"
            case CodeBlock(value):
                yield f"{margin}code {value!r}"
            case Quote(children):
                yield f"{margin}quote"
                yield from _blocks(children, margin + "  ")
            case ListBlock(entries, start):
                for entry in entries:
                    yield f"{margin}entry of list from {start}"
                    yield from _blocks(entry, margin + "  ")
            case Table(names, rows):
                for row in (names, *rows):
                    yield f"{margin}row"
                    yield from _blocks(row, margin + "  ")
            case DefinitionList(definitions):
                for definition in definitions:
                    yield f"{margin}definition"
                    yield from _blocks((definition.term, *definition.children), margin + "  ")


def _inlines(nodes: Sequence[Inline]) -> str:
    return "".join(map(_inline, nodes))


def _inline(node: Inline) -> str:  # noqa: PLR0911  (one for each kind)
    match node:
        case Text(value):
            return value
        case Code(value):
            return f"⟨code {value}⟩"
        case Math(source):
            return f"⟨math {source}⟩"
        case LineBreak():
            return "⟨break⟩"
        case Emphasis(children):
            return f"⟨em {_inlines(children)}⟩"
        case Strong(children):
            return f"⟨strong {_inlines(children)}⟩"
        case Link(url, children):
            return f"⟨link {url} {_inlines(children)}⟩"
