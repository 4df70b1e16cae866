"""What `run` and `status` say of mail that did not get to whom it was for."""

from __future__ import annotations

from publisher.plans.attention import Attention
from publisher.storage.confirmations import Unsent
from publisher.storage.plan_outcomes import Undelivered


def test_nothing() -> None:
    """Where all is well there is nothing to say."""
    assert (False, []) == (bool(Attention()), list(Attention().lines()))


def test_each_says_what_and_why() -> None:
    """A line has the issue's name, the relay's words, and what to do."""
    found = Attention(
        held={"005": "relay:25: 554 no"},
        undelivered=[Undelivered(name="004", accepted=1, readers=9, words="552 too big")],
    )
    held, undelivered = found.lines()
    assert held.startswith("mail of 005 is held: relay:25: 554 no. ")
    assert "1 of 9 readers got the mail of 004" in undelivered
    assert "552 too big. `publisher resend 004 --to failed`" in undelivered


def test_many_domains_are_one_line() -> None:
    """A relay that calls everyone unknown fills no screen."""
    outages = {f"{number}.example.org": (2, "550 5.1.1 unknown") for number in range(40)}
    (line,) = Attention(outages=outages).lines()
    assert line.startswith("80 readers at 0.example.org, 1.example.org, 2.example.org… were ")


def test_confirmations_that_do_not_go_out() -> None:
    """Who asked to join and was not written to is counted, with the relay's words."""
    (line,) = Attention(unsent=Unsent(number=2, lost=1, words="553 not owned")).lines()
    assert (
        "confirmation mails that do not go out: 2, and 1 for over 48 hours: they must ask again: "
        "553 not owned"
    ) == line
