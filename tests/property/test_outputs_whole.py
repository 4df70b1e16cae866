"""Whatever a digest of any shape shows stands in each output, or in lines that a remark names."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.digest.parser import read
from publisher.model import Level
from tests.support.lost_words import LABELS, losses
from tests.support.outputs import outputs, unshown
from tests.support.record_digests import SLIPS, UNITS, digests
from tests.support.record_fields import LABELS as FIELDS

#: Also the words of labels that digests are made with here.
KNOWN = LABELS | {
    word.casefold()
    for names in FIELDS.values()
    for name in (*names[0], *names[1])
    for word in (name, *name.replace("/", " ").split(" "))
}


@pytest.mark.parametrize("unit", UNITS)
@given(data=st.data())
def test_no_word_is_lost_on_its_way(unit: str, data: st.DataObject) -> None:
    """Each word of a digest is on the page, in the mail and in the feed, with slips or without."""
    slips = data.draw(st.lists(st.sampled_from(SLIPS[unit]), max_size=1))
    digest = data.draw(digests(unit, slips=slips, most=3))
    found = read(digest.text.encode(), "1.md", languages=("en", "zh-CN"), zone=UTC)
    if found.issue is None:
        assert any(each.level is Level.error for each in found.diagnostics)
        return
    dropped = unshown(found.issue)
    lost = {
        name: list(losses(digest.text, there, found.diagnostics, labels=KNOWN, dropped=dropped))
        for name, there in outputs(found.issue).items()
    }
    assert {"page": [], "mail": [], "feed": []} == lost
