"""What was published, read otherwise by another version of the program: no correction."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from publisher.errors import PlanError
from publisher.model import Heading, Issue, Link, Metadata, Paragraph, Section, Text
from publisher.paper_id import PaperId, PaperScheme
from publisher.pipeline import upgrade as upgrade_of_issues
from publisher.pipeline.build_worker import BuildWorker
from publisher.sources import fingerprints
from publisher.storage import facts, plans
from tests.support.newsletter_folder import NOW, Newsroom, newsroom, paper
from tests.support.older_version import (
    dates,
    each_item,
    entries,
    items,
    known_as,
    retitled,
    upgrade,
)
from tests.support.renames import REFRESH, mails, read_newsroom
from tests.support.renames import entries as issues_known_by

LATER, MUCH_LATER = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
ONE = paper("2408.00001", "First") + paper("2408.00002", "Second")
TWO = paper("2408.00003", "Third") + paper("2408.00004", "Fourth")
NEWS = "## Some News\n[read](https://news.example.org/1)\n\nIt happened.\n\n"
FIRST = PaperId(PaperScheme.arxiv, "2408.00001")
OTHER = PaperId(PaperScheme.doi, "10.1234/first")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with a reader, who got its one issue of two papers."""
    with read_newsroom(tmp_path) as found:
        found.drop("001.txt", ONE)
        found.tick()
        yield found


def leads_to(room: Newsroom, key: str) -> str | None:
    """Return where the page of a paper leads; None for one that has a page."""
    found = REFRESH.search(room.page(f"papers/{key}/index.html"))
    return found and str(found[1])


def updated(room: Newsroom) -> set[Any]:
    """Return when issues changed."""
    return {each.updated for each in room.records().values()}


# --- Words, items, metadata ---------------------------------------------------------------


def split(issue: Issue) -> Issue:
    """Read another item below the first."""
    first, *others = issue.items
    below = replace(first, paper=None, title=Heading("Below", "en"), links=())
    return items(issue, first, below, *others)


def merged(issue: Issue) -> Issue:
    """Read the two items as one."""
    first, second = issue.items
    return items(issue, replace(first, body=(*first.body, *second.body)))


def told_more(issue: Issue) -> Issue:
    """Read metadata, tags and a section."""
    section = Section(Heading("Vision", "en"), (Paragraph((Text("On eyes."),), "en"),))
    its = Metadata(authors=("Ann Lee",), venue="ICLR 2024")
    issue = each_item(issue, lambda item: replace(item, metadata=its, section=section))
    return replace(issue, tags=("vision",))


@pytest.mark.parametrize("change", [retitled, split, merged, told_more])
def test_another_reading_is_no_correction(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    """Pages show it; no date moves, no entry comes, nobody gets a mail, and nothing is told."""
    before, sent = dates(room), mails(room)
    upgrade(monkeypatch, change)
    ticked = room.tick(LATER)
    assert ([], {}, sent) == (ticked.built.diagnostics, ticked.mailed.planned, mails(room))
    assert {NOW} == updated(room)
    assert dates(room).items() <= before.items()
    assert 0 == room.tick(MUCH_LATER).built.rendered.written


def test_pages_show_what_is_read_now(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """The issue's page, its papers' pages, lists and feeds have the new titles."""
    upgrade(monkeypatch, retitled)
    room.tick(LATER)
    pages = ("issues/001/index.html", "papers/2408.00001/index.html", "archive/1/index.html")
    assert all("Anew" in room.page(page) for page in pages)
    titles = {each["title"] for each in entries(room).values()}
    assert {"Anew: First", "Anew: Second"} == titles


def test_only_an_edit_after_it_moves_dates(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks and white space still change nothing, words still do."""
    upgrade(monkeypatch, retitled)
    room.drop("001.txt", ONE.replace("works", "*works*"), LATER)
    room.tick(LATER)
    assert {NOW} == updated(room)
    assert {NOW.isoformat()} == {its["date_modified"] for its in entries(room, "issues").values()}
    room.drop("001.txt", ONE.replace("works", "fails"), MUCH_LATER)
    room.tick(MUCH_LATER)
    assert {MUCH_LATER} == updated(room)


def test_an_edit_that_comes_with_it(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """White space that changed before the new version ran is no correction either."""
    upgrade(monkeypatch, retitled)
    room.drop("001.txt", ONE + "\n\n", LATER)
    room.tick(LATER)
    assert {NOW} == updated(room)


def test_an_anchor_is_a_place_on_the_page(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Items are numbered as they are read now; a link to a number leads to that one."""
    upgrade(monkeypatch, split)
    room.tick(LATER)
    page = room.page("issues/001/index.html")
    assert page.index('id="item-2"') < page.index("Below</h2>") < page.index('id="item-3"')


def test_what_is_published_later_is_not_read_again(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between upgrades nothing that was published is read."""
    upgrade(monkeypatch, retitled)
    room.tick(LATER)
    monkeypatch.setattr(BuildWorker, "reread", None)
    room.drop("002.txt", TWO, LATER)
    room.tick(MUCH_LATER)
    assert {"001", "002"} == room.records().keys()


def test_languages_are_what_digests_are_read_with(room: Newsroom) -> None:
    """Another setting that changes what is read has all read again, as another version has."""
    settings = room.folder / "publisher.toml"
    settings.write_text(settings.read_text().replace("[web]", 'languages = ["en", "de"]\n[web]', 1))
    room.tick(LATER)
    assert {NOW} == updated(room)
    room.reload()
    with room.database.read() as connection:
        assert fingerprints.reader_fingerprint(room.settings) == facts.READ_WITH.get(connection)


# --- Which digest is which issue ----------------------------------------------------------


def test_a_copy_stays_a_copy(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """What repeats an issue does so when both are read otherwise: it is not mailed."""
    room.drop("copied.txt", ONE, LATER)
    room.tick(LATER)
    others = {FIRST.key: OTHER, "2408.00002": OTHER._replace(value="10.1234/second")}
    upgrade(monkeypatch, lambda issue: known_as(retitled(issue), others))
    room.drop("002.txt", TWO, MUCH_LATER)
    ticked = room.tick(MUCH_LATER)
    assert {"copied.txt": "001.txt"} == ticked.built.registered.repeats
    assert ["002"] == [*ticked.mailed.planned]


def test_renamed_with_it(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """A digest that gets another name before the new version runs is the issue that it was."""
    upgrade(monkeypatch, lambda issue: known_as(retitled(issue), {"2408.00001": OTHER}))
    room.take("001.txt")
    room.drop("first.txt", ONE, LATER)
    room.drop("002.txt", TWO, LATER)
    ticked = room.tick(LATER)
    assert ["002"] == [*ticked.mailed.planned]
    assert {"001": "first", "002": "002"} == issues_known_by(room)


def test_back_after_it(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """An issue that was withdrawn before is known again when its digest is back."""
    room.drop("002.txt", TWO, LATER)
    room.tick(LATER)
    room.take("001.txt")
    room.tick(LATER)
    upgrade(monkeypatch, retitled)
    room.tick(MUCH_LATER)
    assert {"002"} == room.records().keys()
    room.drop("back.txt", ONE, MUCH_LATER)
    assert {} == room.tick(MUCH_LATER).mailed.planned
    assert NOW == room.records()["back"].updated


@pytest.mark.parametrize(("days", "is_mailed"), [(6, True), (8, False)])
def test_read_at_last(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, days: int, *, is_mailed: bool
) -> None:
    """What could not be read for longer than mail.max_lateness is published, and not mailed."""
    upgrade(monkeypatch, cannot_read="Third")
    room.drop("002.txt", TWO, LATER)
    assert room.tick(LATER).built.failed
    upgrade(monkeypatch)
    ticked = room.tick(LATER + timedelta(days=days))
    assert (is_mailed, not is_mailed) == ("002" in ticked.mailed.planned, "002" in ticked.late)
    assert {"001", "002"} == room.records().keys()


# --- Papers -------------------------------------------------------------------------------


def test_another_identity_becomes_an_alias(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """A paper that says what it said stays at its address, with its entry, under any identity."""
    before = entries(room)
    upgrade(monkeypatch, lambda issue: known_as(issue, {FIRST.key: OTHER}))
    room.tick(LATER)
    assert before == entries(room)
    assert "First" in room.page("papers/2408.00001/index.html")
    assert not (room.out / "papers/doi").exists()
    assert '"../../papers/2408.00001/index.html"' in room.page("issues/001/index.html")


def test_a_later_issue_knows_the_alias(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same paper in another issue is the one that was published, on its page."""
    before = entries(room)
    upgrade(monkeypatch, lambda issue: known_as(issue, {FIRST.key: OTHER}))
    room.drop("002.txt", paper("2408.00001", "First again") + TWO, LATER)
    room.tick(LATER)
    page = room.page("papers/2408.00001/index.html")
    assert all(f"issues/{slug}/index.html" in page for slug in ("001", "002"))
    assert before.items() <= entries(room).items()
    assert 4 == len(entries(room))


def test_two_issues_under_two_identities(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """A paper that was published as two has one page now; the other leads to its issue."""
    doi = paper("x", "First too").replace("https://arxiv.org/abs/x", OTHER.url)
    room.drop("002.txt", doi + TWO, LATER)
    room.tick(LATER)
    before = dates(room)
    upgrade(monkeypatch, lambda issue: known_as(issue, {OTHER.key: FIRST}))
    room.tick(MUCH_LATER)
    assert "../../../../issues/002/index.html" == leads_to(room, OTHER.key)
    page = room.page(f"papers/{FIRST.key}/index.html")
    assert all(f"issues/{slug}/index.html" in page for slug in ("001", "002"))
    assert dates(room).items() <= before.items()


def test_known_by_its_own_address(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the recorded paper's address is read as the other identity, the two are one paper."""
    monkeypatch.setattr(
        upgrade_of_issues, "paper_of", lambda url: OTHER if url == FIRST.url else None
    )
    upgrade(monkeypatch, lambda issue: known_as(retitled(issue), {FIRST.key: OTHER}))
    room.tick(LATER)
    assert "Anew: First" in room.page("papers/2408.00001/index.html")
    assert 2 == len(entries(room))


@pytest.mark.parametrize(
    ("other", "page"),
    [(OTHER, None), (PaperId(PaperScheme.arxiv, "2408.00009"), "../../issues/001/index.html")],
    ids=["another registry", "the same registry"],
)
def test_known_by_the_links_beside_its_title(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, other: PaperId, page: str | None
) -> None:
    """Of links to two registries one paper is meant; of two links to arXiv two papers are."""

    def second(issue: Issue) -> Issue:
        found = known_as(retitled(issue), {FIRST.key: other})
        first, *others = found.items
        return items(found, replace(first, links=(Link(other.url, ()), *first.links)), *others)

    upgrade(monkeypatch, second)
    room.tick(LATER)
    assert page == leads_to(room, FIRST.key)


def test_an_item_is_found_to_be_a_paper(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a page from now on, and stands in feeds of papers once its issue is edited."""
    room.drop("002.txt", TWO + NEWS, LATER)
    room.tick(LATER)
    before = entries(room)

    def found(issue: Issue) -> Issue:
        return each_item(issue, lambda item: item if item.paper else replace(item, paper=OTHER))

    upgrade(monkeypatch, found)
    assert {} == room.tick(MUCH_LATER).mailed.planned
    assert "Some News" in room.page(f"papers/{OTHER.key}/index.html")
    assert before == entries(room)
    room.drop("002.txt", TWO + NEWS.replace("happened", "did"), MUCH_LATER)
    room.tick(MUCH_LATER)
    assert {*before, f"papers/{OTHER.key}"} == entries(room).keys()


def without_first(issue: Issue) -> Issue:
    """Read no paper in the first item."""
    return known_as(retitled(issue), {FIRST.key: None})


def test_a_paper_that_was_none(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its page leads to the issue, also in a new out/, as long as the issue is published."""
    room.drop("002.txt", TWO, LATER)
    room.tick(LATER)
    upgrade(monkeypatch, without_first)
    room.tick(MUCH_LATER)
    assert "../../issues/001/index.html" == leads_to(room, FIRST.key)
    assert "2408.00001" not in room.page("sitemaps/1.xml")
    shutil.rmtree(room.out)
    room.tick(MUCH_LATER)
    assert "../../issues/001/index.html" == leads_to(room, FIRST.key)
    room.lose(f"papers/{FIRST.key}")
    room.tick(MUCH_LATER)
    assert "../../issues/001/index.html" == leads_to(room, FIRST.key)
    room.take("001.txt")
    room.tick(MUCH_LATER)
    assert not (room.out / "papers" / FIRST.key).exists()


def test_its_issue_moves(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page leads to where the issue is after its digest was renamed."""
    upgrade(monkeypatch, without_first)
    room.tick(LATER)
    room.take("001.txt")
    room.drop("first.txt", ONE, LATER)
    room.tick(MUCH_LATER)
    assert "../../issues/first/index.html" == leads_to(room, FIRST.key)


def test_a_paper_that_is_one_again(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that leads on is a paper's again when an issue has that."""
    upgrade(monkeypatch, without_first)
    room.tick(LATER)
    upgrade(monkeypatch)
    room.tick(MUCH_LATER)
    assert leads_to(room, FIRST.key) is None
    assert 2 == len(entries(room))
    upgrade(monkeypatch, without_first)
    room.tick(MUCH_LATER)
    upgrade(monkeypatch, lambda issue: without_first(issue) if issue.slug == "001" else issue)
    room.drop("002.txt", paper("2408.00001", "First again") + TWO, MUCH_LATER)
    room.tick(MUCH_LATER)
    assert "First again" in room.page("papers/2408.00001/index.html")


def test_a_paper_of_another_issue_too(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """A paper that its first issue loses goes on with the words of the next, and is not told."""
    room.drop("002.txt", paper("2408.00001", "First again") + TWO, LATER)
    room.tick(LATER)
    before = dates(room)
    upgrade(monkeypatch, lambda issue: without_first(issue) if issue.slug == "001" else issue)
    room.tick(MUCH_LATER)
    assert "First again" == entries(room)["papers/2408.00001"]["title"]
    assert "First again" in room.page("papers/2408.00001/index.html")
    assert before == dates(room)


# --- Archives, mails, many digests --------------------------------------------------------


def test_closed_archives_stay(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is closed has the bytes that it had, whatever is read now."""
    for number in range(2, 6):
        many = (paper(f"2409.{number}{each:04}"[:10], f"P{number} {each}") for each in range(12))
        room.drop(f"00{number}.txt", "".join(many), LATER)
    room.tick(LATER)

    def archives() -> dict[str, bytes]:
        return {path: its for path, its in room.files().items() if "feeds/archive/" in path}

    before = archives()
    upgrade(monkeypatch, lambda issue: known_as(retitled(issue), {FIRST.key: None}))
    room.tick(MUCH_LATER)
    assert before
    assert before == archives()


def test_a_frozen_plan(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person looked at before is sent as it was."""
    room.drop("002.txt", TWO, LATER)
    room.build(LATER)
    plan = room.freeze("002", LATER)
    upgrade(monkeypatch, retitled)
    room.tick(MUCH_LATER)
    assert 1 == len(mails(room))
    room.apply(plan.hash, MUCH_LATER)
    assert ["First, Second", "Third, Fourth"] == mails(room)


def test_a_plan_waits_for_the_pages(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """No mail is made that leads to addresses of papers which the site does not have yet."""
    room.drop("002.txt", TWO, LATER)
    room.build(LATER)
    upgrade(monkeypatch, lambda issue: known_as(issue, {"2408.00003": OTHER}))
    room.reload()
    with pytest.raises(PlanError, match="publisher build, then plan"):
        room.freeze("002", LATER)
    room.build(LATER)
    room.reload()
    room.freeze("002", LATER)
    shown = room.preview("002", LATER)
    with room.database.read() as connection:
        (letter,) = plans.letters(connection, 2)
    assert ["papers/2408.00003/" in each for each in (letter.html, shown.html)] == [True, True]
    assert OTHER.key not in letter.html + shown.html


def test_many_digests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that read and render digests know the aliases, too."""
    with newsroom(tmp_path) as room:
        for number in range(70):
            room.drop(f"{number:03}.txt", paper(f"2409.{number:05}", f"P{number}"))
        room.build()
        before = dates(room)
        last = PaperId(PaperScheme.arxiv, "2409.00069")
        upgrade(monkeypatch, lambda issue: known_as(issue, {last.key: OTHER}))
        room.build(LATER)
        assert before == dates(room)
        assert "P69" in room.page(f"papers/{last.key}/index.html")
        assert not (room.out / "papers/doi").exists()
