"""What an upload or explicit call asks to be rendered: the picture itself on its way in, and pictures made of it at once."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from app.errors import BadRequest
from app.params.kinds import Count, Flag, P, Params, Text
from app.params.transformations import written

MOST_EAGER = 50
MOST_BREAKPOINTS = 10


def one_text(value: object) -> object:
    try:
        return written(value) if value else None
    except BadRequest as error:
        raise ValueError(error.message) from None


def several_texts(value: object) -> object:
    """Texts separated by pipes, a list, or JSON; each may end with `/<format>`."""
    if isinstance(value, str) and value.lstrip()[:1] != "[":
        items: list[Any] = [part for part in value.split("|") if part.strip("/ ")]
    elif isinstance(value, str):
        items = [written(value)]
    else:
        items = list(value) if isinstance(value, list | tuple) else [value]
    if len(items) > MOST_EAGER:
        raise ValueError(f"expected at most {MOST_EAGER} transformations")
    return [found for item in items if (found := one_text(item))]


class Breakpoints(Params):
    """One item of `responsive_breakpoints`."""

    create_derived: Flag = P("Whether the widths are kept rendered; they are in either case.")
    transformation: Annotated[str | None, BeforeValidator(one_text)] = P("What is done before the width is changed.")
    format: Text = P("Format of the pictures; the asset's own unless told.")
    min_width: Count = P("Least width; 50 unless told.")
    max_width: Count = P("Greatest width; 1000 unless told, and never more than the picture has.")
    bytes_step: Count = P("By how many bytes a picture is larger than the next; 20000 unless told.")
    max_images: Count = P("Most pictures; 20 unless told.")

    @property
    def most(self) -> int:
        return 1000


def _breakpoints(value: object) -> object:
    """An object, a list of them, or JSON text of these."""
    try:
        given = json.loads(value) if isinstance(value, str) else value
        items: list[Any] = given if isinstance(given, list) else [given]
        if len(items) > MOST_BREAKPOINTS or not all(isinstance(item, dict) for item in items):
            raise ValueError(f"expected at most {MOST_BREAKPOINTS} objects")
        return [Breakpoints.read(item) for item in items]
    except BadRequest as error:
        raise ValueError(error.message) from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"expected objects as JSON: {error}") from None


class RenderParams(Params):
    """Transformations that are applied while an asset is stored."""

    transformation: Annotated[str | None, BeforeValidator(one_text)] = P(
        "Applied before the picture is stored; the original is not kept."
    )
    format: Text = P("Format the picture is stored in; its own unless told.")
    eager: Annotated[list[str] | None, BeforeValidator(several_texts)] = P(
        "Transformations rendered at once, separated by |; each may end with /<format>."
    )
    eager_async: Flag = P("Render them in a job and answer before.")
    responsive_breakpoints: Annotated[list[Any] | None, BeforeValidator(_breakpoints)] = P(
        "Widths worth keeping: a JSON list of create_derived, transformation, format, min_width, max_width, bytes_step, max_images."
    )
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
