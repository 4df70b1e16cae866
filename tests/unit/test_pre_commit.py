""".pre-commit-config.yaml runs what `make lint` runs, and downloads nothing."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
REPOS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]


def test_hooks_are_of_this_repository() -> None:
    """No hook comes from another repository, or has an environment of its own."""
    found = {(repo["repo"], hook["language"]) for repo in REPOS for hook in repo["hooks"]}
    assert {("local", "system")} == found


def test_hooks_are_linters() -> None:
    """Each program of `make lint` but the check of the lock is a hook, in the same order."""
    rule = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert rule
    linters = re.findall(r"\$\(BIN\)/(?!uv)(.+)", rule[1])
    hooks = [hook["entry"] for repo in REPOS for hook in repo["hooks"]]
    assert linters == [
        hook.removeprefix(".venv/bin/").removesuffix(" --force-exclude") for hook in hooks
    ]
