"""Mail signed with keys that `doctor` made, as a receiver finds it: dkimpy, and what DNS says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable

import dkim
import pytest

from tests.e2e.newsletter import READERS, Newsletter, later
from tests.e2e.seeds import SEEDS
from tests.support.smtp_server import mail_server

_RECORD = re.compile(r"^ +(\S+)\. TXT (\".*\")$", re.MULTILINE)


@pytest.fixture
def signing(read_newsletter: Newsletter) -> tuple[Newsletter, dict[bytes, bytes]]:
    """Return a newsletter that signs with both kinds of key, and the records it says to publish."""
    read_newsletter.set("mail", sender="News <news@example.net>", tls="off")
    said = read_newsletter.run("doctor", "--dkim-keygen").out
    # Strings of one record are read as one (RFC 6376 3.6.2.2).
    records = {
        name.encode(): "".join(re.findall('"([^"]*)"', strings)).encode()
        for name, strings in _RECORD.findall(said)
    }
    keys = tomllib.loads(said.strip().splitlines()[-1])["dkim"]
    read_newsletter.set("mail", dkim=keys)
    return read_newsletter, records


def _look_up(records: dict[bytes, bytes]) -> Callable[..., bytes | None]:
    def found(name: bytes, timeout: int = 5) -> bytes | None:
        del timeout
        return records.get(name.rstrip(b"."))

    return found


def test_both_signatures_hold_at_the_receiver(
    signing: tuple[Newsletter, dict[bytes, bytes]],
) -> None:
    """Of each copy that a mail server got both signatures hold, each of them alone."""
    newsletter, records = signing
    (seed,) = SEEDS.glob("001_*.txt")
    newsletter.digest(seed.name, seed.read_bytes())
    with mail_server() as server:
        newsletter.set("mail", relay=f"smtp://127.0.0.1:{server.port}")
        newsletter.tick(later())
    assert len(READERS) == len(server.taken)
    for message in server.taken:
        assert {name.split(b".")[0]: True for name in records} == _verdicts(message, records)


def _verdicts(message: bytes, records: dict[bytes, bytes]) -> dict[bytes, bool]:
    """Check each signature with no record in DNS but its own; return the verdicts by selector."""
    selectors = re.findall(rb"\bs=([^;]+);", message)
    verdicts = {}
    for index, selector in enumerate(selectors):
        its = {name: each for name, each in records.items() if name.startswith(selector + b".")}
        verdicts[selector] = dkim.DKIM(message).verify(idx=index, dnsfunc=_look_up(its))
    return verdicts
