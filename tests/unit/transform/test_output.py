"""How results are written: colours of other profiles, CMYK, deep samples, what is kept of the metadata, and animations."""

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms, ImageDraw

from app.errors import BadRequest
from app.transform.scene import Wish
from tests.unit.transform import profiles
from tests.unit.transform.scenery import BLUE, GREEN, RED, WHITE, picture, quarters, rendered

PNG, GIF = Wish(stored="png"), Wish(stored="gif")
IPTC = b"".join(
    bytes([0x1C, 2, number]) + struct.pack(">H", len(text)) + text
    for number, text in ((25, b"keyword"), (80, b"Ann Author"), (116, b"(c) Ann"))
)


def file(folder: Path, image: Image.Image, name: str, **options: Any) -> Path:
    image.save(folder / name, **options)
    return folder / name


def close(image: Image.Image, place: tuple[int, int], colour: tuple[int, ...], within: int = 4) -> bool:
    found = image.getpixel(place)
    assert isinstance(found, tuple)
    return all(abs(a - b) <= within for a, b in zip(found, colour, strict=True))


@pytest.mark.parametrize("colour", [(200, 60, 60), (40, 180, 90), (120, 120, 120), (255, 255, 255)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_wide_colours_become_those_of_srgb_and_the_profile_goes(tmp_path: Path, colour: tuple[int, int, int], mode: str) -> None:
    path = file(tmp_path, Image.new("RGB", (60, 40), colour).convert(mode), "wide.png", icc_profile=profiles.p3())
    for ending in ("png", "webp", "jpg", "tiff"):
        made = picture(rendered("w_30,q_100", tmp_path, path, Wish(extension=ending)))
        assert close(made.convert("RGB"), (15, 10), profiles.in_srgb(colour))
        assert "icc_profile" not in made.info


def test_colours_that_are_copied_keep_their_numbers_and_their_profile(tmp_path: Path) -> None:
    path = file(tmp_path, Image.new("RGB", (60, 40), (200, 60, 60)), "wide.png", icc_profile=profiles.p3())
    made = picture(rendered("w_30,cs_copy", tmp_path, path, PNG))
    assert close(made, (15, 10), (200, 60, 60), 0)
    assert made.info["icc_profile"] == profiles.p3()


@pytest.mark.parametrize("text", ["w_30,fl_force_icc", "cs_tinysrgb,w_30"])
def test_a_profile_that_is_forced_is_that_of_the_pixels(tmp_path: Path, text: str) -> None:
    path = file(tmp_path, Image.new("RGB", (60, 40), (200, 60, 60)), "wide.png", icc_profile=profiles.p3())
    made = picture(rendered(text, tmp_path, path, PNG))
    assert close(made, (15, 10), profiles.in_srgb((200, 60, 60)))
    profile = ImageCms.ImageCmsProfile(io.BytesIO(made.info["icc_profile"]))
    assert "sRGB" in (ImageCms.getProfileDescription(profile) or "")


def test_inks_become_colours_by_their_profile(tmp_path: Path) -> None:
    printed = Image.new("CMYK", (40, 40))
    printed.paste((255, 0, 0, 0), (20, 0, 40, 40))
    plain = picture(rendered("w_20,q_100", tmp_path, file(tmp_path, printed, "plain.jpg", quality=100)))
    assert close(plain, (15, 10), (0, 255, 255), 6)
    path = file(tmp_path, printed, "printed.jpg", quality=100, icc_profile=profiles.inks())
    by_profile = picture(rendered("w_20,q_100", tmp_path, path))
    assert close(by_profile, (4, 10), (255, 255, 255), 6)
    assert close(by_profile, (15, 10), profiles.ink_in_srgb(), 6)


@pytest.mark.parametrize(("text", "ending", "mode"), [
    ("w_20,cs_cmyk", "jpg", "CMYK"), ("w_20,cs_keep_cmyk", "jpg", "CMYK"), ("w_20,cs_keep_cmyk", "tiff", "CMYK"),
    ("w_20,cs_copy", "jpg", "CMYK"), ("w_20,cs_no_cmyk", "jpg", "RGB"), ("w_20,cs_srgb", "jpg", "RGB"),
    ("w_20,cs_cmyk", "png", "RGB"),
])  # fmt: skip
def test_inks_are_kept_where_they_are_asked_for(tmp_path: Path, text: str, ending: str, mode: str) -> None:
    path = file(tmp_path, quarters().convert("CMYK"), "printed.jpg", quality=98)
    made = picture(rendered(f"{text},q_95", tmp_path, path, Wish(extension=ending)))
    assert (made.mode, made.size) == (mode, (20, 15))
    assert close(made.convert("RGB"), (3, 3), RED, 14)


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_deep_samples_become_eight_bits(tmp_path: Path, dtype: type) -> None:
    ramp: npt.NDArray[Any] = np.linspace(0, 1 if dtype is np.float32 else 65535, 400).astype(dtype)
    path = file(tmp_path, Image.fromarray(np.tile(ramp, (100, 1))), "deep.tif")
    made = picture(rendered("c_crop,w_400,h_10", tmp_path, path, PNG)).convert("L")
    assert [made.getpixel((x, 5)) for x in (0, 100, 200, 399)] == pytest.approx([0, 64, 128, 255], abs=1)


def test_deep_transparent_and_palette_pictures(tmp_path: Path) -> None:
    clear = quarters(mode="RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 200, 150))
    for image, name in ((clear.quantize(64), "palette.png"), (clear, "whole.png"), (clear.convert("LA"), "gray.png")):
        made = picture(rendered("c_crop,w_200,h_150,g_north_west", tmp_path, file(tmp_path, image, name), PNG))
        assert made.convert("RGBA").getchannel("A").getextrema() == (0, 0)
        flat = picture(rendered("w_40,b_red", tmp_path, tmp_path / name, Wish(extension="jpg", stored="png")))
        assert close(flat.convert("RGB"), (5, 5), (254, 0, 0), 8)


def attributed(folder: Path) -> Path:
    exif = Image.Exif()
    exif[0x0112], exif[0x013B], exif[0x8298], exif[0x010F] = 6, "Ann", "(c) Ann", "Camera"
    block = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(IPTC)) + IPTC + b"\0" * (len(IPTC) % 2)
    body = b"Photoshop 3.0\0" + block
    told = b"\xff\xed" + struct.pack(">H", len(body) + 2) + body
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    return file(folder, quarters(), "told.jpg", exif=exif, extra=told, xmp=xmp, comment=b"a comment", quality=95)


def test_metadata_is_left_out(tmp_path: Path) -> None:
    path = attributed(tmp_path)
    for ending in ("jpg", "png", "webp", "avif", "tiff", "gif"):
        made = picture(rendered("q_80", tmp_path, path, Wish(extension=ending)))
        assert not {"comment", "exif", "xmp", "photoshop", "icc_profile"} & set(made.info)
        assert made.size == (300, 400)
    stripped = picture(rendered("w_30,fl_keep_iptc.force_strip", tmp_path, path))
    assert not {"exif", "photoshop", "xmp"} & set(stripped.info)


def test_metadata_is_kept_upright(tmp_path: Path) -> None:
    made = picture(rendered("w_30,fl_keep_iptc", tmp_path, attributed(tmp_path)))
    assert made.size == (30, 40)
    assert dict(made.getexif()) == {0x013B: "Ann", 0x8298: "(c) Ann", 0x010F: "Camera", 0x0112: 1}  # the last by XMP
    assert made.info["photoshop"][0x0404] == IPTC
    assert b'tiff:Orientation="1"' in made.info["xmp"]


def test_attribution_alone_is_kept(tmp_path: Path) -> None:
    made = picture(rendered("w_30,fl_keep_attribution", tmp_path, attributed(tmp_path)))
    assert dict(made.getexif()) == {0x013B: "Ann", 0x8298: "(c) Ann"}
    assert b"keyword" not in made.info["photoshop"][0x0404]
    assert b"Ann Author" in made.info["photoshop"][0x0404]
    assert "xmp" not in made.info


def moving(folder: Path, name: str, **options: Any) -> Path:
    """Red, green, blue and white quarters that turn: RED is in the first, second, third and fourth place."""
    frames = [quarters((80, 80)).rotate(-90 * turn) for turn in range(4)]
    return file(folder, frames[0], name, save_all=True, append_images=frames[1:], duration=[50, 60, 70, 80], **options)


def frames_of(image: Image.Image) -> list[tuple[Image.Image, int]]:
    found = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        found.append((image.convert("RGB"), int(image.info["duration"])))
    return found


@pytest.mark.parametrize("source", ["gif", "webp", "png"])
@pytest.mark.parametrize("text", ["q_90", "w_40", "c_fill,w_40,h_20,g_north", "c_scale,w_40/e_grayscale/e_negate/e_negate"])
def test_every_frame_is_transformed_and_keeps_its_time(tmp_path: Path, source: str, text: str) -> None:
    path = moving(tmp_path, f"moving.{source}", loop=0, **({"lossless": True} if source == "webp" else {}))
    for ending in ("webp", "gif", "png"):
        flags = "" if ending == source else ",fl_animated"
        made = Image.open(io.BytesIO(rendered(f"{text}{flags}", tmp_path, path, Wish(ending, source)).path.read_bytes()))
        found = frames_of(made)
        assert [time for _, time in found] == [50, 60, 70, 80]
        corners = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)]
        for number, (frame, _) in enumerate(found):
            if "grayscale" in text or "fill" in text:
                continue
            place = (int(corners[number][0] * frame.width), int(corners[number][1] * frame.height))
            assert close(frame, place, RED, 30), (ending, number)


def test_transparent_frames_do_not_shine_through_each_other(tmp_path: Path) -> None:
    frames = [Image.new("RGBA", (60, 60)) for _ in range(2)]
    ImageDraw.Draw(frames[0]).ellipse((0, 0, 30, 60), (*RED, 255))  # a rectangle would be stored as an opaque part
    ImageDraw.Draw(frames[1]).ellipse((30, 0, 60, 60), (*BLUE, 255))
    path = file(tmp_path, frames[0], "clear.webp", save_all=True, append_images=frames[1:], duration=50, lossless=True)
    for ending in ("gif", "webp", "png"):
        made = Image.open(io.BytesIO(rendered("w_40,fl_animated", tmp_path, path, Wish(ending, "webp")).path.read_bytes()))
        made.seek(1)
        second = made.convert("RGBA")
        assert second.getpixel((8, 20))[3] == 0  # type: ignore[index]
        assert close(second.convert("RGB"), (30, 20), BLUE, 30)


@pytest.mark.parametrize(("options", "loop"), [({"loop": 0}, 0), ({"loop": 3}, 3), ({}, None)])
def test_an_animation_runs_as_often_as_before(tmp_path: Path, options: dict[str, int], loop: int | None) -> None:
    made = picture(rendered("w_40", tmp_path, moving(tmp_path, "moving.gif", **options), GIF))
    assert made.info.get("loop") == loop


def test_other_times(tmp_path: Path) -> None:
    path = moving(tmp_path, "moving.gif", loop=0)
    assert [time for _, time in frames_of(picture(rendered("w_40,dl_200", tmp_path, path, GIF)))] == [200] * 4
    assert picture(rendered("w_40,dl_999999999", tmp_path, path, GIF)).info["duration"] == 655_350


def test_frames_that_are_trimmed_differently_stay_one_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (80, 80), "white") for _ in range(2)]
    frames[0].paste(RED, (10, 10, 30, 30))
    frames[1].paste(BLUE, (10, 10, 60, 40))
    path = file(tmp_path, frames[0], "moving.gif", save_all=True, append_images=frames[1:], duration=50)
    made = Image.open(io.BytesIO(rendered("e_trim", tmp_path, path, Wish(stored="gif")).path.read_bytes()))
    assert (made.size, getattr(made, "n_frames", 1)) == ((50, 30), 2)


def test_a_frame_alone(tmp_path: Path) -> None:
    path = moving(tmp_path, "moving.gif", loop=0)
    for page, colour in enumerate((RED, BLUE, WHITE, GREEN), 1):
        made = picture(rendered(f"pg_{page}", tmp_path, path, Wish("png", "gif"))).convert("RGB")
        assert close(made, (10, 10), colour, 8)


@pytest.mark.parametrize(("accept", "format", "frames"), [("image/avif,image/webp,*/*", "webp", 4), ("*/*", "gif", 4)])
def test_f_auto_of_an_animation(tmp_path: Path, accept: str, format: str, frames: int) -> None:
    made = rendered("w_40,f_auto", tmp_path, moving(tmp_path, "moving.gif", loop=0), Wish(stored="gif", accept=accept))
    assert (made.format, made.pages, getattr(picture(made), "n_frames", 1)) == (format, frames, frames)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cs_rainbow", "Invalid color_space in transformation: rainbow"),
        ("cs_icc:uploaded", "Unsupported color_space in transformation: icc:uploaded"),
        ("dl_soon", "Invalid delay in transformation: soon"),
        ("dn_thick", "Invalid density in transformation: thick"),
        ("fn_wasm:mine.wasm", "Unsupported custom_function in transformation: wasm:mine.wasm"),
        ("b_nocolour", "nocolour"),
        ("co_nocolour,w_9", "nocolour"),
        ("b_gen_fill,w_9", "Unsupported background in transformation: gen_fill"),
    ],
)
def test_words_that_are_none_are_refused_wherever_they_stand(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        rendered(text, tmp_path, wish=PNG)


def test_progressive_chroma_and_density(tmp_path: Path) -> None:
    assert picture(rendered("w_40,fl_progressive", tmp_path)).info.get("progressive")
    assert not picture(rendered("w_40,fl_progressive:none", tmp_path)).info.get("progressive")
    fine, coarse = (picture(rendered(f"w_40,q_80:{chroma}", tmp_path)) for chroma in (444, 420))
    assert [layer[1] for layer in getattr(fine, "layer")] == [1, 1, 1]  # noqa: B009
    assert [layer[1] for layer in getattr(coarse, "layer")] == [2, 1, 1]  # noqa: B009
    assert picture(rendered("w_40,dn_300", tmp_path)).info["dpi"] == pytest.approx((300, 300), abs=1)


@pytest.mark.parametrize(("side", "format"), [(16_383, "webp"), (16_384, "jpg")])
def test_f_auto_of_a_long_picture_takes_a_format_that_holds_it(tmp_path: Path, side: int, format: str) -> None:
    path = file(tmp_path, Image.new("RGB", (2, side), RED), "long.png")
    assert rendered("f_auto", tmp_path, path, Wish(stored="png", accept="image/webp")).format == format


def test_what_no_reader_of_avif_takes_is_refused(tmp_path: Path) -> None:
    path = file(tmp_path, Image.new("RGB", (1, 32_769), RED), "long.png")
    with pytest.raises(BadRequest, match="avif holds at most 32768 pixels a side"):
        rendered("f_avif", tmp_path, path, PNG)
    assert rendered("f_auto", tmp_path, path, Wish(stored="png", accept="image/avif")).format == "jpg"


def test_a_large_animation_keeps_its_colours(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (100, 100), colour) for colour in (RED, GREEN, BLUE)]
    frames[0].save(tmp_path / "large.gif", save_all=True, append_images=frames[1:], duration=50)
    made = picture(rendered("w_900", tmp_path, tmp_path / "large.gif", GIF))
    assert (made.size, getattr(made, "n_frames", 1)) == ((900, 900), 3)
    for number, colour in enumerate((RED, GREEN, BLUE)):
        made.seek(number)
        assert close(made.convert("RGB"), (450, 450), colour, 8)
