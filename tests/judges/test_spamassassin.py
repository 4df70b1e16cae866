"""SpamAssassin, asked without the network, has nothing against the finished mails."""

from __future__ import annotations

import pytest

from tests.judges.generated import FEW
from tests.judges.mails import Outgoing
from tests.judges.spam import SpamAssassin, needs_spamassassin
from tests.judges.specimens import SLUGS

pytestmark = [needs_spamassassin, pytest.mark.xdist_group("spamassassin")]


def test_the_judge_judges(spam_assassin: SpamAssassin) -> None:
    """The string that every spam filter has to know costs a thousand points (GTUBE)."""
    gtube = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
    assert 900 < spam_assassin.judged(b"Subject: A\r\n\r\n" + gtube + b"\r\n").score


@pytest.mark.parametrize("slug", SLUGS)
def test_score_is_at_most_zero(
    slug: str, mails: dict[str, bytes], spam_assassin: SpamAssassin
) -> None:
    """What counts against a mail is outweighed by what counts for it."""
    verdict = spam_assassin.judged(mails[slug])
    assert verdict.score <= 0, verdict.symbols


@pytest.mark.parametrize("shape", FEW)
def test_generated(shape: str, news: Outgoing, spam_assassin: SpamAssassin) -> None:
    """Nor has it anything against issues of other shapes."""
    mail = news.mail(FEW[shape])
    assert mail
    verdict = spam_assassin.judged(mail)
    assert verdict.score <= 0, verdict.symbols


def test_without_its_way(
    news: Outgoing, mails: dict[str, bytes], spam_assassin: SpamAssassin
) -> None:
    """Nor has a mail anything against it before a server wrote where it came from."""
    verdict = spam_assassin.judged(mails[SLUGS[0]].removeprefix(news.received))
    assert verdict.score <= 0, verdict.symbols
