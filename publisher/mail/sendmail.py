"""Mail handed to a local program: `sendmail` of Postfix, Exim, msmtp and others."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote

from publisher.mail.envelope import Message, envelope_addresses
from publisher.mail.smtp_stream import printable
from publisher.mail.transport import Outcome, RelayRefusedError, Reply, Stage

if TYPE_CHECKING:
    from publisher.mail.smtp_session import MessageSource

#: Its path, when it is not in PATH: cron's has no sbin.
_USUAL = "/usr/sbin/sendmail"
#: How long it may take for one message, in seconds.
TIMEOUT = 600.0
_OUTPUT = 4096
#: Exit codes of sysexits.h as an SMTP code, a status and a stage; all others are temporary.
#: EX_UNAVAILABLE and EX_NOHOST may be about the relay behind the program.
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
    """Return the path of the program that `sendmail:` or `sendmail:/PATH` names."""
    return unquote(url.removeprefix("sendmail:")) or shutil.which("sendmail") or _USUAL


class Sendmail:
    """The program, one run for each message."""

    def __init__(self, program: str, *, timeout: float = TIMEOUT) -> None:
        self._program = program
        self._timeout = timeout

    def check(self) -> None:
        """Raise RelayRefusedError for a program that cannot be run."""
        # os.path: it says no to a name that is too long, where Path raises.
        if not (os.path.isfile(self._program) and os.access(self._program, os.X_OK)):  # noqa: PTH113
            raise self._refusal("there is no such program, or it may not be run")

    async def send_messages(self, source: MessageSource) -> None:
        """Hand over all messages of a source. Raises RelayRefusedError if it cannot be run."""
        self.check()
        while await source.wait():
            message = source.next_message()
            if message is None:
                continue
            paths = envelope_addresses(message)
            if isinstance(paths, Reply):
                source.record_reply(message, paths)
                continue
            with tempfile.TemporaryFile() as content, tempfile.TemporaryFile() as output:
                # A local program takes this machine's line ends; the mail server makes CRLF of
                # them.
                content.write(b"".join(message.pieces).replace(b"\r\n", b"\n"))
                content.seek(0)
                await self._hand_over(source, message, paths, content, output)

    async def _hand_over(
        self,
        source: MessageSource,
        message: Message,
        paths: tuple[str, str],
        content: IO[bytes],
        output: IO[bytes],
    ) -> None:
        """Run it with one message as its input, and record the reply."""
        sender, recipient = paths
        reply = Reply(Outcome.uncertain, "stopped; the program may have the message")
        process = None
        source.record_commit(message)
        try:
            async with asyncio.timeout(self._timeout):
                process = await asyncio.create_subprocess_exec(
                    self._program, "-i", "-f", sender, "--", recipient,
                    stdin=content, stdout=output, stderr=subprocess.STDOUT,
                    # Ctrl-C in a terminal is for this program: what is in flight ends.
                    start_new_session=True,
                )  # fmt: skip
                reply = _reply(await process.wait(), output)
        except TimeoutError:
            words = f"the program did not end in {self._timeout:g} seconds; it may have the message"
            reply = reply._replace(words=words)
        except OSError as error:
            reply = Reply(Outcome.returned, "not begun")
            raise self._refusal(error.strerror or str(error)) from None
        finally:
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()
            source.record_reply(message, reply)

    def _refusal(self, words: str) -> RelayRefusedError:
        reply = Reply(Outcome.rejected, words, stage=Stage.connect)
        return RelayRefusedError(
            f"cannot run {self._program}: {words}",
            "Name the program: sendmail:/PATH/TO/PROGRAM.",
            reply,
        )


def _reply(code: int, output: IO[bytes]) -> Reply:
    """Return the reply for the program's exit code (sysexits.h) and output."""
    if code < 0:
        words = f"the program was killed by signal {-code}; it may have the message"
        return Reply(Outcome.uncertain, words)
    output.seek(0)
    printed = printable(output.read(_OUTPUT))
    if code == 0:
        return Reply(Outcome.accepted, printed or "the program took it", 250)
    number, status, stage = _CODES.get(code, _TEMPORARY)
    outcome = Outcome.rejected if number // 100 == _PERMANENT else Outcome.deferred
    words = f"{number} {status} exit code {code}: {printed or 'without a word'}"
    return Reply(outcome, words, number, stage)
