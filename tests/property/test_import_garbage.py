"""Whatever is in a file named for an import: people, or one line that can be shown."""

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import InputError
from publisher.subscribers.csv_import import import_file
from publisher.subscribers.import_columns import Options
from tests.support.newsletter_folder import KEYS, NOW, fresh_database

GOOD = "email,name,status\nann@example.org,Ann,confirmed\nbob@example.org,,unsubscribed\n"
PIECES = [
    b"\0", b"\xff", b"\xfe\xff", b'"', b'\\"', b"\n", b"\r", b",", b";", b"\t", b"@", b"<", b">",
    b"sep=;\n", b"\xef\xbb\xbf", b"\x1b[31m", "邮箱".encode("gb18030"), b"email",
    b"ann@example.org",    b"=1+1", b"unsubscribed", b"\xe2\x80\xa8", "＠".encode(), b"," * 50,
]  # fmt: skip
garbage = st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=12).map(b"".join)


@settings(max_examples=settings().max_examples // 2)
@given(
    st.sampled_from(["utf-8", "utf-16", "gb18030"]), st.integers(0, 90), st.integers(0, 20), garbage
)
def test_garbage(encoding: str, place: int, less: int, middle: bytes) -> None:
    """Garbage in a list, or in place of a part of one, raises nothing but InputError."""
    good = GOOD.encode(encoding)
    content = good[:place] + middle + good[place + less :]
    reasons: list[str] = []
    with tempfile.TemporaryDirectory() as name, fresh_database(Path(name)) as database:
        path = Path(name) / "people.csv"
        path.write_bytes(content)
        try:
            import_file(
                database, KEYS, path, now=NOW, options=Options(dry_run=True),
                reject=lambda _line, reason: reasons.append(reason),
            )  # fmt: skip
        except InputError as error:
            reasons.append(str(error).removeprefix(name))
        with suppress(InputError):
            import_file(database, KEYS, path, now=NOW)
    assert [] == [reason for reason in reasons if not reason.isprintable() or len(reason) > 2_000]
