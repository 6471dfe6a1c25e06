"""The promise behind every 200: kill the server at any moment, start it again, and what it acknowledged is there."""

import hashlib
import io
import random
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
from PIL import Image
from sqlalchemy import create_engine, select

from app.db.tables import assets
from tests.api.caller import BASIC, signed
from tests.live import Live, serving

KILLS = 5
CLIENTS = 4


def picture(name: str) -> bytes:
    """Some ten kilobytes of noise, another one for every name."""
    noise = np.random.default_rng(list(name.encode())).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG")
    return out.getvalue()


def upload_until_killed(server: Live, names: "list[str]", acknowledged: dict[str, str], enough: threading.Semaphore) -> None:
    """Upload one picture after another, noting name and etag of every 200, until the server is gone."""
    with httpx.Client(base_url=server.address, timeout=20) as client:
        for name in names:
            try:
                answer = client.post("/v1_1/demo/image/upload", data=signed({"public_id": name}), files={"file": picture(name)})
            except httpx.TransportError:
                return
            assert answer.status_code == 200, answer.text
            acknowledged[name] = answer.json()["etag"]
            enough.release()


def check(server: Live, acknowledged: dict[str, str]) -> None:
    """Everything acknowledged is listed, and delivered with the bytes whose hash was told."""
    listed: dict[str, str] = {}
    with httpx.Client(base_url=server.address, auth=BASIC, timeout=20) as client:
        cursor = ""
        while True:
            page = client.get(
                "/v1_1/demo/resources/image", params={"max_results": 500} | ({"next_cursor": cursor} if cursor else {})
            ).json()
            listed |= {item["public_id"]: item["url"] for item in page["resources"]}
            cursor = page.get("next_cursor", "")
            if not cursor:
                break
        assert set(acknowledged) <= set(listed)
        for name, url in listed.items():
            body = client.get(url).content
            assert body == picture(name), "also what was stored and not acknowledged is whole"
            assert acknowledged.get(name, hashlib.md5(body).hexdigest()) == hashlib.md5(body).hexdigest()


def check_files(data: Path) -> None:
    """Every row names a file, of the size and hash it tells."""
    engine = create_engine(f"sqlite:///{data / 'tagsight.db'}")
    with engine.connect() as c:
        rows = c.execute(select(assets.c.blob_key, assets.c.bytes, assets.c.etag)).all()
    engine.dispose()
    for row in rows:
        content = (data / "blobs" / row.blob_key).read_bytes()
        assert (len(content), hashlib.md5(content).hexdigest()) == (row.bytes, row.etag)


def test_nothing_acknowledged_is_lost_however_often_the_server_is_killed(tmp_path: Path) -> None:
    chance = random.Random(2027)
    acknowledged: dict[str, str] = {}
    for turn in range(KILLS):
        with serving(tmp_path) as (server, process), ThreadPoolExecutor(CLIENTS) as clients:
            enough = threading.Semaphore(0)
            for client in range(CLIENTS):
                names = [f"{turn}/{client}/{number}" for number in range(500)]
                clients.submit(upload_until_killed, server, names, acknowledged, enough)
            for _ in range(chance.randint(1, 25)):  # a moment that falls anywhere into the others' requests
                assert enough.acquire(timeout=20)
            threading.Event().wait(chance.random() * 0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
        check_files(tmp_path)
    with serving(tmp_path) as (server, _):
        check(server, acknowledged)
    assert len(acknowledged) >= KILLS
