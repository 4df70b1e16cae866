"""Newsletters whose mail is planned, for tests/bench/delivery.py to send."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from publisher import factories
from publisher.config import load
from publisher.mail.dkim import Kind, generate_key
from publisher.mail.mime import TOKEN, Letter
from publisher.mail.personalize import compose
from publisher.model import IssueRecord
from publisher.plans.create import issue_draft
from publisher.plans.letters import issue_letter
from publisher.storage.plans import Group
from tests.bench.corpus import Corpus, Digest

SIZE = 82_000  # bytes a message
CONNECTIONS = 10
SLUG = "00001"
DOMAIN = "example.org"
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
_READER = "reader@example.net"
_PUBLISHER = (sys.executable, "-m", "publisher")
_HASH = re.compile(r"^plan (\w+)$", re.MULTILINE)
_SETTINGS = """
[newsletter]
title = "My paper digest"
base_url = "https://papers.example.org/"

[mail]
from = "My paper digest <news@example.org>"
bounce_domain = "bounces.example.org"
relay = "smtp://127.0.0.1:{port}"
tls = "off"
connections = {connections}

[web]
url = "https://papers.example.org/"
"""
_SIGNED = 'dkim = ["rsa:rsa.pem", "ed25519:ed25519.pem"]'


@dataclass(frozen=True, kw_only=True)
class Place:
    """What newsletters have in common: where they are, their mail, their keys and their relay."""

    folder: Path
    digest: Digest
    port: int

    @property
    def keys(self) -> dict[str, Path]:
        """Return the files of the keys, RSA first."""
        return {kind.name: self.folder / f"{kind.name}.pem" for kind in Kind}

    def settings(self, folder: Path, *, signed: bool) -> None:
        """Write a newsletter's settings, and its keys beside them."""
        folder.mkdir(parents=True)
        text = _SETTINGS.format(port=self.port, connections=CONNECTIONS)
        if signed:
            text = text.replace("[mail]", f"[mail]\n{_SIGNED}")
            for file in self.keys.values():
                shutil.copy(file, folder)
        (folder / "publisher.toml").write_text(text, encoding="utf-8")


def prepare(folder: Path, corpus: Corpus, port: int) -> Place:
    """Make the keys, and find the digest whose mail comes nearest to SIZE."""
    place = Place(folder=folder, digest=corpus.digest(1), port=port)
    for kind in Kind:
        place.keys[kind.name].write_bytes(generate_key(kind))
        place.keys[kind.name].chmod(0o600)
    place.settings(folder / "measure", signed=False)
    papers = [paper for digest in corpus.first(5) for paper in digest.papers]
    digests = [
        Digest(number=1, name=f"{SLUG}.txt", papers=tuple(papers[:count]))
        for count in range(1, len(papers) + 1)
    ]
    digest = min(digests, key=lambda each: abs(SIZE - len(compose(letter(place, each), _READER))))
    return Place(folder=folder, digest=digest, port=port)


def letter(place: Place, digest: Digest) -> Letter:
    """Make the mail of a digest as `plan` does."""
    settings = load(place.folder / "measure", {})
    issue = factories.digest_reader(settings).parse(digest.name, digest.text().encode()).issue
    assert issue is not None
    record = IssueRecord(
        slug=issue.slug, headline=digest.title, source=issue.source, published=NOW, updated=NOW,
        items=len(issue.items),
    )  # fmt: skip
    group = Group(language="", covered=None)
    draft = issue_draft(settings, factories.renderers(settings), issue, record, group)
    return issue_letter(settings, draft, record, record.published)


def write_specimen(place: Place) -> tuple[Path, Path, int]:
    """Write the mail as the peers are given it: its parts as JSON, and a whole copy.

    Gives also how many bytes of that come before the first token of its body.
    """
    of_all = letter(place, place.digest)
    copy = compose(of_all, _READER)
    head = message_from_bytes(copy, policy=policy.default)
    # What each peer makes by itself, or has a way of its own for.
    own = {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"}
    parts: dict[str, Any] = {
        "connections": CONNECTIONS,
        "domain": DOMAIN,
        "rsa": place.keys["rsa"].read_text("ascii"),
        "token": TOKEN,
        "from": of_all.sender.header(),
        "subject": of_all.subject,
        "headers": {name: str(value) for name, value in head.items() if name not in own},
        "text": of_all.text,
        "html": of_all.html,
    }
    # The token has to be where every newsletter has it, or this would be too easy.
    for name in ("text", "html"):
        assert TOKEN in getattr(of_all, name)
    assert TOKEN in parts["headers"]["List-Unsubscribe"]
    specimen, whole = place.folder / "specimen.json", place.folder / "specimen.eml"
    specimen.write_text(json.dumps(parts), encoding="utf-8")
    whole.write_bytes(copy.replace(b"\r\n", b"\n"))
    another = compose(of_all, _READER, "x" * len(TOKEN))
    pairs = enumerate(zip(copy, another, strict=True))
    body = copy.index(b"\r\n\r\n")
    shared = next(at for at, (one, other) in pairs if at > body and one != other)
    return specimen, whole, shared


class Newsletter:
    """A newsletter with readers, and its mail to them planned."""

    def __init__(self, place: Place, name: str, readers: int, *, signed: bool, ahead: bool) -> None:
        self.folder = place.folder / name
        self._copies = 0
        place.settings(self.folder, signed=signed)
        (self.folder / "seeds").mkdir()
        (self.folder / "seeds" / place.digest.name).write_text(place.digest.text(), "utf-8")
        people = self.folder / "people.csv"
        with people.open("w", encoding="utf-8", newline="") as target:
            rows = csv.writer(target)
            rows.writerow(["email", "status"])
            rows.writerows(
                [f"reader{number}@mail{number % 500}.example.org", "confirmed"]
                for number in range(readers)
            )
        self._publisher(self.folder, "subscribers", "import", str(people))
        self._publisher(self.folder, "build")
        self.plan = [*_PUBLISHER, "--project", str(self.folder), "plan", SLUG]
        if ahead:
            self.plan.append("--sign")

    def freeze(self) -> str:
        """Plan the mail; return the plan's hash."""
        done = subprocess.run(self.plan, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"plan: {done.stderr.strip()}")
        return hash_in(done.stdout)

    def another(self) -> Path:
        """Copy it: a send is for once."""
        self._copies += 1
        folder = self.folder.with_name(f"{self.folder.name}-{self._copies}")
        shutil.copytree(self.folder, folder)
        return folder

    @staticmethod
    def apply(folder: Path, plan: str) -> list[str]:
        """Return the command that sends what was planned."""
        return [*_PUBLISHER, "--project", str(folder), "apply", plan]

    @staticmethod
    def accepted(folder: Path) -> int:
        """Ask the ledger how many copies the relay took."""
        with closing(sqlite3.connect(folder / ".publisher" / "state.db")) as connection:
            (found,) = connection.execute(
                "SELECT count(*) FROM delivery WHERE state = 'accepted'"
            ).fetchone()
        return int(found)

    @staticmethod
    def _publisher(folder: Path, *words: str) -> None:
        done = subprocess.run(
            [*_PUBLISHER, "--project", str(folder), *words],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.stderr.strip()}")


def hash_in(said: str) -> str:
    """Return the hash that `plan` printed."""
    found = _HASH.search(said)
    assert found is not None
    return found[1]


def signs_ahead() -> bool:
    """Return whether this publisher can sign a plan's copies before they are sent."""
    shown = subprocess.run([*_PUBLISHER, "plan", "--help"], capture_output=True, check=True)
    return b"--sign" in shown.stdout
