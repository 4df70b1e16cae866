"""The glossary's terms are the only ones for what they name."""

import io
import re
import tokenize
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "reference" / "glossary.md"
TERMS = GLOSSARY.read_text(encoding="utf-8")
AVOIDED = [
    word
    for line in re.findall(r"^\*Avoid\*: (.*)\.$", TERMS, re.MULTILINE)
    for word in line.split(", ")
]
#: CHANGELOG.md tells of the past in the words of then.
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "publisher/delivery/README.md")),
    *(path for path in (ROOT / "docs").rglob("*.md") if path != GLOSSARY),
]
MODULES = sorted((ROOT / "publisher").rglob("*.py"))


@cache
def prose(path: Path) -> str:
    """Return what a page says, or what a module says in strings and comments."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    kinds = (tokenize.STRING, tokenize.COMMENT)
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    # Patterns, with an `r`, are data: what other programs say.
    return "\n".join(
        token.string for token in tokens if token.type in kinds and token.string[0] != "r"
    )


@pytest.mark.parametrize("word", AVOIDED)
def test_avoided_word(word: str) -> None:
    """No page, docstring, comment or message has it."""
    pattern = re.compile(rf"\b{word}s?\b", re.IGNORECASE)
    found = [path.name for path in (*PAGES, *MODULES) if pattern.search(prose(path))]
    assert found == []


def test_terms() -> None:
    """Each term is defined once, and there are some."""
    terms = re.findall(r"^\*\*([^*]+)\*\*", TERMS, re.MULTILINE)
    assert len(terms) > len(AVOIDED) > 0
    assert len({term.lower() for term in terms}) == len(terms)
