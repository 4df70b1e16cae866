"""Debian's Chromium, driven by Playwright, which brings no browser of its own here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.newsletter import PATIENCE

CHROMIUM = shutil.which("chromium")
#: What `make judges` installs.
AXE = Path(__file__).parents[1] / "judges" / "node_modules" / "axe-core" / "axe.min.js"
#: What is skipped for want of either here fails in CI. Beside this a test wants the group
#: "browser": browsers one after the other.
needs_chromium = pytest.mark.skipif(
    not os.environ.get("CI") and not (CHROMIUM and AXE.exists()),
    reason="needs chromium, and `make judges`",
)
_AUDIT = """
axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations.map(
    each => `${each.id}: ${each.nodes.map(node => node.target).join(" ")}`))
"""
#: It is root in CI, has no graphics card, and is to ask nothing of the network.
_FLAGS = (
    "--no-sandbox --disable-gpu --hide-scrollbars --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-quic"
)


#: As Playwright counts: milliseconds.
_PATIENCE = PATIENCE * 1000
expect.set_options(timeout=_PATIENCE)


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser.

    While one runs, asyncio has a loop in this thread: let nothing else run beside it.
    """
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM, args=_FLAGS.split(), timeout=_PATIENCE
        )
        try:
            yield found
        finally:
            found.close()


@contextmanager
def visitor(chromium: Browser, **options: Any) -> Iterator[BrowserContext]:
    """Open a browser's window; `options` are Playwright's."""
    context = chromium.new_context(**options)
    context.set_default_timeout(_PATIENCE)
    yield context
    context.close()


def violations(page: Page) -> list[str]:
    """Ask axe about what the page shows."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(_AUDIT)
    return found
