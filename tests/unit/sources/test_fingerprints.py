"""What is compared to know whether digests are to be read anew."""

from __future__ import annotations

import ast
from pathlib import Path

import publisher
from publisher.sources.fingerprints import _READER

PACKAGE = Path(publisher.__file__).parent


def used_by(path: Path) -> set[Path]:
    """Return the modules of the package that a module imports by name."""
    found: set[Path] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("publisher"):
            place = PACKAGE.parent.joinpath(*node.module.split("."))
            names = [place, *(place / each.name for each in node.names)]
            found |= {each.with_suffix(".py") for each in names}
    return {each for each in found if each.is_file()}


def test_digests_are_read_anew_when_a_reader_is_another() -> None:
    """Whatever the modules that read digests import of the package is among what is compared."""
    compared = {path for part in _READER for path in PACKAGE.glob(part)}
    readers = {path for path in compared if "digest" in path.parts}
    assert set().union(*map(used_by, readers)) <= compared
    assert PACKAGE / "sources/scan.py" in compared
