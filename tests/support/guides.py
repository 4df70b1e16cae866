"""Pages of the documentation as somebody follows them: their commands and settings."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: The pages whose commands and settings a reader is to type.
GUIDES = [ROOT / "README.md", ROOT / "docs" / "tutorial.md", *sorted(ROOT.glob("docs/how-to/*.md"))]
#: First words of commands that need root, another program or the network.
SHOWN_ONLY = ("make", "mutt", "python3", "sudo", "~/publisher-venv/bin/pip")
#: What goes on until it is ended.
_ENDLESS = re.compile(r"^\S*publisher( --project \S+)? (serve|preview)\b")
_SCRIPT = """
until_it_listens() {{
  "$@" & local server=$!
  until (: < /dev/tcp/127.0.0.1/{port}) 2> /dev/null; do kill -0 $server; sleep 0.05; done
  kill -TERM $server; wait $server || test $? = 143
}}
"""


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of a page that are in a language."""
    text = page.read_text(encoding="utf-8")
    fence = re.compile(rf"^( *)```{language}\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(found[2]) for found in fence.finditer(text)]


def commands(page: Path) -> list[str]:
    """Return the lines of a page's `sh` blocks."""
    return "".join(blocks(page, "sh")).splitlines()


def follow(page: Path, folder: Path, environ: Mapping[str, str] | None = None) -> str:
    """Type what a page says in a folder, one line after the other; return what is printed.

    Servers are ended once they listen. Raises AssertionError for a command that fails.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    lines = [
        _until_it_listens(line, port)
        for line in commands(page)
        if line.partition(" ")[0] not in SHOWN_ONLY
    ]
    (folder / ".venv").symlink_to(sys.prefix)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _SCRIPT.format(port=port) + "\n".join(lines)],
        cwd=folder,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "PUBLISHER_WEB_PORT": port,
            **(environ or {}),
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def _until_it_listens(line: str, port: str) -> str:
    found = _ENDLESS.match(line)
    if not found:
        return line
    return f"until_it_listens {line}" + (f" --port {port}" if found[2] == "preview" else "")
