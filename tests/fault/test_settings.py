"""Settings that cannot be used: one line with the place, and nothing is touched."""

from __future__ import annotations

import pytest

from tests.e2e.newsletter import Newsletter, later

_MISTAKES: dict[str, tuple[str | bytes, str]] = {
    "unknown setting": (
        '[newsletter]\ntitle = "A"\n\n[mail]\nrelayy = "smtp://a"\n',
        'publisher.toml:5:1: unknown setting "mail.relayy"; did you mean "relay"?',
    ),
    "unknown section": (
        '[newsleter]\ntitle = "A"\n',
        'publisher.toml:1:1: unknown section "newsleter"; did you mean "newsletter"?',
    ),
    "bad value": (
        '[mail]\nfrom = "a@b.org"\nrelay = "smpt://host"\n',
        'publisher.toml:3:1: mail.relay wants "smtp://HOST"',
    ),
    "bad duration": (
        "[digests]\nsettle = 2\n",
        'publisher.toml:2:1: digests.settle wants a duration like "2s"',
    ),
    "bad time zone": (
        '[schedule]\ntimezone = "Mars/Base"\n',
        "publisher.toml:2:1: schedule.timezone wants a time zone",
    ),
    "no section": ('title = "A"\n', "publisher.toml"),
    "not TOML": ('[newsletter]\ntitle = "A\n', "publisher.toml:2:11: not TOML: "),
    "not UTF-8": (b'[newsletter]\ntitle = "\xff"\n', "publisher.toml: cannot be read as UTF-8"),
}


@pytest.mark.parametrize("what", _MISTAKES)
def test_mistake_in_settings(newsletter: Newsletter, what: str) -> None:
    """It is one line that names file, line and key, and nothing else happens."""
    content, expected = _MISTAKES[what]
    newsletter.digest("000_aa.txt", 1)
    file = newsletter.root / "publisher.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert f"publisher: {expected}" in newsletter.complaint("build", now=later())
    assert {} == newsletter.tree()
    assert not (newsletter.root / ".publisher").exists()


def test_mistake_put_right(published: Newsletter) -> None:
    """A mistake in the settings leaves the site alone; put right, the next build goes on."""
    file = published.root / "publisher.toml"
    good, before = file.read_bytes(), published.tree()
    file.write_text("[newsletter]\ntitel = 1\n")
    published.digest("001_bb.txt", 2)
    published.complaint("build", now=later())
    assert before == published.tree()
    file.write_bytes(good)
    published.build()
    assert {"000", "001"} == published.entries().keys()


def test_mistake_in_the_environment(newsletter: Newsletter) -> None:
    """A bad value in the environment is one line that names the variable."""
    ran = newsletter.run("build", env={"PUBLISHER_SCHEDULE_AT": "8 o'clock"}, code=1)
    assert [ran.err] == [f"{line}\n" for line in ran.lines]
    assert ran.err.startswith("publisher: PUBLISHER_SCHEDULE_AT wants times of day")


def test_no_settings(newsletter: Newsletter) -> None:
    """A folder without publisher.toml is one line that says how to make one."""
    (newsletter.root / "publisher.toml").unlink()
    line = newsletter.complaint("build")
    assert "publisher.toml: no such file; `publisher init DIR` makes a newsletter" in line


def test_no_digest_folder(published: Newsletter) -> None:
    """A folder of digests that is not there is one line, and withdraws nothing."""
    before = published.tree()
    seeds = published.root / "seeds"
    seeds.rename(published.root / "away")
    for command in ("build", "run", "check"):
        assert f"{seeds}: no such folder" in published.complaint(command)
    assert before == published.tree()
    (published.root / "away").rename(seeds)
    published.build()
    assert before == published.tree()
