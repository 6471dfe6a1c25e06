"""A stored archive and the notice of it: while the caller waits, or in a job."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.db.engine import Database
from app.errors import Failure
from app.params.upload import TRANSPORT
from app.services.accounts import Accounts, Caller
from app.services.archives import Archives
from app.services.notices import Notices, Wish
from app.services.uploads import Shape
from app.work import Queue

EVENT = "generate_archive"


@dataclass(frozen=True, slots=True)
class Packaging:
    db: Database
    queue: Queue
    accounts: Accounts
    archives: Archives
    notices: Notices
    shape: Shape

    def later(self, caller: Caller, resource_type: str, raw: Mapping[str, object], wish: Wish) -> None:
        """Promise an archive whose parameters are checked by now."""
        kept = {name: value for name, value in raw.items() if name not in TRANSPORT}
        said: dict[str, Any] = {"caller": caller.written(), "resource_type": resource_type, "raw": kept, "wish": wish.written()}
        with self.db.begin() as tx:
            self.queue.enqueue(tx, "archive", priority=wish.priority, **said)

    def archive(self, caller: dict[str, Any], resource_type: str, raw: dict[str, object], wish: dict[str, Any]) -> None:
        """The job. What the caller got wrong meanwhile is told; what is ours is tried again."""
        who, told = self.accounts.again(**caller), Wish.read(wish)
        try:
            self.now(who, resource_type, raw, told)
        except Failure as failure:
            if failure.status >= 500:
                raise
            with self.db.begin() as tx:
                self.notices.announce(tx, who, "error", {"error": {"message": failure.message}}, told)

    def now(self, caller: Caller, resource_type: str, raw: Mapping[str, object], wish: Wish) -> dict[str, Any]:
        """Store the archive and tell of it; the answer's body."""
        params = self.archives.read(resource_type, raw)
        archive = self.archives.select(caller, resource_type, params)
        stored = self.archives.create(caller, params, archive)
        files = {"resource_count": archive.assets, "file_count": len(archive.entries)}
        body = self.shape(caller, stored, wish.base) | files | dict(archive.missing)
        with self.db.begin() as tx:
            self.notices.announce(tx, caller, EVENT, body, wish)
        return body
