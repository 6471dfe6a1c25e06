"""Whatever the official URL builders write is read here: path, signature, components and public ID."""

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import cloudinary
import cloudinary.utils
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.params.delivery import Address, Place
from app.signing import delivery_is_signed
from app.transform import grammar
from tests.sdk.test_node import modules

__all__ = ["modules"]

SECRET, PATH = "secret", {"PATH": os.environ["PATH"]}
NAMES = st.sampled_from(
    [
        "pic",
        "folder/pic",
        "a b/ü ñ",
        "x,y",
        "50%",
        "a&b=c",
        "it's (1)!*~",
        "dots.in.name",
        "c_things/w_10/pic",
        "日本/犬",
        "a+b",
        "q;x",
    ]
)
COLOURS = st.sampled_from(["red", "#ff8800", "rgb:ff880080"])
OVERLAYS = st.sampled_from(
    [
        "logo",
        "folder:logo",
        {"public_id": "folder/logo"},
        {"public_id": "logo", "type": "private"},
        {"font_family": "Arial", "font_size": 18, "text": "Hello, wörld / 100% & <more>?"},
        {"font_family": "Arial", "font_size": 18, "font_weight": "bold", "letter_spacing": 4, "text": "$(name) #1"},
        {"url": "https://example.com/a b.png?x=1&y=2"},
        "text:Arial_30:Plain",
    ]
)
COMPONENT = st.fixed_dictionaries(
    {},
    optional={
        "width": st.sampled_from([10, 100, "0.5", "auto", "iw_div_2"]),
        "height": st.sampled_from([10, 100, "0.5", "ih"]),
        "crop": st.sampled_from(["fill", "scale", "thumb", "crop", "pad", "auto", "limit"]),
        "gravity": st.sampled_from(["face", "auto", "auto:cat", "north_west", "cat", "xy_center"]),
        "aspect_ratio": st.sampled_from(["16:9", "1.5"]),
        "x": st.integers(-5, 50),
        "y": st.integers(-5, 50),
        "radius": st.sampled_from([5, "max", [1, 2, 3, 4]]),
        "angle": st.sampled_from([90, "hflip", ["auto", 12]]),
        "effect": st.sampled_from(["sepia", {"sepia": 10}, "blur:300", ["shadow", 20]]),
        "opacity": st.integers(0, 100),
        "quality": st.sampled_from(["auto", 80, "auto:eco", "80:444"]),
        "fetch_format": st.sampled_from(["auto", "webp", "png"]),
        "dpr": st.sampled_from(["auto", 2.0, 1]),
        "background": COLOURS,
        "color": COLOURS,
        "border": st.sampled_from(["4px_solid_black", {"width": 4, "color": "#ff0000"}]),
        "flags": st.sampled_from(["progressive", ["lossy", "attachment:na me"], "layer_apply", "relative.no_overflow"]),
        "overlay": OVERLAYS,
        "underlay": OVERLAYS,
        "page": st.integers(1, 9),
        "density": st.integers(10, 300),
        "zoom": st.sampled_from([0.7, 1.2]),
        "default_image": st.just("avatar.png"),
        "if": st.sampled_from(["w > 200 && fc = 0", "!tag1:tag2! in tags", "ar_lt_1.5", "else", "end"]),
        "variables": st.just([("$size", "100"), ("$name", "!it's: me!")]),
        "transformation": st.sampled_from(["named", ["one", "two"]]),
        "raw_transformation": st.sampled_from(["w_10,h_10", "e_grayscale/r_max"]),
    },
)
PLACE = st.fixed_dictionaries(
    {"secure": st.booleans(), "sign_url": st.just(True), "long_url_signature": st.booleans()},
    optional={
        "format": st.sampled_from(["jpg", "webp", "png"]),
        "version": st.sampled_from([1, 1234567890]),
        "type": st.sampled_from(["upload", "private", "authenticated"]),
        "shorten": st.booleans(),
        "signature_algorithm": st.sampled_from(["sha1", "sha256"]),
        "private_cdn": st.booleans(),
        "force_version": st.booleans(),
    },
)


def read(url: str) -> tuple[Address, Place]:
    """What a URL says, its signature proven."""
    path = url.partition("://")[2].partition("/")[2].partition("?")[0]
    address = Address.read(f"/{path}")
    assert address, url
    place = Place.read(address.rest, raw=address.raw, has_suffix=address.has_suffix, is_url=address.type == "fetch")
    assert place.signature, url
    assert any(delivery_is_signed(text, place.signature, SECRET) for text in place.signed), url
    return address, place


@given(NAMES, PLACE, st.lists(COMPONENT, max_size=3))
def test_what_pythons_builder_writes(name: str, where: dict[str, Any], chain: list[dict[str, Any]]) -> None:
    cloudinary.reset_config()
    cloudinary.config(cloud_name="demo", api_key="key", api_secret=SECRET)
    options = dict(where) | {"transformation": [dict(item) for item in chain]}
    url = cloudinary.utils.cloudinary_url(name, **options)[0]
    address, place = read(url)
    ending = f".{where['format']}" if "format" in where else ""
    assert (address.cloud or "demo", address.resource_type, address.type) == ("demo", "image", where.get("type", "upload"))
    versioned = "version" in where or ("/" in name and where.get("force_version", True))
    looks_like_steps = name.startswith("c_things") and not versioned
    assert looks_like_steps or place.name == name + ending, url
    steps = grammar.parse("/".join(place.steps))
    again = grammar.parse(grammar.written(steps))
    assert again == tuple(replace(step, flags=tuple(sorted(step.flags))) for step in steps), "printed and read again it is the same"
    assert grammar.written(again) == grammar.written(steps)


NODE = """
const cloudinary = require("cloudinary").v2;
cloudinary.config({ cloud_name: "demo", api_key: "key", api_secret: "secret" });
const cases = JSON.parse(require("fs").readFileSync(0));
console.log(JSON.stringify(cases.map(([name, options]) => cloudinary.url(name, options))));
"""
CHAINS: list[list[dict[str, Any]]] = [
    [],
    [{"width": 100, "height": 80, "crop": "fill", "gravity": "auto:cat"}],
    [{"width": 0.5, "crop": "scale"}, {"effect": "sepia:30", "radius": [1, 2, 3, 4]}, {"fetch_format": "auto", "quality": "auto"}],
    [{"overlay": {"font_family": "Arial", "font_size": 20, "text": "Hello, wörld / 100% & ✓ (x)!"}, "color": "#ff0000"}],
    [{"overlay": {"url": "https://example.com/ü b.png?x=1"}, "width": 30}, {"flags": "layer_apply", "gravity": "south_east"}],
    [{"if": "w > 200 && !a:b! in tags"}, {"width": 10}, {"if": "else"}, {"width": 20}, {"if": "end"}],
    [{"variables": [["$size", "100"], ["$t", "!a b!"]]}, {"width": "$size * 2", "height": "$size"}],
    [{"transformation": ["one", "two"]}, {"raw_transformation": "e_grayscale/r_max"}],
    [{"border": {"width": 4, "color": "#ff8800"}, "background": "rgb:ffff00", "angle": ["auto", 5], "dpr": "2.0"}],
]
PLACES: list[tuple[str, dict[str, Any]]] = [
    ("pic", {}),
    ("folder/pic", {"format": "png"}),
    ("a b/ü ñ", {"version": 12, "format": "jpg"}),
    ("it's (1)!*~", {"type": "private"}),
    ("5,x&y=1", {"type": "authenticated", "long_url_signature": True}),
    ("folder/pic", {"shorten": True}),
    ("folder/pic", {"url_suffix": "a-fine-picture", "format": "jpg", "private_cdn": True}),
    ("https://example.com/a b.jpg?x=1", {"type": "fetch"}),
    ("pic.jpg", {"use_root_path": True, "private_cdn": True, "version": 3}),
]


def test_what_nodes_builder_writes(modules: Path) -> None:
    signed: dict[str, Any] = {"secure": True, "sign_url": True}
    cases = [(name, signed | {"transformation": chain} | options) for name, options in PLACES for chain in CHAINS]
    env = {"NODE_PATH": str(modules)} | PATH
    done = subprocess.run(["node", "-e", NODE], input=json.dumps(cases), env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    urls: list[str] = json.loads(done.stdout)
    assert len(urls) == len(PLACES) * len(CHAINS)
    for (name, options), url in zip(cases, urls, strict=True):
        rooted = options.get("use_root_path")  # a root path is known by its cloud
        _, place = read(url.replace(".com/", ".com/demo/") if rooted else url)
        ending = f".{options['format']}" if "format" in options else ""
        assert place.name in (name + ending, unquote(name) + ending), url
        assert grammar.parse("/".join(place.steps)) or not options["transformation"], url


@pytest.mark.parametrize(
    ("to_sign", "short", "long"),
    [
        ("c_crop,h_20,w_10/image.jpg", "Ai4Znfl3", "w7DXgwn5wCnfEUqu7i0gnCTHxMzvnVmI"),
        ("image.jpg", "--SjmNDA", "m50khsqq0vFHiDjt9VvvEn8BhKAAIfy8"),
        ("http://google.com/path/to/image.png", "hH_YcbiS", "jgO_FadrW3Q05ZLDGIm65q1vNNCaWeby"),
        ("co_red,l_text:Times_70_bold:Cool%25F0%259F%2598%258D/image.jpg", "Uqk1a-5W", "aprLoJbJlL13jbl55ioxIvCg_2h_5Cdu"),
    ],
)
def test_known_signatures_on_paths(to_sign: str, short: str, long: str) -> None:
    type = "fetch" if to_sign.startswith("http") else "authenticated"
    for signature in (short, long):
        for version in ("", "v1234/") if type != "fetch" else ("",):
            steps, _, name = to_sign.rpartition("/") if type != "fetch" else ("", "", to_sign)
            path = f"/demo/image/{type}/s--{signature}--/{steps}{'/' if steps else ''}{version}{name}"
            address = Address.read(path)
            assert address
            place = Place.read(address.rest, raw=address.raw, is_url=type == "fetch")
            assert place.signature == signature
            assert any(delivery_is_signed(text, signature, "b") for text in place.signed), path
