"""Pelican as a peer: the same issue pages, paper pages and feeds from the same text."""

import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable
from html import escape
from pathlib import Path

from tests.bench.corpus import DESCRIPTION, Digest, Paper, in_rows

VERSION = "4.12.0"

_SITE = Path(__file__).parent / "sites" / "pelican"


class PelicanMissingError(Exception):
    """Pelican is not importable and could not be installed."""


def find() -> Path:
    """Return a Python that can run Pelican; if this one cannot, make one that can."""
    if all(importlib.util.find_spec(name) for name in ("pelican", "markdown")):
        return Path(sys.executable)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "publisher-bench" / f"pelican-{VERSION}"
    python = folder / "bin" / "python"
    if _version(python) is None:
        venv.create(folder, with_pip=True, clear=True)
        install: list[str | Path] = [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            f"pelican[markdown]=={VERSION}",
        ]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:]
            raise PelicanMissingError(f"pip could not install it: {''.join(last)}")
    return python


def version(python: Path) -> str:
    """Return the version of the Pelican that `python` runs."""
    return _version(python) or "unknown"


def write_site(folder: Path, digests: Iterable[Digest]) -> None:
    """Write the settings, theme and content that Pelican reads."""
    shutil.copytree(_SITE, folder)
    issues, papers = folder / "content" / "issues", folder / "content" / "papers"
    issues.mkdir(parents=True)
    papers.mkdir()
    for older, digest, newer in in_rows(digests):
        (issues / f"{digest.slug}.md").write_text(_issue(older, digest, newer), "utf-8")
        for paper in digest.papers:
            (papers / f"{paper.arxiv_id}.md").write_text(_paper(paper, digest), "utf-8")


def command(python: Path, site: Path, output: Path) -> list[str | Path]:
    """Return the command that builds `site` into `output`."""
    settings = site / "pelicanconf.py"
    return [python, "-m", "pelican", "--quiet", "--settings", settings, "--output", output]


def _version(python: Path) -> str | None:
    if not python.exists():
        return None
    printed = subprocess.run(
        [python, "-m", "pelican", "--version"], capture_output=True, text=True, check=False
    )
    return printed.stdout.strip() if printed.returncode == 0 else None


def _issue(older: Digest | None, digest: Digest, newer: Digest | None) -> str:
    neighbours: dict[str, str] = {}
    for name, its in (("older", older), ("newer", newer)):
        if its:
            neighbours |= {name: its.slug, f"{name}_title": its.title}
    # The contents are given as HTML, since Pelican has none from headings without a plugin.
    contents = "".join(
        f'<li><a href="#item-{place}" lang="en">{escape(paper.title)}</a>'
        f'<span lang="zh-Hans">{escape(paper.translation)}</span></li>'
        for place, paper in enumerate(digest.papers, 1)
    )
    head = _header(
        title=digest.title,
        slug=digest.slug,
        date=digest.date,
        category="issues",
        items=str(len(digest.papers)),
        description=_description(digest.papers[0]),
        contents=f"<ol>{contents}</ol>",
        **neighbours,
    )
    return head + digest.text()


def _paper(paper: Paper, digest: Digest) -> str:
    head = _header(
        title=paper.title,
        slug=paper.arxiv_id,
        date=digest.date,
        category="papers",
        translated_title=paper.translation,
        description=_description(paper),
        paper=paper.url,
        issue=digest.slug,
        issue_title=digest.title,
    )
    return head + paper.abstract


def _description(paper: Paper) -> str:
    return escape(paper.abstract[:DESCRIPTION].replace("\n", " "))


def _header(**fields: str) -> str:
    return "\n".join([f"{key}: {value}" for key, value in fields.items()] + ["", ""])
