"""SASL logins (RFC 4422): PLAIN, LOGIN, CRAM-MD5, and OAuth tokens."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field

from publisher.redaction import masked

#: With a password, in the order in which they are tried: PLAIN (RFC 4616), LOGIN
#: (draft-murchison-sasl-login), CRAM-MD5 (RFC 2195).
WITH_PASSWORD = ("PLAIN", "LOGIN", "CRAM-MD5")
#: With a token: Google's and Microsoft's XOAUTH2, and OAUTHBEARER (RFC 7628).
WITH_TOKEN = ("XOAUTH2", "OAUTHBEARER")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user with a password or an OAuth token, and the server to log in to."""

    user: str
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    #: The server, which OAUTHBEARER names.
    host: str = ""
    port: int = 0

    def without_secrets(self, text: str) -> str:
        """Return a server's words with the secrets masked, which some servers repeat."""
        first = [Exchange(mechanism, self).initial for mechanism in ("PLAIN", *WITH_TOKEN)]
        secrets = [to_base64(data) for data in (*first, self.password.encode())]
        return masked(text, *secrets, self.password, self.token)


class Exchange:
    """The client's side of one login."""

    def __init__(self, mechanism: str, login: Login) -> None:
        self._login = login
        self._answers = {
            "PLAIN": [b"\0%s\0%s" % (login.user.encode(), login.password.encode())],
            "LOGIN": [login.user.encode(), login.password.encode()],
            "CRAM-MD5": [b""],
            "XOAUTH2": [_xoauth2(login), b""],
            "OAUTHBEARER": [_oauthbearer(login), b"\x01"],
        }[mechanism]
        self._is_digest = mechanism == "CRAM-MD5"
        self._has_token = mechanism in WITH_TOKEN
        self._step = 0
        #: Why a server refuses a token: JSON (RFC 7628 3.2.2).
        self.reason = ""
        #: The initial response (RFC 4422 3.3); empty if the server speaks first.
        self.initial = b"" if mechanism in ("LOGIN", "CRAM-MD5") else self._answers[0]

    def start(self) -> bytes:
        """Return the initial response, to be sent with the command, and start the exchange."""
        self._step = 1 if self.initial else 0
        return self.initial

    def answer(self, challenge: bytes) -> bytes | None:
        """Return the response to a challenge; None when there is none left, to cancel the login."""
        if self._step >= len(self._answers):
            return None
        if self._has_token and self._step:
            self.reason = " ".join(challenge.decode("utf-8", "replace").split())
        answer = self._answers[self._step]
        self._step += 1
        if self._is_digest:
            digest = hmac.new(self._login.password.encode(), challenge, "md5").hexdigest()
            return f"{self._login.user} {digest}".encode()
        return answer


def to_base64(data: bytes) -> str:
    """Return bytes in base64, as SMTP and IMAP carry them."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: bytes) -> bytes:
    """Return the bytes of a server's base64; empty if it is invalid."""
    try:
        return base64.b64decode(text)
    except ValueError:
        return b""


def _xoauth2(login: Login) -> bytes:
    return f"user={login.user}\x01auth=Bearer {login.token}\x01\x01".encode()


def _oauthbearer(login: Login) -> bytes:
    # RFC 5801 4: `=` and `,` in a name are written so.
    user = login.user.replace("=", "=3D").replace(",", "=2C")
    return (
        f"n,a={user},\x01host={login.host}\x01port={login.port}\x01auth=Bearer {login.token}"
        "\x01\x01"
    ).encode()
