"""What every storage promises, run on each twin. A new twin is one more branch of the fixture `storage`."""

import os
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from app.errors import Failure, NotFound
from app.ports import Storage
from app.storage.local import LocalStorage
from app.storage.s3 import S3Storage
from tests.objects import bucket

BODY = bytes(range(256)) * 4000  # about a megabyte, so that it comes in several chunks
Body = Callable[[bytes], Path]


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """The twin named by the parameter, empty."""
    if request.param == "s3":
        return S3Storage.at(bucket(request.getfixturevalue("object_store")), tmp_path / "incoming")
    return LocalStorage(tmp_path / "blobs")


@pytest.fixture
def body(tmp_path: Path) -> Body:
    """Makes files to be taken over, as the intake spools them."""
    folder = tmp_path / "spool"
    folder.mkdir()

    def made(content: bytes) -> Path:
        path = folder / f"{len(list(folder.iterdir()))}-{threading.get_ident()}"
        path.write_bytes(content)
        return path

    return made


def content(storage: Storage, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(storage.get(key, start, end).chunks)


def keys(storage: Storage, prefix: str = "") -> list[str]:
    return sorted(stat.key for stat in storage.list(prefix))


def test_what_was_put_is_got(storage: Storage, body: Body) -> None:
    storage.put("originals/ab/abc", body(BODY))
    assert content(storage, "originals/ab/abc") == BODY
    assert storage.get("originals/ab/abc").size == len(BODY)


def test_an_empty_file_is_a_file(storage: Storage, body: Body) -> None:
    storage.put("empty", body(b""))
    assert (content(storage, "empty"), storage.get("empty").size) == (b"", 0)


def test_put_takes_the_file_over(storage: Storage, body: Body) -> None:
    path = body(BODY)
    storage.put("a", path)
    assert not path.exists()


RANGES = [(0, None), (0, 0), (0, 1), (5, 5), (100, 200), (len(BODY) - 1, None), (len(BODY), None), (300_000, 900_000), (10, 10**9)]


@pytest.mark.parametrize(("start", "end"), RANGES)
def test_a_range_is_those_bytes_and_the_size_is_the_whole(storage: Storage, body: Body, start: int, end: int | None) -> None:
    storage.put("a", body(BODY))
    assert content(storage, "a", start, end) == BODY[start:end]
    assert storage.get("a", start, end).size == len(BODY)


def test_an_absent_key_is_not_found(storage: Storage, body: Body) -> None:
    with pytest.raises(NotFound):
        storage.get("nothing/here")
    storage.put("a", body(b"x"))
    storage.delete("a")
    with pytest.raises(NotFound):
        storage.get("a")


def test_delete_takes_several_keys_and_absent_ones_are_no_error(storage: Storage, body: Body) -> None:
    for key in ("a", "b/c", "b/d"):
        storage.put(key, body(b"x"))
    storage.delete("a", "b/c", "nothing")
    storage.delete()
    assert keys(storage) == ["b/d"]


def test_a_list_tells_every_file_by_prefix_with_size_and_time(storage: Storage, body: Body) -> None:
    assert keys(storage) == []
    sizes = {"originals/aa/1": 1, "originals/ab/2": 22, "derived/aa/3": 333}
    for key, size in sizes.items():
        storage.put(key, body(b"x" * size))
    assert {stat.key: stat.size for stat in storage.list()} == sizes
    assert keys(storage, "originals/") == ["originals/aa/1", "originals/ab/2"]
    assert keys(storage, "originals/aa/1") == ["originals/aa/1"]
    assert keys(storage, "nothing") == []
    assert all(stat.modified > 1_600_000_000 for stat in storage.list())


def test_a_key_that_is_put_again_shows_the_new_file(storage: Storage, body: Body) -> None:
    storage.put("a", body(b"old and longer"))
    before = storage.get("a").chunks
    first = next(iter(before))
    storage.put("a", body(b"new"))
    assert content(storage, "a") == b"new"
    assert first == b"old and longer", "a reader that has begun keeps its file"
    assert keys(storage) == ["a"]


ILLEGAL = [
    "",
    "/",
    "/a",
    "../a",
    "a/../b",
    "a/..",
    ".",
    "..",
    "./a",
    "a//b",
    "a/",
    "a\0b",
    ".hidden",
    "a/.b",
    "a\\b",
    "ä",
    "a b",
    "a\n",
]


@pytest.mark.parametrize("key", ILLEGAL)
def test_an_illegal_key_is_refused_by_every_verb(storage: Storage, body: Body, key: str) -> None:
    path = body(b"x")
    for call in (lambda: storage.put(key, path), lambda: storage.get(key), lambda: storage.delete(key)):
        with pytest.raises(Failure, match="Illegal storage key"):
            call()
    assert path.exists()
    assert keys(storage) == []


def test_no_half_file_is_ever_seen(storage: Storage, body: Body) -> None:
    """A reader that polls while files are put sees nothing or a whole one, in the list and in the bytes."""
    done = threading.Event()
    wrong: list[object] = []

    def poll() -> None:
        while not done.is_set():
            listed = list(storage.list())
            wrong.extend(stat for stat in listed if stat.size != len(BODY))
            try:
                seen = content(storage, f"a/{len(listed)}")
            except NotFound:
                continue
            if len(set(seen[::256])) != 1 or len(seen) != len(BODY):
                wrong.append(len(seen))

    reader = threading.Thread(target=poll)
    reader.start()
    for version in range(30):
        storage.put(f"a/{version}", body(bytes([version]) * len(BODY)))
    done.set()
    reader.join()
    assert wrong == []


def test_many_may_put_at_once(storage: Storage, body: Body) -> None:
    def put(name: int) -> None:
        for number in range(5):
            storage.put(f"{number}/{name}", body(b"%d" % name))

    threads = [threading.Thread(target=put, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys(storage)) == 40
    assert {content(storage, f"4/{name}") for name in range(8)} == {b"%d" % name for name in range(8)}


def test_files_may_vanish_while_they_are_listed(storage: Storage, body: Body) -> None:
    for number in range(50):
        storage.put(f"a/{number:02}", body(b"x"))
    seen = []
    for stat in storage.list():
        seen.append(stat.key)
        storage.delete(*(f"a/{number:02}" for number in range(len(seen), 50, 2)))
    assert "a/00" in seen


def test_the_local_twin_keeps_its_files_plainly_under_its_root(tmp_path: Path, body: Body) -> None:
    storage = LocalStorage(tmp_path / "blobs")
    storage.put("a/b", body(b"x"))
    assert storage.get("a/b").path == tmp_path / "blobs" / "a" / "b"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "blobs" / "a" / "b"]


@pytest.mark.parametrize("twin", [LocalStorage, partial(S3Storage.at, "s3://key:secret@127.0.0.1:9/bucket")])
def test_what_a_crash_interrupted_long_ago_is_forgotten(tmp_path: Path, twin: Callable[[Path], LocalStorage | S3Storage]) -> None:
    incoming = twin(tmp_path).incoming
    for name in ("old", "fresh", "folder/old", "chunks/kept"):
        (incoming / name).parent.mkdir(exist_ok=True)
        (incoming / name).write_bytes(b"half")
    for name in ("old", "folder", "chunks"):
        os.utime(incoming / name, (1_600_000_000, 1_600_000_000))
    twin(tmp_path)
    assert sorted(path.name for path in incoming.iterdir()) == ["chunks", "fresh"]
    assert (incoming / "chunks" / "kept").is_file()


def test_the_local_twin_takes_files_over_from_another_disk(tmp_path: Path) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second filesystem here")
    storage = LocalStorage(tmp_path)
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        path = Path(folder) / "file"
        path.write_bytes(BODY)
        storage.put("a", path)
        assert not path.exists()
    assert content(storage, "a") == BODY
    assert list(storage.incoming.iterdir()) == []
