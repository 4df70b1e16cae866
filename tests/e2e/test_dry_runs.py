"""`--dry-run` says what a command would change, and changes nothing."""

from __future__ import annotations

import json
import mailbox

import pytest

from publisher.subscribers.tokens import Keys
from tests.e2e.newsletter import ANN, BOB, CLEO, READERS, Newsletter, later
from tests.support.bounces import sample

NOTHING = "dry run: nothing was written; leave out --dry-run to do it"


def state(newsletter: Newsletter) -> list[str]:
    """Return all that commands say of the state."""
    shown = (("subscribers", "list"), ("suppress", "--list"), ("deliveries", "--format", "json"))
    return [newsletter.run(*words).out for words in shown]


def said(newsletter: Newsletter, *words: str, code: int = 0) -> str:
    """Return what a command says that must change nothing."""
    before = state(newsletter)
    out = newsletter.run(*words, "--dry-run", code=code).out.splitlines()
    assert before == state(newsletter)
    assert out.pop() == NOTHING
    return "\n".join(out)


def sample_about(newsletter: Newsletter, name: str, who: str, keys: Keys) -> bytes:
    """Return a mail that is about somebody's copy."""
    number, epoch = newsletter.reader(who)
    return sample(name, subscriber=number, epoch=epoch, keys=keys)


@pytest.fixture
def planned(read_newsletter: Newsletter) -> Newsletter:
    """Return a newsletter whose issue 000 waits for `apply`."""
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.build()
    read_newsletter.run("plan", "000", now=later())
    return read_newsletter


@pytest.fixture
def uncertain(read_newsletter: Newsletter) -> Newsletter:
    """Return a newsletter whose issue 001 was mailed after the backup that was restored."""
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.build()
    read_newsletter.run("plan", "000", now=later())
    read_newsletter.run("backup", "b.db")
    read_newsletter.run("restore", "b.db")
    read_newsletter.run("accept-restore")
    return read_newsletter


def test_cancel(planned: Newsletter) -> None:
    """It says how many would not get the mail."""
    assert f"{len(READERS)} readers will not get it" in said(planned, "cancel", "000")


def test_resolve(uncertain: Newsletter) -> None:
    """It counts the uncertain deliveries."""
    assert said(uncertain, "resolve", "000", "--uncertain", "accept") == (
        f"{len(READERS)} deliveries are accepted now"
    )


def test_resend(planned: Newsletter) -> None:
    """It counts those who would get the mail again."""
    assert "goes to 0 readers again" in said(planned, "resend", "000", "--to", "failed")


def test_forget(read_newsletter: Newsletter) -> None:
    """It says whether there is anything to erase."""
    assert said(read_newsletter, "subscribers", "forget", ANN).startswith(f"{ANN}: erased; ")


def test_unsuppress(read_newsletter: Newsletter) -> None:
    """It says what status the address would have."""
    read_newsletter.run("suppress", ANN)
    line = f"{ANN}: no longer suppressed; status: confirmed"
    assert said(read_newsletter, "unsuppress", ANN) == line


def test_restore(read_newsletter: Newsletter) -> None:
    """It says what is in the backup, and refuses what is none."""
    read_newsletter.run("backup", "b.db")
    read_newsletter.run("subscribers", "remove", ANN)
    assert said(read_newsletter, "restore", "b.db").endswith(": 0 issues, 5 subscribers")
    (read_newsletter.root / "none.db").write_text("none")
    assert "cannot be restored" in read_newsletter.complaint("restore", "none.db", "--dry-run")


def test_accept_restore(read_newsletter: Newsletter) -> None:
    """It says what would be held, and mail stays held."""
    read_newsletter.run("backup", "b.db")
    read_newsletter.run("restore", "b.db")
    assert "who unsubscribed after the backup" in said(read_newsletter, "accept-restore")
    assert "no mail goes out" in read_newsletter.run("status", code=1).out


def test_bounces(read_newsletter: Newsletter) -> None:
    """It names who would be suppressed or unsubscribed, also by several mails, and marks none."""
    secret = "a secret of these end-to-end tests"
    keys = Keys((secret.encode(),))
    read_newsletter.set("web", secret=[secret])
    read_newsletter.set("mail", bounces="returned", soft_bounces=2)
    box = mailbox.Maildir(read_newsletter.root / "returned")
    soft = sample_about(read_newsletter, "gmail-full", CLEO, keys)
    for mail in (
        sample_about(read_newsletter, "gmail", ANN, keys),
        sample_about(read_newsletter, "gmail", ANN, keys),  # twice the same
        sample_about(read_newsletter, "leave", BOB, keys),
        soft,
        soft.replace(b"Subject:", b"X-Other: 1\nSubject:"),
        b"Subject: hello\n\n",
    ):
        box.add(mail)
    assert said(read_newsletter, "bounces", code=1).splitlines() == [
        f"{ANN}: suppressed",
        f"{CLEO}: suppressed",
        f"{BOB}: unsubscribed",
        "1 hard, 2 soft, 1 leave, 1 unknown; 2 suppressed, 1 unsubscribed",
    ]
    assert not (read_newsletter.root / ".publisher" / "bounces").exists()
    assert len(list((read_newsletter.root / "returned" / "new").iterdir())) == 6
    counts = read_newsletter.run("bounces", code=1).out
    assert counts == "1 hard, 2 soft, 1 leave, 1 unknown; 2 suppressed, 1 unsubscribed\n"


def test_reconcile(uncertain: Newsletter) -> None:
    """It counts what the log settles."""
    rows = json.loads(uncertain.run("deliveries", "000", "--format", "json").out)
    log = uncertain.root / "events.json"
    log.write_text(json.dumps({"message_id": rows[0]["message_id"], "status": "accepted"}) + "\n")
    assert said(uncertain, "reconcile", str(log), code=1) == (
        "1 accepted: the relay had them; 0 pending: it did not take them; "
        f"{len(READERS) - 1} still uncertain"
    )
