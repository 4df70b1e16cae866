"""Hugo as a peer: the same issue pages, paper pages and feed from the same text.

An issue is a section and its papers are the section's pages, so that Hugo
renders an abstract once and shows it on both pages: the quickest of the ways
tried (a Markdown file of its own for the whole issue took up to a quarter longer).
"""

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.bench.corpus import Digest, Paper

_SITE = Path(__file__).parent / "sites" / "hugo"


def version() -> str | None:
    """Give the version of the hugo on PATH, or None."""
    if not shutil.which("hugo"):
        return None
    printed = subprocess.run(["hugo", "version"], capture_output=True, text=True, check=True)
    return printed.stdout.split()[1]


def write_site(folder: Path, digests: Iterable[Digest]) -> None:
    """Write the configuration, layouts and content that Hugo reads."""
    shutil.copytree(_SITE, folder)
    for digest in digests:
        section = folder / "content" / "issues" / digest.slug
        section.mkdir(parents=True)
        (section / "_index.md").write_text(_issue(digest), "utf-8")
        for place, paper in enumerate(digest.papers, start=1):
            page = _paper(paper, digest, place)
            (section / f"{paper.arxiv_id}.md").write_text(page, "utf-8")


def command(site: Path, output: Path) -> list[str | Path]:
    """Give the command that builds `site` into `output`."""
    return ["hugo", "--quiet", "--source", site, "--destination", output]


def _issue(digest: Digest) -> str:
    return _front_matter(title=f"Issue {digest.slug}", date=digest.date)


def _paper(paper: Paper, digest: Digest, place: int) -> str:
    head = _front_matter(
        title=paper.title,
        date=digest.date,
        weight=place,
        url=f"/papers/{paper.arxiv_id}/",
        translation=paper.translation,
        paper=paper.url,
        issue=digest.slug,
    )
    return head + paper.abstract


def _front_matter(**fields: str | int) -> str:
    """Write TOML; a JSON string is a TOML string too."""
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    return "\n".join(["+++", *lines, "+++", ""])
