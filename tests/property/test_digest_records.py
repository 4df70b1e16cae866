"""Records in, the same records out: in every unit, label form and numbering, and with slips."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.digest.parser import ParsedDigest, read
from publisher.model import Issue, Level
from tests.golden.shape_cases import outside, words
from tests.support.record_digests import OUTSIDE, SLIPS, UNITS, Digest, digests
from tests.support.records import marked


def reading(digest: Digest) -> ParsedDigest:
    """Read a digest."""
    return read(digest.text.encode(), "1.md", languages=("en", "zh-CN"), zone=UTC)


def differences(digest: Digest, issue: Issue) -> Iterator[str]:
    """Yield how the items of an issue differ from the records of its digest."""
    keys = [item.paper and item.paper.key for item in issue.items]
    wanted = [record.key for record in digest.records]
    if keys != wanted:
        yield f"papers {wanted} are right, not {keys}"
        return
    everything = [words(item) for item in issue.items]
    for record, item, own in zip(digest.records, issue.items, everything, strict=True):
        translation = item.translation and item.translation.text
        if digest.has_titles and record.title != item.title.text:
            yield f"title {record.title!r} is right, not {item.title.text!r}"
        if digest.has_titles and (record.translation or None) != translation:
            yield f"translation {record.translation!r} is right, not {translation!r}"
        text = words(item.body) if digest.has_titles else own
        if lost := record.words - marked(text):
            yield f"the text of {record.key} lacks {sorted(lost)}"
        if foreign := marked(own) - record.all_words:
            yield f"{record.key} has {sorted(foreign)} of others"
        if any(word in own for word in OUTSIDE):
            yield f"{record.key} has what introduces or ends the issue"
        if digest.metadata_of(record) != item.metadata:
            yield f"{digest.metadata_of(record)} is right, not {item.metadata}"
    if lost := marked(outside(issue)):
        yield f"outside of items there is {sorted(lost)}"


@pytest.mark.parametrize("unit", UNITS)
@given(data=st.data())
def test_records_come_out_as_they_went_in(unit: str, data: st.DataObject) -> None:
    """A digest without a slip gives its records, each with its titles and texts, in order."""
    digest = data.draw(digests(unit))
    issue = reading(digest).issue
    assert issue, "\n".join(map(str, reading(digest).diagnostics))
    assert [] == list(differences(digest, issue))


@pytest.mark.parametrize("unit", UNITS)
@given(data=st.data())
def test_a_slip_stays_local_or_is_an_error(unit: str, data: st.DataObject) -> None:
    """With slips a digest gives its records all the same, or an error: never others' texts."""
    slips = data.draw(st.lists(st.sampled_from(SLIPS[unit]), min_size=1, max_size=2, unique=True))
    digest = data.draw(digests(unit, slips=slips))
    found = reading(digest)
    if found.issue:
        assert [] == list(differences(digest, found.issue))
    else:
        assert any(each.level is Level.error for each in found.diagnostics)
