"""The log of commands: what happened, and neither an address nor a password."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest

from tests.e2e.newsletter import ANN, READERS, Newsletter, later, paper, until
from tests.e2e.subscription_pages import served
from tests.support.fake_relay import Relay

PASSWORD = "hunter2-and-more"


def events(newsletter: Newsletter) -> list[dict[str, object]]:
    """Return what was logged, as JSON."""
    log = newsletter.root / ".publisher" / "log"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def names(newsletter: Newsletter) -> list[object]:
    """Return the names of what was logged, without those of idle ticks."""
    return [each["event"] for each in events(newsletter) if each["event"] != "tick ended"]


@pytest.fixture
def logging_newsletter(read_newsletter: Newsletter, relay: Relay) -> Newsletter:
    """Return a newsletter with readers, a relay and a log."""
    read_newsletter.set("log", file=".publisher/log", format="json")
    read_newsletter.set("mail", relay=relay.url, tls="off", sender="News <news@example.net>")
    read_newsletter.digest("000_aa.txt", 1)
    return read_newsletter


def test_run(logging_newsletter: Newsletter) -> None:
    """A run logs the issue, its plan and its sending, with counts."""
    logging_newsletter.tick()
    assert ["issue published", "plan made", "sending begun", "sending ended"] == names(
        logging_newsletter
    )
    assert (4, "000") == tuple(events(logging_newsletter)[-1][key] for key in ("accepted", "plan"))


def test_what_is_printed_stays(logging_newsletter: Newsletter, tmp_path: Path) -> None:
    """With a log, a command prints what it prints without one."""
    other = Newsletter(shutil.copytree(logging_newsletter.root, tmp_path / "other"))
    words = ("run", "--verbose", "--now", later())
    with_log = logging_newsletter.run(*words)
    without = other.run(*words, env={"PUBLISHER_LOG_FILE": ""})
    assert (without.out, without.err) == (with_log.out, with_log.err)


def test_nothing_private(logging_newsletter: Newsletter, relay: Relay) -> None:
    """Neither who gets a mail nor a password is logged, also of mail that is refused."""
    address = relay.url.removeprefix("smtp://")
    logging_newsletter.set("mail", relay=f"smtp://news:{PASSWORD}@{address}")
    relay.answer("RCPT", f"550 5.1.1 <{ANN}> unknown; not {PASSWORD}", to=ANN)
    logging_newsletter.run("run", now=later(), code=1)
    log = (logging_newsletter.root / ".publisher" / "log").read_text()
    assert "sending failed" in log or "sending ended" in log
    assert not [each for each in (*READERS, "example.org", PASSWORD) if each in log], log


def test_watch(logging_newsletter: Newsletter) -> None:
    """What the process that sends for `watch` does is logged as well."""
    logging_newsletter.set("mail", max_lateness="36500d")
    with logging_newsletter.started("watch") as watch:
        until(lambda: "sending ended" in names(logging_newsletter), "a line about the sending")
        assert 0 == watch.end(signal.SIGTERM)
    assert "issue published" in names(logging_newsletter)


def test_serve(logging_newsletter: Newsletter) -> None:
    """What goes wrong beside a request is logged without who asked to join."""
    logging_newsletter.set("mail", relay=f"smtp://u:{PASSWORD}@127.0.0.1:9")
    with served(logging_newsletter) as desk:
        (stamp,) = desk.stamps(1)
        desk.post("/subscribe", email="zoe@example.net", language="", stamp=stamp)
        until(lambda: "confirmation deferred" in names(logging_newsletter), "a line about the mail")
    (deferred, *_) = events(logging_newsletter)
    assert "warning" == deferred["level"]
    assert not [
        each for each in ("zoe", PASSWORD) if each in json.dumps(events(logging_newsletter))
    ]


def test_bounces(logging_newsletter: Newsletter, tmp_path: Path) -> None:
    """A batch of bounces is one line with counts."""
    box = tmp_path / "bounces"
    box.write_text(f"From x\nFrom: a@example.net\nSubject: hello\n\n{paper(1)}\n")
    logging_newsletter.run("bounces", box, code=1)
    (read,) = [each for each in events(logging_newsletter) if each["event"] == "bounces read"]
    assert (1, 0) == (read["unknown"], read["suppressed"])


def test_log_below_the_site(logging_newsletter: Newsletter) -> None:
    """A log that everybody could read is refused."""
    logging_newsletter.set("log", file="out/log")
    assert "log.file: " in logging_newsletter.complaint("run")


def test_no_log(read_newsletter: Newsletter) -> None:
    """Without `log.file` nothing is written but what was before."""
    before = {path.name for path in (read_newsletter.root / ".publisher").iterdir()}
    read_newsletter.tick()
    after = {path.name for path in (read_newsletter.root / ".publisher").iterdir()}
    assert not [name for name in after - before if "log" in name]
