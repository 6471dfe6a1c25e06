"""deploy/nginx.conf as it stands, in front of a live server."""

import getpass
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cloudinary
import cloudinary.uploader
import httpx
import pytest

from tests.live import ROOT, Live, free_port

PICTURES = ROOT / "tests" / "pictures"
FRAME = "daemon off; user {user}; pid {folder}/pid; error_log {folder}/errors; events {{}} http {{ access_log off;\n{config} }}"


def fronting(folder: Path, port: int, servers: Sequence[str]) -> str:
    """The whole configuration: ours, with ports and folders of its own."""
    config = (ROOT / "deploy" / "nginx.conf").read_text("utf-8").replace("/var/cache/nginx/tagsight", str(folder / "cache"))
    for ours, here in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("server web:8000;", "".join(f"server {item};" for item in servers)),
    ):
        assert ours in config
        config = config.replace(ours, here)
    return FRAME.format(user=getpass.getuser(), folder=folder, config=config)


@pytest.fixture(scope="module")
def front(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an nginx with the example, on ports and in folders of its own. Without nginx a laptop skips; CI fails."""
    if not shutil.which("nginx") and not os.environ.get("CI"):
        pytest.skip("nginx is not there")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    file = folder / "nginx.conf"
    file.write_text(fronting(folder, port, [live.address.removeprefix("http://")]))
    with subprocess.Popen(["nginx", "-c", str(file)], stderr=subprocess.PIPE, text=True) as process:
        address = f"http://127.0.0.1:{port}"
        for _ in range(200):
            assert process.poll() is None, process.stderr and process.stderr.read()
            try:
                httpx.get(f"{address}/healthz")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                break
        yield address
        process.terminate()


@pytest.fixture
def stored(front: str) -> Iterator[dict[str, object]]:
    """A picture uploaded by the SDK, through nginx."""
    cloudinary.reset_config()
    cloudinary.config(cloud_name="demo", api_key="key", api_secret="secret", upload_prefix=front)
    yield cloudinary.uploader.upload(str(PICTURES / "chelsea.jpg"), public_id="fronted")
    cloudinary.reset_config()


def asked(front: str, path: str, **headers: str) -> tuple[str, httpx.Response]:
    answer = httpx.get(f"{front}/demo/image/upload/{path}", headers=headers)
    return answer.headers["x-cache"], answer


def test_pictures_are_kept_whatever_the_query_says(front: str, stored: dict[str, object]) -> None:
    path = f"c_fill,w_60,h_50/v{stored['version']}/fronted.jpg"
    assert asked(front, path)[0] == "MISS"
    state, answer = asked(front, path + "?_a=BAMAAA")
    assert (state, answer.status_code, answer.headers["content-type"]) == ("HIT", 200, "image/jpeg")
    assert asked(front, path, **{"if-none-match": answer.headers["etag"]})[1].status_code == 304
    assert asked(front, path, range="bytes=0-9")[1].status_code == 206


def test_each_client_gets_a_format_it_takes(front: str, stored: dict[str, object]) -> None:
    path = f"w_61,f_auto/v{stored['version']}/fronted.jpg"
    for _ in range(2):
        for accept, kind in (("image/webp", "image/webp"), ("image/png", "image/jpeg")):
            assert asked(front, path, accept=accept)[1].headers["content-type"] == kind


def test_errors_and_tokens_are_not_kept(front: str, stored: dict[str, object]) -> None:
    for path in (
        "nobody.jpg",
        f"w_0/v{stored['version']}/fronted.jpg",
        f"v{stored['version']}/fronted.jpg?__cld_token__=exp=1~hmac=0",
    ):
        assert [asked(front, path)[0] in ("MISS", "BYPASS") for _ in range(2)] == [True, True], path
