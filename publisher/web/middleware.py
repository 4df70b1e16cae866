"""Security headers and a log line for each response.

A log line has the route, never the requested address, which may contain a reader's token or what
somebody typed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from publisher.event_log import log_error

_LOG = logging.getLogger(__name__)

#: Pages need a stylesheet and an icon, and send their forms here; nothing else is allowed.
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
_HSTS = (b"strict-transport-security", b"max-age=63072000")

_RawHeaders = list[tuple[bytes, bytes]]
#: Writes one log line, given as names and values.
Log = Callable[[Mapping[str, object]], None]


class SecurityHeaders:
    """Wraps an application: adds security headers, and logs each response."""

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
                message["headers"] = [*message.get("headers", ()), *_security_headers(scope)]
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:
            log_error(_LOG, "request failed", error, route=route_of(scope))
            raise
        finally:
            self._log(
                {
                    "event": "answered",
                    "method": scope["method"],
                    "route": route_of(scope),
                    "status": status,
                    "ms": round((time.perf_counter() - started) * 1000, 1),
                }
            )


def route_of(scope: Scope) -> str:
    """Return the route of a request, to log in place of its address; empty for none."""
    return str(getattr(scope.get("route"), "path", None) or scope.get("served", ""))


def _security_headers(scope: Scope) -> _RawHeaders:
    """Return the security headers of a response; no application sets them itself."""
    path = scope["path"]
    if path.endswith("/email.html"):
        headers = _MAILS_HEADERS
    else:
        headers = _FEEDS_HEADERS if path.startswith("/feeds/") else _PAGES_HEADERS
    # A proxy that is trusted says which scheme it is.
    return [*headers, _HSTS] if scope["scheme"] == "https" else headers


def _raw_headers(policy: str) -> _RawHeaders:
    headers = {"Content-Security-Policy": policy, **_HEADERS}
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


_PAGES_HEADERS, _FEEDS_HEADERS, _MAILS_HEADERS = (
    _raw_headers(_POLICY),
    _raw_headers(_SCRIPT_POLICY),
    _raw_headers(_MAIL_POLICY),
)
