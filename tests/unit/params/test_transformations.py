"""Transformation text and the objects SDKs write."""

import pytest

from app.errors import BadRequest
from app.params.transformations import canonical, is_transformation, told, written


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("w_100,c_scale", "w_100,c_scale"),
        ({"width": 100, "crop": "scale"}, "c_scale,w_100"),
        ([{"width": 100, "crop": "scale"}, {"effect": "sepia:50"}], "c_scale,w_100/e_sepia:50"),
        ('[{"crop":"scale","width":100}]', "c_scale,w_100"),
        ({"crop": "scale", "width": 100, "format": "jpg"}, "c_scale,w_100/jpg"),
        ({"background": "#fff", "raw_transformation": "e_blur"}, "b_rgb:fff,e_blur"),
        ({"flags": ["progressive", "lossy"]}, "fl_progressive.lossy"),
        ("t_small", "t_small"),
    ],
)
def test_every_form_an_sdk_sends_is_one_text(sent: object, text: str) -> None:
    assert written(sent) == text


@pytest.mark.parametrize("sent", ["", "{", {"colour": "red"}, {"width": {"a": 1}}, "x\0", "w_1," * 5000, "[" * 100_000])
def test_what_is_no_transformation_is_refused(sent: object) -> None:
    with pytest.raises(BadRequest):
        written(sent)


def test_order_within_a_component_does_not_matter() -> None:
    assert canonical("w_100,c_scale/g_face,c_thumb") == canonical("c_scale,w_100/c_thumb,g_face")
    assert canonical("w_100/c_scale") != canonical("c_scale/w_100"), "between components it does"
    assert canonical("w_$b,$b_2,$a_1,if_w_gt_9") == "if_w_gt_9,$b_2,$a_1,w_$b"


def test_components_are_told_with_long_names_and_numbers() -> None:
    assert told("c_scale,w_103/dpr_1.5,e_sepia:50/jpg") == [
        {"crop": "scale", "width": 103},
        {"dpr": 1.5, "effect": "sepia:50", "format": "jpg"},
    ]
    assert told("t_small") == [{"transformation": "small"}]
    assert told("$w_5,w_$w") == [{"$w": 5, "width": "$w"}]
    assert told("c_scale,w_100/") == [{"crop": "scale", "width": 100}]
    assert told("w_0100") == [{"width": "0100"}], "no number as JSON writes it"


def test_a_name_is_told_from_a_transformation() -> None:
    for text in ("c_scale,w_100", "w_100", "c_scale,w_100/jpg", "c_scale,w_100/", "t_small"):
        assert is_transformation(text), text
    for text in ("small", "my_name", "api_test_transformation_12", "a b", "w_100/small_x", ""):
        assert not is_transformation(text), text
