"""Hugo as a peer: the same issue pages, paper pages and feed from the same text.

An issue is a section and its papers are the section's pages, so that Hugo
renders an abstract once and shows it on both pages: the quickest of the ways
tried (a Markdown file of its own for the whole issue took up to a quarter longer).
What the publisher works out by itself (titles of issues, descriptions) is given.
"""

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.bench.corpus import DESCRIPTION, Digest, Paper, in_rows

_SITE = Path(__file__).parent / "sites" / "hugo"


def version() -> str | None:
    """Return the version of the hugo on PATH, or None."""
    if not shutil.which("hugo"):
        return None
    printed = subprocess.run(["hugo", "version"], capture_output=True, text=True, check=True)
    return printed.stdout.split()[1]


def write_site(folder: Path, digests: Iterable[Digest]) -> None:
    """Write the configuration, layouts and content that Hugo reads."""
    shutil.copytree(_SITE, folder)
    for older, digest, newer in in_rows(digests):
        section = folder / "content" / "issues" / digest.slug
        section.mkdir(parents=True)
        (section / "_index.md").write_text(_issue(older, digest, newer), "utf-8")
        for place, paper in enumerate(digest.papers, start=1):
            page = _paper(paper, digest, place)
            (section / f"{paper.arxiv_id}.md").write_text(page, "utf-8")


def command(site: Path, output: Path) -> list[str | Path]:
    """Return the command that builds `site` into `output`."""
    return ["hugo", "--quiet", "--source", site, "--destination", output]


def _issue(older: Digest | None, digest: Digest, newer: Digest | None) -> str:
    neighbours = {
        name: {"number": its.slug, "date": its.date, "title": its.title}
        for name, its in (("older", older), ("newer", newer))
        if its
    }
    return _front_matter(
        title=digest.title,
        date=digest.date,
        number=digest.slug,
        description=digest.papers[0].abstract[:DESCRIPTION],
        **neighbours,
    )


def _paper(paper: Paper, digest: Digest, place: int) -> str:
    head = _front_matter(
        title=paper.title,
        date=digest.date,
        weight=place,
        url=f"/papers/{paper.arxiv_id}/",
        description=paper.abstract[:DESCRIPTION],
        translation=paper.translation,
        paper=paper.url,
        arxiv=paper.arxiv_id,
        issue=digest.slug,
        issue_title=digest.title,
    )
    return head + paper.abstract


def _front_matter(**fields: str | int | dict[str, str]) -> str:
    """Write JSON, which Hugo reads too."""
    return json.dumps(fields, ensure_ascii=False, indent=1) + "\n\n"
