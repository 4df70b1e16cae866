"""Tokens: what a link or a return path says of its reader, so that nobody can make one up.

A token is HMAC-SHA256 (RFC 2104) over a purpose and two numbers, beside these numbers: whose it is,
and in which epoch of theirs it was made, since a number may be given again. It holds no address,
and says nothing to who has no key. The first key signs; all of them verify, so that a new key
leaves the links in old mails as they are.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import struct
from dataclasses import dataclass
from enum import Enum
from functools import cache

_NUMBERS = struct.Struct(">QQ")
_MAC = 32
#: Of SHA-256, in bytes.
_BLOCK = 64
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
        if not any([hmac.compare_digest(each, mac) for each in made]):  # noqa: C419
            return None
        first, second = numbers.unpack(payload)
        return first, second


def _mac(secret: bytes, purpose: Purpose, payload: bytes) -> bytes:
    begun, ending = _begun(secret, purpose)
    inner, outer = begun.copy(), ending.copy()
    inner.update(payload)
    outer.update(inner.digest())
    return outer.digest()


@cache
def _begun(secret: bytes, purpose: Purpose) -> tuple[hashlib._Hash, hashlib._Hash]:
    """Return both hashes of an HMAC (RFC 2104 2) up to where the payload comes.

    A mail has two tokens: `hmac.digest`, which begins anew each time, takes 2.6 times as long.
    """
    if len(secret) > _BLOCK:
        secret = hashlib.sha256(secret).digest()
    key = secret.ljust(_BLOCK, b"\0")
    # The purpose has no NUL, so no two pairs of purpose and payload are the same bytes.
    inner = hashlib.sha256(bytes(each ^ 0x36 for each in key) + purpose.value.encode() + b"\0")
    return inner, hashlib.sha256(bytes(each ^ 0x5C for each in key))
