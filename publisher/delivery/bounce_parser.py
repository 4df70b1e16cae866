"""What a bounce, complaint or unsubscribe mail says, and about which subscriber.

Anybody can send a mail that looks like a bounce or a complaint, and could so have another person
suppressed or unsubscribed. So a mail counts for a subscriber only with a proof: one of our tokens
(subscribers/tokens.py) in the return path that it came to, or in what it returns of the copy (its
Return-Path, its List-Unsubscribe, the links in its text). Only who has, carried or was given that
copy can have its token. Nothing else is a proof: neither a Final-Recipient nor an
Original-Rcpt-To, since an address is no secret, nor a Message-ID, which is made from one. Of
several tokens the first return path counts, else the first link.

A copy goes to one address. A report about several addresses comes from a list behind it: the
bounce is hard only when all of them failed permanently.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message
from email.utils import parseaddr
from itertools import islice

from publisher.delivery.auto_replies import is_automatic
from publisher.delivery.bounce_text import (
    all_text,
    fields_of,
    first_lines,
    header_text,
    own_parts,
    own_text,
    parse_mail,
    subparts,
)
from publisher.delivery.refusal_reason import Meaning
from publisher.delivery.smtp_status import is_refusal, meaning_of_refusal, meaning_of_words
from publisher.storage.bounces import BounceKind
from publisher.subscribers.tokens import Keys, Purpose
from publisher.subscribers.verp import RETURNS

#: Bytes of a mail that are read: three times our largest mail, which comes first in a bounce.
LIMIT = 1_000_000
#: Characters of the other side's words that are kept.
_WORDS = 300
#: How many paragraphs are searched for a reason.
_PARAGRAPHS = 100
#: Characters of a mail's own text that are classified, and of its report on all recipients. To
#: search for all rows of the tables takes 10 µs a character.
_OWN, _REPORTED = 30_000, 60_000
#: Lines that flufl.bounce gets, and their length: it takes 40 µs a line, and quadratic time for
#: long ones.
_LINES, _LONGEST_LINE = 1_000, 300
#: How many tokens are tried: our mails have one, in a few places.
_TRIED = 20
_RETURN = re.compile(rf"{re.escape(RETURNS)}([0-9a-f]{{56}})@", re.IGNORECASE)
_LINKED = r"(?:/|%20|\+|\s+)([\w-]{64})(?![\w-])"
_LEAVE = re.compile(rf"(?:unsubscribe|manage){_LINKED}", re.ASCII | re.IGNORECASE)
_CONFIRM = re.compile(rf"confirm{_LINKED}", re.ASCII | re.IGNORECASE)
_ADDRESS = re.compile(r"\S*[@＠]\S*")
#: Senders of a mail server's messages (RFC 2142, RFC 5321 4.5.1, and common others).
_DAEMONS = ("mailer-daemon", "postmaster", "mailerdaemon", "mail-daemon", "mailer daemon")
_OURS = frozenset(
    {
        Meaning.account,
        Meaning.host,
        Meaning.provider,
        Meaning.pace,
        Meaning.message,
        Meaning.policy,
    }
)
#: The subjects of bounces.
_UNDELIVERED = re.compile(
    r"undeliver|not (?:be )?delivered|delivery (?:status|failed|failure|problem|notification)"
    r"|failure notice|returned mail|mail (?:system )?error|退信|退回|无法投递|nicht zustellbar"
    r"|non remis|unzustellbar|配信|送信でき|недоставлен|не доставлено",
    re.IGNORECASE,
)
_DELAYED = re.compile(r"delay|warning|verzöger|延迟|延遲|遅延|retard", re.IGNORECASE)
#: RFC 5965 7.3 and its registry. `virus` and `other` are for a person to look at.
_COMPLAINTS = ("abuse", "fraud", "opt-out", "opt-out-list")
_NO_COMPLAINTS = ("not-spam", "auth-failure")
#: The type before a diagnosis (RFC 3464 2.3.6); some servers leave it out.
#: It is searched only at the start of a word: inside a long one the search would be quadratic.
_TYPE = re.compile(r"(?:(?<!\s)\s+|(?<![\s\w./-]))[\w./-]*[a-z-]\s*;", re.IGNORECASE)
#: The header that Hotmail's feedback loop, older than RFC 5965, adds to the copy; and the subjects
#: of other loops like it.
_HOTMAIL = "X-HmXmrOriginalRecipient"
_COMPLAINED = re.compile(
    r"complaint about (?:a )?message|(?:spam|abuse|junk|email) (?:complaint|feedback|report)"
    r"|feedback[- ]loop|垃圾邮件(?:投诉|举报)|投诉",
    re.IGNORECASE,
)
#: Meanings that other sentences of a mail do not match by chance.
_TELLING = frozenset(Meaning) - {Meaning.message, Meaning.policy, Meaning.vague, Meaning.busy}

# It logs its own troubles, with a traceback; Python prints what nobody handles.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What one mail reports."""

    kind: BounceKind
    #: The subscriber whose copy it is about; None without a proof.
    subscriber: int | None = None
    #: The epoch of the subscription that the copy was made for.
    epoch: int = 0
    #: The words of the other side, in one line, without addresses.
    words: str = ""


def parse(mail: bytes, keys: Keys) -> Bounce:
    """Return what a mail reports (DSN RFC 3464, feedback report RFC 5965, or free text).

    Only its first `LIMIT` bytes are read. Never raises: a mail that cannot be read is `unknown`.
    """
    try:
        return _parse(mail[:LIMIT], keys)
    except Exception:  # noqa: BLE001  (parsers, ours and others', meet whatever strangers send)
        return Bounce(kind=BounceKind.unknown)


def classify(mail: bytes) -> tuple[BounceKind, str]:
    """Return the kind of a mail as if it had a proof, and the words. Benchmarks use it."""
    return _classify(parse_mail(mail[:LIMIT]), mail[:LIMIT], proven=True)


def _parse(mail: bytes, keys: Keys) -> Bounce:
    message = parse_mail(mail)
    left = _first_token(_LEAVE, Purpose.leave, [_subject(message)], keys)
    if left is not None:
        return Bounce(kind=BounceKind.leave, subscriber=left[0], epoch=left[1])
    proof = _proof(message, keys)
    kind, words = _classify(message, mail, proven=proof.subscriber is not None)
    if proof.subscriber is None and kind is not BounceKind.ignored:
        kind = BounceKind.unknown
    return replace(proof, kind=kind, words=_redacted(words))


# --- Of whom ------------------------------------------------------------------------------


def _proof(message: Message, keys: Keys) -> Bounce:
    texts = list(all_text(message))
    paths = map(keys.read_return_path, _candidates(_RETURN, texts))
    address = next((path for path in paths if path is not None), None)
    subscriber, epoch = (
        address
        or _first_token(_LEAVE, Purpose.leave, texts, keys)
        or _first_token(_CONFIRM, Purpose.confirm, texts, keys)
        or (None, 0)
    )
    return Bounce(kind=BounceKind.unknown, subscriber=subscriber, epoch=epoch)


def _first_token(
    pattern: re.Pattern[str], purpose: Purpose, texts: list[str], keys: Keys
) -> tuple[int, int] | None:
    for token in _candidates(pattern, texts):
        link = keys.read_link(purpose, token)
        if link is not None:
            return link
    return None


def _candidates(pattern: re.Pattern[str], texts: list[str]) -> Iterator[str]:
    return islice((match[1] for text in texts for match in pattern.finditer(text)), _TRIED)


# --- What ---------------------------------------------------------------------------------


def _classify(message: Message, mail: bytes, *, proven: bool) -> tuple[BounceKind, str]:
    own = list(own_parts(message))
    text = own_text(own)[:_OWN]
    for part in own:
        match part.get_content_type():
            case "message/delivery-status":
                return _parse_delivery_status(part, text)
            case "message/feedback-report":
                return _parse_feedback_report(part)
            case _:
                pass
    # Without a proof it says nothing of anybody, however it is put.
    if proven and _is_complaint(message, own):
        return BounceKind.complaint, "abuse"
    bounce = _classify_by_words(message, mail, text) if proven else None
    if bounce is not None:
        return bounce
    receipt = any(part.get_content_type() == "message/disposition-notification" for part in own)
    # What a mail server sends is no reply, and if it is no bounce a person has to look at it.
    automatic = is_automatic(message, _subject(message)) and not _is_from_daemon(message)
    return BounceKind.ignored if receipt or automatic else BounceKind.unknown, ""


def _parse_delivery_status(part: Message, text: str) -> tuple[BounceKind, str]:
    """Read a delivery status (RFC 3464): a block of fields for the mail, one for each address."""
    kinds, first, length = [], "", 0
    why = _refusal_paragraph(text)
    for block in subparts(part):
        fields = fields_of(block)
        action, status = fields.get("action", ""), fields.get("status", "")
        if not (action or status):
            continue
        # Exim says why only in the text.
        diagnosis = _TYPE.sub("", fields.get("diagnostic-code", ""), count=1)
        length += len(diagnosis)
        meaning = meaning_of_refusal(diagnosis, status) if diagnosis else None
        if meaning is None:
            length += len(why or text)
            meaning = meaning_of_refusal(why or text, status)
        if length > _REPORTED:
            return BounceKind.unknown, ""
        kinds.append(_recipient_kind(action, status, meaning))
        first = first or diagnosis or why or status
    if not kinds:
        return BounceKind.unknown, ""
    if all(kind is BounceKind.hard for kind in kinds):
        return BounceKind.hard, first
    if BounceKind.hard in kinds or BounceKind.soft in kinds:
        return BounceKind.soft, first
    return BounceKind.ours if BounceKind.ours in kinds else BounceKind.ignored, first


def _recipient_kind(action: str, status: str, meaning: Meaning | None) -> BounceKind:
    """Return the kind for one address of a report. A delay is ignored: the server still tries."""
    action = action.strip().lower() or ("failed" if status.strip()[:1] in ("4", "5") else "")
    if not action.startswith(("fail", "error")):  # OpenSMTPD's is `error`
        return BounceKind.ignored
    return kind_of(meaning)


def kind_of(meaning: Meaning | None) -> BounceKind:
    """Return the kind of bounce for a refusal; soft if it gives no reason."""
    if meaning in (Meaning.gone, Meaning.no_domain):
        return BounceKind.hard
    return BounceKind.ours if meaning in _OURS else BounceKind.soft


def _parse_feedback_report(part: Message) -> tuple[BounceKind, str]:
    """Read a feedback report (RFC 5965)."""
    fields = [fields_of(block) for block in subparts(part)]
    kind = fields[0].get("feedback-type", "").strip().lower() if fields else ""
    if kind in _COMPLAINTS:
        return BounceKind.complaint, kind
    return BounceKind.ignored if kind in _NO_COMPLAINTS else BounceKind.unknown, kind


def _is_complaint(message: Message, own: list[Message]) -> bool:
    """Return whether a feedback loop returns the copy without a feedback report."""
    copies = [copy for part in own for copy in subparts(part)]
    if any(_HOTMAIL in copy for copy in copies):
        return True
    return bool(copies and _COMPLAINED.search(_subject(message)) and not _is_from_daemon(message))


def _classify_by_words(message: Message, mail: bytes, text: str) -> tuple[BounceKind, str] | None:
    """Read a bounce of no standard form, by its words; None when it is no bounce.

    flufl.bounce calls permanent what it has not seen delayed: that alone makes nothing hard.
    """
    temporary, permanent = _flufl_failures(mail)
    refusal = _refusal_paragraph(text)
    if permanent or (refusal and _is_bounce(message)):
        kind = kind_of(meaning_of_refusal(refusal or text))
        return kind, refusal or text
    subject = _subject(message)
    if temporary or (_is_from_daemon(message) and _DELAYED.search(subject)):
        return BounceKind.ignored, text
    # A mail server says that it could not be delivered, and nobody knows why.
    failed = _is_from_daemon(message) and _UNDELIVERED.search(subject)
    return (BounceKind.soft, text) if failed else None


def _flufl_failures(mail: bytes) -> tuple[bool, bool]:
    """Return whether flufl.bounce finds a temporary failure, and a permanent one."""
    from flufl.bounce import all_failures  # noqa: PLC0415  (45 ms, for the few that need it)

    try:
        first = parse_mail(first_lines(mail, lines=_LINES, longest=_LONGEST_LINE))
        temporary, permanent = all_failures(first)
    except Exception:  # noqa: BLE001  (it trips over a From that is missing or no ASCII)
        return False, False
    return bool(temporary), bool(permanent)


def _refusal_paragraph(text: str) -> str:
    """Return the paragraph with a status or an SMTP reply, else one with known words, else ""."""
    paragraphs = [part for part in re.split(r"\n\s*\n", text, maxsplit=_PARAGRAPHS) if part]
    refusals = (paragraph for paragraph in paragraphs if is_refusal(paragraph))
    known = (paragraph for paragraph in paragraphs if meaning_of_words(paragraph) in _TELLING)
    return next(refusals, "") or next(known, "")


def _is_bounce(message: Message) -> bool:
    """Return whether a mail comes from a mail server, or has the subject of a bounce."""
    return _is_from_daemon(message) or bool(_UNDELIVERED.search(_subject(message)))


def _subject(message: Message) -> str:
    # Ours has 76 characters; a megabyte of encoded-words would take seconds.
    return header_text(str(message.get("Subject", ""))[:1000])


def _is_from_daemon(message: Message) -> bool:
    name, address = parseaddr(str(message.get("From", "")))
    local = (address or name).partition("@")[0]
    return local.lower().replace("_", "") in _DAEMONS


def _redacted(words: str) -> str:
    """Return words as one printable line without addresses, of at most `_WORDS` characters."""
    shown = "".join(
        character if character.isprintable() else " " for character in words[: _WORDS * 4]
    )
    return _ADDRESS.sub("<address>", " ".join(shown.split()))[:_WORDS].rstrip()
