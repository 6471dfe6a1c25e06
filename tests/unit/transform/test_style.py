"""Turned, rounded, framed, backed and faded pictures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.errors import BadRequest
from app.transform import angles, background, corners, style
from app.transform.effects.pixels import Floats, Moved

MOST = 1_000_000
PHOTO = Image.fromarray(np.random.default_rng(3).integers(0, 256, (30, 50, 3), np.uint8))


def alpha(image: Image.Image) -> Floats:
    return np.asarray(image.getchannel("A"))


def followed(moved: Moved, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = moved.affine
    return a * x + b * y + c, d * x + e * y + f


def test_quarter_turns_are_exact_and_clockwise() -> None:
    source = Image.new("RGB", (4, 2), "black")
    source.putpixel((0, 0), (255, 0, 0))
    for value, place in (
        ("90", (1, 0)),
        ("180", (3, 1)),
        ("-90", (0, 3)),
        ("hflip", (3, 0)),
        ("vflip", (0, 1)),
        ("hflip.90", (1, 3)),
    ):
        moved = angles.late(source, value, MOST)
        assert moved.image.getpixel(place) == (255, 0, 0), value
        assert followed(moved, 0.5, 0.5) == pytest.approx((place[0] + 0.5, place[1] + 0.5)), value


def test_other_angles_grow_and_leave_clear_corners() -> None:
    source = Image.new("RGB", (60, 40), "black")
    source.paste("red", (50, 5, 56, 11))
    moved = angles.late(source, "30", MOST)
    assert moved.image.width > 60
    assert moved.image.getpixel((0, 0))[3] == 0  # type: ignore[index]
    x, y = followed(moved, 53, 8)
    assert moved.image.getpixel((round(x - 0.5), round(y - 0.5)))[0] > 240  # type: ignore[index]


def test_auto_turns_only_where_the_shape_asks_for_it() -> None:
    assert angles.early(PHOTO, "auto_right", 0.5).image.size == (30, 50)
    assert angles.early(PHOTO, "auto_right", 1.5).image.size == (50, 30)
    assert angles.early(PHOTO, "auto_left", None).image.size == (50, 30)
    assert angles.early(PHOTO, "auto_left", 0.5).image.tobytes() == PHOTO.transpose(Image.Transpose.ROTATE_90).tobytes()


@pytest.mark.parametrize("value", ["", "abc", "hflip.", "1e3", "45..90", "auto"])
def test_angles_that_are_none(value: str) -> None:
    with pytest.raises(BadRequest, match="Invalid angle in transformation"):
        angles.late(PHOTO, value, MOST)


def test_corners() -> None:
    whole = Image.new("RGB", (40, 40), "red")
    circle = alpha(corners.rounded(whole, corners.radii("max")))
    assert circle.mean() / 255 == pytest.approx(np.pi / 4, abs=0.01)
    assert (circle[0, 0], circle[20, 20]) == (0, 255)
    assert (circle == circle.T).all()
    four = alpha(corners.rounded(whole, corners.radii("0:20:0:10")))
    assert [four[0, 0], four[0, 39], four[39, 39], four[39, 0]] == [255, 0, 255, 0]
    assert four[38, 12] == 255
    two = alpha(corners.rounded(whole, corners.radii("10:0")))
    assert [two[0, 0], two[0, 39], two[39, 39], two[39, 0]] == [0, 255, 0, 255]
    wide = alpha(corners.rounded(Image.new("RGB", (80, 20)), corners.radii("999")))
    assert (wide[0, 0], wide[0, 40]) == (0, 255)
    assert wide[10, 0] > 240


def test_borders_lie_outside_and_follow_the_corners() -> None:
    whole = Image.new("RGB", (40, 40), "red")
    framed = corners.bordered(whole, *corners.border("5px_solid_blue"), most=MOST)
    assert (framed.image.size, framed.image.mode) == ((50, 50), "RGB")
    assert (framed.image.getpixel((2, 2)), framed.image.getpixel((6, 6))) == ((0, 0, 255), (255, 0, 0))
    ring = corners.bordered(whole, *corners.border("5px_solid_rgb:0000ff"), corners.radii("max"), is_round=True, most=MOST).image
    assert ring.getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert ring.getpixel((25, 2)) == (0, 0, 255, 255)
    assert ring.getpixel((25, 25)) == (255, 0, 0, 255)
    for value in ("5px_dashed_red", "px_solid_red", "5_solid_red", "5px_solid_nocolour", ""):
        with pytest.raises(BadRequest, match="Invalid border in transformation"):
            corners.border(value)
    with pytest.raises(BadRequest):
        corners.bordered(whole, 999_999, (0, 0, 0, 255), most=MOST)


def test_backgrounds() -> None:
    page = Image.new("RGB", (40, 40), (10, 200, 30))
    page.paste("black", (10, 10, 20, 20))
    assert background.ground("auto", page, (9, 7)).getcolors() == [(63, (10, 200, 30))]
    assert background.ground("auto:predominant", page, (2, 2)).getpixel((0, 0)) == (10, 200, 30)
    assert background.ground("rgb:ff0000", page, (2, 2)).getpixel((0, 0)) == (255, 0, 0)
    assert background.ground("transparent", page, (2, 2)).mode == "RGBA"
    assert background.ground("auto:border_contrast", page, (1, 1)).getpixel((0, 0)) in ((0, 0, 0), (255, 255, 255))
    shades = background.ground("auto:border_gradient:2:horizontal:palette_red_blue", page, (100, 10))
    assert shades.getpixel((0, 5))[0] > 240  # type: ignore[index]
    assert shades.getpixel((99, 5))[2] > 240  # type: ignore[index]
    soft = background.ground("blurred:400:15", PHOTO, (300, 100))
    assert soft.size == (300, 100)
    assert np.asarray(soft).std() < np.asarray(PHOTO).std() / 3
    for value in ("auto:nobody", "auto:border_gradient:x", "blurred:x", "gen_fill", "nocolour", ""):
        with pytest.raises(BadRequest, match="background in transformation"):
            background.ground(value, page, (2, 2))


def test_a_component_in_order() -> None:
    image, params = PHOTO, {"r": "max", "bo": "3px_solid_red", "o": "50", "a": "90", "b": "white"}
    for step in (style.angle, style.opacity, style.frame, style.behind):
        image = step(image, params, MOST).image
    assert (image.size, image.mode) == ((36, 56), "RGB")
    assert image.getpixel((0, 0)) == (255, 255, 255)
    assert image.getpixel((18, 1)) == (255, 0, 0)
    for step in (style.angle, style.opacity, style.frame, style.behind):
        assert step(PHOTO, {"r": "0"}, MOST).image is PHOTO
    with pytest.raises(BadRequest, match="Invalid opacity in transformation: x"):
        style.opacity(PHOTO, {"o": "x"}, MOST)


def test_hidden_colours_do_not_count_for_a_background() -> None:
    half = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    half.paste((200, 100, 50, 255), (10, 10, 30, 30))
    for value in ("auto", "auto:predominant", "blurred:1:0"):
        assert background.ground(value, half, (4, 4)).getpixel((0, 0)) == pytest.approx((200, 100, 50), abs=3), value


def test_flattening_and_opacity() -> None:
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    assert background.flattened(clear, "blue").getcolors() == [(16, (0, 0, 255))]
    assert background.flattened(clear, "transparent").getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert background.flattened(PHOTO, "blue") is PHOTO
    assert alpha(background.seen_through(PHOTO, 40)).max() == 102


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["a", "r", "bo", "b"]),
    st.one_of(
        st.text(max_size=12),
        st.lists(st.sampled_from("0 7 45 -3.5 max hflip auto red px solid : . _ border blurred".split()), max_size=6).map("".join),
    ),
)
def test_any_value_works_or_is_refused(key: str, value: str) -> None:
    source = PHOTO.convert("RGBA")
    try:
        match key:
            case "a":
                result = angles.late(source, value, MOST).image
            case "r":
                result = corners.rounded(source, corners.radii(value))
            case "bo":
                result = corners.bordered(source, *corners.border(value), corners.radii("5"), is_round=True, most=MOST).image
            case _:
                result = background.flattened(source, value)
    except BadRequest:
        return
    assert 0 < result.width * result.height <= MOST
