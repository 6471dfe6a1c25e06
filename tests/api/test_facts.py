"""What is told of a picture on request: by an upload, by the details of an asset, and only then."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from app.db.tables import assets
from app.house import House
from app.imaging.describe import KEYS
from tests.api.caller import PICTURES, Caller, message

ALL = {name: "true" for name in KEYS}
TOLD = {key for keys in KEYS.values() for key in keys} | {"media_metadata"}


def shapes(body: dict[str, Any]) -> None:
    """Types as the strictest SDKs read them."""
    assert all(isinstance(code, str) and isinstance(share, float) for code, share in body["colors"])
    assert set(body["predominant"]) == {"google", "cloudinary"}
    assert isinstance(body["illustration_score"], float)
    assert (body["grayscale"], body["semi_transparent"]) == (False, False)
    assert all(isinstance(side, int) for box in body["faces"] for side in box)
    assert len(body["phash"]) == 16
    assert all(isinstance(value, str) for value in (body["image_metadata"] | body["exif"]).values())
    assert body["media_metadata"] == body["image_metadata"]
    assert all(isinstance(value, float) for value in body["quality_analysis"].values())
    assert isinstance(body["quality_score"], float)
    analysis = body["accessibility_analysis"]
    assert set(analysis) == {"colorblind_accessibility_analysis", "colorblind_accessibility_score"}
    assert len(analysis["colorblind_accessibility_analysis"]["most_indistinct_pair"]) == 2
    assert isinstance(body["cinemagraph_analysis"]["cinemagraph_score"], float)


def test_an_upload_tells_all_that_is_asked_and_details_tell_the_same(api: Caller, house: House) -> None:
    body = api.stored("grace_hopper.jpg", public_id="x", **ALL)
    shapes(body)
    ((x, y, width, height),) = body["faces"]
    assert (x, y, width, height) == pytest.approx((167, 127, 200, 200), abs=15)
    assert body["image_metadata"]["DPI"] == "96"
    details = api.get("resources/image/upload/x", **ALL)
    assert {key: details[key] for key in TOLD} == {key: body[key] for key in TOLD}
    with house.db.read() as c:
        assert c.execute(assets.select()).one().facts.keys() == TOLD - {"media_metadata"}, "kept, so not computed twice"


def test_nothing_is_told_unasked(api: Caller) -> None:
    assert TOLD.isdisjoint(api.stored("chelsea.jpg", public_id="x", colors="false"))
    assert TOLD.isdisjoint(api.get("resources/image/upload/x", colors="0"))
    assert TOLD.isdisjoint(api.get("resources/image/upload")["resources"][0])


def test_details_are_computed_from_the_stored_file(api: Caller) -> None:
    asset_id = api.stored("astronaut.jpg", public_id="x", phash="1")["asset_id"]
    details = api.get("resources/image/upload/x", **ALL)
    shapes(details)
    assert len(details["faces"]) == 1
    alone = api.get(f"resources/{asset_id}", quality_analysis="true")
    assert TOLD & alone.keys() == {"quality_analysis", "quality_score"}
    assert alone["quality_analysis"] == details["quality_analysis"]


@pytest.mark.parametrize("name", sorted(KEYS))
def test_each_is_told_alone(api: Caller, name: str) -> None:
    body = api.stored("chelsea.jpg", **{name: "1"})
    assert TOLD & body.keys() == {*KEYS[name], name}


def test_a_new_version_forgets_what_was_told_of_the_old(api: Caller) -> None:
    api.stored("astronaut.jpg", public_id="x", faces="1", phash="1")
    new = api.stored("chelsea.jpg", public_id="x")
    assert "phash" not in new
    details = api.get("resources/image/upload/x", faces="1", phash="1")
    assert (details["faces"], details["phash"]) == ([], "bbcd8ca2422fbd48")


def test_an_old_asset_and_an_explicit_call_tell_it_too(api: Caller) -> None:
    api.stored("astronaut.jpg", public_id="x")
    assert len(api.stored("chelsea.jpg", public_id="x", overwrite="0", faces="1")["faces"]) == 1
    answer = api.upload("chelsea.jpg", "image/explicit", public_id="x", type="upload", faces="1")
    assert len(answer.json()["faces"]) == 1, answer.text


def test_boxes_are_those_of_the_upright_picture(api: Caller) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying, out = Image.open(BytesIO(portrait())).transpose(Image.Transpose.ROTATE_90), BytesIO()
    lying.save(out, "JPEG", exif=exif)
    body = api.stored(out.getvalue(), faces="1", image_metadata="1")
    assert (body["width"], body["height"]) == (512, 600)
    assert body["faces"][0] == pytest.approx([167, 127, 200, 200], abs=15)
    assert body["image_metadata"]["Orientation"] == "6"


def portrait() -> bytes:
    return (PICTURES / "grace_hopper.jpg").read_bytes()


def test_a_raw_file_tells_nothing(api: Caller) -> None:
    body = api.upload(b"plain text", "raw/upload", public_id="notes.txt", **ALL)
    assert TOLD.isdisjoint(body.json()), body.text
    assert TOLD.isdisjoint(api.get("resources/raw/upload/notes.txt", **ALL))


def test_a_preset_may_ask_and_an_unsigned_caller_may_not(api: Caller) -> None:
    api.admin("POST", "upload_presets", data={"name": "p", "unsigned": "true", "phash": "true"})
    body = api.post("image/upload", data={"upload_preset": "p"}, files={"file": portrait()}).json()
    assert body["phash"] == "04e9b006af3c4bdf"
    refused = api.post("image/upload", data={"upload_preset": "p", "colors": "1"}, files={"file": portrait()})
    assert message(refused).startswith("Colors parameter is not allowed when using unsigned upload")


def test_the_faces_detector_is_not_for_callers_to_name(api: Caller) -> None:
    assert message(api.upload(detection="faces")) == "Detection invalid model 'faces'"
