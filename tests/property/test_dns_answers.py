"""Whatever DNS answers, the doctor makes findings of it, in bounded time."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import dns.resolver
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.doctor import dkim, dmarc, sending_host, spf_check
from publisher.doctor.dns import Answer, Ask, Dns, Status
from publisher.doctor.spf_eval import MOST_LOOKUPS, Result, check_sender
from publisher.mail.dkim import Key, Kind, PrivateKey, generate_key
from tests.support.dns_server import name_server
from tests.support.time_bounds import within

ADDRESS = ipaddress.ip_address("192.0.2.1")
SENDER = "news@example.org"
PIECES = [
    *("v=spf1", " ", "all", "+", "-", "~", "?", "include:", "redirect=", "exp=", "a", "mx", "ptr"),
    *("exists:", "ip4:", "ip6:", "192.0.2.1", "2001:db8::1", "/", "//", "/99", "example.org"),
    *("%{", "}", "%", "%%", "s", "l", "o", "d", "i", "p", "h", "c", "r", "t", "v", "0", "9" * 200),
    *("%{d0}", "%{d\u0660}", "%{ir.-}", ".", "..", "\0", "\x1b[31m", "\u202e", "\xff", "\u0663"),
    *(
        "v=DMARC1",
        ";",
        "p=",
        "none",
        "rua=mailto:",
        "@",
        ",",
        "psd=y",
        "v=DKIM1",
        "k=rsa",
        "p=AAAA",
    ),
    *("x" * 300, "a." * 200, "=", " = ", "\t"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=40)
RECORDS = st.one_of(
    TEXTS,
    TEXTS.map("v=spf1 {}".format),
    TEXTS.map("v=DMARC1; p={}".format),
    TEXTS.map("v=DKIM1; p={}".format),
)
HOSTS = st.sampled_from(["", "a..b", "x" * 300, "example.org", "*", "\0"]) | st.text(max_size=20)


def answers(values: st.SearchStrategy[str]) -> st.SearchStrategy[Answer]:
    """Return answers with such values, and those without."""
    found = st.lists(values, min_size=1, max_size=12).map(
        lambda texts: Answer(Status.found, tuple(texts))
    )
    return found | st.sampled_from([Status.no_name, Status.no_record, Status.late]).map(Answer)


@st.composite
def worlds(draw: st.DrawFn) -> Ask:
    """Draw what DNS says: the same to the same question."""
    addresses = {"A": "192.0.2.1", "AAAA": "2001:db8::1"}
    data = draw(st.data())

    @cache
    def ask(name: str, kind: str) -> Answer:
        if kind in addresses:
            return data.draw(answers(st.just(addresses[kind])), name)
        return data.draw(answers(RECORDS if kind == "TXT" else HOSTS), name)

    return ask


@cache
def key() -> Key:
    """Return a key to look for."""
    private = serialization.load_pem_private_key(generate_key(Kind.rsa), password=None)
    assert isinstance(private, PrivateKey)
    return Key(domain="example.org", selector="news", private=private)


@given(ask=worlds())
def test_any_world(ask: Ask) -> None:
    """Each check ends with findings, or a verdict, and no error."""
    where = sending_host.Source(addresses=(ADDRESS,), given=False, host="mail.example.org")
    findings = [
        *sending_host.judge_names(ask, where),
        sending_host.judge_mailbox(ask, "example.org"),
        *dkim.judge_keys(ask, [key()]),
        *spf_check.judge_sender(ask, sender=SENDER, source=where),
        *dmarc.judge_policy(
            ask, author="example.org", envelope="a.example.org", signers=["b.org"], contact="c@d"
        ),
    ]
    assert findings


@given(text=TEXTS.map("v=spf1 {}".format))
@example(text="v=spf1 include:." + "a" * 60_000 + "!")
@example(text="v=spf1 " + "a:" + "%{d}" * 15_000)
@example(text="v=spf1 redirect=" + "." * 30_000 + "!")
@example(text="v=spf1 ip4:" + "1" * 60_000)
def test_any_record(text: str) -> None:
    """An SPF record that holds anything, itself included, has a result after few lookups."""
    asked = 0

    def ask(_name: str, kind: str) -> Answer:
        nonlocal asked
        asked += 1
        return Answer(Status.found, (text,)) if kind == "TXT" else Answer(Status.no_record)

    with within(5):
        verdict = check_sender(ask, ADDRESS, sender=SENDER)
        assert isinstance(verdict.result, Result)
        assert asked <= 10 * MOST_LOOKUPS


@contextmanager
def garbled(garbage: bytes) -> Iterator[dns.resolver.Resolver]:
    """Run a name server that answers with garbage behind the number of the question."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as serving:
        serving.bind(("127.0.0.1", 0))

        def answer() -> None:
            while True:
                question, client = serving.recvfrom(4096)
                if not question:
                    return
                serving.sendto(question[:2] + garbage, client)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = serving.getsockname()[1]
        try:
            yield resolver
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", serving.getsockname())
            thread.join(10)


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00" * 10,
        b"\xff" * 500,
        b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + b"\xc0\x0c" * 200,
        b"\x81\x80\xff\xff\xff\xff\xff\xff\xff\xff\x3f" + b"x" * 400,
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
)
def test_garbage(garbage: bytes) -> None:
    """A name server that answers in no DNS is one that does not answer."""
    with garbled(garbage) as resolver:
        ask = Dns(resolver, patience=0.2, all_patience=0.3)
        for kind in ("TXT", "A"):
            assert ask("example.org", kind).unknown


def test_text_for_a_terminal() -> None:
    """What a record holds can be shown: nothing in it reaches the terminal as a command."""
    texts = ["v=spf1 \\027[31m\\226\\128\\174 \\000 \\255", "tab\\009ok"]
    with name_server({("example.org", "TXT"): texts}) as resolver:
        values = Dns(resolver)("example.org", "TXT").values
    assert sorted(["v=spf1 \ufffd[31m\ufffd \ufffd \ufffd", "tab ok"]) == sorted(values)


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".org", "a." * 200, "\ud800.org", "\0", ""])
def test_odd_question(name: str) -> None:
    """A name that nobody can ask for has no usable answer."""
    with name_server({}) as resolver:
        assert Dns(resolver)(name, "TXT").status in (Status.failed, Status.no_name)
