"""A password in a setting is shown nowhere, however malformed its URL is."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from publisher.commands.bounces import choose_source
from publisher.config import Key, Settings, keys, load
from publisher.errors import PublisherError
from publisher.mail.inbound import Access, mails_of
from publisher.mail.smtp_endpoint import Route
from publisher.redaction import masked
from publisher.storage.database import Database

#: What a password is made of; the parts that are looked for are long enough not to be there by
#: chance.
HEAD, TAIL = "hunter2", "tr0ub4dor"
between = st.lists(st.sampled_from([*"@:/?#[]%&=+;,'\"\\ $~", "%40", "12", "李"]), max_size=4).map(
    "".join
)
passwords = st.one_of(
    st.tuples(between, between).map(lambda ends: f"{ends[0]}{HEAD}{ends[1]}{TAIL}"),
    st.tuples(between, between).map(lambda ends: quote(f"{ends[0]}{HEAD}{ends[1]}{TAIL}", safe="")),
)
schemes = st.sampled_from(
    [
        "smtp",
        "smtps",
        "lmtp",
        "imap",
        "IMAPS",
        "postgresql",
        "postgresql+psycopg",
        "https",
        "socks5",
    ]
)
forms = st.sampled_from(
    [
        "{}://u:{}@host",
        "{}://u:{}@host:587/name",
        "{}://u:{}@",
        "{}://u:{}@host:port/name",
        "{}://ann@example.org:{}@host",
        "{}:u:{}@host",
        "{}:/u:{}@host",
        "{}://:{}@[::1]:0/",
        "{}://u:{}@[::1/",
    ]
)
texts = st.tuples(forms, schemes, passwords).map(lambda parts: parts[0].format(*parts[1:]))
KEYS = [key for key in keys() if isinstance(key.default, str | tuple)]


def is_shown(text: str) -> bool:
    """Return whether a text shows a part of the password, percent-encoded or not."""
    return any(part in one for part in (HEAD, TAIL) for one in (text, unquote(text)))


def told(settings: Settings) -> list[str]:
    """Return what the program says of settings that it took."""
    mail = settings.mail
    ways: list[Callable[[], object]] = [
        lambda: settings,
        lambda: [relay.name for relay in mail.paces],
        lambda: [Route(url=relay.url) for relay in mail.paces],
        lambda: Database(settings.database.url, settings.project),
        lambda: list(mails_of(choose_source(settings, None), Access(), limit=1)),
    ]
    if "://" in mail.bounces:  # no server is asked
        ways.pop()
    return [said(way) for way in ways]


def said(way: Callable[[], object]) -> str:
    """Return what comes of something as text."""
    try:
        found = way()
    except PublisherError as error:
        return str(error)
    return f"{found} {found!r}"


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.section}.{key.name}")
@given(texts)
def test_settings(key: Key, text: str) -> None:
    """No error about a setting shows a password, nor does what is said of a secret one."""
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        (project / "publisher.toml").write_text("")
        try:
            settings = load(project, {key.variable: text})
            lines = told(settings) if key.secret else []  # whoever reads the site sees others
        except PublisherError as error:
            lines = [str(error)]
    assert [] == [line for line in lines if is_shown(line)]


@given(texts)
def test_any_text(text: str) -> None:
    """What a library says of a URL is shown without the password."""
    assume(not re.search(r":\d+:\s", text))  # what a server said, behind its port
    for form in ("{}", "invalid URL {!r} given", "cannot open {}: no such file", "x\n{}\ny@z"):
        assert not is_shown(masked(form.format(text)))
