"""`bounces` over IMAP, from a real server: what is unseen is read, and seen once it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from publisher import factories, mail_factories
from publisher.commands.bounces import BounceCounts, find_mails, make_reader, read_bounces
from publisher.errors import MailboxError
from publisher.mail.inbound import Access, mails_of
from publisher.subscribers import admin
from tests.e2e.newsletter import ANN, BOB, Newsletter
from tests.support.bounces import KEYS, sample
from tests.support.dovecot import Account, Server, needs_dovecot
from tests.support.newsletter_folder import NOW, Newsroom, newsroom

pytestmark = needs_dovecot
SEEN = "\\Seen"


@pytest.fixture
def account(dovecot: Server, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Return somebody's mail on a server whose certificate is believed here."""
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    return dovecot.account()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with nine readers."""
    with newsroom(tmp_path) as found:
        for number in range(1, 10):
            admin.add(found.database, KEYS, f"{number}@example.org", name="", language="", now=NOW)
        yield found


def read(
    room: Newsroom,
    url: str,
    counts: BounceCounts | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
) -> BounceCounts:
    """Do what `publisher bounces` does."""
    counts = counts or BounceCounts()
    keys = mail_factories.token_keys(room.settings, room.database)
    reader = make_reader(room.settings, room.database, keys, clock)
    read_bounces(reader, find_mails(room.settings, url, factories.access(room.settings)), counts)
    return counts


def mails(url: str, *, tls: str = "required", limit: int = 1000) -> list[bytes]:
    """Read what is unseen, and mark nothing."""
    return [mail for mail, _ in mails_of(url, Access(tls=tls), limit=limit)]


def refused(url: str) -> str:
    """Read what cannot be read, and give what is said of it."""
    with pytest.raises(MailboxError) as caught:
        mails(url)
    said = str(caught.value)
    assert not [secret for secret in ("p%2Fss", "p/ss", "hunter2") if secret in said]
    assert "\n" not in said
    return said


def test_command(read_newsletter: Newsletter, account: Account, tmp_path: Path) -> None:
    """What came is read, marked as seen, and the next run finds nothing."""
    (tmp_path / "url").write_text(account.url() + "\n", encoding="utf-8")
    env = {"PUBLISHER_MAIL_BOUNCES_FILE": str(tmp_path / "url")}
    read_newsletter.set("web", secret=[KEYS.secrets[0].decode()])
    account.append(
        *(
            sample(name, subscriber=number, epoch=epoch)
            for name, (number, epoch) in (
                ("postfix", read_newsletter.reader(ANN)), ("leave", read_newsletter.reader(BOB))
            )
        )
    )  # fmt: skip
    ran = read_newsletter.run("bounces", env=env)
    assert "1 hard, 1 leave; 1 suppressed, 1 unsubscribed\n" == ran.out
    assert [SEEN, SEEN] == account.flags()
    assert "no new mail\n" == read_newsletter.run("bounces", env=env).out


def test_other_folder_of_the_account(read_newsletter: Newsletter, account: Account) -> None:
    """A SOURCE of the same user and host needs no password: the setting has it."""
    read_newsletter.set("web", secret=[KEYS.secrets[0].decode()])
    read_newsletter.set("mail", bounces=account.url())
    number, epoch = read_newsletter.reader(ANN)
    account.append(sample("postfix", subscriber=number, epoch=epoch), folder="Junk")
    ran = read_newsletter.run("bounces", f"imaps://{account.user}@localhost/Junk")
    assert "1 hard; 1 suppressed, 0 unsubscribed\n" == ran.out


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
def test_unseen(account: Account, scheme: str) -> None:
    """Reading alone marks nothing, over TLS from the start and by STARTTLS."""
    account.append(b"Subject: 1\n\n", b"Subject: 2\n\n")
    url = account.url(scheme=scheme)
    assert [b"Subject: 1\r\n\r\n", b"Subject: 2\r\n\r\n"] == mails(url)
    assert ["", ""] == account.flags()


def test_limit(account: Account) -> None:
    """Of each mail the beginning is fetched."""
    account.append(b"Subject: 1\n\n" + b"x" * 100_000)
    assert [b"Subj"] == mails(account.url(), limit=4)


@pytest.mark.parametrize(
    ("folder", "written"),
    [
        ('"&BB8EMAQ,BDoEMA-"', "%D0%9F%D0%B0%D0%BF%D0%BA%D0%B0"),
        ('"&kABP4Q- &- co"', "%E9%80%80%E4%BF%A1%20%26%20co"),
        ('"a &AOQ- b"', "a%20%C3%A4%20b"),
        ('"say \\"hello\\""', "say%20%22hello%22"),
    ],
)
def test_folder_names(account: Account, folder: str, written: str) -> None:
    """A folder of any name is found (RFC 3501 5.1.3)."""
    account.append(b"Subject: 1\n\n", folder=folder)
    assert 1 == len(mails(account.url(written)))


def test_empty(account: Account) -> None:
    """A folder without mail is read to its end."""
    assert [] == mails(account.url())


# --- Broken connections -------------------------------------------------------------------


def test_broken_while_reading(room: Newsroom, account: Account) -> None:
    """What was read before the connection broke is done; the next run does the rest, once."""
    account.append(*(sample("postfix", subscriber=number) for number in range(1, 5)))
    tally = BounceCounts()

    def breaking() -> datetime:
        if tally.suppressed == 2:
            account.kick()
        return NOW

    with pytest.raises(MailboxError):
        read(room, account.url(), tally, breaking)
    assert (3, [SEEN, SEEN, "", ""]) == (tally.suppressed, account.flags())
    again = read(room, account.url())
    assert (1, 1, [SEEN] * 4) == (again.suppressed, again.known, account.flags())


def test_no_answer_twice(room: Newsroom, account: Account) -> None:
    """A mail that was done, and could not be marked, is marked the next time and not counted."""
    account.append(sample("gmail-full", subscriber=1))

    def breaking() -> datetime:
        account.kick()
        return NOW

    with pytest.raises(MailboxError):
        read(room, account.url(), None, breaking)
    again = read(room, account.url())
    assert (1, 0, [SEEN]) == (again.known, sum(again.kinds.values()), account.flags())


def test_gone_meanwhile(account: Account) -> None:
    """A mail that a mail program deletes meanwhile is no trouble."""
    account.append(b"Subject: 1\n\n", b"Subject: 2\n\n", b"Subject: 3\n\n")
    walk = mails_of(account.url(), Access(), limit=1000)
    next(walk)
    account.delete(2)
    assert [b"Subject: 3\r\n\r\n"] == [mail for mail, _ in walk]


# --- Trouble ------------------------------------------------------------------------------


def test_wrong_password(account: Account) -> None:
    """A wrong password is one line, without it."""
    said = refused(account.url(password="hunter2"))
    assert f"imaps://localhost:{account.server.imaps}: [AUTHENTICATIONFAILED]" in said


def test_no_folder(account: Account) -> None:
    """A folder that is not there is one line that names it."""
    said = refused(account.url("%E9%80%80%E4%BF%A1"))
    assert f'imaps://localhost:{account.server.imaps}: no folder "退信": ' in said


def test_certificate_of_nobody(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that cannot show who it is gets no password."""
    monkeypatch.delenv("SSL_CERT_FILE")
    for scheme in ("imaps", "imap"):
        assert "self-signed certificate. Set mail.ca_file" in refused(account.url(scheme=scheme))


def test_certificate_of_another_name(account: Account) -> None:
    """Nor one that is somebody else."""
    said = refused(account.url().replace("@localhost:", "@127.0.0.1:"))
    assert "certificate verify failed: IP address mismatch" in said
