"""Where a page of the documentation sends people there is something."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from publisher.config import SECTIONS, keys

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("publisher/**/*.md")])


def anchors(page: Path) -> set[str]:
    """Return the fragments that lead to a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for words in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link of each page leads to a file, and its fragment to a heading."""
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, fragment = unquote(target).partition("#")
        path = page.parent / name if name else page
        assert path.exists(), target
        if fragment:
            assert fragment in anchors(path), target


def test_index_leads_to_every_page() -> None:
    """docs/README.md has a link to each page below docs."""
    index = ROOT / "docs" / "README.md"
    linked = set(re.findall(r"\]\(([^)#\s]+)", index.read_text(encoding="utf-8")))
    pages = {path.relative_to(index.parent).as_posix() for path in index.parent.rglob("*.md")}
    assert {"README.md"} == pages - linked


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name != "templates.md"],  # whose variables look alike
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_settings_named_exist(page: Path) -> None:
    """A `section.key` in any page is a setting there is."""
    known = {f"{key.section}.{key.name}" for key in keys()}
    pattern = rf"`((?:{'|'.join(SECTIONS)})\.(?!py`)[a-z_]+)`"
    named = set(re.findall(pattern, page.read_text(encoding="utf-8")))
    assert set() == named - known
