"""The table of upload parameters: rights of unsigned calls, presets under calls, what is not served."""

import pytest

from app.errors import BadRequest
from app.params.admin import PageParams
from app.params.upload import NOT_SERVED, UNSIGNED, UploadParams, laid_over, refuse_not_served, refuse_unsigned


def test_what_the_table_allows_unsigned_is_on_the_documented_list() -> None:
    assert set(UploadParams.marked("unsigned")) == set(UNSIGNED) & set(UploadParams.model_fields)


def test_a_name_cannot_be_kept_in_a_preset() -> None:
    kept = UploadParams.marked("preset")
    assert not {"public_id", "upload_preset", "source"} & set(kept)
    assert {"tags", "detection", "auto_tagging", "disallow_public_id"} <= set(kept)


def test_every_parameter_has_a_sentence_and_none_is_both_served_and_not() -> None:
    for name, field in UploadParams.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
    assert not NOT_SERVED & set(UploadParams.model_fields)


def test_a_signed_call_wins_over_its_preset() -> None:
    merged = laid_over({"tags": "mine", "overwrite": "0"}, {"tags": "kept", "overwrite": True, "folder": "f"}, unsigned=False)
    assert merged == {"tags": "mine", "overwrite": "0", "folder": "f"}


def test_a_preset_wins_over_an_unsigned_call_but_tags_and_context_are_joined() -> None:
    call = {"tags": "mine", "context": "a=1|b=2", "folder": "theirs", "public_id": "x"}
    merged = laid_over(call, {"tags": ["kept"], "context": "b=3", "folder": "ours"}, unsigned=True)
    params = UploadParams.read(merged)
    assert (params.tags, params.context) == (["kept", "mine"], {"a": "1", "b": "2"})
    assert (params.folder, params.public_id) == ("ours", "x")


def test_unsigned_calls_may_only_say_what_is_documented() -> None:
    refuse_unsigned([*UNSIGNED, "file", "timestamp", "unsigned"])
    with pytest.raises(BadRequest) as caught:
        refuse_unsigned(["tags", "auto_tagging", "overwrite"])
    assert caught.value.message.startswith(
        "Auto tagging parameter is not allowed when using unsigned upload. "
        "Overwrite parameter is not allowed when using unsigned upload. Only upload_preset,callback,public_id,"
    )


@pytest.mark.parametrize("name", sorted(NOT_SERVED))
def test_what_is_not_served_is_refused_unless_switched_off(name: str) -> None:
    for off in ("", "0", "false", "False", "none", False, 0, None):
        refuse_not_served({name: off})
    with pytest.raises(BadRequest, match="is not supported by this server; leave it out"):
        refuse_not_served({name: "1"})


@pytest.mark.parametrize(("asked", "size"), [(None, 10), ("", 10), ("1", 1), ("500", 500), ("501", 500)])
def test_a_page_has_10_entries_unless_told_and_never_more_than_500(asked: str | None, size: int) -> None:
    assert PageParams.read({"max_results": asked}).size == size
