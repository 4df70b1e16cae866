"""Passwords in texts that are shown: errors, logs, tracebacks.

This is the last line of defence. Settings refuse URLs that libraries read in different ways, and
our own errors name host and port. What others say may still repeat a URL.
"""

from __future__ import annotations

import re
from urllib.parse import quote, quote_plus, unquote

MASK = "***"
#: A shorter text is in many words by chance, and to nobody's harm.
_SHORTEST = 3
#: What we ourselves write where a password belongs, and a port before what a server said.
_NO_PASSWORD = r"(?!PASSWORD@|\d+:\s)"  # noqa: S105  (a pattern)
_SCHEMES = r"\b(?i:smtps?|lmtp|imaps?|postgres(?:ql)?(?:\+\w+)?|https?|socks\w*):/?(?!/)"
_BEFORE_IN_URL = rf"(?:://|{_SCHEMES})[^\s:/]*:{_NO_PASSWORD}"
_BEFORE_IN_WORD = rf"""(?<=[^\s:/@'"]):(?!//){_NO_PASSWORD}"""
_NAMES = r"\w*(?:passw(?:or)?d|passphrase|secret|token|api_?key)"
#: `password=…` in a query, in a libpq string or in a shell: it ends where the next name begins.
_IN_PAIR = rf"(?im)(\b{_NAMES}\s*=\s*)(?:'(?:[^'\\]|\\.)*'|\S.*?(?=\s\w+\s*=|[&;]\w+=|$))"
#: `'password': '…'` in Python's or JSON's notation.
_IN_DICT = rf"""(?i)(['"]{_NAMES}['"]:\s*)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""


def masked(text: str, *secrets: str) -> str:
    """Return a text in which nobody can read a URL's password, nor any of these secrets.

    A secret is also looked for percent-encoded and decoded.
    """
    for secret in sorted(_forms(secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    if ":" in text and "@" in text:
        # A password ends at the last @, whatever stands in it: better too much is hidden than
        # too little. Only behind a scheme may it hold white space.
        text = re.sub(r".*@", lambda line: _without(line[0], _BEFORE_IN_URL), text)
        text = re.sub(r"\S+", lambda word: _without(word[0], _BEFORE_IN_WORD), text)
    if "=" in text:
        text = re.sub(_IN_PAIR, rf"\1{MASK}", text)
    return re.sub(_IN_DICT, rf"\1'{MASK}'", text) if "'" in text or '"' in text else text


def _without(part: str, before: str) -> str:
    """Return a part of a text without what stands between the pattern `before` and the last @."""
    head, at, tail = part.rpartition("@")
    begin = re.search(before, f"{head}@") if at else None
    return f"{head[: begin.end()]}{MASK}@{tail}" if begin else part


def _forms(secrets: tuple[str, ...]) -> set[str]:
    forms = {
        form
        for secret in secrets
        for form in (secret, unquote(secret), quote(secret, safe=""), quote_plus(secret))
    }
    return {form for form in forms if len(form) >= _SHORTEST}
