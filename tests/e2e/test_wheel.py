"""The wheel, installed alone: what a user gets who has no checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from collections import deque
from collections.abc import Sequence
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.e2e.newsletter import Newsletter, environment, later, paper

_PROJECT = Path(__file__).parents[2]
_SOURCES = ("publisher", "templates", "docs", "pyproject.toml", "README.md", "LICENSE")


def test_wheel_alone_makes_the_site(newsletter: Newsletter, tmp_path: Path) -> None:
    """The wheel in an environment of its own makes the same newsletter and the same site.

    With its own templates, copied, and its own manual.
    """
    sources = tmp_path / "sources"
    sources.mkdir()
    for name in _SOURCES:
        path = _PROJECT / name
        if path.is_dir():
            shutil.copytree(path, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, sources / name)
    pip = (sys.executable, "-m", "pip")
    _run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", tmp_path, sources], tmp_path)
    (wheel,) = tmp_path.glob("publisher-*.whl")
    shutil.rmtree(sources)

    alone = tmp_path / "alone"
    venv.create(alone, with_pip=False)
    python = alone / "bin" / "python"
    _run([*pip, "--python", python, "install", "--no-compile", "--no-deps", wheel], tmp_path)
    (packages,) = alone.glob("lib/python*/site-packages")
    (installed,) = distributions(name="publisher", path=[str(packages)])
    _lend(installed, packages)

    folder = tmp_path / "elsewhere"
    _run([alone / "bin" / "publisher", "init", "--with-templates", folder], tmp_path)
    elsewhere = Newsletter(folder)
    for each in (elsewhere, newsletter):
        each.set("newsletter", interface_language="zh-Hans")
        each.digest("000_aa.txt", paper(1) + paper(2))
    _run([alone / "bin" / "publisher", "run", "--now", later()], folder)
    newsletter.build()
    assert newsletter.tree() == elsewhere.tree()
    assert "本期目录" in elsewhere.tree()["issues/000/index.html"].decode()
    listed = _run([python, "-c", "import publisher; print(publisher.__file__)"], tmp_path)
    assert listed.startswith(str(alone))
    page = _run([alone / "bin" / "publisher", "docs", "commands"], tmp_path)
    assert page.startswith("# Commands\n")


def _lend(needy: Distribution, packages: Path) -> None:
    """Link to what a distribution asks for, as it is installed here, and to nothing else.

    pip did that in 7 s of CPU more, and with the network.
    """
    missing, lent = deque([needy]), set[str]()
    while missing:
        for line in missing.popleft().requires or []:
            wanted = Requirement(line)
            name = canonicalize_name(wanted.name)
            if name in lent or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
                continue
            lent.add(name)
            found = distribution(name)
            assert found.version in wanted.specifier, line
            missing.append(found)
            for file in found.files or []:
                if ".." not in file.parts and "__pycache__" not in file.parts:
                    (packages / file).parent.mkdir(parents=True, exist_ok=True)
                    (packages / file).symlink_to(str(found.locate_file(file)))


def _run(command: Sequence[str | Path], folder: Path) -> str:
    more = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    more["PYTHONPATH"] = ""  # the checkout's, perhaps
    done = subprocess.run(
        command, cwd=folder, env=environment(more), capture_output=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout
