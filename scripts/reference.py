"""Writes the reference pages that are read off the code: parameters, settings, errors. `make docs` runs it; a test compares."""

from pathlib import Path

from pydantic_core import PydanticUndefined

from app import errors
from app.params import (
    addons,
    admin,
    analysis,
    archives,
    clouds,
    composing,
    definitions,
    mappings,
    methods,
    notices,
    search,
    upload,
    visual,
)
from app.params.kinds import Params
from app.search.fields import KINDS, TABLE
from app.settings import Settings
from scripts import compatibility, transformations

DOCS = Path(__file__).parent.parent / "docs"
NOTE = "<!-- Written by `make docs` from the code; edit that instead. -->\n"

SOLD = "answer as add-ons without a subscription (420)"

TABLES: tuple[tuple[str, str, type[Params]], ...] = (
    ("Upload", "`POST /v1_1/<cloud>/image/upload`", upload.UploadParams),
    ("Details of an asset", "`GET /v1_1/<cloud>/resources/image/upload/<public_id>`", admin.DetailsParams),
    ("Update", "`POST /v1_1/<cloud>/resources/image/upload/<public_id>`", admin.UpdateParams),
    ("List assets", "`GET /v1_1/<cloud>/resources/…`", admin.ListParams),
    ("List tags", "`GET /v1_1/<cloud>/tags/<resource_type>`", admin.TagListParams),
    ("Restore", "`POST /v1_1/<cloud>/resources/restore`, `…/<type>/<delivery type>/restore`", admin.RestoreParams),
    ("Delete kept versions", "`DELETE /v1_1/<cloud>/resources/backup/<asset_id>`", admin.BackupParams),
    ("Related assets", "`POST`, `DELETE /v1_1/<cloud>/resources/related_assets/…`", admin.RelationParams),
    ("Delete rendered pictures", "`DELETE /v1_1/<cloud>/derived_resources`", admin.DerivedParams),
    (
        "Publish, access mode",
        "`POST /v1_1/<cloud>/resources/<type>/publish_resources`, `…/update_access_mode`",
        admin.OpeningParams,
    ),
    ("Visual search", "`POST`, `GET /v1_1/<cloud>/resources/visual_search`", visual.VisualParams),
    ("Delete", "`DELETE /v1_1/<cloud>/resources/…`", admin.DeleteParams),
    ("Search", "`GET`, `POST /v1_1/<cloud>/resources/search`", search.SearchParams),
    ("Search folders", "`POST /v1_1/<cloud>/folders/search`", admin.FolderSearchParams),
    ("List transformations", "`GET /v1_1/<cloud>/transformations`", admin.TransformationListParams),
    ("Transformation", "`POST`, `PUT /v1_1/<cloud>/transformations`", admin.TransformationParams),
    ("List upload mappings", "`GET /v1_1/<cloud>/upload_mappings`", mappings.MappingListParams),
    ("Upload mapping", "`POST`, `PUT`, `DELETE /v1_1/<cloud>/upload_mappings`", mappings.MappingParams),
    ("Replace all upload mappings", "`PUT /v1_1/<cloud>/upload_mappings/replace`", mappings.MappingsParams),
    ("Structured metadata of many assets", "`POST /v1_1/<cloud>/<resource_type>/metadata`", methods.MetadataParams),
    ("Archive", "`POST` or signed `GET /v1_1/<cloud>/<resource_type>/generate_archive`", archives.ArchiveParams),
    ("Download", "signed `GET /v1_1/<cloud>/<resource_type>/download`", archives.DownloadParams),
    ("Download of a version", "signed `GET /v1_1/<cloud>/download_backup`", archives.BackupParams),
    ("Zip of a tag", "signed `GET /v1_1/<cloud>/<resource_type>/download_tag.zip`", archives.TagZipParams),
    ("Text", "`POST /v1_1/<cloud>/image/text`", composing.TextParams),
    ("Multi and sprite", "`POST /v1_1/<cloud>/image/multi`, `…/sprite`", composing.ComposeParams),
    ("Explode", "`POST /v1_1/<cloud>/image/explode`", composing.ExplodeParams),
    ("Metadata field", "`POST /v1_1/<cloud>/metadata_fields`, `PUT …/<external_id>`", definitions.FieldParams),
    ("Metadata rule", "`POST /v1_1/<cloud>/metadata_rules`, `PUT …/<external_id>`", definitions.RuleParams),
    ("Search in datasources", "`POST /v1_1/<cloud>/metadata_fields/…/datasource/search`", definitions.SearchParams),
    ("Settings of one cloud", "`tagsight clouds set <cloud> <key> <value>`", clouds.CloudSettings),
    ("Trigger", "`POST /v1_1/<cloud>/triggers`, `PUT …/<id>`", notices.TriggerParams),
    ("Notices that are fetched", "`GET /v2/notifications/<cloud>/messages`", notices.MessagesParams),
    ("Acknowledge notices", "`POST /v2/notifications/<cloud>/messages/ack`", notices.AckParams),
    ("Analyze", "`POST /v2/analysis/<cloud>/analyze/<model>`", analysis.AnalyzeParams),
    ("Analyze, as the classic SDKs call it", "`POST /v2/<cloud>/analysis/analyze/uri`", analysis.ClassicParams),
)


def row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |\n"


def parameters() -> str:
    page = f"# Parameters\n\n{NOTE}"
    for title, call, table in TABLES:
        page += f"\n## {title}\n\n{call}\n\n"
        rights = table is upload.UploadParams
        heads = ("parameter", "meaning", "unsigned", "preset") if rights else ("parameter", "meaning")
        page += row(*heads) + row(*["---"] * len(heads))
        free, kept = set(table.marked("unsigned")), set(table.marked("preset"))
        for name, field in table.model_fields.items():
            marks = ("yes" if name in free else "", "yes" if name in kept else "") if rights else ()
            page += row(f"`{field.alias or name}`", field.description, *marks)
    names = ", ".join(f"`{name}`" for name in sorted(upload.NOT_SERVED))
    sold = ", ".join(f"`{name}`" for name in addons.ADDONS)
    return (
        f"{page}\n## Known and not served yet\n\nThese are refused with a 400, never silently dropped: {names}.\n\n{sold} {SOLD}.\n"
    )


def settings() -> str:
    page = f"# Settings\n\n{NOTE}\nEnvironment variables. All have defaults that are safe on one machine.\n\n"
    page += row("variable", "default", "meaning") + row("---", "---", "---")
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (PydanticUndefined, None, "", ()) else field.default
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else default
        page += row(f"`{name.upper()}`", f"`{shown}`" if shown != "" else "", field.description)
    return page


def failures() -> str:
    page = f"# Errors\n\n{NOTE}\n"
    page += 'Every error is `{"error": {"message": "…"}}` with the sentence repeated in `X-Cld-Error`.\n\n```text\n'
    return page + (errors.__doc__ or "").split("\n\n")[1] + "\n```\n"


def expressions() -> str:
    """The page as it is, with the table of fields put between its marks."""
    before, mark, rest = (DOCS / "search.md").read_text("utf-8").partition("<!-- fields, written by `make docs` -->\n")
    table = row("field", "compares by", "values", "what it is") + row(*["---"] * 4)
    for item in TABLE:
        kind = KINDS[item.kind]
        signs = " ".join("[a TO b]" if sign == "range" else sign for sign in kind.signs)
        table += row(f"`{item.name}`", f"`{signs}`", kind.values, item.sentence)
    return before + mark + table + rest[rest.index("<!-- end of fields -->") :]


def gallery() -> str:
    return transformations.page(NOTE)


def compatible() -> str:
    return compatibility.page(NOTE)


PAGES = {
    "parameters.md": parameters,
    "settings.md": settings,
    "errors.md": failures,
    "search.md": expressions,
    "compatibility.md": compatible,
    "transformations.md": gallery,
}


def main() -> None:
    for name, write in PAGES.items():
        (DOCS / name).write_text(write(), "utf-8")


if __name__ == "__main__":
    main()
