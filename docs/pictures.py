# ruff: noqa: INP001  (a script, not a package)
"""Take the pictures in docs/images anew, as Debian's Chromium shows what the samples become.

`make pictures` runs it: after the templates have changed. With the fonts of Debian's
fonts-liberation and fonts-noto-cjk the same pages give the same bytes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ViewportSize

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.browser import browser  # noqa: E402  (found there)

#: What the templates' sans-serif fonts are drawn with.
FONTS = ("Liberation Sans", "Noto Sans CJK SC")
WIDTH, HEIGHT = 1240, 760
#: An issue's page beside its mail.
BOTH = f"""<!DOCTYPE html><meta charset="utf-8"><style>
body {{ margin: 0; width: {WIDTH}px; height: {HEIGHT}px; background: #d8dbe0; }}
div {{ position: absolute; top: 30px; height: 730px; overflow: hidden; background: #fff;
  border-radius: 8px 8px 0 0; box-shadow: 0 2px 12px #0003; }}
iframe {{ border: 0; transform-origin: 0 0; transform: scale(.78); height: 940px; }}
</style>
<div style="left: 30px; width: 690px"><iframe style="width: 885px" src="issues/000/index.html"
></iframe></div>
<div style="left: 750px; width: 460px"><iframe style="width: 590px" src="issues/000/email.html"
></iframe></div>
"""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One file below docs/images, and what is on it."""

    name: str
    shown: str
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"
    scale: float = 1


MAIL = "issues/000/email.html"
BARE = "bare.html"
#: The mail holds no image: with images off it is the same.
PICTURES = (
    Picture(name="picture.png", shown="both.html", width=WIDTH, height=HEIGHT, scale=1.5),
    Picture(name="email-375-light.png", shown=MAIL, width=375, height=1100),
    Picture(name="email-375-dark.png", shown=MAIL, width=375, height=1100, scheme="dark"),
    Picture(name="email-700-light.png", shown=MAIL, width=700, height=800),
    Picture(name="email-700-dark.png", shown=MAIL, width=700, height=800, scheme="dark"),
    Picture(name="email-375-bare.png", shown=BARE, width=375, height=1100),
)


def main() -> None:
    """Publish the sample newsletter in a folder of its own, and take the pictures."""
    require_fonts()
    with tempfile.TemporaryDirectory() as name, browser() as chromium:
        folder = Path(name)
        shutil.copy(ROOT / "publisher.toml", folder)
        shutil.copytree(ROOT / "seeds", folder / "seeds")
        command = [sys.executable, "-m", "publisher", "--project", name, "build", "--quiet"]
        subprocess.run([*command, "--now", "2026-11-20T08:00:00+00:00"], check=True)  # noqa: S603
        out = folder / "out"
        (out / "both.html").write_text(BOTH, encoding="utf-8")
        mail = (out / MAIL).read_text(encoding="utf-8")
        (out / BARE).write_text(re.sub(r"(?s)<style.*?</style>", "", mail), encoding="utf-8")
        for picture in PICTURES:
            take(chromium, out, picture)


def require_fonts() -> None:
    """Exit with a message if a font is missing: every picture would change for nothing."""
    command = [shutil.which("fc-list") or "fc-list", "--format=%{family}\\n"]
    families = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    missing = [font for font in FONTS if font not in families]
    if missing:
        sys.exit(f"{', '.join(missing)}: no such font; install fonts-liberation, fonts-noto-cjk")


def take(chromium: Browser, out: Path, picture: Picture) -> None:
    """Write the screenshot of one picture's page to docs/images."""
    page = chromium.new_page(
        viewport=ViewportSize(width=picture.width, height=picture.height),
        color_scheme=picture.scheme,
        device_scale_factor=picture.scale,
    )
    page.goto((out / picture.shown).as_uri(), wait_until="networkidle")
    page.screenshot(path=ROOT / "docs" / "images" / picture.name)
    page.close()


if __name__ == "__main__":
    main()
