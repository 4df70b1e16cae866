"""Symbolic links among the digests: inside the folder they are followed, out of it never."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.pipeline.tick import Built
from publisher.sources.digest_file import open_digest
from tests.support.newsletter_folder import NOW, Newsroom, newsroom, paper

VITA, GEMMA = paper("2408.05211", "VITA"), paper("2408.05147", "Gemma Scope")
OUT = (
    "cannot be read: it is a symbolic link that leads out of the folder; put the file itself there"
)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter beside which stands a file that is none of its digests."""
    (tmp_path / "news").mkdir()
    (tmp_path / "secret.txt").write_text(GEMMA)
    with newsroom(tmp_path / "news") as found:
        yield found


def link(room: Newsroom, name: str, target: Path | str) -> None:
    """Put a link among the digests."""
    (room.folder / "seeds" / name).symlink_to(target)


def told(built: Built) -> list[tuple[str, str, str]]:
    """Return what was said of which digest."""
    return [(each.file, each.code, each.message) for each in built.diagnostics]


@pytest.mark.parametrize("way", ["absolute", "relative", "over a link", "over a folder"])
def test_link_that_leads_out(room: Newsroom, way: str) -> None:
    """It is an error of that name, and all others are published."""
    secret = room.folder.parent / "secret.txt"
    room.drop("000.txt", VITA)
    if way == "over a link":
        link(room, "hop", secret)
    if way == "over a folder":
        link(room, "up", room.folder.parent)
    targets: dict[str, Path | str] = {
        "absolute": secret, "relative": "../../secret.txt", "over a link": "hop",
        "over a folder": "up/secret.txt",
    }  # fmt: skip
    link(room, "001.txt", targets[way])
    assert [("seeds/001.txt", "unreadable", OUT)] == told(room.build())
    assert {"000"} == room.records().keys()
    assert [OUT] == [each.message for each in room.check() if each.code == "unreadable"]
    assert [("seeds/001.txt", "unreadable", OUT)] == told(room.tick().built)


def test_what_was_published_stays(room: Newsroom) -> None:
    """A digest whose file becomes a link out keeps what it published, and gets nothing more."""
    room.drop("001.txt", VITA)
    room.build()
    room.take("001.txt")
    link(room, "001.txt", room.folder.parent / "secret.txt")
    assert [("seeds/001.txt", "unreadable", OUT)] == told(room.build())
    assert "VITA" in room.page("issues/001/index.html")


def test_links_inside(room: Newsroom) -> None:
    """A link to a file below the folder is a digest, over other links, too."""
    (room.folder / "seeds" / "sub").mkdir()
    (room.folder / "seeds" / "sub" / "vita").write_text(VITA)
    link(room, "hop", room.folder / "seeds" / "sub")
    link(room, "001.txt", "hop/vita")
    assert [] == told(room.build())
    assert {"001"} == room.records().keys()


def test_folder_that_is_a_link(room: Newsroom) -> None:
    """The digests' folder may be anywhere, and links in it are compared with where it is."""
    elsewhere = room.folder.parent / "elsewhere"
    (room.folder / "seeds").rename(elsewhere)
    (room.folder / "seeds").symlink_to(elsewhere)
    room.drop("000.txt", VITA)
    (elsewhere / "gemma").write_text(GEMMA)
    link(room, "001.txt", room.folder / "seeds" / "gemma")
    assert [] == told(room.build())
    assert {"000", "001"} == room.records().keys()


def test_what_is_no_file(room: Newsroom) -> None:
    """Folders, pipes, devices and links to them, or in a circle, are left alone."""
    seeds = room.folder / "seeds"
    room.drop("000.txt", VITA)
    os.mkfifo(seeds / "001.txt")
    (seeds / "002.txt").mkdir()
    link(room, "003.txt", "001.txt")
    link(room, "004.txt", "002.txt")
    link(room, "005.txt", "006.txt")
    link(room, "006.txt", "005.txt")
    assert [] == told(room.build())
    assert {"000"} == room.records().keys()


def test_device(room: Newsroom) -> None:
    """A link to a device leads out, like any other, and is not read."""
    link(room, "000.txt", "/dev/zero")
    assert [("seeds/000.txt", "unreadable", OUT)] == told(room.build())


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_swapped_after_the_look(room: Newsroom, kind: str) -> None:
    """What is no digest any more when it is opened is not read, nor waited for."""
    path = room.folder / "seeds" / "000.txt"
    if kind == "link":
        path.symlink_to(room.folder.parent / "secret.txt")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(OSError, match="link that leads out" if kind == "link" else "no regular"):
        open_digest(str(path.parent), path.name)


def test_name_with_a_line_break(room: Newsroom) -> None:
    """A remark on it is one line, and all others are published."""
    room.drop("000.txt", VITA)
    room.build()
    room.drop("1\n2.txt", GEMMA)
    [remark] = room.build().diagnostics
    what = "its name holds a control character, U+000A; rename it"
    assert f"seeds/1?2.txt:0:0: error: {what} [unreadable]" == str(remark)
    assert {"000"} == room.records().keys()
    assert NOW == room.records()["000"].published
