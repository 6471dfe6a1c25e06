"""PDF files are pictures of several pages: uploaded, delivered page by page, exploded."""

import io

from PIL import Image, ImageColor

from app.house import House
from tests.api.caller import Caller, message, signed


def test_pages_of_a_pdf_are_pictures(api: Caller, house: House) -> None:
    first, second = Image.new("RGB", (300, 200), "red"), Image.new("RGB", (100, 400), "blue")
    file = io.BytesIO()
    first.save(file, "PDF", save_all=True, append_images=[second])
    told = api.stored(file.getvalue(), path="auto/upload", public_id="paper")
    assert (told["resource_type"], told["format"], told["pages"], told["width"], told["height"]) == ("image", "pdf", 2, 300, 200)
    assert api.client.get("/demo/image/upload/paper.pdf").content == file.getvalue()
    for text, size, colour in (
        ("paper.jpg", (300, 200), "red"),
        ("pg_2/paper.png", (100, 400), "blue"),
        ("pg_2,w_500/paper.png", (500, 2000), "blue"),
        ("dn_144/paper.webp", (600, 400), "red"),
        ("c_fill,w_40,h_40/paper.avif", (40, 40), "red"),
    ):
        answer = api.client.get(f"/demo/image/upload/{text}")
        picture = Image.open(io.BytesIO(answer.content)).convert("RGB")
        assert (answer.status_code, picture.size) == (200, size), text
        found, wanted = picture.getpixel((size[0] // 2, size[1] // 2)), ImageColor.getrgb(colour)
        assert isinstance(found, tuple)
        assert max(abs(a - b) for a, b in zip(found, wanted, strict=True)) < 12, text
    assert api.client.get("/demo/image/upload/pg_3/paper.png").status_code == 400
    assert "density" in message(api.client.get("/demo/image/upload/dn_4800/paper.png"))
    exploded = api.post("image/explode", data=signed({"public_id": "paper", "transformation": "pg_all"}))
    assert exploded.status_code == 200
    house.workers.drain()
    sizes = {item["public_id"]: (item["width"], item["height"]) for item in api.get("resources/image")["resources"]}
    assert (sizes["paper_1"], sizes["paper_2"]) == ((300, 200), (100, 400))
