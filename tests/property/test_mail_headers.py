"""No title, name or subject, however strange, gets out of the header it stands in."""

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr

from hypothesis import example, given
from hypothesis import strategies as st

from publisher.mail.mime import Letter, Mailbox
from publisher.mail.personalize import compose
from tests.support.rendered_mail import LETTER

PLAIN = replace(
    LETTER,
    unsubscribe_urls=("https://example.org/leave/x", "mailto:news@example.org?subject=unsubscribe"),
    join_url="mailto:news@example.org?subject=subscribe",
)
#: Any text UTF-8 can hold, often with what could break a header.
ODD = [
    "\r\n",
    "\n",
    "\r",
    "\0",
    "\x85",
    "\u2028",
    "Bcc: x@y.z",
    "=?utf-8?q?a?=",
    "论",
    '"',
    "\\",
    " ",
]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300) | st.lists(
    st.sampled_from([*ODD, "x" * 90]), max_size=12
).map("".join)


def letter(text: str) -> Letter:
    """Return a letter with that text wherever people write one."""
    return replace(
        PLAIN, subject=text, list_name=text, sender=Mailbox(text, "news@example.org"),
        reply_to=Mailbox(text, "editors@example.org"),
    )  # fmt: skip


def names(lines: list[str]) -> list[str]:
    """Return the names of the headers in these lines."""
    return [line.partition(":")[0] for line in lines if line[:1] not in (" ", "\t")]


def head(text: str) -> list[str]:
    """Return the lines above the first blank one."""
    return compose(letter(text), "ann@example.org").decode().partition("\r\n\r\n")[0].split("\r\n")


def headers(text: str) -> dict[str, str]:
    """Return every header's raw value by itself, its folds undone."""
    unfolded = re.sub(r"\r\n(?=[ \t])", "", "\r\n".join(head(text)))
    pairs = (line.partition(": ") for line in unfolded.split("\r\n"))
    return {name: value for name, _, value in pairs}


def words(value: str) -> str:
    """Decode a value, its spaces made single."""
    return " ".join(str(make_header(decode_header(value))).split())


def unquoted(phrase: str) -> str:
    """Undo a quoted string (RFC 5322 3.2.4)."""
    phrase = phrase.strip()
    return re.sub(r"\\(.)", r"\1", phrase[1:-1]) if phrase[:1] == '"' else phrase


@given(texts)
@example("a\r\nBcc: victim@example.org")
@example("a\r\n\r\n<script>")
@example("\x00\x7f\x1b")
def test_no_header_is_added(text: str) -> None:
    """The headers are the same, in the same order, whatever the texts in them are."""
    assert names(head("any")) == names(head(text))


@given(texts)
def test_header_lines(text: str) -> None:
    """No line has a control character or passes 998 bytes, and none is blank."""
    lines = head(text)
    assert [] == [line for line in lines if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", line)]
    assert [] == [line for line in lines if not line.strip() or len(line.encode()) > 998]


@given(texts)
def test_header_lines_fold(text: str) -> None:
    """Every line of every header has 76 characters at most: nothing here cannot fold."""
    assert [] == [line for line in head(text) if len(line) > 76]


@given(texts)
def test_names_and_addresses_come_back(text: str) -> None:
    """Each header decoded alone gives the name as it was written, beside the address it had."""
    kept = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())
    values = headers(text)
    for name, address in (("From", "news@example.org"), ("Reply-To", "editors@example.org")):
        shown, found = parseaddr(values[name])
        assert (address, kept) == (found, words(shown))
        (mailbox,) = policy.default.header_factory(name, values[name]).addresses
        # Python keeps the space between two encoded-words of a name here (gh-128110).
        assert (address, kept.replace(" ", "")) == (
            mailbox.addr_spec, "".join(mailbox.display_name.split())
        )  # fmt: skip
    phrase, _, rest = values["List-Id"].rpartition("<")
    assert (kept, "news.example.org>") == (words(unquoted(phrase)), rest)


@given(texts)
def test_headers_for_programs_are_never_encoded(text: str) -> None:
    """What programs read is there to the letter, whatever people call things (RFC 2369 2)."""
    values = headers(text)
    assert {
        "List-Unsubscribe": "<https://example.org/leave/x>,"
        " <mailto:news@example.org?subject=unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Subscribe": "<mailto:news@example.org?subject=subscribe>",
        "List-Help": "<mailto:editors@example.org?subject=help>",
        "List-Owner": "<mailto:editors@example.org>",
        "List-Archive": "<https://example.org/>",
        "List-Post": "NO",
        "Archived-At": "<https://example.org/issues/1/>",
    } == {
        name: value
        for name, value in values.items()
        if name.startswith(("List-", "Archived")) and name != "List-Id"
    }


@given(texts)
def test_encoded_words(text: str) -> None:
    """No encoded-word passes 75 characters, and each holds whole characters (RFC 2047 2, 5)."""
    words = re.findall(r"=\?utf-8\?B\?[^?]*\?=", "\n".join(head(text)))
    assert [] == [word for word in words if len(word) > 75]
    for word in words:
        str(make_header(decode_header(word)))


@given(texts)
def test_subject_comes_back(text: str) -> None:
    """The subject reads as it was written, less control characters and surplus spaces."""
    data = compose(letter(text), "ann@example.org")
    subject = message_from_bytes(data, policy=policy.default)["Subject"]
    kept = re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text)
    assert " ".join(kept.split()) == " ".join(str(subject).split())


@given(text=texts, html=texts)
def test_bodies_come_back(text: str, html: str) -> None:
    """The bodies come back as they were, whatever stands in them; line ends are CRLF."""
    data = compose(replace(PLAIN, text=text, html=html), "ann@example.org")
    parts = list(message_from_bytes(data).walk())[1:]
    found = [part.get_payload(decode=True) for part in parts]
    sent = [re.sub(r"\r\n|\n", "\r\n", each).encode() for each in (text, html)]
    assert sent == found
