"""Every Python snippet of the documentation's page on automatic tagging, through the official SDK, against a live server."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cloudinary
import cloudinary.api
import cloudinary.exceptions
import cloudinary.uploader
import cloudinary.utils
import httpx
import pytest

from tests.live import Live

PICTURES = Path(__file__).parent.parent / "pictures"
HOPPER = str(PICTURES / "grace_hopper.jpg")


@pytest.fixture(autouse=True)
def _pointed(live: Live) -> Iterator[None]:
    """Point the SDK at the server, as CLOUDINARY_URL would."""
    cloudinary.reset_config()
    cloudinary.config(cloud_name="demo", api_key="key", api_secret="secret", upload_prefix=live.address)
    yield
    cloudinary.reset_config()


def test_upload_with_detection() -> None:
    result = cloudinary.uploader.upload(HOPPER, detection="cld-fashion")
    found = result["info"]["detection"]["object_detection"]
    assert found["status"] == "complete"
    assert found["data"]["cld-fashion"]["model_name"] == "cld-fashion"


def test_upload_with_auto_tagging_then_list_by_tag() -> None:
    result = cloudinary.uploader.upload(HOPPER, detection="lvis", auto_tagging=0.4, tags=["navy"])
    assert {"navy", "person"} <= set(result["tags"])
    listed = cloudinary.api.resources_by_tag("person", tags=True)
    assert result["public_id"] in [item["public_id"] for item in listed["resources"]]
    assert listed.rate_limit_remaining > 0
    assert cloudinary.utils.verify_api_response_signature(result["public_id"], result["version"], result["signature"])


def test_update_of_a_stored_picture() -> None:
    cloudinary.uploader.upload(str(PICTURES / "chelsea.jpg"), public_id="puppy")
    result = cloudinary.api.update("puppy", detection="lvis", auto_tagging=0.5)
    assert "cat" in result["tags"]
    assert "puppy" in [item["public_id"] for item in cloudinary.api.resources_by_tag("cat")["resources"]]
    assert cloudinary.api.resource("puppy")["info"] == result["info"]


def test_presets_tag_unsigned_uploads() -> None:
    cloudinary.api.create_upload_preset(name="team", unsigned=True, detection="lvis", auto_tagging=0.4, tags="preset")
    result = cloudinary.uploader.unsigned_upload(HOPPER, "team", tags=["call"])
    assert {"preset", "call", "person"} <= set(result["tags"])
    assert cloudinary.api.upload_preset("team")["settings"]["detection"] == ["lvis"]
    assert cloudinary.api.update_upload_preset("team", auto_tagging=0.9)["message"] == "updated"
    assert [preset["name"] for preset in cloudinary.api.upload_presets()["presets"]] == ["team"]
    assert cloudinary.api.delete_upload_preset("team")["message"] == "deleted"


def test_streams_and_bytes() -> None:
    with Path(HOPPER).open("rb") as stream:
        assert cloudinary.uploader.upload(stream, public_id="stream")["original_filename"] == "grace_hopper"
    assert cloudinary.uploader.upload(Path(HOPPER).read_bytes(), public_id="bytes")["bytes"] == 61306


def test_the_url_the_sdk_builds_serves_the_picture(live: Live) -> None:
    result = cloudinary.uploader.upload(HOPPER, public_id="dir/hopper")
    options = {"secure": False, "cname": live.address.removeprefix("http://"), "version": result["version"], "format": "jpg"}
    url = cloudinary.utils.cloudinary_url("dir/hopper", **options)[0]
    assert url == result["url"]
    assert httpx.get(url).content == Path(HOPPER).read_bytes()
    assert httpx.get(result["secure_url"]).status_code == 200


def test_a_remote_url_is_fetched() -> None:
    class Files(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(PICTURES))

        def log_message(self, *_args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        result = cloudinary.uploader.upload(f"http://127.0.0.1:{server.server_port}/coffee.jpg?x=1&y=2")
        with pytest.raises(cloudinary.exceptions.NotFound, match="Resource not found - http"):
            cloudinary.uploader.upload(f"http://127.0.0.1:{server.server_port}/nothing.jpg")
        server.shutdown()
    assert (result["width"], result["original_filename"]) == (600, "coffee")


def test_errors_are_the_sdks_own_exceptions() -> None:
    with pytest.raises(cloudinary.exceptions.BadRequest, match="Detection invalid model 'illegal'"):
        cloudinary.uploader.upload(HOPPER, detection="illegal")
    cloudinary.uploader.upload(HOPPER, public_id="known")
    with pytest.raises(cloudinary.exceptions.BadRequest, match="Illegal value 'illegal'"):
        cloudinary.api.update("known", detection="illegal")
    with pytest.raises(cloudinary.exceptions.RateLimited, match="subscription"):
        cloudinary.uploader.upload(HOPPER, detection="captioning")
    with pytest.raises(cloudinary.exceptions.NotFound):
        cloudinary.api.resource("nobody")
    with pytest.raises(cloudinary.exceptions.AuthorizationRequired):
        cloudinary.api.ping(api_secret="wrong")
    with pytest.raises(cloudinary.exceptions.AuthorizationRequired, match="Invalid Signature"):
        cloudinary.uploader.upload(HOPPER, api_secret="wrong")


def test_listing_deleting_counting() -> None:
    for name in ("d/1", "d/2", "d/3"):
        cloudinary.uploader.upload(HOPPER, public_id=name, context={"caption": "a=b|c"}, tags=["d"])
    page = cloudinary.api.resources(type="upload", prefix="d/", max_results=2, context=True)
    rest = cloudinary.api.resources(type="upload", prefix="d/", max_results=2, next_cursor=page["next_cursor"])
    assert [item["public_id"] for item in page["resources"] + rest["resources"]] == ["d/1", "d/2", "d/3"]
    assert page["resources"][0]["context"]["custom"] == {"caption": "a=b|c"}
    assert len(cloudinary.api.resources_by_ids(["d/1", "d/3"])["resources"]) == 2
    assert "d" in cloudinary.api.tags(prefix="d")["tags"]
    assert cloudinary.api.delete_resources(["d/1"])["deleted"] == {"d/1": "deleted"}
    assert cloudinary.api.delete_resources_by_tag("d")["deleted"] == {"d/2": "deleted", "d/3": "deleted"}
    assert cloudinary.api.usage()["resources"] > 0
    assert cloudinary.api.ping()["status"] == "ok"
