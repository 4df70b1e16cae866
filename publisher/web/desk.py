"""The server: out/, and the pages where people join, confirm, choose and leave.

They are plain forms without script or cookie. GET changes nothing, since mail scanners and
browsers follow links by themselves; POST does what its token or its address allows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.audience.tokens import Keys, Purpose
from publisher.errors import PublisherError
from publisher.publishing import joining
from publisher.publishing.joining import Asked, Joining, Leaving, Limits
from publisher.publishing.joining import Link as LinkState
from publisher.render.desk import Desk
from publisher.render.views import ConfirmView, JoinView, LeaveView
from publisher.site.hosting import Hosting
from publisher.storage.database import Database
from publisher.storage.plans import CADENCES, EACH
from publisher.storage.subscribers import UNSUBSCRIBED, SubscriberRow
from publisher.storage.tables import seconds
from publisher.web.batching import Batching
from publisher.web.files import Files
from publisher.web.headers import Log, Safe

#: A form holds an address and some words: no honest one is longer.
_LONGEST_BODY = 16_384
_MOST_FIELDS = 20
#: How long a body may take to come, in seconds.
_PATIENCE = 10.0
#: Nobody types an address faster than that, and no page is open for longer.
_QUICKEST, _OLDEST = timedelta(seconds=2), timedelta(days=1)
#: Whatever is below these is the desk's; all the rest is files.
_OF_THE_DESK = ("healthz", "subscribe", "confirm", "unsubscribe", "manage")
_PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What the server works with."""

    database: Database
    keys: Keys
    #: By interface language, the newsletter's own first.
    desks: dict[str, Desk]
    limits: Limits
    #: The newsletter's, when there is a choice.
    languages: tuple[str, ...]
    #: The path before all of the server's: `/`, mostly.
    root: str
    out: Path
    hosting: Hosting
    clock: Callable[[], datetime]
    #: Called when there is a mail to send.
    wake: Callable[[], None]
    log: Log


def app(counter: Counter) -> ASGIApp:
    """Make the application."""
    pages = _Pages(counter)
    files = Files(counter.out, counter.hosting)

    async def missing(request: Request, error: Exception) -> Response:
        del error
        return await files.missing(request.scope)

    desk = Starlette(
        routes=[
            Route("/healthz", pages.health),
            Route("/subscribe", pages.join, methods=["GET"]),
            Route("/subscribe", pages.ask, methods=["POST"]),
            Route("/confirm/{token}", pages.confirmation, methods=["GET"]),
            Route("/confirm/{token}", pages.confirm, methods=["POST"]),
            Route("/unsubscribe/{token}", pages.subscription, methods=["GET"]),
            Route("/unsubscribe/{token}", pages.leave, methods=["POST"]),
            Route("/manage/{token}", pages.subscription, methods=["GET"]),
            Route("/manage/{token}", pages.change, methods=["POST"]),
            Route("/{path:path}/", _without_slash, methods=["GET", "POST"]),
        ],
        exception_handlers={PublisherError: _trouble, Exception: _fault, 404: missing},
    )
    # Starlette would redirect to an address that leaves out what a proxy puts before.
    desk.router.redirect_slashes = False

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        # Not a route of Starlette's: with all it does around one, half as many polls are answered.
        its = scope["type"] != "http" or _first(scope["path"]) in _OF_THE_DESK
        await (desk if its else files)(scope, receive, send)

    return Safe(front, log=counter.log)  # around Starlette's own answer to a fault, too


def _first(path: str) -> str:
    """Give the first part of a path."""
    return path[1:].partition("/")[0]


async def _without_slash(request: Request) -> Response:
    name = request.path_params["path"].rpartition("/")[2]
    query = request.url.query
    # Also a form that posts there (RFC 9110 15.4.9).
    return RedirectResponse(f"../{name}{'?' if query else ''}{query}", 308)


async def _trouble(_: Request, error: Exception) -> Response:
    # What it says is for whoever runs the server: `publisher status` says it there.
    del error
    return PlainTextResponse("Not now, please try again in a minute.\n", 503)


async def _fault(_: Request, error: Exception) -> Response:
    del error
    return PlainTextResponse("Something is wrong here; nothing was changed.\n", 500)


class _Pages:
    def __init__(self, counter: Counter) -> None:
        self._its = counter
        self._joining: Batching[Joining, Asked] = Batching(
            lambda wishes: joining.ask(
                counter.database, wishes, limits=counter.limits, now=counter.clock()
            )
        )
        self._leaving: Batching[Leaving, bool] = Batching(
            lambda wishes: joining.leave(counter.database, counter.keys, wishes, counter.clock())
        )

    # --- Joining --------------------------------------------------------------------------

    async def join(self, request: Request) -> Response:
        return self._join(self._desk(request), "open")

    async def ask(self, request: Request) -> Response:
        form = await _form(request)
        desk = self._desk(request, form)
        address = form.get("email", "").strip()
        if form.get("website"):  # no person sees that field
            return self._join(desk, "asked")
        if not self._is_timely(form.get("stamp", "")):
            return self._join(desk, "again", address)
        language = next(tag for tag, each in self._its.desks.items() if each is desk)
        host = request.client.host if request.client else ""
        wish = Joining(address, language, joining.network_of(host))
        asked = await self._joining.do(wish)
        if asked is Asked.invalid:
            return self._join(desk, "invalid", address, status=422)
        if asked is Asked.busy:
            return self._join(desk, "busy", status=429)
        self._its.wake()
        return self._join(desk, "asked")

    def _join(self, desk: Desk, state: str, address: str = "", *, status: int = 200) -> Response:
        # A form of another site has no stamp; the one it gets here has.
        now = seconds(self._its.clock())
        view = JoinView(
            state=state,
            action=f"{self._its.root}subscribe",
            address=address,
            stamp=self._its.keys.link(Purpose.form, now, 0),
        )
        return HTMLResponse(desk.join(view), status, headers=_PRIVATE)

    def _is_timely(self, stamp: str) -> bool:
        found = self._its.keys.read_link(Purpose.form, stamp)
        if found is None:
            return False
        age = seconds(self._its.clock()) - found[0]
        return _QUICKEST.total_seconds() <= age <= _OLDEST.total_seconds()

    # --- Confirming -----------------------------------------------------------------------

    async def confirmation(self, request: Request) -> Response:
        token = request.path_params["token"]
        state = await run_in_threadpool(
            joining.confirmable, self._its.database, self._its.keys, token, self._its.clock()
        )
        if state is LinkState.done:  # its POST says where to go on
            state = LinkState.open
        return self._confirm(self._desk(request), token, state.value)

    async def confirm(self, request: Request) -> Response:
        token = request.path_params["token"]
        desk = self._desk(request, await _form(request))
        row = await run_in_threadpool(
            joining.confirm, self._its.database, self._its.keys, token, self._its.clock()
        )
        if row is None:
            return self._confirm(desk, token, "void")
        manage = self._its.keys.link(Purpose.leave, row.id, row.epoch)
        return self._confirm(desk, token, "done", f"{self._its.root}manage/{manage}")

    def _confirm(self, desk: Desk, token: str, state: str, manage_href: str = "") -> Response:
        view = ConfirmView(
            state=state,
            action=f"{self._its.root}confirm/{token}" if state == "open" else "",
            manage_href=manage_href,
            join_href=f"{self._its.root}subscribe",
        )
        status = 410 if state == "void" else 200
        return HTMLResponse(desk.confirm(view), status, headers=_PRIVATE)

    # --- Leaving and choosing -------------------------------------------------------------

    async def subscription(self, request: Request) -> Response:
        token = request.path_params["token"]
        row = await run_in_threadpool(joining.reader_of, self._its.database, self._its.keys, token)
        state = "left" if row and row.status == UNSUBSCRIBED else "open"
        return self._subscription(self._desk(request), token, row, state)

    async def leave(self, request: Request) -> Response:
        token = request.path_params["token"]
        form = await _form(request)
        by_hand = "lang" in form  # a mail program sends one field of its own (RFC 8058 3.2)
        known = await self._leaving.do(Leaving(token, "page" if by_hand else "one-click"))
        if not by_hand:
            return PlainTextResponse("ok\n" if known else "no such link\n", 200 if known else 410)
        desk = self._desk(request, form)
        view = self._view(token, None, "left" if known else "void")
        return HTMLResponse(desk.leave(view), 200 if known else 410, headers=_PRIVATE)

    async def change(self, request: Request) -> Response:
        token = request.path_params["token"]
        form = await _form(request)
        language, cadence = form.get("language", ""), form.get("cadence", EACH)
        if cadence not in CADENCES or language not in ("", *self._its.languages):
            raise HTTPException(422)
        row = await run_in_threadpool(
            joining.change, self._its.database, self._its.keys, token, language=language,
            cadence=cadence,
        )  # fmt: skip
        return self._subscription(self._desk(request, form), token, row, "saved")

    def _subscription(
        self, desk: Desk, token: str, row: SubscriberRow | None, state: str
    ) -> Response:
        view = self._view(token, row, state if row else "void")
        return HTMLResponse(desk.leave(view), 200 if row else 410, headers=_PRIVATE)

    def _view(self, token: str, row: SubscriberRow | None, state: str) -> LeaveView:
        root, keys = self._its.root, self._its.keys
        open_ = row is not None and state in ("open", "saved")
        may_change = row is not None and joining.may_change(row, keys, token)
        return LeaveView(
            state=state,
            reader=_masked(row.address) if row and open_ else "",
            leave_action=f"{root}unsubscribe/{token}" if open_ else "",
            manage_action=f"{root}manage/{token}" if open_ and may_change else "",
            join_href=f"{root}subscribe",
            languages=self._its.languages,
            language=row.language if row else "",
            cadence=row.cadence if row else EACH,
        )

    # --- The rest -------------------------------------------------------------------------

    async def health(self, _: Request) -> Response:
        await run_in_threadpool(self._its.database.ping)
        return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})

    def _desk(self, request: Request, form: dict[str, str] | None = None) -> Desk:
        """Choose the page's language: what was asked for, the browser's, the newsletter's."""
        desks = self._its.desks
        wanted = (form or {}).get("lang") or request.query_params.get("lang", "")
        if wanted in desks:
            return desks[wanted]
        for tag in _accepted(request.headers.get("accept-language", "")):
            for language, desk in desks.items():
                if tag.partition("-")[0] == language.partition("-")[0].lower():
                    return desk
        return next(iter(desks.values()))


def _accepted(header: str) -> list[str]:
    """Give the languages a browser asks for, the best first (RFC 9110 12.5.4)."""
    found = []
    for part in header.lower().split(",")[:_MOST_FIELDS]:
        tag, _, weight = part.partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            quality = 0.0
        if quality > 0:
            found.append((-quality, tag.strip()))
    return [tag for _, tag in sorted(found, key=lambda each: each[0])]


def _masked(address: str) -> str:
    """Give an address that its reader knows again, and nobody else learns."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


async def _form(request: Request) -> dict[str, str]:
    """Read a form (application/x-www-form-urlencoded), of which no honest one is long or slow."""
    body = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            async for part in request.stream():
                body += part
                if len(body) > _LONGEST_BODY:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise HTTPException(413) from None
    return dict(pairs)
