"""Relays, rates, domains and quiet hours: what may be written, and what each mistake is told."""

import math
from datetime import time
from pathlib import Path

import pytest

from publisher.config import Settings, load
from publisher.config.relays import DomainPace, RelayPace
from publisher.errors import SettingsError


def loaded(folder: Path, toml: str, variables: dict[str, str] | None = None) -> Settings:
    """Load settings from that text and environment."""
    (folder / "publisher.toml").write_text(toml, encoding="utf-8")
    return load(folder, variables or {})


def refused(folder: Path, toml: str, variables: dict[str, str] | None = None) -> str:
    """Return the error, less the folder; it is one line."""
    with pytest.raises(SettingsError) as caught:
        loaded(folder, toml, variables)
    said = str(caught.value).replace(f"{folder}/", "")
    assert "\n" not in said
    return said


TWO = """
[mail]
tls = "off"
[[mail.relays]]
url = "smtp://user:secret@a.example.org:587"
weight = 3
rate = "600/m"
connections = 4
[[mail.relays]]
url = "smtps://b.example.org"
"""


def test_several_relays(tmp_path: Path) -> None:
    """Each table of [[mail.relays]] is a relay, with defaults where it says nothing."""
    a, b = loaded(tmp_path, TWO).mail.paces
    assert a == RelayPace(
        url="smtp://user:secret@a.example.org:587", weight=3, rate=10.0, connections=4
    )
    assert b == RelayPace(url="smtps://b.example.org", weight=1, rate=math.inf, connections=3)
    assert ["a.example.org:587", "b.example.org:465"] == [a.name, b.name]


def test_relays_from_the_environment(tmp_path: Path) -> None:
    """The variable holds relays with commas between them."""
    text = "smtp://a.example.org weight=3 rate=600/m, smtp://b.example.org connections=2"
    assert loaded(tmp_path, "", {"PUBLISHER_MAIL_RELAYS": text}).mail.paces == (
        RelayPace(url="smtp://a.example.org", weight=3, rate=10.0),
        RelayPace(url="smtp://b.example.org", connections=2),
    )


@pytest.mark.parametrize("word", ["true", "false"])
def test_overflow(tmp_path: Path, word: str) -> None:
    """A relay may overflow when it says so, in the file or in the variable."""
    value = word == "true"
    (relay,) = loaded(tmp_path, f'[[mail.relays]]\nurl = "smtp://a"\noverflow = {word}').mail.paces
    assert value == relay.overflow
    text = f"smtp://a overflow={word}, smtp://b"
    paces = loaded(tmp_path, "", {"PUBLISHER_MAIL_RELAYS": text}).mail.paces
    assert [value, False] == [each.overflow for each in paces]


def test_connections_go_by_weight(tmp_path: Path) -> None:
    """A relay that is to have a third of another's mail has a third of its connections."""
    text = "smtp://a weight=30, smtp://b weight=10, smtp://c, smtp://d weight=30 connections=7"
    paces = loaded(tmp_path, "", {"PUBLISHER_MAIL_RELAYS": text}).mail.paces
    assert [10, 3, 1, 7] == [each.connections for each in paces]


def test_one_relay(tmp_path: Path) -> None:
    """mail.relay, mail.rate and mail.connections are one relay."""
    toml = '[mail]\nrelay = "smtp://a.example.org"\nrate = "5000/h"\nconnections = 2\n'
    assert loaded(tmp_path, toml).mail.paces == (
        RelayPace(url="smtp://a.example.org", rate=5000 / 3600, connections=2),
    )


def test_a_maildir_has_no_pace(tmp_path: Path) -> None:
    """Into a Maildir mail goes as it comes."""
    assert () == loaded(tmp_path, "").mail.paces


def test_no_password_is_shown(tmp_path: Path) -> None:
    """A relay can be printed without its password."""
    assert "secret" not in repr(loaded(tmp_path, TWO).mail.relays)


def test_domains(tmp_path: Path) -> None:
    """A domain has a pace; one in another script is known by its A-labels."""
    toml = """
[mail.domains."QQ.com"]
rate = "20/m"
connections = 2
[mail.domains."*"]
rate = "50/s"
[mail.domains."例子.cn"]
connections = 1
"""
    assert dict(loaded(tmp_path, toml).mail.domains) == {
        "qq.com": DomainPace(rate=20 / 60, connections=2),
        "*": DomainPace(rate=50.0),
        "xn--fsqu00a.cn": DomainPace(connections=1),
    }


def test_domains_from_the_environment(tmp_path: Path) -> None:
    """The variable holds domains with commas between them."""
    variables = {"PUBLISHER_MAIL_DOMAINS": "qq.com rate=20/m connections=2, * rate=50/s"}
    assert dict(loaded(tmp_path, "", variables).mail.domains) == {
        "qq.com": DomainPace(rate=20 / 60, connections=2),
        "*": DomainPace(rate=50.0),
    }


def test_quiet_hours(tmp_path: Path) -> None:
    """Quiet hours are two times of day."""
    toml = '[mail]\nquiet_hours = "22:00-07:00"'
    assert (time(22), time(7)) == loaded(tmp_path, toml).mail.quiet_hours


RATE = 'wants a rate like "20/s", "600/m", "5000/h" or "50000/d"'
FEW = "wants a whole number from 1 to 1000"
HOURS = 'mail.quiet_hours wants two times of day, like "22:00-07:00"'


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ("[mail]\nrate = 20", f"publisher.toml:2:1: mail.rate {RATE}"),
        ('[mail]\nrate = "0/s"', f"publisher.toml:2:1: mail.rate {RATE}"),
        ('[mail]\nrate = "20"', f"publisher.toml:2:1: mail.rate {RATE}"),
        ('[mail]\nrate = "1.5/s"', f"publisher.toml:2:1: mail.rate {RATE}"),
        ("[mail]\nconnections = 0", f"publisher.toml:2:1: mail.connections {FEW}"),
        ('[mail]\nquiet_hours = "22:00"', f"publisher.toml:2:1: {HOURS}"),
        ('[mail]\nquiet_hours = "22:00-24:00"', f"publisher.toml:2:1: {HOURS}"),
        ('[mail]\nquiet_hours = "7:00-22:00"', f"publisher.toml:2:1: {HOURS}"),
        ('[mail]\nquiet_hours = "22:00-22:00"', f"publisher.toml:2:1: {HOURS}"),
        ("[mail]\nquiet_hours = 22", "publisher.toml:2:1: mail.quiet_hours wants some text"),
        (
            f"{TWO}rate = 5",
            f"publisher.toml:11:1: mail.relays[2].rate {RATE}",
        ),
        (
            f"{TWO}conections = 5",
            (
                "publisher.toml:11:1: mail.relays[2].conections is unknown; did you mean "
                '"connections"?'
            ),
        ),
        (
            TWO.replace("weight = 3", "weight = 0"),
            f"publisher.toml:6:1: mail.relays[1].weight {FEW}",
        ),
        (
            TWO.replace("smtps://b.example.org", "smtp://a.example.org:587"),
            "publisher.toml:10:1: mail.relays[2].url names a.example.org:587 for the second time",
        ),
        (
            TWO.replace("smtps://b.example.org", "maildir:box"),
            (
                "publisher.toml:10:1: mail.relays[2].url wants a mail server or sendmail; a "
                "Maildir is for mail.relay alone"
            ),
        ),
        (
            f"{TWO}[[mail.relays]]\nweight = 1",
            'publisher.toml:11:1: mail.relays[3] has no url, like "smtp://HOST"',
        ),
        (
            '[mail]\nrelays = "smtp://a b=1"',
            (
                "publisher.toml:2:1: mail.relays wants KEY=VALUE after url, parted by white space; "
                "KEY is one of weight, rate, connections, overflow, tls_name"
            ),
        ),
        (
            f"{TWO}overflow = 1",
            "publisher.toml:11:1: mail.relays[2].overflow wants true or false",
        ),
        (
            '[mail]\nrelays = "smtp://a overflow=yes"',
            "publisher.toml:2:1: mail.relays[1].overflow wants true or false",
        ),
        (
            "[mail]\nrelays = 3",
            'publisher.toml:2:1: mail.relays wants tables: [[mail.relays]] with url = "smtp://HOST"',
        ),
        (
            '[mail.domains."gmail.com"]\nrate = 3',
            f"publisher.toml:2:1: mail.domains.gmail.com.rate {RATE}",
        ),
        (
            '[mail.domains."gmail.com"]\nrates = "3/s"',
            'publisher.toml:2:1: mail.domains.gmail.com.rates is unknown; did you mean "rate"?',
        ),
        (
            '[mail.domains.gmail]\nrate = "3/s"',
            (
                'publisher.toml:1:1: mail.domains.gmail is no domain like "gmail.com", nor "*" for '
                "every other"
            ),
        ),
        (
            '[mail.domains."qq.com"]\n[mail.domains."QQ.COM"]',
            "publisher.toml:2:1: mail.domains.QQ.COM names the domain for the second time",
        ),
        (
            "[mail]\ndomains = 3",
            (
                'publisher.toml:2:1: mail.domains wants tables: [mail.domains."example.org"] with '
                "rate or connections"
            ),
        ),
        (
            '[mail]\nrelay = "smtp://a"\n[[mail.relays]]\nurl = "smtp://b"',
            (
                "mail.relays and mail.relay are both set: a relay of mail.relays has its own url, "
                "rate, connections and tls_name; keep one or the other"
            ),
        ),
    ],
)
def test_mistake(tmp_path: Path, toml: str, expected: str) -> None:
    """A mistake is told with its line, the value's name, and what would be right."""
    assert expected == refused(tmp_path, toml)


def test_a_mistake_in_a_variable_shows_no_password(tmp_path: Path) -> None:
    """What may be a part of a password stands in no message."""
    for password in ("se cret", "se cr=et"):
        url = f"smtp://ann:{password}@a.example.org"
        assert refused(tmp_path, "", {"PUBLISHER_MAIL_RELAYS": url}) == (
            "PUBLISHER_MAIL_RELAYS wants KEY=VALUE after url, parted by white space; KEY is one of "
            "weight, rate, connections, overflow, tls_name"
        )
