"""Which components make a layer, what it shows, where it is laid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.errors import BadRequest, NotFound
from app.transform import layers
from app.transform.layers import Studio

BASE = Image.new("RGB", (80, 60), (0, 0, 255))
DOT = Image.new("RGBA", (10, 10), (255, 0, 0, 255))


@dataclass(frozen=True)
class Step:
    params: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


class World:
    """A cloud with one picture, one address and one style."""

    def layer(self, type: str, public_id: str) -> Path:
        if (type, public_id) != ("upload", "marks/dot"):
            raise NotFound.asset(public_id)
        return Path("dot")

    def remote(self, url: str) -> Path:
        return Path(url)

    def text_style(self, public_id: str) -> str:
        return {"big": "Arial_40_bold"}[public_id]


STUDIO = Studio(World(), lambda path: DOT if path == Path("dot") else BASE, variables={"name": "!Ann!", "n": "5"})


def step(text: str) -> Step:
    params = dict(part.split("_", 1) for part in text.split(","))
    return Step(params, tuple(params.get("fl", "").split(".")))


def test_layers_close_where_they_are_laid() -> None:
    def closed(*texts: str) -> Mapping[int, int]:
        return layers.closings([step(text) for text in texts])

    assert closed("w_100", "l_a,g_south") == {1: 1}
    assert closed("l_a", "e_sepia", "fl_layer_apply") == {0: 2}
    assert closed("l_a", "l_b", "fl_layer_apply", "fl_layer_apply") == {0: 3, 1: 2}
    assert closed("l_a,w_10", "l_b", "w_5", "fl_layer_apply,g_east") == {0: 0, 1: 3}
    assert closed("l_a,fl_layer_apply", "u_b", "fl_layer_apply") == {0: 0, 1: 2}
    with pytest.raises(BadRequest, match="without a layer"):
        closed("w_5", "fl_layer_apply")
    with pytest.raises(BadRequest, match="at most"):
        closed(*["l_a"] * 21)


def test_what_layers_show() -> None:
    assert layers.show(step("l_marks:dot"), STUDIO) is DOT
    with pytest.raises(NotFound):
        layers.show(step("l_private:marks:dot"), STUDIO)
    plain = layers.show(step("l_text:Arial_30:Hello $(name)"), STUDIO)
    assert plain.width > layers.show(step("l_text:Arial_30:Hello"), STUDIO).width
    assert layers.show(step("l_text:big:Hi"), STUDIO).height > layers.show(step("l_text:Arial_20:Hi"), STUDIO).height
    red = np.asarray(layers.show(step("l_text:Arial_30:Hello,co_red,b_rgb:00ff00"), STUDIO))
    assert red[..., :3].max(axis=(0, 1)).tolist() == [255, 255, 0]
    wrapped = layers.show(step("l_text:Arial_30:Hello to everyone here,c_fit,w_120"), STUDIO)
    assert wrapped.width <= 125
    with pytest.raises(BadRequest, match="Undefined variable"):
        layers.show(step("l_text:Arial_30:$(nobody)"), STUDIO)


def test_what_is_done_to_the_layer_and_what_places_it() -> None:
    single = step("l_logo,w_100,c_fill,g_south_east,x_5,y_5,o_60,e_multiply")
    assert layers.shaping(single, True, (80, 60)) == {"w": "100", "c": "fill", "o": "60"}
    opening = step("l_logo,w_100,c_thumb,g_face")
    assert layers.shaping(opening, False, (80, 60)) == {"w": "100", "c": "thumb", "g": "face"}
    text = step("l_text:Arial_20:x,co_red,c_fit,w_100,g_south,a_10")
    assert layers.shaping(text, True, (80, 60)) == {"a": "10"}
    assert layers.shaping(step("l_logo,w_0.5,fl_relative"), True, (80, 60))["w"] == "40"
    assert layers.shaping(step("l_logo,w_1.5,fl_region_relative,g_face"), True, (80, 60), (20, 10))["w"] == "30"


def test_a_layer_is_laid_by_sides_and_fractions() -> None:
    image = layers.lay(BASE, DOT, step("g_north_west,x_0.5,y_10"), STUDIO, False).image
    assert image.getpixel((41, 11)) == (255, 0, 0)
    assert image.getpixel((39, 11)) == (0, 0, 255)
    assert layers.lay(BASE, DOT, step("g_west,x_-5"), STUDIO, False).image.size == (85, 60)
    assert layers.lay(BASE, DOT, step("g_west,x_-5,fl_no_overflow"), STUDIO, False).image.size == (80, 60)
    assert layers.lay(BASE, DOT, step("fl_cutter"), STUDIO, False).image.getpixel((0, 0))[3] == 0  # type: ignore[index]
    for text in ("x_abc", "y_1e3", "e_multiply:x"):
        with pytest.raises(BadRequest, match="in transformation"):
            layers.lay(BASE, DOT, step(text), STUDIO, False)


def test_a_layer_is_laid_on_what_gravity_finds() -> None:
    boxes = [(10, 10, 20, 20), (50, 30, 60, 40)]
    assert layers.regions(step("g_south"), lambda _: boxes) is None
    found = layers.regions(step("g_faces"), lambda _: boxes)
    image = layers.lay(BASE, DOT, step("g_faces"), STUDIO, False, found).image
    assert [image.getpixel(place) for place in ((15, 15), (55, 35), (35, 25))] == [(255, 0, 0), (255, 0, 0), (0, 0, 255)]
    nothing = layers.lay(BASE, DOT, step("g_faces"), STUDIO, False, []).image
    assert nothing.getpixel((40, 30)) == (255, 0, 0)
    with pytest.raises(BadRequest, match="Invalid gravity in transformation: auto"):
        layers.regions(step("g_auto:cat"), lambda _: boxes)
