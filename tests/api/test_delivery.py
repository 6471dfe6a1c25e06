"""The picture comes back: original bytes by URL, conditional, partial, never as anything but a picture."""

import hashlib

import cloudinary
import cloudinary.utils
import pytest

from tests.api.caller import PICTURES, Caller, message

CHELSEA = (PICTURES / "chelsea.jpg").read_bytes()


def test_the_urls_of_an_upload_serve_its_bytes(api: Caller) -> None:
    body = api.stored(public_id="cats/tabby cat")
    for url in (body["url"], body["secure_url"]):
        answer = api.client.get(url)
        assert answer.content == CHELSEA
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["etag"] == f'"{hashlib.md5(CHELSEA).hexdigest()}"'
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_version_and_extension_are_optional(api: Caller) -> None:
    api.stored(public_id="a/b.c")
    for path in ("a/b.c.jpg", "a/b.c", "v1/a/b.c.jpeg", "v99999/a/b.c.jpg", "v1/a/b.c?_a=BAMAABRg0"):
        assert api.client.get(f"/demo/image/upload/{path}").content == CHELSEA


def test_conditional_ranged_and_head_requests(api: Caller) -> None:
    url = api.stored()["url"]
    tag = api.client.get(url).headers["etag"]
    same = api.client.get(url, headers={"if-none-match": f'"x", W/{tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    part = api.client.get(url, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, CHELSEA[10:20])
    head = api.client.head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(CHELSEA)))


def test_what_is_not_there_is_not_found(api: Caller) -> None:
    for path in ("/demo/image/upload/nobody.jpg", "/nowhere/image/upload/p.jpg", "/demo/image/upload/v1/../../x"):
        answer = api.client.get(path)
        assert answer.status_code == 404
        assert message(answer)


@pytest.mark.parametrize("type", ["private", "authenticated"])
@pytest.mark.parametrize("long", [False, True])
def test_private_pictures_need_the_sdks_signature(api: Caller, type: str, long: bool) -> None:
    api.stored(public_id="dir/mine", type=type)
    cloudinary.config(cloud_name="demo", api_key="key", api_secret="secret")
    options = {"type": type, "sign_url": True, "format": "jpg", "long_url_signature": long, "secure": True}
    url = cloudinary.utils.cloudinary_url("dir/mine", **options)[0]
    path = url.removeprefix("https://res.cloudinary.com")
    assert api.client.get(path).content == CHELSEA
    for wrong in (f"/demo/image/{type}/v1/dir/mine.jpg", f"/demo/image/{type}/s--AAAAAAAA--/v1/dir/mine.jpg"):
        answer = api.client.get(wrong)
        assert answer.status_code == 401
        assert "ignature" in message(answer) or "signed" in message(answer)
