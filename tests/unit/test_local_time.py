"""Times as people read them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from publisher.local_time import local_time

SUMMER = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "2026-07-01 22:30 UTC"),
        ("Europe/Berlin", "2026-07-02 00:30 CEST"),
        ("America/Sao_Paulo", "2026-07-01 19:30 -03"),
    ],
)
def test_a_moment_in_a_zone(zone: str, expected: str) -> None:
    """By the zone's clocks, with its letters, or its offset where it has none."""
    assert local_time(SUMMER, ZoneInfo(zone)) == expected
