"""Mails, and the header fields of each copy (RFC 5322): the same bytes for the same input.

Not made with `email.message`: its folding turns a long List-Unsubscribe into an encoded-word,
which breaks one-click unsubscribing (RFC 8058), and a message takes 6 ms (research: 2026-11).
"""

from __future__ import annotations

import base64
import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parseaddr
from urllib.parse import quote

import idna

from publisher.errors import SettingsError

# RFC 5322 3.4.1's dot-atom, and letters of other scripts (RFC 6532).
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
# One address in `<>` after a name that needs no reading.
_NAMED = re.compile(r'\s*([^"<>@\\()]*[^"<>@\\()\s])\s*<([^<>\s]+)>\s*')
# What no header may hold, and half characters (surrogates), which no text may.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
#: RFC 2047 2: a line with an encoded-word has at most 76 characters, its header's name included.
_WORD_BYTES = 39
_LINE = 76
#: Lines fold between words; a longer word, which quoting may double, is encoded, so it can fold.
_LONGEST_WORD = 32
#: The placeholder of the reader's token in a letter, as long as a token; it needs no quoting.
TOKEN = f"0-{3 * 'TOKEN-OF-THE-READER-'}-0"


def with_ascii_domain(address: str) -> str:
    """Return an address with its domain as A-labels (RFC 5891), which every relay accepts.

    Raises UnicodeError for a domain that has none.
    """
    if address.isascii():  # nearly all are
        return address
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"


def mailto(address: str, subject: str = "") -> str:
    """Return a mailto URL (RFC 6068)."""
    # RFC 6068 2: what parts addresses or begins the query is encoded, other scripts are UTF-8.
    url = "mailto:" + quote(address, safe="@!$'*+")
    return f"{url}?subject={quote(subject)}" if subject else url


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name and an address (RFC 5322 3.4), its domain in ASCII."""

    name: str
    address: str

    @classmethod
    def parse(cls, text: str, setting: str) -> Mailbox:
        """Parse `Name <address>`. Raises SettingsError, which names the setting."""
        # parseaddr takes a comma or a colon in a name for the end of an address.
        plain = _NAMED.fullmatch(text)
        name, address = plain.groups() if plain else parseaddr(text)
        # parseaddr reads `news@exa mple.org` as news@exa: it must have read all there is.
        if text.strip().endswith((f"<{address}>", address)) and "@" in address:
            with suppress(UnicodeError):
                address = with_ascii_domain(address)
                if _ADDRESS.fullmatch(address):
                    return cls(name, address)
        raise SettingsError(
            f'{setting}: "{text}" is not one mail address. Write "Name <user@example.org>", and '
            "put a name with <, >, @, brackets or quotes in it in quotes: "
            "'\"News @ noon\" <user@example.org>'."
        )

    @property
    def domain(self) -> str:
        """Return the part after the @."""
        return self.address.rpartition("@")[2]

    def header(self) -> str:
        """Return it as the value of a header field."""
        return f"{_phrase(self.name)} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail of issues to the list, as all its copies share it."""

    sender: Mailbox
    reply_to: Mailbox | None
    subject: str
    date: datetime
    #: The newsletter's name and its List-Id (RFC 2919).
    list_name: str
    list_id: str
    #: The URLs of the archive and of this issue in it.
    archive_url: str
    issue_url: str
    #: Where to unsubscribe, the best first: https (one POST is enough, RFC 8058), then mailto.
    unsubscribe_urls: tuple[str, ...]
    #: Where to sign up: https or mailto.
    join_url: str
    text: str
    html: str
    #: The name of the issue or plan: Message-IDs are made of it.
    issue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A mail to one person, not to the list: a confirmation mail."""

    sender: Mailbox
    reply_to: Mailbox | None
    subject: str
    date: datetime
    text: str
    html: str
    #: A unique name: its Message-ID is made of it.
    name: str


def message_id(letter: Letter, recipient: str) -> str:
    """Return the Message-ID of one recipient's copy, always the same."""
    digest = hashlib.sha256(f"{letter.issue}\n{recipient}".encode()).hexdigest()[:24]
    return f"<{letter.issue}.{digest}@{letter.sender.domain}>"


def note_id(note: Note) -> str:
    """Return a note's Message-ID, always the same."""
    return f"<{note.name}@{note.sender.domain}>"


def header(mail: Letter | Note, recipient: str, name: str) -> bytes:
    """Return the header fields of one recipient's copy, with CRLF; `name` is its Message-ID.

    TOKEN stands for the recipient's token. Raises UnicodeError for a domain without A-labels.
    """
    if isinstance(mail, Letter):
        own = [
            ("List-Id", f"{_phrase(mail.list_name)} <{mail.list_id}>"),
            *_list_headers(mail),
            ("Archived-At", f"<{mail.issue_url}>"),
            ("Feedback-ID", _feedback_id(mail)),
            ("Precedence", "list"),
            ("Auto-Submitted", "auto-generated"),
        ]
    else:
        # RFC 3834 5: somebody asked for it, so it is an answer; nobody's holiday answers back.
        own = [("Auto-Submitted", "auto-replied")]
    fields = [
        *_address_headers(mail, recipient, name),
        *own,
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary(mail)}"'),
    ]
    return "".join(_fold(name, value) + "\r\n" for name, value in fields).encode("utf-8")


def boundary(mail: Letter | Note) -> str:
    """Return the MIME boundary (RFC 2046 5.1.1), the same in all copies."""
    # RFC 2045 6.7: base64 never has "=_".
    return "=_" + hashlib.sha256(mail.html.encode()).hexdigest()[:32]


def _address_headers(mail: Letter | Note, recipient: str, name: str) -> list[tuple[str, str]]:
    answers = [("Reply-To", mail.reply_to.header())] if mail.reply_to else []
    return [
        ("From", mail.sender.header()),
        *answers,
        ("To", with_ascii_domain(recipient)),
        ("Subject", _unstructured(mail.subject)),
        ("Date", format_datetime(mail.date)),
        ("Message-ID", name),
    ]


def _list_headers(letter: Letter) -> list[tuple[str, str]]:
    """Return the List- header fields (RFC 2369), with URLs never folded or encoded.

    Help and owner are mailto URLs of the address for replies: no page explains the list.
    """
    contact = (letter.reply_to or letter.sender).address
    leave = ", ".join(f"<{url}>" for url in letter.unsubscribe_urls)
    headers = [("List-Unsubscribe", leave)]
    # RFC 8058 3.1: only beside an https address, and both signed; mail.dkim signs them twice.
    if any(url.startswith("https:") for url in letter.unsubscribe_urls):
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return [
        *headers,
        ("List-Subscribe", f"<{letter.join_url}>"),
        ("List-Help", f"<{mailto(contact, 'help')}>"),
        ("List-Owner", f"<{mailto(contact)}>"),
        ("List-Archive", f"<{letter.archive_url}>"),
        ("List-Post", "NO"),
    ]


def _feedback_id(letter: Letter) -> str:
    """Return the Feedback-ID, by which Gmail counts complaints: issue, list, kind, and sender.

    The sender's part has 5 to 15 characters and stays the same. No part is one recipient's own:
    Gmail does not count values that few mails share. There is no CFBL-Address (RFC 9477), since
    no setting names an address for complaints.
    """
    sender = hashlib.sha256(letter.sender.domain.encode()).hexdigest()[:12]
    return f"{letter.issue}:{letter.list_id}:newsletter:{sender}"


def _phrase(name: str) -> str:
    """Return a display name as atoms, a quoted string, or encoded-words (RFC 5322 3.2.5)."""
    name = _one_line(name)
    if not _is_plain(name):
        return _encoded_words(name)
    if _ATOM.fullmatch(name):
        return name
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'


def _unstructured(text: str) -> str:
    text = _one_line(text)
    return text if _is_plain(text) else _encoded_words(text)


def _one_line(text: str) -> str:
    """Return text as one line; control characters, which no header may have, become spaces."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _is_plain(text: str) -> bool:
    """Return whether text can be in a header unencoded."""
    words = text.split(" ")
    return text.isascii() and "=?" not in text and max(map(len, words)) <= _LONGEST_WORD


def _encoded_words(text: str) -> str:
    words, current = [], b""
    for character in text:
        encoded = character.encode("utf-8")
        if len(current) + len(encoded) > _WORD_BYTES:
            words.append(current)
            current = b""
        current += encoded
    words.append(current)
    return " ".join(f"=?utf-8?B?{base64.b64encode(word).decode('ascii')}?=" for word in words)


def _fold(name: str, value: str) -> str:
    """Return a header field folded before words that would pass column 76; no word is split."""
    lines, current = [], f"{name}:"
    for word in value.split(" "):
        if len(current) + 1 + len(word) > _LINE and current not in (f"{name}:", ""):
            lines.append(current)
            current = ""
        current += " " + word
    lines.append(current)
    return "\r\n".join(lines)
