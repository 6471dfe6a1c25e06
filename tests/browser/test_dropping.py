"""What is let go over the page or pasted into it is uploaded: files, and addresses."""

import base64

import httpx
import pytest
from playwright.sync_api import JSHandle, Page, expect

from tests.browser.conftest import PICTURES, Visit
from tests.live import Live

GIVEN = """([name, coded, text]) => {
  const given = new DataTransfer();
  if (name) given.items.add(new File([Uint8Array.from(atob(coded), (sign) => sign.charCodeAt(0))], name, { type: "image/jpeg" }));
  if (text) given.setData("text/plain", text);
  return given;
}"""
PASTE = """(given) => document.body.dispatchEvent(
  new ClipboardEvent("paste", { clipboardData: given, bubbles: true, cancelable: true }))"""


def given(page: Page, name: str = "", text: str = "") -> JSHandle:
    coded = base64.b64encode((PICTURES / name).read_bytes()).decode() if name else ""
    return page.evaluate_handle(GIVEN, [name, coded, text])


def let_go(page: Page, what: JSHandle) -> None:
    page.dispatch_event("main", "dragenter", {"dataTransfer": what})
    page.dispatch_event("main", "drop", {"dataTransfer": what})


def test_a_file_is_let_go_over_the_page(visit: Visit) -> None:
    page = visit.sign_in()
    what = given(page, "coffee.jpg")
    page.dispatch_event("main", "dragenter", {"dataTransfer": what})
    expect(page.get_by_text("Let go to add them")).to_be_visible()
    page.dispatch_event("main", "drop", {"dataTransfer": what})
    expect(page.locator("li.card", has_text="coffee")).to_have_attribute("data-state", "done")


def test_a_file_is_pasted(visit: Visit) -> None:
    page = visit.sign_in()
    given(page, "chelsea.jpg").evaluate(PASTE)
    expect(page.locator("li.card", has_text="chelsea")).to_have_attribute("data-state", "done")


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_addresses_are_taken_once_each(visit: Visit, server: Live, way: str) -> None:
    files = {"file": (PICTURES / "chelsea.jpg").read_bytes()}
    stored = httpx.post(f"{server.address}/v1_1/demo/image/upload", auth=("key", "secret"), files=files).json()
    page = visit.sign_in()
    what = given(page, text=f"{stored['secure_url']}\n{stored['secure_url']}\nno address")
    if way == "drop":
        let_go(page, what)
    else:
        what.evaluate(PASTE)
    expect(page.locator("li.card")).to_have_count(1)
    expect(page.locator("li.card")).to_have_attribute("data-state", "done")


def test_what_holds_neither_is_told(visit: Visit) -> None:
    page = visit.sign_in()
    let_go(page, given(page, text="only words"))
    expect(page.locator(".toasts")).to_contain_text("no file and no address")
