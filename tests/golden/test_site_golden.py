"""The sample newsletter is published into the same bytes as ever.

`make golden` writes the expected files anew: those that tell a person most as they are, all of
them as SHA-256 sums. `git diff` then shows what a change means for readers.
"""

import gzip
import hashlib
import os
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher import factories
from publisher.config import load
from publisher.storage.database import Database

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("site")
SUMS = "SHA256SUMS"
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
#: What is committed as it is: the smallest issue, two papers, one feed of each format.
SHOWN = [
    "404.html",
    "_headers",
    "archive/1/index.html",
    "feeds/index.html",
    "feeds/issues.atom",
    "feeds/issues.json",
    "feeds/issues.rss",
    "feeds/papers.atom",
    "feeds/subscriptions.opml",
    "index.html",
    "issues/001/email.html",
    "issues/001/email.txt",
    "issues/001/index.html",
    "papers/2406.11832/index.html",
    "papers/2408.05211/index.html",
    "robots.txt",
    "sitemap.xml",
    "sitemaps/1.xml",
    "sitemaps/site.xml",
]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Publish the repository's own newsletter in a folder of its own."""
    folder = tmp_path_factory.mktemp("newsletter")
    shutil.copy(ROOT / "publisher.toml", folder)
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    settings = load(folder, {})
    with closing(Database(settings.database.url, folder)) as database:
        database.migrate()
        factories.builder(settings, database).build(NOW)
    out = {
        path.relative_to(folder / "out").as_posix(): path.read_bytes()
        for path in (folder / "out").rglob("*")
        if path.is_file()
    }
    if os.environ.get("PUBLISHER_REGENERATE"):
        regenerate(out)
    return out


def sums(files: dict[str, bytes]) -> str:
    """Return the sums of files as `sha256sum` writes them, of what is in those that are packed."""
    lines = []
    for path, data in sorted(files.items()):
        # How gzip says it is the zlib's of this machine; what it says is ours.
        said = gzip.decompress(data) if path.endswith(".gz") else data
        lines.append(f"{hashlib.sha256(said).hexdigest()}  {path}\n")
    return "".join(lines)


def regenerate(out: dict[str, bytes]) -> None:
    """Write the expected files anew."""
    shutil.rmtree(GOLDEN, ignore_errors=True)
    for path in SHOWN:
        (GOLDEN / path).parent.mkdir(parents=True, exist_ok=True)
        (GOLDEN / path).write_bytes(out[path])
    (GOLDEN / SUMS).write_text(sums(out), encoding="utf-8")


@pytest.mark.parametrize("path", SHOWN)
@pytest.mark.xdist_group("site-golden")
def test_file_is_as_ever(published: dict[str, bytes], path: str) -> None:
    """A file that is committed is written byte for byte."""
    assert (GOLDEN / path).read_bytes() == published[path]


@pytest.mark.xdist_group("site-golden")
def test_all_files_are_as_ever(published: dict[str, bytes]) -> None:
    """Every file is there, none is new, and all have the bytes they had."""
    expected = (GOLDEN / SUMS).read_text(encoding="utf-8")
    assert expected.splitlines() == sums(published).splitlines()


@pytest.mark.xdist_group("site-golden")
def test_nothing_else_is_expected(published: dict[str, bytes]) -> None:
    """No expected file is left over from a list of old."""
    found = [path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*") if path.is_file()]
    assert (sorted([SUMS, *SHOWN]), True) == (sorted(found), set(SHOWN) <= set(published))
