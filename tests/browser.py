"""A real browser for the tests: Debian's Chromium, driven by Playwright, and axe-core for what a person with a screen
reader or a keyboard meets. Every page that is closed must have had no error in its console."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
PATIENCE = 120_000
"""Milliseconds after which what a page should show will not come."""
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@contextmanager
def browsing() -> Iterator[Browser]:
    """Start the browser."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def page_of(browser: Browser, *, watched: bool = True, **options: Any) -> Iterator[Page]:
    """Open a page in a context of its own; what it says in its console or throws fails the test, if `watched`."""
    context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(f"a dialog: {dialog.message}"))
    yield page
    context.close()
    assert not watched or said == []


def assert_accessible(page: Page) -> None:
    """Assert that axe-core finds nothing against WCAG 2.2 AA."""
    found = Axe().run(page, options=RULES).response["violations"]
    told = [(each["id"], node["target"], node["failureSummary"]) for each in found for node in each["nodes"]]
    assert told == [], (page.url, told)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} scrolls sideways"
