"""When a domain's refusals are its directory's fault."""

from __future__ import annotations

import pytest

from publisher.delivery.domain_outage import is_outage


@pytest.mark.parametrize(
    ("tried", "unknown", "expected"),
    [(5, 5, True), (9, 5, True), (10, 5, False), (4, 4, False), (30, 30, True), (1000, 40, False)],
)
def test_outage(tried: int, unknown: int, *, expected: bool) -> None:
    """At least five recipients, and more than half of those tried, were refused as unknown."""
    assert expected == is_outage(tried, unknown)
