"""What a component says of angle, corners, border, opacity and background: one function each."""

from collections.abc import Mapping

from PIL import Image

from app.errors import BadRequest
from app.transform import angles, background, corners
from app.transform.effects.arguments import NUMBER
from app.transform.effects.pixels import Moved

Params = Mapping[str, str]


def angle(image: Image.Image, params: Params, most: int) -> Moved:
    return angles.late(image, params["a"], most) if "a" in params else Moved(image)


def frame(image: Image.Image, params: Params, most: int) -> Moved:
    """Corners and border together, because a border follows the corners."""
    if "bo" in params:
        width, ink = corners.border(params["bo"])
        round = corners.radii(params["r"]) if "r" in params else (0.0, 0.0, 0.0, 0.0)
        return corners.bordered(image, width, ink, round, is_round="r" in params and params["r"] != "0", most=most)
    return Moved(corners.rounded(image, corners.radii(params["r"])) if params.get("r", "0") != "0" else image)


def opacity(image: Image.Image, params: Params, most: int) -> Moved:
    if "o" not in params:
        return Moved(image)
    if not NUMBER.fullmatch(params["o"]):
        raise BadRequest(f"Invalid opacity in transformation: {params['o'][:100]}")
    return Moved(background.seen_through(image, min(max(float(params["o"]), 0.0), 100.0)))


def behind(image: Image.Image, params: Params, most: int) -> Moved:
    """b_, under whatever is transparent by now. Padding has used it already where there was any: then nothing is left to do."""
    return Moved(background.flattened(image, params["b"]) if "b" in params else image)
