"""Files and the rows that name them, on both databases: nothing named is ever deleted, nothing unnamed stays for good."""

from collections.abc import Callable
from functools import partial

import httpx2 as httpx
import pytest

from app.db import assets
from app.db.tables import metadata
from app.errors import NotFound
from app.house import House
from app.params.upload import UploadParams
from app.services import files
from app.services.accounts import Caller as Who
from app.storage.local import LocalStorage
from app.transform.scene import Wish
from tests.api.caller import PICTURES, Caller, signed
from tests.together import together

CAT = (PICTURES / "chelsea.jpg").read_bytes()
EVER = 4e9  # after every file's time


def keys(house: House) -> list[str]:
    return sorted(stat.key for stat in house.storage.list())


def orphan(house: House, key: str) -> str:
    path = house.storage.incoming / "orphan"  # type: ignore[attr-defined]
    path.write_bytes(b"x")
    house.storage.put(key, path)
    return key


@pytest.mark.parametrize("more", [{}, {"overwrite": "false"}])
def test_a_fetch_that_runs_twice_at_once_keeps_its_bytes(api: Caller, house: House, more: dict[str, str]) -> None:
    caller = house.accounts.caller("demo", "key")
    params = UploadParams.read({"public_id": "p"} | more)

    def fetch() -> object:
        spool = house.intake.spool()
        spool.write(CAT)
        return house.uploads.create(caller, params, spool.finish("p.jpg"), version_id="0123456789abcdef" * 2)

    assert [outcome for outcome in together([fetch, fetch]) if isinstance(outcome, Exception)] == []
    fetch()
    assert len(keys(house)) == 1
    assert api.client.get(api.get("resources/image/upload/p")["url"]).content == CAT


def test_a_deletion_takes_what_was_rendered_along(api: Caller, house: House) -> None:
    for path, data in (("image/destroy", {"public_id": "p"}), ("image/rename", {"from_public_id": "q", "to_public_id": "p"})):
        api.stored(public_id="p", eager="w_10|w_11")
        api.stored(public_id="q")
        assert api.post(path, data=signed(data | {"overwrite": "true"} if "rename" in path else data)).status_code == 200
        assert len(keys(house)) == 1
        api.admin("DELETE", "resources/image/upload", params={"all": "true"})
        assert keys(house) == []


def test_a_store_that_cannot_delete_makes_no_success_a_failure(api: Caller, house: House) -> None:
    """The folder is read-only for deletions: a directory stands where the file stood."""
    assert isinstance(house.storage, LocalStorage)
    acts: list[Callable[[], httpx.Response]] = [
        lambda: api.upload("coffee.jpg", public_id="p"),
        lambda: api.admin("DELETE", "resources/image/upload", params={"public_ids[]": "p"}),
        lambda: api.post("image/destroy", data=signed({"public_id": "p"})),
    ]
    for act in acts:
        api.stored(public_id="p")
        for key in keys(house):
            path = house.storage.root / key
            path.unlink()
            (path / "in the way").mkdir(parents=True)
        assert act().status_code == 200
        for path in sorted(house.storage.root.glob("originals/*/*/in the way")):
            path.rmdir()
            path.parent.rmdir()


def test_the_sweep_takes_what_no_row_names_and_nothing_else(api: Caller, house: House) -> None:
    api.stored(public_id="kept", backup="true", eager="w_10")
    api.stored("coffee.jpg", public_id="kept")
    api.client.get("/demo/image/upload/w_12/kept.jpg")
    named = keys(house)
    assert {key.partition("/")[0] + "/" for key in named} == set(files.PREFIXES)
    young = [orphan(house, key) for key in ("originals/aa/lost", "derived/aa/lost")]
    assert house.library.sweep(before=0) == 0
    assert keys(house) == sorted([*named, *young])
    assert house.library.sweep(EVER) == 2
    assert keys(house) == named


def test_the_sweep_asks_every_table_that_names_files() -> None:
    assert set(assets.NAMING) == {table for table in metadata.tables.values() if "blob_key" in table.c}


def test_a_version_that_is_restored_while_it_is_removed(api: Caller, house: House) -> None:
    caller: Who = house.accounts.caller("demo", "key")
    for _ in range(15):
        body = api.stored(public_id="p", backup="true")
        api.stored("coffee.jpg", public_id="p")
        restore = partial(house.backups.restore, caller, {"asset_ids": [body["asset_id"]], "versions": [body["version_id"]]})
        remove = partial(house.backups.remove, caller, body["asset_id"], [body["version_id"]])
        calls: list[Callable[[], object]] = [restore, remove]
        together(calls)
        assert api.client.get(api.get("resources/image/upload/p")["url"]).status_code == 200
        api.admin("DELETE", "resources/image/upload", params={"all": "true"})
    house.library.sweep(EVER)
    assert keys(house) == []


def test_renderings_and_deletions_that_cross_leave_no_file(api: Caller, house: House) -> None:
    caller = house.accounts.caller("demo", "key")
    for turn in range(10):
        asset_id = api.stored(public_id="p")["asset_id"]
        asset = house.library.get_by_asset_id(caller, asset_id)
        orders = [house.renderer.order(asset, f"w_{width}", Wish()) for width in (10, 11, 12)]
        calls: list[Callable[[], object]] = [partial(house.renderer.render, order) for order in orders]
        calls.append(partial(house.editing.destroy, caller, "image", {"public_id": "p"}))
        outcomes = together(calls)
        wrong = [outcome for outcome in outcomes if isinstance(outcome, Exception) and not isinstance(outcome, NotFound)]
        assert wrong == [], turn
        assert keys(house) == []
