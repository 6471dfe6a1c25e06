"""`build(settings)` wires the house, `create_app` puts it behind HTTP. Nothing else constructs anything."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette

from app.db import moves
from app.db.clock import shared
from app.db.engine import Database
from app.db.lately import Lately
from app.db.migrate import upgrade
from app.errors import BadRequest
from app.house import House
from app.imaging.reading import Limits
from app.inference.modelfile import describe
from app.inference.onnx import OnnxInference
from app.inference.remote import RemoteInference
from app.ports import Inference
from app.queue.jobs import Jobs
from app.queue.workers import Workers
from app.services.accounts import Accounts, Caller
from app.services.adding import Adding
from app.services.albums import Albums
from app.services.analysis import Analyzer
from app.services.archives import Archives
from app.services.backups import Backups
from app.services.cards import Cards
from app.services.chunks import Chunks
from app.services.composing import Composing
from app.services.datasources import Datasources
from app.services.deferring import Deferring
from app.services.delivering import Delivering
from app.services.describing import Describing
from app.services.editing import Editing
from app.services.fetching import Fetcher, Guard
from app.services.fields import Fields
from app.services.folders import Folders
from app.services.intake import Intake
from app.services.library import Library
from app.services.live import Live
from app.services.mappings import Mappings
from app.services.metadata_values import MetadataValues
from app.services.moving import Moving, Watch
from app.services.notices import Notices
from app.services.opening import Opening
from app.services.overseeing import Overseeing
from app.services.packaging import Packaging
from app.services.packs import Packs
from app.services.posting import Poster
from app.services.presets import Presets
from app.services.relations import Relations
from app.services.remote import Remote
from app.services.rendering import Renderer
from app.services.rules import Rules
from app.services.searching import Searching
from app.services.sessions import Sessions
from app.services.shared_chunks import SharedChunks
from app.services.tagging import Tagging
from app.services.transformations import Transformations
from app.services.triggers import Triggers
from app.services.undoing import Undoing
from app.services.uploads import Stored, Uploads
from app.services.visual import Visual
from app.settings import Settings, bundled
from app.storage.local import LocalStorage
from app.threads import Budget, Threads
from app.transform.fonts import Fonts
from app.transform.scene import Bounds
from app.vision.registry import Registry
from app.web import answers
from app.web.answers import Links
from app.web.application import create_app as create_app
from app.web.inference_server import InferenceServer
from app.work import Job

try:
    from app.storage import s3
except ImportError:  # obstore comes with the extra [scale]
    s3 = None  # type: ignore[assignment]


def build(settings: Settings, inference: Inference | None = None) -> House:
    """Choose the engines by the settings' URLs, bring the database up to date, and connect the services.

    `inference` lets several houses of one process share loaded models.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    threads = Threads(settings.compute_threads, settings.waiting_line)
    db = Database(settings.database)
    if moves.under_way(db):
        db.close()
        raise BadRequest("Another installation is being moved into this database; finish that with `tagsight move … --finish`")
    upgrade(db)
    queue = Jobs(db, shared(db))
    storage = storage_at(settings.storage_url, settings.data_dir)
    registry = Registry(settings.model_folders)
    inference = inference or inference_of(settings, registry)
    tagging = Tagging(registry, inference)
    accounts = Accounts(db, settings.credentials, Lately(db))
    accounts.start()
    limits = Limits(settings.max_pixels, settings.max_decoded_bytes, settings.image_formats)
    guard = Guard(settings.fetch_allow)
    fetcher = Fetcher(settings.fetch_seconds, settings.fetch_redirects, guard)
    notices = Notices(db, queue, accounts, Poster(settings.webhook_seconds, guard), settings.webhook_waits)
    describing = Describing(db, storage, tagging, limits)
    bounds = Bounds(settings.max_pixels, settings.max_decoded_bytes, settings.max_rendered_pixels, formats=settings.image_formats)
    intake = Intake(storage.incoming, settings.max_body_bytes, fetcher)
    memory = Budget(settings.max_rendering_bytes)
    renderer = Renderer(db, storage, tagging, describing, bounds, storage.incoming, Fonts(settings.fonts_dir), intake, memory)
    presets = Presets(db, tagging)
    library = Library(db, storage, tagging, limits)
    uploads = Uploads(db, storage, tagging, presets, threads, limits, describing, renderer, queue, notices, shape)
    deferring = Deferring(
        db, storage, queue, accounts, tagging, describing, limits, uploads, intake, library, renderer, notices, shape
    )
    archives_ = Archives(db, storage, uploads, renderer, storage.incoming, settings.max_file_bytes)
    packaging = Packaging(db, queue, accounts, archives_, notices, shape)
    composing = Composing(db, storage, intake, uploads, renderer, limits, storage.incoming)
    albums = Albums(db, queue, accounts, composing, notices, shape)
    editing, searching = Editing(db, storage, notices), Searching(db, settings.search_seconds)
    packs = Packs(settings.data_dir / "models", tagging, describe, OnnxInference, settings.max_model_bytes)
    backups, undoing = Backups(db, storage, library), Undoing(db, storage, queue, notices)
    visual = Visual(db, storage, intake, tagging, searching, limits, queue)
    jobs = {  # what a job's name stands for
        "look": Job("detection", deferring.look),
        "change": Job("detection", deferring.change),
        "render": Job("rendering", deferring.render),
        "fetch": Job("fetching", deferring.fetch),
        "compose": Job("rendering", albums.compose),
        "archive": Job("rendering", packaging.archive),
        "embed": Job("detection", visual.look),
        "deliver": Job("webhooks", notices.deliver),
        "empty": Job("fetching", undoing.empty),
    }
    return House(
        settings=settings,
        threads=threads,
        db=db,
        storage=storage,
        queue=queue,
        workers=workers_of(settings, settings.queues, db, queue, jobs, threads),
        inference=inference,
        registry=registry,
        accounts=accounts,
        sessions=Sessions(accounts, settings.console_password, settings.console_demo, Lately(db)),
        intake=intake,
        presets=presets,
        packs=packs,
        adding=Adding(packs, registry, settings.data_dir, settings.max_model_bytes),
        cards=Cards(registry, settings.model_folders, settings.data_dir / "models", bundled("docs") / "quality.md"),
        uploads=uploads,
        describing=describing,
        library=library,
        deferring=deferring,
        notices=notices,
        live=Live(db),
        overseeing=Overseeing(db, queue, notices, backups),
        triggers=Triggers(db, accounts),
        editing=editing,
        undoing=undoing,
        opening=Opening(db, editing),
        visual=visual,
        chunks=chunks_of(settings, db, storage),
        analyzer=Analyzer(tagging, library, intake, storage, limits),
        archives=archives_,
        packaging=packaging,
        composing=composing,
        albums=albums,
        fields=Fields(db),
        datasources=Datasources(db),
        metadata_values=MetadataValues(db),
        rules=Rules(db),
        folders=Folders(db),
        searching=searching,
        backups=backups,
        relations=Relations(db),
        transformations=Transformations(db, storage),
        renderer=renderer,
        delivering=Delivering(accounts, library, renderer, Remote(db, accounts, intake, uploads)),
        mappings=Mappings(db),
    )


def shape(caller: Caller, stored: Stored, base: str) -> dict[str, Any]:
    """An upload's answer, for those who learn of it by a notice."""
    return answers.uploaded(caller, stored, Links(base))


def workers_of(
    settings: Settings, names: Sequence[str], db: Database, queue: Jobs, jobs: Mapping[str, Job], threads: Threads
) -> Workers:
    """Workers for some queues, or for `all`, or for `none`. What computes is bounded by cores."""
    limits = {
        "detection": threads.compute_threads,
        "rendering": threads.compute_threads,
        "fetching": settings.webhook_workers,
        "webhooks": settings.webhook_workers,
    }
    if unknown := set(names) - {*limits, "all", "none"}:
        raise BadRequest(f"There is no queue {', '.join(sorted(unknown))}; choose from {', '.join(limits)}")
    chosen = {name: limit for name, limit in limits.items() if name in names or "all" in names}
    return Workers(db, queue, jobs, chosen, settings.lease_seconds, settings.poll_seconds)


def chunks_of(settings: Settings, db: Database, storage: "LocalStorage | s3.S3Storage") -> Chunks | SharedChunks:
    """Slices of large files lie on the disk that receives them, or where every node finds them."""
    if isinstance(storage, LocalStorage):
        return Chunks(storage.incoming / "chunks", settings.max_file_bytes)
    return SharedChunks(db, storage, storage.incoming, settings.max_file_bytes)


def storage_at(url: str, data_dir: Path) -> "LocalStorage | s3.S3Storage":
    """The twin that a STORAGE_URL names. Raises BadRequest for a URL that is none."""
    if not url or url.startswith("file:///"):
        return LocalStorage(Path(unquote(url.removeprefix("file://"))) if url else data_dir / "blobs")
    if s3 is None:
        raise BadRequest("STORAGE_URL needs the extra: pip install tagsight[scale]")
    try:
        return s3.S3Storage.at(url, data_dir / "incoming")
    except ValueError as error:
        raise BadRequest(f"STORAGE_URL: {error}") from None


def moving(settings: Settings, to: str, storage: str, watch: Watch) -> Moving:
    """This installation on its way to another database and storage; without them it stays where it is."""
    here = storage_at(settings.storage_url, settings.data_dir)
    there = storage_at(storage, settings.data_dir)
    return Moving(Database(settings.database), Database(to), here, there if storage else None, there.incoming, watch)


def inference_of(settings: Settings, registry: Registry) -> Inference:
    """The twin that INFERENCE_URL names."""
    if settings.inference_url[:4].lower() == "http":
        return RemoteInference(settings.inference_url, settings.inference_binary, settings.inference_seconds)
    return OnnxInference(settings.model_folders, registry.pinned)


def create_inference_server(settings: Settings) -> Starlette:
    """This installation's models for other machines; neither database nor storage is opened."""
    inference = OnnxInference(settings.model_folders, Registry(settings.model_folders).pinned)
    threads = Threads(settings.compute_threads, settings.waiting_line)
    return InferenceServer(inference, threads, settings.max_body_bytes).app()
