"""`run`: who gets which issue by mail, into the local outbox."""

from __future__ import annotations

from collections import Counter

from tests.e2e.newsletter import ANN, READERS, Newsletter, later, paper


def _each(*issues: str) -> Counter[tuple[str, str]]:
    """One copy of each of these issues for each reader."""
    return Counter((who, issue) for who in READERS for issue in issues)


def test_each_confirmed_subscriber_once(read_newsletter: Newsletter) -> None:
    """Every confirmed subscriber gets every new issue once, and no one else does."""
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.digest("001_bb.txt", 2)
    read_newsletter.tick()
    assert _each("000", "001") == read_newsletter.mailed()


def test_mail_is_the_issue(mailed: Newsletter) -> None:
    """The mail holds the whole issue as text and as HTML, under its number and name."""
    mail = mailed.mails()[0]
    assert "#000: Study 1" == mail["Subject"]
    assert "My paper digest <newsletter@localhost>" == mail["From"]
    assert "2026-11-20T08:00:00+00:00" == mail["Date"].datetime.isoformat()
    assert not mail.defects
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        text = body.get_content()
        assert "研究1：一份报告" in text
        assert "https://arxiv.org/abs/2411.00001" in text
        assert "本文是第 1 号论文的摘要" in text
        assert "https://github.com/example/1" in text


def test_second_run_mails_nothing(mailed: Newsletter) -> None:
    """A run that finds nothing new mails nothing and says nothing."""
    again = mailed.tick(later(hours=1))
    assert ("", "") == (again.out, again.err)
    assert _each("000") == mailed.mailed()


def test_new_digest_one_more_mail(mailed: Newsletter) -> None:
    """A digest dropped later is one more mail for each subscriber, and only that."""
    mailed.digest("001_bb.txt", 2)
    mailed.tick(later(hours=1))
    assert _each("000", "001") == mailed.mailed()


def test_removed_subscriber_gets_none(read_newsletter: Newsletter) -> None:
    """Someone who was removed gets no more mail."""
    read_newsletter.run("subscribers", "remove", ANN)
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.tick()
    assert _each("000") - Counter([(ANN, "000")]) == read_newsletter.mailed()


def test_subscriber_joining_later(mailed: Newsletter) -> None:
    """Someone who joins after an issue went out gets the next one and not that one."""
    mailed.run("subscribers", "add", "eve@example.org")
    mailed.digest("001_bb.txt", 2)
    mailed.tick(later(hours=1))
    expected = _each("000", "001") + Counter({("eve@example.org", "001"): 1})
    assert expected == mailed.mailed()


def test_issue_for_nobody_is_done(newsletter: Newsletter) -> None:
    """An issue that went out before anyone had subscribed is not mailed to the first who do."""
    newsletter.digest("000_aa.txt", 1)
    newsletter.tick()
    newsletter.run("subscribers", "add", "eve@example.org")
    newsletter.tick(later(hours=1))
    assert not newsletter.mailed()


def test_edit_never_mails_again(mailed: Newsletter) -> None:
    """An edited digest moves its entry's `updated`, not `published`, and is not mailed again."""
    before = mailed.entries()["000"]
    mailed.digest("000_aa.txt", paper(1) + paper(2))
    mailed.tick(later(hours=1))
    after = mailed.entries()["000"]
    assert _each("000") == mailed.mailed()
    assert before.published == after.published
    assert ("2026-11-20T08:00:00+00:00", "2026-11-20T09:00:00+00:00") == (
        before.updated,
        after.updated,
    )
    assert "第 2 号论文" in after.content[0].value


def test_late_issue_published_not_mailed(read_newsletter: Newsletter) -> None:
    """An issue dated longer ago than mail.max_lateness is published and not mailed."""
    read_newsletter.set("mail", max_lateness="2d")
    read_newsletter.digest("2026-11-18-late.txt", 1)  # two days and eight hours ago
    read_newsletter.digest("2026-11-19-fine.txt", 2)
    read_newsletter.tick()
    assert {"2026-11-18-late", "2026-11-19-fine"} == read_newsletter.entries().keys()
    assert _each("2026-11-19-fine") == read_newsletter.mailed()


def test_deleted_digest_comes_back_unmailed(mailed: Newsletter) -> None:
    """A digest deleted and brought back has its first date again and is not mailed again."""
    before = mailed.entries()["000"].published
    (mailed.root / "seeds" / "000_aa.txt").unlink()
    mailed.tick(later(hours=1))
    assert {} == mailed.entries()
    mailed.digest("000_aa.txt", 1)
    mailed.tick(later(hours=2))
    assert before == mailed.entries()["000"].published
    assert _each("000") == mailed.mailed()


def test_planned_then_removed(read_newsletter: Newsletter) -> None:
    """Someone who leaves between an issue's first try and the next gets no copy."""
    read_newsletter.digest("000_aa.txt", 1)
    outbox = read_newsletter.root / ".publisher" / "outbox"
    outbox.write_text("in the way")
    outbox.chmod(0o600)
    read_newsletter.complaint("run", "--quiet", now=later())
    outbox.unlink()
    read_newsletter.run("subscribers", "remove", ANN)
    read_newsletter.tick(later(minutes=1))
    assert _each("000") - Counter([(ANN, "000")]) == read_newsletter.mailed()
    assert {"000": {"accepted": 3, "suppressed": 1}} == read_newsletter.status()["deliveries"]


def test_mail_in_the_outbox_read_by_a_mail_program(mailed: Newsletter) -> None:
    """Mail that a mail program has moved to cur/ is not written again."""
    outbox = mailed.root / ".publisher" / "outbox"
    for each in list((outbox / "new").iterdir()):
        each.rename(outbox / "cur" / f"{each.name}:2,S")
    mailed.digest("001_bb.txt", 2)
    mailed.tick(later(hours=1))
    assert _each("000", "001") == mailed.mailed()


def test_cron_environment(read_newsletter: Newsletter) -> None:
    """It works in the bare environment that cron gives, with Chinese on its output."""
    read_newsletter.digest(
        "000_aa.txt", "---\ntitle: 论文速递\n---\n## A\n[B](https://b.example)\nText.\n"
    )
    bare = {"HOME": str(read_newsletter.root), "PATH": "/usr/bin:/bin", "LANG": "", "LC_ALL": "C"}
    ran = read_newsletter.run("run", now=later(), env=bare)
    assert "published 000 (论文速递)" in ran.out
    assert _each("000") == read_newsletter.mailed()
