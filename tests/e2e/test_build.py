"""When a digest becomes an issue, and when it ceases to be one."""

from __future__ import annotations

import pytest

from tests.e2e.newsletter import Newsletter, later, paper
from tests.support.browser import browser, needs_chromium, visitor

_DRAFT = "---\ndraft: true\n---\n"


def test_draft_is_not_published(newsletter: Newsletter) -> None:
    """A draft is not published; when it is one no more, it is."""
    newsletter.digest("000_aa.txt", _DRAFT + paper(1))
    newsletter.digest("001_bb.txt", 2)
    newsletter.build()
    assert {"001"} == newsletter.entries().keys()
    assert "issues/000/index.html" not in newsletter.tree()
    newsletter.digest("000_aa.txt", 1)
    newsletter.build(later(hours=1))
    assert "2026-11-20T09:00:00+00:00" == newsletter.entries()["000"].published


def test_published_issue_turned_draft(published: Newsletter) -> None:
    """An issue whose digest is turned into a draft is withdrawn."""
    published.digest("000_aa.txt", _DRAFT + paper(1))
    published.build(later(hours=1))
    assert {} == published.entries()
    assert not [path for path in published.tree() if path.startswith(("issues/", "papers/"))]


def test_future_date_waits(newsletter: Newsletter) -> None:
    """A digest dated in the future waits until that moment, which is then its date."""
    newsletter.digest("000_aa.txt", "---\ndate: 2026-11-21T10:00\n---\n" + paper(1))
    waiting = newsletter.build(later(days=1))  # 08:00 of that day
    assert "waiting: 000_aa.txt: its date is 2026-11-21 10:00 UTC" in waiting.out
    assert {} == newsletter.entries()
    newsletter.build(later(days=1, hours=3))
    assert "2026-11-21T10:00:00+00:00" == newsletter.entries()["000"].published


def test_many_that_wait(newsletter: Newsletter) -> None:
    """Of hundreds that wait no more than a screenful is named."""
    newsletter.set("schedule", max_issues_per_tick=1)
    for number in range(15):
        newsletter.digest(f"{number:03}_aa.txt", number)
    said = [line for line in newsletter.tick().out.splitlines() if line.startswith("waiting: ")]
    assert (13, "waiting: 2 more") == (len(said), said[-1])


def test_date_in_file_name(newsletter: Newsletter) -> None:
    """A date in the file's name is midnight of that day in the newsletter's time zone."""
    newsletter.set("schedule", timezone="Asia/Shanghai")
    newsletter.digest("2026-11-20-vision.txt", 1)
    newsletter.build()
    entry = newsletter.entries()["2026-11-20-vision"]
    assert "2026-11-19T16:00:00+00:00" == entry.published


def test_deleted_digest_withdrawn(newsletter: Newsletter) -> None:
    """A digest deleted takes its pages and entries with it, and leaves what others hold."""
    path = newsletter.digest("000_aa.txt", paper(1) + paper(2))
    newsletter.digest("001_bb.txt", paper(2) + paper(3))
    newsletter.build()
    path.unlink()
    newsletter.build(later(hours=1))
    tree = newsletter.tree()
    assert {"001"} == newsletter.entries().keys()
    assert {"2411.00002", "2411.00003"} == newsletter.entries("papers").keys()
    assert "papers/2411.00001/index.html" not in tree
    assert "papers/2411.00002/index.html" in tree
    assert not [path for path in tree if path.startswith("issues/000/")]
    assert not [path for path, data in tree.items() if b"issues/000/" in data]


def test_digest_renamed(published: Newsletter) -> None:
    """A digest renamed within its number stays the same issue."""
    before = published.tree()
    path = published.root / "seeds" / "000_aa.txt"
    path.rename(path.with_name("000_bb.txt"))
    published.build(later(hours=1))
    assert before == published.tree()


@needs_chromium
@pytest.mark.xdist_group("browser")
def test_an_old_address_in_a_browser(published: Newsletter) -> None:
    """Who opens an address from before a renaming reads the page, without script and from disk."""
    old = published.root / "out" / "issues" / "000" / "index.html"
    title = published.entries()["000"].title
    path = published.root / "seeds" / "000_aa.txt"
    path.rename(path.with_name("the first.txt"))
    published.build(later(hours=1))
    with browser() as chromium, visitor(chromium, java_script_enabled=False) as window:
        page = window.new_page()
        page.goto(old.as_uri())
        page.wait_for_url("**/issues/the-first/index.html")
        assert title in page.title()


def test_touched_digest_changes_nothing(published: Newsletter) -> None:
    """A digest written again with the same bytes changes no file."""
    before = published.tree()
    published.digest("000_aa.txt", 1)
    published.build(later(hours=1))
    assert before == published.tree()


def test_changed_white_space_moves_no_date(published: Newsletter) -> None:
    """An edit that readers cannot see does not move the entry's `updated`."""
    before = published.entries()["000"].updated
    published.digest("000_aa.txt", paper(1).replace("\n", "  \n"))
    published.build(later(hours=1))
    assert before == published.entries()["000"].updated


def test_schedule_holds_until_its_hour(read_newsletter: Newsletter) -> None:
    """With schedule.at, `run` publishes and mails at that hour and not before."""
    read_newsletter.set("schedule", at=["09:00"])
    read_newsletter.digest("000_aa.txt", 1)  # dropped at 08:00:01 the day before
    read_newsletter.tick(later(days=-1, minutes=59))
    assert ({}, {}) == (read_newsletter.entries(), read_newsletter.mailed())
    read_newsletter.tick(later(days=-1, minutes=60))
    assert {"000"} == read_newsletter.entries().keys()
    assert 4 == read_newsletter.mailed().total()


def test_at_most_so_many_issues_a_tick(read_newsletter: Newsletter) -> None:
    """schedule.max_issues_per_tick new issues go out in a tick, the others in the next."""
    read_newsletter.set("schedule", max_issues_per_tick=2)
    for number in range(3):
        read_newsletter.digest(f"00{number}_aa.txt", number)
    read_newsletter.tick()
    assert {"000", "001"} == read_newsletter.entries().keys()
    read_newsletter.tick(later(minutes=1))
    assert {"000", "001", "002"} == read_newsletter.entries().keys()
    assert 12 == read_newsletter.mailed().total()
