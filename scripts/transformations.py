"""docs/transformations.md: what a URL can ask for, each with a picture that the service rendered. `make gallery` draws them."""

import shutil
import tempfile
from pathlib import Path

from app.house import House
from app.main import build
from app.params.upload import UploadParams
from app.settings import Settings
from app.transform.effects.table import EFFECTS
from app.transform.scene import Wish

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs/images/transformations"
SMALL = "c_limit,w_200,h_150,q_75"

FACED = {"blur_faces": "astronaut", "pixelate_faces": "astronaut"}
ASKING = "blur_region pixelate_region distort shear recolor tint replace_color gamma art".split()  # show little without arguments

# Section, then rows of picture, transformation, and what it shows.
SECTIONS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Sizes and crops",
        (
            ("astronaut", "c_scale,w_150", "one side given, the other follows"),
            ("astronaut", "c_scale,w_200,h_100", "both given: distorted"),
            ("chelsea", "c_fit,w_120,h_120", "as large as fits"),
            ("chelsea", "c_limit,w_120,h_120", "the same, never enlarged"),
            ("chelsea", "c_fill,w_120,h_120", "covers the box, the rest is cut off"),
            ("chelsea", "c_lfill,w_120,h_120", "the same, never enlarged"),
            ("chelsea", "c_pad,w_150,h_150,b_auto", "fits, with a ground around"),
            ("rocket", "c_pad,w_200,h_120,b_blurred:400:15", "on its own blur"),
            ("chelsea", "c_pad,w_200,h_120,b_auto:predominant_gradient:2", "on a gradient of its colours"),
            ("coffee", "c_crop,w_200,h_150,x_150,y_100", "a part, unscaled"),
            ("coffee", "c_crop,ar_1:1/w_120", "the largest part of a ratio"),
            ("grace_hopper", "c_fill_pad,g_auto,w_200,h_100", "fills, but cuts off little"),
            ("astronaut", "c_auto,g_auto,w_200,h_100", "what draws the eye, at that size"),
            ("astronaut", "w_iw_div_4", "arithmetic: a fourth of the width"),
        ),
    ),
    (
        "What stays in view",
        (
            ("astronaut", "c_thumb,g_face,w_120,h_120", "a face"),
            ("astronaut", "c_thumb,g_face,w_120,h_120,z_0.6", "more around it"),
            ("astronaut", "c_fill,g_auto,w_90,h_150", "faces, things, what draws the eye"),
            ("chelsea", "c_crop,g_cat/c_limit,w_150,h_150", "just the cat"),
            ("coffee", "c_thumb,g_cup,w_120,h_120", "a cup"),
            ("coffee", "c_fill,g_auto:spoon,w_120,h_120", "where the spoon is"),
            ("grace_hopper", "c_thumb,g_cld-fashion_outerwear:face,w_120,h_120", "what the fashion model knows, or a face"),
            ("rocket", "c_fill,g_north,w_150,h_60", "a side"),
            ("grace_hopper", "e_pixelate_faces:15", "a face nobody shall know"),
            ("astronaut", "e_blur_region:1500,g_person", "a person nobody shall know"),
        ),
    ),
    (
        "Shape and style",
        (
            ("chelsea", "c_fill,w_120,h_120,r_max", "round"),
            ("chelsea", "c_fill,w_150,h_120,r_30:0:30:0", "corner by corner"),
            ("chelsea", "w_150,bo_6px_solid_orange,r_15", "a border that follows"),
            ("rocket", "w_150,a_20", "turned"),
            ("rocket", "w_150,a_hflip", "mirrored"),
            ("coffee", "w_150,o_40", "half transparent"),
            ("rocket", "w_150,r_20,b_lightblue", "a ground behind"),
            ("rocket", "w_150,e_shadow:60,x_8,y_8", "a shadow"),
        ),
    ),
    (
        "Layers and text",
        (
            ("rocket", "w_200/l_chelsea,c_fill,w_60,h_60,r_max,g_south_east,x_6,y_6", "a picture on it"),
            ("rocket", "w_200/l_chelsea/c_scale,w_70/e_sepia/fl_layer_apply,g_north_west", "worked on first"),
            ("rocket", "w_200/l_text:Arial_24_bold:Lift%20off,co_white,g_south,y_8", "words"),
            ("rocket", "w_200/l_text:Arial_18_italic:to%20the%20moon,co_yellow,b_rgb:00000080,g_north", "on a ground"),
            ("rocket", "w_200/l_coffee,w_50,fl_tiled,o_35", "tiled"),
            ("chelsea", "w_200/l_rocket,w_200,e_screen", "mixed"),
            ("coffee", "w_200/l_text:Arial_60_bold:CUP/fl_cutter.layer_apply", "cut out by words"),
            ("chelsea", "w_150/u_rocket,c_fill,w_200,h_150", "under it"),
        ),
    ),
    (
        "Conditions and variables",
        (
            ("chelsea", "if_w_gt_300/w_150/e_grayscale/if_end", "only where it is wide"),
            ("coffee", "if_!drink!_in_tags/w_150,e_sepia/if_else/w_150/if_end", "by a tag, also one that a model gave"),
            ("rocket", "$size_100/c_fill,w_$size,h_$size_mul_1.5", "a number used twice"),
        ),
    ),
    (
        "Effects",
        (
            *((FACED.get(name, "chelsea"), f"w_150/e_{name}", "") for name in EFFECTS if name not in ASKING),
            ("chelsea", "w_150/e_art:zorro", ""),
            ("chelsea", "w_150/e_distort:arc:120", ""),
            ("chelsea", "w_150/e_distort:20:10:150:0:130:100:0:90", ""),
            ("chelsea", "w_150/e_shear:20:0", ""),
            ("chelsea", "w_150/e_tint:80:red:blue", ""),
            ("chelsea", "w_150/e_replace_color:teal:60:rgb:a0704a", ""),
            ("chelsea", "w_150/e_gamma:60", ""),
        ),
    ),
)
HEAD = """\
A delivery URL says what is done to a picture between its type and its version:
`/demo/image/upload/c_fill,w_120,h_120/v1/cats/chelsea.jpg`. Commas join what belongs together, slashes make a chain. Every picture
below was rendered by this service from the pictures of its tests.
"""
FOOT = """
## Formats and quality

The extension of the URL, or `f_jpg`, `f_png`, `f_webp`, `f_avif`, `f_gif`, `f_tiff`, `f_bmp`, `f_ico`, `f_jp2`, `f_pdf`.
`f_auto` looks at the browser's `Accept` and answers with `Vary`. `q_1` to `q_100`; `q_auto` and `q_auto:best|good|eco|low`
look for the smallest file whose loss is hardly seen, in a sample of the very picture; `Save-Data: on` makes it eco.
`dpr_2.0`, `w_auto` and `dpr_auto` read client hints. Animations stay animated in their own format, and with `f_auto`,
`fl_awebp` or `fl_animated`. `pg_2` is a page or frame, `dn_150` how densely a PDF is drawn.
Colours of other profiles become sRGB; EXIF's orientation is applied;
metadata is left out unless `fl_keep_iptc`, `fl_keep_attribution` or `fl_force_icc` say otherwise; `cs_` chooses colours.
`fl_getinfo` tells sizes as JSON, `fl_attachment`
saves, `t_name` is a named transformation, `d_other.jpg` stands in.
"""


def name(place: int, row: tuple[str, str, str]) -> str:
    """The file a row's picture lies in."""
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in row[1])[:48].strip("-")
    return f"{place:02d}-{row[0]}-{plain}.jpg"


def page(note: str) -> str:
    text = f"# Transformations\n\n{note}\n{HEAD}"
    for title, rows in SECTIONS:
        text += f"\n## {title}\n\n| | transformation | |\n| --- | --- | --- |\n"
        for place, row in enumerate(rows):
            spelled = row[1].replace("|", "\\|")
            text += f"| ![{spelled}](images/transformations/{name(place, row)}) | `{spelled}` | {row[2]} |\n"
    return text + FOOT


def main() -> None:
    """Render every picture anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_validate({"data_dir": folder, "cloudinary_url": "cloudinary://key:secret@demo", "queues": "none"})
        house = build(settings)
        try:
            _draw(house)
        finally:
            house.close()


def _draw(house: House) -> None:
    caller = house.accounts.caller("demo", "key")
    stored = {}
    for path in sorted((ROOT / "tests/pictures").glob("*.jpg")):
        file = house.intake.spool()
        file.write(path.read_bytes())
        params = UploadParams.read({"public_id": path.stem, "tags": "drink" if path.stem == "coffee" else "other"})
        stored[path.stem] = house.uploads.create(caller, params, file.finish(path.name)).asset
    for _, rows in SECTIONS:
        for place, row in enumerate(rows):
            order = house.renderer.order(stored[row[0]], f"{row[1]}/{SMALL}", Wish(extension="jpg"))
            made = house.renderer.render(order)
            (FOLDER / name(place, row)).write_bytes(b"".join(house.storage.get(made.blob_key).chunks))


if __name__ == "__main__":
    main()
