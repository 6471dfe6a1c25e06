"""Drop a photo, see its boxes, move the threshold, keep the tags."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import PICTURES, Visit
from tests.live import Live


def test_a_wrong_secret_is_told_and_a_right_one_opens(visit: Visit) -> None:
    page = visit.go()
    page.get_by_label("Cloud name").fill("demo")
    page.get_by_label("API key", exact=True).and_(page.locator("input:not([type=radio])")).fill("key")
    page.get_by_label("API secret").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    page.get_by_label("API secret").fill("secret")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="See what the machine saw")).to_be_visible()


def test_a_dropped_photo_is_looked_at_and_its_tags_are_kept(visit: Visit) -> None:
    page = visit.sign_in()
    visit.drop("grace_hopper.jpg")
    card = page.locator("li.card", has_text="grace_hopper")
    expect(card).to_have_attribute("data-state", "done")
    expect(card).to_contain_text("necktie")

    card.locator("a").first.click()
    sheet = page.locator(".stage canvas")
    expect(sheet).to_have_attribute("data-kept", "2")
    drawn = "sheet => [...sheet.getContext('2d').getImageData(0, 0, sheet.width, sheet.height).data].some(value => value > 0)"
    assert sheet.evaluate(drawn), "no box is drawn"

    slider = page.get_by_role("slider")
    slider.fill("90")
    expect(sheet).to_have_attribute("data-kept", "1")
    expect(page.get_by_role("region", name="Dropped")).to_contain_text("necktie")
    code = page.get_by_label("Code in curl")
    expect(code).to_contain_text("auto_tagging=0.9")

    page.get_by_role("button", name="Default").click()
    expect(sheet).to_have_attribute("data-kept", "2")
    expect(code).to_contain_text("auto_tagging=default")
    page.get_by_role("button", name="Save 2 tags").click()
    expect(page.get_by_role("region", name="Tags")).to_contain_text("necktie")


def test_a_box_its_row_and_its_json_are_one(visit: Visit) -> None:
    page = visit.sign_in()
    visit.drop("grace_hopper.jpg")
    page.locator("li.card[data-state=done] a").first.click()
    page.get_by_role("tab", name="Raw JSON").click()
    row = page.locator(".rows .row", has_text="necktie")
    row.hover()
    expect(page.locator(".raw .pointed")).to_contain_text('"confidence"')
    page.get_by_role("heading", level=1).hover()
    expect(page.locator(".rows .pointed")).to_have_count(0)
    stage = page.locator(".stage")
    place = stage.bounding_box()
    assert place
    scale = min(place["width"] / 512, place["height"] / 600, 3)
    left, top = (place["width"] - 512 * scale) / 2, (place["height"] - 600 * scale) / 2
    page.mouse.move(place["x"] + left + 259 * scale, place["y"] + top + 480 * scale)  # the necktie
    expect(row).to_have_class(re.compile("pointed"))


def test_another_detector_looks_when_it_is_chosen(visit: Visit) -> None:
    page = visit.sign_in()
    visit.drop("grace_hopper.jpg")
    page.locator("li.card[data-state=done] a").first.click()
    page.get_by_label("cld-fashion").check()
    expect(page.locator(".rows .row", has_text="glasses").first).to_be_visible()
    expect(page.get_by_label("Code in curl")).to_contain_text("detection=lvis,cld-fashion")
    page.get_by_role("button", name="Python").click()
    expect(page.get_by_label("Code in Python")).to_contain_text('auto_tagging="default"')


def test_what_is_no_picture_is_told_and_may_be_stored(visit: Visit) -> None:
    page = visit.sign_in()
    visit.drop("README.md")
    card = page.locator("li.card", has_text="README")
    expect(card.get_by_role("alert")).to_contain_text("not a picture")
    card.get_by_role("button", name="Store it anyway").click()
    expect(card).to_have_attribute("data-state", "done")


@pytest.mark.parametrize("subject", ["For this picture", "For new uploads"])
@pytest.mark.parametrize("language", ["curl", "Python"])
def test_the_code_on_the_screen_does_what_the_screen_shows(
    visit: Visit, server: Live, tmp_path: Path, language: str, subject: str
) -> None:
    name = """grace's "own", hopper; $(touch run).jpg"""
    body = (PICTURES / "grace_hopper.jpg").read_bytes()
    (tmp_path / name).write_bytes(body)
    page = visit.sign_in()
    page.set_input_files("input[data-files]", FilePayload(name=name, mimeType="image/jpeg", buffer=body))
    page.locator("li.card[data-state=done] a").first.click()
    page.get_by_role("slider").fill("70")
    page.get_by_role("button", name=language).click()
    page.get_by_label("What the code is for").select_option(subject)
    code = page.get_by_label(f"Code in {language}").inner_text()
    command = {"curl": ["bash", "-c", code], "Python": [sys.executable, "-c", code]}[language]
    assert shutil.which(command[0])
    env = {**os.environ, "API_KEY": "key", "API_SECRET": "secret", "CLOUDINARY_URL": server.cloudinary_url}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "necktie" in done.stdout, done.stdout
    assert "person" in done.stdout
    assert not (tmp_path / "run").exists()
    if subject == "For this picture":
        id = page.url.rpartition("/")[2]
        told = httpx.get(f"{server.address}/v1_1/demo/resources/{id}", auth=("key", "secret")).json()
        assert set(told["tags"]) == {"person", "necktie"}
    httpx.delete(f"{server.address}/v1_1/demo/resources/image/upload?all=true", auth=("key", "secret"))


def test_a_picture_that_is_not_open_to_everybody_is_shown_too(visit: Visit, server: Live) -> None:
    api, body = f"{server.address}/v1_1/demo", (PICTURES / "coffee.jpg").read_bytes()
    said = {"type": "authenticated", "public_id": "restricted"}
    stored = httpx.post(f"{api}/image/upload", auth=("key", "secret"), data=said, files={"file": body}).json()
    visit.sign_in()
    page = visit.go(f"/asset/{stored['asset_id']}")
    expect(page.locator(".stage img")).to_be_visible()
    width = page.locator(".stage img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert width == 600
    httpx.delete(f"{api}/resources/image/authenticated?public_ids[]=restricted", auth=("key", "secret"))
