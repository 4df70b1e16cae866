"""The four seeds, published: everything in them stands everywhere it belongs."""

from __future__ import annotations

import functools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import TypeAlias

import feedparser
import pytest

from tests.e2e.newsletter import Newsletter, later, paper
from tests.e2e.seeds import SEEDS, Paper, Shown, papers, shown_html, shown_text

pytestmark = pytest.mark.xdist_group("site")  # one worker builds the seeds once

Tree: TypeAlias = dict[str, bytes]
_PAPERS = papers()
_BASE = "http://localhost:8000/"


@pytest.fixture(scope="session")
def site(initialised: Path, tmp_path_factory: pytest.TempPathFactory) -> Newsletter:
    """Return a newsletter with the four seeds, built."""
    return _built(initialised, tmp_path_factory.mktemp("site") / "newsletter")


@pytest.fixture(scope="session")
def tree(site: Newsletter) -> Tree:
    """Return every file under its out/."""
    return site.tree()


def _built(initialised: Path, folder: Path) -> Newsletter:
    found = Newsletter(shutil.copytree(initialised, folder))
    for seed in SEEDS.glob("*.txt"):
        found.digest(seed.name, seed.read_bytes())
    found.build()
    return found


def test_seeds_hold_sixty_papers() -> None:
    """The four digests hold 60 different papers."""
    assert 60 == len({each.id for each in _PAPERS}) == len(_PAPERS)


def test_all_promised_paths(site: Newsletter, tree: Tree) -> None:
    """Every path that CONTRACT.md promises is there after a build, and nothing unfinished."""
    slugs = ("000", "001", "003", "004")
    promised = {
        "index.html", "sitemap.xml", "robots.txt", "feeds/index.html", "feeds/subscriptions.opml",
        *(f"feeds/{name}.{kind}" for name in ("issues", "papers") for kind in
          ("atom", "rss", "json")),
        *(f"issues/{slug}/{name}" for slug in slugs for name in
          ("index.html", "email.html", "email.txt")),
        *(f"papers/{each.id}/index.html" for each in _PAPERS),
    }  # fmt: skip
    assert set() == promised - tree.keys()
    hidden_or_empty = [path for path, data in tree.items() if not data or "/." in f"/{path}"]
    assert not hidden_or_empty
    assert (site.root / ".publisher" / "state.db").is_file()


def _issue_page(tree: Tree, paper: Paper) -> Shown:
    return shown_html(tree[f"issues/{paper.slug}/index.html"])


def _paper_page(tree: Tree, paper: Paper) -> Shown:
    return shown_html(tree[f"papers/{paper.id}/index.html"])


def _email_html(tree: Tree, paper: Paper) -> Shown:
    return shown_html(tree[f"issues/{paper.slug}/email.html"])


def _email_text(tree: Tree, paper: Paper) -> Shown:
    return shown_text(tree[f"issues/{paper.slug}/email.txt"].decode())


def _issues_entry(kind: str, tree: Tree, paper: Paper) -> Shown:
    _, content = _entries(kind, tree[f"feeds/issues.{kind}"])[paper.slug]
    return shown_html(content)


def _papers_entry(kind: str, tree: Tree, paper: Paper) -> Shown:
    for document in _documents(kind, tree, "papers"):
        if paper.id in (found := _entries(kind, document)):
            title, content = found[paper.id]
            return shown_html(f"<h1>{escape(title)}</h1>{content}")
    pytest.fail(f"{paper.id} is in no document of papers.{kind}")


def _documents(kind: str, tree: Tree, name: str) -> Iterator[bytes]:
    """Yield a feed's documents from the newest back to the first."""
    path: str | None = f"feeds/{name}.{kind}"
    while path:
        yield tree[path]
        before = _before(kind, tree[path])
        path = before and before.removeprefix(_BASE)


def _before(kind: str, data: bytes) -> str | None:
    if kind == "json":
        found: str | None = json.loads(data).get("next_url")
        return found
    links = feedparser.parse(data).feed.get("links", [])
    return next((each.href for each in links if each.rel == "prev-archive"), None)


@functools.cache
def _entries(kind: str, data: bytes) -> dict[str, tuple[str, str]]:
    """Return the titles and the HTML of a feed's entries by the last part of their ids."""
    if kind == "json":
        items = json.loads(data)["items"]
        return {
            each["id"].rpartition("/")[2]: (each["title"], each["content_html"]) for each in items
        }
    found = feedparser.parse(data, sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo, found.bozo_exception
    return {
        each.id.rpartition("/")[2]: (each.title, each.content[0].value) for each in found.entries
    }


_KINDS = ("atom", "rss", "json")
_ARTEFACTS: dict[str, Callable[[Tree, Paper], Shown]] = {
    "issue page": _issue_page,
    "paper page": _paper_page,
    "email.html": _email_html,
    "email.txt": _email_text,
    **{f"issues.{kind}": functools.partial(_issues_entry, kind) for kind in _KINDS},
    **{f"papers.{kind}": functools.partial(_papers_entry, kind) for kind in _KINDS},
}


@pytest.mark.parametrize("artefact", _ARTEFACTS)
def test_every_paper_whole(tree: Tree, artefact: str) -> None:
    """Every paper stands whole in it: titles, arXiv link, abstract, the abstract's links."""
    missing = []
    for each in _PAPERS:
        shown = _ARTEFACTS[artefact](tree, each)
        words = (each.title, each.translation, each.abstract)
        missing += [(each.id, text) for text in words if "".join(text.split()) not in shown.text]
        missing += [(each.id, link) for link in (each.url, *each.links) if link not in shown.links]
    assert not missing


def test_feeds_have_every_entry_once(tree: Tree) -> None:
    """Back to their firsts, the issues feed has 4 and the papers feed 60 entries, each once."""
    for kind in _KINDS:
        for name, expected in (("issues", 4), ("papers", 60)):
            ids: list[str] = []
            for data in _documents(kind, tree, name):
                if kind == "json":
                    ids += [each["id"] for each in json.loads(data)["items"]]
                else:
                    ids += [each.id for each in feedparser.parse(data).entries]
            assert (expected, expected) == (len(ids), len(set(ids))), (kind, name)


def test_feed_links_lead_to_pages(site: Newsletter, tree: Tree) -> None:
    """Every address of ours in a feed is a page under out/."""
    for name in ("issues", "papers"):
        for entry in site.entries(name).values():
            assert entry.link.startswith(_BASE)
            assert entry.link.removeprefix(_BASE) + "index.html" in tree


def test_same_input_same_bytes(initialised: Path, tmp_path: Path) -> None:
    """Wherever it is built, every file has the same bytes, and a second build touches none.

    Here files have other dates, Python hashes otherwise, the clock shows another time, it speaks
    another language, and several processes share the work where there are processors for them.
    """
    trees = []
    for place, (zone, seed, processors) in enumerate([("UTC", "1", 1), ("Asia/Shanghai", "2", 9)]):
        its = Newsletter(shutil.copytree(initialised, tmp_path / zone))
        digests = [(each.name, each.read_bytes()) for each in SEEDS.glob("*.txt")]
        # So many that archives are closed, and several processes are worth their start.
        digests += [(f"1{number:03}.txt", paper(number).encode()) for number in range(90)]
        for name, content in digests[:: 1 - 2 * place]:  # the dates of files the other way round
            its.digest(name, content)
        env = {"TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": "zh_CN.UTF-8" if place else "C"}

        def before(processors: int = processors) -> None:
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:processors])

        its.run("build", now=later(), env=env, before=before)
        trees.append(its.tree())
        times = _times(its)
        its.run("build", now=later(days=3), env=env, before=before)
        assert times == _times(its)
    assert "feeds/archive/issues/2/feed.json" in trees[0]
    assert trees[0].keys() == trees[1].keys()
    assert [] == [path for path, data in trees[0].items() if data != trees[1][path]]


def _times(site: Newsletter) -> dict[str, int]:
    """Return when each file and folder under out/ last changed."""
    return {str(path): path.stat().st_mtime_ns for path in (site.root / "out").rglob("*")}


def test_second_build_touches_nothing(site: Newsletter, tree: Tree) -> None:
    """A build that finds nothing new changes no file."""
    before = _times(site)
    ran = site.run("build")
    assert before == _times(site)
    assert [f"Look at {site.root / 'out' / 'index.html'}"] == ran.out.splitlines()
    assert tree == site.tree()


def test_out_deleted_comes_back(site: Newsletter, tree: Tree, tmp_path: Path) -> None:
    """When out/ was deleted, the next build makes the same one again."""
    again = Newsletter(shutil.copytree(site.root, tmp_path / "again"))
    shutil.rmtree(again.root / "out")
    again.build(later(days=1))
    assert tree == again.tree()


def test_part_of_out_deleted_comes_back(site: Newsletter, tree: Tree, tmp_path: Path) -> None:
    """When a part of out/ was deleted, the next build makes it again."""
    again = Newsletter(shutil.copytree(site.root, tmp_path / "again"))
    shutil.rmtree(again.root / "out" / "issues" / "003")
    shutil.rmtree(again.root / "out" / "papers" / _PAPERS[0].id)
    again.build(later(days=1))
    assert tree == again.tree()
