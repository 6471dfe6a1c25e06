"""Pictures made of words, of all pictures of a tag, or of the pages of one; each is stored like any upload."""

import io
import tempfile
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from app.db import assets, selections
from app.db.assets import Asset
from app.db.engine import Database
from app.errors import BadRequest, NotFound
from app.imaging.opening import opened
from app.imaging.reading import Limits
from app.params.composing import ComposeParams, ExplodeParams, TextParams
from app.params.upload import UploadParams
from app.ports import Storage
from app.services.accounts import Caller
from app.services.intake import Intake, Spool
from app.services.rendering import Renderer
from app.services.uploads import Stored, Uploads
from app.transform.scene import Wish
from app.transform.text import draw
from app.transform.text_styles import from_parameters, words

MOST = 200  # pictures of one multi or sprite
MOVING = {"gif": "GIF", "webp": "WEBP", "png": "PNG", "pdf": "PDF"}
STYLE, SPRITE = "text_style", "sprite"  # what the asset's facts keep for layers, and for the style sheet


@dataclass(frozen=True, slots=True)
class Composing:
    db: Database
    storage: Storage
    intake: Intake
    uploads: Uploads
    renderer: Renderer
    limits: Limits
    folder: Path

    def text(self, caller: Caller, raw: Mapping[str, object]) -> Stored:
        """A picture of words. Raises BadRequest."""
        params = TextParams.read(raw)
        if not params.text:
            raise BadRequest.missing("text")
        style = from_parameters(raw)
        image = draw(params.text, style, self.renderer.fonts)
        name = params.public_id or f"text_{uuid.uuid4().hex[:20]}"
        return self._store(caller, image, "PNG", {"public_id": name, "type": "text"}, {STYLE: words(raw)})

    def multi(self, caller: Caller, params: ComposeParams) -> Stored:
        """All pictures one after the other. Raises BadRequest, or NotFound where there are none."""
        format = (params.format or "gif").lower()
        if format not in MOVING:
            raise BadRequest.invalid("format", params.format, f"expected one of {', '.join(MOVING)}")
        frames = self._frames(caller, params)
        size = max(frame.width for _, frame in frames), max(frame.height for _, frame in frames)
        laid = [_laid(frame, size) for _, frame in frames]
        more: dict[str, Any] = {"save_all": True, "append_images": laid[1:]}
        more |= {} if format == "pdf" else {"duration": 1000, "loop": 0}
        if format == "pdf":
            laid = [frame.convert("RGB") for frame in laid]
            more["append_images"] = laid[1:]
        said = {"public_id": params.tag or f"multi_{uuid.uuid4().hex[:20]}", "type": "multi"}
        return self._store(caller, laid[0], MOVING[format], said, {}, **more)

    def sprite(self, caller: Caller, params: ComposeParams) -> tuple[Stored, dict[str, dict[str, int]]]:
        """All pictures below each other, and where each of them lies."""
        frames = self._frames(caller, params)
        size = max(frame.width for _, frame in frames), sum(frame.height for _, frame in frames)
        if size[0] * size[1] > self.renderer.bounds.pixels:
            raise BadRequest(
                f"Maximum image size is {self.renderer.bounds.pixels / 1e6:g} Megapixels. Use a smaller transformation"
            )
        whole, places, top = Image.new("RGBA", size), dict[str, dict[str, int]](), 0
        for name, frame in frames:
            whole.paste(frame, (0, top))
            places[name] = {"width": frame.width, "height": frame.height, "x": 0, "y": top}
            top += frame.height
        said = {"public_id": params.tag or f"sprite_{uuid.uuid4().hex[:20]}", "type": "sprite"}
        return self._store(caller, whole, "PNG", said, {SPRITE: places}), places

    def pages(self, caller: Caller, raw: Mapping[str, object]) -> list[Stored]:
        """Each page of a picture as a picture of its own, `<public_id>_<page>`."""
        params = ExplodeParams.read(raw)
        asset = self.exploded(caller, params)
        made = []
        with self.storage.get(asset.blob_key).local() as path, opened(path, self.limits) as source:
            count = source.pages
        for number in range(1, count + 1):
            steps = (params.transformation or "pg_all").replace("pg_all", f"pg_{number}")
            with self.storage.get(asset.blob_key).local() as path, tempfile.TemporaryDirectory(dir=self.folder) as folder:
                page = self.renderer.incoming(
                    caller.cloud_id, steps, params.format or "png", path, Path(folder), asset.format or "gif"
                )
                spool = Spool(self.folder, self.intake.limit)
                with page.path.open("rb") as file:
                    while piece := file.read(1 << 18):
                        spool.write(piece)
            said = {"public_id": f"{asset.public_id}_{number}", "type": asset.type}
            made.append(self._upload(caller, spool, said))
        return made

    def exploded(self, caller: Caller, params: ExplodeParams) -> Asset:
        """The picture whose pages are asked for. Raises BadRequest or NotFound."""
        if not params.public_id:
            raise BadRequest.missing("public_id")
        if params.transformation and "pg_all" not in params.transformation:
            raise BadRequest.invalid("transformation", params.transformation, "expected pg_all in it")
        with self.db.read() as c:
            found = assets.find(c, caller.cloud_id, "image", params.type or "upload", params.public_id)
        if found is None:
            raise NotFound.asset(params.public_id)
        return found

    def _frames(self, caller: Caller, params: ComposeParams) -> list[tuple[str, Image.Image]]:
        """The pictures by their names, each after the transformation."""
        if bool(params.tag) == bool(params.urls):
            raise BadRequest("Missing required parameter - tag or urls")
        if params.urls:
            return [self._fetched(caller, url, params) for url in params.urls[:MOST]]
        with self.db.read() as c:
            found = selections.tagged(c, caller.cloud_id, "image", "upload", params.tag or "", MOST)
        if not found:
            raise NotFound(f"Resource not found - no image has the tag {(params.tag or '')[:255]}")
        return [(asset.public_id, self._rendered(asset, params)) for asset in found]

    def _rendered(self, asset: Asset, params: ComposeParams) -> Image.Image:
        key = asset.blob_key
        if params.transformation:
            key = self.renderer.render(self.renderer.order(asset, params.transformation, Wish())).blob_key
        with self.storage.get(key).local() as path, opened(path, self.limits) as source:
            return source.frame()

    def _fetched(self, caller: Caller, url: str, params: ComposeParams) -> tuple[str, Image.Image]:
        with ExitStack() as stack:
            file = self.intake.resolve(self.intake.note(url))
            stack.callback(file.path.unlink, missing_ok=True)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=self.folder)))
            path = file.path
            if params.transformation:
                path = self.renderer.incoming(caller.cloud_id, params.transformation, "png", path, folder, "png").path
            with opened(path, self.limits) as source:
                return Path(file.filename).stem or uuid.uuid4().hex[:8], source.frame()

    def _store(
        self, caller: Caller, image: Image.Image, plugin: str, said: Mapping[str, object], facts: dict[str, Any], **options: Any
    ) -> Stored:
        spool, file = Spool(self.folder, self.intake.limit), io.BytesIO()
        image.save(file, plugin, **options)
        spool.write(file.getbuffer())
        stored = self._upload(caller, spool, said)
        if facts:
            with self.db.begin() as tx:
                assets.change(tx, stored.asset.id, {"facts": facts})
        return stored

    def _upload(self, caller: Caller, spool: Spool, said: Mapping[str, object]) -> Stored:
        file = spool.finish()
        try:
            return self.uploads.create(caller, UploadParams.read(said), file, "auto" if said["type"] == "multi" else "image")
        finally:
            file.path.unlink(missing_ok=True)


def _laid(frame: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A frame in the middle of the size that all of them share."""
    if frame.size == size:
        return frame
    whole = Image.new("RGBA", size)
    whole.paste(frame, ((size[0] - frame.width) // 2, (size[1] - frame.height) // 2))
    return whole
