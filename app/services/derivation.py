"""What a rendered picture depends on, and the key that is made of it."""

import hashlib
from collections.abc import Iterator, Sequence

import orjson

from app.db import analyses
from app.db.assets import Asset
from app.services.scenes import AssetScene, layer_asset
from app.transform import grammar
from app.transform.blending import ANCHORS
from app.transform.grammar import Step
from app.transform.layers import INSERTED, inserted
from app.transform.scene import Bounds, Wish
from app.transform.sources import read as source_of

READS_FACTS = ("tags", "ctx:", "md:")
PLACES = {*ANCHORS, "", "auto", "xy_center", "face", "faces", "custom"}  # gravities that no detector of objects is asked for


def key_of(scene: AssetScene, asset: Asset, steps: Sequence[Step], wish: Wish) -> str:
    """A digest of all that the result depends on; two pictures never share one.

    Raises Unauthorized for a layer that the caller may not see.
    """
    facts: object = None
    if any(word in text for step in steps for text in _conditions(step) for word in READS_FACTS):
        facts = [scene.facts("tags"), asset.context, asset.metadata]
    automatic = any(step.params.get("f", "").partition(":")[0] == "auto" for step in steps)
    parts = [
        asset.version_id,
        grammar.written(steps),
        wish.extension,
        sorted(wish.accepted & {"image/avif", "image/webp"}) if automatic else [],
        wish.quality_override,
        wish.save_data if any(step.params.get("q") == "auto" for step in steps) else False,
        wish.dpr if any(step.params.get("dpr") == "auto" for step in steps) else 1,
        wish.width if any(step.params.get("w", "").startswith("auto") for step in steps) else None,
        asset.coordinates if any(step.params.keys() & {"g", "e"} or _conditions(step) for step in steps) else None,
        facts,
        _seen(scene, asset) if any(set(step.params.get("g", "").split(":")) - PLACES for step in steps) else None,
        _layers(scene, steps),
    ]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def _conditions(step: Step) -> list[str]:
    """The expressions that may ask for what is known of the asset."""
    return [*([step.condition] if step.condition else []), *(value for _, value in step.variables)]


def _seen(scene: AssetScene, asset: Asset) -> int | None:
    """Which findings a crop to an object goes by."""
    with scene.db.read() as c:
        return analyses.told_at(c, asset.id)


def layer_pictures(scene: AssetScene, steps: Sequence[Step], bounds: Bounds) -> list[tuple[str, int]]:
    """Format and pixels of each picture that is laid over this one; one that nobody knows before it comes is as large as may be."""
    found: list[tuple[str, int]] = []
    for _, text, known in _laid(steps):
        source = source_of(text)
        if source.kind == "fetch" or (source.kind == "image" and not known):
            found.append(("jpg", bounds.source_pixels))
        elif source.kind == "image":
            layer = layer_asset(scene.db, scene.cloud_id, source.type, source.name, scene.trust)
            found += [(layer.format or "", (layer.width or 0) * (layer.height or 0))] if layer else []
    return found


def _laid(steps: Sequence[Step]) -> Iterator[tuple[str, str, bool]]:
    """The text of each layer, the same with variables put in, and whether they were all known."""
    given = {name: value for step in steps for name, value in step.variables}
    for step in steps:
        text = step.params.get("l") or step.params.get("u", "")
        known = all(name in given for name in INSERTED.findall(text))
        if text:
            yield text, inserted(text, given) if known else text, known


def _layers(scene: AssetScene, steps: Sequence[Step]) -> list[str | bool]:
    """The version of every picture and text style that is laid over this one, whether a condition chooses it or not."""
    found: list[str | bool] = []
    for text, shown, _ in _laid(steps):
        if "$(" in text:
            found.append(scene.trust.signed)  # what a variable leads to is known only when it is rendered
        source = source_of(shown)
        place = {"image": (source.type, source.name), "text": ("text", source.style.replace(":", "/"))}.get(source.kind)
        layer = layer_asset(scene.db, scene.cloud_id, *place, scene.trust) if place else None
        found.append(layer.version_id if layer else "")
    return found
