"""Text becomes a picture of bounded size; styles are read from both ways of writing them."""

from pathlib import Path
from shutil import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import BadRequest
from app.transform.fonts import BUNDLED, Fonts
from app.transform.text import MOST_LETTERS, MOST_PIXELS, TextStyle, draw
from app.transform.text_styles import from_parameters, from_words


def ink(text: str, style: TextStyle) -> float:
    return float(np.asarray(draw(text, style).getchannel("A"), np.float64).sum())


def test_text_is_drawn_in_its_colour_and_cut_to_its_ink() -> None:
    picture = draw("Hello", TextStyle(size=40, colour=(200, 10, 20, 255)))
    assert picture.mode == "RGBA"
    assert picture.getbbox() == (0, 0, *picture.size)
    assert np.asarray(picture)[np.asarray(picture)[..., 3] > 0][:, :3].max(axis=0).tolist() == [200, 10, 20]


def test_weight_size_and_decoration_change_the_ink() -> None:
    plain = ink("Hello", TextStyle(size=40))
    assert ink("Hello", TextStyle(size=40, weight=900)) > plain * 1.3
    assert ink("Hello", TextStyle(size=80)) > plain * 3
    assert ink("Hello", TextStyle(size=40, underline=True)) > plain * 1.05
    assert ink("Hello", TextStyle(size=40, opacity=50)) == pytest.approx(plain / 2, rel=0.02)
    assert ink("Hello", TextStyle(size=40, stroke=3)) > plain * 1.5


def test_a_width_wraps_and_a_height_cuts() -> None:
    text = "several words that need more than a line and averyverylongwordthatfitsnowhere"
    wide, wrapped = draw(text, TextStyle(size=20)), draw(text, TextStyle(size=20, width=120))
    assert wide.width > 500
    assert wrapped.width <= 130
    assert wrapped.height > 4 * wide.height
    assert draw(text, TextStyle(size=20, width=120, height=40)).height == 40


def test_spacing_and_alignment() -> None:
    text = "ab\nabcdefgh"
    assert draw(text, TextStyle(size=20, line_spacing=30)).height == draw(text, TextStyle(size=20)).height + 30
    assert draw("abc", TextStyle(size=20, letter_spacing=10)).width > draw("abc", TextStyle(size=20)).width + 15
    left, right = (np.asarray(draw(text, TextStyle(size=20, align=align)).getchannel("A"))[:12] for align in ("left", "right"))
    assert left[:, : left.shape[1] // 3].any()
    assert not right[:, : right.shape[1] // 3].any()


def test_a_folder_of_fonts_is_found_by_family_and_by_file(tmp_path: Path) -> None:
    copy(BUNDLED[True], tmp_path / "Slanted.ttf")
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    fonts = Fonts(tmp_path)
    assert Path(str(fonts.open("slanted.ttf", 20).path)) == tmp_path / "Slanted.ttf"
    assert Path(str(fonts.open("Noto Sans", 20).path)) == tmp_path / "Slanted.ttf"
    assert Path(str(fonts.open("Times New Roman", 20).path)) == BUNDLED[False]
    assert Path(str(fonts.open("broken", 20).path)) == BUNDLED[False]


def test_words_of_a_layer() -> None:
    style = from_words("Open Sans_80_bold_italic_underline_center_letter_spacing_-4_line_spacing_10_antialias_none_stroke")
    expected = TextStyle("Open Sans", 80, 700, True, True, False, "center", -4, 10, False, stroke=2)
    assert style == expected


def test_parameters_of_a_text_call() -> None:
    values = {"font_family": "Times", "font_size": 30, "font_color": "rgb:ff0000", "font_weight": "bold", "font_style": "italic",
              "text_align": "center", "text_decoration": "underline", "background": "yellow", "opacity": "50"}  # fmt: skip
    style = from_parameters(values)
    assert (style.family, style.size, style.weight, style.italic, style.underline) == ("Times", 30, 700, True, True)
    assert (style.colour, style.background, style.opacity) == ((255, 0, 0, 255), (255, 255, 0, 255), 50)
    with pytest.raises(BadRequest):
        from_parameters({"font_weight": "heaviest"})


@pytest.mark.parametrize(
    "words", ["Arial", "", "80", "Arial_0", "Arial_big", "Arial_20_wobbly", "Arial_20_letter_spacing_x", "Arial_20_letter"]
)
def test_words_that_are_none(words: str) -> None:
    with pytest.raises(BadRequest):
        from_words(words)


def test_too_much_text_is_refused() -> None:
    with pytest.raises(BadRequest):
        draw("a" * (MOST_LETTERS + 1), TextStyle())
    with pytest.raises(BadRequest):
        draw("W" * MOST_LETTERS, TextStyle(size=1000))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.integers(-5, 60), st.sampled_from(["left", "center", "justify"]), st.none() | st.integers(1, 200))
def test_any_text_of_any_script_becomes_a_bounded_picture(text: str, size: int, align: str, width: int | None) -> None:
    picture = draw(text, TextStyle(size=size, align=align, width=width))  # type: ignore[arg-type]
    assert 0 < picture.width * picture.height <= MOST_PIXELS
