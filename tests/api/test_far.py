"""Pictures of other servers: fetched by URL, below a mapped folder, and as layers; each once, none without leave."""

import base64
import io
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cloudinary
import cloudinary.utils
import pytest
from PIL import Image

from app.house import House
from tests.api.caller import PICTURES, Caller, message
from tests.conftest import build_house


class Origin(ThreadingHTTPServer):
    """A web server with the test pictures, slow enough that requests meet, and the paths it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        origin = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                origin.asked.append(self.path)
                time.sleep(0.1)
                file = PICTURES / self.path.partition("?")[0].rpartition("/")[2]
                body = file.read_bytes() if file.is_file() else b""
                self.send_response(200 if body else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A house that may reach this machine."""
    house = build_house(request.param, tmp_path, request, fetch_allow=("127.0.0.1/32",))
    yield house
    house.close()


def size(api: Caller, path: str) -> tuple[int, int]:
    answer = api.client.get(path)
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content)).size


def signed_path(public_id: str, **options: Any) -> str:
    cloudinary.config(cloud_name="demo", api_key="key", api_secret="secret")
    url = str(cloudinary.utils.cloudinary_url(public_id, sign_url=True, secure=True, **options)[0])
    return url.removeprefix("https://res.cloudinary.com")


def test_a_host_is_allowed_by_the_cloud_or_by_a_signature(api: Caller, house: House, origin: Origin) -> None:
    far = f"{origin.url}/chelsea.jpg"
    assert api.client.get(f"/demo/image/fetch/w_40/{far}").status_code == 401
    assert origin.asked == []
    assert size(api, signed_path(far, type="fetch", width=40, crop="scale")) == (40, 27)
    house.accounts.set("demo", "fetch_domains", "127.0.0.1")
    assert size(api, f"/demo/image/fetch/w_50/{far}") == (50, 33)
    assert size(api, f"/demo/image/fetch/w_50/{far.replace('://', '%3A%2F%2F')}") == (50, 33)
    assert size(api, f"/demo/image/fetch/{far}") == (451, 300)
    assert origin.asked == ["/chelsea.jpg"], "it is kept"
    assert api.get("resources/image/fetch")["resources"][0]["public_id"] == far


def test_many_who_ask_at_once_fetch_it_once(api: Caller, house: House, origin: Origin) -> None:
    house.accounts.set("demo", "fetch_domains", "127.0.0.1")
    found: list[tuple[int, int]] = []
    ask = lambda width: found.append(size(api, f"/demo/image/fetch/w_{width}/{origin.url}/chelsea.jpg"))  # noqa: E731
    threads = [threading.Thread(target=ask, args=(width,)) for width in (20, 20, 30, 30, 40, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [(20, 13), (20, 13), (30, 20), (30, 20), (40, 27), (40, 27)]
    assert origin.asked == ["/chelsea.jpg"]


def test_what_is_not_there_is_not_found_and_leaves_nothing(api: Caller, house: House, origin: Origin) -> None:
    house.accounts.set("demo", "fetch_domains", "127.0.0.1")
    answer = api.client.get(f"/demo/image/fetch/w_10/{origin.url}/nobody.jpg")
    assert (answer.status_code, message(answer)) == (404, f"Resource not found - {origin.url}/nobody.jpg")
    assert answer.headers["cache-control"] == "no-cache"
    assert list(house.storage.list()) == []
    assert api.client.get("/demo/image/fetch/w_10/ftp://127.0.0.1/a.jpg").status_code == 400
    assert api.client.get(f"/demo/image/fetch/{origin.url}/{'a' * 300}.jpg").status_code == 400


def test_a_mapped_folder(api: Caller, origin: Origin) -> None:
    api.admin("POST", "upload_mappings", data={"folder": "far", "template": f"{origin.url}/pictures/"})
    assert size(api, "/demo/image/upload/w_30/far/cats/chelsea.jpg") == (30, 20)
    assert size(api, "/demo/image/upload/v1/far/cats/chelsea.png") == (451, 300)
    assert origin.asked == ["/pictures/cats/chelsea.jpg"]
    assert api.get("resources/image/upload/far/cats/chelsea")["format"] == "jpg"
    assert api.client.get("/demo/image/upload/far/nobody.jpg").status_code == 404
    for trick in ("%2e%2e/chelsea.jpg", "..%2fchelsea.jpg", "a/%2e%2e/%2e%2e/chelsea.jpg"):
        assert api.client.get(f"/demo/image/upload/far/{trick}").status_code == 404
    assert origin.asked == ["/pictures/cats/chelsea.jpg", "/pictures/nobody.jpg"], "no name leads out of the template"


def test_remote_layers(api: Caller, house: House, origin: Origin, tmp_path: Path) -> None:
    api.stored(public_id="p")
    word = base64.urlsafe_b64encode(f"{origin.url}/coffee.jpg".encode()).decode().rstrip("=")
    path = f"/demo/image/upload/w_60/l_fetch:{word},w_20/p.jpg"
    assert api.client.get(path).status_code == 401
    assert origin.asked == []
    house.accounts.set("demo", "fetch_domains", "127.0.0.1")
    assert size(api, path) == (60, 40)
    assert size(api, path) == (60, 40)
    assert origin.asked == ["/coffee.jpg"]
    assert not list(tmp_path.glob("blobs/.incoming/*")), "nothing is left of it"
    chain = [{"width": 61, "crop": "scale"}, {"overlay": {"url": f"{origin.url}/coffee.jpg"}, "width": 9}]
    assert size(api, signed_path("p", format="jpg", transformation=chain)) == (61, 41)
