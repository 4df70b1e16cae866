"""The server of `publisher preview`: shows an issue's mail to one person, on this machine."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

import jinja2
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from watchfiles import awatch

from publisher.commands.preview import Preview
from publisher.errors import NotFoundError, PublisherError

_HERE = Path(__file__).parent
#: The colour scheme of a frame is set here: the browser has one for all frames.
_DARK_RULE = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")
_SOURCE_SHOWN = 6_000
#: The host names of this machine in its own browser.
_NAMES = ("127.0.0.1", "localhost", "[::1]")
_HTTP_PORT = 80

EXPLAINED = {
    "From": "Who it is from. Its domain is the one SPF, DKIM and DMARC are about.",
    "Reply-To": "Where answers go.",
    "To": "The one recipient: nobody sees another's address.",
    "Subject": "What the list of mails shows; a digest may give its own.",
    "Date": "When the mail was planned, the same for all (RFC 5322).",
    "Message-ID": "The same for this issue and recipient whenever it is made: a repeat is seen.",
    "List-Id": "The list's name for filters; never change it (RFC 2919).",
    "List-Unsubscribe": "Where the mail program's own unsubscribe button leads (RFC 2369).",
    "List-Unsubscribe-Post": "That one click is enough: the page asks nothing more (RFC 8058).",
    "List-Help": "Where one asks how the list works (RFC 2369).",
    "List-Subscribe": "Where one joins (RFC 2369).",
    "List-Owner": "Who runs the list (RFC 2369).",
    "List-Archive": "Where all issues are (RFC 2369).",
    "List-Post": "That nobody can write to the list (RFC 2369).",
    "Archived-At": "This issue on the web (RFC 5064).",
    "Feedback-ID": "What Gmail counts complaints by: issue, list, kind, sender.",
    "Precedence": "That it goes to a list: out-of-office answers stay away.",
    "Auto-Submitted": "That a program sent it (RFC 3834).",
    "DKIM-Signature": "Proof that the domain sent it and nobody changed it (RFC 6376).",
    "MIME-Version": "That it has parts (RFC 2045).",
    "Content-Type": "Plain text first, HTML last: the mail program shows the last it can.",
}


def app(
    load: Callable[[str], Preview],
    slugs: Callable[[], list[str]],
    watched: list[Path],
    limit: int,
    port: int,
) -> ASGIApp:
    """Return the application: `load` returns the preview of a slug, or raises PublisherError.

    `limit` is the largest size of the HTML in bytes; pages reload when a `watched` path changes.
    """
    pages = _Pages(load, slugs, watched, limit)
    served = Starlette(
        routes=[
            Route("/", pages.home),
            Route("/changes", pages.changes),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
            Route("/{slug}", pages.show),
            Route("/{slug}/mail.html", pages.html),
            Route("/{slug}/mail.eml", pages.message),
        ],
        exception_handlers={PublisherError: pages.error_page},
    )
    return _LocalOnly(served, port)


class _LocalOnly:
    """Wraps an application: answers only this machine's browser, and no page of another site.

    Any site can have a name that resolves to 127.0.0.1 (DNS rebinding), so that its pages could
    read what is served here: the Host header is checked against that. The Origin header is checked
    against requests of other sites' pages.
    """

    def __init__(self, served: ASGIApp, port: int) -> None:
        self._served = served
        hosts = [f"{name}:{port}" for name in _NAMES]
        if port == _HTTP_PORT:  # which browsers leave out
            hosts += _NAMES
        self._hosts = {host.encode() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "lifespan" or self._is_ours(scope["headers"]):
            await self._served(scope, receive, send)
        else:
            refusal = PlainTextResponse(
                "Open the preview by its own address, on this machine.\n", 403
            )
            await refusal(scope, receive, send)

    def _is_ours(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Return whether a request has exactly one Host, ours, and no Origin of another site."""
        named = [value.lower() for name, value in headers if name == b"host"]
        origins = [value.lower() for name, value in headers if name == b"origin"]
        return (
            len(named) == 1
            and named[0] in self._hosts
            and all(origin.removeprefix(b"http://") in self._hosts for origin in origins)
        )


class _Pages:
    def __init__(
        self,
        load: Callable[[str], Preview],
        slugs: Callable[[], list[str]],
        watched: list[Path],
        limit: int,
    ) -> None:
        self._load = load
        self._slugs = slugs
        self._watched = watched
        self._limit = limit
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
        )

    def _page(self, name: str, status: int = 200, **context: object) -> HTMLResponse:
        html = self._templates.get_template(name).render(context)
        return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})

    async def error_page(self, _: Request, error: Exception) -> Response:
        return self._page("trouble.html", 404, message=str(error))

    async def home(self, _: Request) -> Response:
        slugs = await run_in_threadpool(self._slugs)
        if not slugs:
            raise NotFoundError("There is no digest yet.")
        return RedirectResponse(f"/{slugs[-1]}")

    async def _preview(self, request: Request) -> Preview:
        return await run_in_threadpool(self._load, request.path_params["slug"])

    async def show(self, request: Request) -> Response:
        preview = await self._preview(request)
        return self._page(
            "preview.html",
            preview=preview,
            slugs=await run_in_threadpool(self._slugs),
            size=len(preview.html.encode()),
            limit=self._limit,
            explained=EXPLAINED,
            source=preview.message[:_SOURCE_SHOWN].decode("utf-8", "replace"),
        )

    async def html(self, request: Request) -> Response:
        preview = await self._preview(request)
        media = "all" if request.query_params.get("scheme") == "dark" else "not all"
        return HTMLResponse(
            _DARK_RULE.sub(f"@media {media}", preview.html),
            headers={"Cache-Control": "no-store", "Content-Security-Policy": "script-src 'none'"},
        )

    async def message(self, request: Request) -> Response:
        preview = await self._preview(request)
        return Response(preview.message, media_type="message/rfc822")

    async def changes(self, _: Request) -> Response:
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[str]:
        yield "retry: 1000\n\n"
        async for _ in awatch(*self._watched, recursive=True):
            yield "event: changed\ndata:\n\n"
