"""Values with a shape of their own, in every spelling an SDK uses, and what is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest
from app.params.admin import UpdateParams
from app.params.attributes import AttributeParams
from app.params.shapes import FARTHEST, MOST_BOXES, moment

BOX = [[1, 2, 3, 4]]
TWO = [[1, 2, 3, 4], [5, 6, 7, 8]]


@pytest.mark.parametrize(
    ("sent", "boxes"),
    [
        ("1,2,3,4", BOX),
        ("1,2,3,4|5,6,7,8", TWO),
        (" 1, 2,3 ,4 | 5,6,7,8 ", TWO),
        ("[1,2,3,4]", BOX),
        ("[[1,2,3,4],[5,6,7,8]]", TWO),
        ([1, 2, 3, 4], BOX),
        (["1", "2", "3", "4"], BOX),
        ([[1, 2, 3, 4], [5, 6, 7, 8]], TWO),
        (["[1,2,3,4]"], BOX),  # Go
        (["1,2,3,4", "5,6,7,8"], TWO),
        ("1.4,2.6,3,4", [[1, 3, 3, 4]]),
        ("", []),
        ([], []),
    ],
)
def test_boxes_in_every_spelling(sent: object, boxes: list[list[int]]) -> None:
    assert AttributeParams.read({"face_coordinates": sent}).face_coordinates == boxes


@pytest.mark.parametrize(
    "sent",
    [
        "1,2,3",
        "1,2,3,4,5",
        "a,b,c,d",
        "-1,2,3,4",
        "nan,1,1,1",
        f"{FARTHEST + 1},1,1,1",
        "[1,2",
        "{}",
        {"a": 1},
        [[1, 2, 3]],
        [True] * 4,
        7,
        "|".join(["1,2,3,4"] * (MOST_BOXES + 1)),
        [[1, 2, 3, [4]]],
        [{"x": 1}],
    ],
)
def test_what_is_no_box_is_refused(sent: object) -> None:
    with pytest.raises(BadRequest, match=r"Invalid value .* for parameter custom_coordinates: expected"):
        AttributeParams.read({"custom_coordinates": sent})


def test_regions_are_json_or_an_object() -> None:
    regions = {"box_1": [[1, 2], [3, 4]], "sky-2": [[5, 6], [7, 8], [9, 10]]}
    text = '{"box_1": [[1,2],[3,4]], "sky-2": [[5,6],[7,8],["9","10"]]}'
    assert AttributeParams.read({"regions": text}).regions == AttributeParams.read({"regions": regions}).regions == regions


@pytest.mark.parametrize(
    "sent", ['{"a b": [[1,2],[3,4]]}', '{"a": [[1,2]]}', '{"a": [[1,2],[3]]}', "[]", "x", '{"a": 1}', '{"a": [1,2]}']
)
def test_what_is_no_region_is_refused(sent: str) -> None:
    with pytest.raises(BadRequest, match="Invalid value"):
        AttributeParams.read({"regions": sent})


def test_access_rules_are_told_in_utc() -> None:
    sent = '[{"access_type":"anonymous","start":"2019-02-22T16:20:57Z","end":"2019-03-22 00:00 +0200"},{"access_type":"token"}]'
    expected = [
        {"access_type": "anonymous", "start": "2019-02-22T16:20:57Z", "end": "2019-03-21T22:00:00Z"},
        {"access_type": "token"},
    ]
    assert AttributeParams.read({"access_control": sent}).access_control == expected
    assert AttributeParams.read({"access_control": expected}).access_control == expected
    assert AttributeParams.read({"access_control": '{"access_type":"token"}'}).access_control == [{"access_type": "token"}]
    assert AttributeParams.read({"access_control": ""}).access_control is None
    assert (
        AttributeParams.read({"access_control": "null"}).access_control
        == AttributeParams.read({"access_control": "[]"}).access_control
        == []
    )


@pytest.mark.parametrize(
    "rule",
    [
        {"access_type": "public"},
        {"access_type": ["token"]},
        {},
        {"access_type": "token", "start": "2019-01-01"},
        {"access_type": "anonymous", "start": "soon"},
        {"access_type": "anonymous", "start": "2019-01-02", "end": "2019-01-01"},
        {"access_type": "anonymous", "begin": "2019-01-02"},
        {"access_type": "token", "key": "not hex"},
        {"access_type": "anonymous", "end": "9999-12-31T23:59:59-10:00"},
    ],
)
def test_other_access_rules_are_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="Invalid value"):
        AttributeParams.read({"access_control": [rule]})


@pytest.mark.parametrize(
    "sent", ["Link: 1\nX-Other: 2\n", "link:1", ["Link: 1", "Set-Cookie: a=b"], {"Link": 1, "Host": "x"}, '{"Link":"1"}']
)
def test_only_documented_headers_are_kept(sent: object) -> None:
    assert AttributeParams.read({"headers": sent}).headers == {"Link": "1"}


@pytest.mark.parametrize(
    "sent", ["Link", {"Link": "a\r\nSet-Cookie: b"}, {"Link": "ü"}, {"Link": "x" * 5000}, ["Link: a\0"], '{"a":']
)
def test_headers_that_could_break_an_answer_are_refused(sent: object) -> None:
    with pytest.raises(BadRequest, match="Invalid value"):
        AttributeParams.read({"headers": sent})


@pytest.mark.parametrize("text", ["80", 80, "100", "1", "80:420", "90:444", "auto", "auto:best"])
def test_a_quality_is_a_number_or_automatic(text: object) -> None:
    assert AttributeParams.read({"quality_override": text}).quality_override == str(text)


@pytest.mark.parametrize("text", ["0", "101", "best", "80:422", "-1", "8 0", "auto:", [80]])
def test_other_qualities_are_refused(text: object) -> None:
    with pytest.raises(BadRequest, match="Invalid value"):
        AttributeParams.read({"quality_override": text})


@pytest.mark.parametrize(
    ("name", "value"),
    [("access_mode", "secret"), ("moderation", "robots"), ("moderation_status", "maybe"), ("moderation_status", ["approved"])],
)
def test_words_that_are_not_on_the_list_are_refused(name: str, value: object) -> None:
    with pytest.raises(BadRequest, match=f"for parameter {name}: expected "):
        UpdateParams.read({name: value})


@given(st.text(max_size=40))
def test_no_text_is_a_moment_by_accident_or_breaks_the_reader(text: str) -> None:
    try:
        told = moment(text)
    except ValueError:
        return
    assert moment(told) == told


Anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(st.sampled_from(sorted(UpdateParams.model_fields)), Anything)
def test_any_value_is_read_or_refused_by_name(name: str, value: object) -> None:
    try:
        UpdateParams.read({name: value})
    except BadRequest as error:
        assert f"for parameter {name}" in error.message  # noqa: PT017
