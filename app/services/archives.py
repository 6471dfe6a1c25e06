"""Archives: the assets a caller selects, as one zip or tgz, streamed or stored as a raw asset."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from app.db import selections
from app.db.assets import Asset
from app.db.engine import Database
from app.errors import BadRequest, NotFound
from app.imaging.facts import suffix
from app.params.archives import MODES, ArchiveParams
from app.params.upload import UploadParams
from app.ports import Blob, Storage
from app.services import eager
from app.services.accounts import Caller
from app.services.intake import Spool
from app.services.packing import FORMATS, Entry, safe_names
from app.services.rendering import Renderer
from app.services.uploads import Stored, Uploads
from app.transform.scene import Wish

MOST_ASSETS = 1000
MOST_TERMS = 100  # tags or prefixes: each is a query
KINDS = ("image", "video", "raw", "auto", "all")
ENDINGS = {"gz": "tgz", "tar.gz": "tgz"}


@dataclass(frozen=True, slots=True)
class Archive:
    """What goes into an archive, and which of the things asked for were not there, by the answer's own keys."""

    format: str
    entries: Sequence[Entry]
    assets: int
    missing: Mapping[str, Sequence[str]]

    @property
    def media_type(self) -> str:
        return FORMATS[self.format][1]

    def bytes(self) -> Iterator[bytes]:
        """The archive while it is written. A file that has gone meanwhile ends it without its last piece, so no reader takes it."""
        return FORMATS[self.format][0](self.entries)


@dataclass(slots=True)
class Selection:
    """Assets found so far, each once, in the order they were asked for."""

    assets: dict[int, Asset] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)

    def add(self, found: Sequence[Asset]) -> bool:
        self.assets |= {asset.id: asset for asset in found}
        if len(self.assets) > MOST_ASSETS:
            raise BadRequest(f"Too many assets for one archive: at most {MOST_ASSETS}")
        return bool(found)

    def miss(self, key: str, names: Sequence[str]) -> None:
        if names:
            self.missing[key] = [*self.missing.get(key, ()), *names]


@dataclass(frozen=True, slots=True)
class Archives:
    """`folder` is where a stored archive is written first; `limit` how large it may become."""

    db: Database
    storage: Storage
    uploads: Uploads
    renderer: Renderer
    folder: Path
    limit: int

    def read(self, resource_type: str, raw: Mapping[str, object]) -> ArchiveParams:
        """The call's parameters, checked before anything is looked up."""
        params = ArchiveParams.read(raw)
        if resource_type not in KINDS:
            raise BadRequest.invalid("resource_type", resource_type, f"expected one of {', '.join(KINDS)}")
        if (params.mode or MODES[0]) not in MODES:
            raise BadRequest.invalid("mode", params.mode, f"expected {' or '.join(MODES)}")
        if _format(params) not in FORMATS:
            raise BadRequest.invalid("target_format", params.target_format, f"expected {' or '.join(FORMATS)}")
        for text in params.transformations or ():
            eager.parted(text)
        return params

    def select(self, caller: Caller, resource_type: str, params: ArchiveParams) -> Archive:
        """Look up everything that was asked for. Raises NotFound for what is missing, unless that is allowed."""
        selection = self._selected(caller, None if resource_type in ("auto", "all") else resource_type, params)
        if selection.missing and not params.allow_missing:
            raise NotFound.asset(", ".join(name for names in selection.missing.values() for name in names)[:500])
        if not selection.assets:
            raise NotFound("Resource not found - no asset fits the selection")
        chosen = list(selection.assets.values())
        files = [(asset, text) for asset in chosen for text in self._wanted(asset, params)]
        names = safe_names([_name(asset, params, text) for asset, text in files])
        entries = [
            Entry(name, asset.created_at, partial(self._open, asset, text))
            for name, (asset, text) in zip(names, files, strict=True)
        ]
        return Archive(_format(params), entries, len(chosen), selection.missing)

    def _wanted(self, asset: Asset, params: ArchiveParams) -> Sequence[str]:
        """The transformations an asset goes in with; an empty one is the asset itself."""
        return params.transformations or ("",) if asset.resource_type == "image" else ("",)

    def _open(self, asset: Asset, text: str) -> Blob:
        """The bytes of one file, rendered when it is its turn."""
        if not text:
            return self.storage.get(asset.blob_key)
        steps, ending = eager.parted(text)
        return self.storage.get(self.renderer.render(self.renderer.order(asset, steps, Wish(extension=ending))).blob_key)

    def create(self, caller: Caller, params: ArchiveParams, archive: Archive) -> Stored:
        """Write the archive beside the storage and store it as a raw asset."""
        spool = Spool(self.folder, self.limit)
        try:
            for piece in archive.bytes():
                spool.write(piece)
            ending = f".{archive.format}"
            name = params.target_public_id
            asked = {
                "public_id": name and (name if name.lower().endswith(ending) else name + ending),
                "tags": params.target_tags,
                "asset_folder": params.target_asset_folder,
                "discard_original_filename": True,
            }
            return self.uploads.create(caller, UploadParams.read(asked), spool.finish(f"archive{ending}"), "raw")
        finally:
            spool.drop()

    def _selected(self, caller: Caller, kind: str | None, params: ArchiveParams) -> Selection:
        names, qualified = params.public_ids or (), params.fully_qualified_public_ids or ()
        tags, prefixes = params.tags or (), params.prefixes or ()
        if not (names or qualified or tags or prefixes):
            raise BadRequest("Missing required parameter - public_ids, fully_qualified_public_ids, tags or prefixes")
        if len(names) + len(qualified) > MOST_ASSETS:
            raise BadRequest(f"Too many public_ids: at most {MOST_ASSETS} an archive")
        if max(len(tags), len(prefixes)) > MOST_TERMS:
            raise BadRequest(f"Too many tags or prefixes: at most {MOST_TERMS} an archive")
        type, cloud, selection = params.type or "upload", caller.cloud_id, Selection()
        with self.db.read() as c:
            for (one, of_type), ids in _places(qualified, {(kind, type): list(names)}).items():
                found = selections.named(c, cloud, one, of_type, ids) if ids else []
                selection.add(found)
                there = {asset.public_id for asset in found}
                selection.miss("missing_public_ids", [id for id in ids if id not in there])
            for tag in tags:
                if not selection.add(selections.tagged(c, cloud, kind, type, tag, MOST_ASSETS + 1)):
                    selection.miss("empty_tags", [tag])
            for prefix in prefixes:
                if not selection.add(selections.below(c, cloud, kind, type, prefix, MOST_ASSETS + 1)):
                    selection.miss("empty_prefixes", [prefix])
        return selection


def _places(qualified: Sequence[str], places: dict[tuple[str | None, str], list[str]]) -> dict[tuple[str | None, str], list[str]]:
    """Names by their kind and type: `image/upload/a/b` joins those at (image, upload) as `a/b`."""
    for text in qualified:
        kind, _, rest = text.partition("/")
        type, _, name = rest.partition("/")
        if not name:
            raise BadRequest.invalid("fully_qualified_public_ids", text, "expected <resource type>/<type>/<public_id>")
        places.setdefault((kind, type), []).append(name)
    return places


def _format(params: ArchiveParams) -> str:
    word = (params.target_format or "zip").lower()
    return ENDINGS.get(word, word)


def _name(asset: Asset, params: ArchiveParams, text: str = "") -> str:
    """Where a file lies in the archive: below its transformation, unless it is the only one and shall not be named."""
    folder, slash, leaf = asset.public_id.rpartition("/")
    steps, made = eager.parted(text) if text else ("", "")
    ending = made or asset.format if asset.resource_type != "raw" else suffix(leaf)
    named = steps.replace("/", ",") if not params.skip_transformation_name or len(params.transformations or ()) > 1 else ""
    if params.use_original_filename and asset.original_filename:
        leaf = f"{asset.original_filename}.{ending}" if ending else asset.original_filename
    elif asset.resource_type != "raw" and ending:
        leaf = f"{leaf}.{ending}"
    if named and params.flatten_transformations:
        stem, dot, last = leaf.rpartition(".")
        leaf = f"{stem}_{named}.{last}" if dot else f"{leaf}_{named}"
    name = leaf if params.flatten_folders else folder + slash + leaf
    return f"{named}/{name}" if named and not params.flatten_transformations else name
