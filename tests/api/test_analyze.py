"""The Analyze API, both path shapes: the documented answers and errors, from every source, with nothing stored."""

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from app.errors import Limited
from app.house import House
from app.inference.onnx import OnnxInference
from app.main import create_app
from app.ports import Blob, Storage
from app.services.tagging import Tagging
from tests.api.caller import BASIC, PICTURES, Caller, message

CHELSEA = (PICTURES / "chelsea.jpg").read_bytes()
URI = "data:image/jpeg;base64," + base64.b64encode(CHELSEA).decode()


def analyze(api: Caller, model: str, source: object, **more: Any) -> httpx.Response:
    return api.client.post(f"/v2/analysis/{api.cloud}/analyze/{model}", json={"source": source, **more}, auth=BASIC)


def classic(api: Caller, **fields: Any) -> httpx.Response:
    return api.client.post(f"/v2/{api.cloud}/analysis/analyze/uri", json=fields, auth=BASIC)


@pytest.fixture
def nothing_stored(house: House) -> Iterator[None]:
    yield
    assert house.library.totals(house.accounts.anonymous("demo")) == (0, 0, 0)
    assert list(house.storage.list()) == []
    assert list((house.settings.data_dir / "blobs" / ".incoming").iterdir()) == []


@pytest.mark.usefixtures("nothing_stored")
def test_the_documented_answer(api: Caller) -> None:
    answer = analyze(api, "lvis_v1", {"uri": URI})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert list(body) == ["data", "request_id", "limits"]
    assert body["limits"] is None
    assert re.fullmatch("[0-9a-f]{32}", body["request_id"])
    assert body["request_id"] == answer.headers["x-request-id"]
    assert int(answer.headers["x-featureratelimit-remaining"]) > 0
    assert body["data"]["entity"] == "data:image/jpeg;base64", "the data itself is not sent back"
    assert list(body["data"]["analysis"]) == ["tags", "model_version"]
    assert body["data"]["analysis"]["model_version"] == 1
    cat = body["data"]["analysis"]["tags"]["cat"][0]
    assert 0.4 < cat["confidence"] <= 1
    assert len(cat["bounding-box"]) == 4


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("more", [{}, {"parameters": None}, {"parameters": {"custom": {}}}])
def test_the_classic_answer(api: Caller, more: dict[str, Any]) -> None:
    answer = classic(api, uri=URI, analysis_type="coco", **more)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["data", "request_id"]
    assert "cat" in answer.json()["data"]["analysis"]["tags"]


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize("model", ["lvis", "coco", "cld_fashion", "cld-fashion", "cld_fashion_v1", "coco_v1"])
def test_each_detector_by_its_underscored_name(api: Caller, model: str) -> None:
    answer = analyze(api, model, {"uri": URI}, **{"async": False})
    assert answer.status_code == 200, answer.text
    assert isinstance(answer.json()["data"]["analysis"]["tags"], dict)


def test_coco_is_a_detector_of_uploads_too(api: Caller, house: House) -> None:
    found = api.stored("grace_hopper.jpg", detection="coco", auto_tagging="default")
    assert found["info"]["detection"]["object_detection"]["data"]["coco"]["model_name"] == "coco"
    assert "person" in found["tags"]
    coco = house.registry.find("coco")
    assert coco
    assert len(coco.labels) == 80
    assert {"wine glass", "dining table"} <= set(coco.labels)


def test_a_stored_asset_is_read_where_it_lies(api: Caller) -> None:
    """By ID, and by any of its delivery URLs; the same as what detection says of it, and nothing of it is changed."""
    stored = api.stored(public_id="dir/my cat", detection="lvis_v1")
    expected = stored["info"]["detection"]["object_detection"]["data"]["lvis"]["tags"]
    plain = "http://testserver/demo/image/upload/dir/my%20cat"
    for source in (
        {"asset_id": stored["asset_id"]},
        {"uri": stored["url"]},
        {"uri": stored["secure_url"].replace("http:", "https:")},
        {"uri": plain},
        {"uri": f"{plain}.jpg"},
    ):
        answer = analyze(api, "lvis_v1", source)
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["analysis"]["tags"] == expected
        assert answer.json()["data"]["entity"] == next(iter(source.values()))
    assert classic(api, uri=stored["url"], analysis_type="lvis_v1").json()["data"]["analysis"]["tags"] == expected
    analyze(api, "coco", {"asset_id": stored["asset_id"]})
    assert list(api.get("resources/image/upload/dir/my cat")["info"]["detection"]["object_detection"]["data"]) == ["lvis"]
    assert api.client.get(stored["url"]).content == CHELSEA


def test_private_assets_are_open_to_their_own_clouds_key_alone(api: Caller, house: House) -> None:
    stored = api.stored(type="private", public_id="secret")
    assert analyze(api, "coco", {"uri": stored["url"]}).status_code == 200
    other = house.accounts.add("other")
    for source in ({"uri": stored["url"]}, {"asset_id": stored["asset_id"]}):
        answer = api.client.post("/v2/analysis/other/analyze/coco", json={"source": source}, auth=(other.key, other.secret))
        assert answer.status_code in (400, 404)


def test_an_asset_in_a_remote_store_is_copied_for_the_moment(api: Caller, house: House) -> None:
    class Remote:
        def __init__(self, near: Storage) -> None:
            self.near = near

        def get(self, key: str) -> Blob:
            blob = self.near.get(key)
            return Blob(blob.size, blob.chunks)

    stored = api.stored()
    other = replace(house, analyzer=replace(house.analyzer, storage=Remote(house.storage)))  # type: ignore[arg-type]
    answer = analyze(Caller(TestClient(create_app(other))), "coco", {"asset_id": stored["asset_id"]})
    assert "cat" in answer.json()["data"]["analysis"]["tags"]
    assert list((house.settings.data_dir / "blobs" / ".incoming").iterdir()) == []


SUBSCRIPTION = "You don't have an active subscription for "
ERRORS: list[tuple[str, object, int, str, str]] = [
    ("captioning", {"uri": URI}, 420, "user_error", SUBSCRIPTION + "Cloudinary AI Content Analysis (captioning)"),
    ("human_anatomy", {"uri": URI}, 420, "user_error", SUBSCRIPTION + "Cloudinary AI Content Analysis (human-anatomy)"),
    ("google_tagging", {"uri": URI}, 420, "user_error", SUBSCRIPTION + "Google Auto Tagging"),
    ("nonsense", {"uri": URI}, 400, "user_error", "Invalid value nonsense for parameter analysis_type: no such detector"),
    ("lvis", None, 400, "user_error", "Missing required parameter - source"),
    ("lvis", {}, 400, "user_error", "Invalid value {} for parameter source: expected"),
    ("lvis", "text", 400, "user_error", "Invalid value text for parameter source: expected"),
    ("lvis", {"uri": URI, "asset_id": "x"}, 400, "user_error", "Invalid value "),
    ("lvis", {"asset_id": "nobody"}, 404, "user_error", "Resource not found - nobody"),
    ("lvis", {"uri": "http://testserver/demo/image/upload/nobody.jpg"}, 404, "user_error", "Resource not found - nobody.jpg"),
    ("lvis", {"uri": "http://testserver/demo/image/upload/w_10/v1/a.jpg"}, 400, "user_error", "Transformation w_10 is not"),
    ("lvis", {"uri": "http://127.0.0.1:9/a.jpg"}, 400, "user_error", "Error in loading 127.0.0.1 - the address is not public"),
    ("lvis", {"uri": "http://[broken"}, 400, "user_error", "Unsupported source URL: http://[broken"),
    ("lvis", {"uri": "ftp://127.0.0.1/a.jpg"}, 400, "user_error", "Unsupported source URL"),
    ("lvis", {"uri": "/etc/passwd"}, 400, "user_error", "Unsupported source URL"),
    ("lvis", {"uri": "data:image/png;base64,aGVsbG8="}, 400, "user_error", "Invalid image file"),
    ("lvis", {"uri": "data:image/png;base64,"}, 400, "user_error", "Empty file"),
]


def error(answer: httpx.Response) -> dict[str, Any]:
    """The error of an answer in the v2 shape."""
    told: dict[str, Any] = answer.json()["error"]
    assert list(told) == ["category", "code", "message", "details", "request_id"]
    assert re.fullmatch(r"MA_\d{5}", told["code"])
    assert told["details"] == {}
    assert told["request_id"] == answer.headers["x-request-id"]
    assert told["message"] == message(answer)
    return told


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(("model", "source", "status", "category", "words"), ERRORS)
def test_errors(api: Caller, model: str, source: object, status: int, category: str, words: str) -> None:
    answer = analyze(api, model, source)
    assert answer.status_code == status, answer.text
    assert error(answer)["category"] == category
    assert error(answer)["message"].startswith(words)


@pytest.mark.usefixtures("nothing_stored")
def test_errors_of_the_classic_call(api: Caller) -> None:
    for fields, words in (
        ({"uri": URI}, "Missing required parameter - analysis_type"),
        ({"analysis_type": "lvis"}, "Missing required parameter - uri"),
        ({"analysis_type": "illegal", "uri": URI}, "Invalid value illegal for parameter analysis_type"),
    ):
        answer = classic(api, **fields)
        assert answer.status_code == 400
        assert error(answer)["message"].startswith(words)


@pytest.mark.usefixtures("nothing_stored")
def test_async_is_refused_clearly(api: Caller) -> None:
    answer = analyze(api, "lvis", {"uri": URI}, **{"async": True, "notification_url": "http://example.com/"})
    assert answer.status_code == 400
    assert error(answer)["message"].startswith("Async analysis is not served yet by this server")
    answer = api.client.get("/v2/analysis/demo/tasks/abc", auth=BASIC)
    assert (answer.status_code, error(answer)["message"]) == (404, "Unknown route GET /v2/analysis/demo/tasks/abc")


@pytest.mark.usefixtures("nothing_stored")
def test_who_asks_must_be_proven(api: Caller) -> None:
    headers = {
        "": "Missing credentials",
        "Basic " + base64.b64encode(b"key:wrong").decode(): "api_secret mismatch",
        "Basic " + base64.b64encode(b"x:y").decode(): "unknown api_key",
    }
    for header, words in headers.items():
        for path in ("/v2/analysis/demo/analyze/lvis", "/v2/demo/analysis/analyze/uri"):
            answer = api.client.post(path, json={}, headers={"authorization": header} if header else {})
            assert answer.status_code == 401
            assert error(answer)["category"] == "auth_error"
            assert error(answer)["message"].startswith(words)


@pytest.mark.usefixtures("nothing_stored")
def test_a_body_that_is_no_json(api: Caller) -> None:
    answer = api.client.post(
        "/v2/demo/analysis/analyze/uri", content=b"{half", headers={"content-type": "application/json"}, auth=BASIC
    )
    assert answer.status_code == 400
    assert error(answer)["message"].startswith("Invalid JSON body")


@pytest.mark.usefixtures("nothing_stored")
def test_a_failing_model_a_bug_and_a_full_house(api: Caller, house: House) -> None:
    pinned = dict(house.registry.pinned) | {"nanodet-g/1": "0" * 64}
    broken = Tagging(house.registry, OnnxInference(house.settings.model_folders, pinned))

    class Busy:
        def detector(self, _name: str) -> None:
            raise Limited("Server is busy, try again in a moment", retry_after=2)

    class Buggy:
        def detector(self, _name: str) -> None:
            raise ZeroDivisionError

    for analyzer, status, category, words in (
        (replace(house.analyzer, tagging=broken), 500, "server_error", "Analysis by coco failed"),
        (Buggy(), 500, "server_error", "General Error"),
        (Busy(), 429, "rate_limit_error", "Server is busy"),
    ):
        app = create_app(replace(house, analyzer=analyzer))  # type: ignore[arg-type]
        answer = analyze(Caller(TestClient(app, raise_server_exceptions=False)), "coco", {"uri": URI})
        assert answer.status_code == status
        assert error(answer)["category"] == category
        assert error(answer)["message"].startswith(words)
    assert answer.json()["limits"] is None
    assert answer.headers["retry-after"] == "2"
