"""A mail server on 127.0.0.1 that speaks real SMTP and keeps what it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class _Controller(Controller):
    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd types some only


class Keeper:
    """Takes every message as it comes."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.port = 0

    async def handle_DATA(  # noqa: N802  (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take one."""
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        return "250 taken"


@contextmanager
def mail_server(**options: Any) -> Iterator[Keeper]:
    """Run one; `options` are aiosmtpd's."""
    keeper = Keeper()
    controller = _Controller(keeper, hostname="127.0.0.1", port=0, **options)
    controller.start()
    keeper.port = controller.port
    try:
        yield keeper
    finally:
        controller.stop()
