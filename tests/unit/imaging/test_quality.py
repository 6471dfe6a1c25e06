"""Quality, accessibility and motion: each measure goes the way its docstring says, within 0 and 1, for any size."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from app.imaging import accessibility, motion, quality
from app.imaging.describe import KEYS, PARTS, describe, told
from app.imaging.reading import Limits, read
from tests.unit.imaging.files import PICTURES, PILLOW

LIMITS = Limits(50_000_000, 256 * 1024 * 1024, tuple(PILLOW))
Judge = Callable[..., dict[str, float]]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    def of(image: Image.Image, **options: Any) -> dict[str, float]:
        path = tmp_path / "file.jpg"
        image.save(path, **({"quality": 90} | options))
        with Image.open(path) as saved:
            answer = quality.describe(saved.convert("RGB"), path, saved.width * saved.height)
        found: dict[str, float] = answer["quality_analysis"] | {"score": answer["quality_score"]}
        assert all(isinstance(value, float) and 0 <= value <= 1 for value in found.values()), found
        return found

    return of


def astronaut() -> Image.Image:
    with Image.open(PICTURES / "astronaut.jpg") as image:
        return image.convert("RGB")


def test_blur_noise_darkness_and_compression_are_told(judge: Judge) -> None:
    image = astronaut()
    good = judge(image, quality=95, subsampling=0)
    assert good["focus"] > 0.8 > 0.2 > judge(image.filter(ImageFilter.GaussianBlur(3)))["focus"]
    grain = np.random.default_rng(0).normal(0, 20, (512, 512, 3))
    noisy = Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))
    assert good["noise"] > 0.9 > 0.4 > judge(noisy, quality=95)["noise"]
    dark = judge(image.point(lambda level: level // 6))
    assert all(good[name] > dark[name] + 0.1 for name in ("contrast", "exposure", "saturation", "color_score"))
    poor = judge(image, quality=10)
    assert all(good[name] > poor[name] + 0.3 for name in ("blockiness", "dct", "chroma_subsampling", "jpeg_quality"))
    assert good["score"] > max(dark["score"], poor["score"])


@pytest.mark.parametrize("setting", [10, 30, 50, 75, 90, 100])
def test_the_setting_of_a_jpeg_is_read_back(judge: Judge, setting: int) -> None:
    assert judge(astronaut(), quality=setting)["jpeg_quality"] == pytest.approx(setting / 100, abs=0.05)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 2), (3, 3), (17, 9)])
def test_any_size_can_be_judged(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "file.png"
    Image.new("RGB", size, "teal").save(path)
    facts = describe(read(path, LIMITS, 4096), path, set(PARTS))
    assert facts["quality_analysis"].keys().isdisjoint({"jpeg_quality", "jpeg_chroma"}), "no JPEG"
    assert facts["cinemagraph_analysis"] == {"cinemagraph_score": 0.0}


def test_just_what_is_wanted_is_told(tmp_path: Path) -> None:
    path = PICTURES / "chelsea.jpg"
    picture = read(path, LIMITS, 1024)
    assert describe(picture, path, set()) == {}
    for name in PARTS:
        assert set(told(describe(picture, path, {name}), {name})) == {*KEYS[name], name} - {"faces"}


def test_red_on_green_is_hard_for_the_colour_blind() -> None:
    image = Image.new("RGB", (100, 100), (220, 60, 40))
    image.paste((120, 130, 20), (50, 0, 100, 100))
    told = accessibility.describe(image)["accessibility_analysis"]
    assert told["colorblind_accessibility_score"] < 0.5
    assert set(told["colorblind_accessibility_analysis"]["most_indistinct_pair"]) == {"#DC3C28", "#788214"}
    image.paste("white", (50, 0, 100, 100))
    assert accessibility.describe(image)["accessibility_analysis"]["colorblind_accessibility_score"] == 1.0


def test_half_transparent_pixels_are_told(tmp_path: Path) -> None:
    path = tmp_path / "file.png"
    for opacity, translucent in ((0, False), (128, True), (255, False)):
        Image.new("RGBA", (4, 4), (255, 0, 0, opacity)).save(path)
        assert describe(read(path, LIMITS), path, {"colors"})["semi_transparent"] is translucent


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_a_still_picture_with_a_little_motion_is_a_cinemagraph(tmp_path: Path, format: str) -> None:
    def score(frames: list[Image.Image]) -> float:
        path = tmp_path / f"file.{format}"
        frames[0].save(path, save_all=True, append_images=frames[1:])
        picture = read(path, LIMITS)
        answer = motion.describe(path, picture.width, picture.height, picture.pages)["cinemagraph_analysis"]["cinemagraph_score"]
        assert isinstance(answer, float)
        return answer

    still = [Image.new("RGB", (80, 80), "navy") for _ in range(5)]
    for number, frame in enumerate(still):
        frame.paste((50 * number, 200, 0), (0, 0, 20, 20))
    assert 0.85 < score(still) < 0.97
    assert score([Image.new("RGB", (80, 80), (50 * number, 0, 0)) for number in range(5)]) == 0.0
    assert score(still[:1]) == 0.0
