"""Requests as the official clients really send them, byte for byte but for timestamps, signatures and files, and what they get."""

import hashlib
import io
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from app.house import House
from app.main import create_app
from tests.api.caller import PICTURES, Caller
from tests.conftest import build_house

RECORDED = Path(__file__).parent / "recorded"
NOW = str(int(time.time()))
PICTURE = (PICTURES / "grace_hopper.jpg").read_bytes()
UNSIGNED = frozenset({"file", "cloud_name", "resource_type", "api_key", "signature"})

# The recorded calls name an asset "dir/püppy & cat"; an ampersand is no lawful letter of a public ID, so here it is "and".
LAWFUL = re.compile(r"(?<=püppy) & (?=cat)")

CALLS: list[tuple[str, list[dict[str, Any]]]] = []  # client and call, whose requests belong together
for path in sorted(RECORDED.glob("*.json")):
    for row in json.loads(
        LAWFUL.sub(" and ", path.read_text("utf-8"))
        .replace("%20%26%20", "%20and%20")
        .replace("%20&%20", "%20and%20")
        .replace("+%26+", "+and+")
    ):
        name = f"{path.stem}-{row['call']}"
        if CALLS and CALLS[-1][0] == name:
            CALLS[-1][1].append(row)
        else:
            CALLS.append((name, [row]))

CHUNKED = "upload_large_chunked"  # recorded with detection on a file that is no picture, which is refused: it is left out here

# What an answer of each call must have; a call that is not here must only succeed.
SHAPES: dict[str, set[str]] = {
    "upload_detect_autotag": {"public_id", "tags", "info", "secure_url", "signature", "version"},
    "upload_detect_autotag_string_path": {"public_id", "tags", "info", "secure_url"},
    "upload_async_notify": {"status", "batch_id", "type"},
    "upload_rich": {"public_id", "colors", "faces", "phash", "delete_token"},
    "upload_unsigned": {"public_id", "secure_url"},
    "upload_data_uri": {"public_id", "secure_url"},
    "explicit_detect": {"public_id", "info", "tags"},
    "update_lvis": {"public_id", "info"},
    "update_rich": {"public_id", "tags", "context", "moderation_status"},
    "resources_by_tag": {"resources"},
    "resources_by_tag_options": {"resources"},
    "resources_by_ids": {"resources"},
    "resources_list": {"resources"},
    "resource_get": {"public_id", "colors", "derived"},
    "resource_by_asset_id": {"public_id", "colors"},
    "search": {"total_count", "time", "resources"},
    "delete_by_ids": {"deleted"},
    "delete_by_tag": {"deleted"},
    "tags_list": {"tags"},
    "add_tag": {"public_ids"},
    "replace_tag": {"public_ids"},
    "remove_all_tags": {"public_ids"},
    "add_context": {"public_ids"},
    "rename": {"public_id", "secure_url"},
    "destroy": {"result"},
    "preset_create": {"message", "name"},
    "preset_update": {"message"},
    "usage": {"plan", "requests", "resources"},
    "ping": {"status"},
}
# Calls that must fail, and how: a remote address that nobody serves, an analysis that is sold as an add-on.
FAILING = {
    "resources_by_tag_options": (400, "next_cursor"),  # recorded with a cursor that nobody handed out
    "upload_remote_url": (400, "Error in loading"),
    "analyze_uri": (420, "subscription"),
    "upload_form_urlencoded_url": (400, "Error in loading"),
}


@pytest.fixture
def api(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Caller]:
    """A cloud in which everything is there that the recorded calls name."""
    house: House = build_house("sqlite", tmp_path, request, fetch_allow="127.0.0.0/8", fetch_seconds=2)
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        api = Caller(client)
        values = [{"external_id": "red", "value": "Red"}, {"external_id": "blue", "value": "Blue"}]
        for external_id, type in (("color_ids", "set"), ("color", "enum")):
            field = {"external_id": external_id, "label": external_id, "type": type, "datasource": {"values": values}}
            assert api.admin("POST", "metadata_fields", json=field).status_code == 200
        field = {"external_id": "in_stock_id", "label": "in stock", "type": "integer"}
        assert api.admin("POST", "metadata_fields", json=field).status_code == 200
        for name in ("p", "my_preset"):
            api.admin("POST", "upload_presets", json={"name": name, "unsigned": name == "my_preset"})
        for name in ("puppy", "dir/puppy 1", "dir/püppy and cat", "a", "b", "a/b"):
            api.stored("chelsea.jpg", public_id=name, tags="hat,red hat,a,x", moderation="manual")
        yield api
    house.close()


@pytest.mark.parametrize(("name", "rows"), CALLS, ids=[name for name, _ in CALLS])
def test_a_recorded_call_is_understood(api: Caller, name: str, rows: list[dict[str, Any]]) -> None:
    call = name.partition("-")[2]
    if call.startswith("preset_create"):
        api.admin("DELETE", "upload_presets/p")
    if call == "rename":
        for taken in _said(rows[0], "to_public_id"):
            api.admin("DELETE", "resources/image/upload", params={"public_ids[]": taken})
    last: httpx.Response | None = None
    for row in rows:
        last = _send(api, row)
        if call in FAILING and (call != "resources_by_tag_options" or "next_cursor" in row["target"] + row.get("body", "")):
            status, words = FAILING[call]
            assert last.status_code == status, last.text
            assert words in last.text
            return
        assert last.status_code == 200, f"{row['target']}: {last.text}"
    assert last is not None
    body = last.json()
    assert SHAPES.get(call, set()) <= body.keys(), body
    if call == CHUNKED:
        assert body["bytes"] == 13_000_000
    if call == "upload_detect_autotag":
        assert body["info"]["detection"]["object_detection"]["data"]


def _send(api: Caller, row: dict[str, Any]) -> httpx.Response:
    headers = dict(row["headers"])
    target = _present(api, row["target"])
    content = _multipart(row, headers) if "parts" in row else _signed_again(row.get("body", "")).encode()
    return api.client.request(row["method"], target, headers=headers, content=content)


def _present(api: Caller, target: str) -> str:
    """The target with an asset ID that there is."""
    empty = "0" * 32
    if empty not in target:
        return target
    asset_id: str = api.get("resources/image/upload/puppy")["asset_id"]
    return target.replace(empty, asset_id)


def _said(row: dict[str, Any], field: str) -> list[str]:
    """What a recorded body says of a parameter."""
    if "parts" in row:
        return [value for heads, value in row["parts"] if f'name="{field}"' in heads[0]]
    return [value for key, value in parse_qsl(row.get("body", "")) if key == field]


def _multipart(row: dict[str, Any], headers: dict[str, str]) -> bytes:
    """The recorded parts with a file of ours, a fresh timestamp and the signature of that."""
    sent = [(heads, value) for heads, value in row["parts"] if not (row["call"] == CHUNKED and 'name="detection"' in heads[0])]
    parts = [(heads, value if isinstance(value, str) else None, value) for heads, value in sent]
    texts: dict[str, list[str]] = {}
    for heads, text, _ in parts:
        field = re.search(r'name="?([^";]*)"?', heads[0])
        if text is not None and field:
            texts.setdefault(field[1], []).append(NOW if field[1] == "timestamp" else text)
    signature = _signature(texts)
    kind = next(value for key, value in headers.items() if key.lower() == "content-type")
    boundary = re.search(r'boundary="?([^";]+)"?', kind)
    assert boundary
    body = io.BytesIO()
    for heads, text, value in parts:
        field = re.search(r'name="?([^";]*)"?', heads[0])
        key = field[1] if field else ""
        content = {"timestamp": NOW, "signature": signature}.get(key, text) if text is not None else None
        data = content.encode() if content is not None else _file(row, value["bytes"])
        body.write(f"--{boundary[1]}\r\n".encode() + "\r\n".join(heads).encode() + b"\r\n\r\n" + data + b"\r\n")
    body.write(f"--{boundary[1]}--\r\n".encode())
    return body.getvalue()


def _signature(texts: dict[str, list[str]]) -> str:
    """As the client signed it: sorted names, arrays joined, by the hash whose length was sent."""
    fields = {key.removesuffix("[]").partition("[")[0]: values for key, values in texts.items()}
    joined: dict[str, str] = {}
    for key, values in texts.items():
        plain = re.sub(r"\[\d*\]$", "", key)
        joined[plain] = f"{joined[plain]},{','.join(values)}" if plain in joined else ",".join(values)
    sent = next(iter(fields.get("signature", [""])), "")
    named = {key: value for key, value in joined.items() if key not in UNSIGNED and value != ""}
    text = "&".join(f"{key}={value.replace('&', '%26')}" for key, value in sorted(named.items()))
    hash = hashlib.sha256 if len(sent) == 64 else hashlib.sha1
    return hash((text + "secret").encode()).hexdigest()


def _signed_again(body: str) -> str:
    """A urlencoded body with a fresh timestamp and signature; any other body as it is."""
    if "signature=" not in body:
        return body
    texts: dict[str, list[str]] = {}
    for key, value in parse_qsl(body, keep_blank_values=True):
        texts.setdefault(key, []).append(NOW if key == "timestamp" else value)
    body = re.sub(r"timestamp=\d+", f"timestamp={NOW}", body)
    return re.sub(r"signature=[0-9a-f]+", f"signature={quote(_signature(texts))}", body)


def _file(row: dict[str, Any], size: int) -> bytes:
    """A picture, or the slice that the headers name of a large one: a picture may have anything behind it."""
    headers = {key.lower(): value for key, value in row["headers"].items()}
    if "x-unique-upload-id" not in headers and size < 1_000_000:
        return PICTURE
    start = re.match(r"bytes (\d+)-", headers.get("content-range", ""))
    first = int(start[1]) if start else 0
    return (PICTURE + bytes(13_000_000 - len(PICTURE)))[first : first + size]
