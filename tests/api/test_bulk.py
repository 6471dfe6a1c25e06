"""Bulk work: calls that name their batch wait for those that do not, and an operator sees how far a batch is."""

import threading

from typer.testing import CliRunner

from app.__main__ import cli
from app.db import jobs
from app.house import House
from tests.api.caller import Caller

LATER = {"async": "true", "detection": "coco"}


def test_an_interactive_call_goes_before_a_batch(api: Caller, house: House) -> None:
    for name in ("bulk1", "bulk2"):
        answer = api.stored(public_id=name, batch_id="import", notification_url="http://127.0.0.1:9/", **LATER)
        assert answer["batch_id"] == "import"
    api.stored(public_id="now", notification_url="http://127.0.0.1:9/", **LATER)
    with house.db.read() as c:
        looks = {row.id: row.priority for row in jobs.page(c, None, 10)}
    assert sorted(looks.values()) == [-1, -1, 0]
    moment = house.queue.clock()
    with house.db.begin() as tx:
        (first,) = jobs.claim(tx, ["look"], 1, "somebody", moment, moment)
    assert first.priority == 0
    house.workers.drain()
    with house.db.read() as c:
        assert sorted(row.priority for row in jobs.page(c, None, 10) if row.name == "deliver") == [-1, -1, 0]


def test_the_progress_of_a_batch_is_told_until_it_is_done(api: Caller, house: House) -> None:
    for name in ("a", "b", "c"):
        api.stored(public_id=name, batch_id="import", **LATER)
    api.stored(public_id="other", batch_id="another", **LATER)
    with house.db.read() as c:
        assert len(jobs.going(c, "import")) == 3
        assert len(jobs.going(c)) == 4
    work = threading.Timer(0.5, house.workers.drain)
    work.start()
    env = {"DATABASE_URL": house.settings.database, "CLOUDINARY_URL": "cloudinary://key:secret@demo"}
    told = CliRunner().invoke(
        cli, ["jobs", "watch", "--batch", "import", "--every", "0.05", "--data", str(house.settings.data_dir)], env=env
    )
    work.join()
    assert told.exit_code == 0, told.output
    lines = told.output.splitlines()
    assert lines[0] == "0 of 3 done (0 %), 3 left"
    assert lines[-1].startswith("3 of 3 done (100 %), 0 left, ")
