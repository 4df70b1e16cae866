"""What README.md and the guides tell people to type works."""

import re
import shutil
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from publisher.commands.init import make_newsletter
from publisher.config import load
from tests.support.guides import GUIDES, ROOT, blocks, commands, follow
from tests.support.smtp_server import mail_server

README = ROOT / "README.md"


def test_make_has_the_targets() -> None:
    """Each `make …` of the README names a target of the Makefile."""
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    wanted = [line.removeprefix("make ") for line in commands(README) if line.startswith("make ")]
    assert ["run"] == [target for target in wanted if target in targets]


def test_readme(tmp_path: Path) -> None:
    """The README's commands, typed one after the other in a copy of this folder, work."""
    for name in ("seeds", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "publisher.toml", tmp_path)
    printed = follow(README, tmp_path)
    assert "mail of 001: 1 accepted" in printed
    assert (tmp_path / "news" / "out" / "issues" / "001" / "index.html").is_file()


def test_tutorial(tmp_path: Path) -> None:
    """The tutorial's commands, typed in an empty folder, bring two mails to a relay."""
    with mail_server() as relay:
        environ = {
            "PUBLISHER_MAIL_RELAY": f"smtp://127.0.0.1:{relay.port}",
            "PUBLISHER_MAIL_TLS": "off",
        }
        printed = follow(ROOT / "docs" / "tutorial.md", tmp_path, environ)
    assert "mail of 001: 1 accepted" in printed
    mails = [message_from_bytes(content, policy=policy.default) for content in relay.taken]
    subject = "#001: VITA, Gemma Scope"
    assert [f"[test] {subject}", subject] == [mail["Subject"] for mail in mails]


@pytest.mark.parametrize("page", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_settings_can_be_used(page: Path, tmp_path: Path) -> None:
    """What a guide shows of publisher.toml is taken as it stands."""
    for example in blocks(page, "toml"):
        (tmp_path / "publisher.toml").write_text(example, encoding="utf-8")
        load(tmp_path, {})


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a newsletter with the sample's digests, published, and a subscriber."""
    folder = tmp_path_factory.mktemp("published") / "news"
    make_newsletter(folder)
    for path in (ROOT / "seeds").iterdir():
        shutil.copy(path, folder / "seeds")
    publisher = [str(Path(sys.executable).with_name("publisher")), "--project", str(folder)]
    for arguments in (["build"], ["subscribers", "add", "ann@example.org", "--name", "Ann Lee"]):
        subprocess.run([*publisher, *arguments], check=True)
    return folder


@pytest.mark.parametrize(
    "page",
    [page for page in GUIDES if page.parent.name == "how-to" and commands(page)],
    ids=lambda path: path.stem,
)
def test_how_to(page: Path, published: Path, tmp_path: Path) -> None:
    """A guide's commands, typed in a newsletter's folder, work."""
    newsletter = shutil.copytree(published, tmp_path / "news")
    follow(page, newsletter, {"PUBLISHER_MAIL_FROM": "News <news@example.org>"})
