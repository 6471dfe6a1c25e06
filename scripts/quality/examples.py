"""What the newest detectors see on the public-domain pictures, drawn."""

from pathlib import Path

from app.imaging.reading import Limits, read
from app.vision.boxes import Run
from app.vision.drawing import drawn
from app.vision.kinds import KINDS
from app.vision.registry import Registry

ROOT = Path(__file__).parents[2]
SHOWN = (("lvis", "grace_hopper"), ("cld-fashion", "grace_hopper"), ("lvis", "chelsea"), ("lvis", "coffee"), ("lvis", "astronaut"))
LIMITS = Limits(50_000_000, 256 << 20, ("jpg",))


def draw(registry: Registry, run: Run) -> list[tuple[str, str]]:
    """Write docs/images/seen-*.jpg; (file below docs/, words) of each."""
    made = []
    for name, picture in SHOWN:
        detector = registry.find(name)
        if detector:
            image = read(ROOT / "tests" / "pictures" / f"{picture}.jpg", LIMITS, 4096).image
            found = [item for item in KINDS[detector.kind](image, detector, run) if item.score >= detector.floor]
            file = f"images/seen-{name}-{picture}.jpg"
            drawn(image, found).save(ROOT / "docs" / file, quality=85)
            labels = ", ".join(dict.fromkeys(item.label for item in sorted(found, key=lambda item: -item.score)))
            made.append((file, f"{name} on {picture}: {labels or 'nothing'}"))
    return made
