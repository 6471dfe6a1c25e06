"""A process that enqueues jobs, or works them off, on our queue alone: what each job was late, and how many a second."""

import json
import sys
import threading
import time
from typing import Any

from sqlalchemy import delete, insert

from app.db.engine import Database
from app.db.migrate import upgrade
from app.db.work_tables import jobs
from app.queue.jobs import Jobs
from app.queue.workers import Workers
from app.work import Job

ABREAST = 16


class Here:
    """The queue of one database, and what the jobs of this process told."""

    def __init__(self, url: str) -> None:
        self.db = Database(url)
        upgrade(self.db)
        self.queue = Jobs(self.db)
        self.late: list[float] = []
        self.workers: Workers | None = None

    def send(self, count: int, pause: float = 0.0, milliseconds: float = 0.0) -> dict[str, Any]:
        """Each job in a transaction of its own, as a call would; `pause` seconds between two of them."""
        start, took = time.perf_counter(), []
        for _ in range(count):
            begun = time.perf_counter()
            with self.db.begin() as tx:
                self.queue.enqueue(tx, "job", sent=time.time(), milliseconds=milliseconds)
            took.append(time.perf_counter() - begun)
            time.sleep(pause)
        return {"took": took, "seconds": time.perf_counter() - start}

    def fill(self, count: int, milliseconds: float) -> dict[str, Any]:
        """So many waiting jobs at once."""
        moment = time.time_ns() // 1000
        row = {"name": "job", "arguments": {"sent": 0, "milliseconds": milliseconds}, "priority": 0, "status": "ready"}
        row |= {"run_at": moment, "attempts": 0, "starts": 0, "created_at": moment}
        with self.db.begin() as tx:
            tx.execute(insert(jobs), [row] * count)
        return {}

    def work(self, count: int) -> dict[str, Any]:
        """Work off so many jobs, sixteen abreast; seconds from the first start, and how late each was (in seconds)."""
        self.late, done, begun = [], threading.Event(), [0.0]

        def job(sent: float, milliseconds: float) -> None:
            begun[0] = begun[0] or time.perf_counter()
            self.late.append(time.time() - sent)
            time.sleep(milliseconds / 1000)
            if len(self.late) >= count:
                done.set()

        workers = Workers(self.db, self.queue, {"job": Job("q", job)}, {"q": ABREAST})
        workers.start()
        print(json.dumps({"ready": True}), flush=True)
        done.wait()
        seconds = time.perf_counter() - begun[0]
        workers.stop()
        return {"late": self.late, "seconds": seconds}

    def both(self, count: int, pause: float) -> dict[str, Any]:
        """Enqueue and work in one process, as the embedded queue does."""
        sent: dict[str, Any] = {}
        sender = threading.Timer(0.5, lambda: sent.update(self.send(count, pause)))
        sender.start()
        told = self.work(count)
        sender.join()
        return told | {"took": sent["took"]}

    def clear(self) -> dict[str, Any]:
        with self.db.begin() as tx:
            tx.execute(delete(jobs))
        return {}


def main() -> None:
    places: dict[str, Here] = {}
    for line in sys.stdin:
        task = json.loads(line)
        url, do = task.pop("url"), task.pop("do")
        here = places.setdefault(url, Here(url))
        print(json.dumps(getattr(here, do)(**task)), flush=True)


if __name__ == "__main__":
    main()
