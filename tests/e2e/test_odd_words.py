"""Odd words after a command, and odd settings, are one line each, never an internal error."""

import pytest

from tests.e2e.newsletter import Newsletter

#: Bytes that are not UTF-8, as the command line has them.
NO_TEXT = "\udcff"


@pytest.mark.parametrize(
    "time",
    [
        *("0001-01-01T00:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
        *("1969-12-31", "2026-11-20T25:00:00", "", "x" * 10_000, "now"),
    ],
)
@pytest.mark.parametrize("command", ["build", "run"])
def test_odd_time(newsletter: Newsletter, command: str, time: str) -> None:
    """A time that nothing can be reckoned from is refused."""
    newsletter.digest("000_aa.txt", 1)
    assert newsletter.complaint(command, now=time).startswith("publisher: --now: wants a ")


@pytest.mark.parametrize(
    "time", ["1971-01-01", "9900-12-31T23:59:59-23:59", "2026-11-20T08:00:00+23:59:59.999999"]
)
def test_time_at_the_edge(newsletter: Newsletter, time: str) -> None:
    """With any time that is taken the commands after it work, too."""
    newsletter.digest("000_aa.txt", 1)
    newsletter.run("run", now=time)
    newsletter.run("status")


@pytest.mark.parametrize(
    "words",
    [
        *((command, NO_TEXT) for command in ("plan", "apply", "pause", "resume", "cancel")),
        ("deliveries", NO_TEXT),
        ("init", NO_TEXT),
        ("backup", NO_TEXT),
        ("backup", ""),
        ("backup", "/"),
        ("init", "x" * 10_000),
        ("bounces", "x" * 10_000),
        ("plan", "x" * 10_000),
        ("plan", "\u202e\x1b[31m"),
        ("subscribers", "show", NO_TEXT),
    ],
    ids=lambda words: " ".join(words)[:20].encode("ascii", "backslashreplace").decode(),
)
def test_odd_word(newsletter: Newsletter, words: tuple[str, ...]) -> None:
    """What names nothing is refused in a short line that the terminal can show."""
    line = newsletter.complaint(*words)
    assert line.isprintable()
    assert len(line) < 2_100


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("web", "host", "a..b"),
        ("web", "host", "x" * 300),
        ("database", "url", "postgresql://user:secret@127.0.0.1:abc/name"),
        ("database", "url", "sqlite:///state.db?timeout=abc"),
        ("mail", "relay", "smtp://user:secret@a..b"),
    ],
)
def test_odd_setting(newsletter: Newsletter, section: str, name: str, value: str) -> None:
    """A setting that passes for one and cannot be used is one line of the command that uses it."""
    newsletter.set(section, **{name: value})
    line = newsletter.complaint("serve")
    assert f"{section}.{name}" in line
    assert "secret" not in line


@pytest.mark.parametrize("relay", ["maildir:", "sendmail:/", "lmtp:///"])
def test_path_of_a_relay_that_is_too_long(published: Newsletter, relay: str) -> None:
    """A path that no file system has is one line, and the mail waits."""
    published.set("mail", sender="News <news@example.org>", relay=relay + "x" * 300)
    assert "x" * 300 in published.complaint("test-send", "000", "--to", "ann@example.org")
    published.subscribe("ann@example.org")
    published.tick(code=1)
