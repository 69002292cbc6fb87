"""A real browser on a real server: Chromium against the live site on the loopback address."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import browser as chromium
from tests.pages.conftest import House, house

__all__ = ["house"]

# Playwright keeps an event loop in this thread; the ORM is used between its calls, never inside one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1440, "height": 900}

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all journeys."""
    program = chromium.executable()
    assert program, "no Chromium found: `python -m tests.browser` gets one"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=chromium.FLAGS)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser, house: House, live_server: Any) -> Iterator[OpenPage]:
    """Open a window of its own; complaints of the browser (blocked by policy, script errors) fail the test at its end."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(*, size: dict[str, int] = DESKTOP, theme: str = "light", scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport=size,
            color_scheme=theme,
            java_script_enabled=scripts,
            locale="de-DE",  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def enter(page: Page, house: House) -> None:
    """Follow the link and give the postcode."""
    page.goto(f"/p/{house.token}")
    page.get_by_label("Ihre Postleitzahl oder eine Rechnungsnummer").fill("50667")
    page.get_by_role("button", name="Weiter").click()
    page.wait_for_url("**/p/case/**")


def sign_in(page: Page, name: str) -> None:
    """Sign in as a member of staff."""
    page.goto("/desk/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Passwort").fill("a-long-password")
    page.get_by_role("button", name="Anmelden").click()
    page.wait_for_url("**/desk/")
