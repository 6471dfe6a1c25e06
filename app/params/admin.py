"""The tables of Admin parameters: listing, update, delete and presets."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

from app.params.attributes import DecisionParams, one_of
from app.params.facts import FactParams
from app.params.kinds import Count, Csv, Direction, Flag, Ids, Items, Label, P, Pairs, Params, Size, Text, Unit, Values
from app.params.upload import UploadParams

MOST_RESULTS = 500

Order = Annotated[str | None, BeforeValidator(one_of("created_at", "name", "id"))]


def _day(value: object) -> object:
    for form in ("%Y-%m-%d", "%d-%m-%Y"):
        try:
            return datetime.strptime(str(value), form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise ValueError("expected a day as in 2026-01-31")


Day = Annotated[date | None, BeforeValidator(_day)]


class PageParams(Params):
    """What every listing takes."""

    max_results: Size = P("Entries a page: 10 unless told, 500 at most.")
    next_cursor: Text = P("Where the page before ended; opaque.")
    direction: Direction = P("asc or desc by creation; desc unless told.")

    @property
    def size(self) -> int:
        return min(self.max_results or 10, MOST_RESULTS)


class ConfigParams(Params):
    """`GET config`."""

    settings: Flag = P("Tell the folder mode, too.")


class UsageParams(Params):
    """`GET usage`."""

    date: Day = P("A day, as 2026-01-31 or 31-01-2026; today unless told.")


class ListParams(PageParams):
    """`GET resources/…`."""

    type: Text = P("Delivery type; all of them unless told.")
    prefix: Text = P("Literal start of the public ID; orders the list by public ID.")
    start_at: Text = P("Only assets created at or after this moment (ISO 8601).")
    public_ids: Ids = P("Just these assets; unknown ones are skipped. At most 100.")
    asset_ids: Items = P("Just these assets, by asset ID. At most 100.")
    tags: Flag = P("Include each asset's tags.")
    context: Flag = P("Include each asset's contextual metadata.")
    metadata: Flag = P("Include each asset's structured metadata.")
    moderations: Flag = P("Include each asset's moderation.")
    asset_folder: Text = P("With by_asset_folder: the folder itself, without those below it.")
    key: Text = P("With context: assets that have this key of contextual metadata.")
    value: Text = P("With context: the value the key must have.")
    fields: Csv = P("Only these fields, beside public_id and asset_id.")


class FolderSearchParams(PageParams):
    """`POST folders/search`."""

    max_results: Count = P("Entries a page: 50 unless told, 500 at most; 0 counts only.")
    expression: Text = P("What to look for: name, path and created_at, as in path:summer* AND created_at>1d.")
    sort_by: Any = P('By path unless told: [{"name": "asc"}], or created_at.')

    @property
    def size(self) -> int:
        return min(50 if self.max_results is None else self.max_results, MOST_RESULTS)


class PresetListParams(PageParams):
    """`GET upload_presets`."""

    order_by: Order = P("created_at (the default), name or id.")


class TagListParams(PageParams):
    """`GET tags/…`: alphabetical."""

    prefix: Text = P("Start of the tag.")


class RestoreParams(Params):
    """`POST resources/restore`, and `POST resources/<type>/<delivery type>/restore`."""

    public_ids: Items = P("Assets to bring back, by the names they had; at most 100.")
    asset_ids: Items = P("The same by asset ID, where the path names no type.")
    versions: Items = P("The version of each, in the same order; the newest kept one unless told.")


class BackupParams(Params):
    """`DELETE resources/backup/<asset_id>`."""

    version_ids: Items = P("Kept versions to delete.")


class RelationParams(Params):
    """`POST` and `DELETE resources/related_assets/…`."""

    assets_to_relate: Items = P("With POST: at most 10, as resource_type/type/public_id, or asset IDs where the path has one.")
    assets_to_unrelate: Items = P("With DELETE: the same.")


class TransformationListParams(PageParams):
    """`GET transformations`: all, or with `transformation` the details of one and what it rendered."""

    named: Flag = P("Only those with a name (true), or only those without (false).")


class TransformationParams(Params):
    """`POST` and `PUT transformations`. `transformation` and `unsafe_update` are text, objects or lists of objects."""

    name: Text = P("The name, with or without t_; the transformation's own text where it is to have none.")
    allowed_for_strict: Flag = P("Whether strict mode lets it through without a signature; true for a new named one.")


class UpdateParams(DecisionParams):
    """`POST resources/<type>/<delivery type>/<public_id>`: what may be changed on a stored asset."""

    tags: Csv = P("Replace all tags; empty clears them.")
    context: Pairs = P("Replace the contextual metadata; empty clears it.")
    metadata: Values = P("Change structured metadata field by field: field=value pairs or JSON; an empty value clears.")
    clear_invalid: Flag = P("Drop stored metadata values that have become invalid.")
    detection: Csv = P("Detectors to run on the stored picture.")
    auto_tagging: Unit = P("Detected objects at least this sure are added to the tags (0 to 1), or default.")
    display_name: Label = P("A name for people, without a slash.")
    asset_folder: Text = P("Folder the asset is filed in.")
    later: Flag = P("Answer at once with status pending; the change is made by a job.", alias="async")
    notification_url: Text = P("Addresses told when it is done, one a line, in place of the triggers.")


class DetailsParams(FactParams):
    """`GET resources/<type>/<delivery type>/<public_id>`: what is told beside the asset itself."""

    versions: Flag = P("Tell the kept versions (backup), newest first.")
    related: Flag = P("Tell related assets.")
    max_results: Count = P("Rendered pictures and related assets a page: 10 unless told, 500 at most.")
    derived_next_cursor: Text = P("Where the page of rendered pictures before ended.")
    related_next_cursor: Text = P("Where the page of related assets before ended.")
    coordinates: Flag = P("Tell face_coordinates and custom_coordinates.")

    @property
    def size(self) -> int:
        return min(self.max_results or 10, MOST_RESULTS)


class DeleteParams(Params):
    """`DELETE resources/…`: which assets."""

    public_ids: Ids = P("These assets; at most 100.")
    asset_ids: Items = P("These assets, by asset ID; at most 100.")
    prefix: Text = P("Assets whose public ID starts so; 1000 a call.")
    all: Flag = P("Every asset of the type; 1000 a call.")
    keep_original: Flag = P("Delete only what was rendered and keep the originals.")
    transformations: Text = P("Delete only what these rendered, separated by |; the originals stay.")
    invalidate: Flag = P("Accepted; nothing is cached in front of the stored file.")
    next_cursor: Text = P("Where a partial deletion goes on.")

    @property
    def originals_stay(self) -> bool:
        return bool(self.keep_original or self.transformations)


class DerivedParams(Params):
    """`DELETE derived_resources`."""

    derived_resource_ids: Items = P("Rendered pictures, by the id that details tell; at most 100.")


class PresetParams(UploadParams):
    """`POST upload_presets`: a name, a right, and upload parameters kept for later calls."""

    name: Text = P("The preset's name; random if not given.", preset=False)
    unsigned: Flag = P("May be used without a signature.", preset=False)
    live: Flag = P("Kept as given.")


class OpeningParams(Params):
    """`POST resources/<type>/publish_resources`, `…/<type>/<delivery type>/update_access_mode`."""

    public_ids: Ids = P("These assets; at most 1000.")
    prefix: Text = P("Assets whose public ID starts so.")
    tag: Text = P("Assets that have this tag.")
    type: Text = P("What to publish: authenticated (the default) or private.")
    overwrite: Flag = P("Publish over an asset of the same name.")
    invalidate: Flag = P("Accepted; what was rendered is found under the new type.")
    access_mode: Text = P("public or authenticated.")
