"""Fixtures that end-to-end and fault tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.e2e.newsletter import READERS, Newsletter
from tests.support import dovecot as dovecot_server
from tests.support.fake_relay import Relay
from tests.support.postgresql import Server, server

#: How long an example takes says more of the machine than of the program. The suite tries the
#: same examples each time: what passes today passes tomorrow.
settings.register_profile("suite", max_examples=50, deadline=None, derandomize=True)
settings.load_profile("suite")
#: New ones each time: what `make test-properties` asks for.
settings.register_profile("long", max_examples=1000, derandomize=False, print_blob=True)


def pytest_xdist_auto_num_workers() -> int:
    """Let three work on two processors: a quarter of the time a test waits for somebody else."""
    return len(os.sched_getaffinity(0)) * 3 // 2 or 1


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """Yield a PostgreSQL server."""
    with server() as found:
        yield found


@pytest.fixture(scope="session")
def dovecot() -> Iterator[dovecot_server.Server]:
    """Yield an IMAP server."""
    with dovecot_server.server() as found:
        yield found


@pytest.fixture(scope="session")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with `publisher init`, to be copied."""
    folder = tmp_path_factory.mktemp("initialised")
    Newsletter(folder).run("init", "newsletter")
    return folder / "newsletter"


@pytest.fixture(scope="session")
def with_readers(initialised: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder that has the READERS as subscribers, and dora who never confirmed."""
    folder = tmp_path_factory.mktemp("with_readers") / "newsletter"
    shutil.copytree(initialised, folder)
    Newsletter(folder).subscribe(*READERS, "dora@example.org,Dora,,unconfirmed")
    return folder


@pytest.fixture(scope="session")
def with_an_issue(initialised: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder that has published the issue 000."""
    folder = tmp_path_factory.mktemp("with_an_issue") / "newsletter"
    found = Newsletter(shutil.copytree(initialised, folder))
    found.digest("000_aa.txt", 1)
    found.build()
    return folder


@pytest.fixture(scope="session")
def with_mail(with_readers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder that has published the issue 000 and mailed it to the READERS."""
    folder = tmp_path_factory.mktemp("with_mail") / "newsletter"
    found = Newsletter(shutil.copytree(with_readers, folder))
    found.digest("000_aa.txt", 1)
    found.tick()
    return folder


@pytest.fixture
def newsletter(initialised: Path, tmp_path: Path) -> Newsletter:
    """Return a newsletter that is quite new."""
    return Newsletter(shutil.copytree(initialised, tmp_path / "newsletter"))


@pytest.fixture
def read_newsletter(with_readers: Path, tmp_path: Path) -> Newsletter:
    """Return a newsletter that has the READERS as subscribers, and dora who never confirmed."""
    return Newsletter(shutil.copytree(with_readers, tmp_path / "read_newsletter"))


@pytest.fixture
def published(with_an_issue: Path, tmp_path: Path) -> Newsletter:
    """Return a newsletter that has published the issue 000 (paper 1) at NOW."""
    return Newsletter(shutil.copytree(with_an_issue, tmp_path / "published"), written=1)


@pytest.fixture
def mailed(with_mail: Path, tmp_path: Path) -> Newsletter:
    """Return a newsletter that has published the issue 000 (paper 1) at NOW and mailed it."""
    return Newsletter(shutil.copytree(with_mail, tmp_path / "mailed"), written=1)


@pytest.fixture
def relay() -> Iterator[Relay]:
    """Yield a relay that takes mail."""
    found = Relay()
    yield found
    found.end()
