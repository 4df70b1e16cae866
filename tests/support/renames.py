"""A newsletter whose digests are copied, renamed and written over, and what its reader finds."""

from __future__ import annotations

import json
import mailbox
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.header import decode_header, make_header
from pathlib import Path
from urllib.parse import urljoin

from publisher.subscribers import admin
from tests.support.newsletter_folder import KEYS, NOW, Newsroom, Ticked, newsroom, paper

WEEK = timedelta(days=7)
ONE = paper("2408.00001", "First") + paper("2408.00002", "Second")
TWO = paper("2408.00003", "Third") + paper("2408.00004", "Fourth")
OTHER = paper("2408.00009", "Other")
REFRESH = re.compile(r'<meta http-equiv="refresh" content="0; url=([^"]*)">')


def posts(titles: str, *, week: int = 1, text: str = "What somebody wrote about it.") -> str:
    """Return items that are no papers, with addresses of that week."""
    return "".join(
        f"## {title}\n[read](https://{title.lower()}.example.org/{week})\n\n{text}\n\n"
        for title in titles.split()
    )


POSTS = posts("Alpha Beta Gamma")


@contextmanager
def read_newsroom(folder: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with a reader."""
    with newsroom(folder, '[mail]\nfrom = "Digest <digest@example.org>"\n') as found:
        admin.add(found.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        yield found


def have(room: Newsroom, files: dict[str, str], weeks: int = 0) -> None:
    """Have just these digests in the folder, and one that stays; tick."""
    folder, now = room.folder / "seeds", NOW + weeks * WEEK
    files = {**files, "other.txt": OTHER}
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        if not (folder / name).exists() or (folder / name).read_text() != text:
            room.drop(name, text, now)
    room.tick(now)


def target(room: Newsroom, slug: str) -> str | None:
    """Return the slug whose page is read by who opens this one's; None if there is no page."""
    path = room.out / "issues" / slug / "index.html"
    if not path.exists():
        assert not path.parent.exists()
        return None
    found = REFRESH.search(path.read_text(encoding="utf-8"))
    if not found:
        assert {"email.html", "email.txt", "index.html"} <= {p.name for p in path.parent.iterdir()}
        return slug
    assert ["index.html"] == [each.name for each in path.parent.iterdir()]
    address: str = urljoin(f"/issues/{slug}/", found[1])
    assert not REFRESH.search(room.page(address[1:]))
    return address.split("/")[2]


def targets(room: Newsroom, *slugs: str) -> dict[str, str | None]:
    """Return what the pages of these slugs lead to."""
    return {slug: target(room, slug) for slug in slugs}


def same_again(room: Newsroom) -> None:
    """See that a build finds nothing to do, and that one without out/ makes the same."""
    before = room.files()
    assert (0, 0) == (room.build().rendered.written, room.build().rendered.removed)
    shutil.rmtree(room.out)
    room.build()
    assert before == room.files()


def mails(room: Newsroom) -> list[str]:
    """Return what the subjects of the reader's mails say."""
    folder = room.folder / ".publisher" / "outbox"
    found = list(mailbox.Maildir(folder, create=False)) if folder.exists() else []
    subjects = (str(make_header(decode_header(mail["Subject"]))) for mail in found)
    return sorted(each.rpartition(": ")[2] for each in subjects)


def entries(room: Newsroom) -> dict[str, str]:
    """Return the address of every issue's entry, by id."""
    items = json.loads(room.page("feeds/issues.json"))["items"]
    return {each["id"].partition(":issues/")[2]: each["url"].split("/")[-2] for each in items}


def tick_with(room: Newsroom, files: dict[str, str], now: datetime) -> Ticked:
    """Have just these digests in the folder, and tick."""
    for path in (room.folder / "seeds").iterdir():
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        path = room.folder / "seeds" / name
        if not path.exists() or path.read_bytes() != text.encode():
            room.drop(name, text, now)
    return room.tick(now)
