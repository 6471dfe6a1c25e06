"""The table of upload parameters, and what an unsigned call may send."""

from collections.abc import Iterable, Mapping

from app.errors import BadRequest, humanised
from app.params.addons import refuse_addons
from app.params.attributes import AttributeParams
from app.params.facts import FactParams
from app.params.kinds import Csv, Flag, Label, P, Pairs, Params, Text, Unit, Values
from app.params.rendering import RenderParams, joined
from app.params.shapes import Target

DELIVERY_TYPES = ("upload", "private", "authenticated")

# The documented allow-list of unsigned uploads, in the order the original names it in its error.
UNSIGNED = (
    "upload_preset,callback,public_id,folder,asset_folder,tags,context,metadata,face_coordinates,custom_coordinates,source,"
    "filename_override,manifest_transformation,manifest_json,template,template_vars,regions,public_id_prefix"
).split(",")
TRANSPORT = frozenset({"file", "timestamp", "unsigned", "api_key", "signature", "resource_type", "cloud_name"})

# Documented parameters that change the answer or the asset and are not served yet: refused, never silently dropped.
NOT_SERVED = frozenset(
    {
        "eval",
        "on_success",
        "proxy",
    }
)


class CallbackParams(Params):
    """Where a browser without scripts goes on after a form."""

    callback: Target = P(
        "http(s) URL that the browser is sent to, the signed result behind it; not for XMLHttpRequest.", unsigned=True
    )


class AssetParams(CallbackParams):
    """What callers may say of a new asset."""

    public_id: Text = P("The asset's name; may contain slashes, has no extension.", unsigned=True, preset=False)
    public_id_prefix: Text = P("Put before the public ID, with a slash.", unsigned=True)
    use_filename: Flag = P("Name the asset after the uploaded file.")
    unique_filename: Flag = P("With use_filename: add six random characters (the default).")
    filename_override: Text = P("Use this in place of the uploaded file's name.", unsigned=True)
    discard_original_filename: Flag = P("Do not keep the uploaded file's name.")
    folder: Text = P("Put before the public ID, with a slash; also the asset folder if none is given.", unsigned=True)
    asset_folder: Text = P("Folder the asset is filed in, independent of its public ID.", unsigned=True)
    use_asset_folder_as_public_id_prefix: Flag = P("Put the asset folder before the public ID.")
    display_name: Label = P("A name for people, independent of the public ID, without a slash.")
    use_filename_as_display_name: Flag = P("Take the display name from the file's name when none is given.")
    overwrite: Flag = P("Replace an asset of the same name (the default); false returns the old one. Unsigned: always false.")
    type: Text = P("Delivery type: upload, private or authenticated.")
    tags: Csv = P("Comma-separated tags.", unsigned=True)
    context: Pairs = P("Contextual metadata as key=value pairs separated by |.", unsigned=True)
    metadata: Values = P('Structured metadata: field=value pairs separated by |, or JSON; lists as ["a","b"].', unsigned=True)
    clear_invalid: Flag = P("Drop stored metadata values that have become invalid.")
    detection: Csv = P("Detectors to run: names from the model registry, each with an optional version (lvis_v1).")
    auto_tagging: Unit = P("Detected objects at least this sure become tags (0 to 1), or default for the model's own threshold.")
    allowed_formats: Csv = P("Formats accepted in this call; another one is refused.")
    return_delete_token: Flag = P("Answer with a delete_token, which deletes the asset within ten minutes without a signature.")
    upload_preset: Text = P("Name of a preset laid under this call.", unsigned=True, preset=False)
    disallow_public_id: Flag = P("In a preset: the caller may not choose the public ID.")
    later: Flag = P("Answer at once with status pending; what was found comes as a notice, or later in the details.", alias="async")
    notification_url: Text = P("Addresses told when it is done, one a line, in place of the triggers.")
    batch_id: Text = P("Names the batch of many calls, whose jobs go last; random unless told.", preset=False)
    source: Text = P("Where the upload came from; kept in no way.", unsigned=True, preset=False)
    backup: Flag = P("Keep this version: it can be restored after the asset is overwritten or deleted.")
    invalidate: Flag = P("With explicit: what was rendered is deleted, and rendered anew when it is asked for.")


class UploadParams(FactParams, AttributeParams, RenderParams, AssetParams):
    """`POST …/upload`: an asset, and what the answer tells of its picture."""


def laid_over(call: Mapping[str, object], preset: Mapping[str, object], *, unsigned: bool) -> dict[str, object]:
    """A call over its preset. Signed: the call wins. Unsigned: the preset wins, but tags, context and metadata are joined."""
    if not unsigned:
        return {**preset, **call, **joined(call, preset)}
    whole: dict[str, object] = {**call, **preset}
    given, kept = UploadParams.read(call), UploadParams.read(preset)
    if given.tags and kept.tags:
        whole["tags"] = [*kept.tags, *given.tags]
    if given.context and kept.context:
        whole["context"] = {**kept.context, **given.context}
    if given.metadata and kept.metadata:
        whole["metadata"] = {**kept.metadata, **given.metadata}
    return whole


def refuse_unsigned(names: Iterable[str]) -> None:
    """Raise if a call without a signature says more than the documented allow-list."""
    wrong = [name for name in names if name not in TRANSPORT and name not in UNSIGNED]
    if wrong:
        only = f"Only {','.join(UNSIGNED)} upload parameters are allowed."
        raise BadRequest(
            ". ".join(f"{humanised(name)} parameter is not allowed when using unsigned upload" for name in wrong) + f". {only}"
        )


def refuse_not_served(raw: Mapping[str, object], *, on_update: bool = False) -> None:
    """Raise for a documented parameter that this server does not serve, unless the call switches it off."""
    refuse_addons(raw, on_update=on_update)
    for name in raw:
        if name in NOT_SERVED and str(raw[name]).lower() not in ("", "0", "false", "none"):
            raise BadRequest.unsupported(name)
