"""A mail is the same bytes every time, and every header reads as it was meant, on its own."""

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses, parseaddr, parsedate_to_datetime

import pytest

from publisher.errors import SettingsError
from publisher.mail.mime import Letter, Mailbox, mailto, message_id
from publisher.mail.personalize import compose
from tests.support.newsletter_folder import NOW
from tests.support.rendered_mail import LETTER

ANN = "ann@example.org"
MAIL = replace(
    LETTER,
    sender=Mailbox("Paper Digest · 论文速递", "digest@example.org"),
    reply_to=Mailbox('Editors, "the"', "editors@example.org"),
    subject="#001: VITA, Gemma Scope and 论文速递 with many more words than one line could hold",
    list_name="Paper Digest · 论文速递",
    list_id="digest.example.org",
    archive_url="https://news.example.org/",
    issue_url="https://news.example.org/issues/001/",
    unsubscribe_urls=("mailto:editors@example.org?subject=unsubscribe",),
    join_url="mailto:editors@example.org?subject=subscribe",
    text="Hello\n论文 <https://arxiv.org/abs/2408.05211>\n",
    html="<p>论文 &amp; more</p>\n" * 30,
    issue="001",
)


#: The same once the web server can take a one-click.
ONE_CLICK = replace(
    MAIL,
    unsubscribe_urls=("https://news.example.org/leave/" + "t" * 43, *MAIL.unsubscribe_urls),
)


def parsed(letter: Letter = MAIL, recipient: str = ANN) -> EmailMessage:
    """Read a mail back."""
    message = message_from_bytes(compose(letter, recipient), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def raw(name: str, letter: Letter = MAIL, recipient: str = ANN) -> str:
    """Return a header as it stands, its folds undone."""
    head = compose(letter, recipient).decode().partition("\r\n\r\n")[0]
    found = re.search(rf"^{name}: ((?:[^\r\n]|\r\n[ \t])*)", head, re.MULTILINE)
    assert found, f"no header {name}"
    return re.sub(r"\r\n(?=[ \t])", "", found[1])


# --- Headers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("From", "Paper Digest · 论文速递 <digest@example.org>"),
        ("Reply-To", '"Editors, \\"the\\"" <editors@example.org>'),
        ("To", ANN),
        ("Subject", MAIL.subject),
        ("Date", "Fri, 20 Nov 2026 08:00:00 +0000"),
        ("List-Id", "Paper Digest · 论文速递 <digest.example.org>"),
        ("List-Unsubscribe", "<mailto:editors@example.org?subject=unsubscribe>"),
        ("List-Subscribe", "<mailto:editors@example.org?subject=subscribe>"),
        ("List-Help", "<mailto:editors@example.org?subject=help>"),
        ("List-Owner", "<mailto:editors@example.org>"),
        ("List-Archive", "<https://news.example.org/>"),
        ("List-Post", "NO"),
        ("Archived-At", "<https://news.example.org/issues/001/>"),
        ("Feedback-ID", "001:digest.example.org:newsletter:bfabc3743295"),
        ("Precedence", "list"),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
    ],
)
def test_header_reads_as_meant(name: str, value: str) -> None:
    """Each header, decoded on its own by either of two decoders, says what was put in."""
    alone = raw(name)
    modern = policy.default.header_factory(name, alone)
    assert ((), value) == (modern.defects, str(modern))
    assert value == str(make_header(decode_header(alone)))


def test_no_other_header() -> None:
    """What is tested above is all there is, with what is not the same in every mail."""
    others = ["From", "Reply-To", "To", "Subject", "Date", "Message-ID", "MIME-Version"]
    lists = [
        *("List-Id", "List-Unsubscribe", "List-Subscribe", "List-Help", "List-Owner"),
        *("List-Archive", "List-Post", "Archived-At", "Feedback-ID", "Precedence"),
    ]
    assert sorted([*others, *lists, "Auto-Submitted", "Content-Type"]) == sorted(parsed().keys())


def test_one_click() -> None:
    """With an https address the mail offers one click, and still the mail (RFC 8058 3.1)."""
    https, mail = ONE_CLICK.unsubscribe_urls
    assert f"<{https}>, <{mail}>" == raw("List-Unsubscribe", ONE_CLICK)
    assert "List-Unsubscribe=One-Click" == raw("List-Unsubscribe-Post", ONE_CLICK)


def test_http_is_no_one_click() -> None:
    """RFC 8058 3.1 asks for https: without it the header that promises one click stays away."""
    letter = replace(MAIL, unsubscribe_urls=("http://news.example.org/leave/t",))
    assert "List-Unsubscribe-Post" not in parsed(letter)


def test_list_headers_are_never_encoded() -> None:
    """Addresses stand as they are, in whatever length, and fold between one another only."""
    far = replace(
        ONE_CLICK, archive_url="https://news.example.org/" + "a" * 120 + "/",
        reply_to=Mailbox("编辑部", "编辑@example.org"),
    )  # fmt: skip
    lines = compose(far, ANN).decode().partition("\r\n\r\n")[0].split("\r\n")
    https, mail = far.unsubscribe_urls
    folded = [line for line in lines if "leave/" in line or mail in line]
    assert [f"List-Unsubscribe: <{https}>,", f" <{mail}>"] == folded
    assert f"List-Archive: <{far.archive_url}>" in lines
    assert "List-Owner: <mailto:%E7%BC%96%E8%BE%91@example.org>" in lines


def test_feedback_id_is_the_same_for_all() -> None:
    """Gmail counts by issue and sender, never by recipient; the sender's part is 5 to 15 long."""
    found = {raw("Feedback-ID", recipient=who) for who in (ANN, "bob@example.org")}
    other = raw("Feedback-ID", replace(MAIL, issue="002")).split(":")
    (one,) = (each.split(":") for each in found)
    assert (one[1:], "002", 12) == (other[1:], other[0], len(one[-1]))


@pytest.mark.parametrize(
    ("address", "subject", "expected"),
    [
        ("a@example.org", "", "mailto:a@example.org"),
        ("a+b@example.org", "un subscribe", "mailto:a+b@example.org?subject=un%20subscribe"),
        ("a?b&c/d%e@example.org", "x", "mailto:a%3Fb%26c%2Fd%25e@example.org?subject=x"),
    ],
)
def test_mailto(address: str, subject: str, expected: str) -> None:
    """What would part addresses or begin a query is encoded (RFC 6068 2)."""
    assert expected == mailto(address, subject)


def test_every_header_is_there_once() -> None:
    """No header stands twice, which RFC 5322 3.6 forbids for most of them."""
    names = [name.lower() for name in parsed()]
    assert sorted(set(names)) == sorted(names)


def test_message_reads_without_defects() -> None:
    """A strict parser has nothing to remark on the mail, its parts or its headers."""
    message = parsed()
    headers = [value for part in message.walk() for value in part.values()]
    assert [] == [
        *(defect for part in message.walk() for defect in part.defects),
        *(defect for value in headers for defect in value.defects),
    ]


def test_date_is_the_issues() -> None:
    """The mail is dated as the issue, whenever it leaves."""
    assert NOW == parsedate_to_datetime(raw("Date"))


def test_no_reply_to() -> None:
    """Without mail.reply_to there is no such header: answers go to the sender."""
    assert parsed(replace(MAIL, reply_to=None))["Reply-To"] is None


def test_lines_are_short() -> None:
    """No line passes 76 characters, those of the body included."""
    assert [] == [line for line in compose(MAIL, ANN).split(b"\r\n") if len(line) > 76]


def test_only_an_address_makes_a_line_long() -> None:
    """A line is longer only when it is one address, which no fold may part (RFC 2369 2)."""
    long = [line for line in compose(ONE_CLICK, ANN).split(b"\r\n") if len(line) > 76]
    assert [f"List-Unsubscribe: <{ONE_CLICK.unsubscribe_urls[0]}>,".encode()] == long


def test_lines_end_in_crlf() -> None:
    """No line feed and no carriage return stands alone."""
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", compose(MAIL, ANN)) is None


def test_word_longer_than_a_line() -> None:
    """A title that is one endless word keeps to the 998 characters of RFC 5322 2.1.1."""
    letter = replace(MAIL, subject="a" * 3000, list_name="b" * 3000)
    assert max(map(len, compose(letter, ANN).split(b"\r\n"))) <= 998
    assert "a" * 3000 == parsed(letter)["Subject"]


def test_unsubscribe_is_never_encoded() -> None:
    """However long its address is, List-Unsubscribe stays as it is: programs read it."""
    url = "mailto:" + "x" * 200 + "@example.org?subject=unsubscribe"
    assert f"<{url}>" == raw("List-Unsubscribe", replace(MAIL, unsubscribe_urls=(url,)))


@pytest.mark.parametrize(
    "name",
    ["Plain name", "Name, with comma", 'A "quote"', "back\\slash", "a@b", "=?utf-8?q?x?=",
     "Team =?utf-8?q?x?=", "Émile", "论文" * 60, "(round)", "dot.", "; semi:", "", "[x]"],
)  # fmt: skip
def test_display_names(name: str) -> None:
    """Any display name comes back as it was, beside the address."""
    header = raw("From", replace(MAIL, sender=Mailbox(name, "a@example.org")))
    shown, address = parseaddr(header)
    assert (name, "a@example.org") == (str(make_header(decode_header(shown))), address)


@pytest.mark.parametrize("subject", ["=?utf-8?q?x?=", "Why =?", "100 % ?= sure", "a  b", " a "])
def test_odd_subjects(subject: str) -> None:
    """A subject that looks encoded is shown to the letter, its spaces tidied."""
    assert " ".join(subject.split()) == parsed(replace(MAIL, subject=subject))["Subject"]


# --- Addresses in other scripts -----------------------------------------------------------


def test_recipient_at_a_domain_in_another_script() -> None:
    """A domain in another script is written as its A-label, which every relay takes."""
    assert "ann@xn--fsqu00a.cn" == raw("To", recipient="ann@例子.cn")


def test_recipient_named_in_another_script() -> None:
    """A local part in another script stays as it is: it goes out by SMTPUTF8 (RFC 6532)."""
    assert "用户@xn--fsqu00a.cn" == raw("To", recipient="用户@例子.cn")


def test_sender_at_a_domain_in_another_script() -> None:
    """The sender's domain goes out as its A-label too, in From and in Message-IDs."""
    letter = replace(MAIL, sender=Mailbox.parse("News <news@例子.cn>", "mail.from"))
    assert "News <news@xn--fsqu00a.cn>" == raw("From", letter)
    assert message_id(letter, ANN).endswith("@xn--fsqu00a.cn>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("news@example.org", Mailbox("", "news@example.org")),
        ("News <news@example.org>", Mailbox("News", "news@example.org")),
        ('"News, daily" <news@example.org>', Mailbox("News, daily", "news@example.org")),
        ("ACME, Inc. <news@example.org>", Mailbox("ACME, Inc.", "news@example.org")),
        ("News: daily; more <a@b.c>", Mailbox("News: daily; more", "a@b.c")),
        ("Müller & Söhne, GmbH  <a@b.c>", Mailbox("Müller & Söhne, GmbH", "a@b.c")),
        ("<news@example.org>", Mailbox("", "news@example.org")),
        ("News (daily) <a@b.c>", Mailbox("News (daily)", "a@b.c")),
        ("论文速递 <news@example.org>", Mailbox("论文速递", "news@example.org")),
        ("News <news@localhost>", Mailbox("News", "news@localhost")),
    ],
)
def test_mailbox(text: str, expected: Mailbox) -> None:
    """A mailbox is a name and an address, or an address alone."""
    assert expected == Mailbox.parse(text, "mail.from")


@pytest.mark.parametrize(
    "text",
    ["News", "News <>", "News <news>", "a@b@c", "news@a..b", "news@exa mple.org", "a\x01@b.c",
     "News @ noon <news@example.org>", "a@example.org, b@example.org", "A <a@b.c>, B <b@b.c>",
     "A <a@b.c> <b@b.c>", 'An "odd <news@example.org>'],
)  # fmt: skip
def test_no_mailbox(text: str) -> None:
    """What is no mailbox is one line that names the setting and shows how."""
    with pytest.raises(SettingsError) as caught:
        Mailbox.parse(text, "mail.from")
    expected = f'mail.from: "{text}" is not one mail address. Write "Name <user@example.org>", '
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


# --- Bodies and identity ------------------------------------------------------------------


def test_bodies_come_back() -> None:
    """Both forms of the text come back to the letter, the plain one first."""
    message = parsed()
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert ["text/plain", "text/html"] == kinds
    found = [part.get_content().replace("\r\n", "\n") for part in message.iter_parts()]
    assert [MAIL.text, MAIL.html] == found


def test_bodies_are_base64() -> None:
    """Both parts are base64 in UTF-8: no relay has a reason to change them."""
    found = [
        (part["Content-Transfer-Encoding"], part.get_content_charset())
        for part in parsed().iter_parts()
    ]
    assert [("base64", "utf-8")] * 2 == found


def test_same_input_same_bytes() -> None:
    """A copy made again is the copy that was made before."""
    assert compose(MAIL, ANN) == compose(replace(MAIL), ANN)


def test_message_id_is_stable() -> None:
    """The Message-ID follows from issue, recipient and the sender's domain, and nothing else."""
    again = replace(MAIL, subject="x", html="y", text="z", reply_to=None)
    assert message_id(MAIL, ANN) == message_id(again, ANN) == parsed()["Message-ID"]


def test_message_ids_differ() -> None:
    """Other recipients and other issues have other Message-IDs, which name nobody."""
    ids = {
        message_id(MAIL, ANN), message_id(MAIL, "bob@example.org"),
        message_id(replace(MAIL, issue="002"), ANN),
    }  # fmt: skip
    assert (3, False) == (len(ids), any("ann" in each for each in ids))


def test_recipient_sees_nobody_else() -> None:
    """A copy names its own recipient and no other."""
    assert [("", ANN)] == getaddresses([raw("To")])
