"""The server: out/, and the pages for sign-up, confirmation, preferences and unsubscribing.

They are plain forms without script or cookie. GET changes nothing, since mail scanners and
browsers follow links by themselves; POST does what its token or its address allows.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.errors import PublisherError
from publisher.event_log import log_error
from publisher.render.subscription_contexts import ConfirmView, JoinView, LeaveView
from publisher.render.subscription_pages import SubscriptionPages
from publisher.site.http_metadata import Hosting
from publisher.storage.database import Database
from publisher.storage.plans import CADENCES, EACH
from publisher.storage.tables import seconds
from publisher.subscribers import preferences, signup
from publisher.subscribers.preferences import ONE_CLICK, PAGE, Leaving, Left, Reader
from publisher.subscribers.signup import ONCE, Asked, Confirmation, Joining, Limits
from publisher.subscribers.signup import Link as LinkState
from publisher.subscribers.tokens import Keys, Purpose
from publisher.web.accept_language import accepted_languages, match_language
from publisher.web.batcher import Batcher
from publisher.web.forms import form_fields
from publisher.web.middleware import Log, SecurityHeaders, route_of
from publisher.web.static_files import Files

_LOG = logging.getLogger(__name__)

#: Nobody types an address faster than that. A form is valid for `ONCE`, the time for which used
#: stamps are remembered.
_QUICKEST = timedelta(seconds=2)
#: Whatever is below these is the dynamic's; all the rest is files.
_SUBSCRIPTION_PATHS = ("healthz", "subscribe", "confirm", "unsubscribe", "manage")
_PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


def _random() -> int:
    return secrets.randbits(64)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    """What the server's routes use."""

    database: Database
    keys: Keys
    #: The pages by interface language, the newsletter's own first.
    pages: dict[str, SubscriptionPages]
    limits: Limits
    #: The newsletter's languages, if there is a choice.
    languages: tuple[str, ...]
    #: The path prefix of all routes: `/`, mostly.
    root: str
    out: Path
    hosting: Hosting
    clock: Callable[[], datetime]
    #: Called when there is a confirmation mail to send.
    wake: Callable[[], None]
    log: Log
    #: Returns 64 bits that make a form's stamp unique.
    nonce: Callable[[], int] = _random


def app(context: WebContext) -> ASGIApp:
    """Return the ASGI application."""
    pages = _Pages(context)
    files = Files(context.out, context.hosting)

    async def missing(request: Request, error: Exception) -> Response:
        del error
        return await files.missing(request.scope)

    async def not_allowed(request: Request, error: Exception) -> Response:
        # Starlette names the methods of the first route at this path (RFC 9110 10.2.1: of all).
        del error
        there = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
        allowed = sorted({method for route in there for method in route.methods or ()})
        words = "Method Not Allowed\n"
        return PlainTextResponse(words, 405, headers={"Allow": ", ".join(allowed)})

    routes = [
        Route("/healthz", pages.health),
        Route("/subscribe", pages.join, methods=["GET"]),
        Route("/subscribe", pages.ask, methods=["POST"]),
        Route("/confirm/{token}", pages.confirmation, methods=["GET"]),
        Route("/confirm/{token}", pages.confirm, methods=["POST"]),
        Route("/unsubscribe/{token}", pages.subscription, methods=["GET"]),
        Route("/unsubscribe/{token}", pages.leave, methods=["POST"]),
        Route("/manage/{token}", pages.subscription, methods=["GET"]),
        Route("/manage/{token}", pages.change, methods=["POST"]),
        Route("/manage/{token}/undo", pages.subscription, methods=["GET"]),
        Route("/manage/{token}/undo", pages.undo, methods=["POST"]),
        Route("/{path:path}/", _without_slash, methods=["GET", "POST"]),
    ]
    dynamic = Starlette(
        routes=routes,
        exception_handlers={
            PublisherError: _unavailable, Exception: _server_error, 404: missing, 405: not_allowed,
        },
    )  # fmt: skip
    # Starlette would redirect to an address that leaves out what a proxy puts before.
    dynamic.router.redirect_slashes = False

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        # Not a route of Starlette's: with all it does around one, half as many polls are answered.
        is_dynamic = scope["type"] != "http" or _first_segment(scope["path"]) in _SUBSCRIPTION_PATHS
        await (dynamic if is_dynamic else files)(scope, receive, send)

    return SecurityHeaders(
        dispatch, log=context.log
    )  # around Starlette's own answer to a fault, too


def _first_segment(path: str) -> str:
    """Return the first segment of a path."""
    return path[1:].partition("/")[0]


async def _without_slash(request: Request) -> Response:
    name = request.path_params["path"].rpartition("/")[2]
    query = request.url.query
    # Also a form that posts there (RFC 9110 15.4.9).
    return RedirectResponse(f"../{name}{'?' if query else ''}{query}", 308)


async def _unavailable(request: Request, error: Exception) -> Response:
    # The details are for the operator: they are in the log and in `publisher status`.
    log_error(_LOG, "request failed", error, route=route_of(request.scope))
    return PlainTextResponse("Not now, please try again in a minute.\n", 503)


async def _server_error(_: Request, error: Exception) -> Response:
    del error
    return PlainTextResponse("Something is wrong here; nothing was changed.\n", 500)


class _Pages:
    def __init__(self, context: WebContext) -> None:
        self._context = context
        self._joining: Batcher[Joining, Asked] = Batcher(
            lambda requests: signup.request_signups(
                context.database, context.keys, requests, limits=context.limits, now=context.clock()
            )
        )
        self._leaving: Batcher[Leaving, Left] = Batcher(
            lambda requests: preferences.leave_list(
                context.database, context.keys, requests, context.clock()
            )
        )

    # --- Joining --------------------------------------------------------------------------

    async def join(self, request: Request) -> Response:
        return self._join(self._language(request), "open")

    async def ask(self, request: Request) -> Response:
        form = await form_fields(request)
        language = self._language(request, form)
        address = form.get("email", "").strip()
        wanted = form.get("language")
        if wanted not in ("", *self._context.languages):
            wanted = self._wanted(language)
        if form.get("website"):  # no person sees that field
            return self._join(language, "asked")
        stamp = self._context.keys.read_link(Purpose.form, form.get("stamp", ""))
        age = seconds(self._context.clock()) - stamp[0] if stamp else -1
        if stamp is None or not _QUICKEST.total_seconds() <= age < ONCE.total_seconds():
            # Who pressed the button too soon may press it again at once.
            kept = stamp if 0 <= age < ONCE.total_seconds() else None
            return self._join(language, "again", address, wanted, stamp=kept)
        host = request.client.host if request.client else ""
        joining = Joining(
            typed=address, language=language, wanted=wanted, network=signup.find_network(host),
            stamp=stamp,
        )  # fmt: skip
        asked = await self._joining.submit(joining)
        if asked is Asked.taken:
            return self._join(language, "asked", wake=True)
        status = {Asked.invalid: 422, Asked.busy: 429}.get(asked, 200)
        return self._join(language, asked.value, address, wanted, status=status)

    def _join(
        self,
        language: str,
        state: str,
        address: str = "",
        wanted: str | None = None,
        *,
        stamp: tuple[int, int] | None = None,
        status: int = 200,
        wake: bool = False,
    ) -> Response:
        # A form of another site has no stamp; the page that it gets has one.
        stamp = stamp or (seconds(self._context.clock()), self._context.nonce())
        view = JoinView(
            state=state,
            action=f"{self._context.root}subscribe",
            address=address,
            stamp=self._context.keys.link(Purpose.form, *stamp),
            languages=self._context.languages,
            language=self._wanted(language) if wanted is None else wanted,
        )
        # After the response: making mails must not slow it down for some people only.
        after = BackgroundTask(self._context.wake) if wake else None
        page = self._context.pages[language].join(view)
        return HTMLResponse(page, status, headers=_PRIVATE, background=after)

    def _wanted(self, language: str) -> str:
        """Return the language of issues that matches a page's; empty for all."""
        return match_language([language], self._context.languages) or ""

    # --- Confirming -----------------------------------------------------------------------

    async def confirmation(self, request: Request) -> Response:
        asked = await self._confirmation(signup.read_confirmation, request)
        # A confirmation that was done already is shown by its POST, with the next links.
        state = LinkState.void if asked.link is LinkState.void else LinkState.open
        return self._confirm(request, self._language(request, {}, asked.language), state, asked)

    async def confirm(self, request: Request) -> Response:
        form = await form_fields(request)
        asked = await self._confirmation(signup.confirm_signup, request)
        return self._confirm(
            request, self._language(request, form, asked.language), asked.link, asked
        )

    async def _confirmation(
        self, action: Callable[[Database, Keys, str, datetime], Confirmation], request: Request
    ) -> Confirmation:
        context, token = self._context, request.path_params["token"]
        return await run_in_threadpool(
            action, context.database, context.keys, token, context.clock()
        )

    def _confirm(
        self, request: Request, language: str, state: LinkState, asked: Confirmation
    ) -> Response:
        root, manage_href = self._context.root, ""
        if state is LinkState.done and asked.row:
            manage = self._context.keys.link(Purpose.leave, asked.row.id, asked.row.epoch)
            manage_href = f"{root}manage/{manage}?lang={language}"
        view = ConfirmView(
            state=state.value,
            action=f"{root}confirm/{request.path_params['token']}"
            if state is LinkState.open
            else "",
            manage_href=manage_href,
            join_href=f"{root}subscribe?lang={language}",
        )
        status = 410 if state is LinkState.void else 200
        page = self._context.pages[language].confirm(view)
        return HTMLResponse(page, status, headers=_PRIVATE)

    # --- Leaving and choosing -------------------------------------------------------------

    async def subscription(self, request: Request) -> Response:
        reader = await self._reader(request)
        return self._subscription(request, {}, reader, "gone" if _is_gone(reader) else "open")

    async def leave(self, request: Request) -> Response:
        token = request.path_params["token"]
        form = await form_fields(request)
        by_hand = "lang" in form  # a mail program sends one field of its own (RFC 8058 3.2)
        left = await self._leaving.submit(Leaving(token, PAGE if by_hand else ONE_CLICK))
        if not by_hand:
            void = left is Left.void
            return PlainTextResponse("no such link\n" if void else "ok\n", 410 if void else 200)
        state = "left" if left is Left.now else "gone"
        return self._subscription(request, form, await self._reader(request), state)

    async def undo(self, request: Request) -> Response:
        form = await form_fields(request)
        context, token = self._context, request.path_params["token"]
        reader, is_back = await run_in_threadpool(
            preferences.undo_leaving, context.database, context.keys, token, context.clock()
        )
        state, status = ("back", 200) if is_back else ("late", 410)
        return self._subscription(request, form, reader, state, status)

    async def change(self, request: Request) -> Response:
        context, token = self._context, request.path_params["token"]
        form = await form_fields(request)
        language, cadence = form.get("language", ""), form.get("cadence", EACH)
        if cadence not in CADENCES or language not in ("", *context.languages):
            raise HTTPException(422)
        reader, changed = await run_in_threadpool(
            preferences.change_preferences, context.database, context.keys, token,
            language=language, cadence=cadence, now=context.clock(),
        )  # fmt: skip
        if changed:
            return self._subscription(request, form, reader, "saved")
        state = "gone" if _is_gone(reader) else "void"
        return self._subscription(request, form, reader, state, 410)

    async def _reader(self, request: Request) -> Reader | None:
        context, token = self._context, request.path_params["token"]
        return await run_in_threadpool(
            preferences.find_reader, context.database, context.keys, token, context.clock()
        )

    def _subscription(
        self,
        request: Request,
        form: dict[str, str],
        reader: Reader | None,
        state: str,
        status: int = 200,
    ) -> Response:
        if reader is None:
            state, status = "void", 410
        # What they get, else what they asked for it in.
        known = (reader.row.language, reader.asked_in) if reader else ()
        language = self._language(request, form, *known)
        view = self._view(request.path_params["token"], language, reader, state)
        page = self._context.pages[language].leave(view)
        return HTMLResponse(page, status, headers=_PRIVATE)

    def _view(self, token: str, language: str, reader: Reader | None, state: str) -> LeaveView:
        root, row = self._context.root, reader.row if reader else None
        shown = row is not None and state in ("open", "saved", "back")
        may_change = row is not None and preferences.may_change(row, self._context.keys, token)
        may_undo = reader is not None and reader.may_undo
        return LeaveView(
            state=state,
            reader=_masked_address(row.address) if row and shown else "",
            leave_action=f"{root}unsubscribe/{token}" if shown else "",
            manage_action=f"{root}manage/{token}" if shown and may_change else "",
            undo_action=f"{root}manage/{token}/undo" if may_undo else "",
            join_href=f"{root}subscribe?lang={language}",
            languages=self._context.languages,
            language=row.language if row else "",
            cadence=row.cadence if row else EACH,
        )

    # --- The rest -------------------------------------------------------------------------

    async def health(self, _: Request) -> Response:
        await run_in_threadpool(self._context.database.ping)
        return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})

    def _language(self, request: Request, form: dict[str, str] | None = None, *known: str) -> str:
        """Return the page's language: requested, the reader's, the browser's or the default."""
        pages = self._context.pages
        wanted = (form or {}).get("lang") or request.query_params.get("lang", "")
        if wanted in pages:
            return wanted
        tags = [tag for tag in known if tag]
        tags += accepted_languages(request.headers.get("accept-language", ""))
        return match_language(tags, pages) or next(iter(pages))


def _is_gone(reader: Reader | None) -> bool:
    return reader is not None and reader.is_gone


def _masked_address(address: str) -> str:
    """Return an address that its owner recognises and that tells nobody else the local part."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
