"""What an installation is doing, for whoever looks after it: jobs, notices, what assets are marked with, and one asset's past."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.db import analyses, deliveries, jobs, tallies, versions
from app.db.analyses import Past
from app.db.assets import Asset
from app.db.deliveries import Delivery
from app.db.engine import Database
from app.db.jobs import HELD, READY, RUNNING, Place, Row
from app.db.terms import fold
from app.db.versions import Version
from app.errors import BadRequest, NotFound
from app.params.console import PageParams, TallyParams
from app.queue.jobs import Jobs
from app.services.accounts import Caller
from app.services.backups import Backups
from app.services.notices import Notices

STATUSES = (READY, RUNNING, HELD)
SENT = (deliveries.WAITING, deliveries.DELIVERED, deliveries.FAILED)
MOST_TOLD = 500  # notices that are looked through for those of one asset


@dataclass(frozen=True, slots=True)
class Overseeing:
    """`place` is the caller's cloud, or None for whoever runs the installation and sees all jobs."""

    db: Database
    queue: Jobs
    notices: Notices
    backups: Backups

    def jobs(self, place: Place | None, params: PageParams) -> tuple[dict[tuple[str, str], int], Sequence[Row], int | None]:
        """How many there are, one page of them, and where the next one begins."""
        status = _known(params.status, STATUSES)
        with self.db.read() as c:
            found = jobs.page(c, status, params.size + 1, params.cursor, place)
            counts = jobs.counts(c, place)
        return counts, found[: params.size], found[params.size - 1].id if len(found) > params.size else None

    def replay_job(self, place: Place | None, id: int) -> None:
        """Let a job that was set aside run again. Raises NotFound, or BadRequest for one in another state."""
        with self.db.begin() as tx:
            row = self._job(tx, place, id)
            if not jobs.replay(tx, id, self.queue.clock()):
                raise BadRequest(f"Job {id} is {row.status}: only one that was set aside runs again")
            self.queue.announce()

    def discard_job(self, place: Place | None, id: int) -> None:
        """Forget a job that does not run."""
        with self.db.begin() as tx:
            row = self._job(tx, place, id)
            if not jobs.discard(tx, id):
                raise BadRequest(f"Job {id} is {row.status}: it cannot be discarded now")

    def _job(self, c: Any, place: Place | None, id: int) -> Row:
        row = jobs.find(c, id, place)
        if row is None:
            raise NotFound(f"There is no job {id}; it may be done")
        return row

    def deliveries(self, caller: Caller, params: PageParams) -> tuple[Sequence[Delivery], dict[int, int], int | None]:
        """One page of notices, when those that wait are sent again, and where the next page begins."""
        status = _known(params.status, SENT)
        with self.db.read() as c:
            found = deliveries.page(c, status, params.size + 1, params.cursor, caller.cloud_id)
            due = deliveries.next_tries(c, [item.id for item in found])
        return found[: params.size], due, found[params.size - 1].id if len(found) > params.size else None

    def delivery(self, caller: Caller, id: int) -> tuple[Delivery, int | None]:
        with self.db.read() as c:
            found = deliveries.find(c, id)
            due = deliveries.next_tries(c, [id])
        if found is None or found.cloud_id != caller.cloud_id:
            raise NotFound(f"There is no notice {id}")
        return found, due.get(id)

    def replay_delivery(self, caller: Caller, id: int) -> None:
        """Send a notice again, whatever became of it. Raises NotFound, or BadRequest for one that is fetched."""
        self.delivery(caller, id)
        with self.db.begin() as tx:
            if not self.notices.replay(tx, id):
                raise BadRequest(f"Notice {id} is one that is fetched; nobody can send it")

    def tags(self, caller: Caller, params: TallyParams) -> list[tuple[str, int]]:
        with self.db.read() as c:
            return tallies.tags_used(c, caller.cloud_id, params.prefix or "", params.size)

    def labels(self, caller: Caller, params: TallyParams) -> list[tuple[str, str, int]]:
        with self.db.read() as c:
            return tallies.labels_seen(c, caller.cloud_id, fold(params.prefix or ""), params.size)

    def history(self, caller: Caller, asset_id: str) -> tuple[Asset, list[Version], list[Past], list[Delivery]]:
        """An asset, its kept versions, what detectors said of it and when, and the latest notices that told of it."""
        asset = self.backups.get_by_asset_id(caller, asset_id)
        with self.db.read() as c:
            kept = versions.of(c, caller.cloud_id, asset_id)
            looks = analyses.past(c, asset.id)
            sent = deliveries.page(c, None, MOST_TOLD, cloud_id=caller.cloud_id)
        return asset, kept, looks, [item for item in sent if f'"{asset_id}"' in item.body]


def _known(status: str | None, choice: Sequence[str]) -> str | None:
    if status and status not in choice:
        raise BadRequest.invalid("status", status, f"expected one of {', '.join(choice)}")
    return status or None
