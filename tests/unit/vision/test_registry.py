"""Model folders become detectors: versions, folders over folders, and packs that cannot be used."""

from pathlib import Path

import pytest

from app.vision.registry import Registry

MODELS = '[models.net.1]\nsha256 = "aa"\n[models.net.2]\nsha256 = "bb"\n'


def pack(version: int = 1, name: str = "things", **more: str) -> str:
    keys = {
        "kind": '"boxes"',
        "models": '["net/1"]',
        "labels": '"labels.txt"',
        "threshold": "0.5",
        "floor": "0.25",
        "size": "[64, 64]",
    } | more
    return f"[detectors.{name}.{version}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items() if value)


def folder(path: Path, text: str, **files: str) -> Path:
    path.mkdir(exist_ok=True)
    (path / "registry.toml").write_text(text)
    for name, content in ({"labels_txt": "cat\ndog\n"} | files).items():
        (path / name.replace("_", ".")).write_text(content)
    return path


def test_a_detector_is_read_with_its_labels_and_options(tmp_path: Path) -> None:
    registry = Registry([folder(tmp_path, MODELS + pack(category='"animal"', overlap="0.6"))])
    found = registry.find("things")
    assert found
    assert (found.name, found.version, found.kind, found.models) == ("things", 1, "boxes", ("net/1",))
    assert (found.labels, found.categories) == (("cat", "dog"), (("animal",), ("animal",)))
    assert (found.threshold, found.floor) == (0.5, 0.25)
    assert found.options == {"size": [64, 64], "overlap": 0.6, "category": "animal"}
    assert registry.pinned == {"net/1": "aa", "net/2": "bb"}
    assert registry.broken == {}


def test_labels_and_categories_come_from_columns(tmp_path: Path) -> None:
    table = "id\tname\tparents\n1\tcat\tpet|animal\n2\tcar\t\n"
    text = MODELS + pack(labels='"labels.tsv"', label_column='"name"', category_column='"parents"')
    found = Registry([folder(tmp_path, text, labels_tsv=table)]).find("things")
    assert found
    assert (found.labels, found.categories) == (("cat", "car"), (("pet", "animal"), ()))


def test_a_name_means_its_newest_version_and_a_suffix_that_one(tmp_path: Path) -> None:
    registry = Registry([folder(tmp_path, MODELS + pack(1) + pack(9) + pack(10))])
    found = {wanted: getattr(registry.find(wanted), "version", None) for wanted in ("things", "things_v1", "things_v10")}
    assert found == {"things": 10, "things_v1": 1, "things_v10": 10}
    assert [item.version for item in registry.all()] == [1, 9, 10]


@pytest.mark.parametrize(
    "wanted", ["", "other", "things_v2", "things_v", "things_v-1", "thing", "things\n", "_v1", "things_v" + "9" * 5000]
)
def test_another_name_means_nothing(tmp_path: Path, wanted: str) -> None:
    assert Registry([folder(tmp_path, MODELS + pack(1))]).find(wanted) is None


def test_a_later_folder_adds_versions_and_replaces_its_like(tmp_path: Path) -> None:
    below = folder(tmp_path / "a", MODELS + pack(1) + pack(1, "kept"))
    above = folder(tmp_path / "b", '[models.mine.1]\nsha256 = "cc"\n' + pack(2, models='["mine/1"]') + pack(1), labels_txt="bird\n")
    registry = Registry([below, above])
    assert [(item.name, item.version) for item in registry.all()] == [("kept", 1), ("things", 1), ("things", 2)]
    newest, replaced = registry.find("things"), registry.find("things_v1")
    assert newest
    assert replaced
    assert (newest.models, newest.labels) == (("mine/1",), ("bird",))
    assert replaced.labels == ("bird",)
    assert set(registry.pinned) == {"net/1", "net/2", "mine/1"}


def test_what_a_pack_is_made_of_is_in_its_hash(tmp_path: Path) -> None:
    hashes = []
    for place, (text, labels) in enumerate(
        [
            (MODELS + pack(), "cat\n"),
            (MODELS + pack(), "dog\n"),
            (MODELS + pack(floor="0.3"), "cat\n"),
            (MODELS.replace("aa", "dd") + pack(), "cat\n"),
        ]
    ):
        found = Registry([folder(tmp_path / str(place), text, labels_txt=labels)]).find("things")
        assert found
        hashes.append(found.hash)
    assert len(set(hashes)) == 4
    assert len(hashes[0]) == 64


BROKEN = [
    (pack(2, labels='"nowhere.txt"'), "nowhere.txt"),
    (pack(2, labels='"empty.txt"'), "empty.txt names no label"),
    (pack(2, models='["absent/1"]'), "absent/1"),
    (pack(2, models=""), "models"),
    (pack(2, kind=""), "kind"),
    (pack(2, threshold='"much"'), "could not convert"),
    (pack(2, labels='"labels.tsv"', label_column='"absent"'), "absent"),
    ("[models.bare.1]\n" + pack(2, models='["bare/1"]'), "bare/1"),
]


@pytest.mark.parametrize(("text", "reason"), BROKEN)
def test_a_broken_pack_is_named_with_its_reason_and_the_rest_works(tmp_path: Path, text: str, reason: str) -> None:
    registry = Registry([folder(tmp_path, MODELS + pack(1) + text, labels_tsv="name\ncat\n", empty_txt="\n")])
    assert list(registry.broken) == ["things_v2"]
    assert reason in registry.broken["things_v2"]
    assert [item.version for item in registry.all()] == [1]


@pytest.mark.parametrize("text", ["not = [toml", "models = 5", "detectors = [1]", "[detectors]\nthings = 7", "\x00"])
def test_a_broken_folder_is_named_and_the_others_work(tmp_path: Path, text: str) -> None:
    good, bad = folder(tmp_path / "good", MODELS + pack(1)), folder(tmp_path / "bad", text)
    registry = Registry([bad, good])
    assert list(registry.broken) == [str(bad / "registry.toml")]
    assert registry.find("things")


def test_add_ons_of_all_folders_are_known(tmp_path: Path) -> None:
    one = folder(tmp_path / "a", '[addons]\nunidet = "Analysis (unidet)"\n')
    other = folder(tmp_path / "b", '[addons]\niqa = "Quality"\n')
    assert Registry([one, other]).addons == {"unidet": "Analysis (unidet)", "iqa": "Quality"}


def test_what_is_added_or_taken_away_is_known_to_who_runs_and_the_rest_stays_the_same(tmp_path: Path) -> None:
    first, own = folder(tmp_path / "a", MODELS + pack()), tmp_path / "own"
    registry = Registry([first, own])
    pinned, kept = registry.pinned, registry.find("things")
    registry.refresh()
    assert registry.find("things") is kept
    more = pack(name="mine", models='["own/1"]')
    folder(own, f'[models.own.1]\nsha256 = "cc"\n{more}')
    registry.refresh()
    assert registry.find("mine")
    assert registry.find("things") is kept
    assert pinned == {"net/1": "aa", "net/2": "bb", "own/1": "cc"}  # the very mapping that the runtime looks into
    (own / "registry.toml").write_text("")
    registry.refresh()
    assert registry.find("mine") is None
    assert pinned == {"net/1": "aa", "net/2": "bb"}


def test_what_was_refused_stays_refused_until_it_is_another(tmp_path: Path) -> None:
    registry = Registry([folder(tmp_path, MODELS + pack())])
    found = registry.find("things")
    assert found
    registry.refuse(found, "it does not run")
    folder(tmp_path, MODELS + pack() + pack(2))
    registry.refresh()
    assert registry.find("things_v1") is None
    assert registry.broken == {"things_v1": "it does not run"}
    assert registry.find("things_v2")
    folder(tmp_path, MODELS + pack(threshold="0.7"))
    registry.refresh()
    assert registry.find("things_v1")
    assert registry.broken == {}
