"""What a digest's file name says."""

from datetime import UTC, datetime

import pytest

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


def test_name_without_ascii() -> None:
    """A Chinese name is dropped in like any other, and has an address of its own for ever."""
    assert "digest-949ded34" == slug_of("周报.txt")
    assert slug_of("周报.txt") != slug_of("周报二.txt")
    # The same letter, whole and in two parts, as macOS has it.
    assert slug_of("が.md") == slug_of("か\u3099.md")


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("2026-11-20-vision.txt", datetime(2026, 11, 20, tzinfo=UTC)),
        ("20261120.txt", datetime(2026, 11, 20, tzinfo=UTC)),
        ("weekly_20261120.md", datetime(2026, 11, 20, tzinfo=UTC)),
        ("20261320.txt", None),
        ("0001-01-01.txt", None),
        ("00990203.txt", None),
        ("1900-01-02.txt", datetime(1900, 1, 2, tzinfo=UTC)),
        ("000_20261120.txt", None),
        ("000_4bcb34a68e90e40c.txt", None),
        ("120261120.txt", None),
        ("notes.txt", None),
    ],
)
def test_date(name: str, date: datetime | None) -> None:
    """A date in a name is midnight; digits of a hash are none."""
    assert date == date_of(name, UTC)
