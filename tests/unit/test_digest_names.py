"""What a digest's file name says."""

from datetime import UTC, datetime

import pytest

from publisher.digest import read
from publisher.digest.names import date_of, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("000_4bcb34a68e90e40c.txt", "000"),
        ("seeds/012_ABCDEF.md", "012"),
        ("2026-11-20-Vision & Language.md", "2026-11-20-vision-language"),
        ("周报 12.txt", "12"),
        ("Café.md", "cafe"),
        ("a.b.txt", "a-b"),
        ("12_notes.txt", "12-notes"),
    ],
)
def test_slug(name: str, slug: str) -> None:
    """A slug is a number, or the stem in plain ASCII."""
    assert slug == slug_of(name)


def test_name_without_ascii_is_an_error() -> None:
    """A name no address can be made of is told, not guessed at."""
    found = read(b"x", "周报.txt", languages=("zh-CN",), zone=UTC)
    assert found.issue is None
    assert [("bad-name", 0)] == [(d.code, d.line) for d in found.diagnostics]


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("2026-11-20-vision.txt", datetime(2026, 11, 20, tzinfo=UTC)),
        ("20261120.txt", datetime(2026, 11, 20, tzinfo=UTC)),
        ("weekly_20261120.md", datetime(2026, 11, 20, tzinfo=UTC)),
        ("20261320.txt", None),
        ("000_20261120.txt", None),
        ("000_4bcb34a68e90e40c.txt", None),
        ("120261120.txt", None),
        ("notes.txt", None),
    ],
)
def test_date(name: str, date: datetime | None) -> None:
    """A date in a name is midnight; digits of a hash are none."""
    assert date == date_of(name, UTC)
