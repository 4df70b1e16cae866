"""Fixtures that the judges share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.judges.mails import Outgoing, outgoing
from tests.judges.rspamd import Rspamd, rspamd
from tests.judges.spam import SpamAssassin, spamassassin
from tests.judges.specimens import Judge, Specimen, fill, judge, specimens
from tests.support.newsletter_folder import Newsroom, newsroom


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """Yield a newsletter that has published what is to be judged."""
    with newsroom(tmp_path_factory.mktemp("judged")) as found:
        fill(found)
        yield found


@pytest.fixture(scope="session")
def issues(room: Newsroom) -> dict[str, Specimen]:
    """Return its issues by slug."""
    return specimens(room)


@pytest.fixture(scope="session")
def sitting() -> Iterator[Judge]:
    """Yield npm's judges of markup."""
    with judge() as found:
        yield found


@pytest.fixture(scope="session")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outgoing]:
    """Yield a newsletter whose mails spam filters are asked about."""
    with outgoing(tmp_path_factory.mktemp("news")) as found:
        yield found


@pytest.fixture(scope="session")
def mails(news: Outgoing) -> dict[str, bytes]:
    """Return the mails of its issues, by slug."""
    return news.mails()


@pytest.fixture(scope="session")
def spam_assassin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpamAssassin]:
    """Yield SpamAssassin."""
    with spamassassin(tmp_path_factory.mktemp("spamassassin")) as found:
        yield found


@pytest.fixture(scope="session")
def rspamd_filter(news: Outgoing) -> Iterator[Rspamd]:
    """Yield rspamd, to which the newsletter's sender is known."""
    with rspamd(news.zone) as found:
        yield found
