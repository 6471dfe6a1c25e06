"""What an upload or explicit call asks to be rendered: the picture itself on its way in, and pictures made of it at once."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from app.errors import BadRequest
from app.params.kinds import Flag, P, Params, Text
from app.params.transformations import written

MOST_EAGER = 50


def _one(value: object) -> object:
    try:
        return written(value) if value else None
    except BadRequest as error:
        raise ValueError(error.message) from None


def _several(value: object) -> object:
    """Texts separated by pipes, a list, or JSON; each may end with `/<format>`."""
    if isinstance(value, str) and value.lstrip()[:1] != "[":
        items: list[Any] = [part for part in value.split("|") if part.strip("/ ")]
    elif isinstance(value, str):
        items = [written(value)]
    else:
        items = list(value) if isinstance(value, list | tuple) else [value]
    if len(items) > MOST_EAGER:
        raise ValueError(f"expected at most {MOST_EAGER} transformations")
    return [found for item in items if (found := _one(item))]


class RenderParams(Params):
    """Transformations that are applied while an asset is stored."""

    transformation: Annotated[str | None, BeforeValidator(_one)] = P(
        "Applied before the picture is stored; the original is not kept."
    )
    format: Text = P("Format the picture is stored in; its own unless told.")
    eager: Annotated[list[str] | None, BeforeValidator(_several)] = P(
        "Transformations rendered at once, separated by |; each may end with /<format>."
    )
    eager_async: Flag = P("Render them in a job and answer before.")
    eager_notification_url: Text = P("Addresses told when they are rendered, one a line.")


def joined(call: Mapping[str, object], preset: Mapping[str, object]) -> dict[str, object]:
    """A preset's and a call's transformations together: the preset's first."""
    given, kept = RenderParams.read(call), RenderParams.read(preset)
    found: dict[str, object] = {}
    if given.eager and kept.eager:
        found["eager"] = [*kept.eager, *given.eager]
    if given.transformation and kept.transformation:
        found["transformation"] = f"{kept.transformation}/{given.transformation}"
    return found
