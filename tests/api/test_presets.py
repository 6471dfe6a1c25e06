"""Upload presets, and what an unsigned upload may do with one."""

import re

from tests.api.caller import PICTURES, Caller, message, signed

CHELSEA = (PICTURES / "chelsea.jpg").read_bytes()


def test_presets_are_kept_as_sent_and_shown_parsed(api: Caller) -> None:
    fields = {"name": "team", "unsigned": True, "detection": "lvis_v1", "auto_tagging": "0.5", "tags": "a,b", "context": "k=v"}
    made = api.admin("POST", "upload_presets", json=fields | {"timestamp": "1"}).json()
    assert (made["message"], made["name"]) == ("created", "team")
    assert re.fullmatch(r"[0-9a-f-]{36}", made["external_id"])
    one = api.get("upload_presets/team")
    settings = {"detection": ["lvis_v1"], "auto_tagging": "0.5", "tags": ["a", "b"], "context": {"k": "v"}}
    assert (one["unsigned"], one["settings"]) == (True, settings)
    listed = api.get("upload_presets")["presets"]
    assert listed[0]["settings"] == {"detection": "lvis_v1", "auto_tagging": "0.5", "tags": "a,b", "context": "k=v"}
    again = api.admin("POST", "upload_presets", json=fields)
    assert (again.status_code, message(again)) == (409, "Upload preset team already exists")
    changed = api.admin("PUT", "upload_presets/team", data={"tags": "c", "unsigned": "0", "disallow_public_id": "1"}).json()
    assert changed == {"message": "updated", "external_id": made["external_id"]}
    one = api.get("upload_presets/team")
    assert (one["unsigned"], one["settings"]["tags"], one["settings"]["disallow_public_id"]) == (False, ["c"], True)
    assert one["settings"]["detection"] == ["lvis_v1"], "what was not sent stays"
    assert api.admin("DELETE", "upload_presets/team").json() == {"message": "deleted"}
    for method in ("GET", "PUT", "DELETE"):
        assert api.admin(method, "upload_presets/team").status_code == 404


def test_presets_page_and_name_themselves(api: Caller) -> None:
    names = [api.admin("POST", "upload_presets", json={"tags": str(n)}).json()["name"] for n in range(3)]
    first = api.get("upload_presets", max_results=2)
    second = api.get("upload_presets", max_results=2, next_cursor=first["next_cursor"])
    assert [item["name"] for item in first["presets"] + second["presets"]] == names[::-1]
    assert "next_cursor" not in second


def test_a_preset_is_checked_when_it_is_made(api: Caller) -> None:
    for fields in ({"detection": "illegal"}, {"auto_tagging": "7"}, {"eager": "ab_cd"}):
        assert api.admin("POST", "upload_presets", json={"name": "bad"} | fields).status_code == 400
    assert api.get("upload_presets")["presets"] == []


def test_signed_the_call_wins_over_the_preset(api: Caller) -> None:
    api.admin("POST", "upload_presets", json={"name": "p", "tags": "preset", "detection": "lvis_v1", "auto_tagging": "0.5"})
    assert api.stored(upload_preset="p")["tags"] == ["preset", "cat"]
    assert api.stored(upload_preset="p", tags="call", auto_tagging="1.0")["tags"] == ["call"]
    api.admin("PUT", "upload_presets/p", json={"disallow_public_id": True})
    assert message(api.upload(upload_preset="p", public_id="x")).startswith("Public ID is not allowed")


def test_unsigned_uploads_tag_through_their_preset(api: Caller) -> None:
    api.admin(
        "POST",
        "upload_presets",
        json={"name": "u", "unsigned": True, "tags": "preset", "detection": "lvis_v1", "auto_tagging": 0.5},
    )
    form = {"upload_preset": "u", "tags": "call", "timestamp": "1", "unsigned": "true", "public_id": "open"}
    body = api.post("image/upload", data=form, files={"file": CHELSEA}).json()
    assert body["tags"] == ["preset", "call", "cat"]
    assert "api_key" not in body
    again = api.post("image/upload", data=form, files={"file": CHELSEA}).json()
    assert again["existing"] is True, "an unsigned call never overwrites"


def test_unsigned_uploads_may_say_only_what_the_list_allows(api: Caller) -> None:
    api.admin("POST", "upload_presets", json={"name": "u", "unsigned": True})
    api.admin("POST", "upload_presets", json={"name": "s"})
    form = {"upload_preset": "u", "detection": "lvis", "auto_tagging": "0.5", "overwrite": "1"}
    answer = api.post("image/upload", data=form, files={"file": CHELSEA})
    assert answer.status_code == 400
    words = " parameter is not allowed when using unsigned upload. "
    assert message(answer).startswith(f"Detection{words}Auto tagging{words}Overwrite{words}Only upload_preset,callback,public_id,")
    answer = api.post("image/upload", data={"upload_preset": "s"}, files={"file": CHELSEA})
    assert message(answer) == "Upload preset must be whitelisted for unsigned uploads"


def test_unknown_parameters_may_be_signed_or_not(api: Caller) -> None:
    """The service signs over what it knows; what it does not know has no effect, so both are let through."""
    for form in (signed({"max_bytes": "1"}), signed({}) | {"max_bytes": "1"}):
        assert api.post("image/upload", data=form, files={"file": CHELSEA}).status_code == 200
