"""Find pictures again, and change many at once, with ways back."""

import io
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import PICTURES, Visit
from tests.live import Live

KEY = ("key", "secret")


@pytest.fixture
def pictures(server: Live) -> Iterator[list[str]]:
    """Nothing but four stored pictures, the last of them looked at and tagged; gone after the test."""
    for kind in ("image", "raw"):
        httpx.delete(f"{server.address}/v1_1/demo/resources/{kind}/upload?all=true", auth=KEY)
    names = ["harbour", "garden", "street", "portrait"]
    for number, name in enumerate(names[:-1]):
        file = io.BytesIO()
        Image.new("RGB", (60 + 20 * number, 40), (40 * number, 90, 120)).save(file, "PNG")
        upload(server, name, file.getvalue(), tags="made,blue sky" if name == "harbour" else "made")
    upload(server, "portrait", (PICTURES / "grace_hopper.jpg").read_bytes(), detection="lvis", auto_tagging="default")
    yield names
    httpx.delete(f"{server.address}/v1_1/demo/resources/image/upload?all=true", auth=KEY)


def upload(server: Live, name: str, body: bytes, **said: str) -> None:
    address = f"{server.address}/v1_1/demo/image/upload"
    answer = httpx.post(address, auth=KEY, data={"public_id": name, "display_name": name, **said}, files={"file": body})
    assert answer.status_code == 200, answer.text


def open_library(visit: Visit) -> Page:
    visit.sign_in()
    page = visit.go("/library")
    expect(page.locator(".found")).to_contain_text("4 assets")
    return page


def names(page: Page) -> list[str]:
    return page.locator(".cell .caption").all_inner_texts()


def search(page: Page, text: str) -> None:
    box = page.get_by_role("combobox", name="Search")
    box.fill(text)
    box.press("Escape")
    box.press("Enter")


def test_tags_and_what_was_seen_find_a_picture(visit: Visit, pictures: list[str]) -> None:
    page = open_library(visit)
    search(page, "tags=necktie")
    expect(page.locator(".cell .caption")).to_have_text(["portrait"])
    search(page, "")
    expect(page.locator(".found")).to_contain_text("4 assets")
    page.get_by_label("Detected object").fill("person")
    page.get_by_label("Detected object").press("Enter")
    expect(page.locator(".cell .caption")).to_have_text(["portrait"])
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.locator(".found")).to_contain_text("4 assets")
    page.get_by_role("button", name="png").click()
    expect(page.locator(".found")).to_contain_text("3 assets")
    assert "format=png" in page.url


def test_a_wrong_expression_is_told_with_its_place(visit: Visit, pictures: list[str]) -> None:
    page = open_library(visit)
    search(page, "tags=made AND colour:red")
    told = page.locator(".told")
    expect(told).to_contain_text("there is no field colour")
    lines = page.locator(".told pre").inner_text().split("\n")
    assert lines[1].index("^") == lines[0].index("colour")
    page.get_by_role("button", name="png").click()  # a filter puts the words in parentheses: the place stays
    expect(told).to_be_visible()
    lines = page.locator(".told pre").inner_text().split("\n")
    assert lines[1].index("^") == lines[0].index("colour")


def test_fields_and_operators_are_completed(visit: Visit, pictures: list[str]) -> None:
    page = open_library(visit)
    box = page.get_by_role("combobox", name="Search")
    box.press_sequentially("form")
    expect(page.get_by_role("option").first).to_contain_text("format")
    box.press("Tab")
    expect(box).to_have_value("format:")
    page.get_by_role("option", name="png").click()
    expect(box).to_have_value("format:png ")
    box.press("Enter")
    expect(page.locator(".found")).to_contain_text("3 assets")


def test_many_are_tagged_untagged_and_moved_with_ways_back(visit: Visit, pictures: list[str]) -> None:
    page = open_library(visit)
    search(page, "tags=made")
    expect(page.locator(".found")).to_contain_text("3 assets")
    page.locator(".cell").first.focus()
    page.keyboard.press("Control+a")
    expect(page.get_by_role("toolbar")).to_contain_text("3 chosen")
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_label("Tags, with commas").fill("summer, sea")
    page.get_by_role("dialog").get_by_role("button", name="Tag").click()
    expect(page.locator(".toasts")).to_contain_text("3 assets tagged summer, sea")
    search(page, "tags=summer AND tags=sea")
    expect(page.locator(".found")).to_contain_text("3 assets")

    page.locator(".cell").first.focus()
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Move").click()
    page.get_by_label("Folder; empty").fill("trips/north")
    page.get_by_role("dialog").get_by_role("button", name="Move").click()
    expect(page.locator(".toasts")).to_contain_text("moved to trips/north")
    search(page, 'asset_folder="trips/north"')
    expect(page.locator(".found")).to_contain_text("3 assets")


def test_what_was_deleted_comes_back_by_undo(visit: Visit, pictures: list[str]) -> None:
    page = open_library(visit)
    page.locator(".cell", has_text="garden").hover()
    page.get_by_role("button", name="Choose garden").click()
    page.get_by_role("toolbar").get_by_role("button", name="Delete").click()
    expect(page.locator(".found")).to_contain_text("3 assets")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".found")).to_contain_text("4 assets")
    assert "garden" in names(page)


def test_keys_move_through_the_grid_and_open_an_asset(visit: Visit, pictures: list[str]) -> None:
    page = open_library(visit)
    page.locator(".cell").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_role("toolbar")).to_contain_text("2 chosen")
    page.keyboard.press("Escape")
    expect(page.get_by_role("toolbar")).to_have_count(0)
    page.keyboard.press("End")
    expect(page.locator(".cell:focus .caption")).to_have_text("harbour")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="harbour")).to_be_visible()


def test_nothing_found_is_said(visit: Visit, pictures: list[str]) -> None:
    page = open_library(visit)
    search(page, "tags=unheard")
    expect(page.get_by_role("heading", name="Nothing is like that")).to_be_visible()
