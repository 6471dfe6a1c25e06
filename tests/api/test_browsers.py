"""Uploads from web pages: preflights, headers a page may read, and how much strangers may do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from tests.api.caller import Caller, message
from tests.conftest import build_house

PATHS = [
    "image/upload",
    "auto/upload",
    "video/upload",
    "upload",
    "image/upload_chunked",
    "delete_by_token",
    "image/delete_by_token",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_is_answered(api: Caller, path: str) -> None:
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-requested-with,x-unique-upload-id,content-range",
    }
    answer = api.client.options(f"/v1_1/demo/{path}", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert {"x-unique-upload-id", "content-range", "x-requested-with", "content-type"} <= allowed


def test_pages_may_read_answers_and_errors_but_not_the_admin_api(api: Caller) -> None:
    for answer in (api.upload(), api.upload(b"no picture"), api.post("image/upload", data={})):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "X-Cld-Error" in answer.headers["access-control-expose-headers"]
        assert "X-Request-Id" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers
    assert "access-control-allow-origin" not in api.admin("GET", "resources/image").headers
    assert api.client.options("/v1_1/demo/resources/image").status_code == 404
    assert "access-control-allow-origin" not in api.client.options("/v1_1/demo/image/destroy").headers


@pytest.fixture
def narrow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Caller]:
    """A house in which strangers may upload twice an hour."""
    house = build_house("sqlite", tmp_path, request, unsigned_rate_limit=2)
    with TestClient(create_app(house)) as client:
        yield Caller(client)
    house.close()


def test_strangers_may_upload_so_often_and_no_more(narrow: Caller) -> None:
    assert narrow.admin("POST", "upload_presets", data={"name": "open", "unsigned": "true"}).status_code == 200
    form = {"data": {"upload_preset": "open", "file": "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs="}}
    answers = [narrow.post("image/upload", **form, headers={"X-Forwarded-For": f"10.0.0.{number}"}) for number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 420]
    assert message(answers[2]) == "Rate limit exceeded"
    assert int(answers[2].headers["retry-after"]) > 0
    assert answers[2].headers["access-control-allow-origin"] == "*"
    assert narrow.upload().status_code == 200
