"""What strangers must not get by URL: restricted layers, default pictures, tricks with paths, keys and headers."""

import io
from typing import Any
from urllib.parse import quote

import cloudinary
import cloudinary.utils
import httpx2 as httpx
import pytest
from PIL import Image

from app.house import House
from tests.api.caller import Caller


def get(api: Caller, path: str, **headers: str) -> httpx.Response:
    return api.client.get(f"/demo/image/upload/{path}", headers=headers)


def signed_path(public_id: str, **options: Any) -> str:
    cloudinary.config(cloud_name="demo", api_key="key", api_secret="secret")
    url = str(cloudinary.utils.cloudinary_url(public_id, sign_url=True, secure=True, **options)[0])
    return url.removeprefix("https://res.cloudinary.com")


@pytest.mark.parametrize(
    "hidden",
    [{"type": "authenticated"}, {"access_mode": "authenticated"}, {"access_control": '[{"access_type": "token"}]'}],
)
def test_a_restricted_layer_needs_a_signature_even_when_it_was_rendered(api: Caller, hidden: dict[str, str]) -> None:
    api.stored(public_id="p")
    api.stored("coffee.jpg", public_id="secret/one", **hidden)
    layer = f"{'authenticated:' if 'type' in hidden else ''}secret:one"
    for path in (f"w_60/l_{layer},w_50/p.jpg", f"w_60/u_{layer},w_50/p.jpg", f"$x_!secret!/w_60/l_{layer}/fl_layer_apply/p.jpg"):
        assert get(api, path).status_code == 401, path
    chain = [{"width": 60, "crop": "scale"}, {"overlay": layer, "width": 50}]
    url = signed_path("p", format="jpg", transformation=chain)
    assert api.client.get(url).status_code == 200
    unsigned = "/".join(part for part in url.split("/") if not part.startswith("s--"))
    assert api.client.get(unsigned).status_code == 401
    hidden_by_name = f"$x_!one!/l_{layer.replace('one', '$(x)')},w_50/p.jpg"
    assert get(api, hidden_by_name).status_code == 401


def test_a_rejected_layer_is_not_there(api: Caller) -> None:
    api.stored(public_id="p")
    api.stored("coffee.jpg", public_id="bad", moderation="manual")
    api.admin("POST", "resources/image/upload/bad", data={"moderation_status": "rejected"})
    assert get(api, "w_60/l_bad,w_50/p.jpg").status_code == 404
    assert get(api, "d_bad.jpg/w_9/nobody.jpg").status_code == 404


def test_a_default_picture_is_no_way_around(api: Caller, house: House) -> None:
    api.stored(public_id="p", access_control='[{"access_type": "token"}]')
    assert get(api, "d_p.jpg/w_9/nobody.jpg").status_code == 401
    api.stored(public_id="q")
    house.accounts.set("demo", "strict_transformations", "true")
    assert get(api, "d_q.jpg/w_9/nobody.jpg").status_code == 401
    assert api.client.get(signed_path("nobody.jpg", transformation=[{"default_image": "q.jpg", "width": 9}])).status_code == 200


def test_an_overwritten_layer_and_style_are_rendered_anew(api: Caller) -> None:
    api.stored(public_id="p")
    for path in ("w_60/l_mark,w_60/p.jpg", "$m_!mark!/w_60/l_$(m),w_60/p.jpg"):
        api.stored("coffee.jpg", public_id="mark")
        before = get(api, path).content
        assert get(api, path).content == before
        api.stored("rocket.jpg", public_id="mark")
        assert get(api, path).content != before, path


def test_coordinates_given_later_change_the_picture(api: Caller) -> None:
    api.stored(public_id="p")
    paths = ("e_pixelate_faces:20/p.jpg", "c_thumb,g_custom,w_40,h_40/p.jpg")
    before = [get(api, path).content for path in paths]
    given = {"face_coordinates": "10,10,100,100", "custom_coordinates": "300,100,60,60"}
    assert api.admin("POST", "resources/image/upload/p", data=given).status_code == 200
    assert all(get(api, path).content != old for path, old in zip(paths, before, strict=True))


def test_what_is_seen_later_changes_a_crop_to_it(api: Caller, house: House) -> None:
    """A first look is kept for crops; what a call's own detection finds then counts."""
    api.stored(public_id="p")
    before = get(api, "c_crop,g_cat/p.jpg").content
    assert get(api, "c_crop,g_cat/p.jpg").content == before
    api.admin("POST", "resources/image/upload/p", data={"detection": "coco"})
    with house.db.begin() as tx:
        tx.exec_driver_sql("UPDATE findings SET x = 0, y = 0, width = 40, height = 30 WHERE label = 'cat'")
    after = get(api, "c_crop,g_cat/p.jpg")
    assert Image.open(io.BytesIO(after.content)).size == (40, 30)
    assert after.content != before


@pytest.mark.parametrize(
    "trick",
    [
        "../../v1_1/demo/resources/image",
        "%2e%2e/%2e%2e/etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "w_10/..%5c..%5cwindows.ini",
        "l_..:..:..:etc:passwd/p.jpg",
        "p.jpg%00.png",
        "%00",
        "s--AAAAAAAA--",
        "w_10,%00/p.jpg",
        quote("w_10,$a_!\n!/p.jpg"),
        "%ff%fe/p.jpg",
        "w_10" + "/" * 500,
        "w_" + "9" * 5000 + "/p.jpg",
        "if_" + "w_gt_1_and_" * 2000 + "w_gt_1/w_10/if_end/p.jpg",
        "$a_" + "2_mul_" * 2000 + "2/w_$a/p.jpg",
        "$a_10_pow_99999999/w_$a/p.jpg",
    ],
)
def test_tricks_get_a_plain_refusal(api: Caller, house: House, trick: str) -> None:
    api.stored(public_id="p")
    answer = get(api, trick)
    assert answer.status_code in (400, 401, 404), answer.text
    assert answer.headers["x-cld-error"]
    assert list(house.storage.list("derived/")) == []


def test_no_spelling_poisons_another_ones_key(api: Caller) -> None:
    """What a caller sends beside the path, or writes differently, neither changes nor replaces what others see."""
    api.stored(public_id="p")
    plain = get(api, "w_40/p.jpg").content
    for headers in ({"host": "evil.example"}, {"x-forwarded-host": "evil"}, {"accept": "image/webp"}, {"sec-ch-width": "9"}):
        assert get(api, "w_40/p.jpg", **headers).content == plain
    assert get(api, "w_40/p.jpg?w_80").content == plain
    assert get(api, "w_40/v99/p.jpg").content == plain
    for path in ("w_40/p.png", "w_40/p.webp", "w_40,q_10/p.jpg", "w_4,h_0.5/p.jpg", "w_40/e_sepia/p.jpg", "w_40,e_sepia/p.jpg"):
        assert get(api, path).content != plain
    assert get(api, "w_40/p.jpg").content == plain
    webp = get(api, "w_40,f_auto/p.jpg", accept="image/webp")
    for accept in ("", "image/png", "image/webpx", "x" * 5000):
        assert get(api, "w_40,f_auto/p.jpg", accept=accept).headers["content-type"] == "image/jpeg", accept
    assert webp.headers["content-type"] == "image/webp"
    assert get(api, "w_40,f_auto/p.jpg", accept="image/webp;q=0.8, */*").content == webp.content


def test_layers_of_layers_have_an_end(api: Caller) -> None:
    api.stored(public_id="p")
    for count, path in ((200, "l_p,w_9/"), (60, "l_p/"), (99, "l_p/fl_layer_apply/")):
        answer = get(api, path * count + "p.jpg")
        assert answer.status_code == 400, path
    nested = "l_p/" * 20 + "fl_layer_apply/" * 20
    assert get(api, f"w_40/{nested}p.jpg").status_code == 200


def test_errors_are_open_to_pages_and_never_kept(api: Caller) -> None:
    for path in ("nobody.jpg", "w_0/nobody.jpg", "s--AAAAAAAA--/nobody.jpg"):
        answer = get(api, path)
        assert answer.status_code in (400, 401, 404)
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["access-control-allow-origin"] == "*"
    asked = {"origin": "https://a.example", "access-control-request-method": "GET"}
    assert api.client.options("/demo/image/upload/p.jpg", headers=asked).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in api.client.options("/v1_1/demo/resources/image", headers=asked).headers


def test_dates_and_digests_of_what_a_client_has(api: Caller) -> None:
    api.stored(public_id="p")
    for path in ("p.jpg", "w_30/p.jpg"):
        first = get(api, path)
        since = first.headers["last-modified"]
        assert get(api, path, **{"if-modified-since": since}).status_code == 304
        assert get(api, path, **{"if-modified-since": "Mon, 01 Jan 2001 00:00:00 GMT"}).status_code == 200
        assert get(api, path, **{"if-modified-since": "nonsense"}).status_code == 200
        assert get(api, path, **{"if-none-match": '"other"', "if-modified-since": since}).status_code == 200
        assert get(api, path, **{"if-none-match": f'"x", {first.headers["etag"]}'}).status_code == 304
    assert Image.open(io.BytesIO(get(api, "w_30/p.jpg").content)).size == (30, 20)
