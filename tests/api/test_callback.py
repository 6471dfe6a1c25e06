"""`callback`: a browser without scripts is sent on with the signed result, scripts get JSON, and only http(s) is a place to go."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from app.signing import response_signature
from tests.api.caller import Caller, signed

HOME = "https://shop.example/done?x=1#top"


def test_a_form_is_sent_on_with_the_signed_result(api: Caller) -> None:
    form = signed({"callback": HOME, "tags": "a,b", "public_id": "ä b"})
    files = {"file": ("a.jpg", (b"a,b\n"))}
    answer = api.post("raw/upload", data=form, files=files, follow_redirects=False)
    assert answer.status_code == 302
    place = urlsplit(answer.headers["location"])
    assert (place.scheme, place.netloc, place.path, place.fragment) == ("https", "shop.example", "/done", "top")
    said = dict(parse_qsl(place.query, keep_blank_values=True))
    assert (said["x"], said["public_id"], said["tags"], said["placeholder"]) == ("1", "ä b", "a,b", "false")
    assert said["signature"] == response_signature("ä b", int(said["version"]), "secret")


def test_scripts_and_calls_without_one_get_json(api: Caller) -> None:
    form = signed({"callback": HOME})
    answer = api.post(
        "raw/upload", data=form, files={"file": ("a", b"x")}, headers={"X-Requested-With": "XMLHttpRequest"}, follow_redirects=False
    )
    assert answer.json()["bytes"] == 1
    assert api.upload(b"x", path="raw/upload", callback="").status_code == 200


def test_explicit_sends_on_too(api: Caller) -> None:
    api.stored(public_id="p")
    form = signed({"public_id": "p", "type": "upload", "callback": "http://shop.example"})
    answer = api.post("image/explicit", data=form, follow_redirects=False)
    assert answer.headers["location"].startswith("http://shop.example?asset_id=")


@pytest.mark.parametrize(
    "place", ["javascript:alert(1)", "//shop.example", "/done", "ftp://a/b", "http://", "http://a/\r\nSet-Cookie: b", "http://a b/"]
)
def test_other_places_are_refused_before_anything_is_stored(api: Caller, place: str) -> None:
    answer = api.post("raw/upload", data=signed({"callback": place}), files={"file": ("a", b"x")}, follow_redirects=False)
    assert answer.status_code == 400
    assert "callback: expected http(s)://host/path" in answer.json()["error"]["message"]
    assert api.get("resources/raw")["resources"] == []
