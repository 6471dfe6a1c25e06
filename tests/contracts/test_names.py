"""Many uploads under one name at once: one asset, one file, and every answer tells something that was true."""

import hashlib
import io
from functools import partial
from typing import Any

from PIL import Image

from app.house import House
from tests.api.caller import Caller
from tests.together import together


def picture(number: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (number * 20, 0, 0)).save(out, "PNG")
    return out.getvalue()


def etag(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def stored_files(house: House) -> list[str]:
    return [etag(b"".join(house.storage.get(stat.key).chunks)) for stat in house.storage.list()]


def upload_all(api: Caller, count: int, **parameters: Any) -> list[dict[str, Any]]:
    answers = together([partial(api.stored, picture(number), public_id="same", **parameters) for number in range(count)])
    bodies = [item for item in answers if isinstance(item, dict)]
    assert len(bodies) == count, answers
    return bodies


def test_uploads_that_replace_each_other_leave_one_asset_and_one_file(api: Caller, house: House) -> None:
    bodies = upload_all(api, 10, tags="a,b")
    assert len({body["asset_id"] for body in bodies}) == 1
    assert len({body["version"] for body in bodies}) == 10, "every replacement is a version of its own"
    last = max(bodies, key=lambda body: int(body["version"]))
    shown = api.get("resources/image/upload/same")
    assert (shown["etag"], shown["version"], shown["tags"]) == (last["etag"], last["version"], ["a", "b"])
    assert stored_files(house) == [last["etag"]], "no file of an older version is left"
    assert len(api.get("resources/image")["resources"]) == 1


def test_of_uploads_that_must_not_replace_one_wins_and_all_tell_of_it(api: Caller, house: House) -> None:
    bodies = upload_all(api, 10, overwrite="false")
    assert len({(body["asset_id"], body["version"], body["etag"]) for body in bodies}) == 1
    assert sum("existing" not in body for body in bodies) == 1
    assert stored_files(house) == [bodies[0]["etag"]]


def test_uploads_and_deletions_of_one_name_leave_no_file_without_its_asset(api: Caller, house: House) -> None:
    def delete(_turn: int) -> dict[str, Any]:
        body: dict[str, Any] = api.admin("DELETE", "resources/image/upload", params={"public_ids[]": "same"}).json()
        return body

    calls = [partial(api.stored, picture(turn), public_id="same") if turn % 2 else partial(delete, turn) for turn in range(12)]
    assert all(isinstance(item, dict) for item in together(calls))
    left = api.get("resources/image")["resources"]
    assert stored_files(house) == [api.get(f"resources/image/upload/{item['public_id']}")["etag"] for item in left]
