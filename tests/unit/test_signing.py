"""Signatures: the worked vectors of the API, the official SDK's own code, and every change that must break them."""

from urllib.parse import urlsplit

import cloudinary.utils
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import signing

WORKED: dict[str, object] = {
    "timestamp": "1700000000",
    "detection": "cld-fashion",
    "auto_tagging": "0.6",
    "tags": "a,b",
    "public_id": "shop/winter coat",
    "notification_url": "https://hook.example/cb?x=1&y=2",
    "overwrite": "1",
}
VECTORS = [
    (2, "sha1", "d95570142e0c12ce0c302a1338f60bf5b8c336a6"),
    (2, "sha256", "05458b504836402e9eb9749f7d166801e0b7f24ba28f388b25ea9d14ce1ee352"),
    (1, "sha1", "e7a0ba6d19235e73b8681584d388e014a86458eb"),
    (1, "sha256", "2e94fed4fbbcacf7f705fe918cb4523a8ecb9cebea65099a3eb30c6ac9c76151"),
]
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12).filter(lambda name: name not in signing.UNSIGNED_NAMES)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
FORMS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=6)
HASHES = st.sampled_from(["sha1", "sha256"])


@pytest.mark.parametrize(("version", "algorithm", "signature"), VECTORS)
def test_the_worked_example_gives_its_digest(version: int, algorithm: str, signature: str) -> None:
    assert signing.digest(signing.string_to_sign(WORKED, version), "abcd", algorithm) == signature
    assert signing.request_is_signed(WORKED, signature, "abcd")
    assert signing.request_is_signed(WORKED, signature, "abcd", version_1=False) is (version == 2)


def test_an_array_is_signed_as_one_list_in_its_order() -> None:
    form = {"command": "add", "public_ids": ["p1", "p2", "p3"], "tag": "red", "timestamp": "1700000000"}
    assert signing.request_is_signed(form, "6bb60eef60bdc839f3380483aba1b8d332f652a5", "abcd")
    assert not signing.request_is_signed(
        form | {"public_ids": ["p2", "p1", "p3"]}, "6bb60eef60bdc839f3380483aba1b8d332f652a5", "abcd"
    )


def test_a_response_is_signed_by_version_1_even_with_an_ampersand_in_its_id() -> None:
    assert signing.response_signature("shop/winter coat", 1700000001, "abcd") == "a10d1dc455327e3b65030d54f3fce9b271d1f434"
    form = {"public_id": "salt&pepper", "version": 7}
    assert signing.response_signature("salt&pepper", 7, "abcd") == cloudinary.utils.api_sign_request(form, "abcd", "sha1", 1)


def test_names_outside_the_signature_and_empty_values_do_not_count() -> None:
    more = {"file": "x", "cloud_name": "demo", "resource_type": "image", "api_key": "key", "signature": "s"}
    assert signing.string_to_sign(WORKED | more | {"context": "", "eager": None, "list": []}) == signing.string_to_sign(WORKED)


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (None, ""), (0.6, "0.6"), (["a", True, 1], "a,true,1"), ((), "")]
)
def test_values_are_written_as_they_were_transmitted(value: object, text: str) -> None:
    assert signing.written(value) == text


@given(FORMS, HASHES, st.sampled_from([1, 2]))
def test_what_the_official_sdk_signs_is_signed(form: dict[str, str], algorithm: str, version: int) -> None:
    signature = cloudinary.utils.api_sign_request(dict(form), "secret", algorithm, version)
    assert signing.request_is_signed(form, signature, "secret")
    assert signing.request_is_signed(form, signature.upper(), "secret")
    assert not signing.request_is_signed(form, signature, "Secret")


@given(FORMS, HASHES, st.data())
def test_any_change_of_any_parameter_breaks_the_signature(form: dict[str, str], algorithm: str, data: st.DataObject) -> None:
    signature = cloudinary.utils.api_sign_request(dict(form), "secret", algorithm, 2)
    name = data.draw(st.sampled_from(sorted(form)))
    value = data.draw(VALUES.filter(lambda text: text != form[name]))
    fresh = data.draw(NAMES.filter(lambda text: text not in form))
    gone = {key: item for key, item in form.items() if key != name}
    for changed in (form | {name: value}, form | {fresh: value}, gone, gone | {fresh: form[name]}):
        assert not signing.request_is_signed(changed, signature, "secret", version_1=False)


@given(FORMS, st.text(max_size=70))
def test_a_made_up_signature_is_refused_whatever_its_length(form: dict[str, str], signature: str) -> None:
    assert not signing.request_is_signed(form, signature, "secret")


def test_one_parameter_cannot_be_replayed_as_two() -> None:
    signature = cloudinary.utils.api_sign_request({"context": "a=1&tags=b"}, "secret", "sha1", 2)
    assert not signing.request_is_signed({"context": "a=1", "tags": "b"}, signature, "secret")


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("public_id", ["cat", "shop/winter coat", "käse/größe", "a.b"])
def test_delivery_urls_of_the_official_sdk_are_signed(public_id: str, long: bool) -> None:
    cloudinary.config(cloud_name="demo", api_secret="secret")
    url, _ = cloudinary.utils.cloudinary_url(public_id, sign_url=True, type="private", force_version=False, long_url_signature=long)
    signature, _, rest = urlsplit(url).path.removeprefix("/demo/image/private/").partition("/")
    found = signature.removeprefix("s--").removesuffix("--")
    assert len(found) == (32 if long else 8)
    assert signing.delivery_is_signed(cloudinary.utils.unquote(rest), found, "secret")
    assert not signing.delivery_is_signed(rest + "x", found, "secret")
    assert not signing.delivery_is_signed(rest, found, "other")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.text(max_size=40))
def test_a_made_up_delivery_signature_is_refused(path: str, signature: str) -> None:
    assert not signing.delivery_is_signed(path, signature, "secret")
