"""Whatever became of a journal, reading it is no error, and what is believed is what was noted."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from publisher.delivery.journal import Journal, JournalEntry
from publisher.model import DeliveryState
from publisher.storage.claims import Try

ACCEPTED = Try(relay="relay", state=DeliveryState.accepted, code=250, words="queued as 4XYZ")


def written(folder: Path) -> Path:
    """Write a journal with two deliveries that ended, and one that was begun."""
    journal = Journal(folder, "mine", room=4)
    for number in (1, 2, 3):
        journal.record_begin(number)
    for number in (1, 2):
        journal.record_result(number, ACCEPTED)
    journal.close(remove=False)
    return folder / "mine"


@given(place=st.integers(0, 4096), garbage=st.binary(max_size=2000), whole=st.booleans())
def test_damaged(place: int, garbage: bytes, *, whole: bool) -> None:
    """Garbage in a journal, which may end with it, raises nothing."""
    with TemporaryDirectory() as name:
        path = written(Path(name))
        before = path.read_bytes()
        after = before[:place] + garbage + (before[place + len(garbage) :] if whole else b"")
        path.write_bytes(after)
        found = JournalEntry.open(path)
        assert found
        known = found.read(room=4)
        found.close(remove=True)
        assert after != before or {1: ACCEPTED, 2: ACCEPTED, 3: None} == known
        assert known is None or all(tried is None or tried.state for tried in known.values())
