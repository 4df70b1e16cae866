"""What README.md tells people to type works, and where it sends them there is something."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest

from publisher.config import SECTIONS, keys

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("publisher/**/*.md")])
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
LINES = "".join(BLOCKS).splitlines()


def test_make_has_the_targets() -> None:
    """Each `make …` names a target of the Makefile."""
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    wanted = [line.removeprefix("make ") for line in LINES if line.startswith("make ")]
    assert ["run", "test"] == [target for target in wanted if target in targets]


def test_commands_work(tmp_path: Path) -> None:
    """All other commands, typed one after the other in a copy of this folder, work."""
    for name in ("seeds", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    script = "\n".join(line for line in LINES if not line.startswith("make "))
    environ = {
        "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path, env=environ, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    assert "mail of 000: 2 accepted" in done.stdout
    assert (tmp_path / "news" / "out" / "index.html").is_file()
    expected = "email,name,language,status\nann@example.org,Ann Lee,,confirmed\n"
    assert (tmp_path / "news" / "backup.csv").read_text(encoding="utf-8").startswith(expected)


def test_settings_are_toml() -> None:
    """The settings it shows are settings there are."""
    shown = re.search(r"^    \[mail\]\n(?:    .*\n)+", README, re.MULTILINE)
    assert shown
    table = tomllib.loads(shown[0].replace("    ", ""))
    assert ["from", "relay"] == list(table["mail"])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link of each page leads to a file, and its fragment to a heading."""
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, fragment = unquote(target).partition("#")
        path = page.parent / name if name else page
        assert path.exists(), target
        if fragment:
            headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
            assert fragment in slugs, target


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name != "templates.md"],  # whose variables look alike
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_settings_named_exist(page: Path) -> None:
    """A `section.key` in any page is a setting there is."""
    known = {f"{key.section}.{key.name}" for key in keys()}
    pattern = rf"`((?:{'|'.join(SECTIONS)})\.(?!py`)[a-z_]+)`"
    named = set(re.findall(pattern, page.read_text(encoding="utf-8")))
    assert set() == named - known
