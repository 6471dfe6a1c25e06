"""docs/compatibility.md: what each method does here, and how each client was seen to work; read off tables and tests."""

import json
import re
from collections import Counter
from pathlib import Path

from app.params import addons, upload
from app.params.admin import UpdateParams
from app.params.rendering import RenderParams

ROOT = Path(__file__).parent.parent
WORKS, DIFFERS, REFUSED = "works", "differs", "refused"

# The SDKs' name of a method, its route here, and what is to be known of it. A test holds every route against the running program.
UPLOAD: tuple[tuple[str, str, str, str], ...] = (
    ("upload", "POST /v1_1/{cloud}/{resource_type}/upload", WORKS, "file, data URI, URL; image, video, raw, auto"),
    (
        "upload_large",
        "POST /v1_1/{cloud}/{resource_type}/upload_chunked",
        WORKS,
        "slices in any order; totals of -1",
    ),
    ("unsigned_upload", "POST /v1_1/{cloud}/{resource_type}/upload", WORKS, "1000 an hour and address unless told"),
    ("explicit", "POST /v1_1/{cloud}/{resource_type}/explicit", WORKS, "with detection, tags, eager, coordinates"),
    ("rename", "POST /v1_1/{cloud}/{resource_type}/rename", WORKS, "to_type, overwrite"),
    ("destroy", "POST /v1_1/{cloud}/{resource_type}/destroy", WORKS, "also by asset ID"),
    ("add_tag", "POST /v1_1/{cloud}/{resource_type}/tags", WORKS, "add, remove, replace, remove_all, set_exclusive"),
    ("add_context", "POST /v1_1/{cloud}/{resource_type}/context", WORKS, "add, remove_all"),
    ("update_metadata", "POST /v1_1/{cloud}/{resource_type}/metadata", WORKS, "checked by type and validation"),
    ("text", "POST /v1_1/{cloud}/{resource_type}/text", DIFFERS, "drawn in Noto Sans, or in a typeface of FONTS_DIR"),
    ("multi", "POST /v1_1/{cloud}/{resource_type}/multi", DIFFERS, "GIF, WebP, APNG and PDF; no video"),
    ("generate_sprite", "POST /v1_1/{cloud}/{resource_type}/sprite", WORKS, "pictures below each other, CSS and JSON"),
    ("explode", "POST /v1_1/{cloud}/{resource_type}/explode", WORKS, "frames, pages of TIFF and PDF"),
    ("create_archive", "POST /v1_1/{cloud}/{resource_type}/generate_archive", WORKS, "zip, tgz; stored, streamed or by a job"),
    ("delete_by_token", "POST /v1_1/{cloud}/delete_by_token", WORKS, "ten minutes"),
    ("create_slideshow", "POST /v1_1/{cloud}/{resource_type}/create_slideshow", REFUSED, "400: no videos are made here"),
)
ADMIN: tuple[tuple[str, str, str, str], ...] = (
    ("ping", "GET /v1_1/{cloud}/ping", WORKS, ""),
    ("usage", "GET /v1_1/{cloud}/usage", DIFFERS, "counts what is stored; nothing is metered"),
    ("config", "GET /v1_1/{cloud}/config", WORKS, "folder_mode: dynamic, or fixed for a cloud that says so"),
    ("resources", "GET /v1_1/{cloud}/resources/{resource_type}", WORKS, "by type, prefix, IDs, moment"),
    ("resources_by_tag", "GET /v1_1/{cloud}/resources/{resource_type}/tags/{tag}", WORKS, ""),
    ("resources_by_context", "GET /v1_1/{cloud}/resources/{resource_type}/context", WORKS, ""),
    ("resources_by_moderation", "GET /v1_1/{cloud}/resources/{resource_type}/moderations/{kind}/{status}", WORKS, ""),
    ("resources_by_asset_folder", "GET /v1_1/{cloud}/resources/by_asset_folder", WORKS, ""),
    ("resource", "GET /v1_1/{cloud}/resources/{resource_type}/{type}/{public_id}", WORKS, "facts are computed when asked for"),
    ("update", "POST /v1_1/{cloud}/resources/{resource_type}/{type}/{public_id}", WORKS, "with detection and auto_tagging"),
    ("delete_resources", "DELETE /v1_1/{cloud}/resources/{resource_type}/{type}", WORKS, "needs a scope"),
    ("restore", "POST /v1_1/{cloud}/resources/{resource_type}/{type}/restore", WORKS, "what backup kept"),
    ("visual_search", "POST /v1_1/{cloud}/resources/visual_search", DIFFERS, "by a small network's features, or by words"),
    ("search", "POST /v1_1/{cloud}/resources/search", WORKS, "and signed search URLs; what detectors saw is our own"),
    ("tags", "GET /v1_1/{cloud}/tags/{resource_type}", WORKS, ""),
    ("upload_presets", "GET /v1_1/{cloud}/upload_presets", WORKS, "list, create, update, delete"),
    ("upload_mappings", "GET /v1_1/{cloud}/upload_mappings", WORKS, "list, create, update, delete, replace"),
    ("transformations", "GET /v1_1/{cloud}/transformations", WORKS, "list, create, update, delete"),
    ("folders", "GET /v1_1/{cloud}/folders", WORKS, "list, create, rename, delete, search"),
    ("metadata_fields", "GET /v1_1/{cloud}/metadata_fields", WORKS, "conditional rules are kept for user interfaces to apply"),
    ("add_related_assets", "POST /v1_1/{cloud}/resources/related_assets/{resource_type}/{type}/{public_id}", WORKS, "also by ID"),
    ("triggers", "GET /v1_1/{cloud}/triggers", WORKS, ""),
    ("analyze", "POST /v2/analysis/{cloud}/analyze/{model}", DIFFERS, "the installed detectors; other models answer as add-ons"),
)  # fmt: skip

ABSENT = (
    "\nRefused with their reason: streaming profiles (400: no videos are made here), the Provisioning API (404: `tagsight keys`).\n"
)

# How a client is pointed here, and by which file of recorded requests it is known.
CLIENTS: tuple[tuple[str, str, str], ...] = (
    ("Python", "`CLOUDINARY_URL=cloudinary://key:secret@demo?upload_prefix=http://127.0.0.1:8000`", "python"),
    ("Node.js", "the same `CLOUDINARY_URL`, set before the first `require`", "node"),
    ("Ruby", "the same `CLOUDINARY_URL`", "ruby"),
    ("PHP", "the same `CLOUDINARY_URL`", "php"),
    ("Java", "the same `CLOUDINARY_URL`", "java"),
    ("Go", "the same `CLOUDINARY_URL`", "go"),
    (".NET", '`cloudinary.Api.ApiBaseAddress = "http://127.0.0.1:8000"`', "csharp"),
    ("Android", '`MediaManager.init(context, mapOf("upload_prefix" to …))`; needs https or a cleartext exception', ""),
    ("Swift", "`CLDConfiguration(cloudinaryUrl:)` with `upload_prefix`; needs https or an exception", ""),
    ("`cld` command", "the same `CLOUDINARY_URL`", "cli"),
    ("curl", "`http://127.0.0.1:8000/v1_1/demo/…`", "curl"),
)
LIVE = {
    "python": "tests/sdk/test_python.py",
    "node": "tests/sdk/test_node.py",
    "cli": "tests/sdk/test_commands.py",
    "curl": "tests/sdk/test_commands.py",
}


def page(note: str) -> str:
    return "".join(
        (
            "# Compatibility\n\n",
            note,
            "\n",
            _clients(),
            _methods("Upload API", UPLOAD),
            _methods("Admin API", ADMIN),
            ABSENT,
            _parameters(),
        )
    )


def _clients() -> str:
    """A line a client: how it is pointed here and what was seen."""
    lines = ["## Clients\n\n| client | how it is pointed here | seen working |\n| --- | --- | --- |\n"]
    for name, how, recorded in CLIENTS:
        file = ROOT / "tests/wire/recorded" / f"{recorded}.json"
        calls = len(json.loads(file.read_text("utf-8"))) if recorded else 0
        seen = [f"the client itself against a live server (`{LIVE[recorded]}`)"] if recorded in LIVE else []
        seen += [f"{calls} recorded requests of it, replayed (`tests/wire`)"] if calls else ["not run here"]
        lines.append(f"| {name} | {how} | {'; '.join(seen)} |\n")
    return "".join(lines)


def _methods(title: str, table: tuple[tuple[str, str, str, str], ...]) -> str:
    text = "".join(path.read_text("utf-8") for path in sorted((ROOT / "tests/sdk").glob("*.py")))
    replayed = _replayed()
    lines = [f"\n## {title}\n\n| method | here | live | replayed | to know |\n| --- | --- | --- | --- | --- |\n"]
    for name, route, state, note in table:
        live = "yes" if re.search(rf"\b{name}\(", text) else ""
        count = replayed.get(route, 0)
        lines.append(f"| `{name}` | {state} | {live} | {f'{count} requests' if count else ''} | {note} |\n")
    return "".join(lines)


def _replayed() -> Counter[str]:
    """How many recorded requests go to each route of the tables."""
    patterns = [(route, _pattern(route)) for _, route, _, _ in (*UPLOAD, *ADMIN)]
    counts: Counter[str] = Counter()
    for path in sorted((ROOT / "tests/wire/recorded").glob("*.json")):
        for row in json.loads(path.read_text("utf-8")):
            target = f"{row['method']} {row['target'].partition('?')[0]}"
            counts.update({route for route, pattern in patterns if pattern.fullmatch(target)})
    return counts


def _pattern(route: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", lambda found: ".+" if found[1] == "public_id" else "[^/]+", re.escape(route)))


def _parameters() -> str:
    """Every parameter of upload and update, and what is made of it."""
    served = set(upload.UploadParams.names()) | set(UpdateParams.names()) | set(RenderParams.names())
    lines = [
        "\n## Parameters of upload, explicit and update\n\n",
        "Work: " + ", ".join(f"`{name}`" for name in sorted(served)) + ".\n\n",
    ]
    lines.append("Refused with a sentence (400): " + ", ".join(f"`{name}`" for name in sorted(upload.NOT_SERVED)) + ".\n\n")
    lines.append("Answer as add-ons without a subscription (420), for values the original knows: ")
    lines.append(", ".join(f"`{name}`" for name in sorted(addons.ADDONS)) + ".\n\n")
    lines.append("[Every parameter in a sentence](parameters.md) · [errors](errors.md)\n")
    return "".join(lines)
