"""What a digest's file name says."""

from datetime import UTC, datetime

import pytest

from publisher.digest.filename import date_of, slug_of


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
        # Digits of any script in a number, and whatever else is full-width.
        ("００１_4bcb34a6.txt", "001"),
        ("００１＿４ｂｃｂ.txt", "001"),
        ("٠٠٢_4bcb34a6.txt", "002"),
        ("२०२６_4bcb34a6.txt", "2026"),
        ("²_4bcb34a6.txt", "2-4bcb34a6"),
        ("\u200f001_4bcb34a6.txt", "001-4bcb34a6"),
        ("２０２６-１１-２０.txt", "2026-11-20"),
        # What other systems, shells and paths take for something else.
        ("CON.txt", "con"),
        ("nul..txt", "nul"),
        ("-rf.txt", "rf"),
        ("..a..txt", "a"),
    ],
)
def test_slug(name: str, slug: str) -> None:
    """A slug is a number, or the stem in plain ASCII."""
    assert slug == slug_of(name)


def test_slug_fits_a_folder() -> None:
    """A slug is no longer than a folder's name may be, though `㏂` is 3 bytes and 4 characters."""
    long = slug_of("㏂" * 83 + ".txt")
    assert (208, True) == (len(long), long.startswith("a-m-a-m-"))
    assert long != slug_of("㏂" * 82 + ".txt")
    assert "a" * 251 == slug_of("a" * 251 + ".txt")


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
        ("２０２６-１１-２０.txt", datetime(2026, 11, 20, tzinfo=UTC)),
        ("２０２６－１１－２０ 周报.txt", datetime(2026, 11, 20, tzinfo=UTC)),
        ("٢٠٢٦١١٢٠.txt", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20².txt", datetime(2026, 11, 20, tzinfo=UTC)),
        ("２2026-11-20.txt", None),
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
