"""What callers say of an asset beside name and tags: coordinates, moderation, access, headers; in every call that takes them."""

import io
from typing import Any

import pytest
from PIL import Image

from tests.api.caller import Caller, message, signed

RULES = [{"access_type": "token"}, {"access_type": "anonymous", "start": "2020-01-01T00:00:00Z", "end": "2030-01-01T00:00:00Z"}]


def picture(width: int = 241, height: int = 51) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(file, "JPEG")
    return file.getvalue()


def explicit(api: Caller, **parameters: Any) -> dict[str, Any]:
    answer = api.post("image/explicit", data=signed({"type": "upload", **parameters}))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_given_faces_are_clipped_told_and_win_over_detected_ones(api: Caller) -> None:
    body = api.stored(picture(), public_id="p", face_coordinates="120,30,109,150|121,31,110,151", faces="1")
    assert body["faces"] == [[120, 30, 109, 51], [121, 31, 110, 51]]
    explicit(api, public_id="p", face_coordinates="122,32,111,152", custom_coordinates="1,2,3,4")
    details = api.get("resources/image/upload/p", faces="1", coordinates="1")
    assert details["faces"] == [[122, 32, 111, 152]]
    assert details["coordinates"] == {"faces": [[122, 32, 111, 152]], "custom": [[1, 2, 3, 4]]}
    assert "coordinates" not in api.get("resources/image/upload/p")


def test_detected_faces_come_back_when_given_ones_are_cleared(api: Caller) -> None:
    body = api.stored("grace_hopper.jpg", public_id="p", faces="true", face_coordinates="1,1,9,9")
    assert body["faces"] == [[1, 1, 9, 9]]
    explicit(api, public_id="p", face_coordinates="")
    details = api.get("resources/image/upload/p", faces="true", coordinates="true")
    assert "coordinates" not in details
    assert len(details["faces"]) == 1
    assert details["faces"] != [[1, 1, 9, 9]]


def test_coordinates_change_one_by_one(api: Caller) -> None:
    api.stored(picture(), public_id="p", custom_coordinates="1,2,3,4", regions='{"hat": [[1,2],[3,4]]}')
    body = explicit(api, public_id="p", face_coordinates="5,6,7,8")
    assert body["coordinates"] == {"custom": [[1, 2, 3, 4]], "faces": [[5, 6, 7, 8]]}
    assert body["regions"] == {"hat": [[1, 2], [3, 4]]}
    assert api.get("resources/image/upload/p")["regions"] == {"hat": [[1, 2], [3, 4]]}


def test_a_new_version_starts_without_what_was_said_of_the_old(api: Caller) -> None:
    api.stored(picture(), public_id="p", custom_coordinates="1,2,3,4", moderation="manual", access_mode="authenticated")
    body = api.stored(picture(), public_id="p")
    assert not {"coordinates", "moderation", "access_control"} & body.keys()
    assert body["access_mode"] == "public"


def test_moderation_waits_for_a_decision(api: Caller) -> None:
    body = api.stored(picture(), public_id="p", moderation="manual")
    assert body["moderation"] == [{"kind": "manual", "status": "pending"}]
    assert "moderation_status" not in body
    for status in ("approved", "rejected", "pending"):
        answer = api.admin("POST", "resources/image/upload/p", json={"moderation_status": status})
        said = answer.json()["moderation"][0]
        assert (said["kind"], said["status"]) == ("manual", status)
        assert answer.json()["moderation_status"] == status
    assert message(api.admin("POST", "resources/image/upload/p", json={"moderation_status": "maybe"})).startswith(
        "Invalid value maybe"
    )


def test_an_asset_without_moderation_can_be_rejected_and_is_then_not_delivered(api: Caller) -> None:
    url = api.stored(picture(), public_id="p")["url"]
    assert api.client.get(url).status_code == 200
    api.admin("POST", "resources/image/upload/p", data={"moderation_status": "rejected"})
    assert api.client.get(url).status_code == 404
    api.admin("POST", "resources/image/upload/p", data={"moderation_status": "approved"})
    assert api.client.get(url).status_code == 200


@pytest.mark.parametrize(
    ("kind", "status", "sentence"),
    [
        ("webpurify", 420, "You don't have an active subscription for WebPurify Image Moderation"),
        ("manual|aws_rek:explicit_nudity:0.7", 420, "You don't have an active subscription for Amazon Rekognition AI Moderation"),
        ("duplicate:0.8", 420, "You don't have an active subscription for Cloudinary Duplicate Image Detection"),
        ("robots", 400, "Moderation robots moderation is not valid"),
        ("manual|robots", 400, "Moderation robots moderation is not valid"),
    ],
)
def test_other_kinds_of_moderation(api: Caller, kind: str, status: int, sentence: str) -> None:
    answer = api.upload(picture(), moderation=kind)
    assert (answer.status_code, message(answer)) == (status, sentence)


@pytest.mark.parametrize("name", ["auto_transcription", "auto_chaptering", "auto_video_details", "visual_search"])
def test_services_that_are_sold_as_add_ons(api: Caller, name: str) -> None:
    answer = api.upload(picture(), **{name: "true"})
    assert answer.status_code == 420
    assert "active subscription" in message(answer)
    assert api.upload(picture(), **{name: "false"}).status_code == 200


def test_access_control_is_told_and_taken_away(api: Caller) -> None:
    sent = '[{"access_type":"token"},{"access_type":"anonymous","start":"2020-01-01","end":"2030-01-01T02:00+02:00"}]'
    assert api.stored(picture(), public_id="p", access_control=sent)["access_control"] == RULES
    assert api.get("resources/image/upload/p")["access_control"] == RULES
    assert "access_control" not in api.admin("POST", "resources/image/upload/p", json={"access_control": []}).json()


def test_a_restricted_asset_is_open_only_in_its_window_or_by_a_signed_url(api: Caller) -> None:
    token = api.stored(picture(), public_id="token", access_control='[{"access_type":"token"}]')
    past = api.stored(picture(), public_id="past", access_control='[{"access_type":"anonymous","end":"2001-01-01"}]')
    now = api.stored(
        picture(), public_id="now", access_control='[{"access_type":"token"},{"access_type":"anonymous","start":"2001-01-01"}]'
    )
    mode = api.stored(picture(), public_id="mode", access_mode="authenticated")
    assert [api.client.get(item["url"]).status_code for item in (token, past, now, mode)] == [401, 401, 200, 401]


def test_delivery_headers_are_kept_and_sent(api: Caller) -> None:
    url = api.stored(picture(), headers="X-Robots-Tag: noindex\nSet-Cookie: a=b")["url"]
    answer = api.client.get(url)
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in answer.headers


def test_a_display_name_is_made_unique_within_its_folder(api: Caller) -> None:
    first = api.stored(picture(), public_id="a", display_name="Hat", unique_display_name="1", asset_folder="f")
    second = api.stored(picture(), public_id="b", display_name="Hat", unique_display_name="1", asset_folder="f")
    other = api.stored(picture(), public_id="c", display_name="Hat", unique_display_name="1", asset_folder="g")
    again = api.stored(picture(), public_id="a", display_name="Hat", unique_display_name="1", asset_folder="f")
    assert (first["display_name"], other["display_name"], again["display_name"]) == ("Hat", "Hat", "Hat")
    assert second["display_name"].startswith("Hat_")
    assert len(second["display_name"]) == 10
    moved = api.admin("POST", "resources/image/upload/c", json={"asset_folder": "f", "unique_display_name": True}).json()
    assert moved["display_name"].startswith("Hat_")


def test_a_preset_says_them_too(api: Caller) -> None:
    settings = {
        "name": "strict",
        "unsigned": "true",
        "moderation": "manual",
        "access_mode": "authenticated",
        "quality_override": "80",
    }
    assert api.admin("POST", "upload_presets", data=settings).status_code == 200
    answer = api.post(
        "image/upload", data={"upload_preset": "strict", "face_coordinates": "1,2,3,4"}, files={"file": ("a.jpg", picture())}
    )
    body = answer.json()
    assert (body["access_mode"], body["moderation"][0]["kind"]) == ("authenticated", "manual")
    assert body["coordinates"] == {"faces": [[1, 2, 3, 4]]}
    bad = api.admin("POST", "upload_presets", data={"name": "x", "access_control": "nonsense"})
    assert (bad.status_code, message(bad)[:31]) == (400, "Invalid value nonsense for para")


@pytest.mark.parametrize("name", ["eval", "on_success"])
def test_scripts_of_callers_are_refused(api: Caller, name: str) -> None:
    answer = api.upload(picture(), **{name: "upload_options['tags'] = 'a'"})
    assert answer.status_code == 400
    assert message(answer).endswith("is not supported by this server; leave it out")
