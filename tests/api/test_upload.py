"""Uploads through the ASGI app: every way in, every field out, detection and tags from the real models."""

import base64
import hashlib
import json
import re
from urllib.parse import urlencode

import cloudinary.utils
import pytest

from app.house import House
from tests.api.caller import BASIC, PICTURES, Caller, signed

HEX = re.compile(r"[0-9a-f]{32}")
CHELSEA = (PICTURES / "chelsea.jpg").read_bytes()


def test_answer_has_every_field_with_its_real_value(api: Caller) -> None:
    body = api.stored("chelsea.jpg", tags="pet,cat,pet", context="alt=A cat|caption=a\\=b")
    assert HEX.fullmatch(body["asset_id"])
    assert HEX.fullmatch(body["version_id"])
    assert re.fullmatch(r"[a-z0-9]{20}", body["public_id"])
    assert (body["width"], body["height"], body["format"], body["bytes"]) == (451, 300, "jpg", len(CHELSEA))
    assert body["etag"] == hashlib.md5(CHELSEA).hexdigest()
    assert body["tags"] == ["pet", "cat"]
    assert body["context"] == {"custom": {"alt": "A cat", "caption": "a=b"}}
    assert body["placeholder"] is False
    assert body["original_filename"] == "chelsea"
    assert body["created_at"].endswith("Z")
    assert body["secure_url"] == f"http://testserver/demo/image/upload/v{body['version']}/{body['public_id']}.jpg"
    verify = {"public_id": body["public_id"], "version": body["version"]}
    assert body["signature"] == cloudinary.utils.api_sign_request(verify, "secret", "sha1", 1)
    assert "error" not in body
    assert "info" not in body


def test_lvis_finds_the_cat_and_tags_it(api: Caller) -> None:
    body = api.stored("chelsea.jpg", detection="lvis", auto_tagging="0.5", tags="mine")
    found = body["info"]["detection"]["object_detection"]
    assert found["status"] == "complete"
    lvis = found["data"]["lvis"]
    assert lvis["model_name"] == "lvis"
    assert lvis["schema_version"] == 1
    cat = lvis["tags"]["cat"][0]
    x, y, width, height = cat["bounding-box"]
    assert x < 40 and y < 40 and width > 380 and height > 250, "the cat fills the picture"  # noqa: PT018
    assert all(isinstance(value, float) for value in cat["bounding-box"])
    assert 0.5 <= cat["confidence"] <= 1
    assert body["tags"] == ["mine", "cat"]


def test_a_version_may_follow_the_detectors_name(api: Caller) -> None:
    body = api.stored("chelsea.jpg", detection="lvis_v1")
    assert body["info"]["detection"]["object_detection"]["data"]["lvis"]["model_version"] == 1


def test_auto_tagging_default_uses_the_models_own_threshold(api: Caller) -> None:
    assert "cat" in api.stored("chelsea.jpg", detection="lvis_v1", auto_tagging="default")["tags"]
    assert api.stored("chelsea.jpg", detection="lvis_v1", auto_tagging="1.0")["tags"] == []


def test_several_detectors_answer_under_their_own_names(api: Caller) -> None:
    body = api.stored("grace_hopper.jpg", detection="lvis, cld-fashion_v1")
    data = body["info"]["detection"]["object_detection"]["data"]
    assert set(data) == {"lvis", "cld-fashion"}
    for label in data["cld-fashion"]["tags"].values():
        assert label[0]["categories"] == ["fashion"]


@pytest.mark.parametrize("path", ["image/upload", "auto/upload", "upload"])
def test_every_path_uploads(api: Caller, path: str) -> None:
    assert api.upload(path=path).json()["resource_type"] == "image"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_and_hashes_of_the_signature_hold(api: Caller, algorithm: str, version: int) -> None:
    form = signed({"tags": "a&b", "public_id": "x"}, algorithm=algorithm, version=version)
    answer = api.post("image/upload", data=form, files={"file": CHELSEA})
    assert answer.status_code == 200
    assert len(answer.json()["signature"]) == (40 if algorithm == "sha1" else 64), "answered with the request's hash"


def test_data_uri_as_a_field_in_each_encoding(api: Caller) -> None:
    uri = "data:image/jpeg;base64," + base64.b64encode(CHELSEA).decode()
    form = signed({"public_id": "uri"})
    answers = [
        api.post("image/upload", files={key: (None, value) for key, value in (form | {"file": uri}).items()}),
        api.post(
            "image/upload", content=urlencode(form | {"file": uri}), headers={"content-type": "application/x-www-form-urlencoded"}
        ),
        api.post("image/upload", content=urlencode(form | {"file": uri})),
        api.post("image/upload", json=form | {"file": uri}),
    ]
    assert [(answer.status_code, answer.json()["etag"]) for answer in answers] == [(200, hashlib.md5(CHELSEA).hexdigest())] * 4


def test_a_part_with_only_an_extended_filename_is_a_file(api: Caller) -> None:
    """As .NET sends it: `filename*` alone, the boundary a fixed literal."""
    boundary = "notrandomsequencetouseasboundary"
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in signed({}).items()]
    head = f"--{boundary}\r\nContent-Type: application/octet-stream\r\n"
    head += "Content-Disposition: form-data; name=file; filename*=utf-8''w%C3%BCnter.jpg\r\n\r\n"
    body = b"".join(parts) + head.encode() + CHELSEA + f"\r\n--{boundary}--\r\n".encode()
    answer = api.post("image/upload", content=body, headers={"content-type": f'multipart/form-data; boundary="{boundary}"'})
    assert answer.status_code == 200, answer.text
    assert answer.json()["original_filename"] == "wünter"


def test_basic_credentials_need_no_signature(api: Caller) -> None:
    answer = api.post("image/upload", files={"file": CHELSEA}, data={"tags": "x"}, auth=BASIC)
    assert answer.json()["tags"] == ["x"]


def test_overwrite_keeps_the_asset_and_replaces_the_rest(api: Caller, house: House) -> None:
    first = api.stored("chelsea.jpg", public_id="a/b", tags="old", detection="lvis_v1")
    second = api.stored("coffee.jpg", public_id="a/b", tags="new")
    assert second["asset_id"] == first["asset_id"]
    assert second["version"] > first["version"]
    assert second["overwritten"] is True
    assert second["tags"] == ["new"]
    assert "info" not in api.get("resources/image/upload/a/b")
    assert len(list(house.storage.list())) == 1, "the bytes of the old version are gone"


def test_overwrite_false_returns_the_old_asset(api: Caller, house: House) -> None:
    first = api.stored("chelsea.jpg", public_id="once", tags="old")
    again = api.stored("coffee.jpg", public_id="once", overwrite="0", tags="new")
    assert again["existing"] is True
    assert (again["etag"], again["tags"]) == (first["etag"], ["old"])
    assert len(list(house.storage.list())) == 1


def test_names_come_from_the_file_the_folder_and_the_prefix(api: Caller) -> None:
    exact = {"use_filename": "1", "unique_filename": "0"}
    assert api.stored(**exact)["public_id"] == "chelsea"
    assert re.fullmatch(r"chelsea_[a-zA-Z0-9]{6}", api.stored(use_filename="true")["public_id"])
    body = api.stored(**exact, folder="cats/tabby")
    assert (body["public_id"], body["asset_folder"]) == ("cats/tabby/chelsea", "cats/tabby")
    body = api.stored(**exact, asset_folder="shelf", public_id_prefix="p", filename_override="my cat!.png")
    assert (body["public_id"], body["asset_folder"], body["original_filename"]) == ("p/my_cat", "shelf", "my cat!")
    body = api.stored(public_id="deep/er/id", display_name="My cat")
    assert (body["public_id"], body["display_name"]) == ("deep/er/id", "My cat")


def test_a_json_list_of_tags_is_as_good_as_text(api: Caller) -> None:
    uri = "data:image/jpeg;base64," + base64.b64encode(CHELSEA).decode()
    answer = api.post("image/upload", json={"file": uri, "tags": ["a", "b"], "overwrite": True}, auth=BASIC)
    assert answer.json()["tags"] == ["a", "b"]


def test_findings_are_rows_beside_the_stored_answer(api: Caller, house: House) -> None:
    from app.db.tables import analyses, findings

    body = api.stored("chelsea.jpg", detection="lvis_v1")
    with house.db.read() as c:
        rows = c.execute(findings.select().order_by(findings.c.score.desc())).all()
        stored = c.execute(analyses.select()).one()
    tags = body["info"]["detection"]["object_detection"]["data"]["lvis"]["tags"]
    assert json.loads(stored.body)["tags"] == tags
    assert (rows[0].label, rows[0].score) == ("cat", tags["cat"][0]["confidence"])
    assert [rows[0].x, rows[0].y, rows[0].width, rows[0].height] == tags["cat"][0]["bounding-box"]
    assert len(stored.pack_hash) == 64
