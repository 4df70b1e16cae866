"""A log that is packed and damaged is read as far as it goes, or is one line."""

import gzip
import lzma
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from publisher.commands.reconcile import read_log
from publisher.delivery.mail_log import RelayLog
from publisher.errors import InputError
from tests.unit.delivery.test_mail_log import ANN, begun

TEXT = "\n".join(begun("AAAAAAAAAA1") * 20).encode()
PACKED = [gzip.compress(TEXT), lzma.compress(TEXT)]


@given(st.sampled_from(PACKED), st.integers(0, 200), st.binary(max_size=12), st.booleans())
def test_damaged(packed: bytes, place: int, garbage: bytes, whole: bool) -> None:  # noqa: FBT001
    """Other bytes in it, or its end missing, raise nothing but InputError."""
    rest = packed[place + len(garbage) :] if whole else b""
    log = RelayLog([ANN.encode()])
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(packed[:place] + garbage + rest)
        with suppress(InputError):
            read_log(file.name, None, log)
    assert {} == log.taken
