"""The table of what may be said of an asset beside its name, tags and metadata: in uploads, explicit, updates and presets alike."""

from collections.abc import Callable
from typing import Annotated

from pydantic import BeforeValidator

from app.params.kinds import Flag, P, Params
from app.params.shapes import Boxes, Headers, Quality, Regions, Rules


def one_of(*words: str) -> Callable[[object], str | None]:
    """A validator: one of these words, or nothing."""

    def chosen(value: object) -> str | None:
        word = str(value).strip().lower()
        if word and word not in words:
            raise ValueError(f"expected {' or '.join(words)}")
        return word or None

    return chosen


Access = Annotated[str | None, BeforeValidator(one_of("public", "authenticated"))]
Moderation = Annotated[str | None, BeforeValidator(one_of("manual"))]
Decision = Annotated[str | None, BeforeValidator(one_of("pending", "approved", "rejected"))]


class AttributeParams(Params):
    """Parameters that become columns of the asset (`services/attributes.py` says which)."""

    face_coordinates: Boxes = P(
        "Where faces are, as x,y,width,height separated by |; told in place of detected ones.", unsigned=True
    )
    custom_coordinates: Boxes = P("The part of the picture that matters, as x,y,width,height.", unsigned=True)
    regions: Regions = P('Named outlines as JSON: {"name": [[x,y],[x,y],…]}.', unsigned=True)
    moderation: Moderation = P("manual: the asset waits for a decision (moderation_status). Other kinds are add-ons.")
    access_mode: Access = P("public or authenticated. The older way; see access_control.")
    access_control: Rules = P(
        'Who may fetch it, as JSON: [{"access_type":"token"}, {"access_type":"anonymous","start":…,"end":…}].'
    )
    headers: Headers = P("Lines Name: value sent with every delivery; Link, Authorization and X-Robots-Tag are kept.")
    quality_override: Quality = P("The quality that automatic quality means for this asset: 80, 80:420, auto:best.")
    unique_display_name: Flag = P("Add random characters to a display name that another asset of the folder has.")


class DecisionParams(AttributeParams):
    """The same for a stored asset, and what was decided about it."""

    moderation_status: Decision = P("pending, approved or rejected; rejected assets are not delivered.")
