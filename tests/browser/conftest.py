"""A browser of this machine and a server to look at with it; a laptop without Chromium skips, CI fails."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from app.web.console import DIST
from tests.live import Live, serving

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), "")
SCREENS = Path(__file__).parent / "screens"
PICTURES = Path(__file__).parent.parent / "pictures"
expect.set_options(timeout=30_000)  # the machine is busy
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


def missing(what: str) -> None:
    if os.environ.get("CI"):
        raise AssertionError(f"{what} is missing")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Of one file: while it is there, its loop runs in this thread, and no test of anything else may."""
    if not CHROMIUM:
        missing("Chromium")
    if not (DIST / "index.html").is_file():
        missing("the built console (make console)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server that wants a sign-in."""
    with serving(tmp_path_factory.mktemp("console")) as (running, _):
        yield running


class Visit:
    """One person's browser; what the page complained of is kept."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.page: Page = context.new_page()
        self.complaints = list[str]()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        """Refused calls are the tests' own doing; a broken policy or a script of somebody else's is not."""
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def go(self, path: str = "") -> Page:
        self.page.goto(f"{self.address}/console{path}")
        return self.page

    def sign_in(self) -> Page:
        page = self.go()
        page.get_by_label("Cloud name").fill("demo")
        page.get_by_label("API key", exact=True).and_(page.locator("input:not([type=radio])")).fill("key")
        page.get_by_label("API secret").fill("secret")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="See what the machine saw").wait_for()
        return page

    def drop(self, *names: str) -> None:
        """Choose files of tests/pictures, or elsewhere by their whole path."""
        self.page.set_input_files("input[data-files]", [str(PICTURES / name) for name in names])


@pytest.fixture
def visit(chromium: Browser, server: Live) -> Iterator[Visit]:
    context = chromium.new_context(viewport={"width": WIDE["width"], "height": WIDE["height"]}, locale="en-GB")
    context.set_default_timeout(30_000)
    visit = Visit(context, server.address)
    yield visit
    complaints = visit.complaints
    context.close()
    assert complaints == []
