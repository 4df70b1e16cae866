# ruff: noqa: INP001  (a script, not a package)
"""Take docs/picture.png anew: an issue's page beside its mail, as Chromium shows them.

Run it with `.venv/bin/python docs/picture.py` after the templates have changed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHROMIUM = (
    "chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--force-device-scale-factor=1.5"
)
WIDTH, HEIGHT = 1240, 760
PAGE = f"""<!DOCTYPE html><meta charset="utf-8"><style>
body {{ margin: 0; width: {WIDTH}px; height: {HEIGHT}px; background: #d8dbe0; }}
div {{ position: absolute; top: 30px; height: 730px; overflow: hidden; background: #fff;
  border-radius: 8px 8px 0 0; box-shadow: 0 2px 12px #0003; }}
iframe {{ border: 0; transform-origin: 0 0; transform: scale(.78); height: 940px; }}
</style>
<div style="left: 30px; width: 690px"><iframe style="width: 885px" src="out/issues/000/index.html"
></iframe></div>
<div style="left: 750px; width: 460px"><iframe style="width: 590px" src="out/issues/000/email.html"
></iframe></div>
"""


def main() -> None:
    """Publish the sample newsletter in a folder of its own, and take the picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(ROOT / "publisher.toml", folder)
        shutil.copytree(ROOT / "seeds", folder / "seeds")
        command = [sys.executable, "-m", "publisher", "--project", name, "build", "--quiet"]
        subprocess.run([*command, "--now", "2026-11-20T08:00:00+00:00"], check=True)  # noqa: S603
        (folder / "picture.html").write_text(PAGE, encoding="utf-8")
        options = [
            f"--user-data-dir={folder / 'chromium'}",
            f"--window-size={WIDTH},{HEIGHT}",
            f"--screenshot={ROOT / 'docs' / 'picture.png'}",
            (folder / "picture.html").as_uri(),
        ]
        subprocess.run([*CHROMIUM.split(), *options], check=True, capture_output=True)  # noqa: S603


if __name__ == "__main__":
    main()
