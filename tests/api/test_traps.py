"""What real clients do and a tidy server would stumble over; each of these was seen on the wire or in an SDK's source."""

import base64
import time
from typing import Any

import cloudinary.utils
import pytest

from tests.api.caller import BASIC, Caller, message, signed

GIF = base64.b64decode("R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=")
URI = "data:image/gif;base64," + base64.b64encode(GIF).decode()
BOUNDARY = "notrandomsequencetouseasboundary"


def body(fields: dict[str, str], file: bytes, disposition: str, *, more: str = "", end: str = "\r\n") -> bytes:
    """A multipart body written by hand. `disposition` is the file part's, `more` are further headers of the text parts."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n{more}\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode()
    return b"".join(parts) + head + file + f"\r\n--{BOUNDARY}--{end}".encode()


def send(api: Caller, content: Any, path: str = "image/upload", **headers: str) -> Any:
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"} | headers
    return api.client.post(f"/v1_1/demo/{path}", content=content, headers=kind)


def test_a_stream_without_length_whose_last_line_has_no_end(api: Caller) -> None:
    whole = body(signed({}), GIF, 'form-data; name="file"; filename="a.gif"', end="")
    answer = send(api, iter([whole[:100], whole[100:300], whole[300:]]))
    assert answer.json()["bytes"] == len(GIF)


@pytest.mark.parametrize(
    "disposition",
    ["form-data; name=file; filename*=utf-8''k%C3%A4se.gif", "form-data; filename*=UTF-8''k%C3%A4se.gif; name=\"file\""],
)
def test_a_file_part_named_by_filename_star_alone_keeps_its_bytes(api: Caller, disposition: str) -> None:
    answer = send(api, body(signed({}), GIF, disposition)).json()
    assert (answer["bytes"], answer["original_filename"]) == (len(GIF), "käse")


def test_text_parts_with_a_content_type_of_their_own(api: Caller) -> None:
    content = body(
        signed({"tags": "ä,b"}), GIF, 'form-data; name="file"; filename="a.gif"', more="Content-Type: text/plain; charset=UTF-8\r\n"
    )
    assert send(api, content).json()["tags"] == ["ä", "b"]


def test_names_without_quotes(api: Caller) -> None:
    content = body(signed({"tags": "a"}), GIF, "form-data; name=file; filename=a.gif").replace(b'name="tags"', b"name=tags")
    assert send(api, content).json()["tags"] == ["a"]


def test_a_data_uri_of_60_megabytes_in_a_text_part(api: Caller) -> None:
    size = 46_000_000
    uri = "data:application/octet-stream;base64," + base64.b64encode(bytes(size)).decode()
    assert len(uri) > 60_000_000
    assert send(api, body(signed({}), uri.encode(), 'form-data; name="file"'), "raw/upload").json()["bytes"] == size


@pytest.mark.parametrize("name", ["public_ids[]", "public_ids[{}]", "public_ids"])
def test_a_thousand_fields(api: Caller, name: str) -> None:
    api.stored(public_id="p999")
    ids = [f"p{number}" for number in range(1000)]
    form = signed({"command": "add", "tag": "t", "public_ids": ids})
    del form["public_ids"]
    pairs = [(name.format(place), id) for place, id in enumerate(ids)] + list(form.items())
    for request in ({"files": [(key, (None, value)) for key, value in pairs]}, {"content": cloudinary.utils.urlencode(pairs)}):
        assert api.post("image/tags", **request).json() == {"public_ids": ["p999"]}


def test_indexed_arrays_are_signed_in_order_of_appearance(api: Caller) -> None:
    """Go sorts the names as text, so [10] comes before [2]; body and signature agree on that."""
    api.stored(public_id="p2")
    names = sorted(f"public_ids[{number}]" for number in range(12))
    ids = ["p" + name[11:-1] for name in names]
    form = signed({"command": "add", "tag": "t", "public_ids": ids}) | dict(zip(names, ids, strict=True))
    del form["public_ids"]
    assert api.post("image/tags", data=form).json() == {"public_ids": ["p2"]}


@pytest.mark.parametrize("kind", ["", "application/x-www-form-urlencoded"])
def test_a_form_without_a_content_type(api: Caller, kind: str) -> None:
    text = cloudinary.utils.urlencode(signed({"tags": "a,b"}) | {"file": URI})
    answer = api.post("image/upload", content=text.encode(), headers={"Content-Type": kind} if kind else {})
    assert answer.json()["tags"] == ["a", "b"]


def test_go_uploads_to_auto_with_the_type_as_a_field(api: Caller) -> None:
    form = signed({"unsigned": "false"}) | {"resource_type": "image", "file": URI}
    assert api.post("auto/upload", data=form).json()["resource_type"] == "image"


@pytest.mark.parametrize("yes", ["1", "true", "True"])
@pytest.mark.parametrize("no", ["0", "false", "False"])
def test_booleans_in_every_spelling_of_a_form(api: Caller, yes: str, no: str) -> None:
    form = {"use_filename": yes, "unique_filename": no, "phash": yes}
    answer = api.upload("chelsea.jpg", **form).json()
    assert (answer["public_id"], len(answer["phash"])) == ("chelsea", 16)


def test_json_keeps_booleans_numbers_and_arrays(api: Caller) -> None:
    said = {"file": URI, "tags": ["a", "b"], "phash": True, "overwrite": False, "public_id": "p", "auto_tagging": 0.6}
    answer = api.post("image/upload", json=said, auth=BASIC)
    assert (answer.status_code, answer.json()["tags"]) == (200, ["a", "b"])
    assert api.post("image/upload", json=said, auth=BASIC).json()["existing"] is True


def test_numbers_are_signed_as_they_were_written(api: Caller) -> None:
    assert api.upload(auto_tagging="0.60").status_code == 200


@pytest.mark.parametrize(("version", "status"), [(1, 200), (2, 200)])
def test_an_ampersand_in_a_value_under_both_rules(api: Caller, version: int, status: int) -> None:
    form = signed({"context": "a=x&y"}, version=version)
    assert api.post("image/upload", data=form, files={"file": ("a.gif", GIF)}).status_code == status


def test_basic_wins_over_a_signature_beside_it(api: Caller) -> None:
    for form in (signed({}), signed({}) | {"signature": "0" * 40}, {"unsigned": "true", "timestamp": "1"}):
        assert api.post("image/upload", data=form, files={"file": ("a.gif", GIF)}, auth=BASIC).status_code == 200
    answer = api.post("image/upload", data=signed({}), files={"file": ("a.gif", GIF)}, auth=("key", "wrong"))
    assert (answer.status_code, message(answer)) == (401, "api_secret mismatch")


def test_basic_in_the_url_safe_alphabet(api: Caller) -> None:
    text = base64.urlsafe_b64encode(b"key:secret").decode().rstrip("=")
    answer = api.post("image/upload", data={"file": URI}, headers={"Authorization": f"Basic {text}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "more", [{}, {"unsigned": "true"}, {"timestamp": "1"}, {"timestamp": "1", "unsigned": "true", "api_key": "key"}]
)
def test_unsigned_calls_carry_transport_fields(api: Caller, more: dict[str, str]) -> None:
    api.admin("POST", "upload_presets", data={"name": "open", "unsigned": "true"})
    assert api.post("image/upload", data={"upload_preset": "open", "file": URI, **more}).status_code == 200


def test_destroy_with_its_parameters_in_the_query(api: Caller) -> None:
    api.stored(public_id="p")
    answer = api.client.post("/v1_1/demo/image/destroy", params={"public_id": "p", "invalidate": "true"}, auth=BASIC)
    assert answer.json() == {"result": "ok"}


def test_one_signature_for_all_slices(api: Caller) -> None:
    """PHP signs once a file; so an interim answer must not make up a public ID, which the next call would have to sign."""
    content, form = bytes(range(200)) * 50, signed({})
    for start in (0, 5000):
        span = {"X-Unique-Upload-Id": "u", "Content-Range": f"bytes {start}-{start + 4999}/10000"}
        answer = api.post("raw/upload", data=form, files={"file": ("a.bin", content[start : start + 5000])}, headers=span).json()
        assert ("public_id" in answer) is (start == 5000)
    assert answer["bytes"] == 10_000


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"timestamp": str(int(time.time()) - 7200)}, 400, "Stale request - reported time is "),
        ({"signature": "0" * 40}, 401, "Invalid Signature 0000"),
        ({"api_key": ""}, 400, "Missing required parameter - api_key"),
    ],
)
def test_statuses_of_proofs_that_fail(api: Caller, change: dict[str, str], status: int, words: str) -> None:
    form = signed({"timestamp": change["timestamp"]} if "timestamp" in change else {}) | change
    answer = api.post("image/upload", data=form, files={"file": ("a.gif", GIF)})
    assert answer.status_code == status
    assert message(answer).startswith(words)


def test_a_success_has_no_error_key(api: Caller) -> None:
    assert "error" not in api.stored()
