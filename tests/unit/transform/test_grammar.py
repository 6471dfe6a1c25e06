"""Text to components and back: one spelling for the same transformation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest
from app.transform.grammar import Step, parse, written

KEYS = st.sampled_from("a ar b c co e f g h o q r w x y z dpr l".split())
VALUES = st.text("abcdefghij0123456789:._-!$ é", min_size=1, max_size=12)
FLAGS = st.lists(st.sampled_from(["progressive", "lossy", "layer_apply", "relative"]), max_size=3, unique=True).map(tuple)
NAMES = st.text("abcXYZ", min_size=1, max_size=5)
CONDITIONS = st.sampled_from(["", "", "", "w_gt_100", "else", "end"])
VARIABLES = st.lists(st.tuples(NAMES, VALUES), max_size=2).map(tuple)
STEPS = st.builds(Step, st.dictionaries(KEYS, VALUES, max_size=4), FLAGS, CONDITIONS, VARIABLES)


@given(st.lists(STEPS.filter(lambda step: not step.is_bare or bool(step.condition)), max_size=6))
def test_what_is_written_is_read_again(steps: list[Step]) -> None:
    text = written(steps)
    again = parse(text)
    assert [(dict(step.params), set(step.flags), step.condition, step.variables) for step in again] == [
        (dict(step.params), set(step.flags), step.condition, step.variables) for step in steps
    ]
    assert written(again) == text


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        steps = parse(text)
    except BadRequest:
        return
    assert written(parse(written(steps))) == written(steps)


def test_order_does_not_matter_within_a_component() -> None:
    assert written(parse("w_1,c_fill,fl_b.a/h_2,$z_1,if_w_gt_1")) == "c_fill,fl_a.b,w_1/if_w_gt_1,$z_1,h_2"


@pytest.mark.parametrize("text", ["ab_cd", "w_10,ab_cd", "w10", "w_", "$1_2"])
def test_unknown_parts_are_named(text: str) -> None:
    with pytest.raises(BadRequest, match="Invalid transformation component - "):
        parse(text)
