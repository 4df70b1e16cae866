"""What stays of a text that may hold a password."""

import pytest

from publisher.errors import OutputError, PublisherError, SettingsError
from publisher.redaction import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("smtp://u:hunter2@host: gone", "smtp://u:***@host: gone"),
        ("smtp://u:p@ss@host", "smtp://u:***@host"),
        ("smtp://user:hunter2@", "smtp://user:***@"),
        ("smtp://ann@example.org:hunter2@host:587", "smtp://ann@example.org:***@host:587"),
        ("smtps:u:hunter2@host", "smtps:***@host"),
        ("smtps:/u:hun ter2@host", "smtps:***@host"),
        ("smtp://u:hunter#2@host", "smtp://u:***@host"),
        ("smtp://u:12/hunter2@host", "smtp://u:***@host"),
        ("smtp://u:hunter?2@host", "smtp://u:***@host"),
        ("smtp://u:'hun ter2'@host", "smtp://u:***@host"),
        ("smtp://u:hun%40ter2@host", "smtp://u:***@host"),
        ("postgresql://u:hunter2@h:abc/d", "postgresql://u:***@h:abc/d"),
        ("postgresql+psycopg:u:hunter2@h/d", "postgresql+psycopg:***@h/d"),
        ("postgresql://h/d?user=u&password=hunter2", "postgresql://h/d?user=u&password=***"),
        ("postgresql://h/d?PASSWORD=hun%34&x=1", "postgresql://h/d?PASSWORD=***&x=1"),
        ("host=h password=hunter2 dbname=d", "host=h password=*** dbname=d"),
        (r"host=h password='hun \'ter2' dbname=d", "host=h password=*** dbname=d"),
        ("host=h password = hun ter2", "host=h password = ***"),
        ("PGPASSWORD=hunter2 psql", "PGPASSWORD=***"),
        ("{'sslpassword': 'hunter2', 'port': 1}", "{'sslpassword': '***', 'port': 1}"),
        ('{"api_key": "hunter2"}', "{\"api_key\": '***'}"),
        ("/news/u:hunter2@host: is not there", "/news/u:***@host: is not there"),
        ("https://hub.example.org/?token=hunter2", "https://hub.example.org/?token=***"),
        ("one\nsmtp://u:hunter2@h\ntwo@three", "one\nsmtp://u:***@h\ntwo@three"),
    ],
)
def test_passwords(text: str, shown: str) -> None:
    """A password is hidden wherever it stands, and what is around it is not."""
    assert shown == masked(text)


@pytest.mark.parametrize(
    "text",
    [
        'mail.relay wants "smtp://[USER:PASSWORD@]HOST[:PORT]"',
        "imaps://USER:PASSWORD@HOST/FOLDER",
        "imaps://mail.example.org:993: NO user ann@example.org unknown",
        "smtp.example.org:587: 535 5.7.8 who is ann@example.org?",
        "publisher.toml:3:1: mail.from wants an address like news@example.org",
        'http://[::1]:8000/ and "a": "b"',
        "--map VALUE=STATUS",
        "Check the user name and password.",
    ],
)
def test_other_texts(text: str) -> None:
    """What holds no password stays as it is."""
    assert text == masked(text)


def test_known_secrets() -> None:
    """A secret that is known is hidden in any form, without a URL around it."""
    said = "hun/ter 2, hun%2Fter%202, hun%2Fter+2"
    assert "***, ***, ***" == masked(said, "hun/ter 2")
    assert "***, ***, hun%2Fter+2" == masked(said, "hun%2Fter%202")


def test_a_short_secret() -> None:
    """What is in every other word hides nothing."""
    assert "a plain word" == masked("a plain word", "a", "")


@pytest.mark.parametrize(
    "part", ["a:", "://a:", "password=", "x", "password= ", "a=:", "'token': "]
)
def test_long_texts(part: str) -> None:
    """The time grows with the length, not with its square: a server may say what it likes."""
    text = part * (200_000 // len(part))
    assert masked(text)
    assert masked(f"{text}@")


@pytest.mark.parametrize("kind", [PublisherError, SettingsError, OutputError])
def test_errors(kind: type[PublisherError]) -> None:
    """No error of the program shows a password."""
    assert "no smtp://u:***@host" == str(kind("no smtp://u:hunter2@host"))
