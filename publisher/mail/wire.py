"""STUB until branch `wire` is merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from publisher.mail.relay import Reply


@dataclass(frozen=True, slots=True)
class Message:
    sender: str
    recipient: str
    name: str
    size: int
    pieces: Sequence[bytes]
    needs_stuffing: bool


class Work(Protocol):
    def take(self) -> Message | None: ...
    async def wait(self) -> bool: ...
    def commits(self, message: Message) -> None: ...
    def ended(self, message: Message, reply: Reply) -> None: ...
