"""Lists that peers keep of the official datasets, whatever machine they were made on."""

import pytest

from core.errors import DataError
from core.labels import ELEVEN, SEVEN
from tests.train import layouts
from train.data.layouts.peers import MAFW_ORDER
from train.data.layouts.registry import DataOptions, open_dataset

THEIRS = "/data/somebody/datasets"


def opened(*paths, layout="lists", **options):
    return open_dataset(DataOptions(list(paths), layout, **options))


def same(first, second):
    """Equal clips, labels and folds: what is trained on cannot tell the layouts apart."""
    assert [record.name for record in first.records] == [record.name for record in second.records]
    assert first.labels().tolist() == second.labels().tolist()
    assert first.class_names == second.class_names
    assert first.paths == second.paths
    assert first.fingerprint == second.fingerprint
    for one, other in zip(first.folds, second.folds, strict=True):
        assert (one.name, one.train.tolist(), one.test.tolist(), len(one.validation)) == (
            other.name, other.train.tolist(), other.test.tolist(), 0,
        )  # fmt: skip


def write_lists(folder, dataset, line, name):
    """One list for each part of each fold of a dataset that is open."""
    paths = []
    for fold in dataset.folds:
        for part in ("train", "val", "test"):
            rows = fold.train if part == "train" else fold.test
            path = folder / name.format(fold=fold.name, part=part)
            if part == "val" and path.suffix == ".txt":
                continue
            layouts.write_text(path, [line(dataset, row) for row in rows])
            paths.append(path)
    return paths


def counted(dataset, row):
    record = dataset.records[row]
    return f"{THEIRS}/Frames/{record.name} 9 {record.label}"


def uncounted(dataset, row):
    record = dataset.records[row]
    order = MAFW_ORDER if dataset.name == "mafw" else SEVEN
    return f"{THEIRS}/Frames/{record.name} {order.index(dataset.class_names[record.label])}"


@pytest.mark.parametrize("layout", ["dfew", "ferv39k", "mafw"])
def test_they_mean_the_official_dataset(tmp_path, layout):
    root = getattr(layouts, f"make_{layout}")(tmp_path / "official")
    frames = {"dfew": "Clip/clip_224x224", "ferv39k": "2_ClipsforFaceCrop", "mafw": "faces"}[layout]
    if layout == "mafw":
        for i in range(12):
            layouts.write_frames(root / f"faces/{i + 1:05d}", i % 3, i, count=3)
    official = opened(root, layout=layout, frames=frames if layout == "mafw" else None)
    here = str(root / frames)
    txt = write_lists(tmp_path, official, counted, layout.upper() + "_set_{fold}_{part}.txt")
    if layout == "ferv39k":
        txt = [path.rename(path.with_name(path.name.replace("set_all_", ""))) for path in txt]
    same(opened(*txt, frames=here), official)
    folder = tmp_path / "saved" / layout
    place = "all_scenes" if layout == "ferv39k" else "split0{fold}"
    write_lists(folder, official, uncounted, place + "/{part}.csv")
    found = opened(folder, frames=here)
    same(found, official)
    assert "repeat the test lists" in found.notes[0]


def test_the_authors_own_form_of_dfew(tmp_path):
    root = layouts.make_dfew(tmp_path / "dfew")
    official = opened(root, layout="dfew")
    own = tmp_path / "own"
    (own / "label").mkdir(parents=True)
    (root / "Clip/clip_224x224").rename(own / "data")
    for part in ("train", "test"):
        for path in (root / f"EmoLabel_DataSplit/{part}(single-labeled)").iterdir():
            name = f"single_{part}{path.name.replace('set_', 'set_')}"
            path.rename(own / "label" / name)
    found = opened(own, layout="dfew")
    assert found.labels().tolist() == official.labels().tolist()
    assert [fold.test.tolist() for fold in found.folds] == [
        fold.test.tolist() for fold in official.folds
    ]
    assert [fold.name for fold in found.folds] == ["1", "2"]


def test_ferv39k_by_its_authors_paths(tmp_path):
    root = layouts.make_ferv39k(tmp_path)
    official = opened(root, layout="ferv39k")
    for path in (root / "4_setups/All_scenes").iterdir():
        lines = path.read_text().splitlines()
        layouts.write_text(path, [f"/home/them/2_ClipsforFaceCrop/{line}" for line in lines])
    same(opened(root, layout="ferv39k"), official)


def test_paths_may_count_as_they_stand(tmp_path):
    layouts.write_frames(tmp_path / "clips/a", 0, 0)
    layouts.write_frames(tmp_path / "clips/b", 1, 1)
    layouts.write_text(tmp_path / "train.txt", [f"{tmp_path}/clips/a 5 0", "clips/b 5 1"])
    dataset = opened(tmp_path / "train.txt", classes=("calm", "tired"))
    assert dataset.class_names == ("calm", "tired")
    assert [len(dataset.read(row, 1.0)) for row in range(2)] == [5, 5]


@pytest.mark.parametrize(
    ("name", "lines", "words"),
    [
        ("dfew_train.txt", ["x/a 5 7"], r"class must be 0-6, got 7"),
        ("dfew_train.txt", ["x/a"], r"dfew_train.txt:1: expected 'folder \[frames\] class'"),
        (
            "FERV39k_train.txt",
            ["Action/Sad/1 5 0"],
            "happiness here, but the folder says sad",
        ),
        ("train.txt", ["x/a 5 1"], "name them in order with --classes"),
        ("dfew.txt", ["x/a 5 1"], "does not say train, val or test"),
        ("dfew_mafw_train.txt", ["x/a 5 1"], "are of dfew and mafw"),
        ("dfew_train.txt", ["x/a 5 1"], "none of the 1 clips is where the lists say"),
    ],
)
def test_what_cannot_be_meant_is_said(tmp_path, name, lines, words):
    layouts.write_text(tmp_path / name, lines)
    with pytest.raises(DataError, match=words):
        opened(tmp_path / name)


def test_mafw_in_the_two_orders(tmp_path):
    """Number 0 is happiness in DFER-CLIP's lists and anger in MAE-DFER's."""
    layouts.write_frames(tmp_path / "faces/00001", 0, 0)
    layouts.write_text(tmp_path / "mafw_train.txt", ["/x/faces/00001 5 0"])
    layouts.write_text(tmp_path / "mafw/train.csv", ["/x/faces/00001 0"])
    here = str(tmp_path / "faces")
    for path, word in (("mafw_train.txt", "happiness"), ("mafw/train.csv", "anger")):
        (label,) = opened(tmp_path / path, frames=here).labels()
        assert ELEVEN[label] == word
