"""However a mail is mangled: it is about nobody else, and what is kept of it can be shown."""

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.delivery.bounce_parser import LIMIT, parse
from publisher.delivery.refusal_reason import Meaning
from publisher.delivery.smtp_status import is_refusal, meaning_of_refusal
from publisher.storage.bounces import BounceKind
from publisher.subscribers.tokens import Keys
from tests.support.bounces import KEYS, SAMPLES, return_path, sample
from tests.support.time_bounds import within

SUBSCRIBER = 7
#: Seconds of processor time that reading a mail may take; it takes 0.7 s at most (2026-11).
MOST = 6.0
MAILS = {name: sample(name, subscriber=SUBSCRIBER) for name in SAMPLES}
OTHERS = Keys((b"a secret that somebody else made up",))

#: What strangers and broken programs put into a mail.
odd = (
    st.binary(max_size=20)
    | st.sampled_from(
        [
            b"\n\n", b"\r", b"\0", b"--b\n", b"\n--",
            b"Content-Type: multipart/mixed; boundary=b\n",
            b"Content-Type: message/rfc822\n\n", b"Content-Transfer-Encoding: base64\n",
            b"Content-Transfer-Encoding: uuencode\n", b"; charset=nowhere", b'; charset="\0"',
            b"=?utf-8?B?=?=", b"=?x?Q?=FF?=", b"\xff\xfe", b"Status: 5.1.1\n", b"Action: failed\n",
            b"Diagnostic-Code: smtp; 550 5.1.1 ann@example.net\n", b"Feedback-Type: abuse\n",
            b"boundary*0=\"a\"; boundary*1*=''%", b"@", "＠".encode(),
        ]
    )
)  # fmt: skip


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """Cut pieces out of a mail, put odd ones in, and repeat some of its own."""
    mail = MAILS[draw(st.sampled_from(SAMPLES))]
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(mail)))
        end = draw(st.integers(start, min(len(mail), start + 400)))
        middle = draw(odd | st.just(mail[start:end] * 2))
        mail = mail[:start] + middle + mail[end:]
    return mail


@given(mangled())
def test_nobody_else(mail: bytes) -> None:
    """A mangled mail is about who it was about, or about nobody."""
    found = parse(mail, KEYS)
    assert found.subscriber in (None, SUBSCRIBER)
    if found.subscriber is None:
        assert found.kind in (BounceKind.unknown, BounceKind.ignored)


@given(mangled() | st.binary(max_size=400))
def test_words_can_be_shown(mail: bytes) -> None:
    """What is kept of the other side's words is one short line without an address."""
    words = parse(mail, KEYS).words
    assert words == " ".join(words.split())
    assert not {"@", "＠", "\0"} & set(words)
    assert words.isprintable()
    assert len(words) <= 300
    words.encode()


@given(mangled())
def test_no_proof_no_verdict(mail: bytes) -> None:
    """Whatever a mail without our token says, nobody is suppressed or unsubscribed by it."""
    assert parse(mail, OTHERS).kind in (BounceKind.unknown, BounceKind.ignored)


@given(st.integers(0, 44), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_changed_token(place: int, letter: str) -> None:
    """A token with one other letter is nobody's."""
    start = len("bounces+") + place
    before = return_path()
    after = before[:start] + letter + before[start + 1 :]
    mail = sample("leave", keys=OTHERS, returns_to=after)
    # The last letter holds bits that are no part of the token.
    proven = after == before or place == 44
    assert proven or parse(mail, KEYS).subscriber is None


@given(st.text(), st.text())
def test_refusals(status: str, words: str) -> None:
    """Any words can be judged; what is said with a 4xx makes no address dead."""
    assert meaning_of_refusal(f"451 {words}", status) not in (Meaning.gone, Meaning.no_domain)
    assert isinstance(meaning_of_refusal(words, status), Meaning | None)
    assert isinstance(is_refusal(words), bool)


@settings(max_examples=settings().max_examples // 5)
@given(mangled(), st.lists(odd, min_size=1, max_size=4).map(b"".join), st.integers(0, 2000))
def test_time(mail: bytes, piece: bytes, place: int) -> None:
    """Whatever is repeated in a mail, it is read in a bounded time."""
    with within(MOST):
        found = parse(mail[:place] + piece * (LIMIT // max(len(piece), 1)) + mail[place:], KEYS)
    assert found.subscriber in (None, SUBSCRIBER)
