"""The service with its files in an S3-compatible store: everything that touches a file, as on a disk."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from app.errors import BadRequest
from app.house import House
from app.main import create_app, storage_at
from tests.api.caller import PICTURES, Caller, message, signed
from tests.conftest import build_house
from tests.objects import bucket

CAT = (PICTURES / "chelsea.jpg").read_bytes()


@pytest.fixture
def house(tmp_path: Path, request: pytest.FixtureRequest, object_store: str) -> Iterator[House]:
    house = build_house("sqlite", tmp_path, request, storage_url=bucket(object_store))
    yield house
    house.close()


def test_a_picture_is_stored_looked_at_and_delivered(api: Caller, house: House) -> None:
    body = api.stored(public_id="cat", detection="lvis", auto_tagging="0.4", eager="w_40")
    assert "cat" in body["tags"]
    assert body["eager"][0]["width"] == 40
    assert api.client.get(body["url"]).content == CAT
    part = api.client.get(body["url"], headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, CAT[10:20], f"bytes 10-19/{len(CAT)}")
    assert api.client.get(body["url"], headers={"range": "bytes=-5"}).content == CAT[-5:]
    head = api.client.head(body["url"])
    assert (head.content, head.headers["content-length"]) == (b"", str(len(CAT)))
    small = api.client.get("/demo/image/upload/c_fill,w_50,h_40/l_cat,w_10/cat.jpg")
    assert Image.open(io.BytesIO(small.content)).size == (50, 40)
    assert len(list(house.storage.list("derived/"))) == 2


def test_a_stored_picture_is_looked_at_again_and_described(api: Caller) -> None:
    api.stored(public_id="cat")
    answer = api.admin("POST", "resources/image/upload/cat", json={"detection": "lvis", "auto_tagging": "0.4"})
    assert "cat" in answer.json()["tags"]
    assert api.get("resources/image/upload/cat", phash="true", colors="true")["phash"]


def test_jobs_archives_and_downloads(api: Caller, house: House) -> None:
    api.stored(public_id="cat", tags="t", detection="lvis", **{"async": "true"})
    house.workers.drain()
    assert api.get("resources/image/upload/cat")["info"]["detection"]["object_detection"]["status"] == "complete"
    query = signed({"tags": "t", "mode": "download"})
    answer = api.client.get("/v1_1/demo/image/generate_archive", params=query)
    assert zipfile.ZipFile(io.BytesIO(answer.content)).read("cat.jpg") == CAT
    saved = api.client.get("/v1_1/demo/image/download", params=signed({"public_id": "cat", "format": "jpg"}))
    assert saved.content == CAT


def test_what_is_overwritten_or_deleted_is_gone_from_the_store(api: Caller, house: House) -> None:
    api.stored(public_id="p", eager="w_10")
    api.stored("coffee.jpg", public_id="p")
    assert len(list(house.storage.list())) == 1
    api.post("image/destroy", data=signed({"public_id": "p"}))
    assert list(house.storage.list()) == []
    assert [path for path in Path(house.settings.data_dir / "incoming").rglob("*") if path.is_file()] == []


def test_versions_are_kept_and_brought_back(api: Caller, house: House) -> None:
    old = api.stored(public_id="p", backup="true")
    api.stored("coffee.jpg", public_id="p", backup="true")
    assert len(list(house.storage.list("originals/"))) == 2
    answer = api.admin("POST", "resources/restore", json={"asset_ids": [old["asset_id"]], "versions": [old["version_id"]]})
    assert answer.json()[old["asset_id"]]["etag"] == old["etag"]
    assert api.client.get(api.get("resources/image/upload/p")["url"]).content == CAT
    api.post("image/destroy", data=signed({"public_id": "p"}))
    assert len(list(house.storage.list("originals/"))) == 2, "a deleted asset may come back"
    back = api.admin("POST", "resources/image/upload/restore", json={"public_ids": ["p"]})
    assert api.client.get(back.json()["p"]["url"]).status_code == 200
    assert house.library.sweep(before=4e9) == 0


def test_a_large_file_in_chunks(api: Caller) -> None:
    whole = CAT * 400
    for start in (0, 6_000_000, 12_000_000):
        part = whole[start : start + 6_000_000]
        headers = {"X-Unique-Upload-Id": "abc", "Content-Range": f"bytes {start}-{start + len(part) - 1}/{len(whole)}"}
        answer = api.post("raw/upload", data=signed({"public_id": "big"}), files={"file": ("big", part)}, headers=headers)
    assert answer.json()["bytes"] == len(whole)
    assert api.client.get(answer.json()["url"]).content == whole


def test_a_store_that_does_not_answer_costs_no_asset(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    house = build_house("sqlite", tmp_path, request, storage_url="s3://key:secret@127.0.0.1:9/bucket")
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        api = Caller(client)
        answer = api.upload(public_id="p")
        assert answer.status_code == 500
        assert message(answer) == "Storage is not available, try again in a moment"
        assert answer.headers["retry-after"] == "5"
        assert api.admin("GET", "resources/image/upload/p").status_code == 404
        assert client.get("/healthz").status_code == 200
    house.close()


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    for url in ("s3://host", "http://host/bucket", "s3://host/a/b"):
        with pytest.raises(BadRequest, match="STORAGE_URL: expected s3://"):
            storage_at(url, tmp_path)
