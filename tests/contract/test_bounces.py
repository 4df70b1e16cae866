"""What a mail that came back changes, on both databases: each is read once."""

import stat
from pathlib import Path

import pytest

from publisher.errors import OutputError
from publisher.storage import personal_data, subscribers
from publisher.storage.bounces import BounceKind
from publisher.storage.database import Database
from publisher.subscribers import admin, suppression
from publisher.subscribers.tokens import Purpose
from tests.support.bounce_mailbox import ANN, DAY, OTHERS, SOFT, Desk, soft
from tests.support.bounces import JOINED, KEYS, return_path, sample
from tests.support.newsletter_folder import NOW


@pytest.fixture
def database(empty: Database) -> Database:
    """Return each kind of database in turn, with Ann on the list as number 1."""
    admin.add(empty, KEYS, ANN, name="", language="", now=NOW)
    return empty


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    """Return a desk to read mail at."""
    return Desk(database, tmp_path)


def test_hard(desk: Desk) -> None:
    """A hard bounce suppresses the address; the subscription stays as it is."""
    tally = desk.read(sample("postfix", subscriber=1))
    assert ("1 hard; 1 suppressed, 0 unsubscribed", "bounced", "confirmed") == (
        str(tally), desk.suppressed(), desk.ann.status
    )  # fmt: skip


def test_hard_of_who_left(desk: Desk) -> None:
    """An address that is no more is suppressed though its owner had left."""
    desk.change(status="unsubscribed")
    desk.read(sample("postfix", subscriber=1))
    assert ("bounced", "unsubscribed") == (desk.suppressed(), desk.ann.status)


def test_first_reason_stays(desk: Desk) -> None:
    """A suppression that was there keeps its reason."""
    with desk.database.write() as connection:
        subscribers.suppress(connection, ANN, "asked by letter", NOW)
    tally = desk.read(sample("postfix", subscriber=1))
    assert (0, "asked by letter") == (tally.suppressed, desk.suppressed())


@pytest.mark.parametrize("name", ["qq", "netease", "exchange-policy"])
def test_ours(desk: Desk, name: str) -> None:
    """What came back for our rate, host or content counts against nobody, however often."""
    for number in range(2 * SOFT.most):
        desk.read(sample(name, subscriber=1) + f"\n{number}\n".encode())
    assert ({("ours", 1)}, None) == (set(desk.rows()), desk.suppressed())


@pytest.mark.parametrize("name", ["gmail-full", "expired"])
def test_one_soft(desk: Desk, name: str) -> None:
    """A soft bounce is counted, and that is all."""
    before = desk.ann
    desk.read(sample(name, subscriber=1))
    assert ([("soft", 1)], None, before) == (desk.rows(), desk.suppressed(), desk.ann)


def test_enough_soft(desk: Desk) -> None:
    """The third soft bounce within ten days suppresses; the second does not."""
    desk.read(soft(1), now=NOW)
    desk.read(soft(2), now=NOW + 5 * DAY)
    assert desk.suppressed() is None
    tally = desk.read(soft(3), now=NOW + 10 * DAY)
    assert ("bounced", 1) == (desk.suppressed(), tally.suppressed)


def test_soft_over_a_longer_time(desk: Desk) -> None:
    """Soft bounces that lie further apart do not add up."""
    for number in range(5):
        desk.read(soft(number), now=NOW + number * 6 * DAY)
    assert desk.suppressed() is None


def test_soft_of_who_left(desk: Desk) -> None:
    """Soft bounces of someone who left change nothing but their rows."""
    desk.change(status="unsubscribed", how="one-click")
    before = desk.ann
    desk.read(*map(soft, range(4)))
    assert ([("soft", 1)] * 4, None, before) == (desk.rows(), desk.suppressed(), desk.ann)


@pytest.mark.parametrize(
    ("name", "how"),
    [("yahoo-complaint", "complaint"), ("outlook-complaint", "complaint"), ("leave", "mail")],
)
@pytest.mark.parametrize("status", ["confirmed", "unconfirmed"])
def test_leaving(desk: Desk, name: str, how: str, status: str) -> None:
    """A complaint, and a mail that asks for it, unsubscribes at once; confirming is void."""
    desk.change(status=status)
    tally = desk.read(sample(name, subscriber=1), now=NOW + DAY)
    ann = desk.ann
    assert ("unsubscribed", how, NOW + DAY, True, 1, None) == (
        ann.status, ann.how, ann.since, ann.epoch > JOINED, tally.unsubscribed, desk.suppressed()
    )  # fmt: skip


@pytest.mark.parametrize("name", ["yahoo-complaint", "leave"])
def test_leaving_again(desk: Desk, name: str) -> None:
    """Who had left is left alone."""
    desk.change(status="unsubscribed", how="one-click")
    before = desk.ann
    tally = desk.read(sample(name, subscriber=1), now=NOW + DAY)
    assert (before, 0) == (desk.ann, tally.unsubscribed)


@pytest.mark.parametrize("name", ["yahoo-complaint", "leave"])
@pytest.mark.parametrize("epoch", [JOINED, JOINED + 6])
def test_link_of_another_subscription(desk: Desk, name: str, epoch: int) -> None:
    """A link of another subscription of theirs lets them leave, as on the page.

    That it has the epoch of one which is not known means that a state was lost.
    """
    desk.change(epoch=JOINED + 5)
    desk.read(sample(name, subscriber=1, epoch=epoch))
    assert "unsubscribed" == desk.ann.status


@pytest.mark.parametrize("name", ["postfix", "gmail-full", "yahoo-complaint", "leave"])
def test_forgotten(desk: Desk, name: str) -> None:
    """Of who is forgotten nothing is kept but that a mail came, and nobody needs to look at it."""
    with desk.database.write() as connection:
        personal_data.erase(connection, desk.ann, NOW)
    before = desk.ann
    desk.read(sample(name, subscriber=1))
    assert (None, before, [], 1) == (desk.suppressed(), desk.ann, desk.files(), len(desk.rows()))
    assert "" == desk.words()


@pytest.mark.parametrize("name", ["postfix", "gmail-full", "yahoo-complaint", "leave"])
@pytest.mark.parametrize("by_path", [False, True])
def test_number_given_again(desk: Desk, name: str, *, by_path: bool) -> None:
    """What was sent to who had that number before says nothing of who has it now."""
    before = JOINED - 1
    returns_to = return_path(1, epoch=before) if by_path else "papers@example.org"
    row = desk.ann
    desk.read(sample(name, subscriber=1, epoch=before, returns_to=returns_to))
    assert (row, None, [("unknown", None)], 1) == (
        desk.ann, desk.suppressed(), desk.rows(), len(desk.files())
    )  # fmt: skip


@pytest.mark.parametrize("by_path", [False, True])
def test_asked_back_before(desk: Desk, *, by_path: bool) -> None:
    """Nor does the mail that asked back who had it before, by its return path or its link."""
    desk.change(status="unconfirmed")
    link = f"https://news.example.org/confirm/{KEYS.link(Purpose.confirm, 1, JOINED - 1)}\n"
    returns_to = return_path(1, epoch=JOINED - 1) if by_path else "papers@example.org"
    mail = sample("qmail", returns_to=returns_to, keys=OTHERS)
    desk.read(mail if by_path else mail + link.encode())
    assert ([("unknown", None)], None) == (desk.rows(), desk.suppressed())


def test_asked_back(desk: Desk) -> None:
    """Where nobody is, nobody is asked back again."""
    desk.change(status="unconfirmed")
    desk.read(sample("postfix", returns_to=return_path(1), keys=OTHERS))
    assert ([("hard", 1)], "bounced") == (desk.rows(), desk.suppressed())


def test_nobody(desk: Desk) -> None:
    """A token of somebody who is on no list is for a person to look at."""
    desk.read(sample("postfix", subscriber=99))
    assert ([("unknown", None)], 1) == (desk.rows(), len(desk.files()))


# --- Evidence -----------------------------------------------------------------------------


def test_evidence(desk: Desk) -> None:
    """A suppression keeps the words that it rests on."""
    desk.read(sample("postfix", subscriber=1))
    (row,) = suppression.list_suppressions(desk.database)
    assert (ANN, "bounced", NOW) == (row.address, row.reason, row.since)
    assert "User unknown in virtual mailbox table" in row.evidence


def test_evidence_of_soft_bounces(desk: Desk) -> None:
    """Of several soft bounces it has their number and the last one's words."""
    desk.read(soft(1), soft(2), soft(3))
    (row,) = suppression.list_suppressions(desk.database)
    assert row.evidence.startswith("3 soft bounces, the last one: 552-5.2.2 The recipient's inbox")


def test_undone(desk: Desk) -> None:
    """What led to a suppression that was lifted does not count again, and is not read again."""
    desk.read(soft(1), soft(2), soft(3))
    assert 1 == suppression.lift_suppressions(desk.database, since=NOW)
    desk.read(soft(3), soft(4), soft(5))
    assert desk.suppressed() is None
    desk.read(soft(6))
    assert "bounced" == desk.suppressed()


def test_undone_by_text_and_time(desk: Desk) -> None:
    """Only what bounces did is lifted in bulk, by a text in the words and since a time."""
    desk.read(sample("postfix", subscriber=1))
    with desk.database.write() as connection:
        subscribers.suppress(connection, "bob@example.net", "bounced", NOW)
        subscribers.suppress(connection, KEYS.hashes("eve@example.net")[0], "forgotten", NOW)
    for since, reason in ((NOW + DAY, ""), (None, "relay"), (NOW + DAY, "user unknown")):
        assert 0 == suppression.lift_suppressions(desk.database, since=since, reason=reason)
    assert 1 == suppression.lift_suppressions(desk.database, since=NOW, reason="USER unknown")
    left = [(row.address, row.reason) for row in suppression.list_suppressions(desk.database)]
    assert {("bob@example.net", "bounced"), ("", "forgotten")} == set(left)


# --- Once ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["postfix", "gmail-full", "leave", "vacation"])
def test_twice(desk: Desk, name: str) -> None:
    """The same mail again changes nothing, with other line ends or a line more too."""
    mail = sample(name, subscriber=1)
    desk.read(mail)
    before = desk.rows(), desk.ann
    tally = desk.read(mail, mail.replace(b"\n", b"\r\n"), mail + b"\n\n")
    assert (3, 0, before) == (tally.known, sum(tally.kinds.values()), (desk.rows(), desk.ann))


def test_twice_at_once(desk: Desk) -> None:
    """Two copies in one go count once."""
    tally = desk.read(soft(1), soft(1), soft(1))
    assert (1, 2, None) == (tally.kinds[BounceKind.soft], tally.known, desk.suppressed())


def test_mail_is_kept_once(desk: Desk) -> None:
    """A mail that a person has dealt with, and deleted, does not come back."""
    desk.read(b"Subject: hello\n\n")
    desk.files()[0].unlink()
    desk.read(b"Subject: hello\n\n")
    assert [] == desk.files()


# --- What cannot be understood ------------------------------------------------------------


def test_kept(desk: Desk) -> None:
    """It is kept as it came, in a file that nobody else may read."""
    mail = b"From: ann@example.net\nSubject: unsubscribe\n\nPlease.\n"
    tally = desk.read(mail)
    (file,) = desk.files()
    assert 1 == tally.kinds[BounceKind.unknown]
    mode = stat.S_IMODE(file.stat().st_mode)
    assert (mail, 0o600, ".eml") == (file.read_bytes(), mode, file.suffix)


def test_vacation_is_not_kept(desk: Desk) -> None:
    """An automatic answer is no work for anybody."""
    tally = desk.read(sample("vacation", subscriber=1))
    assert ("1 ignored; 0 suppressed, 0 unsubscribed", []) == (str(tally), desk.files())


def test_folder_that_cannot_be_written(desk: Desk) -> None:
    """A mail that cannot be kept is not marked as read, nor known: the next run reads it."""
    desk.folder.write_bytes(b"a file")
    with pytest.raises(OutputError, match="cannot be written"):
        desk.read(soft(1), b"Subject: hello\n\n", soft(2))
    assert ([0], [("soft", 1)]) == (desk.marked, desk.rows())


def test_marked_after_the_transaction(desk: Desk) -> None:
    """What the database does not take is not marked as read."""
    desk.read(soft(1))
    assert [0] == desk.marked


def test_words_are_kept(desk: Desk) -> None:
    """The other side's words stand in the row, whatever letters they have."""
    mail = sample("global", subscriber=1).replace("用户不存在\n".encode(), b"no\0such \xff user\n")
    desk.read(mail)
    assert "550 5.1.1 <address> no such � user" == desk.words()
