"""Text that one database would refuse and the other keep: kept, refused or not found, and never answered with a 500."""

from typing import Any

import pytest

from tests.api.caller import BASIC, PICTURES, Caller, signed

CHELSEA = (PICTURES / "chelsea.jpg").read_bytes()
ODD = ["a\0b", "x" * 300, "\U0001f600" * 260, "a\U0010ffff", "a\x1bb", "a\u202eb"]
NAMES = (
    "public_id public_id_prefix filename_override folder asset_folder display_name tags context upload_preset detection type "
    "allowed_formats"
).split()


@pytest.mark.parametrize("name", NAMES)
def test_odd_text_in_a_parameter_is_kept_or_refused(api: Caller, name: str) -> None:
    for text in ODD:
        answer = api.upload(**{name: f"{text}={text}" if name == "context" else text})
        assert answer.status_code in (200, 400), answer.text
        if answer.status_code == 200:
            assert api.admin("GET", f"resources/{answer.json()['asset_id']}").status_code == 200


def test_odd_text_in_a_file_name_is_kept_or_refused(api: Caller) -> None:
    for text in ODD:
        answer = api.post("image/upload", data=signed({"use_filename": "1"}), files={"file": (f"{text}.jpg", CHELSEA)})
        assert answer.status_code in (200, 400), answer.text


PATHS = (
    "resources/image/upload/{} resources/{} resources/image/tags/{} upload_presets/{} resources/image?prefix={} "
    "tags/image?prefix={} resources/image?next_cursor={}"
).split()
ENCODED = ["a%00b", "x" * 300, "%F0%9F%98%80", "%FF", "%F4%8F%BF%BF"]


@pytest.mark.parametrize("path", PATHS)
def test_odd_text_in_a_path_or_a_query_is_looked_for_and_not_found(api: Caller, path: str) -> None:
    for text in ENCODED:
        answer = api.admin("GET", path.format(text))
        assert answer.status_code in (200, 400, 404), answer.text


def test_odd_text_in_a_cloud_a_key_or_a_delivery_path_is_refused(api: Caller) -> None:
    answers: list[Any] = [
        api.client.get("/v1_1/demo/ping", auth=("a\0b", "secret")),
        api.post("image/upload", data=signed({}) | {"api_key": "a\0b"}),
    ]
    for text in ENCODED:
        answers.append(api.client.get(f"/v1_1/{text}/ping", auth=BASIC))
        answers += [
            api.client.get(path)
            for path in (f"/{text}/image/upload/a.jpg", f"/demo/image/upload/{text}", f"/demo/image/{text}/a.jpg")
        ]
    assert [answer.text for answer in answers if answer.status_code not in (400, 401, 404)] == []
