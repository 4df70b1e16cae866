"""Mails that come back: as mail servers write them, about a real copy of ours."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

from publisher.mail.mime import TOKEN, Letter, Mailbox
from publisher.mail.personalize import compose
from publisher.storage.tables import seconds
from publisher.subscribers.tokens import Keys, Purpose
from tests.support.newsletter_folder import NOW

KEYS = Keys((b"a secret of the tests and of no newsletter",))
_FOLDER = Path(__file__).parents[1] / "data" / "bounces"
SAMPLES = sorted(path.stem for path in _FOLDER.glob("*.eml"))
_DOMAIN = "bounces.example.org"
#: The epoch of who joins when tests take place.
JOINED = seconds(NOW)
#: QQ says in HTML why it sends a mail back.
QQ = "Ip frequency limited"


def copy(subscriber: int = 7, epoch: int = JOINED, keys: Keys = KEYS) -> bytes:
    """Return somebody's copy of an issue, as it was sent."""
    letter = Letter(
        sender=Mailbox("Papers", "papers@example.org"),
        reply_to=None,
        subject="#000: VITA",
        date=datetime(2026, 11, 20, 8, tzinfo=UTC),
        list_name="Papers",
        list_id="papers.example.org",
        archive_url="https://news.example.org/",
        issue_url="https://news.example.org/issues/000/",
        unsubscribe_urls=(
            f"https://news.example.org/unsubscribe/{TOKEN}",
            f"mailto:bounces@{_DOMAIN}?subject=unsubscribe%20{TOKEN}",
        ),
        join_url="https://news.example.org/subscribe",
        text="A study of spam: 550 mails, of which all were blocked.",
        html="<p>A study of spam: 550 mails, of which all were blocked.</p>",
        issue="000",
    )
    return compose(letter, "ann@example.net", keys.link(Purpose.leave, subscriber, epoch))


def return_path(subscriber: int = 7, keys: Keys = KEYS, epoch: int = JOINED) -> str:
    """Return the address that somebody's copy goes back to."""
    return f"bounces+{keys.return_path(subscriber, epoch)}@{_DOMAIN}"


def sample(
    name: str,
    *,
    subscriber: int = 7,
    epoch: int = JOINED,
    keys: Keys = KEYS,
    returns_to: str | None = None,
    qq: str = QQ,
) -> bytes:
    """Return a mail that is about a copy; to `returns_to`, when that is not its return path."""
    mail = (_FOLDER / f"{name}.eml").read_text(encoding="utf-8")
    sent = copy(subscriber, epoch, keys).decode().replace("\r\n", "\n")
    said = f"<p>很抱歉，您的邮件被退回。</p><p>退信原因：</p><p>host mx3.qq.com said: 550 {qq}</p>"
    for field, value in {
        "return_path": returns_to or return_path(subscriber, keys, epoch),
        "copy": sent,
        "headers": sent.partition("\n\n")[0],
        "leave": keys.link(Purpose.leave, subscriber, epoch),
        "qq": base64.b64encode(said.encode()).decode(),
    }.items():
        mail = mail.replace("{{" + field + "}}", value)
    return mail.encode()


def report(*recipients: str, kind: str = "delivery-status") -> bytes:
    """Return a report with these blocks, of subscriber 7's copy."""
    blocks = "\n\n".join(("Reporting-MTA: dns; mx.example.net", *recipients))
    return (
        f"To: {return_path()}\n"
        f"Content-Type: multipart/report; boundary=b; report-type={kind}\n\n"
        f"--b\nContent-Type: message/{kind}\n\n{blocks}\n\n--b--\n"
    ).encode()


def refusal(action: str, status: str, words: str = "") -> str:
    """Return the block of one recipient."""
    return f"Final-Recipient: rfc822; ann@example.net\nAction: {action}\nStatus: {status}" + (
        f"\nDiagnostic-Code: smtp; {words}" if words else ""
    )
