"""A database that goes away around COMMIT: no row without its bytes, whatever the caller is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from app.house import House
from tests.api.caller import PICTURES, Caller, message, signed
from tests.conftest import build_house, empty_database
from tests.proxy import Fault, Proxy, proxy

CAT = (PICTURES / "chelsea.jpg").read_bytes()
IN_DOUBT = "The database did not confirm the change: it may have been made or not; look before you ask again"
GONE = "The database is not available, try again in a moment"
CUTS = [
    Fault("lose", b"COMMIT"),
    Fault("cut", b"COMMIT"),
    Fault("cut", b"INSERT INTO assets"),
    Fault("lose", b"INSERT INTO assets"),
]


@pytest.fixture
def wire(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Proxy]:
    """The proxy before PostgreSQL."""
    url = make_url(empty_database("postgresql", tmp_path, request))
    with proxy(str(url.host), url.port or 5432) as made:
        yield made


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path, wire: Proxy) -> Iterator[House]:
    url = make_url(request.getfixturevalue("postgres")).set(host="127.0.0.1", port=wire.port)
    house = build_house("postgresql", tmp_path, request, database_url=url.render_as_string(hide_password=False))
    yield house
    house.close()


def keys(house: House) -> list[str]:
    return sorted(stat.key for stat in house.storage.list())


@pytest.mark.parametrize("fault", CUTS, ids=lambda fault: f"{fault.what} {fault.when.decode()}")
def test_an_upload_is_whole_or_not_there(api: Caller, house: House, wire: Proxy, fault: Fault) -> None:
    wire.faults = [Fault(fault.what, fault.when)]
    answer = api.upload(public_id="cat")
    assert wire.seen == 1
    assert answer.status_code == 500
    assert message(answer) == (IN_DOUBT if fault.when == b"COMMIT" else GONE)
    assert answer.headers["retry-after"] == "5"
    found = api.admin("GET", "resources/image/upload/cat")
    made = (fault.what, fault.when) == ("lose", b"COMMIT")
    assert found.status_code == (200 if made else 404)
    if made:
        assert api.client.get(found.json()["url"]).content == CAT
    assert len(keys(house)) == (1 if fault.when == b"COMMIT" else 0)
    house.library.sweep(before=4e9)
    assert len(keys(house)) == (1 if made else 0)
    assert api.stored(public_id="cat", tags="again")["tags"] == ["again"]


@pytest.mark.parametrize("what", ["lose", "cut"])
def test_an_overwrite_shows_the_old_picture_or_the_new_one(api: Caller, house: House, wire: Proxy, what: str) -> None:
    api.stored("coffee.jpg", public_id="p", eager="w_10")
    wire.faults = [Fault("lose" if what == "lose" else "cut", b"COMMIT")]
    assert api.upload(public_id="p").status_code == 500
    url = api.get("resources/image/upload/p")["url"]
    assert api.client.get(url).content == (CAT if what == "lose" else (PICTURES / "coffee.jpg").read_bytes())
    assert api.client.get("/demo/image/upload/w_10/p.jpg").status_code == 200


@pytest.mark.parametrize("fault", CUTS[:2], ids=lambda fault: fault.what)
def test_a_rendering_is_delivered_the_next_time(api: Caller, house: House, wire: Proxy, fault: Fault) -> None:
    api.stored(public_id="p")
    wire.faults = [Fault("cut", b"INSERT INTO derived"), Fault(fault.what, b"COMMIT")]
    for _ in range(2):
        api.client.get("/demo/image/upload/w_11/p.jpg")
    wire.faults = []
    answer = api.client.get("/demo/image/upload/w_11/p.jpg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")


def test_a_deletion_that_is_not_confirmed_leaves_no_asset_without_bytes(api: Caller, house: House, wire: Proxy) -> None:
    for what in ("lose", "cut"):
        url = api.stored(public_id="p")["url"]
        wire.faults = [Fault("lose" if what == "lose" else "cut", b"COMMIT")]
        assert api.post("image/destroy", data=signed({"public_id": "p"})).status_code == 500
        found = api.admin("GET", "resources/image/upload/p").status_code
        assert found == (404 if what == "lose" else 200)
        assert api.client.get(url).status_code == found
