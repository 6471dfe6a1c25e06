"""An object store that fails in every way on the wire: an upload is whole or not there, a delivery is whole or broken off."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from app.house import House
from app.ports import Storage
from app.storage.s3 import S3Storage
from tests.api.caller import PICTURES, Caller, message, signed
from tests.conftest import build_house
from tests.objects import bucket
from tests.proxy import Fault, Proxy, http, proxy

AWAY = "Storage is not available, try again in a moment"
CAT = (PICTURES / "chelsea.jpg").read_bytes()
LARGE = bytes(range(256)) * 80_000  # twenty megabytes: three parts
SLOW = http("503 Slow Down", b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>")
BROKEN = http("500 Internal Server Error", b"<Error><Code>InternalError</Code><Message>We failed.</Message></Error>")
OFTEN = 100

PUTS = {
    "500": Fault("answer", b"PUT /", answer=BROKEN),
    "503": Fault("answer", b"PUT /", answer=SLOW),
    "reset at once": Fault("cut", b"PUT /"),
    "reset in the middle": Fault("cut", b"PUT /", after=9000),
    "lost answer": Fault("lose", b"PUT /"),
    "hang": Fault("hang", b"PUT /"),
}
GETS = {
    "500": Fault("answer", b"GET /", answer=BROKEN),
    "503": Fault("answer", b"GET /", answer=SLOW),
    "reset": Fault("cut", b"GET /"),
    "short": Fault("short", b"GET /", after=9000),
    "hang": Fault("hang", b"GET /"),
}
PARTS = {
    "503 for a part": Fault("answer", b"partNumber=2", answer=SLOW),
    "reset in a part": Fault("cut", b"partNumber=2", after=500_000),
    "lost answer to a part": Fault("lose", b"partNumber=2"),
    "500 for the whole": Fault("answer", b"POST /", answer=BROKEN),
    "hang": Fault("hang", b"partNumber=3"),
}


@pytest.fixture
def wire(object_store: str) -> Iterator[Proxy]:
    host, _, port = object_store.partition(":")
    with proxy(host, int(port)) as made:
        yield made


@pytest.fixture
def direct(object_store: str, tmp_path: Path) -> Storage:
    """The same bucket, past the proxy."""
    return S3Storage.at(bucket(object_store), tmp_path / "direct")


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path, wire: Proxy, direct: S3Storage) -> Iterator[House]:
    silence = 3 if "hang" in request.node.name else 10  # a busy machine is no failure
    url = f"s3://key:secret@127.0.0.1:{wire.port}/{direct.store.config['bucket']}?silence={silence}"
    house = build_house("sqlite", tmp_path, request, storage_url=url)
    yield house
    house.close()


def again(fault: Fault, times: int) -> Fault:
    return Fault(fault.what, fault.when, times, fault.after, fault.answer)


def received(house: House) -> list[Path]:
    return [path for path in house.intake.folder.rglob("*") if path.is_file()]


def check_failed(answer: object, api: Caller, house: House, direct: Storage, name: str) -> None:
    """Nothing is there, nothing is left, and the caller knows."""
    assert getattr(answer, "status_code", 0) == 500
    assert message(answer) == AWAY  # type: ignore[arg-type]
    assert answer.headers["retry-after"] == "5"  # type: ignore[attr-defined]
    assert api.admin("GET", f"resources/raw/upload/{name}").status_code == 404
    assert api.admin("GET", f"resources/image/upload/{name}").status_code == 404
    assert received(house) == []
    house.library.sweep(before=4e9)
    assert list(direct.list()) == []


@pytest.mark.parametrize("fault", PUTS)
def test_a_passing_failure_of_an_upload_is_no_failure(api: Caller, house: House, wire: Proxy, direct: Storage, fault: str) -> None:
    wire.faults = [again(PUTS[fault], 1)]
    body = api.stored(public_id="p")
    assert wire.seen == 1
    assert api.client.get(body["url"]).content == CAT
    assert len(list(direct.list())) == 1
    assert received(house) == []


@pytest.mark.parametrize("fault", PUTS)
def test_a_lasting_failure_of_an_upload_leaves_nothing(api: Caller, house: House, wire: Proxy, direct: Storage, fault: str) -> None:
    wire.faults = [again(PUTS[fault], OFTEN)]
    answer = api.upload(public_id="p")
    wire.faults = []
    check_failed(answer, api, house, direct, "p")
    assert api.stored(public_id="p")["bytes"] == len(CAT), "it recovers by itself"


@pytest.mark.parametrize("times", [1, OFTEN])
@pytest.mark.parametrize("fault", PARTS)
def test_a_large_file_is_whole_or_not_there(
    api: Caller, house: House, wire: Proxy, direct: Storage, fault: str, times: int
) -> None:
    wire.faults = [again(PARTS[fault], times)]
    answer = api.post("raw/upload", data=signed({"public_id": "big"}), files={"file": ("big", LARGE)})
    assert wire.seen
    wire.faults = []
    if times == 1:
        assert answer.status_code == 200, answer.text
        assert api.client.get(answer.json()["url"]).content == LARGE
        assert received(house) == []
    else:
        check_failed(answer, api, house, direct, "big")


@pytest.mark.parametrize("fault", GETS)
def test_a_delivery_is_whole_or_an_error(api: Caller, wire: Proxy, fault: str) -> None:
    url = api.stored(public_id="p")["url"]
    wire.faults = [again(GETS[fault], 1)]
    assert api.client.get(url).content == CAT
    wire.faults = [again(GETS[fault], OFTEN)]
    for address in (url, url.replace("/upload/", "/upload/w_50/")):
        answer = api.client.get(f"{address}?{fault.replace(' ', '')}")
        assert answer.status_code in (200, 500), "what was delivered just now may come from memory"
        assert answer.content == CAT if answer.status_code == 200 else message(answer) == AWAY
    wire.faults = []
    assert api.client.get(url.replace("/upload/", "/upload/w_50/")).status_code == 200


def test_a_file_in_slices_that_cannot_be_stored_waits_for_its_last_slice(api: Caller, house: House, wire: Proxy) -> None:
    def send(start: int) -> httpx.Response:
        span = f"bytes {start}-{min(start + 9_000_000, len(LARGE)) - 1}/{len(LARGE)}"
        headers = {"X-Unique-Upload-Id": "u", "Content-Range": span}
        files = {"file": ("big", LARGE[start : start + 9_000_000])}
        return api.post("raw/upload", data=signed({"public_id": "big"}), files=files, headers=headers)

    wire.faults = [Fault("answer", b"/originals/", OFTEN, answer=http("400 Bad Request"))]
    assert [send(start).status_code for start in (0, 9_000_000)] == [200, 200]
    answer = send(18_000_000)
    assert (answer.status_code, message(answer)) == (500, AWAY)
    assert received(house) == []
    wire.faults = []
    deadline = time.monotonic() + 30
    while not (body := send(18_000_000).json()).get("url"):
        assert time.monotonic() < deadline, body
        time.sleep(0.1)
    assert api.client.get(body["url"]).content == LARGE


def test_a_store_that_is_down_and_comes_back(api: Caller, house: House, wire: Proxy, direct: Storage) -> None:
    api.stored(public_id="kept", eager="w_20")
    wire.down()
    for answer in (api.upload(public_id="p"), api.client.get("/demo/image/upload/w_30/kept.jpg")):
        assert (answer.status_code, message(answer)) == (500, AWAY)
    gone = api.post("image/destroy", data=signed({"public_id": "kept"}))
    assert (gone.status_code, gone.json()) == (200, {"result": "ok"}), "its row went; its files follow by the sweep"
    assert api.client.get("/readyz").status_code == 200
    wire.up()
    assert api.stored(public_id="p")
    assert len(list(direct.list())) == 3
    assert house.library.sweep(before=4e9) == 2
    assert len(list(direct.list())) == 1
