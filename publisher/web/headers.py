"""What every answer of the server has around it: headers that keep readers safe, and a log line.

A log line names the route, never the address asked for: that may hold a reader's token, or what
somebody typed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Pages need a stylesheet and an icon, and send their forms here; nothing else is let in.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
#: The web's copies of mails have their styles in their tags, as mails must.
_MAIL_POLICY = _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
#: The page about feeds copies addresses by a script of its own.
_SCRIPT_POLICY = f"{_POLICY}; script-src 'self'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # An address may hold a token: nobody else is to see it.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}
#: RFC 6797: two years, as browsers' preload lists want it.
_HSTS = "max-age=63072000"

#: Takes what is worth a line, as names and values.
Log = Callable[[Mapping[str, object]], None]


class Safe:
    """Wraps an application: sets headers, has a line logged for each answer."""

    def __init__(self, app: ASGIApp, *, log: Log) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _set(MutableHeaders(scope=message), scope)
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            self._log(
                {
                    "event": "answered",
                    "method": scope["method"],
                    "route": getattr(scope.get("route"), "path", None) or scope.get("served", ""),
                    "status": status,
                    "ms": round((time.perf_counter() - started) * 1000, 1),
                }
            )


def _set(headers: MutableHeaders, scope: Scope) -> None:
    headers["Content-Security-Policy"] = _policy(scope["path"])
    for name, value in _HEADERS.items():
        headers[name] = value
    if scope["scheme"] == "https":  # a proxy that is trusted said so
        headers["Strict-Transport-Security"] = _HSTS


def _policy(path: str) -> str:
    if path.endswith("/email.html"):
        return _MAIL_POLICY
    return _SCRIPT_POLICY if path.startswith("/feeds/") else _POLICY
