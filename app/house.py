"""The running parts of one installation, by name: what `main.build` wires and the web is given."""

from dataclasses import dataclass

from app.db.engine import Database
from app.ports import Inference, Storage
from app.queue.jobs import Jobs
from app.queue.workers import Workers
from app.services.accounts import Accounts
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
from app.services.fields import Fields
from app.services.folders import Folders
from app.services.intake import Intake
from app.services.library import Library
from app.services.live import Live
from app.services.mappings import Mappings
from app.services.metadata_values import MetadataValues
from app.services.notices import Notices
from app.services.opening import Opening
from app.services.overseeing import Overseeing
from app.services.packaging import Packaging
from app.services.packs import Packs
from app.services.presets import Presets
from app.services.relations import Relations
from app.services.rendering import Renderer
from app.services.rules import Rules
from app.services.searching import Searching
from app.services.sessions import Sessions
from app.services.shared_chunks import SharedChunks
from app.services.transformations import Transformations
from app.services.triggers import Triggers
from app.services.undoing import Undoing
from app.services.uploads import Uploads
from app.services.visual import Visual
from app.settings import Settings
from app.threads import Threads
from app.vision.registry import Registry


@dataclass(frozen=True, slots=True)
class House:
    """Everything that is running, by its part."""

    settings: Settings
    threads: Threads
    db: Database
    storage: Storage
    queue: Jobs
    workers: Workers
    inference: Inference
    registry: Registry
    accounts: Accounts
    sessions: Sessions
    intake: Intake
    presets: Presets
    packs: Packs
    cards: Cards
    adding: Adding
    uploads: Uploads
    describing: Describing
    library: Library
    deferring: Deferring
    notices: Notices
    live: Live
    overseeing: Overseeing
    triggers: Triggers
    editing: Editing
    undoing: Undoing
    chunks: Chunks | SharedChunks
    analyzer: Analyzer
    archives: Archives
    packaging: Packaging
    composing: Composing
    albums: Albums
    fields: Fields
    datasources: Datasources
    metadata_values: MetadataValues
    rules: Rules
    folders: Folders
    searching: Searching
    backups: Backups
    relations: Relations
    opening: Opening
    visual: Visual
    transformations: Transformations
    renderer: Renderer
    delivering: Delivering
    mappings: Mappings

    def close(self) -> None:
        self.live.stop()
        self.threads.close()
        self.db.close()
