"""What can be searched for: one table, a row a field. The reference page, completion and error messages are read off it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.search import values
from app.search.parse import wrong
from app.search.values import Reader


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of field compares: its signs, and what its values are. `prefix`: a star may end a value."""

    signs: tuple[str, ...]
    values: str
    prefix: bool = False


SAME, ORDERED = (":", "="), (":", "=", ">", ">=", "<", "<=", "range")
KINDS: Mapping[str, Kind] = {
    "name": Kind(SAME, "one whole word, in any case", True),
    "id": Kind(SAME, "the whole text, letter by letter", True),
    "folder": Kind(SAME, "a whole path; a/* is the folder and all below it", True),
    "text": Kind(SAME, ": a word, or words in a row; = the whole text; in any case", True),
    "value": Kind(ORDERED, "as texts; > and ranges compare numbers and dates", True),
    "tags": Kind(SAME, ": a word of a tag, or words in a row; = the whole tag; in any case", True),
    "number": Kind(ORDERED, "numbers"),
    "size": Kind(ORDERED, "bytes, or 500kb, 2m, 1g"),
    "ratio": Kind(ORDERED, '1.5 or "16:9"'),
    "duration": Kind(ORDERED, "seconds, or 30s, 5m, 1h"),
    "date": Kind(ORDERED, '2026-01-31 (the whole day), "2026-01-31T12:00:00Z", or 12h, 1d, 4w, 2m, 1y before now'),
    "flag": Kind(SAME, "true or false"),
    "status": Kind(SAME, "active, for every stored asset", True),
    "seen": Kind(SAME, "a label, in any case", True),
    "measure": Kind(ORDERED, "numbers, behind a label where one is meant: detected.count:person>=3"),
    "nothing": Kind(SAME, "matches nothing here", True),
}
READERS: Mapping[str, Reader] = {
    "number": values.number,
    "measure": values.number,
    "size": values.size,
    "ratio": values.ratio,
    "duration": values.duration,
    "date": values.moment,
    "value": values.amount,
}
EQUALS: Mapping[str, Reader] = {**READERS, "ratio": values.near, "date": values.within}


@dataclass(frozen=True, slots=True)
class Field:
    """`column`: of the assets, or empty for what is kept as rows. `unit`: microseconds of a step of a date's column."""

    name: str
    kind: str
    sentence: str
    column: str = ""
    unit: int = 1
    whole: bool = False  # whether the column holds whole numbers
    sorted: bool = False
    key: str = ""  # what the expression puts behind the dot

    @property
    def shown(self) -> str:
        return self.name + (self.key and f".{self.key}")


def _column(name: str, kind: str, sentence: str, column: str = "", unit: int = 1, whole: bool = False) -> Field:
    return Field(name, kind, sentence, column or name, unit, whole, sorted=True)


TABLE = (
    _column("public_id", "id", "The asset's name."),
    _column("asset_id", "name", "The asset's ID for life."),
    Field("filename", "text", "The last part of the public ID."),
    Field("display_name", "text", "The name for people.", sorted=True),
    _column("asset_folder", "folder", "The folder the asset is filed in."),
    _column("folder", "folder", "The same under its older name.", "asset_folder"),
    Field("tags", "tags", "The asset's tags."),
    Field("context.<key>", "value", "Contextual metadata by its key."),
    Field("metadata.<external_id>", "value", "Structured metadata: values, and IDs or names of a datasource's entries."),
    _column("resource_type", "name", "image, video or raw."),
    _column("type", "name", "The delivery type: upload, private, authenticated…"),
    _column("format", "name", "jpg, png, mp4…; raw files have none."),
    Field("status", "status", "Whether the asset is there."),
    _column("bytes", "size", "The size of the file.", whole=True),
    _column("width", "number", "Pixels across.", whole=True),
    _column("height", "number", "Pixels down.", whole=True),
    _column("pixels", "number", "Width times height.", whole=True),
    _column("aspect_ratio", "ratio", "Width by height."),
    _column("pages", "number", "Pages, or frames.", whole=True),
    _column("duration", "duration", "The length of a video or sound."),
    _column("created_at", "date", "The first upload.", whole=True),
    _column("uploaded_at", "date", "The last upload.", "version", values.SECOND, whole=True),
    _column("updated_at", "date", "The last change of any kind.", whole=True),
    Field("last_updated.<what>", "date", "The same: changes are not told apart.", "updated_at", whole=True),
    Field("taken_at", "date", "When the camera took it, as its EXIF says. *"),
    _column("etag", "name", "The MD5 of the file."),
    _column("moderation_kind", "name", "What moderates it."),
    _column("moderation_status", "name", "pending, approved or rejected."),
    _column("access_mode", "name", "public or authenticated."),
    Field("access_control", "text", "token or anonymous, where it has such a rule."),
    Field("face_count", "number", "How many faces it has. *"),
    Field("colors", "text", "A colour by its name: red, blue, white… *"),
    Field("colors.<name>", "number", "The percentage of a colour. *"),
    Field("grayscale", "flag", "Whether it is gray. *"),
    Field("transparent", "flag", "Whether some of it is transparent. *"),
    Field("illustration_score", "number", "0 for a photograph to 1 for a drawing. *"),
    Field("quality_score", "number", "0 to 1. *"),
    Field("quality_analysis.<name>", "value", "A measure of quality. *"),
    Field("accessibility_analysis.<name>", "value", "A measure of how the colour-blind see it. *"),
    Field("image_metadata.<name>", "value", "An entry of EXIF, IPTC, XMP or of the file's header. *"),
    Field("image_analysis.<name>", "value", "The facts of a picture by their longer names. *"),
    Field("similarity", "nothing", "Matches nothing: resources/visual_search finds what looks alike."),
    Field("detected", "seen", "A label that a detector saw."),
    Field("detected.<model>", "seen", "A label that one model saw, as in detected.coco:dog."),
    Field("detected.confidence", "measure", "How sure the model is of the surest one (0 to 1)."),
    Field("detected.count", "measure", "How many it saw."),
    Field("detected.area", "measure", "The share of the picture that the largest one's box covers (0 to 1)."),
    Field("detected.<model>.<measure>", "measure", "The same of one model."),
)  # fmt: skip
MEASURES = ("confidence", "count", "area")
PLAIN = {field.name: field for field in TABLE if "<" not in field.name}
FAMILIES = {field.name.partition(".")[0]: field for field in TABLE if "<" in field.name and not field.name.startswith("detected")}
LIKE = {"image_analysis.illustration": "illustration_score", "illustration": "illustration_score", "quality": "quality_score"}


def find(name: str, place: int) -> Field:
    """The field of a name. Raises BadRequest with the place where it stands."""
    known = PLAIN.get(LIKE.get(name, name))
    family, dot, key = name.partition(".")
    if known is None and dot and key:
        if family == "image_analysis" and key in PLAIN:
            return PLAIN[key]
        known = _detected(key) if family == "detected" else FAMILIES.get(family)
        known = replace(known, name=family, key=key) if known else None
    if known is None:
        raise wrong(place, f"there is no field {name[:100]}; fields are {', '.join(field.name for field in TABLE)}")
    return known


def _detected(key: str) -> Field | None:
    model, _, measure = key.rpartition(".")
    if model and measure in MEASURES:
        return PLAIN["detected.count"]
    return PLAIN["detected"]


def model_and_measure(field: Field) -> tuple[str, str]:
    """Of `detected.<model>.<measure>` both, either of them empty."""
    parts = field.shown.split(".")[1:]
    measure = parts.pop() if parts and parts[-1] in MEASURES else ""
    return ".".join(parts), measure
