"""A line break in a value of one line is told of, and breaks no header."""

import email
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from publisher.digest.parser import ParsedDigest, read
from publisher.subscribers import admin
from tests.support.newsletter_folder import KEYS, NOW, Newsroom, newsroom, paper

BODY = paper("2408.05211", "VITA")
MAIL = '[mail]\nfrom = "Digest <digest@example.org>"\n'


def reading(front: str, mark: str = "---") -> ParsedDigest:
    """Read a digest with this front matter."""
    text = f"{mark}\n{front}\n{mark}\n{BODY}"
    return read(text.encode(), "7.md", languages=("en",), zone=UTC)


def told(front: str, mark: str = "---") -> list[tuple[int, str, str]]:
    """Return line, code and message of all remarks on it."""
    return [(d.line, d.code, d.message) for d in reading(front, mark).diagnostics]


@pytest.mark.parametrize("key", ["title", "subject", "preheader"])
@pytest.mark.parametrize("end", ["\\n", "\\r", "\\r\\n", "\\L", "\\P"])
def test_escaped_line_break(key: str, end: str) -> None:
    """It is read as a space, and a warning names the key and what became of it."""
    found = reading(f'draft: false\n{key}: "One{end} two"')
    assert found.issue
    assert "One two" == getattr(found.issue, key)
    assert [(3, "line-break")] == [(each.line, each.code) for each in found.diagnostics]


def test_value_that_is_refused() -> None:
    """Of a value with an error nothing else is said."""
    assert ["front-matter"] == [code for _, code, _ in told('subject: "a\\nb\\0"')]


def test_warning() -> None:
    """The warning stands at the key, and shows the value as it was read."""
    what = "wants one line: its line breaks are read as spaces, as in"
    assert [(3, "line-break", f'title {what} "a b"')] == told('draft: false\ntitle: "a\\nb"')
    assert [(2, "line-break", f'subject {what} "a b"')] == told("subject: |\n  a\n  b")
    assert [(2, "line-break", f'tags {what} "x y"')] == told('tags: ["a", "x\\r\\ny"]')
    assert [(2, "line-break", f'title {what} "a b"')] == told('title = """a\nb"""', "+++")
    assert [(2, "line-break", f'title {what} "{"a " * 40}…"')] == told(
        f"title: |\n  {'a ' * 60}\n  b"
    )


@pytest.mark.parametrize(
    "front",
    [
        "title: a\n  b",  # YAML itself makes one line of it
        "title: >\n  a\n  b",
        "title: |\n  a",
        "intro: |\n  a\n\n  b",
        'date: "2026-11-20\\n"',
    ],
)
def test_no_line_break_in_a_line(front: str) -> None:
    """What is one line, or may have several, is not told of."""
    assert [] == told(front)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with a reader."""
    with newsroom(tmp_path, MAIL) as found:
        admin.add(found.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        yield found


@pytest.mark.parametrize("key", ["title", "subject", "preheader", "tags"])
@pytest.mark.parametrize("end", ["\\n", "\\r", "\\r\\n", "\\L", "\\P"])
def test_no_header_is_broken(room: Newsroom, key: str, end: str) -> None:
    """What looks like a header of its own stays in the line that it was written in."""
    room.drop("001.txt", f'---\n{key}: "Hello{end}Bcc: eve@example.org{end}{end}Hi"\n---\n{BODY}')
    built = room.tick().built
    assert ["line-break"] == [each.code for each in built.diagnostics]
    [mail] = (room.folder / ".publisher" / "outbox" / "new").iterdir()
    message = email.message_from_bytes(mail.read_bytes())
    assert ("ann@example.org", None) == (message["To"], message["Bcc"])
    head, _, _ = mail.read_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")
    assert b"\nBcc" not in head
    assert b"\r" not in head
