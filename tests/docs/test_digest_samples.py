"""The pages on digests show digests, and below each what it becomes: all of it is so."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path

import pytest

from publisher.digest.fields import titles
from publisher.digest.fields.labels import role_of
from publisher.digest.front_matter import parse
from publisher.digest.parser import ParsedDigest, read
from publisher.digest.records.choice import FORMS
from publisher.digest.source_text import Line
from publisher.model import Block, DefinitionList, Issue, Item, paragraphs, plain

ROOT = Path(__file__).parents[2]
#: digests.md, then digest-details.md.
DOCS = "\n".join(
    (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    for name in ("digests.md", "digest-details.md")
)
#: A sample, and the text from there to the next fence or heading.
SAMPLE = re.compile(r"^```text\n(.*?)^```\n(.*?)(?=(^```|^#|\Z))", re.MULTILINE | re.DOTALL)
#: The pages without their samples.
PROSE = re.sub(r"^```text\n.*?^```$", "", DOCS, flags=re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`]+)`")
METADATA = ("authors", "affiliations", "date", "venue", "categories", "tags", "score")


def table(text: str) -> list[list[str]]:
    """Return the cells of the first table in a text: its names, then its rows."""
    found = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    lines = found[0].splitlines() if found else []
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [*rows[:1], *rows[2:]]


def section(heading: str) -> str:
    """Return the text below a heading, to the next one, without samples."""
    below = PROSE.partition(f"\n{heading}\n")[2]
    return re.split(r"^#+ ", below, maxsplit=1, flags=re.MULTILINE)[0]


#: What samples become that have no table of their own.
BOTH = table(section("## Items"))


def samples() -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the samples, each with the table of what it becomes.

    Those that follow each other directly have the table below the last.
    """
    found = SAMPLE.findall(DOCS)
    for (text, below, end), (_, next_below, _) in zip(
        found, [*found[1:], ("", "", "")], strict=True
    ):
        is_followed = end == "```" and not below.strip()
        yield text, table(next_below if is_followed else below) or BOTH


SAMPLES = tuple(samples())


def reading(text: str) -> ParsedDigest:
    """Read a sample as a digest of the sample newsletter."""
    return read(text.encode(), "week-47.txt", languages=("en", "zh-Hans"), zone=UTC, explain=True)


def facts_of(item: Item) -> dict[str, str]:
    """Return what an item is, by the names that the page has for it."""
    terms = [
        f"{plain(entry.term.children)}: {words(entry.children)}"
        for block in item.body
        if isinstance(block, DefinitionList)
        for entry in block.entries
    ]
    values = {name: getattr(item.metadata, name) for name in METADATA}
    return {
        "translation": item.translation.text if item.translation else "",
        "paper": f"`{item.paper.key}`" if item.paper else "",
        "section": item.section.heading.text if item.section else "",
        "links": ", ".join(plain(link.children) for link in item.links),
        "text": words([b for b in item.body if not isinstance(b, DefinitionList)]),
        "terms": " / ".join(terms),
        **{k: v if isinstance(v, str) else ", ".join(v) for k, v in values.items()},
    }


def words(blocks: Sequence[Block]) -> str:
    """Return the words of blocks, each in one line."""
    return " / ".join(" ".join(plain(run).split()) for run in paragraphs(blocks))


def facts(issue: Issue) -> dict[str, str]:
    """Return what an issue is; what is said of no item in particular is the first one's."""
    found = {
        "issue": issue.title or "",
        "introduction": words(issue.intro),
        "outro": words(issue.outro),
        **facts_of(issue.items[0]),
    }
    for item in issue.items:
        found[f"item {item.number}"] = item.title.text
        found |= {f"{name} of item {item.number}": v for name, v in facts_of(item).items()}
    return found


@pytest.mark.parametrize(("text", "expected"), SAMPLES, ids=[text[:40] for text, _ in SAMPLES])
def test_each_sample_becomes_what_the_page_says(text: str, expected: list[list[str]]) -> None:
    """A sample gives these items, parts and diagnostics, and no others."""
    found = reading(text)
    codes = sorted({diagnostic.code for diagnostic in found.diagnostics})
    names, *rows = expected
    if names[0] == "title":
        assert found.issue
        items = [(item.title.text, facts_of(item)) for item in found.issue.items]
        assert rows == [[title, fact["paper"], fact["text"]] for title, fact in items]
        assert [] == codes
        return
    parts = dict(rows)
    assert sorted(CODE.findall(parts.pop("`check` says", ""))) == codes
    assert bool(parts) == bool(found.issue)
    if found.issue:
        known = facts(found.issue)
        assert parts == {name: known.get(name) for name in parts}
        assert sum(1 for name in parts if name.startswith("item ")) == len(found.issue.items)


@pytest.mark.parametrize("heading", ["Items", "More layouts"])
def test_every_layout_has_a_sample(heading: str) -> None:
    """An editor sees each layout, and is not only told of it."""
    layouts = DOCS.partition(f"\n## {heading}\n")[2].partition("\n## ")[0].split("\n### ")[1:]
    told = ("A wrapped digest", "Other layouts", "When an item is not what you meant")
    assert [] == [
        layout.partition("\n")[0]
        for layout in layouts
        if "```text" not in layout and not layout.startswith(told)
    ]


#: Ways of numbering that the page names.
NUMBERS = CODE.findall(
    section("### Numbered lines").partition("may be written as")[2].partition(". They")[0]
)


@pytest.mark.parametrize("number", NUMBERS)
def test_each_number_begins_an_item(number: str) -> None:
    """The sample of numbered lines may have any of the numbers that the page names."""
    text = next(text for text, _ in SAMPLES if text.startswith("1、"))
    following = re.sub("[1一①]", lambda match: "2二②"["1一①".index(match[0])], number)
    issue = reading(text.replace("1、", number, 1).replace("2、", following, 1)).issue
    assert issue
    assert BOTH[1:] == [
        [item.title.text, facts_of(item)["paper"], facts_of(item)["text"]] for item in issue.items
    ]


def test_each_label_has_its_role() -> None:
    """The labels that the page names are known, by the roles that it gives them."""
    rows = table(section("### Labels"))[1:]
    assert rows
    told = {label: name for name, *cells in rows for label in CODE.findall(" ".join(cells))}
    roles = {label: role_of(label) for label in told}
    assert told == {label: role.value if role else "" for label, role in roles.items()}


def test_what_is_never_a_title() -> None:
    """None of the words that the page names is a title."""
    text = section("### What is never a title").partition("`check`")[0]
    assert CODE.findall(text)
    assert [] == [word for word in CODE.findall(text) if not titles.is_odd_title(word)]


def test_the_values_of_items() -> None:
    """The page has each value that front matter takes, and each is taken."""
    told = [CODE.findall(row[0])[0] for row in table(section("### Items in front matter"))[1:]]
    assert [f"items: {value}" for value in FORMS] == told
    for value in told:
        lines = [Line(n, each) for n, each in enumerate(("---", value, "---"), 1)]
        front = parse(lines, UTC, lambda *_: None)
        assert front
        assert value == f"items: {front.items}"


def test_the_explanation() -> None:
    """The output of `check --explain` is that of the first sample."""
    found = reading(SAMPLES[0][0]).explanation
    file = "seeds/week-47.txt"
    lines = [f"{file}:{line}" if line[:1].isdigit() else f"{file}: {line}" for line in found]
    command = f"$ publisher check --explain {file}"
    assert "\n".join(["```console", command, *lines, "```"]) in section("## What each line became")
