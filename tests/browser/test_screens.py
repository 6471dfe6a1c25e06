"""Every page at two widths, light and dark, into tests/browser/screens, to be looked at. Nothing is wider than the window."""

import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NARROW, PICTURES, SCREENS, WIDE, Visit
from tests.live import Live, serving

KEY = ("key", "secret")
LONG = "A very long name of a photograph that somebody took at the harbour in the evening " * 2
PAGES = {
    "library": ("/library", "2 assets"),
    "library-empty": ("/library?q=tags%3Dunheard", "Nothing is like that"),
    "library-error": ("/library?q=colour%3Ared", "there is no field"),
    "asset-facts": ("/asset/{asset}?tab=facts", "Public ID"),
    "asset-derived": ("/asset/{asset}?tab=derived", "webp"),
    "asset-versions": ("/asset/{asset}?tab=versions", "No version is kept"),
    "asset-history": ("/asset/{asset}?tab=history", "First upload"),
    "models": ("/models", "cld-fashion"),
    "presets": ("/presets", "look-and-tag"),
    "jobs": ("/jobs", "Send a notice"),
    "webhooks": ("/webhooks", "127.0.0.1:9"),
    "keys": ("/keys", "environment"),
    "trash": ("/trash", "trash is empty"),
    "usage": ("/usage", "rendered pictures"),
    "nowhere": ("/nowhere", "no such page"),
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Live, str]]:
    """A demo server with two assets, a preset and a notice that nobody took; and the ID of the asset that was looked at."""
    with serving(tmp_path_factory.mktemp("screens"), CONSOLE_DEMO="true", FETCH_ALLOW="127.0.0.1/32") as (server, _):
        api = f"{server.address}/v1_1/demo"
        said = {"detection": "lvis,cld-fashion", "auto_tagging": "default", "notification_url": "http://127.0.0.1:9/told"}
        photo = (PICTURES / "grace_hopper.jpg").read_bytes()
        asset = httpx.post(f"{api}/image/upload", auth=KEY, data=said, files={"file": ("grace_hopper.jpg", photo)}).json()
        small = io.BytesIO()
        Image.new("RGB", (300, 900), "#3b6ea5").save(small, "PNG")
        httpx.post(f"{api}/image/upload", auth=KEY, data={"display_name": LONG}, files={"file": small.getvalue()})
        httpx.get(asset["secure_url"].replace("/upload/", "/upload/c_fill,h_200,w_200/").replace(".jpg", ".webp"))
        preset = {"name": "look-and-tag", "detection": "lvis", "auto_tagging": "0.5", "tags": "team,photo", "unsigned": "true"}
        assert httpx.post(f"{api}/upload_presets", auth=KEY, data=preset).status_code == 200
        yield server, asset["asset_id"]


def shoot(page: Page, name: str, width: int, scheme: str) -> None:
    folder = SCREENS / f"{width}-{scheme}"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=name not in ("library",), animations="disabled")


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} is wider than the window"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page(chromium: Browser, filled: tuple[Live, str], size: dict[str, int], scheme: str) -> None:
    server, asset = filled
    context = chromium.new_context(
        viewport={"width": size["width"], "height": size["height"]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    context.set_default_timeout(30_000)
    visit = Visit(context, server.address)
    width = size["width"]

    page = visit.go()
    expect(page.get_by_label("lvis")).to_be_visible()
    shoot(page, "drop-empty", width, scheme)
    visit.drop("coffee.jpg", "astronaut.jpg", "chelsea.jpg", "README.md")
    expect(page.locator("li.card[data-state=done]")).to_have_count(3)
    expect(page.locator("li.card[data-state=failed]")).to_have_count(1)
    shoot(page, "drop", width, scheme)
    fits(page)
    for id in [card.get_attribute("href") or "" for card in page.locator("li.card[data-state=done] a").all()]:
        httpx.delete(f"{server.address}/v1_1/demo/resources?asset_ids[]={Path(id).name}", auth=KEY)

    page = visit.go(f"/asset/{asset}")
    expect(page.locator(".rows .row").first).to_be_visible()
    expect(page.locator(".stage img")).to_be_visible()
    page.wait_for_load_state("networkidle")
    shoot(page, "look", width, scheme)
    fits(page)
    page.get_by_role("button", name="Save as preset").click()
    shoot(page, "look-preset", width, scheme)
    page.keyboard.press("Escape")

    for name, (path, text) in PAGES.items():
        page = visit.go(path.format(asset=asset))
        expect(page.locator("main")).to_contain_text(text)
        page.wait_for_load_state("networkidle")
        shoot(page, name, width, scheme)
        fits(page)

    if width == NARROW["width"]:
        page = visit.go("/library")
        page.get_by_role("button", name="Filters").click()
        shoot(page, "filters", width, scheme)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="More").click()
        shoot(page, "more", width, scheme)
        page.keyboard.press("Escape")
    page = visit.go("/models")
    page.get_by_role("button", name="Card").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Labels")
    shoot(page, "model", width, scheme)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add a pack").click()
    shoot(page, "model-add", width, scheme)
    page = visit.go("/presets")
    page.get_by_role("button", name="Edit").click()
    shoot(page, "preset", width, scheme)
    assert visit.complaints == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_signing_in(chromium: Browser, server: Live, size: dict[str, int], scheme: str) -> None:
    context = chromium.new_context(
        viewport={"width": size["width"], "height": size["height"]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    visit = Visit(context, server.address)
    page = visit.go()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    shoot(page, "sign-in", size["width"], scheme)
    fits(page)
    context.close()


@pytest.mark.parametrize("width", [360, 1920])
def test_nothing_is_wider_than_the_window(chromium: Browser, filled: tuple[Live, str], width: int) -> None:
    server, asset = filled
    context = chromium.new_context(viewport={"width": width, "height": 780})
    visit = Visit(context, server.address)
    for path, text in [("", "See what"), (f"/asset/{asset}", "Look with"), *PAGES.values()]:
        page = visit.go(path.format(asset=asset))
        expect(page.locator("main")).to_contain_text(text)
        fits(page)
    context.close()
