"""`docs`: the manual of this version, as it was installed."""

from __future__ import annotations

import difflib
from pathlib import Path

from publisher.errors import NotFoundError

_PACKAGE = Path(__file__).parents[1]
# The wheel has the folder in the package; in a checkout it stands beside it.
_IN_WHEEL = _PACKAGE / "docs"
MANUAL = _IN_WHEEL if _IN_WHEEL.is_dir() else _PACKAGE.parent / "docs"


def list_titles() -> dict[str, str]:
    """Return the title of each page by its name: its path in the manual, without `.md`."""
    return {name: _title(path) for name, path in _pages().items()}


def read_page(name: str) -> str:
    """Return a page as Markdown, by its name or the last part of it, with `.md` or without.

    Raises NotFoundError, which names similar pages.
    """
    pages = _pages()
    wanted = name.removesuffix(".md")
    names = [
        candidate for candidate in pages if wanted in (candidate, candidate.rpartition("/")[2])
    ]
    if wanted in names:
        names = [wanted]
    if len(names) != 1:
        near = names or difflib.get_close_matches(wanted, pages, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "`publisher docs` lists all"
        raise NotFoundError(f'no page of the manual is called "{name}"; {hint}')
    return pages[names[0]].read_text(encoding="utf-8")


def _pages() -> dict[str, Path]:
    files = sorted(MANUAL.rglob("*.md"))
    return {file.relative_to(MANUAL).with_suffix("").as_posix(): file for file in files}


def _title(path: Path) -> str:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    return first.lstrip("# ")
