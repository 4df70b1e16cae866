"""Asking to join and confirming, on either database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from publisher.storage import subscribers
from publisher.storage.database import Database
from publisher.storage.tables import form_stamp, request
from publisher.subscribers import signup
from publisher.subscribers.signup import Asked, Limits
from publisher.subscribers.signup import Link as LinkState
from publisher.subscribers.tokens import Keys, Purpose
from tests.support.mailing_list import ANN, BOB, DAY, HERE, HOUR, KEYS, MINUTE, THERE, List
from tests.support.newsletter_folder import NOW


@pytest.fixture
def desk(empty: Database) -> List:
    """Return an empty list in each kind of database."""
    return List(empty)


# --- Asking -------------------------------------------------------------------------------


def test_who_asks_is_written_to_and_confirms(desk: List) -> None:
    """Who asks is not on the list before they press the button of the mail they get."""
    assert Asked.taken is desk.ask("Ann@Example.org")
    assert 1 == desk.write()
    before = desk.row().status
    assert desk.confirm(desk.sent[0][1])
    assert ("Ann@example.org", "unconfirmed", "confirmed", "form") == (
        desk.sent[0][0], before, desk.row().status, desk.row().how
    )  # fmt: skip


@pytest.mark.parametrize(
    "typed",
    ["ann＠example.org", "ann@example。org", "mailto:ann@example.org", "ann@example.org,",
     "ann@example.org\u200b", "\u202aann@example.org\u202c", "Ann <ann@example.org>"],
)  # fmt: skip
def test_a_form_mends_what_is_typed(desk: List, typed: str) -> None:
    """What keyboards and copying add to an address keeps nobody from joining."""
    assert Asked.taken is desk.ask(typed)
    desk.write()
    assert [ANN] == [address for address, _ in desk.sent]


def test_an_address_is_written_to_once_a_day(desk: List) -> None:
    """Whoever asks again within a day, in whatever form, is told the same and sent nothing."""
    said = [desk.ask(each) for each in (ANN, ANN.upper(), f" {ANN} ")]
    desk.write()
    desk.now += DAY - MINUTE
    said.append(desk.ask())
    desk.write()
    assert ([Asked.taken] * 4, 1) == (said, len(desk.sent))
    desk.now += MINUTE
    desk.ask()
    assert 1 == desk.write()


def test_who_is_on_the_list_is_told_the_same(desk: List) -> None:
    """Who is on the list gets a mail that says so, and nothing changes; the answer is the same."""
    desk.join()
    before = desk.row()
    desk.now += 2 * DAY
    assert Asked.taken is desk.ask()
    desk.write()
    assert (before, desk.link(purpose=Purpose.confirm)) == (desk.row(), desk.sent[-1][1])


def test_a_suppressed_address_is_not_written_to(desk: List) -> None:
    """An address that is never to be mailed gets no confirmation either."""
    with desk.database.write() as connection:
        subscribers.suppress(connection, ANN, "bounced", NOW)
    assert (Asked.taken, 0) == (desk.ask(), desk.write())


def test_a_forgotten_person_may_come_back(desk: List) -> None:
    """Who was forgotten and asks again is written to, and known again once they confirm."""
    with desk.database.write() as connection:
        subscribers.suppress(connection, desk.keys.hashes(ANN)[0], "forgotten", NOW)
    desk.join()
    with desk.database.read() as connection:
        assert {} == subscribers.suppression_reasons(connection, desk.keys.hashes(ANN))


def test_what_is_no_address_is_refused(desk: List) -> None:
    """What no mail can be sent to is told at once, and counts for nothing."""
    assert Asked.invalid is desk.ask("ann@localhost@example")
    assert 0 == desk.requests()


def test_many_ask_at_once(desk: List) -> None:
    """Who asks at the same moment as others gets an answer of their own, and one mail."""
    desk.limits = Limits(network=3, overall=1000)
    said = desk.ask_at_once(ANN, "nobody", ANN.upper(), "bob@example.org", "cleo@example.org")
    taken = Asked.taken
    assert [taken, Asked.invalid, taken, taken, Asked.busy] == said
    assert 2 == desk.write()


@pytest.mark.parametrize("wanted", ["", "en", "zh-Hans"])
def test_the_language_asked_for(desk: List, wanted: str) -> None:
    """Who joins gets the language they chose, also who had another before they left."""
    desk.ask(wanted="fr")
    desk.write()
    desk.confirm(desk.sent[-1][1])
    desk.leave(desk.link(purpose=Purpose.leave))
    desk.now += DAY
    desk.ask(wanted=wanted)
    before = desk.row().language
    desk.write()
    desk.confirm(desk.sent[-1][1])
    assert ("fr", wanted) == (before, desk.row().language)


def test_a_form_is_good_for_one_request(desk: List) -> None:
    """The stamp of a form that was taken is used up; one that was refused may be sent again."""
    desk.limits = Limits(network=1, overall=1000)
    wish, other = desk.wish(), desk.wish(BOB)
    said = []
    for each, network in [(wish, HERE), (wish, THERE), (other, HERE), (other, THERE)]:
        again = replace(each, network=network)
        said += signup.request_signups(
            desk.database, desk.keys, [again], limits=desk.limits, now=desk.now
        )
    assert [Asked.taken, Asked.used, Asked.busy, Asked.taken] == said


def test_used_stamps_are_forgotten(desk: List) -> None:
    """A stamp is remembered for the day that it would be good for."""
    desk.ask()
    desk.now += DAY
    desk.ask(BOB)
    with desk.database.read() as connection:
        assert 1 == connection.execute(select(func.count()).select_from(form_stamp)).scalar()


# --- Limits -------------------------------------------------------------------------------


def test_a_network_may_ask_so_often(desk: List) -> None:
    """Beyond its share of an hour a network is told to wait, and others are not."""
    desk.limits = Limits(network=2, overall=1000)
    said = [desk.ask(f"a{number}@example.org") for number in range(3)]
    said.append(desk.ask("b@example.org", THERE))
    desk.now += HOUR
    said.append(desk.ask("c@example.org"))
    taken, busy = Asked.taken, Asked.busy
    assert [taken, taken, busy, taken, taken] == said
    assert 4 == desk.write()


def test_all_may_ask_so_often(desk: List) -> None:
    """Beyond what an hour allows everyone is told to wait, wherever they are."""
    desk.limits = Limits(network=20, overall=2)
    said = [desk.ask(f"a{each}@example.org", f"192.0.{each}.0/24") for each in range(3)]
    assert [Asked.taken, Asked.taken, Asked.busy] == said


@pytest.mark.parametrize(
    "alias", ["victim+{}@gmail.com", "v.ictim+{}@googlemail.com", "victim-{}@yahoo.com"]
)
def test_aliases_share_a_mailbox_limit(desk: List, alias: str) -> None:
    """However one mailbox is spelled, from however many networks, it gets one mail a day."""
    said = [desk.ask(alias.format(each), f"192.0.{each}.0/24") for each in range(120)]
    assert ({Asked.taken}, 1) == (set(said), desk.write())
    desk.now += DAY
    desk.ask(alias.format(120))
    assert 1 == desk.write()
    assert alias.format(120) == desk.sent[-1][0]


def test_aliases_at_once_share_it(desk: List) -> None:
    """Requests that come in one moment are counted one after the other."""
    desk.ask_at_once(*(f"victim+{each}@example.org" for each in range(10)))
    assert 1 == desk.write()


def test_asking_in_vain_does_not_prolong_the_limit(desk: List) -> None:
    """Nobody keeps a person from joining by asking for them again and again."""
    desk.ask("ann+1@example.org")
    desk.write()
    for _ in range(3):
        desk.now += 8 * HOUR
        desk.ask("ann+2@example.org")
    assert 1 == desk.write()


def test_a_mailbox_is_known_by_any_secret(desk: List) -> None:
    """A new secret does not free mailboxes, and none stands in the database as it is."""
    desk.ask("ann+1@example.org")
    desk.write()
    desk.keys = Keys((b"a newer secret", *KEYS.secrets))
    desk.ask("ann+2@example.org")
    assert 0 == desk.write()
    with desk.database.read() as connection:
        boxes = connection.execute(select(request.c.mailbox)).scalars().all()
    assert [0, 64] == sorted(len(box) for box in boxes)


def test_limits_keep_the_state_small(desk: List) -> None:
    """What is kept to count requests is no more than one day's."""
    desk.limits = Limits(network=3, overall=1000)
    for _ in range(10):
        desk.ask()
    assert 3 == desk.requests()
    desk.now += DAY
    desk.ask()
    assert 1 == desk.requests()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_networks(address: str, network: str) -> None:
    """A visitor is in an IPv4 /24 or an IPv6 /64, however the address is written."""
    assert network == signup.find_network(address)


def test_who_never_confirms_is_deleted(desk: List) -> None:
    """After a week nothing is left of an address that nobody confirmed."""
    desk.ask()
    desk.write()
    desk.now += timedelta(days=7)
    desk.ask(BOB)
    with desk.database.read() as connection:
        assert [BOB] == [row.address for row, _ in subscribers.all_subscribers(connection)]


def test_a_number_given_again_is_nobody_elses(desk: List) -> None:
    """SQLite gives the number of who never confirmed again: their link confirms nobody."""
    desk.ask()
    desk.write()
    (_, link), before = desk.sent[0], desk.row()
    desk.now += timedelta(days=7)
    desk.ask(BOB)
    bob = desk.row(BOB)
    with desk.database.read() as connection:
        assert before.id == bob.id or connection.dialect.name == "postgresql"
    assert not desk.confirm(link)
    assert bob == desk.row(BOB)
    desk.write()
    assert (BOB, True) == (desk.sent[1][0], desk.confirm(desk.sent[1][1]))


# --- Confirming ---------------------------------------------------------------------------


def test_looking_changes_nothing(desk: List) -> None:
    """To open a confirmation link, as mail scanners do, does not confirm."""
    desk.ask()
    asked = signup.read_confirmation(desk.database, desk.keys, desk.link(), desk.now)
    assert (LinkState.open, "unconfirmed") == (asked.link, desk.row().status)


def test_a_confirmation_link_is_good_for_48_hours(desk: List) -> None:
    """A link works for 48 hours, and not a second longer."""
    desk.ask()
    token = desk.link()
    desk.now += timedelta(hours=48, seconds=1)
    late = desk.confirm(token)
    desk.now -= timedelta(seconds=1)
    assert (False, True) == (late, desk.confirm(token))


def test_confirming_twice_is_fine(desk: List) -> None:
    """A button that is pressed twice confirms once, and says the same."""
    desk.ask()
    token = desk.link()
    first = desk.confirm(token)
    desk.now += HOUR
    assert (True, True, NOW) == (first, desk.confirm(token), desk.row().since)


def test_a_newer_link_takes_the_place(desk: List) -> None:
    """Of two confirmation mails the newer counts."""
    desk.ask()
    old = desk.link()
    desk.now += DAY
    desk.ask()
    assert (False, True) == (desk.confirm(old), desk.confirm(desk.link()))


def test_no_link_of_another_kind_confirms(desk: List) -> None:
    """A link to leave by confirms nothing, nor does one that is made up."""
    desk.ask()
    assert [False, False] == [desk.confirm(desk.link(purpose=Purpose.leave)), desk.confirm("x")]
