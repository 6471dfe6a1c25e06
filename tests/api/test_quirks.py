"""What the Admin API of the original is known to do in odd corners, each as the official clients meet it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.house import House
from app.main import create_app
from tests.api.caller import Caller, message
from tests.api.test_admin import ids, pages
from tests.api.test_deletion import rendered
from tests.conftest import build_house

RATES = ("x-featureratelimit-limit", "x-featureratelimit-remaining", "x-featureratelimit-reset")
LISTS = (
    "resources/image",
    "resources/image/tags/t",
    "tags/image",
    "folders",
    "transformations",
    "upload_presets",
    "upload_mappings",
)


@pytest.mark.parametrize(
    ("method", "path", "fields", "status"),
    [
        ("GET", "ping", {}, 200),
        ("GET", "resources/image", {"max_results": "-1"}, 400),
        ("GET", "resources/image/upload/nobody", {}, 404),
        ("GET", "no/such/route", {}, 404),
        ("PATCH", "resources/image", {}, 404),
        ("POST", "resources/search", {"expression": "("}, 400),
        ("GET", "resources/search", {"max_results": "0"}, 200),
    ],
)
def test_every_answer_tells_the_rate_limit(api: Caller, method: str, path: str, fields: dict[str, str], status: int) -> None:
    answer = api.admin(method, path, params=fields)
    assert answer.status_code == status
    limit, left, reset = (answer.headers[name] for name in RATES)
    assert 0 < int(left) < int(limit)
    until = datetime.strptime(reset, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    assert timedelta() < until - datetime.now(UTC) <= timedelta(hours=1)


def test_a_call_too_many_is_a_420(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    house = build_house("sqlite", tmp_path, request, rate_limit=2)
    with TestClient(create_app(house)) as client:
        api = Caller(client)
        assert [api.admin("GET", "ping").headers[RATES[1]] for _ in range(2)] == ["1", "0"]
        answer = api.admin("GET", "ping")
        assert (answer.status_code, answer.headers[RATES[1]]) == (420, "0")
        assert message(answer).startswith("Rate Limit Exceeded. Limit of 2 api operations reached. Try again on ")


def test_blank_and_null_are_not_given(api: Caller) -> None:
    for number in range(11):
        api.stored(public_id=f"p{number}", tags="kept")
    blank = {"max_results": "", "direction": "", "next_cursor": "", "start_at": "", "fields": "", "tags": ""}
    assert len(ids(api.get("resources/image", **blank))) == 10
    answer = api.admin("GET", "resources/image", json=dict.fromkeys(blank) | {"max_results": 3})
    assert len(ids(answer.json())) == 3
    answer = api.admin("POST", "resources/image/upload/p1", json={"detection": "", "metadata": "", "tags": None})
    assert (answer.status_code, answer.json()["tags"]) == (200, ["kept"])


def test_a_page_of_none_is_refused_where_it_would_never_end(api: Caller) -> None:
    for path in LISTS:
        answer = api.admin("GET", path, params={"max_results": "0"})
        assert (answer.status_code, message(answer)[:37]) == (400, "Invalid value 0 for parameter max_res"), path
        assert api.admin("GET", path, params={"max_results": "100000"}).status_code == 200, "more than 500 are 500"
    assert api.admin("POST", "folders/search", json={"max_results": 0}).json()["folders"] == []


def test_a_get_may_carry_its_parameters_as_a_json_body(api: Caller) -> None:
    for number in range(3):
        api.stored(public_id=f"p{number}", tags="t")
    first = api.admin("GET", "resources/image/tags/t", json={"max_results": 2, "tags": True, "direction": 1}).json()
    assert (ids(first), first["resources"][0]["tags"]) == (["p0", "p1"], ["t"])
    rest = {"max_results": 2, "direction": 1, "next_cursor": first["next_cursor"]}
    assert ids(api.admin("GET", "resources/image/tags/t", json=rest).json()) == ["p2"]
    assert api.admin("GET", "config", json={"settings": True}).json()["settings"] == {"folder_mode": "dynamic"}
    assert "settings" not in api.admin("GET", "config", json={}).json()


@pytest.mark.parametrize("how", ["json", "data", "files", "bare", "query"])
def test_an_update_is_read_from_every_encoding(api: Caller, how: str) -> None:
    """A form of .NET carries three names of the signature beside Basic credentials; PHP's has no Content-Type."""
    api.stored(public_id="a/b c", tags="old")
    spelled: dict[str, dict[str, Any]] = {
        "json": {"json": {"tags": ["x", "y"], "timestamp": 1, "signature": "no", "api_key": "no"}},
        "data": {"data": {"tags": "x,y", "timestamp": "1", "signature": "no", "api_key": "no"}},
        "files": {"files": {"tags": (None, "x,y"), "timestamp": (None, "1"), "signature": (None, "no"), "api_key": (None, "no")}},
        "bare": {"content": b"tags=x%2Cy"},
        "query": {"params": {"tags[]": ["x", "y"], "signature": "no"}},
    }
    answer = api.admin("POST", "resources%2Fimage%2Fupload%2Fa%2Fb%20c", **spelled[how])
    assert (answer.status_code, answer.json()["tags"]) == (200, ["x", "y"])


def test_a_public_id_may_hold_a_comma(api: Caller) -> None:
    """One client joins names by commas, another sends a single name as it is: an asset of that name is what is meant."""
    for name in ("a", "b", "a,b"):
        api.stored(public_id=name)
    assert ids(api.get("resources/image/upload", public_ids="a,b")) == ["a,b"]
    assert set(ids(api.get("resources/image/upload", public_ids="a, b,nobody"))) == {"a", "b"}
    deletion = api.admin("DELETE", "resources/image/upload", data={"public_ids": "a,b"}).json()
    assert deletion["deleted"] == {"a,b": "deleted"}
    deletion = api.admin("DELETE", "resources/image/upload", json={"public_ids": ["a,b"]}).json()
    assert deletion["deleted"] == {"a,b": "not_found"}
    assert api.admin("DELETE", "resources/image/upload", json={"public_ids": "a,b"}).json()["deleted"] == dict.fromkeys(
        "ab", "deleted"
    )


def test_a_deletion_by_asset_ids_takes_no_other_selector(api: Caller) -> None:
    made = [api.stored(public_id=name) for name in ("a", "b")]
    for wide in ({"all": True}, {"prefix": "a"}, {"public_ids": ["a"]}):
        answer = api.admin("DELETE", "resources", json=wide)
        assert (answer.status_code, message(answer)) == (400, "Missing required parameter - asset_ids")
    api.admin("DELETE", "resources", json={"asset_ids": [made[0]["asset_id"]], "all": True, "prefix": "b"})
    assert ids(api.get("resources/image")) == ["b"]
    answer = api.admin("DELETE", "resources/image/upload", json={"all": True, "transformations": "|"})
    assert (answer.status_code, ids(api.get("resources/image"))) == (400, ["b"])


def test_an_image_is_not_found_by_its_file_name(api: Caller) -> None:
    api.stored(public_id="a")
    answer = api.admin("GET", "resources/image/upload/a.jpg")
    assert (answer.status_code, message(answer)) == (404, "Resource not found - a.jpg")


def test_derived_pages_are_told_under_both_names_and_updates_tell_them_too(api: Caller, house: House) -> None:
    api.stored(public_id="a")
    wanted = {rendered(house, "a", f"w_{number}") for number in range(3)}
    first = api.get("resources/image/upload/a", max_results=2)
    assert first["next_cursor"] == first["derived_next_cursor"]
    last = api.get("resources/image/upload/a", max_results=2, derived_next_cursor=first["next_cursor"])
    assert not {"next_cursor", "derived_next_cursor"} & set(last)
    assert {item["id"] for item in first["derived"] + last["derived"]} == wanted
    changed = api.admin("POST", "resources/image/upload/a", json={"tags": "x"}).json()
    assert {item["id"] for item in changed["derived"]} == wanted


def test_a_raw_file_has_no_format_and_no_size_in_pixels(api: Caller) -> None:
    api.stored(b"text", path="raw/upload", public_id="r.txt")
    for found in (api.get("resources/raw")["resources"][0], api.get("resources/raw/upload/r.txt")):
        assert not {"format", "width", "height"} & set(found)


def test_usage_is_told_for_days_in_either_spelling(api: Caller) -> None:
    day = datetime.now(UTC).date() - timedelta(days=2)
    for path in (f"usage/{day}", f"usage/{day:%d-%m-%Y}", f"usage?date={day}"):
        usage = api.admin("GET", path).json()
        assert usage["date_requested"] == f"{day}T00:00:00Z"
        assert not {"limit", "used_percent"} & set(usage["bandwidth"])
        assert {"credits", "impressions", "seconds_delivered"} <= set(usage)
        assert all(isinstance(value, int) for value in usage["media_limits"].values())
    for wrong in ("2100-01-01", "31-12-2100", "yesterday", "2026-13-01"):
        assert message(api.admin("GET", f"usage/{wrong}")).startswith("Invalid value ")
        assert api.admin("GET", f"usage/{wrong}").status_code == 400


def test_presets_are_listed_in_three_orders(api: Caller) -> None:
    for name in ("b", "c", "a"):
        api.admin("POST", "upload_presets", json={"name": name})

    def names(**parameters: Any) -> list[str]:
        return [preset["name"] for preset in pages(api, "upload_presets", "presets", max_results=1, **parameters)]

    assert names() == names(order_by="created_at") == names(order_by="id") == ["a", "c", "b"]
    assert names(order_by="name", direction="asc") == ["a", "b", "c"]
    assert api.admin("GET", "upload_presets", params={"order_by": "size"}).status_code == 400


def test_a_display_name_has_no_slash(api: Caller) -> None:
    api.stored(public_id="a")
    answers = [api.admin("POST", "resources/image/upload/a", json={"display_name": "x/y"}), api.upload(display_name="x/y")]
    for answer in answers:
        assert (answer.status_code, message(answer)) == (
            400,
            "Invalid value x/y for parameter display_name: a display name has no slash",
        )


def test_wrong_types_are_told(api: Caller) -> None:
    assert api.admin("GET", "tags/picture").status_code == 404
    answer = api.admin("GET", "resources/by_asset_folder", params={"asset_folder": "", "resource_type": "picture"})
    assert (answer.status_code, message(answer)[:42]) == (400, "Invalid value picture for parameter resour")


def test_a_cursor_outlives_the_asset_it_points_at(api: Caller) -> None:
    for number in range(4):
        api.stored(public_id=f"p{number}", tags="t")
    first = api.get("resources/image/tags/t", max_results=2)
    api.admin("DELETE", "resources/image/upload", json={"public_ids": ids(first)})
    assert ids(api.get("resources/image/tags/t", max_results=2, next_cursor=first["next_cursor"])) == ["p1", "p0"]


@pytest.mark.parametrize(
    "path", ["provisioning/accounts/x/users", "provisioning/accounts/x/sub_accounts/y", "demo/streaming_profiles"]
)
def test_what_is_not_served_is_refused_with_its_reason(api: Caller, path: str) -> None:
    for method in ("GET", "POST"):
        answer = api.client.request(method, f"/v1_1/{path}", auth=("key", "secret"), json={} if method == "POST" else None)
        assert answer.status_code == (400 if "streaming" in path else 404)
        assert "not s" in message(answer)
