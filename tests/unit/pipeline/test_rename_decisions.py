"""Which issue a digest is, decided from what is recorded, without a database."""

from collections.abc import Collection, Mapping

from publisher.pipeline.rename_detection import RecordedIssues, Renames, find_renames
from publisher.sources.scan import ReadResult
from publisher.sources.summary import Summary
from publisher.storage.digests import PUBLISHED, DigestRow
from tests.support.registration_cases import by_slug, digest_of, known_of

Digest = tuple[ReadResult, Summary]


def decide(
    digests: Collection[Digest],
    recorded: Collection[Digest],
    *,
    gone: Collection[str] = (),
    aside: Collection[str] = (),
    bytes_of: Mapping[str, bytes] | None = None,
) -> Renames:
    """Return what these digests are, beside issues of which those `gone` have lost theirs."""
    known = {}
    for each, summary in recorded:
        known[summary.slug] = known_of((each, summary), withdrawn=summary.slug not in gone)
    rows = {
        f"{slug}.txt": DigestRow(f"{slug}.txt", 1, 1, bytes(32), slug, PUBLISHED, 0)
        for slug in gone
    }
    return find_renames(
        RecordedIssues(
            known=known,
            papers={summary.slug: summary.keys for _, summary in recorded},
            same={
                summary.content: summary.slug for _, summary in recorded if summary.slug not in gone
            },
            alike={summary.slug for _, summary in recorded if summary.slug not in gone},
            aside=set(aside),
        ),
        {slug: each for slug, (each, _) in by_slug(digests).items()},
        rows,
        lambda _: None,
        lambda record: (bytes_of or {}).get(record.digest),
    )


def overwritten() -> tuple[Digest, Digest, dict[str, bytes]]:
    """Return a digest, another one written over it, and the bytes of both."""
    old, new = digest_of("latest", 1, 2), digest_of("latest", 3, 4)
    return old, new, {old[0].sha256.hex(): b"one\ntwo", new[0].sha256.hex(): b"three\nfour"}


def test_a_digest_under_another_name_is_the_same_issue() -> None:
    """Word for word what an issue said that lost its digest, it is that issue."""
    found = decide([digest_of("002", 1, 2)], [digest_of("001", 1, 2)], gone=["001"])
    assert ({"001": "002"}, "002") == (found.to, found.known["002"].record.slug)


def test_a_renamed_digest_may_be_edited() -> None:
    """A digest with most of the papers of an issue that lost its own is that issue."""
    found = decide([digest_of("002", 1, 2, 5)], [digest_of("001", 1, 2)], gone=["001"])
    assert {"001": "002"} == found.to


def test_a_digest_with_few_of_the_papers_is_new() -> None:
    """A paper in two batches makes them no one issue."""
    assert {} == decide([digest_of("002", 1, 5, 6)], [digest_of("001", 1, 2)], gone=["001"]).to


def test_an_issue_withdrawn_before_comes_back_elsewhere() -> None:
    """It is what it was, though ticks came between."""
    assert {"001": "002"} == decide([digest_of("002", 1, 2)], [digest_of("001", 1, 2)]).to


def test_of_copies_the_shortest_name_is_meant() -> None:
    """Two digests that say what an issue said are one issue, under the shorter name."""
    copies = [digest_of("002-copy", 1), digest_of("002", 1)]
    assert {"001": "002"} == decide(copies, [digest_of("001", 1)], gone=["001"]).to


def test_a_draft_is_not_what_a_digest_is() -> None:
    """Of copies one that is no draft is the issue: else it would be mailed again."""
    copies = [digest_of("2", 1, draft=True), digest_of("002-long", 1)]
    assert {"001": "002-long"} == decide(copies, [digest_of("001", 1)], gone=["001"]).to


def test_a_batch_written_over_another_is_new() -> None:
    """The issue that had the name makes room, and what it was stays recorded."""
    old, new, data = overwritten()
    found = decide([new], [old], bytes_of=data)
    assert ({"latest": "latest.1"}, {}) == (found.aside, found.to)
    assert {"latest.1"} == found.known.keys()
    assert {"latest"} == found.left


def test_who_makes_room_takes_a_slug_that_is_free() -> None:
    """What made room before keeps its slug."""
    old, new, data = overwritten()
    found = decide([new], [old], bytes_of=data, aside=["latest.1", "latest.2"])
    assert {"latest": "latest.3"} == found.aside


def test_an_edit_is_no_new_issue() -> None:
    """A digest that still has most of its papers is the issue it was."""
    found = decide([digest_of("001", 1, 2, 3)], [digest_of("001", 1, 2)])
    assert ({}, {}) == (found.aside, found.to)


def test_two_batches_change_names() -> None:
    """Each makes room for the other, and takes the other's name."""
    one, two = digest_of("a", 1, 2), digest_of("b", 3, 4)
    swapped = [digest_of("b", 1, 2), digest_of("a", 3, 4)]
    data = {one[0].sha256.hex(): b"one", two[0].sha256.hex(): b"two"}
    found = decide(swapped, [one, two], gone=["a", "b"], bytes_of=data)
    assert {"a": "a.1", "b": "b.1"} == found.aside
    assert {"a.1": "b", "b.1": "a"} == found.to
