"""Curves of a run: TensorBoard's events, a sheet, and a server that the test plays."""

import csv
import sys
from importlib.util import find_spec
from types import SimpleNamespace

import pytest

from core.errors import ConfigError
from train.watching import registry
from train.watching.registry import chosen_logs, open_logs

HISTORY = [
    {
        "stage": stage, "epoch": epoch, "loss": 2.0 - 0.1 * step, "seconds": 1.0,
        "rates": {part: 0.1}, "layer_shares": (1.0, 0.5 * step), "layer_norms": (0.3, 0.1),
        "validation": {"war": 0.5, "uar": 0.1 * step, "loss": 1.0} if step else None,
    }
    for step, (stage, epoch, part) in enumerate(
        [("text", 1, "tokens"), ("text", 2, "tokens"), ("video", 1, "video_encoder")]
    )
]  # fmt: skip
METRICS = {"test": {"war": 0.7, "uar": 0.6, "ece": 0.1}}


def watch(watchers, until=3, since=0):
    for watcher in watchers:
        watcher.begin(HISTORY[:since])
        for count in range(since + 1, until + 1):
            watcher.epoch(HISTORY[:count])


def test_tensorboard_reads_every_curve_and_no_epoch_twice(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    watch(open_logs(["tensorboard"], tmp_path, {}), until=2)
    # Killed after an epoch that no state knows of: it is run, and told, again.
    (again,) = open_logs(["tensorboard"], tmp_path, {})
    watch([again], since=1)
    again.finish(METRICS)
    events = accumulator.EventAccumulator(str(tmp_path / "events"))
    events.Reload()
    loss = [(event.step, event.value) for event in events.Scalars("loss/training")]
    assert loss == [(1, 2.0), (2, pytest.approx(1.9)), (3, pytest.approx(1.8))]
    assert [event.step for event in events.Scalars("rate/tokens")] == [1, 2]
    assert events.Scalars("layer_shares/2")[-1].value == 1.0
    assert events.Scalars("validation/UAR")[0].value == pytest.approx(0.1)
    assert events.Scalars("finished/test_WAR")[0].value == pytest.approx(0.7)


def test_a_run_that_is_known_already_opens_nothing(tmp_path):
    for watcher in open_logs(["tensorboard", "csv"], tmp_path, {}):
        watcher.finish({})
    assert list(tmp_path.iterdir()) == []


def test_the_sheet_has_a_line_per_epoch(tmp_path):
    watch(open_logs(["csv"], tmp_path, {}))
    with (tmp_path / "log.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["step"], row["stage"], row["epoch"]) for row in rows] == [
        ("1", "text", "1"), ("2", "text", "2"), ("3", "video", "1"),
    ]  # fmt: skip
    assert rows[0]["validation/UAR"] == ""
    assert float(rows[2]["rate/video_encoder"]) == 0.1
    assert rows[2]["rate/tokens"] == ""


def test_weights_and_biases_are_told_the_whole_run(tmp_path, monkeypatch):
    logged, said = [], {}
    run = SimpleNamespace(
        log=lambda values, step: logged.append((step, values["loss/training"])),
        summary={},
        finish=lambda: said.setdefault("finished", True),
    )
    server = SimpleNamespace(init=lambda **settings: said.update(settings) or run)
    monkeypatch.setitem(sys.modules, "wandb", server)
    (watcher,) = open_logs(["wandb"], tmp_path / "mine", {"fit": 1})
    watch([watcher], since=1)
    watcher.finish(METRICS)
    assert [step for step, _ in logged] == [1, 2, 3]
    assert said == {
        "project": "a3lign-dfer", "name": "mine", "dir": str(tmp_path / "mine"),
        "config": {"fit": 1}, "finished": True,
    }  # fmt: skip
    assert run.summary == {"finished/test_WAR": 0.7, "finished/test_UAR": 0.6, "finished/test_ECE": 0.1}  # fmt: skip  # noqa: E501


def test_what_is_not_installed_is_said_at_once(monkeypatch):
    monkeypatch.setattr(registry, "find_spec", lambda _: None)
    assert chosen_logs(None) == []
    assert chosen_logs(["csv", "none", "csv"]) == ["csv"]
    with pytest.raises(ConfigError, match="pip install wandb, or choose tensorboard or csv"):
        chosen_logs(["wandb"])
    monkeypatch.setattr(registry, "find_spec", find_spec)
    assert chosen_logs(["none"]) == []
