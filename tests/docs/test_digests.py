"""docs/reference explains every diagnostic, and every key of the front matter."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from publisher.digest.filename import SUFFIXES
from publisher.digest.front_matter import KEYS

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "reference" / "digests.md").read_text(encoding="utf-8")
DIAGNOSTICS = (ROOT / "docs" / "reference" / "diagnostics.md").read_text(encoding="utf-8")
#: A row of a table of diagnostics.
ROW = re.compile(r"^\| `[a-z0-9-]+` \| (?:error|warning|info) \|.*$", re.MULTILINE)
#: How diagnostics are made: by these calls, with a code among the arguments.
REPORTERS = {"report", "remark", "remarks", "warn", "Diagnostic"}
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def reported(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the diagnostics a file makes: code and level."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        given = [*node.args, *(each.value for each in node.keywords)]
        codes = [
            each.value
            for each in given
            if isinstance(each, ast.Constant)
            and isinstance(each.value, str)
            and CODE.fullmatch(each.value)
        ]
        if name in REPORTERS and codes:
            levels = [each.attr for each in given if isinstance(each, ast.Attribute)]
            yield codes[0], next((each for each in levels if each in ("error", "info")), "warning")


def test_every_code_is_documented() -> None:
    """The table has every diagnostic with its level, and no other, in alphabetical order."""
    found = {pair for path in (ROOT / "publisher").rglob("*.py") for pair in reported(path)}
    assert sorted(found) == re.findall(r"^\| `([a-z0-9-]+)` \| (\w+) \|", DIAGNOSTICS, re.MULTILINE)


def test_every_code_says_what_to_do() -> None:
    """Each row of the table has a meaning and what to do."""
    rows = ROW.findall(DIAGNOSTICS)
    assert rows
    cells = [re.split(r"(?<!\\)\|", row.removeprefix("|").removesuffix("|")) for row in rows]
    assert [] == [row for row in cells if len(row) != 4 or not all(map(str.strip, row))]


def test_common_codes_say_the_same() -> None:
    """What digests.md says of the most common codes is what diagnostics.md says of them."""
    rows = ROW.findall(DOCS)
    assert rows
    assert set(rows) <= set(ROW.findall(DIAGNOSTICS))


def test_every_key_is_documented() -> None:
    """The table of the front matter has every key."""
    section = DOCS.partition("## Front matter")[2].partition("\n## ")[0]
    assert sorted(KEYS) == sorted(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def test_every_suffix_is_documented() -> None:
    """What a digest may be called is said at the beginning."""
    assert [] == [suffix for suffix in SUFFIXES if f"`{suffix}`" not in DOCS.partition("##")[0]]
