"""What becomes of issues and their pages, decided from what is recorded, without a database."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

from publisher.feeds.identity import Identity
from publisher.pipeline.admission import Taken
from publisher.pipeline.invalidation import FormerAddresses, files_of, paper_page
from publisher.pipeline.registration import Changes, Recorded, Registration, decide_registration
from publisher.pipeline.rename_detection import Renames
from publisher.pipeline.repeats import RecordedOriginals
from publisher.sources.scan import ReadResult
from publisher.sources.summary import Summary
from publisher.storage.digests import FAILED, PUBLISHED, REPEAT
from tests.support.registration_cases import NOW, RULES, by_slug, digest_of, known_of, paper_key

Digest = tuple[ReadResult, Summary]
WEEK = timedelta(days=7)


def decide(
    digests: Collection[Digest] = (),
    recorded: Collection[Digest] = (),
    *,
    withdrawn: Collection[str] = (),
    gone: Collection[str] = (),
    kept: Collection[str] = (),
    failed: Collection[ReadResult] = (),
    former: Mapping[str, Collection[str]] | None = None,
) -> Registration:
    """Return what is recorded when these digests are read, and those of the slugs `gone` are not.

    What was `recorded` is published but for what is `withdrawn`; those `kept` could not be read.
    """
    known = {
        summary.slug: known_of((each, summary), withdrawn=summary.slug in withdrawn)
        for each, summary in recorded
    }
    keys = {key for _, summary in [*digests, *recorded] for key in summary.keys}
    state = Recorded(
        renames=Renames(aside={}, to={}, known=known),
        known=known,
        originals=RecordedOriginals(holders={}, same=[], named={}),
        taken=Taken(newest=None, times=set(), uids=set()),
        updates=set(),
        papers={
            **{summary.slug: set() for _, summary in digests},
            **{summary.slug: summary.keys for _, summary in recorded},
        },
        holders={
            key: {
                summary.slug: summary.slug not in withdrawn
                for _, summary in recorded
                if key in summary.keys
            }
            for key in keys
        },
        kept=set(kept),
        kept_digests={
            (known[slug].record.source, known[slug].record.digest): slug for slug in kept
        },
        former=FormerAddresses(slugs=former or {}, papers={}, leading=set()),
    )
    changes = Changes(
        reads=[*(each for each, _ in digests), *failed],
        as_before={},
        old_slugs=set(gone),
        good=by_slug(digests),
    )
    return decide_registration(state, changes, RULES, Identity("example.org", 2026), lambda _: None)


def states(decided: Registration) -> dict[str, str]:
    """Return what is remembered of each digest, by name."""
    return {row.name: row.state for row in decided.digests}


# --- Issues -------------------------------------------------------------------------------


def test_a_new_digest_is_an_issue() -> None:
    """It has a date, an id, and its papers."""
    decided = decide([digest_of("001", 1, 2)])
    [(record, _)] = decided.rows
    assert (NOW, "tag:example.org,2026:issues/001") == (record.published, record.uid)
    assert [paper_key(1), paper_key(2)] == [paper.key for paper in decided.papers["001"]]
    assert {"001.txt": PUBLISHED} == states(decided)


def test_an_edit_moves_updated_alone() -> None:
    """Other words are a correction of now, and of an issue of then."""
    decided = decide([digest_of("001", 1, words="new")], [digest_of("001", 1, words="old")])
    [(record, _)] = decided.rows
    assert (NOW - WEEK, NOW) == (record.published, record.updated)


def test_feeds_are_told_what_was_there_before() -> None:
    """Of an edit they need the record that archives show."""
    before = digest_of("001", 1, words="old")
    [update] = decide([digest_of("001", 1, words="new")], [before]).updates
    assert known_of(before).record == update.before


def test_bytes_as_before_correct_nothing() -> None:
    """What is read otherwise in the same bytes moves no date, and is no edit."""
    each, summary = digest_of("001", 1)
    [update] = decide(
        [(each, replace(summary, content=b"read otherwise"))], [(each, summary)]
    ).updates
    assert (NOW - WEEK, None) == (update.record.updated, update.before)


def test_a_digest_that_is_gone_withdraws_its_issue() -> None:
    """It is told once, and only of what was published."""
    issues = [digest_of("001", 1), digest_of("002", 2)]
    decided = decide([], issues, gone=["001", "002"], withdrawn=["002"])
    assert ["001"] == [record.slug for record in decided.report.withdrawn]


def test_a_draft_withdraws_its_issue() -> None:
    """An issue made a draft again is none, and its digest is remembered as a draft."""
    decided = decide([digest_of("001", 1, draft=True)], [digest_of("001", 1)])
    assert ["001"] == [record.slug for record in decided.report.withdrawn]
    assert ([], {"001.txt": "draft"}) == (decided.rows, states(decided))


def test_what_comes_back_is_told_as_back() -> None:
    """Feeds tell it as it is then, and its neighbours link to it again."""
    decided = decide([digest_of("001", 1)], [digest_of("001", 1)], withdrawn=["001"])
    assert ([True], ["001"]) == (
        [update.back for update in decided.updates],
        [record.slug for record in decided.reordered],
    )


def test_an_edit_leaves_its_neighbours_alone() -> None:
    """Their links change with its headline only."""
    assert [] == decide([digest_of("001", 1, words="new")], [digest_of("001", 1)]).reordered


def test_a_copy_is_no_issue() -> None:
    """Of two new digests that say the same the one with the longer name is remembered as such."""
    decided = decide([digest_of("001", 1), digest_of("001-copy", 1)])
    assert {"001-copy.txt": "001.txt"} == decided.report.repeats
    assert {"001.txt": PUBLISHED, "001-copy.txt": REPEAT} == states(decided)


def test_a_digest_that_cannot_be_read_failed() -> None:
    """It is read again next time."""
    each, _ = digest_of("001", 1)
    assert {"001.txt": FAILED} == states(decide(failed=[replace(each, summary=None)]))


def test_an_issue_that_is_kept_did_not_fail() -> None:
    """A digest that an older program read is not read again, as long as its issue stays."""
    each, summary = digest_of("001", 1)
    unread = replace(each, summary=None)
    assert {"001.txt": PUBLISHED} == states(
        decide([], [(each, summary)], kept=["001"], failed=[unread])
    )


# --- Pages --------------------------------------------------------------------------------


def test_who_shares_a_paper_is_written_again() -> None:
    """Its page names the issues that have the paper, before and now."""
    others = [digest_of("002", 1), digest_of("003", 2), digest_of("004", 9)]
    decided = decide([digest_of("001", 2)], [digest_of("001", 1), *others])
    assert {"002", "003"} == decided.pages.stale


def test_a_paper_that_no_issue_has_loses_its_page() -> None:
    """One that another published issue has keeps it."""
    others = [digest_of("002", 2), digest_of("003", 3)]
    recorded = [digest_of("001", 1, 2, 3), *others]
    decided = decide([digest_of("001", 4)], recorded, withdrawn=["003"])
    assert {paper_page(paper_key(1)), paper_page(paper_key(3))} == decided.pages.unwanted
    assert paper_page(paper_key(4)) in decided.pages.wanted


def test_a_withdrawn_issue_loses_its_files() -> None:
    """Also the pages that lead to it from where it was before."""
    decided = decide([], [digest_of("001")], gone=["001"], former={"001": ["old"]})
    assert {*files_of("001"), files_of("old")[0]} == decided.pages.unwanted


def test_a_page_leads_nowhere_from_a_slug_that_is_taken() -> None:
    """An issue at the former slug of another has its own page there."""
    decided = decide(
        [digest_of("old", 5)], [digest_of("001", 1)], gone=["001"], former={"001": ["old"]}
    )
    assert {*files_of("001"), paper_page(paper_key(1))} == decided.pages.unwanted
    assert decided.pages.wanted >= {*files_of("old")}


def test_a_paper_of_an_issue_that_can_be_read_again_leads_there() -> None:
    """Whether somebody took it out is not known: its page is not removed."""
    decided = decide([digest_of("001", 1)], [digest_of("001", 1, 2)], kept=["001"])
    assert {paper_key(2): "001"} == decided.pages.former
    assert set() == decided.pages.unwanted
    assert paper_page(paper_key(2)) in decided.pages.wanted


def test_nothing_read_touches_nothing() -> None:
    """A run that finds nothing records nothing."""
    decided = decide()
    assert ([], [], set()) == (decided.touched, decided.digests, decided.pages.stale)
