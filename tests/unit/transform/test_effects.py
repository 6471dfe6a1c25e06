"""Every effect does what its name says, keeps what it should, and takes any arguments or refuses them."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from app.errors import BadRequest
from app.transform.effects.art import MOODS
from app.transform.effects.pixels import Around, Floats, Moved
from app.transform.effects.surroundings import apply, is_regional
from app.transform.effects.table import EFFECTS, render

PIXELS = np.random.default_rng(7).integers(0, 256, (30, 40, 3), np.uint8)
NOISE = Image.fromarray(PIXELS)
SMOOTH = NOISE.resize((80, 60), Image.Resampling.BICUBIC)
GROWING = {"shadow", "dropshadow", "outline", "trim", "shear", "distort"}
GIVEN = {"distort": "0:0:50:5:40:60:0:50", "recolor": "0:1:0:1:0:0:0:0:1", "replace_color": "blue:60", "red": "50", "green": "50",
         "blue": "50", "gamma": "50", "contrast": "50", "shear": "10:0", "make_transparent": "40"}  # fmt: skip
OPAQUE_ONLY = {"opacity_threshold", "trim"}  # nothing to do on an opaque picture of noise


def around(**values: object) -> Around:
    return replace(Around(faces=lambda: [(10, 10, 30, 30)], regions=lambda: [(5, 5, 20, 20)]), **values)  # type: ignore[arg-type]


def run(image: Image.Image, value: str, **values: object) -> Image.Image:
    return render(image, value, around(**values)).image


def array(image: Image.Image) -> Floats:
    return np.asarray(image, np.float32)


def translucent(image: Image.Image = SMOOTH) -> Image.Image:
    whole = image.convert("RGBA")
    whole.putalpha(Image.linear_gradient("L").resize(image.size))
    return whole


def value_of(name: str) -> str:
    return f"{name}:{GIVEN[name]}" if name in GIVEN else name


@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_every_effect_changes_the_picture_and_keeps_size_and_mode(name: str) -> None:
    before = SMOOTH.copy()
    result = run(SMOOTH, value_of(name))
    assert SMOOTH.tobytes() == before.tobytes()  # the source is never painted on
    assert result.mode in ("RGB", "RGBA")
    if name not in GROWING:
        assert result.size == SMOOTH.size
    if name not in OPAQUE_ONLY:
        assert result.convert("RGB").tobytes() != SMOOTH.tobytes() or result.mode == "RGBA"
        assert result.convert("RGBA").tobytes() != SMOOTH.convert("RGBA").tobytes()


KEEPING = sorted(set(EFFECTS) - GROWING - {"opacity_threshold", "make_transparent", "gradient_fade", "recolor", "blur", "pixelate",
                                           "blur_region", "blur_faces", "pixelate_region", "pixelate_faces"})  # fmt: skip


@pytest.mark.parametrize("name", KEEPING)
def test_effects_on_colour_keep_the_opacity(name: str) -> None:
    source = translucent()
    result = run(source, value_of(name))
    assert result.mode == "RGBA"
    assert result.getchannel("A").tobytes() == source.getchannel("A").tobytes()


@pytest.mark.parametrize("name", sorted(EFFECTS))
@pytest.mark.parametrize("size", [(1, 1), (1, 50), (3, 2)])
def test_tiny_pictures(name: str, size: tuple[int, int]) -> None:
    for image in (NOISE.resize(size), translucent(NOISE.resize(size))):
        assert min(run(image, value_of(name)).size) >= 1


def test_light_and_colour() -> None:
    mean = array(SMOOTH).mean()
    assert array(run(SMOOTH, "brightness:40")).mean() > mean + 20
    assert array(run(SMOOTH, "brightness:-40")).mean() < mean - 20
    assert array(run(SMOOTH, "gamma:80")).mean() > mean + 10
    assert array(run(SMOOTH, "contrast:60")).std() > array(SMOOTH).std() + 10
    assert array(run(SMOOTH, "contrast:-60")).std() < array(SMOOTH).std() - 10
    assert array(run(SMOOTH, "contrast:linear_50")).std() == pytest.approx(array(SMOOTH).std() / 2, rel=0.05)
    assert np.ptp(array(run(SMOOTH, "grayscale")), axis=2).max() == 0
    assert np.ptp(array(run(SMOOTH, "saturation:-100")), axis=2).max() <= 1
    assert run(run(SMOOTH, "negate"), "negate").tobytes() == SMOOTH.tobytes()
    assert set(np.unique(array(run(SMOOTH, "blackwhite")))) == {0.0, 255.0}
    assert run(SMOOTH, "colorize", colour=(1, 2, 3, 255)).getcolors() == [(80 * 60, (1, 2, 3))]
    assert run(SMOOTH, "recolor:0:1:0:1:0:0:0:0:1").getpixel((9, 9)) == tuple(SMOOTH.getpixel((9, 9))[i] for i in (1, 0, 2))  # type: ignore[index]
    assert array(run(SMOOTH, "sepia:100")).mean(axis=(0, 1)).argmin() == 2


def test_a_tint_runs_from_the_first_colour_to_the_last() -> None:
    ramp = Image.linear_gradient("L").convert("RGB")
    tinted = run(ramp, "tint:100:red:0p:blue:100p")
    assert tinted.getpixel((0, 0)) == (255, 0, 0)
    assert tinted.getpixel((0, 255)) == (0, 0, 255)
    early = run(ramp, "tint:100:red:0p:blue:20p")
    assert early.getpixel((0, 60)) == (0, 0, 255)


def test_a_colour_is_replaced_and_others_are_not() -> None:
    flag = Image.new("RGB", (40, 20), (200, 30, 30))
    flag.paste((20, 20, 200), (0, 0, 20, 20))
    changed = run(flag, "replace_color:rgb:00ff00:20:rgb:c81e1e")
    assert changed.getpixel((30, 5)) == (0, 255, 0)
    assert changed.getpixel((5, 5)) == (20, 20, 200)


def test_privacy_touches_the_regions_alone_and_hides_them() -> None:
    for name in ("blur_region", "pixelate_region"):
        difference = np.abs(array(run(SMOOTH, name)) - array(SMOOTH)).max(axis=2)
        assert difference[5:20, 5:20].mean() > 10
        difference[5:20, 5:20] = 0
        assert difference.max() == 0
    for name in ("blur_faces", "pixelate_faces"):
        result = array(run(SMOOTH, name))
        assert result[12:28, 12:28].std() < array(SMOOTH)[12:28, 12:28].std() * 0.8
        assert (result[:, 40:] == array(SMOOTH)[:, 40:]).all()
    assert run(SMOOTH, "blur_faces", faces=lambda: []).tobytes() == SMOOTH.tobytes()


def test_blur_does_not_bleed_hidden_colours() -> None:
    hidden = Image.new("RGBA", (60, 60), (255, 0, 0, 0))
    hidden.paste((0, 0, 255, 255), (20, 20, 40, 40))
    assert array(run(hidden, "blur:200"))[19, 30, 0] < 20  # no red from where nothing is seen


def test_trim_finds_the_content_and_says_where_it_was() -> None:
    page = Image.new("RGB", (100, 80), "white")
    page.paste((10, 20, 30), (30, 20, 70, 50))
    moved = render(page, "trim", around())
    assert (moved.image.size, moved.left, moved.top) == ((40, 30), -30, -20)
    assert run(page, "trim:10:black").size == page.size
    assert run(Image.new("RGB", (9, 9)), "trim").size == (9, 9)


def test_shadows_and_outlines_grow_and_say_by_how_much() -> None:
    for value in ("shadow", "dropshadow", "outline:8"):
        moved = render(SMOOTH, value, around())
        assert moved.image.width > 80
        left, top = round(moved.left), round(moved.top)
        inner = moved.image.crop((left, top, left + 80, top + 60)).convert("RGB")
        assert inner.tobytes() == SMOOTH.tobytes()


def test_make_transparent_and_fade() -> None:
    page = Image.new("RGB", (50, 50), "white")
    page.paste((200, 0, 0), (20, 20, 30, 30))
    clear = run(page, "make_transparent").getchannel("A")
    assert (clear.getpixel((2, 2)), clear.getpixel((25, 25))) == (0, 255)
    fade = array(run(page, "gradient_fade").getchannel("A"))
    assert fade[0].max() < 40
    assert fade[30:].min() == 255
    right = array(run(page, "gradient_fade:symmetric", x=-0.3).getchannel("A"))
    assert right[:, 0].max() < 60
    assert right[:, -1].max() < 60


def test_regions_by_numbers_by_gravity_and_by_none() -> None:
    def touched(**params: str) -> tuple[int, int, int, int] | None:
        result = apply(SMOOTH, {"e": "pixelate_region:5", **params}, lambda gravity: seen[gravity], 10**6).image
        return ImageChops.difference(SMOOTH, result).getbbox()

    seen = {"person": [(10, 10, 30, 30)], "dog": []}
    assert touched(x="20", y="0.5", w="10", h="0.25") == (20, 30, 30, 45)
    assert touched(g="person") == (10, 10, 30, 30)
    assert touched(g="dog") is None
    assert touched() == (0, 0, 80, 60)
    assert is_regional({"e": "blur_region:300"})
    assert not is_regional({"e": "blur:300"})
    with pytest.raises(BadRequest, match="Invalid width in transformation: x"):
        touched(w="x")


@pytest.mark.parametrize("name", sorted(MOODS))
def test_every_filter_of_art(name: str) -> None:
    assert run(SMOOTH, f"art:{name}").tobytes() != SMOOTH.tobytes()


def test_arguments_are_clamped_or_refused() -> None:
    assert run(SMOOTH, "sepia:900").tobytes() == run(SMOOTH, "sepia:100").tobytes()
    assert run(SMOOTH, "blur:-5").tobytes() == run(SMOOTH, "blur:1").tobytes()
    assert run(SMOOTH, "improve:50").tobytes() == run(SMOOTH, "improve:outdoor:50").tobytes()
    for value in ("sepia:x", "sepia:1:2", "blur:1e3", "art:nobody", "recolor:1:2", "distort:1:2:3",
                  "replace_color", "grayscale:1",
                  "sepia:nan", "distort:arc:x", "distort:0:0:0:0:0:0:0:0", "shear:45:45", "outline:under"):  # fmt: skip
        with pytest.raises(BadRequest, match=f"Invalid effect in transformation: {re.escape(value)}"):
            run(SMOOTH, value)
    with pytest.raises(BadRequest, match="Invalid effect in transformation: nocolour"):
        run(SMOOTH, "tint:50:nocolour")
    for value in ("background_removal", "gen_remove:prompt_cat", "vectorize", "noise:5", "nonsense"):
        with pytest.raises(BadRequest, match=f"Unsupported effect in transformation: {value.split(':')[0]}$"):
            run(SMOOTH, value)


def test_results_are_bounded() -> None:
    for value in ("distort:0:0:9999:0:9999:9999:0:9999", "shear:80:0"):
        with pytest.raises(BadRequest, match="megapixels"):
            run(SMOOTH, value, most_pixels=10_000)


PIECE = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.floats(allow_nan=True).map(str),
    st.sampled_from(
        ["red", "rgb:ff0000", "", "arc", "equalize", "50p", "inner", "symmetric", "linear_50", "azimuth_999", "-", "٣", "1" * 400]
    ),
    st.text(max_size=6),
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(EFFECTS)), st.lists(PIECE, max_size=17), st.booleans(), st.floats(-1e9, 1e9) | st.none())
def test_any_arguments_work_or_are_refused(name: str, pieces: list[str], alpha: bool, x: float | None) -> None:
    source = translucent(NOISE) if alpha else NOISE
    try:
        moved = render(source, ":".join([name, *pieces]), around(x=x, y=x, most_pixels=400_000))
    except BadRequest:
        return
    assert isinstance(moved, Moved)
    assert 0 < moved.image.width * moved.image.height <= 400_000
    assert moved.image.mode in ("RGB", "RGBA")
