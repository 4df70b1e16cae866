"""Tokens: what a link or a return path says of its reader, so that nobody can make one up.

A token is HMAC-SHA256 (RFC 2104) over a purpose and two numbers, beside these numbers: whose it is,
and in which epoch of theirs it was made, since a number may be given again. It holds no address,
and says nothing to who has no key. The first key signs; all of them verify, so that a new key
leaves the links in old mails as they are.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import struct
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hmac import HMAC

_NUMBERS = struct.Struct(">QQ")
_MAC = 32
#: A return path's local part may have 64 characters (RFC 5321 4.5.3.1.1), and may lose its case.
#: Four bytes hold an epoch until 2106.
_SHORT = struct.Struct(">QI")
_SHORT_MAC = 16
_HEX = re.compile("(?:[0-9a-f]{2})*", re.IGNORECASE)


class Purpose(Enum):
    """What a token is for: one made for something else is none."""

    confirm = "confirm"
    leave = "leave"
    bounce = "bounce"
    #: Of a form: when it was shown.
    form = "form"
    #: Of an address that is to be known again without being kept.
    forgotten = "forgotten"
    #: Of a mailbox, to count how often it is written to.
    mailbox = "mailbox"


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The secrets that tokens are made with, the newest first; there is at least one."""

    secrets: tuple[bytes, ...]

    def link(self, purpose: Purpose, subscriber: int, epoch: int) -> str:
        """Return a token for an address: 64 characters that need no quoting there."""
        payload = _NUMBERS.pack(subscriber, epoch)
        mac = _mac(self.secrets[0], purpose, payload)
        return base64.urlsafe_b64encode(payload + mac).decode("ascii")

    def read_link(self, purpose: Purpose, token: str) -> tuple[int, int] | None:
        """Return the subscriber and epoch of a token; None for one that was not made here."""
        try:
            data = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error):
            return None
        return self._verified(purpose, data, _NUMBERS, _MAC)

    def return_path(self, subscriber: int, epoch: int) -> str:
        """Return a token for a local part: 56 letters and digits, of which case says nothing."""
        payload = _SHORT.pack(subscriber, epoch)
        return (payload + _mac(self.secrets[0], Purpose.bounce, payload)[:_SHORT_MAC]).hex()

    def read_return_path(self, token: str) -> tuple[int, int] | None:
        """Return the subscriber and epoch of a return path; None for one not made here."""
        if not _HEX.fullmatch(token):
            return None
        data = bytes.fromhex(token)
        return self._verified(Purpose.bounce, data, _SHORT, _SHORT_MAC)

    def hashes(self, address_key: str) -> tuple[str, ...]:
        """Return what a forgotten address is known by: with each key, the newest first."""
        return tuple(
            "hmac-sha256:" + _mac(secret, Purpose.forgotten, address_key.encode()).hex()
            for secret in self.secrets
        )

    def mailboxes(self, mailbox: str) -> tuple[str, ...]:
        """Return what a mailbox is counted by: 64 hex digits with each key, the newest first."""
        return tuple(
            _mac(secret, Purpose.mailbox, mailbox.encode()).hex() for secret in self.secrets
        )

    def _verified(
        self, purpose: Purpose, data: bytes, numbers: struct.Struct, length: int
    ) -> tuple[int, int] | None:
        payload, mac = data[: numbers.size], data[numbers.size :]
        if len(payload) != numbers.size or len(mac) != length:
            return None
        made = [_mac(secret, purpose, payload)[:length] for secret in self.secrets]
        # All are compared, not the first that fits: how long it takes tells nothing.
        if not any([hmac.compare_digest(own, mac) for own in made]):  # noqa: C419
            return None
        first, second = numbers.unpack(payload)
        return first, second


def _mac(secret: bytes, purpose: Purpose, payload: bytes) -> bytes:
    mac = _begun(secret, purpose).copy()
    mac.update(payload)
    return mac.finalize()


@cache
def _begun(secret: bytes, purpose: Purpose) -> HMAC:
    """Return an HMAC up to where the payload comes: a mail has two, an import one for each line.

    One of the standard library's takes 1.6 times as long so, and `hmac.digest` 2.2 times.
    """
    # 30 ms to import: what finds nothing to do need not wait for it.
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.hmac import HMAC  # noqa: PLC0415

    begun = HMAC(secret, SHA256())
    # The purpose has no NUL, so no two pairs of purpose and payload are the same bytes.
    begun.update(purpose.value.encode() + b"\0")
    return begun
