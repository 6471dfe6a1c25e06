"""Archives piece by piece: readable by the standard tools, lazy, and with names that cannot leave their folder."""

import io
import tarfile
import tracemalloc
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ports import Blob
from app.services.packing import Entry, safe_names, tarred, zipped

MOMENT = 1_700_000_000_000_000
Writer = Callable[[Iterable[Entry]], Iterator[bytes]]
both = pytest.mark.parametrize("write", [zipped, tarred])


def entry(name: str, data: bytes) -> Entry:
    return Entry(name, MOMENT, lambda: Blob(len(data), iter([data])))


def contents(write: Writer, data: bytes) -> dict[str, bytes]:
    if write is zipped:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            return {name: archive.read(name) for name in archive.namelist()}
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as packed:
        files = ((info.name, packed.extractfile(info)) for info in packed)
        return {name: file.read() if file else b"" for name, file in files}


@both
def test_what_goes_in_comes_out(write: Writer) -> None:
    files = {"a.txt": b"one", "ordner/grün 猫.jpg": bytes(range(256)) * 9, "empty": b"", "l" * 200 + "/x": b"long"}
    assert contents(write, b"".join(write([entry(*item) for item in files.items()]))) == files


@both
def test_nothing_is_opened_before_its_turn_and_memory_stays_flat(write: Writer) -> None:
    opened = []

    def large(number: int) -> Entry:
        def pieces() -> Iterator[bytes]:
            for _ in range(64):
                yield bytes([number]) * (1 << 18)

        def start() -> Blob:
            opened.append(number)
            return Blob(64 << 18, pieces())

        return Entry(f"{number}", MOMENT, start)

    stream = write(large(number) for number in range(20))
    next(stream)
    assert opened == [0]
    tracemalloc.start()
    total = sum(len(piece) for piece in stream)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert opened == list(range(20))
    assert total > 0
    assert peak < 8 << 20, "335 MB went through"


@both
def test_a_file_that_is_gone_leaves_no_whole_archive(write: Writer) -> None:
    def gone() -> Blob:
        raise FileNotFoundError

    stream = write([entry("a", b"a"), Entry("b", MOMENT, gone)])
    got: list[bytes] = []
    with pytest.raises(FileNotFoundError):
        got.extend(stream)
    with pytest.raises((zipfile.BadZipFile, tarfile.TarError, EOFError)):
        contents(write, b"".join(got))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/root/.ssh/x", "root/ssh/x"),
        ("a\\..\\b.jpg", "a/b.jpg"),
        ("C:/x.jpg", "C_/x.jpg"),
        ("a/./b//c", "a/b/c"),
        ("..", "file"),
        ("nul\x00\n.txt", "nul__.txt"),
    ],
)
def test_names_stay_inside(name: str, safe: str) -> None:
    assert safe_names([name]) == [safe]


def test_names_are_told_apart() -> None:
    assert safe_names(["a.jpg", "A.JPG", "a.jpg", "a_1.jpg"]) == ["a.jpg", "A_1.JPG", "a_2.jpg", "a_1_1.jpg"]
    assert safe_names(["a", "a/b", "a/b/c"]) == ["a_1", "a/b_1", "a/b/c"]
    assert safe_names(["é", unicodedata.normalize("NFD", "é")])[1] != unicodedata.normalize("NFD", "é")


@given(st.lists(st.text(max_size=300), max_size=20))
def test_any_names_unpack_anywhere(names: list[str]) -> None:
    names = [name.encode("utf-8", "ignore").decode() for name in names]
    safe = safe_names(names)
    assert len({name.casefold() for name in safe}) == len(names)
    folders = {str(folder) for name in safe for folder in PurePosixPath(name).parents}
    assert not folders & set(safe)
    for name in safe:
        assert not name.startswith("/")
        assert all(part not in ("", ".", "..") and len(part.encode()) <= 255 for part in name.split("/"))
