"""rspamd, to which SPF, DKIM and DMARC vouch for the sender, has nothing against the mails."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.judges.generated import GENERATED
from tests.judges.mails import Outgoing
from tests.judges.rspamd import Rspamd, needs_rspamd
from tests.judges.spam import Verdict
from tests.judges.specimens import SLUGS
from tests.support.urls_in_text import addressed

pytestmark = [needs_rspamd, pytest.mark.xdist_group("rspamd")]

#: A symbol with more points than this is held against a mail.
SMALL = 0.1
HIGHEST = 1.0
#: It counts the addresses of both parts and finds the number odd: to make it even, an address
#: would have to be there for nobody.
ODD = "URI_COUNT_ODD"
#: What the words of a digest may cost, whoever puts them into a mail: question marks, capitals or
#: an address in a title, accents beside Chinese, and a link that says it leads elsewhere.
AUTHORS = {
    "SUBJECT_ENDS_QUESTION",
    "SUBJECT_ENDS_EXCLAIM",
    "SUBJ_ALL_CAPS",
    "URL_IN_SUBJECT",
    "R_MIXED_CHARSET",
    "PHISHING",
}


def against(verdict: Verdict) -> dict[str, float]:
    """Return the symbols that count against a mail."""
    return {
        name: points for name, points in verdict.symbols.items() if points > SMALL and name != ODD
    }


def test_the_judge_judges(mails: dict[str, bytes], rspamd_filter: Rspamd) -> None:
    """It holds against a mail what this one had: a full stop that it takes for one of the host."""
    head = mails[SLUGS[0]].partition(b"\r\n\r\n")[0].replace(b"multipart/alternative", b"text/html")
    body = '<p>见 <a href="https://a.github.io">https://a.github.io</a>。</p>'.encode()
    verdict = rspamd_filter.judged(head + b"\r\n\r\n" + body)
    assert verdict.symbols["R_SUSPICIOUS_URL"] == pytest.approx(5)


@pytest.mark.parametrize("slug", SLUGS)
def test_issues(slug: str, mails: dict[str, bytes], rspamd_filter: Rspamd) -> None:
    """The sender is known by SPF, DKIM and DMARC, and nothing else is said of the mail."""
    verdict = rspamd_filter.judged(mails[slug])
    assert {"R_SPF_ALLOW", "R_DKIM_ALLOW", "DMARC_POLICY_ALLOW"} <= verdict.symbols.keys()
    assert against(verdict) == {}
    assert verdict.score <= HIGHEST


@pytest.mark.parametrize("shape", GENERATED)
def test_generated(shape: str, news: Outgoing, rspamd_filter: Rspamd) -> None:
    """Nor is anything said of issues of other shapes."""
    mail = news.mail(GENERATED[shape])
    assert mail
    verdict = rspamd_filter.judged(mail)
    assert against(verdict) == {}
    assert verdict.score <= HIGHEST


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(addressed())
def test_addresses_anywhere(news: Outgoing, rspamd_filter: Rspamd, text: str) -> None:
    """Whatever stands beside an address, nothing is said but of the author's own words."""
    mail = news.mail(text)
    if mail:
        verdict = rspamd_filter.judged(mail)
        assert against(verdict).keys() <= AUTHORS
        assert verdict.score - sum(against(verdict).values()) <= HIGHEST
