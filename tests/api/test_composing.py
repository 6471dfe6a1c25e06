"""Pictures made of words, of all pictures of a tag, of the pages of one; breakpoints; archives of rendered pictures."""

import io
import itertools
import zipfile
from pathlib import Path

import orjson
import pytest
from PIL import Image
from sqlalchemy import select

from app.db.work_tables import deliveries
from app.house import House
from tests.api.caller import Caller, message, signed


def opened(api: Caller, url: str) -> Image.Image:
    answer = api.client.get(url)
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


def test_text_is_a_picture_and_a_style(api: Caller) -> None:
    said = {"text": "Hello", "public_id": "greeting", "font_size": "40", "font_weight": "bold", "font_color": "red"}
    body = api.post("image/text", data=signed(said)).json()
    assert (body["type"], body["format"], body["public_id"]) == ("text", "png", "greeting")
    found = opened(api, body["secure_url"]).convert("RGBA")
    assert found.size == (body["width"], body["height"])
    assert (255, 0, 0, 255) in {colour for _, colour in found.getcolors(100_000) or ()}
    api.stored(public_id="p")
    with_style = opened(api, "/demo/image/upload/l_text:greeting:Words/p.jpg")
    with_words = opened(api, "/demo/image/upload/l_text:Arial_40_bold:Words/p.jpg")
    assert with_style.tobytes() == with_words.tobytes()
    assert message(api.post("image/text", data=signed({"font_size": "9"}))) == "Missing required parameter - text"


@pytest.fixture
def pair(api: Caller) -> None:
    api.stored("chelsea.jpg", public_id="one", tags="both")
    api.stored("coffee.jpg", public_id="two", tags="both")


@pytest.mark.usefixtures("pair")
def test_multi_is_an_animation(api: Caller) -> None:
    body = api.post("image/multi", data=signed({"tag": "both", "transformation": "c_fill,w_40,h_30"})).json()
    assert set(body) == {"url", "secure_url", "public_id", "version", "asset_id"}
    assert body["secure_url"].endswith("/both.gif")
    found = opened(api, body["secure_url"])
    assert (found.size, getattr(found, "n_frames", 1)) == ((40, 30), 2)
    pdf = api.post("image/multi", data=signed({"tag": "both", "format": "pdf", "transformation": "w_40"})).json()
    assert api.client.get(pdf["secure_url"]).content[:5] == b"%PDF-"


@pytest.mark.usefixtures("pair")
def test_a_sprite_has_its_style_sheet(api: Caller) -> None:
    body = api.post("image/sprite", data=signed({"tag": "both", "transformation": "c_fill,w_40,h_30"})).json()
    assert body["image_infos"] == {
        "one": {"width": 40, "height": 30, "x": 0, "y": 0},
        "two": {"width": 40, "height": 30, "x": 0, "y": 30},
    }
    assert opened(api, body["secure_image_url"]).size == (40, 60)
    sheet = api.client.get(body["css_url"])
    assert sheet.headers["content-type"].startswith("text/css")
    assert ".two { width: 40px; height: 30px;" in sheet.text
    assert api.client.get(body["json_url"]).json()["image_infos"] == body["image_infos"]


@pytest.mark.usefixtures("pair")
def test_many_in_a_job_or_as_a_download(api: Caller, house: House) -> None:
    pending = api.post("image/multi", data=signed({"tag": "both", "async": "true"})).json()
    assert pending["status"] == "pending"
    house.workers.drain()
    assert api.get("resources/image/multi/both")["format"] == "gif"
    query = signed({"tag": "both", "mode": "download", "transformation": "w_9"})
    answer = api.client.get("/v1_1/demo/image/sprite", params=query)
    assert Image.open(io.BytesIO(answer.content)).width == 9
    assert message(api.post("image/multi", data=signed({"tag": "nobody"}))).startswith("Resource not found")
    assert message(api.post("image/multi", data=signed({}))) == "Missing required parameter - tag or urls"
    assert "not supported" in message(api.post("video/create_slideshow", data=signed({"manifest_json": "{}"})))


def test_explode_makes_a_picture_of_each_page(api: Caller, house: House, tmp_path: Path) -> None:
    pages = [Image.new("RGB", (30, 20), colour) for colour in ("red", "green", "blue")]
    pages[0].save(tmp_path / "pages.tiff", save_all=True, append_images=pages[1:])
    api.stored((tmp_path / "pages.tiff").read_bytes(), public_id="book")
    body = api.post("image/explode", data=signed({"public_id": "book", "transformation": "pg_all,w_15"})).json()
    assert body["status"] == "processing"
    house.workers.drain()
    for number, colour in ((1, (255, 0, 0)), (2, (0, 128, 0)), (3, (0, 0, 255))):
        found = opened(api, f"/demo/image/upload/book_{number}.png")
        assert found.size == (15, 10)
        assert found.convert("RGB").getpixel((5, 5)) == colour
    assert api.post("image/explode", data=signed({"public_id": "nobody", "transformation": "pg_all"})).status_code == 404


def test_breakpoints_are_widths_worth_keeping(api: Caller, house: House) -> None:
    wanted = (
        '[{"create_derived": true, "bytes_step": 4000, "max_images": 6, "transformation": {"effect": "sepia"}}, {"max_width": 90}]'
    )
    body = api.stored(public_id="p", responsive_breakpoints=wanted, notification_url="https://example.com/hook")
    first, second = body["responsive_breakpoints"]
    widths = [item["width"] for item in first["breakpoints"]]
    assert first["transformation"] == "e_sepia"
    assert widths == sorted(widths, reverse=True)
    assert (widths[0], widths[-1]) == (451, 50)
    assert 2 < len(widths) <= 6
    sizes = [item["bytes"] for item in first["breakpoints"]]
    assert all(1500 < large - small < 12_000 for large, small in itertools.pairwise(sizes))
    assert opened(api, first["breakpoints"][1]["secure_url"]).width == widths[1]
    assert second["breakpoints"][0]["width"] == 90
    told = api.client.get("/demo/image/upload/c_scale,w_auto:breakpoints_50_400_2_10:json/p.jpg").json()
    assert told["breakpoints"][0] == 400
    with house.db.read() as c:
        (sent,) = [orjson.loads(row.body) for row in c.execute(select(deliveries))]
    assert sent["responsive_breakpoints"] == body["responsive_breakpoints"]
    assert told["breakpoints"][-1] == 50


@pytest.mark.usefixtures("pair")
def test_archives_of_rendered_pictures(api: Caller) -> None:
    said = {"tags": "both", "transformations": "w_20|w_30/png", "mode": "download"}
    answer = api.client.get("/v1_1/demo/image/generate_archive", params=signed(said))
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert sorted(names) == ["w_20/one.jpg", "w_20/two.jpg", "w_30/one.png", "w_30/two.png"]
    flat = signed(said | {"flatten_transformations": "true", "transformations": "w_20"})
    answer = api.client.get("/v1_1/demo/image/generate_archive", params=flat)
    assert sorted(zipfile.ZipFile(io.BytesIO(answer.content)).namelist()) == ["one_w_20.jpg", "two_w_20.jpg"]


@pytest.mark.usefixtures("pair")
def test_an_archive_in_a_job(api: Caller, house: House) -> None:
    said = {"tags": "both", "async": "true", "target_public_id": "all.zip"}
    assert api.post("image/generate_archive", data=signed(said)).json()["status"] == "pending"
    house.workers.drain()
    assert api.get("resources/raw/upload/all.zip")["bytes"] > 1000
