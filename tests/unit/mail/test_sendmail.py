"""Mail handed to a program: what its exit code, its words and its end say of a message."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from publisher.delivery.outcome import Blame, verdict
from publisher.errors import RelayError
from publisher.mail.envelope import Message
from publisher.mail.sendmail import Sendmail, program_of
from publisher.mail.transport import Outcome, Reply, Stage
from publisher.model import DeliveryState
from tests.support.relay_messages import LARGE, Queue, copies

TAKES = 'cat > "$0.$$"; printf "%s\\n" "$@" > "$0.arguments"\n'


class Waiting(Queue):
    """Messages to hand over one after the other."""

    async def wait(self) -> bool:
        """There is more as long as something waits."""
        return bool(self.waiting)


class Stopping(Waiting):
    """Tells when the first is committed."""

    def __init__(self, messages: Iterable[Message]) -> None:
        super().__init__(messages)
        self.begun = asyncio.Event()

    def record_commit(self, message: Message) -> None:
        """Tell it."""
        super().record_commit(message)
        self.begun.set()


def program(folder: Path, script: str) -> Sendmail:
    """Make a program of a shell script."""
    path = folder / "sendmail"
    path.write_text(f"#!/bin/sh\n{script}", encoding="utf-8")
    path.chmod(0o755)
    return Sendmail(str(path), timeout=60)


def handed_over(sendmail: Sendmail, *messages: Message) -> Waiting:
    """Hand messages over, one by default."""
    queue = Waiting(messages or copies(1))
    asyncio.run(sendmail.send_messages(queue))
    assert not queue.open
    return queue


def reply(sendmail: Sendmail, *messages: Message) -> Reply:
    """Return what became of one message."""
    ((found,),) = handed_over(sendmail, *messages).ends.values()
    return found


def taken(folder: Path) -> list[bytes]:
    """Return what the program took."""
    return [path.read_bytes() for path in folder.glob("sendmail.[0-9]*")]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"end\r\n", id="small"),
        pytest.param(b".\r\n.\r\nend\r\n", id="dots"),
        pytest.param(LARGE, id="large"),  # pytest puts the id into the environment
    ],
)
def test_accepted(tmp_path: Path, body: bytes) -> None:
    """The program has the whole message, with this machine's line ends, and its envelope."""
    messages = copies(2, body=body)
    queue = handed_over(program(tmp_path, TAKES), *messages)
    assert ["accepted"] * 2 == queue.outcomes()
    expected = [b"".join(message.pieces).replace(b"\r\n", b"\n") for message in messages]
    assert sorted(expected) == sorted(taken(tmp_path))
    arguments = (tmp_path / "sendmail.arguments").read_text().split()
    assert ["-i", "-f", "news@example.org", "--", "u1@example.net"] == arguments


@pytest.mark.parametrize(
    ("code", "state", "blame", "dead"),
    [
        (75, DeliveryState.deferred, Blame.sender, False),
        (69, DeliveryState.deferred, Blame.sender, False),
        (68, DeliveryState.deferred, Blame.sender, False),
        (1, DeliveryState.deferred, Blame.sender, False),
        (65, DeliveryState.rejected, Blame.message, False),
        (67, DeliveryState.rejected, Blame.recipient, True),
        (77, DeliveryState.pending, Blame.sender, False),
        (78, DeliveryState.pending, Blame.sender, False),
        (64, DeliveryState.pending, Blame.sender, False),
        (127, DeliveryState.pending, Blame.sender, False),
    ],
)
def test_exit_codes(
    tmp_path: Path,
    code: int,
    state: DeliveryState,
    blame: Blame,
    dead: bool,  # noqa: FBT001
) -> None:
    """An exit code of sysexits.h says whether it passes, and whom it is about."""
    script = f"cat > /dev/null; echo 'sendmail: fatal: no' >&2; exit {code}"
    found = reply(program(tmp_path, script))
    said = verdict(found)
    assert (state, blame, dead) == (said.state, said.blame, said.dead)
    assert f"exit code {code}: sendmail: fatal: no" in found.words


def test_code_before_it_reads(tmp_path: Path) -> None:
    """A program that ends before it has read the message tells why all the same."""
    found = reply(program(tmp_path, "exit 78"), *copies(1, body=LARGE))
    assert (Outcome.rejected, Stage.mail) == (found.outcome, found.stage)


@pytest.mark.parametrize("script", ["cat > /dev/null; kill -9 $$", "kill -9 $$"])
def test_killed(tmp_path: Path, script: str) -> None:
    """Whether a program that was killed has handed the message on nobody knows."""
    found = reply(program(tmp_path, script), *copies(1, body=LARGE))
    assert Outcome.uncertain is found.outcome
    assert "killed by signal 9" in found.words


def test_no_end(tmp_path: Path) -> None:
    """A program that does not come to an end is ended."""
    sendmail = program(tmp_path, "exec sleep 600")
    sendmail._timeout = 0.5
    found = reply(sendmail)
    assert Outcome.uncertain is found.outcome
    assert "did not end in 0.5 seconds" in found.words


def test_stopped(tmp_path: Path) -> None:
    """Whoever stops in the middle is in doubt about that message, and the program ends."""
    sendmail, queue = program(tmp_path, "exec sleep 600"), Stopping(copies(2))

    async def stop() -> None:
        task = asyncio.create_task(sendmail.send_messages(queue))
        await queue.begun.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(stop())
    assert ["uncertain"] == queue.outcomes()


def test_recipients_are_no_options(tmp_path: Path) -> None:
    """An address that looks like an option is an address."""
    (message,) = copies(1)
    handed_over(program(tmp_path, TAKES), message._replace(recipient="-t@example.net"))
    assert "--\n-t@example.net\n" in (tmp_path / "sendmail.arguments").read_text()


def test_no_address(tmp_path: Path) -> None:
    """What is no address reaches no program."""
    (message,) = copies(1)
    queue = handed_over(program(tmp_path, TAKES), message._replace(recipient="a\n@example.net"))
    assert (["rejected"], []) == (queue.outcomes(), taken(tmp_path))


def test_no_program(tmp_path: Path) -> None:
    """A program that is not there, or may not be run, is one line that says what to set."""
    queue = Waiting(copies(1))
    path = tmp_path / "nothing"
    with pytest.raises(RelayError, match=rf"^mail\.relay: cannot run {path}: there is no such"):
        asyncio.run(Sendmail(str(path)).send_messages(queue))
    path.write_text("text")
    path.chmod(0o755)  # no interpreter is named in it
    with pytest.raises(RelayError, match=rf"^mail\.relay: cannot run {path}: Exec format error"):
        asyncio.run(Sendmail(str(path)).send_messages(queue))
    assert (["returned"], set()) == (queue.outcomes(), queue.open)


def test_program_of() -> None:
    """The URL names the program, or it is looked for."""
    assert "/opt/my mail/sendmail" == program_of("sendmail:/opt/my%20mail/sendmail")
    assert program_of("sendmail:").endswith("/sendmail")
