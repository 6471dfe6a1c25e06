"""An asset and a transformation -> a rendered picture, made once for each key, however many ask for it and wherever."""

import hashlib
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from app.db import assets, cursor, rendering, transformations
from app.db.assets import Asset
from app.db.engine import Database
from app.db.rendering import Rendering
from app.errors import BadRequest, Failure, InvalidPicture, NotFound
from app.imaging.opening import opened
from app.imaging.reading import Limits
from app.ports import Storage
from app.services import files
from app.services.derivation import key_of, layer_pictures
from app.services.describing import Describing
from app.services.intake import Intake
from app.services.scenes import AssetScene, Trust
from app.services.tagging import Tagging
from app.threads import Budget
from app.transform import grammar, pipeline
from app.transform.fonts import Fonts
from app.transform.grammar import Step
from app.transform.needs import bytes_needed
from app.transform.scene import Bounds, Rendered, Wish

LEASE_SECONDS = 60.0  # of one rendering; a dead renderer's key is free again after it
PAUSE_SECONDS = 0.02  # between looks whether somebody else has finished
BUILT_IN = {"media_lib_thumb": "c_limit,h_200,w_200"}
MOST_NESTED = 5
TRUSTED = Trust()


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be rendered: the steps with names put in, the key they are kept under, and their canonical text."""

    asset: Asset
    steps: tuple[Step, ...]
    wish: Wish
    key: str
    text: str
    ending: str = ""
    trust: Trust = TRUSTED

    @property
    def told(self) -> str:
        """The transformation as it is told of: with the extension it was asked with, where that is another format."""
        return f"{self.text}/{self.ending}" if self.ending and self.text else self.text or self.ending


@dataclass(frozen=True, slots=True)
class Made:
    """A picture that is rendered and not stored yet, in a folder of its own."""

    folder: "tempfile.TemporaryDirectory[str]"
    picture: Rendered


@dataclass(frozen=True, slots=True)
class Renderer:
    db: Database
    storage: Storage
    tagging: Tagging
    describing: Describing
    bounds: Bounds
    folder: Path
    fonts: Fonts
    intake: Intake
    memory: Budget

    def forget(self, asset: Asset) -> int:
        """Delete what was rendered from an asset: it is rendered anew when it is asked for. How many pictures went."""
        with self.db.begin() as tx:
            counts, keys = transformations.remove_of(tx, [asset.id], None)
        files.forget(self.storage, *keys)
        return counts[asset.id]

    def order(self, asset: Asset, text: str, wish: Wish, trust: Trust = TRUSTED) -> Order:
        """Read a transformation for an asset. Raises BadRequest, and Unauthorized for a layer that the caller may not see."""
        steps = grammar.parse(text)
        with self.db.read() as c:
            whole = self._named(c, asset.cloud_id, steps)
        stored = asset.format or "jpg"
        ending = "" if wish.extension == stored else wish.extension
        wish = replace(wish, extension=ending, stored=stored, quality_override=asset.quality_override or "")
        return Order(
            asset,
            whole,
            wish,
            key_of(self._scene(asset.cloud_id, trust, ExitStack(), asset), asset, whole, wish),
            grammar.written(steps),
            ending,
            trust,
        )

    def page(self, asset: Asset, size: int, after: str | None) -> tuple[list[Rendering], str | None]:
        """What was rendered from an asset, and the next page's cursor."""
        place = cursor.read(after, int)
        with self.db.read() as c:
            found, last = rendering.of(c, asset.id, size, int(place[0]) if place else 0)
        return found, cursor.write(last) if last is not None else None

    def allowed(self, cloud_id: int, order: Order) -> bool:
        """Whether strict mode lets an unsigned caller have it rendered."""
        with self.db.read() as c:
            return transformations.allowed(c, cloud_id, order.text.removeprefix("t_"))

    def find(self, order: Order) -> Rendering | None:
        with self.db.read() as c:
            return rendering.find(c, order.key)

    def render(self, order: Order) -> Rendering:
        """The rendered picture, from the store if it is there. Only one of all processes works on a key at a time."""
        made = self.begin(order)
        return made if isinstance(made, Rendering) else self.keep(order, made)

    def begin(self, order: Order) -> Rendering | Made:
        """The half that computes. What comes of it must be given to `keep`, which waits for disk and database."""
        until = time.monotonic() + LEASE_SECONDS
        while time.monotonic() < until:
            found = self.find(order)
            if found:
                return found
            with self.db.begin() as tx:
                mine = rendering.claim(tx, order.key, LEASE_SECONDS)
            if mine:
                return self._begun(order)
            time.sleep(PAUSE_SECONDS)
        raise Failure("The picture could not be rendered in time")

    def keep(self, order: Order, made: Made) -> Rendering:
        """Store what `begin` made: bytes first, row second. Raises NotFound where its asset went meanwhile."""
        key = files.derived()
        try:
            with files.fresh(self.storage, key):
                with made.folder:
                    size, etag = made.picture.path.stat().st_size, _digest(made.picture.path)
                    self.storage.put(key, made.picture.path)
                values = {"transformation": order.told, "bytes": size, "etag": etag, "blob_key": key}
                values |= {name: getattr(made.picture, name) for name in ("format", "width", "height")}
                kept, found = self._written(order, values)
        except BaseException:
            self._release(order)
            raise
        if kept is None:
            files.forget(self.storage, key)
        if found is None:
            raise Failure("The picture could not be kept")
        return found

    def _written(self, order: Order, values: dict[str, Any]) -> tuple[Rendering | None, Rendering | None]:
        """What was kept of this rendering, and what is kept under its key now."""
        with self.db.begin() as tx:
            current = assets.some(tx, order.asset.id, lock=True)
            if current is None or current.version_id != order.asset.version_id:
                raise NotFound.asset(order.asset.public_id)  # it went, or is another picture by now
            kept = rendering.keep(tx, order.asset.id, order.key, values)
            if order.text:
                transformations.use(tx, order.asset.cloud_id, order.text)
            return kept, kept or rendering.find(tx, order.key)

    def incoming(self, cloud_id: int, text: str, extension: str, source: Path, folder: Path, stored: str) -> Rendered:
        """Render a file that is yet to be stored; the result lies in the folder. Raises BadRequest."""
        with self.db.read() as c:
            steps = self._named(c, cloud_id, grammar.parse(text))
        wish = Wish(extension=extension, stored=stored)
        with ExitStack() as needed:
            scene = self._scene(cloud_id, TRUSTED, needed, file=source)
            return self._made(source, steps, scene, wish, folder)

    def _made(self, path: Path, steps: Sequence[Step], scene: AssetScene, wish: Wish, folder: Path) -> Rendered:
        """Render when there is memory for it."""
        limits = Limits(self.bounds.source_pixels, self.bounds.decoded_bytes, self.bounds.formats)
        with opened(path, limits, self.bounds.frames) as whole:
            source = pipeline.turned(whole, steps, self.bounds)
            size, pages = (source.width, source.height), source.frames
            layers = layer_pictures(scene, steps, self.bounds)
        with self.memory.of(bytes_needed(steps, size, pages, wish, self.bounds, whole.format, layers)):
            return pipeline.render(path, steps, scene, wish, self.bounds, folder, self.fonts)

    def _scene(
        self, cloud_id: int, trust: Trust, needed: ExitStack, asset: Asset | None = None, file: Path | None = None
    ) -> AssetScene:
        return AssetScene(self.db, self.storage, self.intake, self.tagging, self.describing, cloud_id, trust, needed, asset, file)

    def _begun(self, order: Order) -> Made:
        folder = tempfile.TemporaryDirectory(dir=self.folder)
        try:
            with ExitStack() as needed:
                path = needed.enter_context(self.storage.get(order.asset.blob_key).local())
                scene = self._scene(order.asset.cloud_id, order.trust, needed, order.asset)
                return Made(folder, self._made(path, order.steps, scene, order.wish, Path(folder.name)))
        except BaseException as error:
            folder.cleanup()
            self._release(order)
            if isinstance(error, InvalidPicture) and not self._is_current(order.asset):
                raise NotFound.asset(order.asset.public_id) from error  # it went while it was read
            raise

    def _release(self, order: Order) -> None:
        """Give the lease back; where the database is away it runs out by itself."""
        with suppress(SQLAlchemyError, Failure), self.db.begin() as tx:
            rendering.release(tx, order.key)

    def _is_current(self, asset: Asset) -> bool:
        with self.db.read() as c:
            found = assets.some(c, asset.id)
        return found is not None and found.version_id == asset.version_id

    def _named(self, c: Connection, cloud_id: int, steps: Sequence[Step], depth: int = 0) -> tuple[Step, ...]:
        """The steps with what each named transformation stands for. Raises BadRequest for an unknown name."""
        found: list[Step] = []
        for step in steps:
            names = step.params.get("t", "").split(".") if "t" in step.params else []
            if names and depth >= MOST_NESTED:
                raise BadRequest("Transformation names itself")
            bodies = transformations.bodies(c, cloud_id, names) if names else {}
            for name in names:
                body = bodies.get(name) or BUILT_IN.get(name)
                if body is None:
                    raise BadRequest(f"Unknown transformation {name[:100]}")
                found += self._named(c, cloud_id, grammar.parse(_without_ending(body)), depth + 1)
            rest = replace(step, params={key: value for key, value in step.params.items() if key != "t"})
            if not names or not rest.is_bare or rest.condition:
                found.append(rest)
        if len(found) > grammar.MOST_STEPS:
            raise BadRequest(f"Transformation has more than {grammar.MOST_STEPS} components")
        return tuple(found)


def _without_ending(text: str) -> str:
    """A transformation without the extension that may stand behind its last slash."""
    head, _, tail = text.rpartition("/")
    return head if head and tail.isalnum() and "_" not in tail else text


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
