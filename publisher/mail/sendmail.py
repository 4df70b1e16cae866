"""Mail handed to a local program: `sendmail`, as Postfix, Exim, msmtp and others bring it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote

from publisher.mail.envelope import Message, addresses
from publisher.mail.line import shown
from publisher.mail.relay import Outcome, RelayRefusedError, Reply, Stage

if TYPE_CHECKING:
    from publisher.mail.wire import Work

#: Where it is, when it is not in PATH: cron's has no sbin.
_USUAL = "/usr/sbin/sendmail"
#: How long it may take over one message, in seconds.
PATIENCE = 600.0
_OUTPUT = 4096
#: The exit codes of sysexits.h as an SMTP code and status, and what they are about; all others
#: may pass. EX_UNAVAILABLE and EX_NOHOST are said of the relay behind it too.
_TEMPORARY = (451, "4.3.0", Stage.body)
_USAGE, _DATA, _NO_USER, _NOT_ALLOWED, _CONFIG = 64, 65, 67, 77, 78
_NOT_EXECUTABLE, _NOT_FOUND = 126, 127  # a shell's
_CODES = {
    _DATA: (554, "5.6.0", Stage.body),
    _NO_USER: (550, "5.1.1", Stage.rcpt),
    **dict.fromkeys(
        (_USAGE, _NOT_ALLOWED, _CONFIG, _NOT_EXECUTABLE, _NOT_FOUND), (550, "5.3.5", Stage.mail)
    ),
}
_PERMANENT = 5


def program_of(url: str) -> str:
    """Return the program that `sendmail:` or `sendmail:/PATH` names."""
    return unquote(url.removeprefix("sendmail:")) or shutil.which("sendmail") or _USUAL


class Sendmail:
    """The program, one run for each message."""

    def __init__(self, program: str, *, patience: float = PATIENCE) -> None:
        self._program = program
        self._patience = patience

    def check(self) -> None:
        """Raise RelayRefusedError for a program that cannot be run."""
        if not (Path(self._program).is_file() and os.access(self._program, os.X_OK)):
            raise self._refusal("there is no such program, or it may not be run")

    async def converse(self, work: Work) -> None:
        """Hand over what there is, as `mail.wire.converse` does. Raises RelayRefusedError."""
        self.check()
        while await work.wait():
            message = work.take()
            if message is None:
                continue
            paths = addresses(message)
            if isinstance(paths, Reply):
                work.ended(message, paths)
                continue
            with tempfile.TemporaryFile() as output:
                process = await self._started(work, message, paths, output)
                await _Run(process, output, work, message).end(self._patience)

    async def _started(
        self, work: Work, message: Message, paths: tuple[str, str], output: IO[bytes]
    ) -> asyncio.subprocess.Process:
        sender, recipient = paths
        try:
            return await asyncio.create_subprocess_exec(
                self._program, "-i", "-f", sender, "--", recipient,
                stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal is for this program: what is in flight ends.
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            work.ended(message, Reply(Outcome.returned, "not begun"))
            raise self._refusal(error.strerror or str(error)) from None

    def _refusal(self, words: str) -> RelayRefusedError:
        reply = Reply(Outcome.rejected, words, stage=Stage.connect)
        return RelayRefusedError(
            f"cannot run {self._program}: {words}",
            "Name the program: sendmail:/PATH/TO/PROGRAM.",
            reply,
        )


class _Run:
    """One run of the program, with one message."""

    def __init__(
        self, process: asyncio.subprocess.Process, output: IO[bytes], work: Work, message: Message
    ) -> None:
        self._process = process
        self._output = output
        self._work = work
        self._message = message
        #: All of the message but its end has left, and: all of it.
        self._committed = self._written = False

    async def end(self, patience: float) -> None:
        """Write the message, wait for the program, and note what came of it."""
        words, code = "stopped", None
        try:
            async with asyncio.timeout(patience):
                await self._write()
                code = await self._process.wait()
        except TimeoutError:
            words = f"the program did not end in {patience:g} seconds"
        finally:
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
            self._work.ended(self._message, self._reply(words, code))

    async def _write(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101  (it is a pipe)
        # A local program takes this machine's line ends; the mail server makes CRLF of them.
        data = b"".join(self._message.pieces).replace(b"\r\n", b"\n")
        with suppress(BrokenPipeError, ConnectionResetError):  # its exit code tells why
            stdin.write(data[:-1])
            await stdin.drain()
            self._work.commits(self._message)
            self._committed = True
            stdin.write(data[-1:])
            stdin.close()
            await stdin.wait_closed()
            self._written = True

    def _reply(self, words: str, code: int | None) -> Reply:
        """Return what is known of the message."""
        if code is None or code < 0:
            if code is not None:
                words = f"the program was killed by signal {-code}"
            if self._committed:
                return Reply(Outcome.uncertain, f"{words}; it may have the message")
            outcome = Outcome.returned if code is None and words == "stopped" else Outcome.deferred
            return Reply(outcome, words)
        self._output.seek(0)
        printed = shown(self._output.read(_OUTPUT))
        if code == 0 and self._written:
            return Reply(Outcome.accepted, printed or "the program took it", 250)
        number, status, stage = _CODES.get(code, _TEMPORARY)
        outcome = Outcome.rejected if number // 100 == _PERMANENT else Outcome.deferred
        words = f"{number} {status} exit code {code}: {printed or 'without a word'}"
        return Reply(outcome, words, number, stage)
