"""Converters of settings that name a server, or a folder in its place."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

from publisher.config.host_names import is_host
from publisher.config.urls import advice, server_url
from publisher.config.validators import optional_text, text


def relay(value: object) -> str:
    """Return the URL of a relay, program or Maildir."""
    given = text(value)
    scheme, _, rest = given.partition(":")
    if scheme in ("maildir", "sendmail"):
        if scheme == "maildir" and not rest.removeprefix("//"):
            raise ValueError('wants a folder after "maildir:"')
        if scheme == "sendmail" and rest and not re.fullmatch(r"/[^/].*", rest):
            raise ValueError('wants "sendmail:" or "sendmail:/PATH/TO/PROGRAM"')
        return given
    if scheme not in ("smtp", "smtps", "lmtp"):
        raise ValueError(
            'wants "smtp://HOST", "smtps://HOST", "lmtp://HOST", "lmtp:///SOCKET", "sendmail:" or '
            '"maildir:FOLDER"'
        )
    parts = server_url(given)
    if parts is None or not _is_relay(parts):
        raise ValueError(f'wants "{scheme}://[USER:PASSWORD@]HOST[:PORT]"{advice(given)}')
    return given


def _is_relay(parts: SplitResult) -> bool:
    """Return whether a URL has a host and no path, or, for LMTP, a socket's path and no host."""
    if parts.hostname:
        return is_host(parts.hostname) and not parts.path.strip("/")
    return parts.scheme == "lmtp" and not parts.netloc and bool(parts.path.strip("/"))


def bounces(value: object) -> str:
    """Return an IMAP URL or a path to read bounces from, or an empty text."""
    given = optional_text(value)
    if not re.match(r"imaps?:", given, re.IGNORECASE) and not re.search(r"://|:.*@", given):
        return given
    parts = server_url(given)
    if parts is None or parts.scheme not in ("imap", "imaps") or not is_host(parts.hostname):
        raise ValueError(
            f'wants a folder, a file or "imaps://USER:PASSWORD@HOST/FOLDER"{advice(given)}'
        )
    return f"{parts.scheme}{given[len(parts.scheme) :]}"
