"""`plan`, `apply` and `deliveries`, as a person types them."""

from __future__ import annotations

import csv
import io
import json
import re

from tests.e2e.newsletter import READERS, Newsletter, later


def test_looked_at_and_sent(read_newsletter: Newsletter) -> None:
    """A plan says what it is, waits for its hash, and the ledger shows what came of it."""
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.build()
    said = read_newsletter.run("plan", "000").out
    found = re.search(r"^plan ([0-9a-f]{64})$", said, re.MULTILINE)
    assert found
    assert f"{len(READERS)} readers, all languages: #000: Study 1 (" in said
    assert f"publisher apply {found[1][:12]}" in read_newsletter.run("status").out
    read_newsletter.tick()
    assert 0 == read_newsletter.mailed().total()
    assert "4 accepted" in read_newsletter.run("apply", found[1][:12]).out
    assert len(READERS) == read_newsletter.mailed().total()

    rows = json.loads(read_newsletter.run("deliveries", "000", "--format", "json").out)
    table = csv.DictReader(
        io.StringIO(read_newsletter.run("deliveries", "--format", "csv", "--state", "accepted").out)
    )
    assert sorted(READERS) == sorted(row["address"] for row in rows)
    assert [row["address"] for row in rows] == [row["address"] for row in table]


def test_the_ledger_has_no_formulas(read_newsletter: Newsletter) -> None:
    """A spreadsheet computes no cell of the ledger, though an address may be a formula."""
    read_newsletter.run("subscribers", "add", "--", "=1+2@example.org")
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.tick()
    table = csv.DictReader(io.StringIO(read_newsletter.run("deliveries", "--format", "csv").out))
    assert "'=1+2@example.org" in [row["address"] for row in table]
    told = json.loads(read_newsletter.run("deliveries", "--format", "json").out)
    assert "=1+2@example.org" in [row["address"] for row in told]


def test_an_old_plan_asks_for_approval_again(read_newsletter: Newsletter) -> None:
    """What was planned more than 24 hours ago is sent with today's date and a new hash."""
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.build()
    read_newsletter.run("plan", "000", now=later(days=-3))
    old = _waiting(read_newsletter)
    said = read_newsletter.complaint("apply", old)
    new = _waiting(read_newsletter)
    assert said.endswith(f"Approve it again: publisher apply {new}")
    assert old != new
    assert 0 == read_newsletter.mailed().total()
    assert "4 accepted" in read_newsletter.run("apply", new).out
    assert len(READERS) == read_newsletter.mailed().total()


def _waiting(newsletter: Newsletter) -> str:
    found = re.search(r"publisher apply (\w+)", newsletter.run("status").out)
    assert found
    return found[1]


def test_a_plan_that_is_resumed_waits_as_before(read_newsletter: Newsletter) -> None:
    """Who lets a paused plan go on is told that it still waits to be applied, and how."""
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.build()
    frozen = re.search(r"publisher apply \w+", read_newsletter.run("plan", "000").out)
    assert frozen
    read_newsletter.run("pause", "000")
    said = read_newsletter.run("resume", "000").out
    assert f"mail of 000 still waits for: {frozen[0]}\n" == said
    read_newsletter.tick()
    assert 0 == read_newsletter.mailed().total()


def test_what_has_gone_out_cannot_be_stopped(read_newsletter: Newsletter) -> None:
    """Who wants to pause or cancel a mail that all have is told so."""
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.tick()
    for word in ("pause", "cancel"):
        assert "has gone out, nothing of it is left" in read_newsletter.complaint(word, "000")


def test_complaints(read_newsletter: Newsletter) -> None:
    """What cannot be planned, applied or shown is told in one line."""
    assert "no issue" in read_newsletter.complaint("plan", "000")
    assert "no plan has the hash" in read_newsletter.complaint("apply", "0123456789")
    assert "was ever planned" in read_newsletter.complaint("deliveries", "000")


def test_an_issue_that_came_too_late(read_newsletter: Newsletter) -> None:
    """A run names it and how it is mailed, and the next one mails it."""
    read_newsletter.digest("000_aa.txt", 1)
    ran = read_newsletter.tick(later(days=10))
    assert 0 == read_newsletter.mailed().total()
    said = (
        "publisher: published, not mailed: 000 was due 2026-11-19 08:00 UTC, more than "
        "mail.max_lateness ago; `publisher plan --late 000` mails it"
    )
    assert [said] == ran.lines
    assert "too late: 000; `publisher plan --late` mails them" in read_newsletter.run("status").out
    said = "mail of 000 is due now: the next publisher run plans and sends it\n"
    assert said == read_newsletter.run("plan", "--late", now=later(days=10)).out
    read_newsletter.tick(later(days=10, hours=1))
    assert len(READERS) == read_newsletter.mailed().total()
    nothing = "no digest came too late to be mailed\n"
    assert nothing == read_newsletter.run("plan", "--late", now=later(days=10)).out


def test_what_plan_wants(read_newsletter: Newsletter) -> None:
    """Without an issue there is nothing to freeze, and what is late is not signed."""
    assert "name the issue: publisher plan ISSUE" in read_newsletter.complaint("plan")
    assert "--late freezes nothing" in read_newsletter.complaint("plan", "--late", "--sign")
