"""What readers who never ask twice have of feeds, and what they find when they look."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from publisher.render.feed_catalog import ARCHIVE, FORMATS
from tests.support.feeds import NS

_ENTRY_ID = {"atom": "a:entry/a:id", "rss": "channel/item/guid"}
_LINK = {"atom": "a:link", "rss": "channel/a:link"}


class Keepers:
    """All that ever stood at an archive's address, kept for ever."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self.kept: dict[str, bytes] = {}

    def look(self) -> None:
        """Fetch all archives; each has the bytes that it had whenever it was there."""
        for path, data in archives(self._out).items():
            assert self.kept.setdefault(path, data) == data, f"{path} has changed"


def archives(out: Path) -> dict[str, bytes]:
    """Return the closed archives that are there, by path below out/."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted((out / ARCHIVE).rglob("feed.*"))
        if path.suffix != ".gz"
    }


def names(out: Path) -> set[str]:
    """Return the feeds that there are."""
    found = (path.relative_to(out / "feeds") for path in (out / "feeds").rglob("*.json"))
    return {str(path.with_suffix("")) for path in found if path.parts[0] != "archive"}


def walk(out: Path, name: str, kind: str) -> Iterator[tuple[str, list[str]]]:
    """Yield a feed from the newest document back: each document's path, and its entries' ids.

    What a document names is there.
    """
    path: str | None = f"feeds/{name}.{kind}"
    met: set[str] = set()
    while path:
        assert path not in met
        met.add(path)
        ids, links = _read(out / path, kind)
        for url in links.values():
            assert (out / _path(url)).is_file(), f"{path} leads to {url}"
        yield path, ids
        path = _path(links["before"]) if "before" in links else None


def whole(out: Path) -> dict[str, list[str]]:
    """Return the ids in each feed; its formats have the same, and no archive is out of reach."""
    found: dict[str, list[str]] = {}
    met: set[str] = set()
    for name in names(out):
        for kind in FORMATS:
            documents = list(walk(out, name, kind))
            ids = [each for _, its in documents for each in its]
            assert found.setdefault(name, ids) == ids
            met |= {path for path, _ in documents}
    assert archives(out).keys() <= met, "something stands where nothing leads"
    return found


def _read(path: Path, kind: str) -> tuple[list[str], Mapping[str, str]]:
    if kind == "json":
        page: dict[str, Any] = json.loads(path.read_bytes())
        links = {"before": page["next_url"]} if "next_url" in page else {}
        return [item["id"] for item in page["items"]], links | {"current": page["feed_url"]}
    root = etree.parse(path).getroot()
    relations = {
        "prev-archive": "before",
        "next-archive": "after",
        "current": "current",
        "self": "self",
    }
    links = {
        relations[rel]: link.get("href", "")
        for link in root.findall(_LINK[kind], NS)
        if (rel := link.get("rel", "")) in relations
    }
    assert _path(links["self"]).endswith(path.parent.name + "/" + path.name)
    return [str(node.text) for node in root.findall(_ENTRY_ID[kind], NS)], links


def _path(url: str) -> str:
    return urlsplit(url).path[1:]
