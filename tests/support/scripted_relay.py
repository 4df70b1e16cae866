"""A relay that misbehaves from a script, and knows exactly which messages it fully accepted."""

from __future__ import annotations

import asyncio
import base64
import re
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

_CHALLENGES = {
    "LOGIN": ("Username:", "Password:"),
    "CRAM-MD5": ("<1896.697170952@postoffice.example.net>",),
}
#: How long a test waits for what has to come, in seconds.
PATIENCE = 20
_T = TypeVar("_T")
_MESSAGE_ID = re.compile(rb"^Message-ID: *(\S+)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Act:
    """What the relay does at a step instead of what is usual."""

    #: Said as it stands, with CRLF behind; nothing when empty.
    says: bytes = b""
    #: At the end of a message: whether it keeps it. None: when what it says begins with a 2.
    keeps: bool | None = None
    #: Hang up then; say nothing more, but read; not even read; begin a reply that never ends.
    cuts: bool = False
    hangs: bool = False
    deaf: bool = False
    trickles: bool = False

    @property
    def silent(self) -> bool:
        """Return whether a client waits in vain."""
        return self.hangs or self.deaf or self.trickles


def says(words: str, *, cuts: bool = False) -> Act:
    """Say this; what is no reply is garbage."""
    return Act(words.encode(), cuts=cuts)


CUT, HANG, DEAF, TRICKLE = Act(cuts=True), Act(hangs=True), Act(deaf=True), Act(trickles=True)
#: At the end of a message: it has it, and nobody learns of it.
KEEP_AND_CUT, KEEP_AND_HANG = Act(keeps=True, cuts=True), Act(keeps=True, hangs=True)


@dataclass(frozen=True, slots=True)
class Rule:
    """When to misbehave.

    Steps are CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, BDAT (hangs up before the message is
    read), BODY (in the middle of a message), END (after the whole of it), RSET and QUIT. AUTH
    is `to` a mechanism.
    """

    step: str
    act: Act
    #: Only for this recipient; of a MAIL nobody knows for whom it is.
    to: str = ""
    #: Passed over so often first, and then done so often, at each such time or every n-th.
    after: int = 0
    times: int | None = 1
    every: int = 1


@dataclass(slots=True)
class Play:
    """A script, and what came of it."""

    rules: Sequence[Rule] = ()
    offers: Sequence[str] = ("PIPELINING", "ENHANCEDSTATUSCODES")
    #: After STARTTLS, and from the start.
    starttls: ssl.SSLContext | None = None
    #: Says 354 to DATA although it took no recipient (RFC 2920 3.1).
    careless: bool = False
    #: How long it takes over a message that it has, before it says so, in seconds.
    pause: float = 0.0
    #: Where replies are cut, in bytes, again and again; whole when empty.
    pieces: Sequence[int] = ()
    #: What opens it, in base64, by mechanism; nothing for whatever is said.
    login: dict[str, list[str]] = field(default_factory=dict)
    #: The Message-IDs of what it has, in order; and every command it heard.
    kept: list[str] = field(default_factory=list)
    #: The messages, as they came.
    taken: list[bytes] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    connections: int = 0
    #: The client has gone, which who does not read cannot notice.
    left: asyncio.Event = field(default_factory=asyncio.Event)
    #: Called again and again while the client waits in vain, from the relay's thread.
    passes_time: Callable[[], None] = lambda: None
    _met: dict[int, int] = field(default_factory=dict)

    def act(self, step: str, recipient: str = "") -> Act | None:
        """Return what to do at a step; None for what is usual."""
        for index, rule in enumerate(self.rules):
            if rule.step != step or (rule.to and rule.to != recipient):
                continue
            met = self._met[index] = self._met.get(index, 0) + 1
            turn, rest = divmod(met - 1 - rule.after, rule.every)
            if turn >= 0 and rest == 0 and (rule.times is None or turn < rule.times):
                return rule.act
        return None


class Misbehaving:
    """The relay: in a thread of its own, one play after the other."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        """Listen at an address, or at a path."""
        self.host = host
        self.port = 0
        self.play = Play()
        self._loop = asyncio.new_event_loop()
        self._talks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._do(self._open())

    @property
    def url(self) -> str:
        """Return it as the setting mail.relay."""
        return f"smtp://{self.host}:{self.port}"

    def begin(self, play: Play) -> Play:
        """Misbehave so from now on."""
        self._do(self._begin(play))
        return play

    def settled(self) -> Play:
        """Return what came of a play, once nobody talks: it reads on after a client left."""
        self._do(self._settled())
        return self.play

    def end(self) -> None:
        """Close for good."""
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _open(self) -> asyncio.Server:
        if self.host.startswith("/"):
            return await asyncio.start_unix_server(self._talk, self.host)
        listener = socket.create_server((self.host, 0))
        # Else a kernel may hold 32 MB for a relay that does not read.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        # asyncio does it only where a socket's protocol is named; each piece would wait 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = await asyncio.start_server(self._talk, sock=listener)
        self.port = listener.getsockname()[1]
        return server

    async def _begin(self, play: Play) -> None:
        self.play = play

    async def _settled(self) -> None:
        self.play.left.set()
        while self._talks:
            await asyncio.wait(self._talks)

    async def _close(self) -> None:
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await self._settled()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        self.play.connections += 1
        try:
            with suppress(OSError, EOFError, _Hung, asyncio.CancelledError):
                await _Talk(self.play, reader, writer).run()
        finally:
            writer.transport.abort()
            self._talks.discard(task)


class _Hung(Exception):  # noqa: N818  (the end of a conversation, as the script wants it)
    pass


class _Talk:
    def __init__(
        self, play: Play, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._play = play
        self._reader = reader
        self._writer = writer
        self._sender: str | None = None
        self._recipient: str | None = None
        self._named = ""

    async def run(self) -> None:
        await self._step("CONNECT", "220 relay.example.org ESMTP")
        while line := await self._reader.readline():
            command = line.decode(errors="replace").rstrip("\r\n")
            self._play.heard.append(command)
            verb, _, rest = command.partition(" ")
            does: Callable[[str], Coroutine[Any, Any, None]] = getattr(
                self, f"_{verb.lower()}", self._unknown
            )
            await does(rest)

    async def _unknown(self, _rest: str) -> None:
        await self._say(b"500 5.5.1 what?")

    async def _ehlo(self, _rest: str) -> None:
        starttls = ["STARTTLS"] if self._play.starttls and not self._secure else []
        lines = ["relay.example.org", *starttls, *self._play.offers]
        marked = [f"250-{each}" for each in lines[:-1]] + [f"250 {lines[-1]}"]
        await self._step("EHLO", "\r\n".join(marked))

    _lhlo = _ehlo

    async def _helo(self, _rest: str) -> None:
        await self._say(b"250 relay.example.org")

    @property
    def _secure(self) -> bool:
        return self._writer.get_extra_info("ssl_object") is not None

    async def _starttls(self, _rest: str) -> None:
        assert self._play.starttls is not None
        if await self._step("STARTTLS", "220 go on"):
            await self._writer.start_tls(self._play.starttls)

    async def _auth(self, rest: str) -> None:
        self._named, _, initial = rest.partition(" ")
        answers = [initial] if initial else []
        answers += [await self._ask(each) for each in _CHALLENGES.get(self._named, ())]
        known = self._play.login
        if known and answers != known.get(self._named):
            if self._named in ("XOAUTH2", "OAUTHBEARER"):
                answers.append(await self._ask('{"status":"400"}'))
            await self._step("AUTH", "535 5.7.8 who is that?")
        else:
            await self._step("AUTH", "235 2.7.0 welcome")

    async def _ask(self, challenge: str) -> str:
        await self._say(b"334 " + base64.b64encode(challenge.encode()))
        answer = (await self._reader.readline()).decode().strip()
        self._play.heard.append(answer)
        return answer

    async def _mail(self, rest: str) -> None:
        self._named = ""
        if self._sender is not None:
            await self._say(b"503 5.5.1 nested MAIL")
        elif await self._step("MAIL", "250 2.1.0 sender ok"):
            self._sender = rest

    async def _rcpt(self, rest: str) -> None:
        self._named = rest.partition("<")[2].partition(">")[0]
        if self._sender is None:
            await self._say(b"503 5.5.1 MAIL first")
        elif await self._step("RCPT", "250 2.1.5 recipient ok"):
            self._recipient = self._named

    async def _data(self, _rest: str) -> None:
        if self._recipient is None and not self._play.careless:
            await self._say(b"503 5.5.1 RCPT first")
        elif await self._step("DATA", "354 go on"):
            lines = []
            while (line := await self._reader.readline()) != b".\r\n":
                if not line.endswith(b"\n"):
                    raise EOFError
                lines.append(line.removeprefix(b"."))
                if len(lines) == 1:
                    await self._interrupt()
            await self._end(b"".join(lines))

    async def _bdat(self, rest: str) -> None:
        if (act := self._play.act("BDAT", self._named)) is not None:
            await self._do(act)
            raise _Hung
        size, _, last = rest.partition(" ")
        assert last == "LAST"
        some = int(size) // 20
        message = await self._reader.readexactly(some)
        if self._recipient is not None:
            await self._interrupt()
        message += await self._reader.readexactly(int(size) - some)
        if self._recipient is None:
            await self._say(b"503 5.5.1 RCPT first")
        else:
            await self._end(message)

    async def _interrupt(self) -> None:
        act = self._play.act("BODY", self._named)
        if act is not None:
            await self._do(act)

    async def _end(self, message: bytes) -> None:
        recipient, self._sender, self._recipient = self._recipient, None, None
        if recipient is None:
            await self._say(b"554 5.5.1 no valid recipients")
            return
        act = self._play.act("END", recipient) or says("250 2.0.0 kept")
        keeps = act.says.startswith(b"2") if act.keeps is None else act.keeps
        if keeps:
            found = _MESSAGE_ID.search(message)
            self._play.kept.append(found[1].decode() if found else "")
            self._play.taken.append(message)
        if self._play.pause:
            await asyncio.sleep(self._play.pause)
        await self._do(act)

    async def _rset(self, _rest: str) -> None:
        self._sender = self._recipient = None
        await self._step("RSET", "250 2.0.0 flushed")

    async def _quit(self, _rest: str) -> None:
        await self._step("QUIT", "221 2.0.0 bye")
        raise _Hung

    async def _step(self, step: str, usual: str) -> bool:
        """Do what is due at a step; return whether it was a yes."""
        act = self._play.act(step, self._named) or says(usual)
        await self._do(act)
        return act.says[:1] in (b"2", b"3")

    async def _do(self, act: Act) -> None:
        if act.says:
            await self._say(act.says)
        if act.silent:
            passing = asyncio.ensure_future(self._pass_time())
            try:
                await self._be_silent(act)
            finally:
                passing.cancel()
        if act.cuts or act.silent:
            raise _Hung

    async def _be_silent(self, act: Act) -> None:
        """Say nothing of use until the client has gone."""
        while act.trickles:
            self._writer.write(b"250-and\r\n")
            await self._writer.drain()
            await asyncio.sleep(0.005)
        while act.hangs and await self._reader.read(65536):
            pass
        if act.deaf:
            await self._play.left.wait()

    async def _pass_time(self) -> None:
        while True:
            self._play.passes_time()
            await asyncio.sleep(0.005)

    async def _say(self, words: bytes) -> None:
        data, sizes = words + b"\r\n", _again(self._play.pieces)
        while data:
            size = next(sizes, len(data))
            self._writer.write(data[:size])
            await self._writer.drain()
            data = data[size:]
            if data:  # let a piece leave before the next
                await asyncio.sleep(0)


def _again(sizes: Sequence[int]) -> Iterator[int]:
    while sizes:
        yield from sizes


@contextmanager
def misbehaving(host: str = "127.0.0.1") -> Iterator[Misbehaving]:
    """Run one."""
    found = Misbehaving(host)
    try:
        yield found
    finally:
        found.end()
