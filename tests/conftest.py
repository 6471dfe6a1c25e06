"""One fixture, `house`: the whole program in a temporary folder, on SQLite and on PostgreSQL; `client` speaks to it in-process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from starlette.testclient import TestClient

from app.db.engine import Database
from app.db.migrate import upgrade
from app.db.tables import metadata
from app.house import House
from app.inference.onnx import OnnxInference
from app.main import build, create_app
from app.ports import Inference
from app.settings import Settings
from app.vision.registry import Registry
from tests.api.caller import Caller
from tests.live import live
from tests.objects import object_store
from tests.postgres import running_postgres

__all__ = ["live", "object_store"]

PICTURES = Path(__file__).parent / "pictures"

settings.register_profile("tests", max_examples=50, deadline=None)  # a busy machine is no failure
settings.load_profile("tests")


def test_settings(folder: Path, **values: object) -> Settings:
    """Settings of a test: nothing of the environment but what is given here. Jobs run on `house.workers.drain()`."""
    return Settings.model_validate(
        {"data_dir": folder, "cloudinary_url": "cloudinary://key:secret@demo", "compute_threads": 2, "queues": "none"} | values
    )


@pytest.fixture(scope="session")
def inference() -> Inference:
    """The real runtime, its models loaded once for all tests."""
    folders = Settings.model_validate({}).model_folders
    return OnnxInference(folders, Registry(folders).pinned)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the newest revision; copying it is a thousand times cheaper than migrating."""
    file = tmp_path_factory.mktemp("migrated") / "tagsight.db"
    db = Database(f"sqlite:///{file}")
    upgrade(db)
    db.close()
    return file


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The URL of a PostgreSQL database at the newest revision, of this test process alone."""
    with running_postgres(tmp_path_factory.mktemp("postgres"), worker_id) as url:
        db = Database(url)
        upgrade(db)
        db.close()
        yield url


def empty_database(engine: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a database at the newest revision with nothing in it."""
    if engine == "sqlite":
        shutil.copy(request.getfixturevalue("migrated"), folder / "tagsight.db")
        return f"sqlite:///{folder / 'tagsight.db'}"
    url: str = request.getfixturevalue("postgres")
    db = Database(url)
    with db.begin() as tx:
        tx.exec_driver_sql(f"TRUNCATE TABLE {', '.join(metadata.tables)} CASCADE")
    db.close()
    return url


def build_house(engine: str, folder: Path, request: pytest.FixtureRequest, **values: object) -> House:
    url = empty_database(engine, folder, request)
    return build(test_settings(folder, **{"database_url": url} | values), request.getfixturevalue("inference"))


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    house = build_house(request.param, tmp_path, request)
    yield house
    house.close()


@pytest.fixture
def api(house: House) -> Iterator[Caller]:
    """A caller of the API with the demo cloud's credentials."""
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        yield Caller(client)
