"""Logging in to a relay: by whatever it takes, each way once, and never a word of the secret."""

import asyncio
import base64
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.errors import RelayError
from publisher.mail.oauth import TokenSource
from publisher.mail.sasl import Exchange, Login
from publisher.mail.smtp_endpoint import Lesson, Memory
from publisher.mail.smtp_session import Route, send_messages
from publisher.mail.transport import RelayRefusedError, Stage
from tests.support.relay_messages import PATIENT, Queue, copies, elsewhere
from tests.support.scripted_relay import CUT, Act, Misbehaving, Play, Rule, misbehaving, says


def coded(text: str) -> str:
    """Return it in base64."""
    return base64.b64encode(text.encode()).decode()


PLAIN = coded("\0ann\0pa ss")
#: What opens a relay to ann, by mechanism; RFC 2195 has the form of CRAM-MD5's.
ANN = {
    "PLAIN": [PLAIN],
    "LOGIN": [coded("ann"), coded("pa ss")],
    "CRAM-MD5": [coded("ann f2b97e663f59712cbe3aa18da2e40040")],
    "XOAUTH2": [coded("user=ann\1auth=Bearer good\1\1")],
}


@pytest.fixture(scope="module")
def relay() -> Iterator[Misbehaving]:
    """One relay for all the tests here."""
    with misbehaving() as found:
        yield found


def with_user(relay: Misbehaving) -> str:
    """Return the relay's URL with user and password."""
    return relay.url.replace("//", "//ann:pa%20ss@")


def tried(play: Play) -> list[str]:
    """Return the mechanisms that were tried, in order."""
    return [line.split(" ")[1] for line in play.heard if line.startswith("AUTH ")]


def refused(relay: Misbehaving, play: Play, **options: object) -> RelayRefusedError:
    """Return why nobody was let in; no address was said."""
    relay.begin(play)
    with pytest.raises(RelayRefusedError) as caught:
        Queue(copies(1)).send_messages(relay, **{"url": with_user(relay), **options})
    assert not any(line.startswith("MAIL") for line in relay.settled().heard)
    assert "\n" not in str(caught.value)
    return caught.value


# --- With a password ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "offered", ["PLAIN LOGIN", "LOGIN", "CRAM-MD5", "XOAUTH2 PLAIN", "LOGIN PLAIN"]
)
def test_login(relay: Misbehaving, offered: str) -> None:
    """Who knows the password gets in, in whatever way the relay offers."""
    relay.begin(Play(offers=("PIPELINING", f"AUTH {offered}"), login=ANN))
    queue = Queue(copies(1))
    play = queue.send_messages(relay, url=with_user(relay))
    assert (["accepted"], 1) == (queue.outcomes(), len(tried(play)))


def test_cram_md5() -> None:
    """The example of RFC 2195 2 comes out as it stands there."""
    exchange = Exchange("CRAM-MD5", Login(user="tim", password="tanstaaftanstaaf"))
    assert b"" == exchange.start()
    challenge = b"<1896.697170952@postoffice.reston.mci.net>"
    assert b"tim b913a602c7eda7a495b4e6e7334d3890" == exchange.answer(challenge)


@pytest.mark.parametrize(
    "act", [says("535 5.7.8 no"), says("504 5.5.4 what?"), says("535 no", cuts=True), CUT]
)
@pytest.mark.parametrize("works", ["LOGIN", "CRAM-MD5"])
def test_falls_back(relay: Misbehaving, act: Act, works: str) -> None:
    """A relay that refuses a mechanism, or hangs up on it, gets the next one, each once."""
    offered = ["PLAIN", "LOGIN", "CRAM-MD5"]
    before = offered[: offered.index(works)]
    rules = [Rule("AUTH", act, to=name) for name in before]
    relay.begin(Play(rules, offers=(f"AUTH {' '.join(offered)}",)))
    queue, memory = Queue(copies(1)), Memory()
    play = queue.send_messages(relay, url=with_user(relay), memory=memory)
    assert (["accepted"], [*before, works]) == (queue.outcomes(), tried(play))
    assert works == memory.lesson.mechanism
    relay.begin(Play(offers=(f"AUTH {' '.join(offered)}",)))
    play = Queue(copies(1, first=1)).send_messages(relay, url=with_user(relay), memory=memory)
    assert [works] == tried(play)


def test_known_from_the_last_run(relay: Misbehaving) -> None:
    """What worked last is tried first."""
    relay.begin(Play(offers=("AUTH PLAIN LOGIN",)))
    memory = Memory(Lesson(mechanism="LOGIN"))
    play = Queue(copies(1)).send_messages(relay, url=with_user(relay), memory=memory)
    assert ["LOGIN"] == tried(play)


def test_refused_by_all(relay: Misbehaving) -> None:
    """A wrong password is tried once by each mechanism; the error says what was said to each."""
    rules = [Rule("AUTH", says(f"535 5.7.8 {name} no"), to=name) for name in ("PLAIN", "LOGIN")]
    memory = Memory()
    play = Play(rules, offers=("AUTH LOGIN PLAIN",))
    error = refused(relay, play, memory=memory)
    assert str(error) == (
        f"mail.relay: cannot log in to 127.0.0.1:{relay.port}: PLAIN: 535 5.7.8 PLAIN no; "
        "LOGIN: 535 5.7.8 LOGIN no. Check the user name and password."
    )
    assert (Stage.auth, 535) == (error.reply.stage, error.reply.code)
    again = Play(rules, offers=("AUTH LOGIN PLAIN",))
    refused(relay, again, memory=memory)
    assert ([], ["PLAIN", "LOGIN"]) == (tried(again), tried(play))


def test_many_connections(relay: Misbehaving) -> None:
    """Connections that begin at the same time do not each try a wrong password."""
    play = relay.begin(
        Play([Rule("AUTH", says("535 5.7.8 no"), times=None)], offers=("AUTH PLAIN LOGIN",))
    )
    memory = Memory()
    route = Route(url=with_user(relay), tls="off", timeouts=PATIENT, memory=memory)

    async def connect() -> list[object]:
        talks = (send_messages(route, Queue(copies(1, first=number))) for number in range(8))
        return await asyncio.gather(*talks, return_exceptions=True)

    errors = asyncio.run(connect())
    assert [RelayRefusedError] * 8 == [type(each) for each in errors]
    assert ["PLAIN", "LOGIN"] == tried(play)


def test_not_now(relay: Misbehaving) -> None:
    """A relay that cannot tell now is not asked in another way, and asked again later."""
    play = Play([Rule("AUTH", says("454 4.7.0 later"))], offers=("AUTH PLAIN LOGIN",))
    memory = Memory()
    assert 454 == refused(relay, play, memory=memory).reply.code
    assert (["PLAIN"], {}) == (tried(play), memory.refused)


def test_one_that_worked(relay: Misbehaving) -> None:
    """A login that worked and is refused later means that connection, not the password."""
    relay.begin(Play(offers=("AUTH PLAIN LOGIN",)))
    memory = Memory()
    Queue(copies(1)).send_messages(relay, url=with_user(relay), memory=memory)
    play = Play([Rule("AUTH", says("535 5.7.0 too many"))], offers=("AUTH PLAIN LOGIN",))
    refused(relay, play, memory=memory)
    relay.begin(Play(offers=("AUTH PLAIN LOGIN",)))
    queue = Queue(copies(1))
    queue.send_messages(relay, url=with_user(relay), memory=memory)
    assert ["accepted"] == queue.outcomes()


def test_named(relay: Misbehaving) -> None:
    """The mechanism in mail.auth is the only one tried; one that is not offered is named."""
    relay.begin(Play(offers=("AUTH PLAIN LOGIN",)))
    play = Queue(copies(1)).send_messages(relay, url=with_user(relay), auth="LOGIN")
    assert ["LOGIN"] == tried(play)
    error = refused(relay, Play(offers=("AUTH PLAIN LOGIN",)), auth="CRAM-MD5")
    assert "the relay offers PLAIN, LOGIN, not CRAM-MD5. Leave mail.auth empty" in str(error)


@pytest.mark.parametrize(
    ("offers", "advice"),
    [("AUTH XOAUTH2", "Set mail.token_command"), ("8BITMIME", "587"), ("AUTH GSSAPI", "Ask who")],
)
def test_no_way_to_log_in(relay: Misbehaving, offers: str, advice: str) -> None:
    """A relay that offers no way we know is refused, with what to do."""
    error = refused(relay, Play(offers=(offers,)))
    assert (Stage.auth, True) == (error.reply.stage, advice in str(error))


@pytest.mark.parametrize("reply", ["535 5.7.8 no", f"535 5.7.8 {PLAIN}", "454 4.7.0 not 'pa ss'"])
def test_no_password_is_shown(relay: Misbehaving, reply: str) -> None:
    """A login that is refused is told without the password, though the relay repeats it."""
    play = Play([Rule("AUTH", says(reply))], offers=("AUTH PLAIN",))
    error = refused(relay, play)
    assert (Stage.auth, int(reply[:3])) == (error.reply.stage, error.reply.code)
    assert not any(secret in str(error) + error.reply.words for secret in ("pa ss", PLAIN))


def test_no_password_in_the_clear() -> None:
    """Who takes STARTTLS out of the way does not get the password."""
    with misbehaving(elsewhere()) as relay:
        play = Play(offers=("AUTH PLAIN",))
        error = refused(relay, play, tls="opportunistic")
    assert "a password is not sent in the clear" in str(error)
    assert [] == tried(play)


def test_in_the_clear_here(relay: Misbehaving) -> None:
    """On this machine nobody listens in."""
    relay.begin(Play(offers=("AUTH PLAIN",)))
    queue = Queue(copies(1))
    queue.send_messages(relay, url=with_user(relay), tls="opportunistic")
    assert ["accepted"] == queue.outcomes()


# --- With a token -------------------------------------------------------------------------


def source(folder: Path, *tokens: str) -> TokenSource:
    """Return a command that prints one token after the other, the last one again and again."""
    program = """
import os, pathlib, sys
count = pathlib.Path("count")
number = len(count.read_bytes()) if count.exists() else 0
count.write_bytes(b"x" * (number + 1))
print(sys.argv[1:][min(number, len(sys.argv) - 2)])
print(os.environ["MAIL_USER"], file=sys.stderr)
"""
    return TokenSource((sys.executable, "-c", program, *tokens), folder, user="ann", host="here")


def runs(folder: Path) -> int:
    """Return how often the command ran."""
    return len((folder / "count").read_bytes())


def user_only(relay: Misbehaving) -> str:
    """Return the relay's URL with a user and no password."""
    return relay.url.replace("//", "//ann@")


@pytest.mark.parametrize("cuts", [False, True])
@pytest.mark.parametrize(("tokens", "expected"), [(("good",), 1), (("old", "good"), 2)])
def test_token(
    relay: Misbehaving,
    tmp_path: Path,
    tokens: tuple[str, ...],
    expected: int,
    cuts: bool,  # noqa: FBT001
) -> None:
    """A token opens the relay; one that has expired is asked for again, once."""
    rules = [Rule("AUTH", says("535 5.7.8 expired", cuts=True))] if cuts and expected > 1 else []
    play = relay.begin(Play(rules, offers=("AUTH XOAUTH2",), login=ANN))
    queue = Queue(copies(1))
    queue.send_messages(relay, url=user_only(relay), token=source(tmp_path, *tokens))
    assert (["accepted"], expected) == (queue.outcomes(), runs(tmp_path))
    if expected > 1 and not cuts:  # XOAUTH2: an empty line answers the reason
        assert "" in play.heard


def test_token_refused(relay: Misbehaving, tmp_path: Path) -> None:
    """A token that is refused twice is an error with the relay's reason, and without the token."""
    play = Play(offers=("AUTH OAUTHBEARER XOAUTH2",), login=ANN)
    error = refused(relay, play, url=user_only(relay), token=source(tmp_path, "bad", "worse"))
    assert '535 5.7.8 who is that? ({"status":"400"})' in str(error)
    assert "Check the user name and mail.token_command." in str(error)
    assert not any(token in str(error) for token in ("bad", "worse"))
    assert (["XOAUTH2", "XOAUTH2", "OAUTHBEARER"], 2) == (tried(play), runs(tmp_path))
    assert "AQ==" in play.heard  # RFC 7628 3.2.3


def test_same_token_again(relay: Misbehaving, tmp_path: Path) -> None:
    """A command that prints the token that was refused is not worth another try."""
    play = Play(offers=("AUTH XOAUTH2",), login=ANN)
    refused(relay, play, url=user_only(relay), token=source(tmp_path, "bad"))
    assert (["XOAUTH2"], 2) == (tried(play), runs(tmp_path))


def test_oauthbearer() -> None:
    """It is what RFC 7628 4.1 has, without the spaces of print."""
    login = Login(user="u=,er@example.com", token="vF9dft4qmT", host="server.example.com", port=587)
    assert Exchange("OAUTHBEARER", login).start() == (
        b"n,a=u=3D=2Cer@example.com,\x01host=server.example.com\x01port=587\x01"
        b"auth=Bearer vF9dft4qmT\x01\x01"
    )


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import sys; print('secret'); sys.exit(3)", "failed with exit code 3"),
        ("print()", "printed no token in its first line"),
        ("print('two words')", "printed no token in its first line"),
        ("while True: print('secret' * 1000)", "printed more than 16384 bytes"),
        ("import time; time.sleep(60)", "gave no token in 0.3 seconds"),
    ],
)
def test_no_token(tmp_path: Path, program: str, words: str) -> None:
    """A command that gives no token is one line without what it printed."""
    found = TokenSource(
        (sys.executable, "-c", program), tmp_path, timeout=0.3 if "time" in program else 20
    )
    with pytest.raises(RelayError, match=f"^mail.token_command: .*{words}") as caught:
        asyncio.run(found.get())
    assert "secret" not in str(caught.value).replace(program, "")


def test_no_command(tmp_path: Path) -> None:
    """A program that is not there is named."""
    with pytest.raises(RelayError, match="no-such-program cannot be run: No such file"):
        asyncio.run(TokenSource(("no-such-program",), tmp_path).get())


def test_command_with_a_nul(tmp_path: Path) -> None:
    """A user name that no program can be told is one line."""
    found = TokenSource((sys.executable, "-c", "print('x')"), tmp_path, user="ann\0")
    with pytest.raises(RelayError, match="cannot be run: embedded null byte"):
        asyncio.run(found.get())
