"""Visual search by stored pictures, files and words; publishing and access modes."""

import io

from PIL import Image

from app.house import House
from tests.api.caller import BASIC, PICTURES, Caller, message


def names(api: Caller, **parameters: str) -> list[str]:
    answer = api.admin("POST", "resources/visual_search", json=parameters)
    assert answer.status_code == 200, answer.text
    return [item["public_id"] for item in answer.json()["resources"]]


def test_what_looks_alike_is_found_first(api: Caller) -> None:
    made = {name: api.stored(f"{name}.jpg", public_id=name, tags=f"tag-{name}") for name in ("chelsea", "coffee", "rocket")}
    small = Image.open(PICTURES / "chelsea.jpg").resize((200, 133)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    file = io.BytesIO()
    small.save(file, "JPEG")
    api.stored(file.getvalue(), public_id="mirrored")
    found = names(api, image_asset_id=made["chelsea"]["asset_id"], threshold="0.7")
    assert found == ["chelsea", "mirrored"]
    assert names(api, image_asset_id=made["chelsea"]["asset_id"], threshold="0", max_results="1") == ["chelsea"]
    files = {"image_file": ("x.jpg", (PICTURES / "coffee.jpg").read_bytes())}
    by_file = api.client.post("/v1_1/demo/resources/visual_search", files=files, auth=BASIC).json()
    assert by_file["resources"][0]["public_id"] == "coffee"
    assert by_file["total_count"] >= 1
    assert names(api, text="tag-rocket") == ["rocket"]


def test_an_overwritten_picture_is_looked_at_again(api: Caller, house: House) -> None:
    made = api.stored("chelsea.jpg", public_id="p")
    assert names(api, image_asset_id=made["asset_id"], threshold="0.9") == ["p"]
    api.stored("coffee.jpg", public_id="p")
    cat = {"image_file": ("x.jpg", (PICTURES / "chelsea.jpg").read_bytes())}
    answer = api.client.post("/v1_1/demo/resources/visual_search", files=cat, data={"threshold": "0.9"}, auth=BASIC)
    assert answer.json() == {"resources": [], "total_count": 0}
    house.workers.drain()


def test_one_source_is_needed(api: Caller) -> None:
    for said in ({}, {"text": "a", "image_url": "http://example.com/a.jpg"}):
        answer = api.admin("POST", "resources/visual_search", json=said)
        assert answer.status_code == 400
        assert message(answer).startswith("Exactly one of image_url")
    assert api.admin("GET", "resources/visual_search", params={"image_asset_id": "0" * 32}).status_code == 404


def test_private_pictures_are_published(api: Caller) -> None:
    api.stored(public_id="mine", type="authenticated", tags="t")
    api.stored(public_id="taken", type="authenticated", tags="t")
    api.stored("coffee.jpg", public_id="taken")
    body = api.admin("POST", "resources/image/publish_resources", json={"tag": "t"}).json()
    assert [item["public_id"] for item in body["published"]] == ["mine"]
    assert body["failed"][0]["public_id"] == "taken"
    assert api.client.get("/demo/image/upload/mine.jpg").status_code == 200
    assert api.admin("POST", "resources/image/publish_resources", json={"public_ids": ["mine"]}).json()["published"] == []
    assert api.admin("POST", "resources/image/publish_resources", json={}).status_code == 400


def test_access_modes(api: Caller) -> None:
    api.stored(public_id="a")
    said = {"public_ids": ["a"], "access_mode": "authenticated"}
    body = api.admin("POST", "resources/image/upload/update_access_mode", json=said).json()
    assert [item["access_mode"] for item in body["updated"]] == ["authenticated"]
    assert api.client.get("/demo/image/upload/a.jpg").status_code == 401
    wrong = api.admin("POST", "resources/image/upload/update_access_mode", json=said | {"access_mode": "open"})
    assert wrong.status_code == 400
    assert api.admin("GET", "streaming_profiles").status_code == 400
