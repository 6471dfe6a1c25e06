"""The detectors that come with the program, through the API, on pictures in the public domain."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.api.caller import PICTURES, Caller


def seen(api: Caller, picture: str, detection: str) -> dict[str, Any]:
    """label -> instances of one detector."""
    body = api.stored(picture, detection=detection)
    data = body["info"]["detection"]["object_detection"]["data"]
    (answer,) = data.values()
    tags: dict[str, Any] = answer["tags"]
    return tags


def test_the_plain_name_is_the_newest_version_and_the_old_one_still_answers(api: Caller) -> None:
    for name in ("lvis", "cld-fashion"):
        versions = []
        for detection in (name, f"{name}_v1", f"{name}_v2"):
            data = api.stored("chelsea.jpg", detection=detection)["info"]["detection"]["object_detection"]["data"]
            versions.append(data[name]["model_version"])
        assert versions == [2, 1, 2]


def test_lvis_finds_one_cat_where_one_cat_is_and_is_sure_of_it(api: Caller) -> None:
    tags = seen(api, "chelsea.jpg", "lvis")
    assert list(tags) == ["cat"], "not the dog that the box detector alone takes it for too"
    (cat,) = tags["cat"]
    assert cat["confidence"] > 0.9
    x, y, width, height = cat["bounding-box"]
    assert (x < 30, y < 30, width > 390, height > 260) == (True, True, True, True)


@pytest.mark.parametrize(("picture", "label"), [("grace_hopper.jpg", "person"), ("astronaut.jpg", "person"), ("coffee.jpg", "cup")])
def test_lvis_names_the_first_thing_a_person_would(api: Caller, picture: str, label: str) -> None:
    assert next(iter(seen(api, picture, "lvis"))) == label


def test_a_narrow_name_tells_the_broader_ones(api: Caller) -> None:
    helmet = seen(api, "astronaut.jpg", "lvis")
    assert {"football_helmet", "helmet"} <= set(helmet)
    assert "helmet" in helmet["football_helmet"][0]["categories"]


@pytest.mark.parametrize("picture", ["chelsea.jpg", "coffee.jpg", "rocket.jpg"])
def test_no_clothes_are_seen_where_there_are_none(api: Caller, picture: str) -> None:
    assert seen(api, picture, "cld-fashion") == {}


def test_clothes_are_seen_on_a_person_in_their_category(api: Caller) -> None:
    tags = seen(api, "grace_hopper.jpg", "cld-fashion")
    assert "top" in tags
    assert tags["top"][0]["categories"] == ["fashion"]


def test_coco_keeps_its_own_names(api: Caller) -> None:
    assert {"person", "tie"} <= set(seen(api, "grace_hopper.jpg", "coco"))
    assert "dining table" in seen(api, "coffee.jpg", "coco")


def saved(mode: str, format: str, **options: Any) -> bytes:
    """Chelsea the cat in another mode and format."""
    image = Image.open(PICTURES / "chelsea.jpg").convert("RGB")
    if mode == "I;16":
        deep = np.asarray(image.convert("L"), dtype=np.uint16) * 257
        image = Image.fromarray(deep)
    elif mode == "RGBA":
        image.putalpha(Image.new("L", image.size, 255))
    else:
        image = image.convert(mode)
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def turned() -> bytes:
    """The cat stored lying on its side, with the EXIF orientation that says so."""
    image = Image.open(PICTURES / "chelsea.jpg").transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


ODD = {
    "grey": saved("L", "JPEG"),
    "cmyk": saved("CMYK", "JPEG"),
    "16 bit": saved("I;16", "PNG"),
    "palette": saved("P", "PNG"),
    "alpha": saved("RGBA", "PNG"),
    "animated": saved("P", "GIF", save_all=True, append_images=[Image.new("P", (451, 300))]),
    "turned": turned(),
}


@pytest.mark.parametrize("kind", ODD)
def test_a_cat_is_a_cat_in_every_mode_and_lies_where_it_lies_upright(api: Caller, kind: str) -> None:
    body = api.stored(ODD[kind], detection="lvis")
    assert (body["width"], body["height"]) == (451, 300)
    cat = body["info"]["detection"]["object_detection"]["data"]["lvis"]["tags"]["cat"][0]
    x, y, width, height = cat["bounding-box"]
    assert (x < 60, y < 60, width > 350, height > 220) == (True, True, True, True)


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1), (3, 2)])
def test_pictures_of_hardly_any_pixels_are_looked_at_too(api: Caller, size: tuple[int, int]) -> None:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "PNG")
    body = api.stored(out.getvalue(), detection="lvis,cld-fashion,coco")
    found = body["info"]["detection"]["object_detection"]
    assert found["status"] == "complete"
    assert set(found["data"]) == {"lvis", "cld-fashion", "coco"}
