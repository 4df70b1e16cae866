"""The mail that asks somebody back, on either database."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from publisher.delivery.confirmation_mail import Refusal
from publisher.errors import RelayError
from publisher.mail.transport import Outcome, Reply, Stage
from publisher.model import DeliveryState
from publisher.storage import confirmations
from publisher.storage.confirmations import Unsent
from publisher.storage.database import Database
from publisher.storage.tables import confirmation
from tests.support.mailing_list import ANN, BOB, DAY, HOUR, MINUTE, List
from tests.support.newsletter_folder import NOW


@pytest.fixture
def desk(empty: Database) -> List:
    """Return an empty list in each kind of database."""
    return List(empty)


def test_a_refusal_for_now_is_tried_again(desk: List) -> None:
    """A mail that the relay defers goes out a minute later, once."""
    desk.says = Reply(Outcome.deferred, "450 later")
    desk.ask()
    tried = [desk.write(), desk.write()]
    desk.says = Reply(Outcome.accepted, "250 ok")
    desk.now += MINUTE
    assert ([1, 0], 1, 0) == (tried, desk.write(), desk.write())


def test_a_relay_out_of_reach_loses_nothing(desk: List) -> None:
    """Without a relay the mail waits, and is none too many afterwards."""
    desk.says = RelayError("no connection")
    desk.ask()
    desk.write()
    assert [Refusal(DeliveryState.deferred, "no connection")] == desk.refusals
    desk.says = Reply(Outcome.accepted, "250 ok")
    desk.now += HOUR
    assert (1, [ANN]) == (desk.write(), [to for to, _ in desk.sent])


def test_a_crash_loses_nobody(desk: List) -> None:
    """A mail that a crash cut off is sent again once no relay can still be answering."""
    desk.says = KeyboardInterrupt()
    desk.ask()
    with pytest.raises(KeyboardInterrupt):
        desk.write()
    desk.says = Reply(Outcome.accepted, "250 ok")
    tried = [desk.write()]
    desk.now += 15 * MINUTE
    assert ([0], 1, 0) == (tried, desk.write(), desk.write())


def test_what_may_have_arrived_is_sent_once_more(desk: List) -> None:
    """A mail whose answer was lost goes out a second time with the same link, and never a third."""
    desk.says = Reply(Outcome.uncertain, "the connection broke")
    desk.ask()
    first = desk.link()
    tried = [desk.write(), desk.write()]
    desk.now += MINUTE
    tried += [desk.write()]
    desk.now += HOUR
    assert ([1, 0, 1], 0) == (tried, desk.write())
    assert first == desk.link()


REFUSED = "550 5.7.23 <news@example.org> SPF validation failed"


def test_a_refusal_of_us_is_tried_again(desk: List) -> None:
    """What the relay refuses for our fault waits, and goes out when it takes our mail again."""
    desk.says = Reply(Outcome.rejected, REFUSED, 550, Stage.rcpt)
    desk.ask()
    desk.ask(BOB)
    tried = [desk.write()]  # one is enough to know
    kept = "550 5.7.23 <address> SPF validation failed"
    assert ([1], [Refusal(DeliveryState.deferred, kept)]) == (tried, desk.refusals)
    with desk.database.read() as connection:
        waiting = confirmations.unsent(connection, desk.now)
    assert (1, 0, kept) == (waiting.number, waiting.lost, waiting.words)
    desk.says = Reply(Outcome.accepted, "250 ok")
    desk.now += 47 * HOUR
    assert (2, {ANN, BOB}) == (desk.write(), {to for to, _ in desk.sent})
    with desk.database.read() as connection:
        assert Unsent(number=0, lost=0, words="") == confirmations.unsent(connection, desk.now)


def test_a_late_mail_has_a_link_as_good_as_any(desk: List) -> None:
    """The 48 hours of the link begin when the mail is sent, however long the relay was away."""
    desk.says = RelayError("no connection")
    desk.ask()
    desk.write()
    desk.says = Reply(Outcome.accepted, "250 ok")
    desk.now += 47 * HOUR
    desk.write()
    desk.now += 48 * HOUR
    assert desk.confirm(desk.sent[-1][1])


def test_a_dead_address_is_given_up(desk: List) -> None:
    """Of an address that does not exist there is no second try, and the day's limit is free."""
    desk.says = Reply(Outcome.rejected, "550 5.1.1 no such user", 550, Stage.rcpt)
    desk.ask("ann+typo@example.org")
    tried = [desk.write()]
    desk.now += HOUR
    tried.append(desk.write())
    desk.says = Reply(Outcome.accepted, "250 ok")
    desk.ask("ann+right@example.org")
    assert ([1, 0], 1) == (tried, desk.write())
    desk.says = Reply(Outcome.rejected, "550 5.1.1 no such user", 550, Stage.rcpt)
    desk.ask(BOB)
    desk.write()
    desk.ask(BOB)
    assert 1 == desk.write()
    assert [DeliveryState.rejected] * 3 == [refusal.state for refusal in desk.refusals]


def test_who_waits_for_nobody_is_told_of(desk: List) -> None:
    """Mails that no program tries are counted after ten minutes, and as lost after 48 hours."""
    desk.ask()
    counts = []
    for wait in (timedelta(), 10 * MINUTE, 48 * HOUR):
        desk.now = NOW + wait
        with desk.database.read() as connection:
            waiting = confirmations.unsent(connection, desk.now)
        counts.append((waiting.number, waiting.lost))
    assert [(0, 0), (1, 0), (0, 1)] == counts


def test_a_late_mail_is_not_sent(desk: List) -> None:
    """A mail whose link would be void is not sent any more."""
    desk.ask()
    desk.now += timedelta(hours=48)
    assert 0 == desk.write()


def test_what_cannot_be_delivered_comes_back(desk: List) -> None:
    """The mail goes back to an address that tells whose it was, if there is a domain for it."""
    desk.ask()
    desk.write()
    desk.bounce_domain = "bounces.example.org"
    desk.ask("bob@example.org")
    desk.write()
    bob = desk.row("bob@example.org")
    returns = f"bounces+{desk.keys.return_path(bob.id, bob.epoch)}@bounces.example.org"
    assert ["news@example.org", returns] == desk.returns


def test_a_mail_is_claimed_by_one(desk: List) -> None:
    """Of two programs that look for what is due, one gets it."""
    desk.ask()
    with desk.database.write() as connection:
        first = confirmations.claim(connection, desk.now)
    with desk.database.write() as connection:
        assert (True, None) == (first is not None, confirmations.claim(connection, desk.now))


def test_confirmations_know_their_place(desk: List) -> None:
    """An answer that comes after a newer request was written down changes nothing."""
    desk.ask()
    with desk.database.write() as connection:
        taken = confirmations.claim(connection, desk.now)
        assert taken
        number, later = taken.reader.id, desk.now + DAY
        confirmations.schedule(connection, number, language="en", wanted="", now=later)
        confirmations.record_outcome(
            connection, taken.reader.id, DeliveryState.accepted, attempts=1
        )
        assert "pending" == connection.execute(select(confirmation.c.state)).scalar()
