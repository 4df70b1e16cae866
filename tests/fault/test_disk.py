"""A disk that will not take it, a database that cannot be used, templates with mistakes.

Each is one line; nothing is left half-written, and put right, the next build makes a site that
is the same to the byte as one that nothing had happened to.
"""

from __future__ import annotations

import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.newsletter import READERS, Newsletter, later, paper

Tree = dict[str, bytes]


def _filled(newsletter: Newsletter) -> Newsletter:
    newsletter.digest("000_aa.txt", paper(1) + paper(2))
    newsletter.digest("001_bb.txt", paper(2) + paper(3) + "长" * 3000)
    return newsletter


@pytest.fixture(scope="session")
def whole(initialised: Path, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Return the site that must come of it in the end."""
    folder = tmp_path_factory.mktemp("whole") / "newsletter"
    found = _filled(Newsletter(shutil.copytree(initialised, folder)))
    found.build()
    return found.tree()


@pytest.fixture
def filled(newsletter: Newsletter) -> Newsletter:
    """Return a newsletter with two digests that is still to be built."""
    return _filled(newsletter)


def _assert_whole_files(newsletter: Newsletter, whole: Tree) -> None:
    """Check that what is there is no part of a file, nor a temporary one."""
    assert not [path for path, data in newsletter.tree().items() if whole.get(path) != data]


def _limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[None]:
    """Put a file system of its own there, where that is allowed."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.call(mount, stderr=subprocess.DEVNULL):
        pytest.skip("mounting a tmpfs is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_file_where_out_should_be(filled: Newsletter, whole: Tree) -> None:
    """A file in the place of out/ is one line that names it."""
    out = filled.root / "out"
    out.write_text("mine")
    assert f"{out} is not a folder" in filled.complaint("build", now=later())
    assert "mine" == out.read_text()
    out.unlink()
    filled.build()
    assert whole == filled.tree()


def test_folder_where_a_page_should_be(filled: Newsletter, whole: Tree) -> None:
    """A folder in the place of a page is one line that names it."""
    page = filled.root / "out" / "index.html"
    page.mkdir(parents=True)
    line = filled.complaint("build", "--quiet", now=later())
    assert f"{page}: cannot be written: a folder stands where" in line
    page.rmdir()
    filled.build()
    assert whole == filled.tree()


def test_out_on_a_read_only_disk(filled: Newsletter, whole: Tree) -> None:
    """out/ on a read-only file system is one line that says so."""
    with small_disk(filled.root / "out", "ro"):
        line = filled.complaint("build", "--quiet", now=later())
        assert "the file system is read-only" in line
    filled.build()
    assert whole == filled.tree()


def test_out_on_a_full_disk(filled: Newsletter, whole: Tree) -> None:
    """A disk that fills up while pages are written is one line; what is there is whole."""
    with small_disk(filled.root / "out", "size=64k"):
        assert "the disk is full" in filled.complaint("build", "--quiet", now=later())
        assert filled.tree()
        _assert_whole_files(filled, whole)
    filled.build()
    assert whole == filled.tree()


def test_write_fails_half_way(filled: Newsletter) -> None:
    """A page that can be written only in part is one line, and no part of it stays."""
    size = filled.digest("002_cc.txt", paper(4) + "长" * 200_000).stat().st_size
    # A page is larger than its digest, and a new database smaller than this one.
    ran = filled.run("build", "--quiet", now=later(), code=1, before=partial(_limit, size))
    assert 1 == len(ran.lines)
    assert f"publisher: {filled.root}/out/issues/002/" in ran.err
    assert "cannot be written: File too large" in ran.err
    broken = filled.tree()
    filled.build()
    whole = filled.tree()
    assert b"\xe9\x95\xbf" * 1000 in whole["issues/002/index.html"]
    assert broken.items() <= whole.items()


def test_state_on_a_full_disk(filled: Newsletter, whole: Tree) -> None:
    """A disk too small for the state is one line, and publishes nothing by halves."""
    with small_disk(filled.root / ".publisher", "size=128k,mode=700"):
        line = filled.complaint("build", "--quiet", now=later())
        assert "state.db: the disk is full; make room and run again" in line
        _assert_whole_files(filled, whole)
    filled.build()
    assert whole == filled.tree()


def test_outbox_on_a_full_disk(read_newsletter: Newsletter) -> None:
    """An outbox that takes no more is one line; what is left goes out once there is room."""
    _filled(read_newsletter)
    outbox = read_newsletter.root / "outbox"
    read_newsletter.set("mail", relay=f"maildir:{outbox}")
    with small_disk(outbox, "size=64k"):
        line = read_newsletter.complaint("run", "--quiet", now=later())
        assert "outbox: cannot write to the outbox: No space left on device" in line
        taken = len(list((outbox / "new").iterdir()))
        assert 0 < taken < 2 * len(READERS)
        assert [] == list((outbox / "tmp").iterdir())
        subprocess.run(["mount", "-o", "remount,size=8m", str(outbox)], check=True)
        read_newsletter.tick()
        assert 2 * len(READERS) == len(list((outbox / "new").iterdir()))


def test_locked_database(filled: Newsletter, whole: Tree) -> None:
    """A database that another program holds is one line after some seconds."""
    filled.run("status")
    path = filled.root / ".publisher" / "state.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        line = filled.complaint("build", "--quiet", now=later())
        assert f"{path}: another program holds the state database for more than 5 s" in line
    filled.build()
    assert whole == filled.tree()


def _garbage(path: Path) -> None:
    path.write_bytes(b"this is no database, whatever it is called" * 100)


def _torn(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("spoil", [_garbage, _torn])
def test_damaged_database(filled: Newsletter, whole: Tree, spoil: Callable[[Path], None]) -> None:
    """A damaged database is one line that names it, and is left as it is for whoever repairs it."""
    filled.run("status")
    path = filled.root / ".publisher" / "state.db"
    good = path.read_bytes()
    spoil(path)
    spoilt = path.read_bytes()
    line = filled.complaint("build", "--quiet", now=later())
    assert f"{path}: is no SQLite database (or a damaged one)" in line
    assert spoilt == path.read_bytes()
    path.write_bytes(good)
    filled.build()
    assert whole == filled.tree()


_TEMPLATES: dict[str, tuple[str, str | bytes, int, str]] = {
    "syntax": ("paper.html", "<p>\n{% if %}\n</p>\n", 2, "Expected an expression"),
    "unknown name": ("page.html", "\n{{ newsleter.title }}\n", 2, "'newsleter' is undefined"),
    "unknown field": ("issue.html", "{{ issue.titel }}\n", 1, 'no "titel" in IssueView'),
    "missing include": ("home.html", '{% include "no.html" %}', 1, 'no template "no.html"'),
    "MJML tag": (
        "email.mjml",
        "<mjml><mj-body>\n<mj-txt>{{ issue.title.text }}</mj-txt></mj-body></mjml>",
        2,
        "no MJML tag is called <mj-txt>, did you mean <mj-text>?",
    ),
    "not UTF-8": ("email.txt", b"\xff", 1, "not UTF-8 text"),
}


@pytest.mark.parametrize("what", _TEMPLATES)
def test_mistake_in_a_template(filled: Newsletter, whole: Tree, what: str) -> None:
    """A mistake in a template of one's own is one line that names the template and the line."""
    name, content, number, expected = _TEMPLATES[what]
    template = filled.root / "templates" / name
    template.write_bytes(content if isinstance(content, bytes) else content.encode())
    line = filled.complaint("build", "--quiet", now=later())
    assert line.startswith(f"publisher: {template}:{number}: ")
    assert expected in line
    template.unlink()
    filled.build()
    assert whole == filled.tree()


def test_run_with_a_mistake_in_the_mail(read_newsletter: Newsletter) -> None:
    """A mistake in the mail's template mails nobody, and everyone once it is put right."""
    read_newsletter.digest("000_aa.txt", 1)
    template = read_newsletter.root / "templates" / "email.txt"
    template.write_text("{{ nope }}")
    read_newsletter.complaint("run", "--quiet", now=later())
    assert not read_newsletter.mailed()
    template.unlink()
    read_newsletter.tick()
    assert {(who, "000"): 1 for who in READERS} == read_newsletter.mailed()
