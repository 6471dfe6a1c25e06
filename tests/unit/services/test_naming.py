"""What an asset is called: names that are taken as they are, made from the file's, or refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest
from app.params.upload import UploadParams
from app.services.naming import checked_id, display_name, folder, public_id

LEGAL = ["a", "a/b/c", "käse/größe", "with space", "a.b", "...a", "v1", "日本", "a" * 255, "C:x", "~", "a:b", "CON"]
ILLEGAL = [
    "",
    "/",
    "a/",
    "/a",
    "a//b",
    ".",
    "..",
    "a/../b",
    "./a",
    " a",
    "a ",
    "a\n",
    "a\0b",
    "a" * 256,
    "a\x7f",
    "a\\b",
    *"?&#%<>+",
]


@pytest.mark.parametrize("name", LEGAL)
def test_a_legal_name_is_taken_as_it_is(name: str) -> None:
    assert checked_id(name) == name
    assert public_id(UploadParams(public_id=name), "file.jpg") == name


@pytest.mark.parametrize("name", ILLEGAL)
def test_an_illegal_name_is_refused(name: str) -> None:
    with pytest.raises(BadRequest, match="is invalid"):
        checked_id(name)


@given(st.text())
def test_no_name_leads_out_of_its_folder(name: str) -> None:
    try:
        parts = checked_id(name).split("/")
    except BadRequest:
        return
    assert not {"", ".", ".."} & set(parts)


@given(st.text(max_size=200), st.booleans())
def test_every_file_name_makes_a_legal_public_id(filename: str, unique: bool) -> None:
    name = public_id(UploadParams(use_filename=True, unique_filename=unique), filename)
    assert checked_id(name) == name


NAMES = [
    ("my cat!.png", "my_cat"),
    ("../../etc/passwd", "passwd"),
    ("C:\\photos\\cat.jpg", "cat"),
    ("???.jpg", "file"),
    (".hidden", "hidden"),
    ("a.tar.gz", "a.tar"),
    ("Wünter.jpg", "Wünter"),
    ("Wu\u0308nter.jpg", "Wünter"),
]


@pytest.mark.parametrize(("filename", "name"), NAMES)
def test_a_file_name_loses_what_a_public_id_may_not_hold(filename: str, name: str) -> None:
    assert public_id(UploadParams(use_filename=True, unique_filename=False), filename) == name
    assert re.fullmatch(re.escape(name) + "_[a-zA-Z0-9]{6}", public_id(UploadParams(use_filename=True), filename))


def test_without_a_name_it_is_random() -> None:
    names = {public_id(UploadParams(), "file.jpg") for _ in range(100)}
    assert len(names) == 100
    assert all(re.fullmatch(r"[a-z0-9]{20}", name) for name in names)
    assert re.fullmatch(r"[a-z0-9]{20}", public_id(UploadParams(use_filename=True), "")), "a data URI has no file name"


@pytest.mark.parametrize(
    ("params", "name"),
    [
        (UploadParams(public_id="x", folder="a/b/"), "a/b/x"),
        (UploadParams(public_id="x", folder="f", public_id_prefix="/p/"), "p/x"),
        (UploadParams(public_id="x", asset_folder="shelf"), "x"),
        (UploadParams(public_id="x", asset_folder="shelf", use_asset_folder_as_public_id_prefix=True), "shelf/x"),
        (UploadParams(public_id="x", asset_folder="shelf", use_asset_folder_as_public_id_prefix=True, folder="f"), "f/x"),
        (UploadParams(public_id="x", folder="/"), "x"),
    ],
)
def test_prefixes_are_put_before_the_name(params: UploadParams, name: str) -> None:
    assert public_id(params, "") == name


@pytest.mark.parametrize("path", ["..", "a/../b", "a//b", "a?b"])
def test_an_illegal_folder_is_refused(path: str) -> None:
    for params in (UploadParams(folder=path), UploadParams(asset_folder=path)):
        with pytest.raises(BadRequest, match="is invalid"):
            folder(params)


def test_the_folder_is_the_asset_folder_or_else_the_folder() -> None:
    assert folder(UploadParams(asset_folder="/shelf/", folder="f")) == "shelf"
    assert folder(UploadParams(folder="f/g")) == "f/g"
    assert folder(UploadParams()) == ""


def test_the_display_name_is_given_or_taken_from_the_file_or_the_name() -> None:
    assert display_name(UploadParams(display_name="d" * 300), "a/b", "f.jpg") == "d" * 255
    assert display_name(UploadParams(use_filename_as_display_name=True), "a/b", "f.jpg") == "f"
    assert display_name(UploadParams(use_filename_as_display_name=True), "a/b", "") == "b"
    assert display_name(UploadParams(), "a/b", "f.jpg") == "b"


def test_the_fixed_folder_is_the_start_of_the_public_id() -> None:
    assert folder(UploadParams(asset_folder="shelf"), "a/b/c", fixed=True) == "a/b"
    assert folder(UploadParams(folder="shelf"), "c", fixed=True) == ""
