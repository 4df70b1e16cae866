"""SpamAssassin, asked without the network, has nothing against the finished mails."""

from __future__ import annotations

import re

import pytest

from publisher.audience import people
from publisher.doctor.keygen import dkim_keygen
from publisher.mail.dkim import Kind
from tests.judges.spam import SpamAssassin, needs_spamassassin
from tests.judges.specimens import SLUGS, fill
from tests.newsroom import KEYS, NOW, newsroom

pytestmark = [needs_spamassassin, pytest.mark.xdist_group("spamassassin")]
SETTINGS = """
[mail]
from = "Paper Digest <digest@example.org>"
dkim = ["r:dkim/r.pem", "e:dkim/e.pem"]
"""
#: What the receiver's server writes above a mail from the sender's relay: example.com's address
#: of many years, since one that is kept for documentation counts as forged.
RECEIVED = (
    b"Received: from mail.example.org (mail.example.org [93.184.216.34])\r\n"
    b"\tby mx.example.com (Postfix) with ESMTPS id 4F1234567\r\n"
    b"\tfor <ann@example.com>; Fri, 20 Nov 2026 08:00:03 +0000\r\n"
)


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Give a signed copy of each issue's mail, as the outbox gets it."""
    folder = tmp_path_factory.mktemp("seeds")
    dkim_keygen(folder / "dkim", "example.org", {"r": Kind.rsa, "e": Kind.ed25519})
    with newsroom(folder, SETTINGS) as room:
        people.add(room.database, KEYS, "ann@example.com", name="", language="", now=NOW)
        fill(room)
        room.tick()
    found = {}
    for path in (folder / ".publisher" / "outbox" / "new").iterdir():
        message = path.read_bytes()
        (slug,) = re.findall(rb"\nArchived-At: .*/issues/(.*?)/", message)
        found[slug.decode()] = message
    return found


def test_the_judge_judges(spam_filter: SpamAssassin) -> None:
    """The string that every spam filter has to know costs a thousand points (GTUBE)."""
    gtube = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
    assert 900 < spam_filter.asked(b"Subject: A\r\n\r\n" + gtube + b"\r\n")[0]


@pytest.mark.parametrize("slug", SLUGS)
def test_score_is_at_most_zero(
    slug: str, mails: dict[str, bytes], spam_filter: SpamAssassin
) -> None:
    """What counts against a mail is outweighed by what counts for it."""
    score, reasons = spam_filter.asked(RECEIVED + mails[slug])
    assert score <= 0, reasons


def test_without_its_way(mails: dict[str, bytes], spam_filter: SpamAssassin) -> None:
    """Nor has a mail anything against it before a server wrote where it came from."""
    score, reasons = spam_filter.asked(mails[SLUGS[0]])
    assert score <= 0, reasons
