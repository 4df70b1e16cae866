"""Signing ahead on every core gives what one core would, in order, and keeps little."""

import os
import signal
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from publisher.mail.dkim import Key, Signer
from publisher.mail.personalize import Copies
from publisher.plans import presign
from publisher.plans.presign import presign_copies
from publisher.processes import WorkerError, cores
from tests.support.rendered_mail import LETTER

#: Ed25519 alone: thousands of signatures take no time.
COPIES = Copies(
    LETTER,
    Signer([Key(domain="example.org", selector="a", private=Ed25519PrivateKey.generate())]),
)
MANY = 20 * presign._CHUNK + 1
#: `plan` has one thread, pytest's workers have more, of which Python 3.12 warns.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
needs_cores = pytest.mark.skipif(cores() < 2, reason="one processor signs by itself")


def readers(count: int) -> Iterator[tuple[str, str]]:
    """Make readers and their tokens."""
    return ((f"reader{number}@example.net", f"{number:064}") for number in range(count))


@pytest.mark.parametrize("count", [0, 1, presign._CHUNK, MANY])
def test_order(count: int) -> None:
    """However many there are, each gets what was signed for them."""
    expected = [COPIES.presign(*each) for each in readers(count)]
    assert expected == list(presign_copies(COPIES, readers(count)))


@needs_cores
def test_in_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many are signed by other processes."""
    monkeypatch.setattr(Copies, "presign", lambda *_: str(os.getpid()).encode())
    found = set(presign_copies(COPIES, readers(MANY)))
    assert str(os.getpid()).encode() not in found


@needs_cores
def test_flat() -> None:
    """No more readers are asked for than are being signed."""
    asked = []

    def asking() -> Iterator[tuple[str, str]]:
        for each in readers(1_000 * presign._CHUNK):
            asked.append(each)
            yield each

    found = presign_copies(COPIES, asking())
    next(found)
    assert len(asked) <= (cores() + 2) * presign._CHUNK
    found.close()  # type: ignore[attr-defined]  # a generator has one


@needs_cores
def test_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed, as for want of memory, is told of in one line."""
    monkeypatch.setattr(Copies, "presign", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(WorkerError, match="a worker process died"):
        list(presign_copies(COPIES, readers(MANY)))
