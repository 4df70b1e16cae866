"""No command shows a password, whatever is wrong with the setting that holds it."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from tests.e2e.newsletter import Newsletter
from tests.e2e.subscription_pages import served

PASSWORD = "hunter2"
#: Nobody listens at port 9 of this machine.
_BROKEN = {
    "relay without a host": ("mail", "relay", f"smtp://user:{PASSWORD}@"),
    "relay with @": ("mail", "relay", f"smtp://u:p@{PASSWORD}@127.0.0.1:9"),
    "relay with #": ("mail", "relay", f"smtp://u:25#{PASSWORD}@127.0.0.1"),
    "relay with /": ("mail", "relay", f"smtp://u:25/{PASSWORD}@127.0.0.1"),
    "relay with ?": ("mail", "relay", f"smtp://u:25?{PASSWORD}@127.0.0.1"),
    "relay without //": ("mail", "relay", f"smtps:u:{PASSWORD}@127.0.0.1"),
    "relay that is not there": ("mail", "relay", f"smtp://u:{PASSWORD}@127.0.0.1:9"),
    "relay that is a list": ("mail", "relay", [f"smtp://u:{PASSWORD}@127.0.0.1:9"]),
    "relays as a text": ("mail", "relays", f"smtp://u:p a={PASSWORD}@127.0.0.1:9"),
    "IMAP without //": ("mail", "bounces", f"imaps:u:{PASSWORD}@127.0.0.1"),
    "IMAP without a scheme": ("mail", "bounces", f"u:{PASSWORD}@127.0.0.1"),
    "IMAP with /": ("mail", "bounces", f"imaps://u:9/{PASSWORD}@127.0.0.1/INBOX"),
    "IMAP with #": ("mail", "bounces", f"imaps://u:9#{PASSWORD}@127.0.0.1/INBOX"),
    "IMAP that is not there": ("mail", "bounces", f"imaps://u:{PASSWORD}@127.0.0.1:9"),
    "database with a bad port": ("database", "url", f"postgresql://u:{PASSWORD}@127.0.0.1:abc/d"),
    "database with @": ("database", "url", f"postgresql://u:p@{PASSWORD}@127.0.0.1:9/d"),
    "database with a query": (
        "database", "url", f"postgresql://127.0.0.1:9/d?user=u&password={PASSWORD}",
    ),
    "database with a wrong query": (
        "database", "url", f"postgresql://127.0.0.1:9/d?passwort={PASSWORD}",
    ),
    "database with two passwords": (
        "database", "url", f"postgresql://127.0.0.1:9/d?password={PASSWORD}&password=b",
    ),
    "database as libpq has it": ("database", "url", f"host=127.0.0.1 password={PASSWORD} dbname=d"),
    "database that is not there": ("database", "url", f"postgresql://u:{PASSWORD}@127.0.0.1:9/d"),
    "hub": ("newsletter", "hub", f"https://u:{PASSWORD}@127.0.0.1:9/"),
    "base_url": ("newsletter", "base_url", f"https://u:{PASSWORD}@127.0.0.1/"),
    "web.url": ("web", "url", f"https://u:{PASSWORD}@127.0.0.1/"),
    "proxies": ("web", "trusted_proxies", [f"http://u:{PASSWORD}@127.0.0.1:3128"]),
    "token program": ("mail", "token_command", [f"https://u:{PASSWORD}@127.0.0.1/token"]),
    "secret": ("web", "secret", PASSWORD),
}  # fmt: skip
#: The commands that use a setting; all others read it.
_COMMANDS = {
    "relay": (("run", "--verbose"),),
    "token_command": (("run", "--verbose"), ("doctor", "--dns", "127.0.0.1")),
    "bounces": (("bounces",),),
    "hub": (("run",),),
}


#: Those that a server or a library is asked with.
_TAKEN = [what for what in _BROKEN if "not there" in what or "query" in what]
_ENCODED = "".join(f"%{ord(letter):02X}" for letter in PASSWORD)


@pytest.mark.parametrize(
    ("what", "written"),
    [*((what, PASSWORD) for what in _BROKEN), *((what, _ENCODED) for what in _TAKEN)],
)
def test_no_password_is_shown(read_newsletter: Newsletter, what: str, written: str) -> None:
    """A command that cannot use a setting, or a server, says so without the password."""
    section, name, value = _BROKEN[what]
    read_newsletter.digest("000_aa.txt", 1)
    # Its digest is of NOW, and it runs by the real clock.
    read_newsletter.set("mail", sender="news@example.org", max_lateness="36500d")
    if name == "token_command":
        read_newsletter.set("mail", relay="smtp://u@127.0.0.1:9")
    read_newsletter.set(section, **{name: _replaced(value, written)})
    for command in _COMMANDS.get(name, (("status",),)):
        ran = read_newsletter.run(*command, code=1)
        said = ran.out + ran.err
        assert not [form for form in _forms(written) if form in said], said


def test_no_password_is_logged(newsletter: Newsletter) -> None:
    """The log of `serve` tells of a relay that is not there without its password."""
    newsletter.set("mail", sender="news@example.org", relay=f"smtp://u:{PASSWORD}@127.0.0.1:9")
    with served(newsletter) as desk:
        (stamp,) = desk.stamps(1)
        desk.post("/subscribe", email="ann@example.org", language="", stamp=stamp)
        desk.server.says('"event": "confirmation deferred"')
    assert not [line for line in desk.server.out + desk.server.err if PASSWORD in line]


def _replaced(value: object, written: str) -> object:
    if isinstance(value, list):
        return [_replaced(one, written) for one in value]
    return str(value).replace(PASSWORD, written)


def _forms(written: str) -> list[str]:
    coded = base64.b64encode(PASSWORD.encode()).decode()
    return [PASSWORD, written, quote(written, safe=""), coded]
