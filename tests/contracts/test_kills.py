"""Two servers and two workers on PostgreSQL and a bucket are killed while uploads run: nothing is lost, nothing is done twice."""

import random
from contextlib import closing
from pathlib import Path

import pytest

from tests.cluster import Storm, running, wrong
from tests.conftest import empty_database
from tests.objects import bucket

UPLOADS, KILLS = 60, 6


def test_nothing_is_lost_and_each_effect_is_there_once(tmp_path: Path, object_store: str, request: pytest.FixtureRequest) -> None:
    url = empty_database("postgresql", tmp_path, request)
    with running(tmp_path, url, bucket(object_store), lease=3) as cluster, closing(Storm(cluster, UPLOADS)) as storm:
        fate = storm.run(KILLS, random.Random(2026))
        assert len(fate.kills) == KILLS
        assert wrong(storm.db, fate, UPLOADS) == []
        assert len(fate.takeovers) == fate.interrupted
