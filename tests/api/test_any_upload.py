"""Any documented upload parameters together succeed with an answer of the documented types, or fail in the documented way."""

import re
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.params.addons import ADDONS, SWITCHES
from app.params.upload import NOT_SERVED, UploadParams
from tests.api.caller import BASIC, Caller
from tests.media import mp4, wav
from tests.unit.imaging.files import encoded, photo

FILES = {
    "a.png": encoded(photo(8, 6), "png"),
    "b.mp4": mp4(),
    "c.wav": wav(0.1),
    "d.csv": b"a,b\n1,2\n",
    "e.png": b"\x89PNG broken",
    "f": b"",
}
STATUSES = {200, 302, 400, 401, 404, 420}
NAMES = sorted(
    {*UploadParams.model_fields, *NOT_SERVED, *ADDONS, *SWITCHES} - {"notification_url", "eager_notification_url", "detection"}
)
WORDS = (
    "1|0|true|false|default|0.5|80|auto:best|manual|webpurify|upload|private|authenticated|public|a,b|k=v|[]|{}|null|1,2,3,4|[[1,2,3,4]]"
    '|{"a":[[1,2],[3,4]]}|[{"access_type":"token"}]|Link: 1|png,mp4|jpg|c_scale,w_10|w_10/jpg|illegal|ä/ö|../x|a b|x.png|http://127.0.0.1:9/'
).split("|")
VALUES = st.sampled_from([*WORDS, "k=v|l=w", "1,2,3,4|5,6,7,8", "c_scale,w_10|e_sepia"]) | st.text(max_size=12)
CALLS = st.dictionaries(st.sampled_from(NAMES), VALUES | st.lists(VALUES, max_size=3), max_size=5)

TYPES: dict[str, type | tuple[type, ...]] = {
    "public_id": str,
    "version": int,
    "width": int,
    "height": int,
    "format": str,
    "bytes": int,
    "pages": int,
    "tags": list,
    "placeholder": bool,
    "asset_folder": str,
    "display_name": str,
    "access_mode": str,
    "access_control": list,
    "moderation": list,
    "context": dict,
    "metadata": dict,
    "info": dict,
    "coordinates": dict,
    "regions": dict,
    "faces": list,
    "colors": list,
    "phash": str,
    "image_metadata": dict,
    "exif": dict,
    "quality_analysis": dict,
    "eager": list,
    "existing": bool,
    "overwritten": bool,
    "delete_token": str,
    "duration": (int, float),
    "bit_rate": int,
    "is_audio": bool,
    "audio": dict,
    "video": dict,
}


def check_types(body: dict[str, Any], kind: str) -> None:
    assert "error" not in body
    assert re.fullmatch("[0-9a-f]{32}", body["asset_id"])
    assert re.fullmatch("[0-9a-f]{32}", body["etag"])
    assert body["signature"]
    assert body["resource_type"] in ("image", "video", "raw")
    assert kind in (body["resource_type"], "auto")
    assert datetime.fromisoformat(body["created_at"]).tzinfo
    assert body["url"].startswith("http://")
    for name, value in body.items():
        assert value is not None, name
        if name in TYPES:
            assert isinstance(value, TYPES[name]), name
            assert TYPES[name] is bool or not isinstance(value, bool), name
    assert all(isinstance(tag, str) for tag in body["tags"])
    assert body["resource_type"] != "raw" or not {"width", "height", "format"} & body.keys()


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.sampled_from(sorted(FILES)), st.sampled_from(["image", "video", "raw", "auto"]), CALLS)
def test_any_call_succeeds_or_fails_as_documented(api: Caller, file: str, kind: str, call: dict[str, Any]) -> None:
    parts = {name + ("[]" if isinstance(value, list) else ""): value for name, value in call.items()}
    request: dict[str, Any] = {"data": parts, "files": {"file": (file, FILES[file])}, "auth": BASIC}
    answer = api.post(f"{kind}/upload", **request, follow_redirects=False)
    assert answer.status_code in STATUSES, answer.text
    if answer.status_code == 302:
        return
    if answer.status_code == 200:
        body = answer.json()
        if body.get("status") != "pending":
            check_types(body, kind)
    else:
        assert set(answer.json()) == {"error"}
        assert answer.json()["error"]["message"]
        assert answer.headers["x-cld-error"].isprintable()  # control characters of the sentence are spaces there
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-request-id"]
