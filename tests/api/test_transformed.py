"""Pictures as URLs ask for them: sizes, formats, objects, names, access, and one rendering however many ask."""

import io
import threading
from typing import Any

import cloudinary
import cloudinary.utils
import httpx2 as httpx
import pytest
from PIL import Image

from app.errors import NotFound
from app.house import House
from app.services.rendering import Made
from app.transform.scene import Wish
from tests.api.caller import PICTURES, Caller, message

CHROME = {"accept": "image/avif,image/webp,image/apng,image/*,*/*;q=0.8"}


def picture(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


def get(api: Caller, path: str, **headers: str) -> httpx.Response:
    return api.client.get(f"/demo/image/upload/{path}", headers=headers)


@pytest.fixture
def cat(api: Caller) -> dict[str, Any]:
    """451 x 300 pixels."""
    return api.stored(public_id="pets/cat", tags="pet,cat", context="kind=tabby")


@pytest.mark.usefixtures("cat")
@pytest.mark.parametrize(
    ("path", "size", "format"),
    [
        ("c_fill,w_100,h_100/v1/pets/cat.jpg", (100, 100), "JPEG"),
        ("c_fill,w_100,h_100/pets/cat.jpg", (100, 100), "JPEG"),
        ("w_200/v123/pets/cat.png", (200, 133), "PNG"),
        ("c_fill%2Cw_50%2Ch_60/v1/pets/cat.webp", (50, 60), "WEBP"),
        ("c_crop,g_cat/v1/pets/cat.jpg", None, "JPEG"),
        ("c_thumb,g_auto:cat,w_90,h_60/v1/pets/cat.jpg", (90, 60), "JPEG"),
        ("c_scale,w_0.5/e_sepia/r_max/f_png/v1/pets/cat", (226, 150), "PNG"),
        ("if_!pet!_in_tags/w_40/if_else/w_80/if_end/v1/pets/cat.jpg", (40, 27), "JPEG"),
        ("if_ctx:!kind!_eq_!siamese!/w_40/if_else/w_80/if_end/v1/pets/cat.jpg", (80, 53), "JPEG"),
        ("$size_30/c_fill,w_$size,h_$size_mul_2/v1/pets/cat.jpg", (30, 60), "JPEG"),
        ("t_media_lib_thumb/v1/pets/cat.jpg", (200, 133), "JPEG"),
        ("v1/pets/cat.gif", (451, 300), "GIF"),
        ("w_100/l_pets:cat,w_20,g_south_east/v1/pets/cat.jpg", (100, 67), "JPEG"),
        ("w_100/l_text:Arial_20:Hi/v1/pets/cat.jpg", (100, 67), "JPEG"),
        ("e_pixelate_region,g_cat/v1/pets/cat.jpg", (451, 300), "JPEG"),
    ],
)
def test_a_url_gives_that_picture(api: Caller, path: str, size: tuple[int, int] | None, format: str) -> None:
    found = picture(get(api, path))
    assert found.format == format
    if size:
        assert found.size == size
    else:
        assert 0 < found.width < 451


@pytest.mark.usefixtures("cat")
def test_every_form_of_the_path_is_the_same_picture(api: Caller) -> None:
    whole = get(api, "w_90/v1/pets/cat.jpg").content
    for path in (
        "/demo/iu/w_90/v1/pets/cat.jpg",
        "/demo/w_90/v1/pets/cat.jpg",
        "/image/upload/w_90/v1/pets/cat.jpg",
        "/res/demo/image/upload/w_90/v1/pets/cat.jpg",
        "/demo/images/w_90/v1/pets/cat/a-fine-cat.jpg",
        "/demo/image/upload/w_90/v1/pets/cat.jpg?_a=BAMAABRg0",
        "/demo/image/upload//w_90//v1/pets/cat.jpg",
    ):
        answer = api.client.get(path)
        assert (answer.status_code, answer.content) == (200, whole), path


@pytest.mark.usefixtures("cat")
def test_the_format_follows_what_the_client_accepts(api: Caller) -> None:
    for accept, kind in (
        (CHROME["accept"], "image/avif"),
        ("image/webp,*/*", "image/webp"),
        ("*/*", "image/jpeg"),
        ("", "image/jpeg"),
    ):
        answer = get(api, "w_60/f_auto,q_auto/v1/pets/cat.png", accept=accept)
        assert answer.headers["content-type"] == kind
        assert "Accept" in answer.headers["vary"]
    assert "vary" not in get(api, "w_60/v1/pets/cat.png").headers


def test_it_is_rendered_once_however_many_ask(api: Caller, house: House) -> None:
    body = api.stored(public_id="busy")
    answers: list[httpx.Response] = []
    ask = lambda: answers.append(get(api, "w_300/e_oil_paint/busy.jpg"))  # noqa: E731 - one line, eight threads
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(list(house.storage.list("derived/"))) == 1
    derived = api.get("resources/image/upload/busy")["derived"]
    assert [(item["transformation"], item["format"]) for item in derived] == [("w_300/e_oil_paint", "jpg")]
    assert api.client.get(derived[0]["url"]).content == answers[0].content
    assert body["version"]


def test_what_was_rendered_is_counted(api: Caller) -> None:
    size = api.stored(public_id="p")["bytes"]
    size += sum(len(get(api, path).content) for path in ("w_30/p.jpg", "w_40/p.jpg"))
    get(api, "w_30/v1/p.jpg")
    used = api.get("usage")
    assert (used["resources"], used["derived_resources"], used["storage"]["usage"]) == (1, 2, size)


def test_a_picture_overwritten_while_it_is_rendered_is_rendered_anew(api: Caller, house: House) -> None:
    api.stored(public_id="p")
    caller = house.accounts.anonymous("demo")
    order = house.renderer.order(house.library.get(caller, "image", "upload", "p"), "w_50", Wish())
    made = house.renderer.begin(order)
    assert isinstance(made, Made)
    api.stored("coffee.jpg", public_id="p")
    with pytest.raises(NotFound):
        house.renderer.keep(order, made)
    with pytest.raises(NotFound):
        house.renderer.render(order)
    assert not made.picture.path.parent.exists()
    assert list(house.storage.list("derived/")) == []
    assert picture(get(api, "w_50/p.jpg")).size == (50, 33)
    assert len(list(house.storage.list("derived/"))) == 1


def test_what_would_take_too_much_memory_is_refused(api: Caller, house: House) -> None:
    api.stored(public_id="p")
    house.renderer.memory.total = 50_000_000
    answer = get(api, "w_4000/p.jpg")
    assert (answer.status_code, answer.headers["cache-control"]) == (400, "no-cache")
    assert "more than the 47 MB allowed" in message(answer)
    assert get(api, "w_400/p.jpg").status_code == 200


def test_a_large_layer_counts_in_memory(api: Caller, house: House) -> None:
    """The picture itself is small; what is laid over it is decoded whole."""
    api.stored(public_id="p")
    out = io.BytesIO()
    Image.new("RGB", (3000, 2000)).save(out, "PNG")
    api.stored(out.getvalue(), public_id="large")
    house.renderer.memory.total = 50_000_000
    assert get(api, "w_60/l_p,w_20/p.jpg").status_code == 200
    for path in ("w_60/l_large,w_20/p.jpg", "$a_!large!/w_60/l_$(a),w_20/p.jpg"):
        assert "more than the 47 MB allowed" in message(get(api, path))
    assert get(api, "w_60/l_none,w_20/p.jpg").status_code == 404


def test_what_was_rendered_goes_with_its_original(api: Caller, house: House) -> None:
    api.stored(public_id="p")
    first = get(api, "w_50/p.jpg").content
    api.stored("coffee.jpg", public_id="p")
    second = get(api, "w_50/p.jpg").content
    assert first != second
    assert len(list(house.storage.list("derived/"))) == 1
    api.admin("DELETE", "resources/image/upload", params={"public_ids[]": "p"})
    assert list(house.storage.list()) == []
    assert get(api, "w_50/p.jpg").status_code == 404


@pytest.mark.usefixtures("cat")
def test_conditional_requests_ranges_and_caching(api: Caller) -> None:
    first = get(api, "w_50/v1/pets/cat.jpg")
    tag = first.headers["etag"]
    assert "immutable" in first.headers["cache-control"]
    assert get(api, "w_50/v1/pets/cat.jpg", **{"if-none-match": tag}).status_code == 304
    part = get(api, "w_50/v1/pets/cat.jpg", range="bytes=0-9")
    assert (part.status_code, part.content) == (206, first.content[:10])
    assert api.client.head("/demo/image/upload/w_50/v1/pets/cat.jpg").headers["content-length"] == str(len(first.content))


@pytest.mark.usefixtures("cat")
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("w_0/v1/pets/cat.jpg", "Invalid width in transformation: 0"),
        ("w_abc/v1/pets/cat.jpg", "Invalid width in transformation: abc"),
        ("w_-5/v1/pets/cat.jpg", "Invalid width in transformation: -5"),
        ("w_100000/v1/pets/cat.jpg", "Invalid width"),
        ("c_scale,g_auto,w_9/v1/pets/cat.jpg", "Invalid gravity in transformation: auto"),
        ("ab_cd,w_10/v1/pets/cat.jpg", "Invalid transformation component - ab_cd,w_10"),
        ("e_nothing/v1/pets/cat.jpg", "Unsupported effect in transformation: nothing"),
        ("t_nobody/v1/pets/cat.jpg", "Unknown transformation nobody"),
        ("if_w_gt_5/w_10/v1/pets/cat.jpg", "Invalid condition in transformation"),
        ("w_$nothing/v1/pets/cat.jpg", "Undefined variable in transformation: $nothing"),
        ("c_imagga_crop,w_10/v1/pets/cat.jpg", "Unsupported crop mode"),
        ("f_exe/v1/pets/cat.jpg", "Unsupported format in transformation: exe"),
        ("q_500/v1/pets/cat.jpg", "Invalid quality in transformation: 500"),
        ("c_fill,g_unicornus,w_9,h_9/v1/pets/cat.jpg", "Invalid gravity in transformation: unicornus"),
        ("/".join(["l_pets:cat"] * 60) + "/v1/pets/cat.jpg", "at most 20 layers"),
        ("/".join(["w_10"] * 200) + "/v1/pets/cat.jpg", "more than 100 components"),
        ("c_pad,w_60000,h_60000/v1/pets/cat.jpg", "Maximum image size is 25 Megapixels"),
    ],
)
def test_what_cannot_be_done_is_named_and_not_kept(api: Caller, house: House, path: str, words: str) -> None:
    answer = get(api, path)
    assert answer.status_code == 400
    assert words in message(answer)
    assert list(house.storage.list("derived/")) == []


@pytest.mark.usefixtures("cat")
def test_a_missing_layer_and_a_missing_picture_are_not_found(api: Caller) -> None:
    assert get(api, "l_nobody,w_9/v1/pets/cat.jpg").status_code == 404
    assert get(api, "w_9/v1/nobody.jpg").status_code == 404
    shown = get(api, "d_pets:cat.jpg/w_9/v1/nobody.jpg")
    assert picture(shown).size == (9, 6)
    assert shown.headers["x-cld-error"] == "Resource not found - nobody.jpg"


def test_folders_that_look_like_steps_are_found(api: Caller) -> None:
    api.stored(public_id="c_things/w_10/pic")
    assert picture(get(api, "c_things/w_10/pic.jpg")).size == (451, 300)
    assert picture(get(api, "w_20/v1/c_things/w_10/pic.jpg")).size == (20, 13)


def test_named_transformations(api: Caller) -> None:
    api.stored(public_id="p")
    for name, body in (("small", "c_fill,w_30,h_30"), ("grey", "t_small/e_grayscale")):
        assert api.admin("POST", "transformations", data={"name": name, "transformation": body}).status_code == 200
    assert picture(get(api, "t_grey/p.jpg")).size == (30, 30)
    assert picture(get(api, "t_small,r_max/f_png/p")).mode == "RGBA"
    api.admin("POST", "transformations", data={"name": "loop", "transformation": "t_loop/w_3"})
    assert get(api, "t_loop/p.jpg").status_code == 400


@pytest.mark.parametrize("type", ["private", "authenticated"])
@pytest.mark.parametrize("long", [False, True])
def test_signed_urls_of_the_sdk(api: Caller, type: str, long: bool) -> None:
    api.stored(public_id="dir/my cat", type=type)
    cloudinary.config(cloud_name="demo", api_key="key", api_secret="secret")
    chain = [
        {"crop": "fill", "width": 40, "height": 40},
        {"overlay": {"font_family": "Arial", "font_size": 5, "text": "Hi, you/me"}},
    ]
    url = cloudinary.utils.cloudinary_url(
        "dir/my cat", type=type, sign_url=True, format="png", long_url_signature=long, transformation=chain, secure=True
    )[0]
    path = url.removeprefix("https://res.cloudinary.com")
    assert picture(api.client.get(path)).size == (40, 40)
    assert api.client.get(path.replace("w_40", "w_41")).status_code == 401
    unsigned = "/".join(part for part in path.split("/") if not part.startswith("s--"))
    assert api.client.get(unsigned).status_code == (401 if type == "authenticated" else 200)


def test_strict_transformations(api: Caller, house: House) -> None:
    api.stored(public_id="p")
    get(api, "w_31/p.jpg")
    house.accounts.set("demo", "strict_transformations", "true")
    api.admin("POST", "transformations", data={"name": "fine", "transformation": "w_33", "allowed_for_strict": "true"})
    assert get(api, "w_31/p.jpg").status_code == 200
    assert get(api, "t_fine/p.jpg").status_code == 200
    assert get(api, "w_32/p.jpg").status_code == 401
    cloudinary.config(cloud_name="demo", api_key="key", api_secret="secret")
    url = cloudinary.utils.cloudinary_url("p", sign_url=True, format="jpg", width=32, crop="scale", secure=True)[0]
    assert api.client.get(url.removeprefix("https://res.cloudinary.com")).status_code == 200


@pytest.mark.usefixtures("cat")
def test_information_and_attachments(api: Caller) -> None:
    told = get(api, "c_fill,w_40,h_30/fl_getinfo/v1/pets/cat.jpg").json()
    assert told["input"] | {"bytes": 0} == {"width": 451, "height": 300, "bytes": 0, "format": "jpg"}
    assert (told["output"]["width"], told["output"]["height"]) == (40, 30)
    saved = get(api, "fl_attachment:my_cat/v1/pets/cat.jpg")
    assert saved.headers["content-disposition"] == 'attachment; filename="my_cat.jpg"'
    assert saved.content == (PICTURES / "chelsea.jpg").read_bytes()
    assert "attachment" in get(api, "w_20,fl_attachment/v1/pets/cat.jpg").headers["content-disposition"]


@pytest.mark.usefixtures("cat")
def test_lists_of_a_tag(api: Caller, house: House) -> None:
    assert api.client.get("/demo/image/list/pet.json").status_code == 401
    house.accounts.set("demo", "resource_list", "true")
    told = api.client.get("/demo/image/list/pet.json").json()
    assert [item["public_id"] for item in told["resources"]] == ["pets/cat"]
    assert told["resources"][0]["context"] == {"custom": {"kind": "tabby"}}


def test_upload_mappings(api: Caller) -> None:
    said = {"folder": "far", "template": "https://example.com/pictures/"}
    made = api.admin("POST", "upload_mappings", data=said).json()
    assert made["message"] == "created"
    assert api.admin("POST", "upload_mappings", data=said).status_code == 409
    assert api.get("upload_mappings", folder="far")["template"] == said["template"]
    changed = api.admin("PUT", "upload_mappings", data=said | {"template": "https://example.com/other/"})
    assert changed.json()["message"] == "updated"
    assert [item["folder"] for item in api.get("upload_mappings")["mappings"]] == ["far"]
    assert api.admin("DELETE", "upload_mappings", params={"folder": "far"}).json()["message"] == "deleted"
    assert api.admin("GET", "upload_mappings", params={"folder": "far"}).status_code == 404
    assert api.admin("POST", "upload_mappings", data={"folder": "x", "template": "file:///etc"}).status_code == 400


def test_fetching_is_off_unless_a_host_is_allowed(api: Caller) -> None:
    answer = api.client.get("/demo/image/fetch/w_10/https://example.com/a.jpg")
    assert answer.status_code == 401
    assert "fetch_domains" in message(answer)
