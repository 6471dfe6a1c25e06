"""Two servers on one data folder: a picture is rendered once however many ask both, and changes show in the other one soon."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import cloudinary
import cloudinary.uploader
import cloudinary.utils
import httpx

from tests.live import ROOT, serving

PICTURES = ROOT / "tests" / "pictures"


def test_both_ask_and_one_renders(tmp_path: Path) -> None:
    with serving(tmp_path) as (first, _), serving(tmp_path) as (second, _):
        cloudinary.reset_config()
        cloudinary.config(cloud_name="demo", api_key="key", api_secret="secret", upload_prefix=first.address)
        cloudinary.uploader.upload(str(PICTURES / "coffee.jpg"), public_id="both")
        paths = [f"/demo/image/upload/w_{width}/e_oil_paint/both.jpg" for width in (500, 400, 300)]
        found: list[tuple[str, int, bytes]] = []

        def ask(address: str, path: str) -> None:
            answer = httpx.get(address + path, timeout=60)
            found.append((path, answer.status_code, answer.content))

        crowd = [
            threading.Thread(target=ask, args=(server.address, path))
            for path in paths
            for server in (first, second)
            for _ in range(4)
        ]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
        assert [status for _, status, _ in found] == [200] * 24
        assert len({content for _, _, content in found}) == 3
        assert len([path for path in tmp_path.glob("blobs/derived/**/*") if path.is_file()]) == 3
        cloudinary.uploader.upload(str(PICTURES / "rocket.jpg"), public_id="both")
        time.sleep(0.3)
        anew = httpx.get(second.address + paths[0], timeout=60).content
        assert anew not in [content for _, _, content in found]
        assert httpx.get(first.address + paths[0]).content == anew
        cloudinary.reset_config()


def test_tokens_of_the_sdk_open_restricted_pictures(tmp_path: Path) -> None:
    with serving(tmp_path) as (server, _):
        cloudinary.reset_config()
        cloudinary.config(cloud_name="demo", api_key="key", api_secret="secret", upload_prefix=server.address)
        for name, options in (("a", {"type": "authenticated"}), ("b", {"access_control": [{"access_type": "token"}]})):
            cloudinary.uploader.upload(str(PICTURES / "chelsea.jpg"), public_id=name, **options)
            where = {"type": str(options.get("type", "upload")), "secure": True, "sign_url": True, "width": 30, "crop": "scale"}
            plain: dict[str, object] = {"key": "00112233FF99", "duration": 60}
            for more, status in (({}, 401), ({"acl": "/demo/*"}, 401)):
                url = cloudinary.utils.cloudinary_url(f"{name}.jpg", auth_token=plain | more, **where)[0]
                assert httpx.get(_here(url, server.address)).status_code == status, "no key is set for the cloud"
        _set(server.data, "auth_token_key", "00112233ff99")
        for name, type in (("a", "authenticated"), ("b", "upload")):
            where = {"type": type, "secure": True, "sign_url": True, "width": 30, "crop": "scale"}
            for said, status in _tokens(type):
                token: dict[str, object] = {"key": "00112233FF99", "duration": 60, **said}
                url = cloudinary.utils.cloudinary_url(f"{name}.jpg", auth_token=token, **where)[0]
                answer = httpx.get(_here(url, server.address))
                assert answer.status_code == status, (url, answer.text)
                if status == 200:
                    assert answer.headers["cache-control"].startswith("private")
                    assert httpx.get(_here(url, server.address).partition("?")[0]).status_code == 401
                    other = _here(url, server.address).replace("w_30", "w_31")
                    assert httpx.get(other).status_code == (200 if "acl" in said else 401)
        cloudinary.reset_config()


def _here(url: str, address: str) -> str:
    return url.replace("https://res.cloudinary.com", address)


def _set(data: Path, name: str, value: str) -> None:
    """As an operator does, beside the running server."""
    command = [sys.executable, "-m", "app", "clouds", "set", "demo", name, value, "--data", str(data)]
    env = os.environ | {"CLOUDINARY_URL": "cloudinary://key:secret@demo"}
    subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)
    time.sleep(0.3)


def _tokens(type: str) -> list[tuple[dict[str, object], int]]:
    """What a token may say beyond its key and time, and how it is answered."""
    return [
        ({}, 200),
        ({"acl": f"/demo/image/{type}/*"}, 200),
        ({"acl": "/demo/video/*"}, 401),
        ({"start_time": int(time.time()) + 100}, 401),
        ({"ip": "10.1.1.1"}, 401),
        ({"ip": "127.0.0.1"}, 200),
        ({"key": "00112233FF98"}, 401),
    ]
