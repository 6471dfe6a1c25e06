"""What documented transformations do to a picture whose every place is known: sizes, formats, colours."""

import re
from pathlib import Path

import pytest
from PIL import Image

from app.errors import BadRequest, InvalidPicture, NotFound
from app.transform.scene import Bounds, Wish
from tests.unit.transform.scenery import BLUE, GREEN, RED, WHITE, picture, quarters, rendered

Size = tuple[int, int]
PNG = Wish(stored="png")

# Of a picture of 400 x 300: the transformation and the size it gives.
SIZES: list[tuple[str, Size]] = [
    ("c_scale,w_200", (200, 150)),
    ("w_200", (200, 150)),
    ("h_150", (200, 150)),
    ("c_scale,w_100,h_100", (100, 100)),
    ("w_100,h_100", (100, 100)),
    ("c_scale,w_0.5", (200, 150)),
    ("c_scale,w_1.0", (400, 300)),
    ("c_scale,w_1", (1, 1)),
    ("c_scale,h_0.25", (100, 75)),
    ("c_scale,w_800", (800, 600)),
    ("c_scale,ar_1:1,w_120", (120, 120)),
    ("c_scale,ar_2.0,h_50", (100, 50)),
    ("c_scale,fl_ignore_aspect_ratio,w_100", (100, 300)),
    ("c_scale,fl_ignore_aspect_ratio,h_100", (400, 100)),
    ("c_fit,w_200,h_200", (200, 150)),
    ("c_fit,w_800,h_900", (800, 600)),
    ("c_fit,h_60", (80, 60)),
    ("c_limit,w_200,h_200", (200, 150)),
    ("c_limit,w_800,h_900", (400, 300)),
    ("c_limit,w_399", (399, 299)),
    ("c_mfit,w_200,h_200", (400, 300)),
    ("c_mfit,w_800,h_800", (800, 600)),
    ("c_mfit,w_500", (500, 375)),
    ("c_fill,w_100,h_100", (100, 100)),
    ("c_fill,w_500,h_100", (500, 100)),
    ("c_fill,w_100", (100, 75)),
    ("c_fill,h_60,ar_1:2", (30, 60)),
    ("c_fill,ar_1:1", (300, 300)),
    ("c_fill,ar_2:1", (400, 200)),
    ("c_fill,ar_16:9,w_160", (160, 90)),
    ("c_lfill,w_100,h_100", (100, 100)),
    ("c_lfill,w_800,h_700", (400, 300)),
    ("c_lfill,w_500,h_100", (400, 100)),
    ("c_lfill,w_100,h_400", (100, 300)),
    ("c_pad,w_200,h_200", (200, 200)),
    ("c_pad,w_800,h_900", (800, 900)),
    ("c_pad,ar_1:1", (400, 400)),
    ("c_pad,ar_1:2", (400, 800)),
    ("c_pad,w_100", (100, 75)),
    ("c_lpad,w_200,h_200", (200, 200)),
    ("c_lpad,w_800,h_900", (800, 900)),
    ("c_mpad,w_200,h_200", (400, 300)),
    ("c_mpad,w_800,h_900", (800, 900)),
    ("c_fill_pad,g_auto,w_500,h_100", (500, 100)),
    ("c_crop,w_100,h_80", (100, 80)),
    ("c_crop,w_1000,h_80", (400, 80)),
    ("c_crop,w_100", (100, 300)),
    ("c_crop,h_50", (400, 50)),
    ("c_crop,w_0.5,h_0.5", (200, 150)),
    ("c_crop,ar_1:1", (300, 300)),
    ("c_crop,w_90,ar_3:1", (90, 30)),
    ("c_crop,g_face", (60, 60)),
    ("c_crop,g_dog", (100, 100)),
    ("c_crop,g_custom", (200, 150)),
    ("c_crop,g_region_logo", (100, 100)),
    ("c_crop,g_face,z_0.5", (120, 120)),
    ("c_crop,g_cat", (400, 300)),
    ("c_thumb,w_90,h_60", (90, 60)),
    ("c_thumb,g_face,w_90,h_60", (90, 60)),
    ("c_thumb,g_faces,w_90,h_90,z_0.7", (90, 90)),
    ("c_thumb,g_cat:dog,w_50,h_50", (50, 50)),
    ("c_thumb,g_face", (120, 120)),
    ("c_auto,w_120,h_90", (120, 90)),
    ("c_auto,g_auto,ar_1:1", (300, 300)),
    ("c_auto_pad,g_auto,w_500,h_100", (500, 100)),
    ("c_fill,g_auto,w_100,h_300", (100, 300)),
    ("c_fill,g_auto:dog,w_100,h_100", (100, 100)),
    ("c_fill,g_auto:cat_30:dog_avoid,w_100,h_100", (100, 100)),
    ("c_fill,g_auto:faces,w_100,h_100", (100, 100)),
    ("c_fill,g_auto:subject,w_100,h_100", (100, 100)),
    ("c_fill,g_xy_center,x_10,y_10,w_50,h_50", (50, 50)),
    ("dpr_2.0,w_100", (200, 150)),
    ("dpr_0.5/w_100", (50, 38)),
    ("w_100,dpr_auto", (100, 75)),
    ("w_auto", (400, 300)),
    ("w_auto:100:250", (250, 188)),
    ("w_iw_div_2", (200, 150)),
    ("c_scale,w_w_sub_100", (300, 225)),
    ("w_ih", (300, 225)),
    ("$side_80/c_fill,w_$side,h_$side", (80, 80)),
    ("$side_iw_div_4/w_$side", (100, 75)),
    ("$half_0.5/w_$half", (200, 150)),
    ("$a_10/$b_$a_mul_3_add_20/w_$b", (50, 38)),
    ("if_w_gt_300/w_100/if_end", (100, 75)),
    ("if_w_gt_500/w_100/if_end", (400, 300)),
    ("if_w_gt_500/w_100/if_else/w_60/if_end", (60, 45)),
    ("if_w_gt_300,c_scale,w_100", (100, 75)),
    ("if_w_lt_300,c_scale,w_100/if_else,c_scale,w_80", (80, 60)),
    ("if_w_gt_300_and_h_eq_300/w_100/if_end", (100, 75)),
    ("if_w_lt_300_or_h_eq_300/w_100/if_end", (100, 75)),
    ("if_w_lt_300_or_h_eq_300_and_w_eq_1/w_100/if_end", (400, 300)),
    ("if_w_gt_300/if_h_gt_500/w_10/if_else/w_20/if_end/if_end", (20, 15)),
    ("if_w_gt_500/w_10/if_else/if_h_gt_200/w_30/if_end", (30, 22)),
    ("if_w_gt_300/w_100/if_end/if_w_lt_200/h_10/if_end", (13, 10)),
    ("if_!pet!_in_tags/w_40/if_end", (40, 30)),
    ("if_!pet:dog!_in_tags/w_40/if_end", (40, 30)),
    ("if_!cat!_nin_tags/w_40/if_end", (40, 30)),
    ("if_!cat!_in_tags/w_40/if_end", (400, 300)),
    ("if_ctx:!kind!_eq_!tabby!/w_40/if_end", (40, 30)),
    ("if_ctx:!none!_eq_!tabby!/w_40/if_end", (400, 300)),
    ("if_md:!stock!_gt_10/w_40/if_end", (40, 30)),
    ("if_fc_eq_1/w_40/if_end", (40, 30)),
    ("if_ar_gt_1.2/w_40/if_end", (40, 30)),
    ("if_ar_eq_4:3/w_40/if_end", (40, 30)),
    ("if_w_in_!400:500!/w_40/if_end", (40, 30)),
    ("c_fill,w_100,h_100/c_scale,w_50", (50, 50)),
    ("c_crop,w_200,h_200/c_fill,w_100,h_50", (100, 50)),
    ("a_90", (300, 400)),
    ("a_-90", (300, 400)),
    ("a_180", (400, 300)),
    ("a_hflip", (400, 300)),
    ("a_vflip.90", (300, 400)),
    ("w_100,a_90", (75, 100)),
    ("c_fill,w_90,h_120,a_auto_right", (90, 120)),
    ("a_45", (495, 495)),
    ("bo_5px_solid_red", (410, 310)),
    ("w_100,bo_5px_solid_rgb:00ff00,r_10", (110, 85)),
    ("r_max", (400, 300)),
    ("r_20:0:10:30", (400, 300)),
    ("o_50", (400, 300)),
    ("e_trim", (400, 300)),
    ("e_sepia:50,w_40", (40, 30)),
    ("e_shear:20:0", (509, 300)),
    ("l_mark", (400, 300)),
    ("l_mark,w_40,g_north_west,x_5,y_5", (400, 300)),
    ("l_mark/c_scale,w_40/e_grayscale/fl_layer_apply,g_south", (400, 300)),
    ("l_mark,w_900", (900, 900)),
    ("l_mark,w_900/fl_layer_apply,fl_no_overflow", (400, 300)),
    ("l_mark,w_0.5,fl_relative", (400, 300)),
    ("l_mark,w_10,fl_tiled", (400, 300)),
    ("l_mark/l_mark,w_5/fl_layer_apply/fl_layer_apply", (400, 300)),
    ("u_mark,w_500", (500, 500)),
    ("l_text:Arial_20:Hello", (400, 300)),
    ("l_text:Arial_20_bold_italic:Hello%2C%20you,co_red,g_south,y_10", (400, 300)),
    ("$word_!hi!/l_text:Arial_20:$(word)", (400, 300)),
    ("l_mark,g_face,w_1.0,fl_region_relative", (400, 300)),
    ("e_pixelate_faces:10", (400, 300)),
    ("e_blur_region:500,g_dog", (400, 300)),
    ("e_pixelate_region:20,x_10,y_10,w_100,h_100", (400, 300)),
    ("b_red,c_pad,w_50,h_50", (50, 50)),
    ("b_auto,c_pad,w_50,h_50", (50, 50)),
    ("b_blurred:400:15,c_pad,w_50,h_50", (50, 50)),
    ("b_auto:predominant_gradient,c_pad,w_50,h_50", (50, 50)),
    ("q_80,f_jpg,w_40", (40, 30)),
    ("fl_progressive:steep,w_40", (40, 30)),
    ("fl_strip_profile.force_strip,w_40", (40, 30)),
    ("dn_150,w_40", (40, 30)),
    ("cs_srgb,w_40", (40, 30)),
    (",w_40,", (40, 30)),
    ("w_40//", (40, 30)),
    ("pg_1,w_40", (40, 30)),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Image.new("RGB", (50, 50), "black").save(tmp_path / "mark.png")
    return tmp_path


@pytest.mark.parametrize(("text", "size"), SIZES, ids=[text for text, _ in SIZES])
def test_sizes(folder: Path, text: str, size: Size) -> None:
    made = rendered(text, folder, wish=PNG)
    assert (made.width, made.height) == size
    assert picture(made).size == size


# The transformation, a place as shares of the result, and the colour that lies there.
COLOURS: list[tuple[str, tuple[float, float], tuple[int, int, int]]] = [
    ("c_crop,w_100,h_100,g_north_west", (0.5, 0.5), RED),
    ("c_crop,w_100,h_100,g_north_east", (0.5, 0.5), GREEN),
    ("c_crop,w_100,h_100,g_south_west", (0.5, 0.5), BLUE),
    ("c_crop,w_100,h_100,g_south_east", (0.5, 0.5), WHITE),
    ("c_crop,w_100,h_100,x_0,y_0", (0.5, 0.5), RED),
    ("c_crop,w_100,h_100,x_210,y_160", (0.5, 0.5), WHITE),
    ("c_crop,w_100,h_100", (0.1, 0.1), RED),
    ("c_crop,w_100,h_100", (0.9, 0.9), WHITE),
    ("c_crop,w_100,h_100,g_center,x_100,y_-60", (0.5, 0.5), GREEN),
    ("c_crop,w_100,h_100,g_south_east,x_250", (0.5, 0.5), BLUE),
    ("c_crop,g_xy_center,x_300,y_220,w_20,h_20", (0.5, 0.5), WHITE),
    ("c_crop,g_face", (0.5, 0.5), GREEN),
    ("c_crop,g_dog", (0.5, 0.5), BLUE),
    ("c_crop,g_cat:dog", (0.5, 0.5), BLUE),
    ("c_crop,g_custom", (0.5, 0.5), WHITE),
    ("c_crop,g_region_logo", (0.5, 0.5), RED),
    ("c_fill,w_100,h_300,g_east", (0.5, 0.1), GREEN),
    ("c_fill,w_100,h_300,g_west", (0.5, 0.9), BLUE),
    ("c_fill,w_100,h_300,g_face", (0.5, 0.1), GREEN),
    ("c_fill,w_100,h_300,g_dog", (0.5, 0.9), BLUE),
    ("c_fill,w_60,h_60,g_auto:dog_100", (0.3, 0.9), BLUE),
    ("c_thumb,g_face,w_50,h_50", (0.5, 0.5), GREEN),
    ("c_thumb,g_dog,w_50,h_50", (0.5, 0.5), BLUE),
    ("a_90", (0.9, 0.1), RED),
    ("a_180", (0.1, 0.1), WHITE),
    ("a_hflip", (0.1, 0.1), GREEN),
    ("a_vflip", (0.1, 0.1), BLUE),
    ("a_hflip/c_crop,g_face", (0.5, 0.5), GREEN),
    ("c_scale,w_200/c_crop,g_dog", (0.5, 0.5), BLUE),
    ("a_180/c_crop,g_dog", (0.5, 0.5), BLUE),
    ("c_crop,w_200,h_150,g_north_east/c_crop,g_face", (0.5, 0.5), GREEN),
    ("c_pad,w_400,h_600,b_red", (0.5, 0.01), (255, 0, 0)),
    ("c_pad,w_400,h_600,b_rgb:0000ff", (0.5, 0.99), (0, 0, 255)),
    ("c_pad,w_400,h_600", (0.5, 0.01), (255, 255, 255)),
    ("c_pad,w_400,h_600,b_green,g_north", (0.1, 0.1), RED),
    ("c_pad,w_400,h_600,b_green,g_south", (0.1, 0.1), (0, 128, 0)),
    ("bo_20px_solid_yellow", (0.01, 0.01), (255, 255, 0)),
    ("l_mark,g_north_west", (0.05, 0.05), (0, 0, 0)),
    ("l_mark,g_south_east,x_100,y_100", (0.68, 0.58), (0, 0, 0)),
    ("l_mark,g_dog", (0.175, 0.77), (0, 0, 0)),
    ("l_mark/c_scale,w_200/fl_layer_apply,g_center", (0.5, 0.5), (0, 0, 0)),
    ("l_mark/co_red,e_colorize:100/fl_layer_apply,g_north_west", (0.05, 0.05), (255, 0, 0)),
    ("u_mark,w_800", (0.5, 0.02), (0, 0, 0)),
    ("l_mark,o_50,g_north_west", (0.05, 0.05), (110, 10, 10)),
    ("e_negate", (0.1, 0.1), (35, 235, 235)),
    ("e_grayscale", (0.1, 0.1), (80, 80, 80)),
    ("e_pixelate_region:100,x_150,y_0,w_100,h_100", (0.1, 0.1), RED),
    ("if_w_gt_300/c_crop,w_10,h_10,g_south_east/if_end", (0.5, 0.5), WHITE),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "colour"), COLOURS, ids=[text for text, _, _ in COLOURS])
def test_colours(folder: Path, text: str, place: tuple[float, float], colour: tuple[int, int, int]) -> None:
    image = picture(rendered(text, folder, wish=PNG)).convert("RGB")
    found = image.getpixel((int(place[0] * (image.width - 1)), int(place[1] * (image.height - 1))))
    assert isinstance(found, tuple)
    assert max(abs(a - b) for a, b in zip(found, colour, strict=True)) <= 8, found


@pytest.mark.parametrize(
    ("text", "extension", "format", "mode"),
    [
        ("w_40", "jpg", "JPEG", "RGB"),
        ("w_40", "png", "PNG", "RGB"),
        ("w_40", "webp", "WEBP", "RGB"),
        ("w_40", "avif", "AVIF", "RGB"),
        ("w_40", "gif", "GIF", "P"),
        ("w_40", "tiff", "TIFF", "RGB"),
        ("w_40", "bmp", "BMP", "RGB"),
        ("w_40", "ico", "ICO", "RGB"),
        ("w_40,f_jpg", "png", "JPEG", "RGB"),
        ("w_40/f_webp/q_50", "png", "WEBP", "RGB"),
        ("r_max,w_40", "png", "PNG", "RGBA"),
        ("r_max,w_40", "webp", "WEBP", "RGBA"),
        ("r_max,w_40", "avif", "AVIF", "RGBA"),
        ("r_max,w_40", "jpg", "JPEG", "RGB"),
        ("r_max,w_40,fl_png8", "png", "PNG", "P"),
        ("r_max,w_40,fl_png24", "png", "PNG", "RGB"),
        ("w_40,fl_png32", "png", "PNG", "RGBA"),
    ],
)
def test_formats(folder: Path, text: str, extension: str, format: str, mode: str) -> None:
    image = picture(rendered(text, folder, wish=Wish(extension=extension)))
    assert (image.format, image.mode) == (format, mode)


@pytest.mark.parametrize(
    ("accept", "source", "format", "varies"),
    [
        ("image/avif,image/webp,*/*", "RGB", "avif", ("Accept",)),
        ("image/webp,*/*", "RGB", "webp", ("Accept",)),
        ("image/*,*/*", "RGB", "jpg", ("Accept",)),
        ("", "RGBA", "png", ("Accept",)),
    ],
)
def test_f_auto(folder: Path, accept: str, source: str, format: str, varies: tuple[str, ...]) -> None:
    image = quarters(mode=source)
    if source == "RGBA":
        image.putalpha(100)
    made = rendered("f_auto,w_40", folder, image, Wish(stored="png", accept=accept))
    assert (made.format, made.varies) == (format, varies)


def test_quality_levels_are_ordered_and_smaller_than_the_usual(folder: Path) -> None:
    photo = Path(__file__).parents[2] / "pictures" / "coffee.jpg"
    sizes = [
        rendered(f"w_500,q_{level}", folder, photo).path.stat().st_size for level in ("auto:low", "auto:eco", "auto", "auto:best")
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] < 0.7 * sizes[-1]
    saved = rendered("w_500,q_auto", folder, photo, Wish(save_data=True))
    assert saved.path.stat().st_size == sizes[1]
    assert "Save-Data" in saved.varies
    assert rendered("w_500,q_auto", folder, photo, Wish(quality_override="90")).path.stat().st_size > sizes[1]


def test_a_jpeg_is_decoded_no_larger_than_needed_and_looks_the_same(folder: Path) -> None:
    path = folder / "large.jpg"
    quarters((4000, 3000)).save(path, quality=95)
    small = picture(rendered("c_fill,w_100,h_100", folder, path)).convert("RGB")
    assert small.getpixel((10, 10)) == pytest.approx(RED, abs=8)
    assert small.getpixel((90, 90)) == pytest.approx(WHITE, abs=8)


def test_orientation_is_applied_unless_ignored(folder: Path) -> None:
    path = folder / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    quarters().save(path, exif=exif, quality=95)
    assert picture(rendered("w_30", folder, path)).size == (30, 40)
    assert picture(rendered("a_ignore/w_40", folder, path)).size == (40, 30)
    assert not picture(rendered("w_30", folder, path)).getexif()


def test_frames_of_an_animation(folder: Path) -> None:
    path = folder / "moving.gif"
    frames = [quarters(), quarters().rotate(180)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[70, 90], loop=0)
    wish = Wish(stored="gif")
    whole = picture(rendered("w_40", folder, path, wish))
    assert (whole.format, whole.size, getattr(whole, "n_frames", 1)) == ("GIF", (40, 30), 2)
    assert getattr(picture(rendered("w_40,fl_awebp", folder, path, Wish(extension="webp", stored="gif"))), "n_frames", 1) == 2
    assert getattr(picture(rendered("w_40", folder, path, Wish(extension="png", stored="gif"))), "n_frames", 1) == 1
    second = picture(rendered("pg_2", folder, path, Wish(extension="png", stored="gif"))).convert("RGB")
    assert second.getpixel((10, 10)) == pytest.approx(WHITE, abs=8)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("w_0", "Invalid width in transformation: 0"),
        ("h_0.0", "Invalid height in transformation: 0.0"),
        ("w_ten", "Invalid width in transformation: ten"),
        ("ar_0:5,w_10", "Invalid aspect_ratio in transformation: 0:5"),
        ("c_fill,w_70000", "Invalid width in transformation: 70000"),
        ("c_fill,w_9000,h_9000", "Maximum image size is 25 Megapixels"),
        ("c_circle,w_9", "Invalid crop in transformation: circle"),
        ("c_fill_pad,w_9,h_9", "fill_pad needs g_auto"),
        ("c_fit,g_auto,w_9", "Invalid gravity in transformation: auto cannot be used with crop mode fit"),
        ("c_fill,w_9,h_9,g_griffin", "Invalid gravity in transformation: griffin"),
        ("c_fill,w_9,h_9,g_liquid", "Unsupported gravity in transformation: liquid"),
        ("a_north", "Invalid angle in transformation: north"),
        ("r_big", "Invalid radius in transformation: big"),
        ("bo_thick", "Invalid border in transformation: thick"),
        ("e_gen_remove:dog", "Unsupported effect in transformation: gen_remove"),
        ("e_sepia:very", "Invalid effect in transformation: sepia:very"),
        ("l_nobody", "Resource not found - nobody"),
        ("l_video:dog", "Unsupported layer in transformation: video"),
        ("fl_layer_apply", "fl_layer_apply without a layer"),
        ("q_0", "Invalid quality in transformation: 0"),
        ("q_auto:fine", "Invalid quality in transformation: auto:fine"),
        ("f_heic", "Unsupported format in transformation: heic"),
        ("pg_7", "Invalid page in transformation: 7"),
        ("dpr_99,w_9", "Invalid dpr in transformation: 99"),
        ("if_w_gt/w_9/if_end", "Invalid expression in transformation: w_gt"),
        ("if_w_gt_9/w_9", "if without if_end"),
        ("if_else/w_9", "if_else without if"),
        ("w_$none", "Undefined variable in transformation: $none"),
        ("$a_iw_div_0/w_$a", "Invalid expression in transformation"),
        ("w_9_pow_99_pow_99", "Invalid expression in transformation"),
        ("zz_5", "Invalid transformation component - zz_5"),
        ("w_5,zz_5", "Invalid transformation component - w_5,zz_5"),
    ],
)
def test_what_cannot_be_done_is_named(folder: Path, text: str, words: str) -> None:
    with pytest.raises((BadRequest, NotFound), match=re.escape(words)):
        rendered(text, folder, wish=PNG)


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (2, 2)])
@pytest.mark.parametrize(
    "text",
    [
        "c_fill,w_50,h_50",
        "c_thumb,g_auto,w_9,h_9",
        "c_pad,w_20,h_20,b_auto",
        "e_blur:900",
        "a_33",
        "r_max",
        "c_fit,w_200,h_200,q_auto",
        "c_crop,w_9,h_9",
    ],
)
def test_the_thinnest_pictures(folder: Path, size: Size, text: str) -> None:
    assert picture(rendered(text, folder, quarters(size), PNG)).size


def test_a_file_that_is_no_picture(folder: Path) -> None:
    path = folder / "no.jpg"
    path.write_bytes(b"no picture at all")
    with pytest.raises(InvalidPicture):
        rendered("w_9", folder, path)


def test_large_animations_and_sources_are_refused(folder: Path) -> None:
    with pytest.raises(BadRequest, match=r"Maximum image size is 0\.1 Megapixels"):
        rendered("w_9", folder, bounds=Bounds(source_pixels=100_000))
    path = folder / "moving.gif"
    quarters().save(path, save_all=True, append_images=[quarters().rotate(angle) for angle in range(10, 60, 10)])
    with pytest.raises(BadRequest, match="too large to be transformed"):
        rendered("w_9", folder, path, Wish(stored="gif"), Bounds(pixels=100_000))
