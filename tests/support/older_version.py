"""Another version of the program, which reads the same digests otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from publisher.digest import parser
from publisher.digest.parser import ParsedDigest
from publisher.model import Diagnostic, Issue, Item, Level
from publisher.paper_id import PaperId
from publisher.sources import fingerprints
from tests.support.newsletter_folder import Newsroom

_READ = parser.read
_VERSIONS = count(1)


def same(issue: Issue) -> Issue:
    """Return an issue as it was read before."""
    return issue


def upgrade(
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Issue], Issue] = same,
    cannot_read: str = "\0",
) -> None:
    """Have another version read digests from now on: `change` makes its issue of this one's.

    A digest that has the words `cannot_read` is an error to it, in the third line.
    """

    def read(data: bytes, name: str, **named: Any) -> ParsedDigest:
        found = _READ(data, name, **named)
        if cannot_read in data.decode():
            said = Diagnostic(
                file=named["shown"], line=3, column=1, level=Level.error, code="empty",
                message="two papers in one item",
            )  # fmt: skip
            return ParsedDigest(None, (*found.diagnostics, said))
        return replace(found, issue=change(found.issue)) if found.issue else found

    version = f"version {next(_VERSIONS)}"
    monkeypatch.setattr(parser, "read", read)
    monkeypatch.setattr(fingerprints, "_program_hash", lambda: version)
    monkeypatch.setattr(fingerprints, "_reader_hash", lambda: version)


def retitled(issue: Issue) -> Issue:
    """Return an issue with other titles."""
    return each_item(issue, lambda item: replace(item, title=replace(item.title, text=_new(item))))


def _new(item: Item) -> str:
    return f"Anew: {item.title.text}"


def each_item(issue: Issue, change: Callable[[Item], Item]) -> Issue:
    """Return an issue with its items changed."""
    return replace(issue, items=tuple(map(change, issue.items)))


def items(issue: Issue, *chosen: Item) -> Issue:
    """Return an issue with other items, numbered in order."""
    numbered = (replace(item, number=number) for number, item in enumerate(chosen, 1))
    return replace(issue, items=tuple(numbered))


def known_as(issue: Issue, papers: Mapping[str, PaperId | None]) -> Issue:
    """Return an issue whose papers of some keys have other identities."""
    return each_item(
        issue,
        lambda item: (
            replace(item, paper=papers[item.paper.key])
            if item.paper and item.paper.key in papers
            else item
        ),
    )


def entries(room: Newsroom, name: str = "papers") -> dict[str, dict[str, Any]]:
    """Return what the newest document of a feed has, by the end of its id."""
    found = json.loads(room.page(f"feeds/{name}.json"))["items"]
    return {each["id"].rpartition(":")[2]: each for each in found}


def dates(room: Newsroom) -> dict[str, tuple[str, str]]:
    """Return both dates of each entry in the feeds of issues and of papers, by id."""
    return {
        key: (its["date_published"], its["date_modified"])
        for name in ("issues", "papers")
        for key, its in entries(room, name).items()
    }
