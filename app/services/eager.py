"""Pictures that are rendered at once: while an upload waits, or in a job."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from app.db.assets import Asset
from app.db.rendering import Rendering
from app.errors import BadRequest, Failure
from app.params.rendering import RenderParams
from app.services.rendering import Order, Renderer
from app.transform import grammar
from app.transform.output import named
from app.transform.scene import Wish

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Eager:
    """One of them: as the caller wrote it, and what came of it; neither rendering nor reason while it waits for its job."""

    transformation: str
    format: str
    rendering: Rendering | None = None
    reason: str = ""


def check(params: RenderParams) -> None:
    """Raise BadRequest for what cannot be read."""
    for text in params.eager or ():
        parted(text)
    if params.transformation:
        grammar.parse(params.transformation)
    if params.format:
        named(params.format)


def promised(asset: Asset, texts: Sequence[str]) -> list[Eager]:
    """As they are told of before their job has run."""
    return [Eager(text, parted(text)[1] or asset.format or "jpg") for text in texts]


def rendered(renderer: Renderer, asset: Asset, texts: Sequence[str]) -> list[Eager]:
    """Render each; one that cannot be rendered says why, the others stand. Raises what is not the caller's mistake."""
    return [_rendered(renderer, asset, text) for text in texts]


def _rendered(renderer: Renderer, asset: Asset, text: str) -> Eager:
    steps, ending = parted(text)
    try:
        order: Order = renderer.order(asset, steps, Wish(extension=ending))
        found = renderer.render(order)
    except Failure as failure:
        if failure.status >= 500:
            raise
        log.info("eager transformation failed", transformation=text, reason=failure.message)
        return Eager(text, ending or asset.format or "", reason=failure.message)
    return Eager(text, found.format, found)


def parted(text: str) -> tuple[str, str]:
    """The steps and the extension behind their last slash. Raises BadRequest."""
    head, slash, tail = text.rpartition("/")
    ending = tail if slash and "_" not in tail and tail.isalnum() else ""
    steps = head if slash and (ending or not tail) else text
    if not grammar.parse(steps) and not ending:
        raise BadRequest.invalid("eager", text, "expected a transformation")
    return steps, named(ending) if ending else ""


def told(item: Eager) -> dict[str, Any]:
    """What is known of one beside its links."""
    made = item.rendering
    if made is None:
        return {"transformation": item.transformation} | (
            {"reason": item.reason, "status": "failed"} if item.reason else {"status": "processing"}
        )
    sizes = {"width": made.width, "height": made.height, "bytes": made.bytes, "format": made.format}
    return {"transformation": item.transformation} | sizes
