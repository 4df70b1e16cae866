"""Mails, and the header fields of each copy (RFC 5322), the same for the same input.

Written by hand and not by `email.message`: its folding turns a long List-Unsubscribe into an
encoded-word, which breaks one-click, and building one costs 6 ms (research: 2026-11).
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
#: Lines fold between words; a longer word, which quoting may double, stands encoded, which folds.
_LONGEST_WORD = 32
#: Stands in a letter where each copy has its reader's token, as long as one; it needs no quoting.
TOKEN = f"0-{3 * 'TOKEN-OF-THE-READER-'}-0"


def on_the_wire(address: str) -> str:
    """Return an address with its domain as A-labels (RFC 5891), which every relay takes.

    Raises UnicodeError for a domain that has none.
    """
    if address.isascii():  # nearly all are
        return address
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"


def mailto(address: str, subject: str = "") -> str:
    """Return the address a mail program writes to when told (RFC 6068)."""
    # RFC 6068 2: what parts addresses or begins the query is encoded, other scripts are UTF-8.
    url = "mailto:" + quote(address, safe="@!$'*+")
    return f"{url}?subject={quote(subject)}" if subject else url


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name and an address (RFC 5322 3.4), its domain in ASCII."""

    name: str
    address: str

    @classmethod
    def parsed(cls, text: str, setting: str) -> Mailbox:
        """Read `Name <address>`. Raises SettingsError, naming the setting."""
        # parseaddr takes a comma or a colon in a name for the end of an address.
        plain = _NAMED.fullmatch(text)
        name, address = plain.groups() if plain else parseaddr(text)
        # parseaddr reads `news@exa mple.org` as news@exa: it must have read all there is.
        if text.strip().endswith((f"<{address}>", address)) and "@" in address:
            with suppress(UnicodeError):
                address = on_the_wire(address)
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
        """Return it as a header value."""
        return f"{_phrase(self.name)} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What all copies of an issue's mail have in common."""

    sender: Mailbox
    reply_to: Mailbox | None
    subject: str
    date: datetime
    #: The newsletter's name and its List-Id (RFC 2919).
    list_name: str
    list_id: str
    #: The archive's address and this issue's own in it.
    archive_url: str
    issue_url: str
    #: Where one leaves the list, the best first: https, behind which one POST is enough, mailto.
    leave_urls: tuple[str, ...]
    #: Where one joins: https, or a mail to whoever takes the answers.
    join_url: str
    text: str
    html: str
    #: Names the issue: Message-IDs are made of it.
    issue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A mail to one person that is no issue, and goes to no list."""

    sender: Mailbox
    reply_to: Mailbox | None
    subject: str
    date: datetime
    text: str
    html: str
    #: What tells it from all other notes: its Message-ID is made of it.
    name: str


def message_id(letter: Letter, recipient: str) -> str:
    """Return the Message-ID of one recipient's copy: the same whenever it is made again."""
    digest = hashlib.sha256(f"{letter.issue}\n{recipient}".encode()).hexdigest()[:24]
    return f"<{letter.issue}.{digest}@{letter.sender.domain}>"


def note_id(note: Note) -> str:
    """Return a note's Message-ID: the same whenever it is made again."""
    return f"<{note.name}@{note.sender.domain}>"


def header(mail: Letter | Note, recipient: str, name: str) -> bytes:
    """Return the header fields of one recipient's copy, with CRLF line ends; `name` is Message-ID.

    TOKEN stands where their token goes. Raises UnicodeError for an address no relay takes.
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
        *_addressed(mail, recipient, name),
        *own,
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary(mail)}"'),
    ]
    return "".join(_folded(name, value) + "\r\n" for name, value in fields).encode("utf-8")


def boundary(mail: Letter | Note) -> str:
    """Return what parts the text of a mail from its HTML, the same in all copies."""
    # RFC 2045 6.7: base64 never has "=_".
    return "=_" + hashlib.sha256(mail.html.encode()).hexdigest()[:32]


def _addressed(mail: Letter | Note, recipient: str, name: str) -> list[tuple[str, str]]:
    answers = [("Reply-To", mail.reply_to.header())] if mail.reply_to else []
    return [
        ("From", mail.sender.header()),
        *answers,
        ("To", on_the_wire(recipient)),
        ("Subject", _unstructured(mail.subject)),
        ("Date", format_datetime(mail.date)),
        ("Message-ID", name),
    ]


def _list_headers(letter: Letter) -> list[tuple[str, str]]:
    """Return what a mail program's buttons do (RFC 2369), each address whole and never encoded.

    Help and the owner are a mail to whoever takes the answers: no page tells how the list works,
    and a header must lead where it says.
    """
    contact = (letter.reply_to or letter.sender).address
    leave = ", ".join(f"<{url}>" for url in letter.leave_urls)
    headers = [("List-Unsubscribe", leave)]
    # RFC 8058 3.1: only beside an https address, and both signed; mail.dkim signs them twice.
    if any(url.startswith("https:") for url in letter.leave_urls):
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
    """Return what Gmail counts complaints by: issue, list, kind, and last the sender.

    The sender's part is 5 to 15 characters and stays the same; none is one recipient's own,
    for what few mails share is not counted. There is no CFBL-Address (RFC 9477) beside it: it
    names an address for complaints, and no setting does.
    """
    sender = hashlib.sha256(letter.sender.domain.encode()).hexdigest()[:12]
    return f"{letter.issue}:{letter.list_id}:newsletter:{sender}"


def _phrase(name: str) -> str:
    """Return a display name as atoms, a quoted string, or encoded-words (RFC 5322 3.2.5)."""
    name = _tidied(name)
    if not _plain(name):
        return _encoded_words(name)
    if _ATOM.fullmatch(name):
        return name
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'


def _unstructured(text: str) -> str:
    text = _tidied(text)
    return text if _plain(text) else _encoded_words(text)


def _tidied(text: str) -> str:
    """Return text as one line; a control character, which no header may hold, is a space."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _plain(text: str) -> bool:
    """Return whether text can stand in a header unencoded."""
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


def _folded(name: str, value: str) -> str:
    """Fold a header before words that would pass column 76; a longer word stays whole."""
    lines, current = [], f"{name}:"
    for word in value.split(" "):
        if len(current) + 1 + len(word) > _LINE and current not in (f"{name}:", ""):
            lines.append(current)
            current = ""
        current += " " + word
    lines.append(current)
    return "\r\n".join(lines)
