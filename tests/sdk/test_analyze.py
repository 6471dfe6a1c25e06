"""The official SDK's `analyze` against a live server: a URL, a stored asset's own URL, and its exceptions."""

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cloudinary
import cloudinary.api
import cloudinary.exceptions
import cloudinary.uploader
import pytest

from tests.live import Live

PICTURES = Path(__file__).parent.parent / "pictures"


@pytest.fixture(autouse=True)
def _pointed(live: Live) -> Iterator[None]:
    cloudinary.reset_config()
    cloudinary.config(cloud_name="demo", api_key="key", api_secret="secret", upload_prefix=live.address)
    yield
    cloudinary.reset_config()


@pytest.fixture(scope="module")
def pictures() -> Iterator[str]:
    """The test pictures on a web server of their own; its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(PICTURES))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("model", ["lvis", "coco", "cld_fashion"])
def test_a_url(pictures: str, model: str) -> None:
    result = cloudinary.api.analyze("uri", model, f"{pictures}/grace_hopper.jpg")
    assert result["data"]["entity"] == f"{pictures}/grace_hopper.jpg"
    assert result["data"]["analysis"]["model_version"] >= 1
    assert result["data"]["analysis"]["tags"]
    assert result.request_id == result["request_id"]
    if model != "cld_fashion":
        assert "person" in result["data"]["analysis"]["tags"]


def test_a_stored_asset_by_its_url() -> None:
    stored = cloudinary.uploader.upload(str(PICTURES / "chelsea.jpg"), detection="coco")
    found = stored["info"]["detection"]["object_detection"]["data"]["coco"]["tags"]
    assert "cat" in found
    assert cloudinary.api.analyze("uri", "coco", stored["secure_url"])["data"]["analysis"]["tags"] == found


def test_errors_are_the_sdks_own_exceptions(pictures: str) -> None:
    with pytest.raises(cloudinary.exceptions.RateLimited, match="active subscription for Cloudinary AI Content Analysis"):
        cloudinary.api.analyze("uri", "captioning", f"{pictures}/coffee.jpg")
    with pytest.raises(cloudinary.exceptions.BadRequest, match="Invalid value illegal"):
        cloudinary.api.analyze("uri", "illegal", f"{pictures}/coffee.jpg")
    with pytest.raises(cloudinary.exceptions.NotFound, match="Resource not found"):
        cloudinary.api.analyze("uri", "lvis", f"{pictures}/nothing.jpg")
    with pytest.raises(cloudinary.exceptions.NotFound, match="Unknown route"):
        cloudinary.api.analyze("file", "lvis", f"{pictures}/coffee.jpg")
    with pytest.raises(cloudinary.exceptions.AuthorizationRequired, match="api_secret mismatch"):
        cloudinary.api.analyze("uri", "lvis", f"{pictures}/coffee.jpg", api_secret="wrong")
