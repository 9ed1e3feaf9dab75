"""The paper's tables on miniatures of its datasets; what survives a kill or a second process."""

import csv
import json

import numpy as np
import pytest

from tests.train import layouts
from train.__main__ import main
from train.paradigm.loop import Loop
from train.paradigm.run import Fitting
from train.report.page import TEMPLATE
from train.scoring.metrics import unweighted_average_recall, weighted_average_recall

SETTINGS = {
    "frames": 4,
    "tokens.sentences": 2,
    "tokens.tokens": 3,
    "synchronizer.heads": 2,
    "synchronizer.head_width": 8,
    "synchronizer.feedforward": 16,
    "stages.0.epochs": 1,
    "stages.1.epochs": 1,
    "stages.2.epochs": 1,
    "handover_epochs": 0,
    "batch_size": 6,
    "save_every_s": 0,
}
STAGES = [{"phase": "train", "epochs": 1, "rates": {"prompts": 0.01}}]


@pytest.fixture
def words(tmp_path, face_clip_folder):
    """A command line for a dataset below ``tmp_path``; tables and options come behind it."""
    presets = []
    for name in ("coop", "cocoop"):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"method": name, "frames": 4, "stages": STAGES}))
        presets.append(str(path))

    def build(layout, *more, out="out"):
        root = tmp_path / layout
        if not root.exists():
            getattr(layouts, f"make_{layout}")(root)
        detector = ["--detector", "center"] if layout == "mafw" else []
        settings = [f"--set={name}={json.dumps(value)}" for name, value in SETTINGS.items()]
        return [
            "reproduce", "--data", str(root), "--layout", layout, *detector, "--device", "cpu",
            "--backbone", str(face_clip_folder), "--preset", *presets, *settings,
            "--sentences", "1", "2", "--tokens", "3", "--out", str(tmp_path / out), *more,
        ]  # fmt: skip

    return build


def read(folder, number):
    return json.loads((folder / f"table-{number}.json").read_text())


def texts(folder):
    """What must not depend on how a table came about: neither times nor machines."""
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.glob("table-*"))
        if path.suffix in {".md", ".csv", ".html"}
    }


@pytest.mark.parametrize("layout", ["dfew", "ferv39k", "mafw"])
def test_all_five_tables_of_every_dataset(tmp_path, words, layout):
    fold = {"ferv39k": "all"}.get(layout, "2")
    assert main(words(layout, "--table", "1", "2", "3", "4", "5", "--folds", fold)) == 0
    out = tmp_path / "out"
    tables = {number: read(out, number) for number in range(1, 6)}
    titles = {
        number: [line["title"] for line in table["lines"]] for number, table in tables.items()
    }
    assert [len(lines) for lines in titles.values()] == [1, 4, 2, 8, 3]
    assert titles[5] == [f"A3lign-DFER, frames {x}" for x in ("in order", "shuffled", "reversed")]
    for table in tables.values():
        for line in table["lines"]:
            (run,) = line["runs"]
            assert line["pooled"]["war"]["mean"] == pytest.approx(run["war"])
            assert line["folds"]["uar"] == [run["uar"]]
    # One training stands in four tables and is trained once.
    whole = [tables[n]["lines"][i]["runs"][0] for n, i in ((1, 0), (2, 3), (3, 1), (4, 2), (5, 0))]
    assert all(run == whole[0] for run in whole)
    assert len(list((out / "runs").glob("*-fold-*"))) == 4 + 1 + 5
    text = (out / "table-1.md").read_text()
    assert "Protocol honest" in text
    assert f"fingerprint {tables[1]['about']['Data'].split()[-1]}" in text
    assert {"dfew": "74.20 / 64.09", "ferv39k": "51.77 / 41.87", "mafw": "53.24 / 42.07"}[
        layout
    ] in text
    assert TEMPLATE.read_text()[:50] in (out / "table-5.html").read_text()


def test_folds_seeds_and_protocols_by_hand(tmp_path, words):
    more = ["--table", "1", "--seeds", "0", "1", "--protocol", "honest", "paper"]
    assert main(words("dfew", *more)) == 0
    honest, paper = read(tmp_path / "out", 1)["lines"]
    assert honest["protocol"].startswith("honest: ")
    assert paper["protocol"].startswith("paper: ")
    assert paper["protocol"].endswith("it flatters")
    runs = {(run["fold"], run["seed"]): run for run in honest["runs"]}
    assert list(runs) == [("1", 0), ("1", 1), ("2", 0), ("2", 1)]
    war = np.array([[runs[fold, seed]["war"] for seed in (0, 1)] for fold in "12"])
    assert honest["folds"]["war"] == pytest.approx(war.mean(1).tolist())
    assert honest["mean_over_folds"]["war"]["mean"] == pytest.approx(war.mean())
    assert honest["mean_over_folds"]["war"]["deviation"] == pytest.approx(war.mean(1).std(ddof=1))
    assert honest["deviation_over_seeds"]["war"] == pytest.approx(war.mean(0).std(ddof=1))
    added = [np.sum([runs[fold, seed]["confusion"] for fold in "12"], axis=0) for seed in (0, 1)]
    for name, measure in (("war", weighted_average_recall), ("uar", unweighted_average_recall)):
        values = [measure(confusion) for confusion in added]
        assert honest["pooled"][name]["mean"] == pytest.approx(np.mean(values))
    assert honest["confusion"] == (added[0] + added[1]).tolist()
    with (tmp_path / "out/table-1.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["protocol"] for row in rows] == ["honest", "paper"]
    assert float(rows[0]["WAR of fold 2"]) == pytest.approx(100 * war[1].mean(), abs=1e-3)


def test_a_run_is_what_fit_gives(tmp_path, words, face_clip_folder):
    assert main(words("dfew", "--table", "1", "--folds", "2", "--seeds", "3")) == 0
    (run,) = read(tmp_path / "out", 1)["lines"][0]["runs"]
    data = ["--data", str(tmp_path / "dfew"), "--layout", "dfew", "--fold", "2"]
    settings = [f"--set={n}={json.dumps(v)}" for n, v in (SETTINGS | {"seed": 3}).items()]
    model = ["--backbone", str(face_clip_folder), "--device", "cpu", "--views", "1"]
    cache = ["--cache", str(tmp_path / "out/features"), "--out", str(tmp_path / "fit")]
    assert main(["fit", *data, *settings, *model, *cache]) == 0
    expected = json.loads((tmp_path / "fit/metrics.json").read_text())["test"]
    assert run["confusion"] == expected["confusion"]


def test_killed_anywhere_or_in_two_processes_it_makes_the_same_table(tmp_path, words, monkeypatch):
    more = ["--table", "4", "--folds", "1"]
    assert main(words("dfew", *more)) == 0
    whole = texts(tmp_path / "out")
    assert main(words("dfew", *more, "--processes", "2", out="two")) == 0
    assert texts(tmp_path / "two") == whole
    plain, epochs = Fitting._epoch, 0
    stops = {0, 2, 3, 7}

    def stop(self, loop, epoch):
        nonlocal epochs
        epochs += 1
        if epochs - 1 in stops:
            raise KeyboardInterrupt
        return plain(self, loop, epoch)

    monkeypatch.setattr(Fitting, "_epoch", stop)
    command = words("dfew", *more, out="again")
    assert [main(command) for _ in stops] == [130] * len(stops)
    assert main(command) == 0
    assert texts(tmp_path / "again") == whole
    monkeypatch.setattr(Fitting, "_epoch", None)
    assert main(command) == 0  # nothing is left to train


def test_other_settings_data_or_backbones_are_other_runs(tmp_path, words):
    more = ["--table", "1", "--folds", "1"]
    assert main(words("dfew", *more)) == 0
    assert main(words("dfew", *more, "--set=batch_size=3")) == 0
    assert len(list((tmp_path / "out/runs").glob("a3lign-*"))) == 2
    layouts.write_frames(tmp_path / "dfew/Clip/clip_224x224/99999", 0, 99)
    (tmp_path / "dfew/Clip/clip_224x224/00001/00001.jpg").write_bytes(b"")
    layouts.write_frames(tmp_path / "frames", 0, 98)
    for frame in sorted((tmp_path / "frames").iterdir()):
        frame.replace(tmp_path / "dfew/Clip/clip_224x224/00001" / frame.name)
    assert main(words("dfew", *more)) == 0
    assert len(list((tmp_path / "out/runs").glob("a3lign-*"))) == 3


def test_a_run_that_diverges_costs_only_itself(tmp_path, words, monkeypatch, capsys):
    plain = Loop._check_finite

    def fail(self, losses, epoch):
        if self.config.batch_size == 3:
            losses = losses * float("nan")
        plain(self, losses, epoch)

    monkeypatch.setattr(Loop, "_check_finite", fail)
    methods = ["--method", "a3lign:batch_size=3", "a3lign"]
    command = words("dfew", "--table", "1", "--folds", "1", *methods)
    assert main(command) == 2
    said = capsys.readouterr().err
    assert "1 of 2 trainings failed, the others are kept: the loss is not finite" in said
    assert len(list((tmp_path / "out/runs").glob("*/rows-test.json"))) == 1
    assert not (tmp_path / "out/table-1.md").exists()
    monkeypatch.setattr(Loop, "_check_finite", plain)
    assert main(command) == 0
    titles = [line["title"] for line in read(tmp_path / "out", 1)["lines"]]
    assert titles == ["A3lign-DFER (batch_size=3)", "A3lign-DFER"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--table", "3", "--method", "coop", "a3lign"], "takes A3lign apart"),
        (["--table", "1", "--method", "cop"], "unknown method 'cop'"),
        (["--table", "1", "--folds", "7"], "has no fold '7'"),
        (["--table", "1", "--method", "zero-shot"], "--set changes A3lign"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_trained(tmp_path, words, capsys, more, said):
    assert main(words("dfew", *more)) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out/runs").exists()


def test_no_features_are_extracted_for_a_method_that_trains_a_tower(tmp_path, words):
    rates = {"prompts": 0.01, "temporal_model": 0.01, "tower": 0.001}
    stages = [{"phase": "train", "epochs": 1, "rates": rates}]
    preset = tmp_path / "dfer-clip.json"
    preset.write_text(json.dumps({"method": "dfer-clip", "frames": 4, "stages": stages}))
    more = ["--table", "1", "--method", "dfer-clip", "--preset", str(preset), "--folds", "2"]
    # Those settings are A3lign's.
    assert main([word for word in words("dfew", *more) if not word.startswith("--set")]) == 0
    assert not (tmp_path / "out/features").exists()
    assert "DFER-CLIP" in (tmp_path / "out/table-1.md").read_text()
