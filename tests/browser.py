"""Debian's Chromium, driven by Playwright, which brings no browser of its own here."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium")
#: It is root in CI, has no graphics card, and is to ask nothing of the network.
_FLAGS = (
    "--no-sandbox --disable-gpu --hide-scrollbars --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-quic"
)


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser.

    While one runs, asyncio has a loop in this thread: let nothing else run beside it.
    """
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS.split())
        try:
            yield found
        finally:
            found.close()
