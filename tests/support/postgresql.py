"""A PostgreSQL server of the tests' own, reached through a socket in a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

#: Debian keeps them off the PATH.
_DEBIAN = Path("/usr/lib/postgresql")
#: The server refuses to run as root; Debian's package brings this user.
_USER = "postgres" if os.geteuid() == 0 else None
#: Nothing here outlives the tests.
_DURABLE = "-c listen_addresses=''"
_FAST = f"-c fsync=off -c full_page_writes=off {_DURABLE}"


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, or None."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    if found:
        return found[0].parent
    return Path(on_path).resolve().parent if on_path else None


#: For tests that want a server: one process of the tests starts one.
needs_postgresql = [
    pytest.mark.skipif(
        not os.environ.get("CI") and programs() is None, reason="needs PostgreSQL's initdb"
    ),
    pytest.mark.xdist_group("postgresql"),
]


class Server:
    """A server that is running."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0

    def url(self, schema: str = "public") -> str:
        """Return the URL of a schema."""
        return (
            f"postgresql://postgres@/postgres?host={self._folder}&options=-csearch_path%3D{schema}"
        )

    def empty(self) -> str:
        """Make an empty schema, and give its URL."""
        self._made += 1
        schema = f"made{self._made}"
        engine = create_engine(self.url().replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        engine.dispose()
        return self.url(schema)


@contextmanager
def server(*, durable: bool = False) -> Iterator[Server]:
    """Run one; with `durable` a commit is on the disk, as benchmarks want it."""
    bin_folder = programs()
    assert bin_folder is not None, "PostgreSQL is not installed"
    with tempfile.TemporaryDirectory(prefix="publisher-postgresql-") as name:
        folder = Path(name)
        if _USER:
            shutil.chown(folder, _USER)
        data = folder / "data"

        def run(program: str, *arguments: str) -> None:
            command = [str(bin_folder / program), "-D", str(data), *arguments]
            subprocess.run(
                command, check=True, user=_USER, cwd=folder,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip

        # Of a language, as most servers are: it sorts `a` before `B`.
        run("initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8",
            "--locale=C", "--locale-provider=icu", "--icu-locale=en")  # fmt: skip
        options = f"{_DURABLE if durable else _FAST} -k {folder}"
        run("pg_ctl", "--wait", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield Server(folder)
        finally:
            run("pg_ctl", "--wait", "--mode=immediate", "stop")
