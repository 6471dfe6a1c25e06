"""Any file as raw, and large files in slices: out of order, repeated, lost, at once."""

import hashlib
import os
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2 as httpx
import pytest

from app.house import House
from tests.api.caller import BASIC, PICTURES, Caller, message, signed

CHELSEA = (PICTURES / "chelsea.jpg").read_bytes()
DATA = random.Random(1).randbytes(1_000_000)


def test_raw_stores_any_file_and_serves_it_byte_for_byte(api: Caller) -> None:
    answer = api.post("raw/upload", data=signed({"tags": "doc"}), files={"file": ("notes.v2.PDF", DATA)})
    body = answer.json()
    assert body["resource_type"] == "raw"
    assert body["public_id"].endswith(".pdf")
    assert body["bytes"] == len(DATA)
    assert not {"format", "width", "height", "pages"} & set(body)
    got = api.client.get(body["url"])
    assert got.content == DATA
    assert got.headers["content-disposition"] == "attachment"
    item = api.get("resources/raw")["resources"][0]
    assert item["public_id"] == body["public_id"]
    assert not {"format", "width", "height"} & set(item)
    assert api.get("resources/raw/tags/doc")["resources"][0]["public_id"] == body["public_id"]
    assert api.get("resources/image/tags/doc") == {"resources": []}
    assert api.post("raw/destroy", data=signed({"public_id": body["public_id"]})).json() == {"result": "ok"}


def test_a_page_uploaded_as_raw_is_never_shown_as_one(api: Caller) -> None:
    form = signed({"public_id": "evil.html"})
    body = api.post("raw/upload", data=form, files={"file": ("evil.html", b"<script>alert(1)</script>")}).json()
    got = api.client.get(body["url"])
    assert got.headers["content-disposition"] == "attachment"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]


def test_auto_tells_pictures_from_other_files(api: Caller) -> None:
    assert api.upload(CHELSEA, path="auto/upload").json()["resource_type"] == "image"
    assert api.upload(DATA, path="auto/upload").json()["resource_type"] == "raw"
    answer = api.upload(DATA, path="auto/upload", detection="lvis_v1")
    assert (answer.status_code, message(answer)[:28]) == (400, "Detection looks at images on")


def send(
    api: Caller, start: int, end: int, total: int | str, content: bytes = DATA, upload_id: str = "u1", **more: Any
) -> httpx.Response:
    headers = {"x-unique-upload-id": upload_id, "content-range": f"bytes {start}-{end - 1}/{total}"}
    form = signed({"timestamp": "0"} | more) if more.pop("stale", None) else signed(more)
    return api.post("raw/upload", data=form, files={"file": ("big.bin", content[start:end])}, headers=headers)


STARTS = list(range(0, len(DATA), 150_000))


def test_slices_in_any_order_become_one_file_once(api: Caller, house: House) -> None:
    order = random.Random(2).sample(STARTS, len(STARTS))
    answers = [send(api, start, min(start + 150_000, len(DATA)), len(DATA), tags="big").json() for start in order]
    assert [body.get("done") for body in answers[:-1]] == [False] * (len(STARTS) - 1)
    assert "public_id" not in answers[0], "a name is not made up before the end"
    assert answers[1]["bytes"] == sum(min(150_000, len(DATA) - start) for start in order[:2])
    final = answers[-1]
    assert (final["bytes"], final["etag"], final["tags"]) == (len(DATA), hashlib.md5(DATA).hexdigest(), ["big"])
    assert api.client.get(final["url"]).content == DATA
    last = order[-1]
    again = send(api, last, min(last + 150_000, len(DATA)), len(DATA)).json()
    assert again["asset_id"] == final["asset_id"], "a repeated last slice gets the same answer"
    assert len(list(house.storage.list())) == 1


def test_an_unknown_total_waits_for_the_last_slice(api: Caller) -> None:
    assert send(api, 0, 400_000, -1, public_id="named").json() == {
        "done": False,
        "bytes": 400_000,
        "kind": "upload",
        "resource_type": "raw",
        "public_id": "named",
    }
    send(api, 0, 400_000, -1, public_id="named")
    assert send(api, 400_000, len(DATA), len(DATA), public_id="named").json()["etag"] == hashlib.md5(DATA).hexdigest()


def test_slices_at_once_give_exactly_one_final_answer(api: Caller) -> None:
    with ThreadPoolExecutor(4) as pool:
        bodies = list(pool.map(lambda start: send(api, start, min(start + 150_000, len(DATA)), len(DATA)).json(), STARTS))
    final = [body for body in bodies if "asset_id" in body]
    assert len(final) == 1
    assert final[0]["etag"] == hashlib.md5(DATA).hexdigest()


def test_numbered_parts_of_uneven_size(api: Caller) -> None:
    cuts = [(0, 100), (100, 700_000), (700_000, len(DATA))]
    for number in (2, 3, 1):
        start, end = cuts[number - 1]
        headers = {"x-unique-upload-id": "parts", "x-upload-part-number": str(number), "x-upload-total-parts": "3"}
        answer = api.post("raw/upload", data=signed({}), files={"file": ("big.bin", DATA[start:end])}, headers=headers)
    assert answer.json()["etag"] == hashlib.md5(DATA).hexdigest()


def test_a_lost_slice_never_yields_an_asset_and_is_swept(api: Caller, house: House) -> None:
    send(api, 0, 400_000, len(DATA))
    send(api, 700_000, len(DATA), len(DATA))
    assert api.get("resources/raw") == {"resources": []}
    assert house.chunks.sweep(before=0) == 0
    assert house.chunks.sweep(before=os.stat(house.settings.data_dir).st_mtime + 10**6) == 1
    assert api.upload(DATA, path="raw/upload").status_code == 200


def test_each_slice_is_checked_like_a_whole_upload(api: Caller) -> None:
    headers = {"x-unique-upload-id": "u", "content-range": "bytes 0-9/100"}
    wrong = api.post("raw/upload", data=signed({}, secret="wrong"), files={"file": DATA[:10]}, headers=headers)
    assert wrong.status_code == 401
    short = api.post("raw/upload", data=signed({}), files={"file": DATA[:9]}, headers=headers)
    assert message(short) == "Content-Range tells 10 bytes, but 9 came"
    nameless = api.post("raw/upload", auth=BASIC, files={"file": DATA[:10]}, headers={"content-range": "bytes 0-9/100"})
    assert message(nameless) == "Missing required parameter - X-Unique-Upload-Id"
    for span in ("bytes 9-0/100", "chunks 1", "bytes a-b/c"):
        answer = api.post("raw/upload", auth=BASIC, files={"file": DATA[:10]}, headers=headers | {"content-range": span})
        assert answer.status_code == 400


@pytest.mark.parametrize("path", ["image/upload", "image/upload_chunked"])
def test_a_picture_in_slices_is_looked_at_like_any_other(api: Caller, path: str) -> None:
    half = len(CHELSEA) // 2
    for start, end in ((0, half), (half, len(CHELSEA))):
        headers = {"x-unique-upload-id": "pic", "content-range": f"bytes {start}-{end - 1}/{len(CHELSEA)}"}
        form = signed({"detection": "lvis_v1", "auto_tagging": "0.5"})
        answer = api.post(path, data=form, files={"file": ("cat.jpg", CHELSEA[start:end])}, headers=headers)
    assert answer.json()["tags"] == ["cat"]
    for start, end in ((0, half), (half, len(CHELSEA))):
        headers = {"x-unique-upload-id": "not a picture", "content-range": f"bytes {start}-{end - 1}/{len(CHELSEA)}"}
        answer = api.post(path, data=signed({}), files={"file": DATA[start:end]}, headers=headers)
    assert message(answer) == "Invalid image file"
