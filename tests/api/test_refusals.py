"""Bad input: Cloudinary's JSON error with the right status and words, X-Cld-Error, and nothing left behind."""

import io
import re
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.house import House
from tests.api.caller import BASIC, PICTURES, Caller, message, signed

CHELSEA = (PICTURES / "chelsea.jpg").read_bytes()


def bomb(side: int = 13_000) -> bytes:
    """A small PNG whose header promises side x side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def saved(format: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, format)
    return out.getvalue()


@pytest.fixture
def nothing_left(house: House) -> Any:
    """Afterwards no row, no stored file and no half-received one."""
    yield
    assert house.library.totals(house.accounts.anonymous("demo")) == (0, 0, 0)
    assert list(house.storage.list()) == []
    assert list((house.settings.data_dir / "blobs" / ".incoming").iterdir()) == []


FILES = [
    (b"", "Empty file"),
    (b"I am not a picture", "Invalid image file"),
    (CHELSEA[: len(CHELSEA) // 2], "Invalid image file"),
    (bomb(), r"Maximum image size is 50 Megapixels\. Requested 169\.00 Megapixels \(13000 x 13000\)"),
    (saved("PPM"), "Invalid image file"),
    (b"PK\x03\x04" + b"\0" * 500, "Invalid image file"),
    (b"%PDF-1.4\n", "Invalid image file"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "Invalid image file"),
]


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(("content", "words"), FILES)
def test_files_that_are_no_pictures(api: Caller, content: bytes, words: str) -> None:
    answer = api.upload(content, detection="lvis_v1", public_id="x")
    assert answer.status_code == 400
    assert re.fullmatch(words, message(answer))


PARAMETERS = [
    ({"auto_tagging": "7"}, 400, "Invalid value 7 for parameter auto_tagging: expected a number from 0 to 1, or default"),
    ({"auto_tagging": "abc"}, 400, "Invalid value abc for parameter auto_tagging: expected a number from 0 to 1, or default"),
    ({"auto_tagging": "nan"}, 400, "Invalid value nan for parameter auto_tagging: expected a number from 0 to 1, or default"),
    ({"detection": "illegal"}, 400, "Detection invalid model 'illegal'"),
    ({"detection": "lvis_v99"}, 400, "Detection invalid model 'lvis_v99'"),
    ({"detection": "lvis,illegal"}, 400, "Detection invalid model 'illegal'"),
    ({"detection": "captioning"}, 420, "You don't have an active subscription for Cloudinary AI Content Analysis (captioning)"),
    ({"upload_preset": "nobody"}, 400, "Upload preset not found"),
    ({"type": "fetch"}, 400, "Invalid value fetch for parameter type: expected one of upload, private, authenticated"),
    ({"public_id": "../etc/passwd"}, 400, "public_id (../etc/passwd) is invalid"),
    ({"public_id": "a//b"}, 400, "public_id (a//b) is invalid"),
    ({"public_id": "what?"}, 400, "public_id (what?) is invalid"),
    ({"public_id": "x" * 256}, 400, f"public_id ({'x' * 255}) is invalid"),
    ({"allowed_formats": "png,webp"}, 400, "Image file format jpg not allowed"),
    ({"context": "novalue"}, 400, "Invalid value novalue for parameter context: expected key=value pairs separated by |"),
    ({"overwrite": "maybe"}, 400, "Invalid value maybe for parameter overwrite: expected true or false"),
    ({"categorization": "google_tagging"}, 420, "You don't have an active subscription for Google Auto Tagging"),
    ({"categorization": "illegal"}, 400, "Categorization illegal is not valid"),
    ({"raw_convert": "illegal"}, 400, "Raw convert is invalid"),
    ({"background_removal": "illegal"}, 400, "Background removal is invalid"),
    (
        {"background_removal": "cloudinary_ai:fine_edges"},
        420,
        "You don't have an active subscription for Cloudinary AI Background Removal",
    ),
    ({"visual_search": "true"}, 420, "You don't have an active subscription for Visual search"),
    ({"on_success": "current_asset.update({tags: ['x']})"}, 400, "On success is not supported by this server; leave it out"),
    ({"transformation": "c_scale,w_0"}, 400, "Invalid width in transformation: 0"),
]


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(("parameters", "status", "words"), PARAMETERS)
def test_parameters_that_are_wrong(api: Caller, parameters: dict[str, str], status: int, words: str) -> None:
    answer = api.upload(**parameters)
    assert (answer.status_code, message(answer)) == (status, words)


def unsigned(**fields: str) -> dict[str, str]:
    return fields


NOW = str(int(time.time()))
RIGHTS = [
    (signed({"tags": "a"}) | {"tags": "b"}, 401, r"Invalid Signature [0-9a-f]{40}\. String to sign - 'tags=b&timestamp=\d+'\."),
    (signed({}) | {"signature": "00"}, 401, r"Invalid Signature 00\. .*"),
    (signed({}, secret="wrong"), 401, r"Invalid Signature .*"),
    (
        signed({"timestamp": "1712841818"}),
        400,
        r"Stale request - reported time is 2024-04-11 13:23:38 \+0000 which is more than 1 hour ago",
    ),
    (signed({"timestamp": str(int(NOW) + 7200)}), 400, r"Stale request - .* which is more than 1 hour ahead"),
    (signed({"timestamp": "soon"}), 400, r"Invalid value soon for parameter timestamp.*"),
    (signed({}) | {"api_key": "nobody"}, 401, r"Unknown API key nobody"),
    ({"api_key": "key", "timestamp": NOW}, 400, r"Missing required parameter - signature"),
    ({"signature": "0" * 40, "timestamp": NOW}, 400, r"Missing required parameter - api_key"),
    ({"signature": "0" * 40, "api_key": "key"}, 400, r"Missing required parameter - timestamp"),
    ({}, 400, r"Upload preset must be specified when using unsigned upload"),
    ({"upload_preset": "nobody"}, 400, r"Upload preset not found"),
]


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(("form", "status", "words"), RIGHTS)
def test_callers_that_cannot_prove_who_they_are(api: Caller, form: dict[str, str], status: int, words: str) -> None:
    answer = api.post("image/upload", data=form, files={"file": CHELSEA})
    assert answer.status_code == status
    assert re.fullmatch(words, message(answer))


def test_clouds_and_keys_must_belong_together(api: Caller, house: House) -> None:
    other = house.accounts.add("other")
    wrong = api.client.post("/v1_1/nowhere/image/upload", data=signed({}), files={"file": CHELSEA})
    assert (wrong.status_code, message(wrong)) == (401, "Invalid cloud_name nowhere")
    crossed = api.client.get("/v1_1/other/ping", auth=BASIC)
    assert (crossed.status_code, message(crossed)) == (401, "cloud_name mismatch")
    right = api.client.get("/v1_1/other/ping", auth=(other.key, other.secret))
    assert right.json() == {"status": "ok"}


@pytest.mark.usefixtures("nothing_left")
def test_a_file_must_be_there(api: Caller) -> None:
    answer = api.post("image/upload", data=signed({}))
    assert (answer.status_code, message(answer)) == (400, "Missing required parameter - file")
    answer = api.post("image/upload", data=signed({"detection": "lvis_v1"}) | {"file": "/etc/passwd"})
    assert (answer.status_code, message(answer)) == (400, "Unsupported source URL: /etc/passwd"), "a path is no URL"


URIS = [
    "data:image/png,plain",
    "data:image/png;base64,@@@@",
    "data:image/png;base64,QQ=Q",
    "ftp://host/a.jpg",
    "file:///etc/passwd",
    "data:",
]


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("uri", URIS)
def test_texts_that_are_no_source(api: Caller, uri: str) -> None:
    answer = api.post("image/upload", files={key: (None, value) for key, value in (signed({}) | {"file": uri}).items()})
    assert answer.status_code == 400
    assert message(answer).startswith(("Invalid data URI", "Unsupported source URL", "Empty file"))


BODIES = [
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf a body'),
    ("multipart/form-data; boundary=b", b"no boundary here at all"),
    ("multipart/form-data; boundary=b", b"--b\r\n" + b"X-Long: " + b"y" * 20_000 + b"\r\n\r\n--b--\r\n"),
    ("application/json", b"{half"),
    ("application/json", b"[1, 2]"),
    ("application/x-www-form-urlencoded", b"\xff\xfe=1"),
]


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_bodies_that_cannot_be_read(api: Caller, kind: str, body: bytes) -> None:
    answer = api.post("image/upload", content=body, headers={"content-type": kind})
    assert answer.status_code == 400
    assert message(answer).startswith("Invalid ")


@pytest.mark.usefixtures("nothing_left")
def test_a_body_over_the_limit_is_refused_before_it_is_read(api: Caller) -> None:
    answer = api.post(
        "image/upload", content=b"", headers={"content-length": str(10**9), "content-type": "multipart/form-data; boundary=b"}
    )
    assert (answer.status_code, message(answer)) == (400, "File size too large. Got 1000000000. Maximum is 104857600.")


def test_unknown_resource_types_and_routes_are_refused_in_json(api: Caller) -> None:
    assert "is not supported by this server" in message(api.upload(path="nonsense/upload"))
    answer = api.post("image/nonsense", data=signed({}))
    assert (answer.status_code, message(answer)) == (404, "Unknown route POST /v1_1/demo/image/nonsense")


def test_a_failing_model_stores_the_picture_and_says_so(api: Caller, house: House, tmp_path: Path) -> None:
    """A model file that is not what the registry names: the upload stands, its detection is failed, the rest works."""
    from dataclasses import replace

    from starlette.testclient import TestClient

    from app.inference.onnx import OnnxInference
    from app.main import create_app
    from app.services.tagging import Tagging

    pinned = dict(house.registry.pinned) | {"nanodet-g/1": "0" * 64}
    broken = Tagging(house.registry, OnnxInference(house.settings.model_folders, pinned))
    other = replace(house, uploads=replace(house.uploads, tagging=broken))
    body = Caller(TestClient(create_app(other))).stored(detection="lvis_v1", auto_tagging="0.1")
    assert body["info"]["detection"]["object_detection"] == {"status": "failed"}
    assert body["tags"] == []
