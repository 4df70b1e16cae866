"""`bounces`: what comes back to a real newsletter is read, once, and acted on."""

from __future__ import annotations

import mailbox
import re
from pathlib import Path

import pytest

from publisher.subscribers.tokens import Keys
from tests.e2e.newsletter import ANN, BOB, CLEO, DAN, Newsletter, later
from tests.support.bounces import sample

SECRET = "a secret of these end-to-end tests"
KEYS = Keys((SECRET.encode(),))


def about(newsletter: Newsletter, name: str, who: str) -> bytes:
    """Return a mail that is about somebody's copy."""
    number, epoch = newsletter.reader(who)
    return sample(name, subscriber=number, epoch=epoch, keys=KEYS)


@pytest.fixture
def box(read_newsletter: Newsletter) -> mailbox.Maildir:
    """Return the Maildir that bounces of a newsletter come to."""
    read_newsletter.set("web", secret=[SECRET])
    read_newsletter.set("mail", bounces="returned", bounce_domain="bounces.example.org")
    return mailbox.Maildir(read_newsletter.root / "returned")


def subscribers(newsletter: Newsletter) -> dict[str, str]:
    """Return everyone's status."""
    lines = newsletter.run("subscribers", "list").out.splitlines()
    return {line.split()[1]: line.split()[0] for line in lines}


def test_who_gets_the_next_issue(read_newsletter: Newsletter, box: mailbox.Maildir) -> None:
    """Who bounced, complained or left by mail gets no more; what was ours is forgiven."""
    for name, who in (("gmail", ANN), ("yahoo-complaint", BOB), ("leave", CLEO), ("qq", DAN)):
        box.add(about(read_newsletter, name, who))
    ran = read_newsletter.run("bounces")
    assert "1 hard, 1 ours, 1 complaint, 1 leave; 1 suppressed, 2 unsubscribed\n" == ran.out
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.tick()
    assert [(DAN, "000")] == list(read_newsletter.mailed())
    unsubscribed = [
        who for who, status in subscribers(read_newsletter).items() if status[:2] == "un"
    ]
    assert [BOB, CLEO, "dora@example.org"] == unsubscribed


def test_during_a_send(read_newsletter: Newsletter, box: mailbox.Maildir) -> None:
    """Who leaves by mail between an issue's plan and their turn is passed over."""
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.set("mail", sender="a@example.org", relay="smtp://127.0.0.1:9", tls="off")
    read_newsletter.tick(code=1)
    box.add(about(read_newsletter, "leave", BOB))
    read_newsletter.run("bounces")
    read_newsletter.set("mail", relay="maildir:.publisher/outbox")
    read_newsletter.tick(later(hours=1))
    assert {ANN, CLEO, DAN} == {who for who, _ in read_newsletter.mailed()}


def test_our_own_mail_comes_back(read_newsletter: Newsletter, box: mailbox.Maildir) -> None:
    """What our mail says of how to leave is what `bounces` understands."""
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.tick()
    for mail in read_newsletter.mails():
        if mail["To"] in (ANN, BOB):
            found = re.search(
                r"<mailto:(\S+)\?subject=(unsubscribe)%20(\S+)>", mail["List-Unsubscribe"]
            )
            assert found
            assert "bounces@bounces.example.org" == found[1]
            box.add(f"To: {found[1]}\nSubject: {found[2]} {found[3]}\n\n".encode())
    assert "2 leave; 0 suppressed, 2 unsubscribed\n" == read_newsletter.run("bounces").out


def test_read_once(read_newsletter: Newsletter, box: mailbox.Maildir, tmp_path: Path) -> None:
    """The same mail again, from the same place or another, changes nothing."""
    box.add(about(read_newsletter, "postfix", ANN))
    copies = mailbox.mbox(tmp_path / "copies")
    copies.add(about(read_newsletter, "postfix", ANN))
    copies.close()
    read_newsletter.run("bounces")
    again = read_newsletter.run("bounces")
    copied = read_newsletter.run("bounces", tmp_path / "copies")
    assert ("no new mail\n", "no new mail\n") == (again.out, copied.out)


def test_for_a_person(read_newsletter: Newsletter, box: mailbox.Maildir) -> None:
    """What cannot be understood is kept, and `status` says so until somebody has dealt with it."""
    box.add(b"From: ann@example.org\nSubject: please take me off your list\n\n")
    ran = read_newsletter.run("bounces", code=1)
    expected = (
        "1 of the mails that came back could not be understood: they are in .publisher/bounces/; "
    )
    assert ran.err.startswith(f"publisher: {expected}")
    assert "1 unknown; 0 suppressed, 0 unsubscribed\n" == ran.out
    assert 1 == read_newsletter.status(code=1)["kept_mails"]
    assert expected in read_newsletter.run("status", code=1).out
    assert "no new mail\n" == read_newsletter.run("bounces").out
    (file,) = (read_newsletter.root / ".publisher" / "bounces").iterdir()
    file.unlink()
    assert 0 == read_newsletter.status()["kept_mails"]


def test_quiet(read_newsletter: Newsletter, box: mailbox.Maildir) -> None:
    """With --quiet nothing is said when all is well: cron mails nobody."""
    box.add(about(read_newsletter, "postfix", ANN))
    ran = read_newsletter.run("bounces", "--quiet")
    assert ("", "") == (ran.out, ran.err)


def test_no_address_is_said(read_newsletter: Newsletter, box: mailbox.Maildir) -> None:
    """The output names nobody."""
    for name, who in (("postfix", ANN), ("leave", BOB)):
        box.add(about(read_newsletter, name, who))
    box.add(b"From: ann@example.org\nSubject: hello\n\n")
    ran = read_newsletter.run("bounces", code=1)
    assert "@" not in ran.out + ran.err


def test_what_was_read_before_trouble(read_newsletter: Newsletter, box: mailbox.Maildir) -> None:
    """When it ends early, what was read is done and told, and the rest waits."""
    box.add(about(read_newsletter, "postfix", ANN))
    (read_newsletter.root / ".publisher" / "bounces").touch(0o600)  # in the way
    (read_newsletter.root / "returned/new/9999999999.z").write_bytes(b"Subject: hello\n\n")
    ran = read_newsletter.run("bounces", code=1)
    assert ("1 hard; 1 suppressed, 0 unsubscribed\n", 1) == (ran.out, len(ran.lines))
    assert "cannot be written: " in ran.err
    (read_newsletter.root / ".publisher" / "bounces").unlink()
    assert "1 unknown; " in read_newsletter.run("bounces", code=1).out


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ([], "mail.bounces is not set, and no SOURCE was named: a Maildir, an mbox file or "),
        (["nowhere"], "nowhere: is not there; name a Maildir, an mbox file, or imaps://…"),
        (["seeds"], "seeds: is no Maildir: it has no new/ and cur/"),
        (["publisher.toml"], "publisher.toml: is no mbox: it does not begin with `From `"),
        (["pop3://a:hunter2@b"], 'SOURCE wants a folder, a file or "imaps://USER:PASSWORD@'),
        (["imaps://a:hunter2@b:x"], 'SOURCE wants a folder, a file or "imaps://USER:PASSWORD@'),
        (["imaps://ann@localhost"], "imaps://localhost:993: no user or no password; mail.bounces "),
        (["imap://a:hunter2@127.0.0.1:9"], "imap://127.0.0.1:9: Connection refused"),
    ],
)
def test_bad_source(newsletter: Newsletter, source: list[str], said: str) -> None:
    """What cannot be read is one line without a secret."""
    line = newsletter.complaint("bounces", *source)
    assert line.startswith(f"publisher: {said}")
    assert "hunter2" not in line
