"""generate_archive and the signed downloads: what is chosen, what the files are called, who may have them, and until when."""

import io
import re
import tarfile
import time
import zipfile
from typing import Any
from urllib.parse import urlencode

import cloudinary
import cloudinary.utils
import httpx2 as httpx
import pytest

from app.services import archives
from tests.api.caller import PICTURES, Caller, message, signed

CHELSEA = (PICTURES / "chelsea.jpg").read_bytes()
COFFEE = (PICTURES / "coffee.jpg").read_bytes()


@pytest.fixture(autouse=True)
def _sdk() -> None:
    cloudinary.reset_config()
    cloudinary.config(cloud_name="demo", api_key="key", api_secret="secret", upload_prefix="http://testserver")


def archive(api: Caller, path: str = "image/generate_archive", **parameters: Any) -> httpx.Response:
    lists = {name: value for name, value in parameters.items() if isinstance(value, list)}
    data = {f"{name}[]" if name in lists else name: value for name, value in signed(parameters).items()}
    return api.post(path, data=data)


def files(answer: httpx.Response) -> dict[str, bytes]:
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_an_archive_is_stored_as_a_raw_asset(api: Caller) -> None:
    api.stored(public_id="a", tags="cats")
    api.stored("coffee.jpg", public_id="dir/b", tags="cats,drinks")
    answer = archive(api, tags=["cats", "drinks"], target_public_id="out/both", target_tags=["zips"], target_asset_folder="made")
    body = answer.json()
    assert (body["public_id"], body["resource_type"], body["type"]) == ("out/both.zip", "raw", "upload")
    assert (body["resource_count"], body["file_count"], body["tags"], body["asset_folder"]) == (2, 2, ["zips"], "made")
    assert cloudinary.utils.verify_api_response_signature(body["public_id"], body["version"], body["signature"])
    assert body["secure_url"].endswith(f"/demo/raw/upload/v{body['version']}/out/both.zip")
    delivered = api.client.get(body["url"])
    assert files(delivered) == {"a.jpg": CHELSEA, "dir/b.jpg": COFFEE}
    assert len(delivered.content) == body["bytes"]


def test_a_download_is_streamed_and_stores_nothing(api: Caller) -> None:
    api.stored(public_id="a")
    answer = archive(api, public_ids=["a"], mode="download", target_public_id="x/meine Tür")
    assert files(answer) == {"a.jpg": CHELSEA}
    assert answer.headers["content-type"] == "application/zip"
    assert "filename*=UTF-8''meine%20T%C3%BCr.zip" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "private, no-store"
    assert api.get("resources/raw")["resources"] == []


def test_tgz(api: Caller) -> None:
    api.stored(public_id="grün/猫")
    answer = archive(api, public_ids=["grün/猫"], mode="download", target_format="tgz")
    assert answer.headers["content-type"] == "application/gzip"
    with tarfile.open(fileobj=io.BytesIO(answer.content), mode="r:gz") as packed:
        assert [(info.name, info.size) for info in packed] == [("grün/猫.jpg", len(CHELSEA))]
    assert archive(api, public_ids=["grün/猫"], target_format="tgz").json()["public_id"].endswith(".tgz")


def test_every_way_to_choose(api: Caller) -> None:
    api.stored(public_id="a/1", asset_folder="trips/rome")
    api.stored(public_id="a/2", tags="t")
    api.stored(public_id="other", asset_folder="a")
    api.stored(public_id="mine", type="private", tags="t")
    api.upload(b"text", "raw/upload", public_id="a/1", tags="t")

    def names(path: str = "image", **parameters: Any) -> list[str]:
        return sorted(files(archive(api, f"{path}/generate_archive", mode="download", **parameters)))

    assert names(public_ids=["a/1", "a/2"]) == ["a/1.jpg", "a/2.jpg"]
    assert names(prefixes=["a/"]) == ["a/1.jpg", "a/2.jpg", "other.jpg"]
    assert names(prefixes=["trips"]) == ["a/1.jpg"]
    assert names(tags=["t"]) == ["a/2.jpg"]
    assert names(tags=["t"], type="private") == ["mine.jpg"]
    assert names("raw", tags=["t"]) == ["a/1"]
    assert names("all", prefixes=["a/"]) == ["a/1", "a/1.jpg", "a/2.jpg", "other.jpg"]
    qualified = ["image/private/mine", "raw/upload/a/1", "image/upload/a/1"]
    assert names("auto", fully_qualified_public_ids=qualified) == ["a/1", "a/1.jpg", "mine.jpg"]
    assert names(public_ids=["a/1"], tags=["t"], prefixes=["a/1"]) == ["a/1.jpg", "a/2.jpg"]


def test_names_in_the_archive(api: Caller) -> None:
    api.stored(public_id="a/x", filename_override="Holiday.JPG")
    api.stored("coffee.jpg", public_id="b/x", filename_override="Holiday.JPG")
    chosen: dict[str, Any] = {"public_ids": ["a/x", "b/x"], "mode": "download"}
    assert list(files(archive(api, **chosen, flatten_folders=1))) == ["x.jpg", "x_1.jpg"]
    assert list(files(archive(api, **chosen, use_original_filename="true"))) == ["a/Holiday.jpg", "b/Holiday.jpg"]
    flat = files(archive(api, **chosen, use_original_filename=1, flatten_folders=1))
    assert flat == {"Holiday.jpg": CHELSEA, "Holiday_1.jpg": COFFEE}


def test_what_is_missing_is_told(api: Caller) -> None:
    api.stored(public_id="a", tags="t")
    asked: dict[str, Any] = {"public_ids": ["a", "no"], "tags": ["t", "none"], "prefixes": ["zzz"]}
    answer = archive(api, **asked)
    assert answer.status_code == 404
    assert message(answer) == "Resource not found - no, none, zzz"
    body = archive(api, **asked, allow_missing=1).json()
    missing = {name: body[name] for name in ("missing_public_ids", "empty_tags", "empty_prefixes")}
    assert missing == {"missing_public_ids": ["no"], "empty_tags": ["none"], "empty_prefixes": ["zzz"]}
    assert (body["resource_count"], body["file_count"]) == (1, 1)
    assert archive(api, public_ids=["no"], allow_missing=1).status_code == 404


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "Missing required parameter - public_ids"),
        ({"tags": ["t"], "target_format": "rar"}, "target_format"),
        ({"tags": ["t"], "mode": "burn"}, "mode"),
        ({"public_ids": [str(number) for number in range(1001)]}, "at most 1000"),
        ({"tags": [str(number) for number in range(101)]}, "at most 100"),
        ({"fully_qualified_public_ids": ["a"]}, "expected <resource type>/<type>/<public_id>"),
        ({"tags": ["\0"]}, "NUL"),
    ],
)
def test_refusals(api: Caller, parameters: dict[str, Any], words: str) -> None:
    answer = archive(api, **parameters)
    assert answer.status_code == 400, answer.text
    assert words in message(answer)


def test_unsigned_and_altered_calls_are_refused(api: Caller) -> None:
    api.stored(public_id="a", type="private")
    url = cloudinary.utils.download_zip_url(public_ids=["a"], type="private")
    assert files(api.client.get(url)) == {"a.jpg": CHELSEA}
    assert api.client.get(url.replace("private", "upload")).status_code == 401
    assert api.client.get(url + "&use_original_filename=1").status_code == 401
    assert api.client.get(re.sub("signature=\\w{40}", f"signature={'0' * 40}", url)).status_code == 401
    assert api.client.get("/v1_1/demo/image/generate_archive?mode=download&public_ids[]=a").status_code in (400, 401)
    answer = api.client.get("/v1_1/demo/image/generate_archive?" + urlencode(signed({"public_ids": "a", "type": "private"})))
    assert answer.status_code == 400
    assert "mode" in message(answer)


def test_urls_end(api: Caller) -> None:
    api.stored(public_id="a")
    now = int(time.time())

    def status(**options: Any) -> int:
        return api.client.get(cloudinary.utils.download_archive_url(public_ids=["a"], **options)).status_code

    assert status(timestamp=now - 3500) == 200
    assert status(timestamp=now - 3700) == 400
    assert status(timestamp=now - 99999, expires_at=now + 60) == 200
    assert status(timestamp=now, expires_at=now - 1) == 400
    assert status(timestamp=now, expires_at="soon") == 400
    answer = api.client.get(cloudinary.utils.private_download_url("a", "jpg", expires_at=now - 5))
    assert answer.status_code == 400
    assert "expired" in message(answer)
    late = archive(api, public_ids=["a"], timestamp=now - 3700, expires_at=now + 60)
    assert late.status_code == 400, "a POST that stores keeps its hour"


def test_folders_and_tags_by_the_sdks_urls(api: Caller) -> None:
    api.stored(public_id="trip/1", tags="t")
    api.upload(b"text", "raw/upload", public_id="trip/notes.txt")
    assert sorted(files(api.client.get(cloudinary.utils.download_folder("trip/")))) == ["trip/1.jpg", "trip/notes.txt"]
    assert list(files(api.client.get(cloudinary.utils.zip_download_url("t")))) == ["trip/1.jpg"]
    assert api.client.get(cloudinary.utils.zip_download_url("none")).status_code == 404


def test_one_file_by_the_sdks_url(api: Caller) -> None:
    api.stored(public_id="dir/mine", type="authenticated")
    api.upload(b"<html>", "raw/upload", public_id="page.html", type="private")

    def get(name: str, format: str, **options: Any) -> httpx.Response:
        return api.client.get(cloudinary.utils.private_download_url(name, format, **options))

    shown = get("dir/mine", "jpg", type="authenticated")
    assert (shown.content, shown.headers["content-type"]) == (CHELSEA, "image/jpeg")
    assert "content-disposition" not in shown.headers
    saved = get("dir/mine", "", type="authenticated", attachment=True)
    assert 'filename="mine.jpg"' in saved.headers["content-disposition"]
    assert (
        'filename="Katze.jpg"'
        in get("dir/mine", "jpg", type="authenticated", attachment="Katze.jpg").headers["content-disposition"]
    )
    page = get("page.html", "", resource_type="raw", type="private")
    assert page.content == b"<html>"
    assert page.headers["content-disposition"].startswith("attachment")
    assert get("dir/mine", "jpg").status_code == 404
    assert api.client.get("/v1_1/demo/image/download?" + urlencode(signed({"type": "private"}))).status_code == 400


def test_a_version_by_the_sdks_url(api: Caller) -> None:
    body = api.stored(public_id="a")
    url = cloudinary.utils.download_backedup_asset(body["asset_id"], body["version_id"])
    assert api.client.get(url).content == CHELSEA
    for asset_id, version_id in ((body["asset_id"], "0" * 32), ("0" * 32, body["version_id"])):
        assert api.client.get(cloudinary.utils.download_backedup_asset(asset_id, version_id)).status_code == 404


def test_more_assets_than_an_archive_may_hold(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        api.stored(public_id=name, tags="t")
    monkeypatch.setattr(archives, "MOST_ASSETS", 2)
    answer = archive(api, tags=["t"])
    assert answer.status_code == 400
    assert "at most 2" in message(answer)
