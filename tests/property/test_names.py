"""Whatever a file is called, its slug is one."""

from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from publisher.digest.filename import EARLIEST, date_of, slug_of
from publisher.model import SLUG

#: Bytes: the longest name of a file or of a folder.
LONGEST = 255
#: Digits and hexadecimal digits of several scripts, and what stands between them.
NUMBERED = st.text("0123456789０１２３٠١٢٣०१२३²³½①𝟎𝟏abcｄＥＦ_＿-－.㏂", min_size=1, max_size=60)
STEMS = st.one_of(st.text(st.characters(exclude_characters="/\0"), min_size=1), NUMBERED)
NAMES = STEMS.map(lambda stem: f"{stem}.txt").filter(
    lambda name: len(name.encode("utf-8", "surrogatepass")) <= LONGEST
)


@given(NAMES)
def test_slug_is_ascii(name: str) -> None:
    """A slug is ASCII, and the name of a folder."""
    slug = slug_of(name)
    assert SLUG.fullmatch(slug)
    assert len(slug) <= LONGEST


@given(NAMES)
def test_date_is_one_a_feed_can_hold(name: str) -> None:
    """A name has a date or none, and none that feeds cannot hold."""
    date = date_of(name, UTC)
    assert date is None or date >= EARLIEST
