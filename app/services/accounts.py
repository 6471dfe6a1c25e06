"""Clouds and their keys: those of CLOUDINARY_URL, and those kept in the database."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from app.db import catalog
from app.db.catalog import Cloud, Key
from app.db.engine import Database
from app.db.lately import Lately
from app.errors import AlreadyExists, BadRequest, NotFound, Unauthorized
from app.params.clouds import CloudSettings
from app.settings import Credentials

CLOUD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
TAKEN = ("v1_1", "v2", "console", "docs", "redoc", "health", "healthz", "readyz", "res", "image", "video", "raw")  # paths of ours


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: the cloud, the key that proved it, and how answers to it are signed. `unsigned`: no key was shown."""

    cloud_id: int
    cloud: str
    key: str
    secret: str
    algorithm: str = "sha1"
    unsigned: bool = False
    fixed_folders: bool = False  # a folder is the start of the public ID

    def written(self) -> dict[str, Any]:
        """As a job carries it: without the secret."""
        return {"cloud": self.cloud, "key": self.key, "algorithm": self.algorithm, "unsigned": self.unsigned}


@dataclass(frozen=True, slots=True)
class CloudKeys:
    """A cloud as deliveries know it: its name, every secret that may sign its URLs, and its settings."""

    cloud_id: int
    cloud: str
    secrets: tuple[str, ...]
    settings: CloudSettings


@dataclass(frozen=True, slots=True)
class Accounts:
    """`own` are the credentials of the environment; they are never written to the database."""

    db: Database
    own: Credentials | None
    known: Lately[CloudKeys | None]

    def start(self) -> None:
        """Make sure the environment's cloud is there."""
        if self.own:
            with self.db.begin() as tx:
                catalog.ensure_cloud(tx, self.own.cloud)

    def caller(self, cloud: str, api_key: str, unknown: str = "") -> Caller:
        """The caller a key stands for, its secret still to be proven. Raises Unauthorized, worded by `unknown` if given."""
        with self.db.read() as c:
            found = catalog.cloud(c, cloud)
            if found is None:
                raise Unauthorized(unknown or f"Invalid cloud_name {cloud[:100]}")
            key = self._own(found.id, api_key) or next(iter(catalog.keys(c, key=api_key)), None)
        if key is None:
            raise Unauthorized(unknown or f"Unknown API key {api_key[:100]}")
        if key.cloud != cloud:
            raise Unauthorized("cloud_name mismatch")
        return Caller(found.id, cloud, key.key, key.secret, **_habits(found))

    def home(self, api_key: str) -> str:
        """The cloud of a key; empty for an unknown one."""
        if self.own and self.own.key == api_key:
            return self.own.cloud
        with self.db.read() as c:
            found = catalog.keys(c, key=api_key)
        return found[0].cloud if found else ""

    def anonymous(self, cloud: str) -> Caller:
        """A caller without a key; answers are signed with the cloud's first key."""
        with self.db.read() as c:
            found = catalog.cloud(c, cloud)
            if found is None:
                raise Unauthorized(f"Invalid cloud_name {cloud[:100]}")
            first = next(iter(self._keys(c, found.id, cloud)), None)
        shown = (first.key, first.secret) if first else ("", "")
        return Caller(found.id, cloud, *shown, **_habits(found), unsigned=True)

    def again(self, cloud: str, key: str, algorithm: str, unsigned: bool) -> Caller:
        """The caller a job was promised to. A key that was removed since still owns what it asked for."""
        try:
            found = self.anonymous(cloud) if unsigned else self.caller(cloud, key)
        except Unauthorized:
            found = replace(self.anonymous(cloud), unsigned=False)
        return replace(found, algorithm=algorithm)

    def keys_of(self, cloud: str) -> CloudKeys | None:
        """A cloud by its name; without one the environment's, or the only one there is. None for an unknown one."""
        return self.known.get(cloud, lambda: self._keys_of(cloud))

    def _keys_of(self, cloud: str) -> CloudKeys | None:
        with self.db.read() as c:
            if not cloud:
                every = catalog.all_clouds(c)
                cloud = self.own.cloud if self.own else every[0].name if len(every) == 1 else ""
            found = catalog.cloud(c, cloud)
            if found is None:
                return None
            secrets = tuple(key.secret for key in self._keys(c, found.id, cloud))
        return CloudKeys(found.id, cloud, secrets, CloudSettings.read(found.settings or {}))

    def secrets_of(self, cloud: str) -> tuple[int, list[str]] | None:
        """A cloud's row id and every secret that may sign its URLs, or None for an unknown cloud."""
        with self.db.read() as c:
            found = catalog.cloud(c, cloud)
            if found is None:
                return None
            return found.id, [key.secret for key in self._keys(c, found.id, cloud)]

    def secret(self, cloud: str, api_key: str) -> str:
        """The secret of a key, or of the cloud's first one where that key is gone; empty for a cloud without keys."""
        with self.db.read() as c:
            found = catalog.cloud(c, cloud)
            known = self._keys(c, found.id, cloud) if found else []
        return next((item.secret for item in known if item.key == api_key), known[0].secret if known else "")

    def created_at(self, cloud: str) -> int:
        with self.db.read() as c:
            found = catalog.cloud(c, cloud)
        return found.created_at if found else 0

    def clouds(self) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Every cloud's name and own settings."""
        with self.db.read() as c:
            return [(cloud.name, cloud.settings or {}) for cloud in catalog.all_clouds(c)]

    def set(self, cloud: str, key: str, value: str) -> None:
        """Set something for one cloud alone; an empty value takes it back. Raises NotFound or BadRequest."""
        if key not in CloudSettings.model_fields:
            raise BadRequest(f"Unknown setting {key[:100]}; there are: {', '.join(CloudSettings.model_fields)}")
        chosen = CloudSettings.read({key: value}).model_dump()[key] if value else None
        with self.db.begin() as tx:
            found = catalog.cloud(tx, cloud)
            if found is None:
                raise NotFound(f"Can't find cloud with name {cloud[:100]}")
            kept = {name: old for name, old in (found.settings or {}).items() if name != key}
            catalog.change_cloud(tx, found.id, kept | ({key: chosen} if chosen else {}))

    def list(self) -> list[Key]:
        with self.db.read() as c:
            return catalog.keys(c)

    def add(self, cloud: str) -> Key:
        """A new random key for a cloud, which is made if absent."""
        key, secret = str(secrets.randbelow(9 * 10**14) + 10**14), secrets.token_urlsafe(24)
        with self.db.begin() as tx:
            cloud_id = catalog.ensure_cloud(tx, cloud)
            if catalog.keys(tx, key=key):
                raise AlreadyExists(f"Key {key} already exists")
            catalog.add_key(tx, cloud_id, key, secret)
        return Key(key, secret, cloud_id, cloud)

    def open(self, cloud: str) -> Key:
        """A new cloud with its first key. Raises BadRequest for a name that is none, AlreadyExists for one that is taken."""
        if not CLOUD.fullmatch(cloud) or cloud.lower() in TAKEN:
            raise BadRequest.invalid(
                "name", cloud, "expected letters, digits, - and _, 63 at most, and no word of this server's own"
            )
        with self.db.read() as c:
            if catalog.cloud(c, cloud):
                raise AlreadyExists(f"Cloud {cloud} already exists")
        return self.add(cloud)

    def keys_made(self, caller: Caller) -> dict[str, int | None]:
        """The keys of the caller's cloud and when they were made; of the environment's own nobody knows."""
        with self.db.read() as c:
            made: dict[str, int | None] = dict(catalog.keys_made(c, caller.cloud_id))
        own: dict[str, int | None] = {self.own.key: None} if self.own and self.own.cloud == caller.cloud else {}
        return own | made

    def remove_from(self, caller: Caller, key: str) -> None:
        """Forget a key of the caller's cloud. Raises NotFound, or BadRequest for the environment's own and for the last one."""
        own = self.own and self.own.cloud == caller.cloud
        if self.own and own and self.own.key == key:
            raise BadRequest("This key is the environment's own (CLOUDINARY_URL); it cannot be removed here")
        with self.db.begin() as tx:
            known = catalog.keys_made(tx, caller.cloud_id, lock=True)
            if key not in known:
                raise NotFound(f"Unknown API key {key[:100]}")
            if len(known) == 1 and not own:
                raise BadRequest("This is the cloud's last key; make another one before it goes")
            catalog.remove_key(tx, key)

    def remove(self, key: str) -> bool:
        with self.db.begin() as tx:
            return catalog.remove_key(tx, key)

    def _keys(self, c: Connection, cloud_id: int, cloud: str) -> Sequence[Key]:
        """Every key of a cloud, the environment's first."""
        own = [Key(self.own.key, self.own.secret, cloud_id, cloud)] if self.own and self.own.cloud == cloud else []
        return [*own, *catalog.keys(c, cloud=cloud)]

    def _own(self, cloud_id: int, api_key: str) -> Key | None:
        if self.own and self.own.key == api_key:
            return Key(api_key, self.own.secret, cloud_id, self.own.cloud)
        return None


def _habits(cloud: Cloud) -> dict[str, Any]:
    settings = CloudSettings.read(cloud.settings or {})
    return {"algorithm": settings.signature_algorithm, "fixed_folders": settings.folder_mode == "fixed"}
