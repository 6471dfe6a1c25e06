"""What goes wrong is said, nothing is lost, and no script of somebody else's runs."""

import io
import random
import re
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Route, expect

from tests.browser.conftest import PICTURES, Visit
from tests.live import Live, serving

KEY = ("key", "secret")
HOSTILE = {
    "a tag of HTML": "<img src=x onerror=alert(1)>",
    "a turn to the left": "invoice\u202egpj.exe",
    "Arabic": "صورة من الميناء",
    "emoji": "🦊" * 255,
    "quotes": "\"'`;${alert(1)}",
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_is_only_text(visit: Visit, server: Live, name: str) -> None:
    page = visit.sign_in()
    page.on("dialog", lambda dialog: visit.complaints.append(dialog.message))
    body = (PICTURES / "coffee.jpg").read_bytes()
    page.set_input_files("input[data-files]", FilePayload(name=f"{name}.jpg", mimeType="image/jpeg", buffer=body))
    expect(page.locator("li.card")).to_have_attribute("data-state", "done")
    expect(page.locator("li.card bdi").first).to_have_text(name)
    page.locator("li.card a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_label("Add tags").fill(name.replace(",", " "))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".tags .chip").first).to_contain_text(name[:20])
    page.locator(".tags .chip a").first.click()
    expect(page.locator(".found")).to_contain_text("1 asset")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    httpx.delete(f"{server.address}/v1_1/demo/resources/image/upload?all=true", auth=KEY)


def test_an_ended_session_asks_again_and_the_queue_goes_on(visit: Visit) -> None:
    page = visit.sign_in()
    visit.context.clear_cookies()
    visit.drop("coffee.jpg", "chelsea.jpg")
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible()
    expect(page.locator("li.card")).to_have_count(2)
    dialog.get_by_label("API key", exact=True).and_(page.locator("input:not([type=radio])")).fill("key")
    dialog.get_by_label("API secret").fill("secret")
    dialog.get_by_role("button", name="Sign in").click()
    expect(page.locator("li.card[data-state=done]")).to_have_count(2)


def test_a_server_that_dies_and_comes_back_gets_the_rest(chromium: Browser, tmp_path: Path) -> None:
    noise = Image.merge("RGB", [Image.effect_noise((2600, 2400), 120) for _ in range(3)])
    photo = tmp_path / "large.png"
    noise.save(photo, compress_level=0)
    data = tmp_path / "data"
    data.mkdir()
    context = chromium.new_context()
    context.set_default_timeout(60_000)
    with serving(data) as (server, process):
        visit = Visit(context, server.address)
        port = int(server.address.rpartition(":")[2])
        page = visit.sign_in()
        calls = list[str]()

        def passing(route: Route) -> None:
            calls.append(route.request.headers["content-range"])
            if len(calls) == 2:
                process.kill()
                process.wait()
            route.continue_()

        page.route("**/auto/upload", passing)
        page.set_input_files("input[data-files]", str(photo))
        expect(page.locator("li.card")).to_contain_text("The server is away")
    with serving(data, port=port):
        expect(page.locator("li.card")).to_have_attribute("data-state", "done", timeout=60_000)
        assert calls.count(calls[0]) == 1, "what had arrived was sent again"
        stored = httpx.get(f"{server.address}/v1_1/demo/resources/search", auth=KEY).json()["resources"]
        assert [item["bytes"] for item in stored] == [photo.stat().st_size]
    context.close()


def test_two_hundred_megabytes_that_are_no_picture(visit: Visit, tmp_path: Path) -> None:
    page = visit.sign_in()
    file = tmp_path / "huge.jpg"
    with file.open("wb") as out:
        out.truncate(200 * 1024 * 1024)
    page.set_input_files("input[data-files]", str(file))
    one = page.locator("li.card", has_text="huge.jpg")
    expect(one.get_by_role("alert")).to_contain_text("not a picture", timeout=120_000)
    expect(one.get_by_role("button", name="Store it anyway")).to_be_visible()


def test_a_running_upload_is_cancelled_and_tried_again(visit: Visit, tmp_path: Path) -> None:
    page = visit.sign_in()
    held = list[Route]()
    page.route("**/auto/upload", lambda route: held.append(route))
    visit.drop("coffee.jpg")
    page.get_by_role("button", name="Cancel coffee.jpg").click()
    expect(page.locator("li.card")).to_have_attribute("data-state", "cancelled")
    page.unroute("**/auto/upload")
    page.get_by_role("button", name="Retry coffee.jpg").click()
    expect(page.locator("li.card")).to_have_attribute("data-state", "done")


def test_a_turned_photograph_stands_upright(visit: Visit) -> None:
    picture = Image.new("RGB", (400, 200), "navy")
    exif = picture.getexif()
    exif[0x0112] = 6  # the camera was held upright
    body = io.BytesIO()
    picture.save(body, "JPEG", exif=exif)
    page = visit.sign_in()
    page.set_input_files("input[data-files]", FilePayload(name="turned.jpg", mimeType="image/jpeg", buffer=body.getvalue()))
    page.locator("li.card[data-state=done] a").first.click()
    image = page.locator(".stage img")
    expect(image).to_be_visible()
    expect(page.locator("p.facts")).to_contain_text(re.compile("200 . 400"))
    sides = image.evaluate("image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])")
    assert sides[0] < sides[1]


def test_an_address_and_a_folder_are_taken_too(visit: Visit, server: Live, tmp_path: Path) -> None:
    name = f"linked-{random.randrange(10**9)}"
    files = {"file": (PICTURES / "chelsea.jpg").read_bytes()}
    stored = httpx.post(f"{server.address}/v1_1/demo/image/upload", auth=KEY, data={"public_id": name}, files=files).json()
    page = visit.sign_in()
    page.get_by_label("Address of a picture").fill(stored["secure_url"])
    page.get_by_role("button", name="Fetch").click()
    expect(page.locator("li.card[data-state=done]")).to_have_count(1)

    (tmp_path / "trip/day one").mkdir(parents=True)
    (tmp_path / "trip/day one/cat.jpg").write_bytes((PICTURES / "chelsea.jpg").read_bytes())
    page.set_input_files("input[webkitdirectory]", str(tmp_path / "trip"))
    page.locator("li.card", has=page.locator(".title", has_text="cat")).locator("a").click()
    expect(page.locator("p.facts")).to_contain_text("trip/day one")


def test_an_address_that_answers_nothing_is_told(visit: Visit) -> None:
    page = visit.sign_in()
    page.get_by_label("Address of a picture").fill("http://127.0.0.1:9/none.jpg")
    page.get_by_role("button", name="Fetch").click()
    expect(page.locator("li.card").get_by_role("alert")).not_to_be_empty()
