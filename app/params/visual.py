"""The table of visual search's parameters."""

from app.errors import BadRequest
from app.params.admin import PageParams
from app.params.kinds import P, Text, Unit

SOURCES = ("image_url", "image_asset_id", "text", "image_file")


class VisualParams(PageParams):
    """`POST resources/visual_search`: pictures that look like one, or whose tags and words say a text."""

    image_url: Text = P("A picture by its address.")
    image_asset_id: Text = P("A stored picture by its asset ID.")
    text: Text = P("Words: looked for in tags, names, context and metadata.")
    threshold: Unit = P("How alike a picture must be, 0 to 1; 0.5 unless told.")

    @property
    def least(self) -> float:
        return 0.5 if self.threshold in (None, "default") else float(self.threshold or 0)

    def check(self, has_file: bool) -> None:
        """Exactly one source. Raises BadRequest."""
        given = [name for name in SOURCES[:3] if getattr(self, name)] + (["image_file"] if has_file else [])
        if len(given) != 1:
            raise BadRequest(f"Exactly one of {', '.join(SOURCES)} is required")
