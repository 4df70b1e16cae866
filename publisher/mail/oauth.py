"""OAuth access tokens (RFC 6750), printed by the command in mail.token_command."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from publisher.errors import RelayError
from publisher.redaction import masked

#: How long the command may take, in seconds.
TIMEOUT = 30.0
_LONGEST = 16_384
#: How long what it printed before it was killed may take to be read, in seconds.
_LAST_WORDS = 2.0


class TokenSource:
    """The token that a command prints, used until a server refuses it.

    The command's output is never shown: it may be the token.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        user: str = "",
        host: str = "",
        timeout: float = TIMEOUT,
    ) -> None:
        """Run the command in `folder` when needed, with `user` and `host` in its environment."""
        self._command = command
        self._folder = folder
        self._environ = {"MAIL_USER": user, "MAIL_HOST": host}
        self._timeout = timeout
        self._token = ""
        #: It was renewed since a server accepted one.
        self._renewed = False

    async def get(self) -> str:
        """Return the token. Raises RelayError when the command prints none."""
        if not self._token:
            self._token = await self._run()
        return self._token

    async def renew(self, refused: str) -> bool:
        """Return whether there is another token than the one that was refused.

        The command is run again at most once until a token is confirmed. Raises RelayError.
        """
        if self._token == refused:
            if self._renewed:
                return False
            self._renewed = True
            self._token = await self._run()
        return self._token != refused

    def confirm(self) -> None:
        """Record that a server accepted the token: the next refusal means that it has expired."""
        self._renewed = False

    async def _run(self) -> str:
        program = self._command[0]
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._folder,
                env={**os.environ, **self._environ},
                start_new_session=True,  # so that what it started ends with it
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL in a word
            words = error.strerror if isinstance(error, OSError) else str(error)
            raise _failure(program, f"cannot be run: {words}") from None
        try:
            async with asyncio.timeout(self._timeout):
                output = await _read_output(process)
        except asyncio.LimitOverrunError:
            raise _failure(program, f"printed more than {_LONGEST} bytes") from None
        except TimeoutError:
            raise _failure(program, f"gave no token in {self._timeout:g} seconds") from None
        finally:
            if process.returncode is None:
                await _kill(process)
        if process.returncode:
            raise _failure(program, f"failed with exit code {process.returncode}")
        return _first_token(program, output)


async def _read_output(process: asyncio.subprocess.Process) -> bytes:
    """Wait for a program; return its output. Raises LimitOverrunError if that is too long."""
    assert process.stdout is not None  # noqa: S101  (it is a pipe)
    try:
        await process.stdout.readexactly(_LONGEST + 1)
    except asyncio.IncompleteReadError as error:
        await process.wait()
        return error.partial
    raise asyncio.LimitOverrunError("too much", _LONGEST)


async def _kill(process: asyncio.subprocess.Process) -> None:
    """Kill a program and its process group."""
    assert process.stdout is not None  # noqa: S101  (it is a pipe)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    # asyncio sees the end of a process with the end of its pipe, and that only if all is read.
    # What left the session may keep the pipe open: it is not waited for.
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_WORDS):
            while await process.stdout.read(_LONGEST):
                pass
            await process.wait()


def _first_token(program: str, output: bytes) -> str:
    lines = output.decode("ascii", "replace").split("\n")
    token = lines[0].strip()
    # RFC 6750 2.1: a token has neither white space nor control characters.
    if not token or not (token.isascii() and token.isprintable()) or " " in token:
        raise _failure(program, "printed no token in its first line")
    return token


def _failure(program: str, what: str) -> RelayError:
    # A program may be a URL by mistake, or a variable with the token.
    return RelayError(
        f"mail.token_command: {masked(program)} {what}. "
        "Run the command by hand to see what is wrong."
    )
