"""Making DKIM keys: what is written, and what there is to publish and to set."""

import stat
from pathlib import Path

import pytest

from publisher.doctor.dkim import judge_keys
from publisher.doctor.finding import Level
from publisher.doctor.keygen import make_keys
from publisher.errors import OutputError, SettingsError
from publisher.mail.dkim import Kind, load_key
from tests.support.dns_server import facts

SELECTORS = {"a-rsa": Kind.rsa, "a-ed": Kind.ed25519}


def test_kinds(tmp_path: Path) -> None:
    """A key of the kind asked for is made for each selector."""
    made = make_keys(tmp_path / "dkim", "example.org", SELECTORS)
    kinds = [load_key(each, domain="example.org", selector="x").kind for each in made.files]
    assert [Kind.rsa, Kind.ed25519] == kinds


def test_only_the_owner_reads(tmp_path: Path) -> None:
    """Nobody else can read the keys, nor look into a folder made for them."""
    made = make_keys(tmp_path / "dkim", "example.org", SELECTORS)
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (*made.files, tmp_path / "dkim")]
    assert [0o600, 0o600, 0o700] == modes


def test_records_are_good(tmp_path: Path) -> None:
    """Once the records are published, the doctor finds nothing to say of the keys."""
    made = make_keys(tmp_path, "example.org", SELECTORS)
    ask = facts({(each.name, "TXT"): [each.value] for each in made.records})
    keys = [load_key(each, domain="example.org", selector=each.stem) for each in made.files]
    assert [Level.ok, Level.ok] == [each.level for each in judge_keys(ask, keys)]


def test_setting(tmp_path: Path) -> None:
    """The line for publisher.toml names files below the newsletter's folder from there."""
    made = make_keys(tmp_path / ".publisher/dkim", "example.org", SELECTORS)
    expected = 'dkim = ["a-rsa:.publisher/dkim/a-rsa.pem", "a-ed:.publisher/dkim/a-ed.pem"]'
    assert expected == made.setting(tmp_path)


def test_never_overwrites(tmp_path: Path) -> None:
    """A key that is there stays as it is, and none of the others is made."""
    there = tmp_path / "a-ed.pem"
    there.write_text("precious")
    with pytest.raises(
        OutputError, match=f"^{there}: there is a key already: with it in mail.dkim"
    ):
        make_keys(tmp_path, "example.org", SELECTORS)
    assert ([there], "precious") == (list(tmp_path.iterdir()), there.read_text())


def test_never_follows_a_link(tmp_path: Path) -> None:
    """A dangling link in a key's place is not written through."""
    (tmp_path / "a-ed.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="there is a key already"):
        make_keys(tmp_path, "example.org", {"a-ed": Kind.ed25519})
    assert not (tmp_path / "elsewhere").exists()


def test_bad_selector(tmp_path: Path) -> None:
    """A selector that cannot be one makes no file anywhere."""
    with pytest.raises(SettingsError, match=r'^"\.\./x" cannot be a DKIM selector'):
        make_keys(tmp_path / "dkim", "example.org", {"../x": Kind.ed25519})
    assert [] == list(tmp_path.iterdir())


def test_no_folder(tmp_path: Path) -> None:
    """A folder that cannot be made is an error that names it."""
    (tmp_path / "dkim").write_text("a file")
    with pytest.raises(OutputError, match=f"^{tmp_path / 'dkim'}: cannot write a DKIM key: "):
        make_keys(tmp_path / "dkim", "example.org", SELECTORS)
