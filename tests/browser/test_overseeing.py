"""The pages that run it: presets, models, jobs, notices, keys, usage."""

from pathlib import Path

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import PICTURES, Visit
from tests.graphs import save, yolo
from tests.live import Live

KEY = ("key", "secret")


def test_a_preset_is_made_changed_and_used(visit: Visit) -> None:
    visit.sign_in()
    page = visit.go("/presets")
    page.get_by_role("button", name="New preset").click()
    page.get_by_label("Name", exact=True).fill("team")
    page.get_by_label("lvis").check()
    page.get_by_label("Tag from").fill("0.5")
    page.get_by_role("button", name="Parameter").click()
    page.get_by_label("Parameter", exact=True).last.fill("tags")
    page.get_by_label("Value of tags").fill("ours")
    page.get_by_role("button", name="Save").click()
    line = page.get_by_role("list", name="Presets").get_by_role("listitem").filter(has_text="team")
    expect(line).to_contain_text("detection=lvis")

    line.get_by_role("button", name="Edit").click()
    page.get_by_label("Tag from").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("auto_tagging")
    page.get_by_label("Tag from").fill("0.6")
    page.get_by_role("button", name="Leave out tags").click()
    page.get_by_role("button", name="Save").click()
    expect(line).to_contain_text("auto_tagging=0.6")
    expect(line).not_to_contain_text("ours")
    line.get_by_role("button", name="Remove team").click()
    expect(page.get_by_role("heading", name="No preset yet")).to_be_visible()


def test_models_show_their_cards(visit: Visit) -> None:
    visit.sign_in()
    page = visit.go("/models")
    model = page.locator(".model", has_text="cld-fashion")
    expect(model).to_contain_text("works")
    model.get_by_role("button", name="Card").click()
    expect(page.get_by_role("dialog")).to_contain_text("Where it comes from")


def test_a_pack_is_added_used_and_removed(visit: Visit, tmp_path: Path) -> None:
    save(tmp_path / "mine.onnx", yolo((32, 32, 16, 8, 0.9, 0.1)))
    page = visit.sign_in()
    page = visit.go("/models")
    page.get_by_role("button", name="Add a pack").click()
    page.locator("input[name=file]").set_input_files(str(tmp_path / "mine.onnx"))
    page.get_by_label("Name that callers").fill("mine")
    page.get_by_label("Labels, one a line").fill("one label too few")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("labels")
    page.get_by_label("Labels, one a line").fill("cat\ndog")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("mine, version 1, is added")
    page.get_by_role("button", name="Done").click()
    model = page.locator(".model", has_text="mine")
    expect(model).to_contain_text("added")
    model.get_by_role("button", name="Card").click()
    page.get_by_role("button", name="Remove this version").click()
    expect(model).to_have_count(0)


def test_what_was_deleted_waits_in_the_trash(visit: Visit, server: Live) -> None:
    api = f"{server.address}/v1_1/demo"
    body = (PICTURES / "coffee.jpg").read_bytes()
    stored = httpx.post(f"{api}/image/upload", auth=KEY, data={"public_id": "binned"}, files={"file": body}).json()
    visit.sign_in()
    page = visit.go(f"/asset/{stored['asset_id']}")
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".toasts")).to_contain_text("binned is deleted")
    assert httpx.get(f"{api}/resources/{stored['asset_id']}", auth=KEY).status_code == 404
    page = visit.go("/trash")
    page.get_by_role("listitem").filter(has_text="binned").get_by_role("button", name="Bring back").click()
    expect(page.locator(".toasts")).to_contain_text("binned is back")
    assert httpx.get(f"{api}/resources/{stored['asset_id']}", auth=KEY).status_code == 200
    httpx.delete(f"{api}/resources/image/upload?public_ids[]=binned", auth=KEY)


def test_a_new_cloud_is_another_place(visit: Visit) -> None:
    visit.sign_in()
    page = visit.go("/keys")
    page.get_by_role("button", name="New cloud").click()
    page.get_by_label("Name", exact=True).fill("elsewhere")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_label("The new key")).to_contain_text("@elsewhere?")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("of the server's environment")).to_be_visible()  # a key still sees its own cloud


def test_a_notice_that_nobody_took_is_shown_and_sent_again(visit: Visit, server: Live) -> None:
    said = {"notification_url": "http://127.0.0.1:9/told", "public_id": "noticed"}
    body = (PICTURES / "coffee.jpg").read_bytes()
    assert httpx.post(f"{server.address}/v1_1/demo/image/upload", auth=KEY, data=said, files={"file": body}).status_code == 200
    visit.sign_in()
    page = visit.go("/webhooks")
    line = page.get_by_role("listitem").filter(has_text="127.0.0.1:9").first
    line.get_by_role("button", name="Show").click()
    expect(page.get_by_label("What was sent")).to_contain_text('"public_id": "noticed"')
    page.get_by_role("button", name="Send again", exact=True).click()
    expect(page.locator(".toasts")).to_contain_text("sent again")
    page = visit.go("/jobs")
    job = page.get_by_role("list", name="Jobs").get_by_role("listitem").filter(has_text="Send a notice").first
    job.get_by_text("What it was asked").click()
    job.get_by_role("button", name="Discard").click()
    expect(page.locator(".figures")).to_be_visible()
    httpx.delete(f"{server.address}/v1_1/demo/resources/image/upload?public_ids[]=noticed", auth=KEY)


def test_a_key_is_made_shown_once_and_removed(visit: Visit, server: Live) -> None:
    visit.sign_in()
    page = visit.go("/keys")
    page.get_by_role("button", name="New key").click()
    url = page.get_by_label("The new key").inner_text().strip()
    key, secret = url.partition("cloudinary://")[2].partition("@")[0].split(":")
    ping = f"{server.address}/v1_1/demo/ping"
    assert httpx.get(ping, auth=(key, secret)).status_code == 200
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text(secret)).to_have_count(0)
    page.get_by_role("button", name=f"Remove {key}").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text(key)).to_have_count(0)
    assert httpx.get(ping, auth=(key, secret)).status_code == 401


def test_usage_tells_what_is_stored(visit: Visit) -> None:
    visit.sign_in()
    page = visit.go("/usage")
    expect(page.locator("main")).to_contain_text("rendered pictures")
    expect(page.locator("main")).to_contain_text("megapixels")
