"""Reading many papers takes as many calls a paper as reading few, whatever the unit."""

import sys

import pytest

from tests.support.parsed_digest import ZH, items, reading

FEW, MANY = 25, 200
#: What a paper is in each unit; `{n}` is its number.
UNITS = {
    "headings": "## Soup {n}\n[PDF]({u})\n\n{t}\n\n",
    "sections": "## Soups {n}\n\n### Soup {n}\n[PDF]({u})\n\n{t}\n\n",
    "entries": "- [A Soup of {n}]({u}): {t}\n",
    "nested entries": "- **Soup of {n}**\n  - [PDF]({u})\n  - {t}\n",
    "children": "  - [A Soup of {n}]({u})\n",
    "numbers": "{n}、Soup of {n}\n{u}\n{t}\n\n",
    "rows": "| A Soup of {n} | [PDF]({u}) | {t} |\n",
    "labels": "Title: A Soup of {n}\nAuthors: Ana Oak\nURL: {u}\nAbstract: {t}\n\n",
    "rules": "A Soup of {n}\n{u}\n\n{t}\n\n---\n\n",
    "bold lines": "**A Soup of {n}**\n[PDF]({u})\n\n{t}\n\n",
    "links above": "A Soup of {n}\n{u}\n\n{t}\n\n",
    "links below": "{t} {n}\n\n{u}\n\n",
    "paragraphs": "A soup of {n} is hot, as {u} says, and {t}\n\n",
    "HTML": "<h3>Soup {n}</h3><p><a href='{u}'>PDF</a></p><p>{t}</p>\n",
    "again": "## Soup {n}\n[PDF]({u})\n\n{t}\n\n- [A Soup of {n}]({u})\n\n",
}
BEFORE = {"rows": "| Title | Link | Abstract |\n|---|---|---|\n", "children": "- All soups\n"}
#: The first papers and what is done once cost something, too.
MARGIN = 1.2


@pytest.mark.parametrize("unit", UNITS)
def test_calls_grow_with_papers(unit: str) -> None:
    """Eight times as many papers take eight times as many calls of functions."""
    few, many = (digest(unit, count) for count in (FEW, MANY))
    assert (FEW, MANY) == (len(items(few)), len(items(many)))
    assert calls(many) < MARGIN * MANY / FEW * calls(few)


def digest(unit: str, count: int) -> str:
    """Return a digest of so many papers."""
    papers = (
        UNITS[unit].format(n=n, u=f"https://arxiv.org/abs/2408.{n:05}", t=f"{ZH}{n}")
        for n in range(1, count + 1)
    )
    return BEFORE.get(unit, "") + "".join(papers)


def calls(text: str) -> int:
    """Return how many functions of Python are called to read a digest."""
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        reading(text)
    finally:
        sys.setprofile(None)
    return count
