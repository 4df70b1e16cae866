"""What holds addresses is for the newsletter's user alone, or for a group it is shared with."""

from __future__ import annotations

import os
import signal
import socket
import stat
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest

from publisher.app import App
from publisher.errors import StateError
from publisher.storage.facts import Fact
from tests.e2e.newsletter import ANN, Newsletter, later, until

_MBOX = (
    b"From MAILER-DAEMON Fri Nov 20 08:00:00 2026\n"
    b"From: somebody@example.org\nSubject: take me off\n\nPlease.\n"
)


def open_to_others(folder: Path) -> dict[str, str]:
    """Return what others may do anything with, and how."""
    return {
        path.relative_to(folder.parent).as_posix(): oct(path.stat().st_mode)
        for path in (folder, *folder.rglob("*"))
        if path.stat().st_mode & 0o077
    }


@pytest.mark.parametrize("umask", [0o000, 0o022], ids=oct)
def test_whatever_the_umask(newsletter: Newsletter, umask: int) -> None:
    """All that commands make under .publisher/, and backups, nobody else can read."""

    def run(*words: str, code: int = 0) -> None:
        ran = newsletter.run(*words, code=code, before=lambda: (os.umask(umask), None)[1])
        assert "could be read by other users" not in ran.err

    newsletter.set("mail", sender="Digest <digest@example.org>")
    newsletter.digest("000_aa.txt", 1)
    (newsletter.root / "odd.mbox").write_bytes(_MBOX)
    (newsletter.root / "people.csv").write_text("email\nnobody\n", encoding="utf-8")
    run("doctor", "--dkim-keygen")
    run("subscribers", "add", ANN)
    run("subscribers", "import", "people.csv", code=1)
    run("run", "--now", later())
    run("bounces", "odd.mbox", code=1)
    run("backup", "b.db")
    run("restore", "b.db")
    made = {path.name for path in (newsletter.root / ".publisher").iterdir()}
    assert {"state.db", "lock", "outbox", "digests", "bounces", "dkim", "sending"} <= made
    assert 1 == len(newsletter.mails())
    assert {} == open_to_others(newsletter.root / ".publisher")
    for name in ("b.db", "people.csv.rejects.csv"):
        assert 0o600 == stat.S_IMODE((newsletter.root / name).stat().st_mode), name


def test_what_was_open_is_closed(mailed: Newsletter) -> None:
    """What an older program left for all to read is closed at the first command, which says so."""
    state = mailed.root / ".publisher"
    everything = [state, *state.rglob("*")]
    for path in everything:
        path.chmod(0o755 if path.is_dir() else 0o644)
    said = mailed.run("check").err
    many = f"{len(everything)} files and folders in {state}"
    assert f"publisher: {many} could be read by other users: closed to them now\n" == said
    assert {} == open_to_others(state)
    assert "" == mailed.run("check").err


def test_a_database_elsewhere(newsletter: Newsletter, tmp_path: Path) -> None:
    """A database file in a folder of somebody else's is closed; that folder stays as it is."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    newsletter.set("database", url=f"sqlite:///{folder / 'news.db'}")
    newsletter.run("subscribers", "add", ANN)
    assert ["0o100600"] == [oct(path.stat().st_mode) for path in folder.iterdir()]
    (folder / "news.db").chmod(0o644)
    said = newsletter.run("check").err
    assert f"publisher: 1 file or folder in {folder} could be read by other users" in said
    assert ["0o100600", "0o40755"] == [
        oct(path.stat().st_mode) for path in (folder / "news.db", folder)
    ]


# --- A server under another user ----------------------------------------------------------

_OWNER, _SERVER, _STRANGER, _GROUP = 7001, 7002, 7003, 7100
#: What `serve` imports while it works: another user may be unable to read the interpreter's folder.
_IMPORTED = (
    *("encodings.idna", "encodings.utf_8_sig", "sqlalchemy.dialects.sqlite"),
    *("uvicorn.lifespan.on", "uvicorn.loops.auto", "publisher.plans.confirmation_requests"),
    *("publisher.web.subscriptions", "publisher.web.request_timeout", "publisher.web.background"),
)


@pytest.fixture
def shared() -> Iterator[Path]:
    """Make a newsletter shared with a group, as docs/how-to/subscriptions.md has it."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to be several users")
    # pytest's own folders are not for other users.
    with tempfile.TemporaryDirectory(prefix="publisher-shared-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        (folder / "publisher.toml").write_text(f"[web]\nport = {port}\n", encoding="utf-8")
        state = folder / ".publisher"
        state.mkdir()
        os.chown(state, _OWNER, _GROUP)
        state.chmod(0o2770)
        yield folder


@contextmanager
def as_user(user: int, groups: list[int], work: Callable[[], object]) -> Iterator[int]:
    """Do something as another user, in a process of its own; give that."""
    for module in _IMPORTED:
        import_module(module)
    process = os.fork()
    if not process:
        code = 2
        try:
            os.setgroups(groups)
            os.setgid(user)
            os.setuid(user)
            work()
            code = 0
        except StateError:
            code = 1
        finally:
            os._exit(code)
    try:
        yield process
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def code_as(user: int, groups: list[int], work: Callable[[], object]) -> int:
    """Do something as another user to its end: 1 for a StateError, 0 if all is well."""
    with as_user(user, groups, work) as process:
        # It is reaped when the block ends.
        ended = os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    assert ended is not None
    return ended.si_status


def write(folder: Path, name: str) -> None:
    """Write to the state, as any command may."""
    with App(folder).database() as database, database.write() as connection:
        Fact(name, str, str).put(connection, "written")


def kept(folder: Path) -> list[str | None]:
    """Return what both have written."""
    with App(folder).database() as database, database.read() as connection:
        return [Fact(name, str, str).get(connection) for name in ("owner's", "server's")]


def answers(port: int) -> bool:
    """Return whether the server there is well, which asks its database."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_a_group(shared: Path) -> None:
    """Who is in the group serves beside the owner's commands, and writes; nobody else reads."""
    port = App(shared).settings.web.port
    project = App(shared)
    assert 0 == code_as(_OWNER, [_GROUP], lambda: write(shared, "owner's"))
    with as_user(_SERVER, [_GROUP], lambda: project.serve(lambda _: None, quiet=True)):
        until(lambda: answers(port), "the server")
        beside = sorted(path.name for path in (shared / ".publisher").glob("state.db*"))
        assert ["state.db", "state.db-shm", "state.db-wal"] == beside
        assert 0 == code_as(_OWNER, [_GROUP], lambda: write(shared, "owner's"))
        assert 0 == code_as(_SERVER, [_GROUP], lambda: write(shared, "server's"))
        assert 1 == code_as(_STRANGER, [], lambda: write(shared, "stranger's"))
        assert [] == [
            path for path in (shared / ".publisher").iterdir() if path.stat().st_mode & 0o007
        ]
    assert ["written", "written"] == kept(shared)
    project.tighten()
    assert 0o42770 == (shared / ".publisher").stat().st_mode
    assert 0 == code_as(_SERVER, [_GROUP], lambda: write(shared, "server's"))
