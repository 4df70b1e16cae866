"""Lines of details below a title, told by signs and by what people call places of work."""

from publisher.digest.fields.details import take_details
from publisher.digest.fields.draft_item import DraftItem
from publisher.model import Metadata
from tests.support.parsed_digest import A, B, items


def details(text: str) -> Metadata:
    """Return what a line of details says."""
    draft = DraftItem(1, "A Title")
    assert take_details(text, draft)
    return draft.metadata


def test_signs_stand_for_labels() -> None:
    """An emoji before a value is no part of it."""
    assert details(
        f"📅 2026-06-01 | 👥 Ada Stone, Ben River | 🏷️ cs.RO | 📄 [PDF]({A})"
    ) == Metadata(authors=("Ada Stone", "Ben River"), date="2026-06-01", categories=("cs.RO",))
    assert details("👍 13 · 2026-06-01") == Metadata(date="2026-06-01", score="👍 13")


def test_where_people_work_is_no_author() -> None:
    """A university, a laboratory or an institute is written in capitals like a name."""
    assert details("*Ana Corn* — Farm University — June 2, 2026") == Metadata(
        authors=("Ana Corn",), affiliations=("Farm University",), date="June 2, 2026"
    )
    assert details("Zhang Wei, Li Na (Shanghai AI Lab)") == Metadata(
        authors=("Zhang Wei", "Li Na"), affiliations=("Shanghai AI Lab",)
    )


def test_a_rating_before_each_title_is_no_tag() -> None:
    """`[9.2] Title` is a score."""
    found = items(f"## [9.2] Hot Stones\n{A}\n\nHot.\n\n## [8.1] Cold Ice\n{B}\n\nCold.\n")
    assert [("Hot Stones", "9.2", ()), ("Cold Ice", "8.1", ())] == [
        (item.title.text, item.metadata.score, item.metadata.tags) for item in found
    ]
