"""A run in one process, on features whose class shows."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.checkpoint import load_checkpoint
from core.config import ModelConfig, PreprocessConfig
from core.errors import DataError, TrainingError
from core.model.backbones import build_untrained, hash_weights
from core.results import Scores
from tests.conftest import TINY_BACKBONE
from tests.train.conftest import CLASSES, toy_stages
from train.data.dataset import Fold
from train.paradigm import loop
from train.paradigm.material import Material
from train.paradigm.outputs import RunOutputs
from train.paradigm.run import Fitting
from train.paradigm.state import load_state, own_weights
from train.runtime import disk


@pytest.fixture
def make(tmp_path, toy_fit, toy_material, tiny_backbone):
    """Set up a run; each has a folder of its own unless named."""

    def build(config=toy_fit, material=toy_material, name="run"):
        backbone = build_untrained(TINY_BACKBONE)
        backbone.load_state_dict(tiny_backbone.state_dict())
        base = ModelConfig(
            labels=CLASSES,
            backbone=replace(TINY_BACKBONE, sha256=hash_weights(backbone)),
            preprocess=PreprocessConfig(image_size=32),
        )
        return Fitting(backbone, base, config, material, tmp_path / name)

    return build


@pytest.mark.trains
def test_eight_clips_are_learned_by_heart(make, toy_fit, toy_material):
    eight = Fold("all", np.arange(8), np.arange(8), np.arange(8, 14))
    config = replace(toy_fit, stages=toy_stages(40, 5, 10))
    metrics = make(config, replace(toy_material, fold=eight)).run()
    assert metrics["validation"]["war"] == 1.0
    assert metrics["validation"]["loss"] < 0.2
    assert metrics["test"]["war"] > 0.6


def test_a_run_keeps_what_its_map_needs(make, toy_material):
    run = make()
    run.run()
    clips = np.load(run.outputs.folder / "clips.npy")
    rows, bank = toy_material.fold.train, toy_material.gatherer.bank
    assert clips.shape == (len(rows), run.config.frames, bank.width)
    own = np.concatenate(bank.parts)[bank.starts()[rows[0]] :][: bank.lengths[rows[0]], 0]
    assert all((frame == own).all(1).any() for frame in clips[0])


@pytest.mark.trains
def test_two_runs_with_one_seed_are_identical_and_another_seed_differs(make, toy_fit):
    runs = [make(name="a"), make(name="b"), make(replace(toy_fit, seed=toy_fit.seed + 1), name="c")]
    for run in runs:
        run.run()
    first, second, third = (own_weights(run.model) for run in runs)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["tokens.embeddings"], third["tokens.embeddings"])


@pytest.mark.parametrize("variety", [{"identity_jitter": 1.0}, {"weakest_change": 0.3}])
def test_varied_features_change_what_is_learned_and_can_be_repeated(make, toy_fit, variety):
    varied = replace(toy_fit, **variety)
    runs = [make(varied, name="a"), make(varied, name="b"), make(name="plain")]
    for run in runs:
        run.run()
    first, second, plain = (own_weights(run.model) for run in runs)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert any(not torch.equal(first[name], plain[name]) for name in first)


def test_clips_called_neutral_keep_their_change(make, toy_fit, monkeypatch):
    kept, weaken = [], loop.weaken_change

    def watched(features, keeps, weakest):
        kept.append(keeps)
        return weaken(features, keeps, weakest)

    monkeypatch.setattr(loop, "weaken_change", watched)
    run = make(replace(toy_fit, weakest_change=0.3))
    run.run()
    share = (run.material.labels[run.material.fold.train] == CLASSES.index("neutral")).mean()
    assert float(torch.cat(kept).float().mean()) == pytest.approx(share, abs=0.05)


@pytest.mark.trains
@pytest.mark.parametrize("fatal", [1, 3, 5, 8])
def test_interrupted_anywhere_it_ends_the_same(make, monkeypatch, fatal):
    whole = make(name="whole")
    whole.run()
    calls = []
    run_epoch = loop.Loop.run_epoch

    def interrupted(self, plan, epoch):
        calls.append(epoch)
        if len(calls) == fatal:
            raise KeyboardInterrupt
        return run_epoch(self, plan, epoch)

    monkeypatch.setattr(loop.Loop, "run_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make().run()
    again = make()
    assert again.resume() == (fatal > 1)
    again.run()
    expected, found = own_weights(whole.model), own_weights(again.model)
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    timeless = [{**record, "seconds": 0} for record in again.state.history]
    assert timeless == [{**record, "seconds": 0} for record in whole.state.history]


@pytest.mark.parametrize("phase", ["text", "video"])
def test_killed_between_a_steps_last_epoch_and_its_checkpoint_it_writes_the_same_one(
    make, monkeypatch, tmp_path, phase
):
    make(name="whole").run()
    saved = RunOutputs.save_checkpoint

    def killed(self, name, model):
        if name == f"checkpoint-{phase}":
            raise KeyboardInterrupt
        return saved(self, name, model)

    with monkeypatch.context() as once:
        once.setattr(RunOutputs, "save_checkpoint", killed)
        with pytest.raises(KeyboardInterrupt):
            make().run()
    again = make()
    assert again.resume()
    again.run()
    expected, found = (
        load_checkpoint(tmp_path / run / f"checkpoint-{phase}") for run in ("whole", "run")
    )
    assert found.config.phase == expected.config.phase == phase
    assert torch.equal(found.class_vectors, expected.class_vectors)
    clips = torch.randn(2, 4, 16)
    assert torch.equal(found.model(clips), expected.model(clips))


@pytest.mark.parametrize(("hands_over", "epoch"), [("best", 0), ("last", 2)])
def test_a_step_leaves_its_best_weights_on_request(make, toy_fit, monkeypatch, hands_over, epoch):
    """Killed before the checkpoint, or afterwards, it leaves the same ones."""
    seen, saved = [], RunOutputs.save_checkpoint

    def falling(self, model):
        seen.append(own_weights(model))
        return Scores(war=0.5, uar=1 / len(seen), loss=1.0)

    def killed(self, name, model):
        if len(seen) == 3:
            raise KeyboardInterrupt
        return saved(self, name, model)

    monkeypatch.setattr(RunOutputs, "scores", falling)
    config = replace(toy_fit, hands_over=hands_over, stages=toy_fit.stages[:2])
    with monkeypatch.context() as once:
        once.setattr(RunOutputs, "save_checkpoint", killed)
        with pytest.raises(KeyboardInterrupt):
            make(config).run()
    again = make(config)
    again.resume()
    again.run()
    text = load_checkpoint(again.outputs.folder / "checkpoint-text").model
    for model in (text, again.model):
        assert torch.equal(model.tokens.embeddings, seen[epoch]["tokens.embeddings"])
    assert not torch.equal(seen[0]["tokens.embeddings"], seen[2]["tokens.embeddings"])


def test_stopped_during_the_hand_over_the_rescued_weights_open(
    make, toy_fit, monkeypatch, tmp_path
):
    """They are the synchronizer alone: a checkpoint holds no step before it."""
    step, calls = loop.Loop._step, []

    def poisoned(self, plan, batch):
        calls.append(batch)
        return step(self, plan, batch) * (float("nan") if len(calls) == 13 else 1.0)

    monkeypatch.setattr(loop.Loop, "_step", poisoned)
    run = make(replace(toy_fit, handover_epochs=3))
    with pytest.raises(TrainingError, match="epoch 2 of stage 'joint'"):
        run.run()
    assert run.state.history[-1]["handover"] == pytest.approx(1 / 3)
    last = load_checkpoint(tmp_path / "run" / "checkpoint-last")
    assert last.config.phase == "joint"
    torch.testing.assert_close(last.model.class_vectors(), run.model.class_vectors())


def test_a_run_in_another_order_ends_the_same_when_interrupted(make, toy_fit, monkeypatch):
    """Video first, then text, then both; the step before the joint one is known again."""
    first, second, third = toy_fit.stages
    config = replace(toy_fit, stages=(second, first, third))
    whole = make(config, name="whole")
    whole.run()
    assert [record["stage"] for record in whole.state.history][::3] == ["video", "text", "joint"]
    run_epoch, calls = loop.Loop.run_epoch, []

    def interrupted(self, plan, epoch):
        calls.append(epoch)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return run_epoch(self, plan, epoch)

    with monkeypatch.context() as once:
        once.setattr(loop.Loop, "run_epoch", interrupted)
        with pytest.raises(KeyboardInterrupt):
            make(config).run()
    again = make(config)
    again.resume()
    again.run()
    expected, found = own_weights(whole.model), own_weights(again.model)
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert [r["validation"] for r in again.state.history] == [
        r["validation"] for r in whole.state.history
    ]


def test_a_loss_that_is_no_number_names_the_step_and_keeps_the_last_good_weights(
    make, monkeypatch, tmp_path
):
    step = loop.Loop._step
    calls = []

    def poisoned(self, plan, batch):
        calls.append(batch)
        return step(self, plan, batch) * (float("nan") if len(calls) == 8 else 1.0)

    monkeypatch.setattr(loop.Loop, "_step", poisoned)
    with pytest.raises(TrainingError, match="step 2 in epoch 1 of stage 'video'") as caught:
        make().run()
    assert "checkpoint-last" in str(caught.value)
    last, text = (load_checkpoint(tmp_path / "run" / f"checkpoint-{n}") for n in ("last", "text"))
    assert last.config.phase == "text"
    assert torch.equal(last.model.tokens.embeddings, text.model.tokens.embeddings)


def test_a_weight_that_is_no_number_stops_the_run(make, monkeypatch):
    step = loop.Loop._step

    def spoiled(self, plan, batch):
        loss = step(self, plan, batch)
        with torch.no_grad():
            self.model.tokens.embeddings[0, 0, 0, 0] = torch.inf
        return loss.nan_to_num(1.0)

    monkeypatch.setattr(loop.Loop, "_step", spoiled)
    with pytest.raises(TrainingError, match="a weight is not finite"):
        make().run()


def test_a_full_disk_keeps_the_earlier_state(make, monkeypatch, tmp_path):
    run = make()
    saved = torch.save
    calls = []

    def full(data, path):
        calls.append(path)
        if len(calls) == 3:
            path.write_bytes(b"half of it")
            raise OSError(28, "No space left on device")
        saved(data, path)

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(DataError, match="disk is full"):
        run.run()
    state, _ = load_state(tmp_path / "run" / "state.pt", make().model)
    assert (state.stage, state.epoch) == (0, 2)
    assert not list((tmp_path / "run").glob("*.partial"))


def test_replacing_a_folder_survives_a_failure(tmp_path):
    target = tmp_path / "checkpoint"
    target.mkdir()
    (target / "a").write_text("old")
    with pytest.raises(FileNotFoundError), disk.replacing(target) as partial:
        (partial / "a").write_text("there is no folder yet")
    assert (target / "a").read_text() == "old"
    with disk.replacing(target) as partial:
        partial.mkdir()
        (partial / "b").write_text("new")
    assert [path.name for path in target.iterdir()] == ["b"]
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def test_another_models_state_is_refused(make, toy_fit):
    make().run()
    other = make(replace(toy_fit, tokens=replace(toy_fit.tokens, sentences=2)))
    with pytest.raises((TrainingError, RuntimeError)):
        other.resume()


def test_a_damaged_state_is_named(make, tmp_path):
    run = make()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "state.pt").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(TrainingError, match=r"state\.pt is damaged"):
        run.resume()


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half", None])
def test_a_damaged_or_lost_state_costs_an_epoch_and_nothing_else(make, tmp_path, caplog, damage):
    whole = make(name="whole")
    whole.run()
    make().run()
    path = tmp_path / "run" / "state.pt"
    path.unlink() if damage is None else path.write_bytes(damage)
    again = make()
    assert again.resume()
    assert "continuing from state-before.pt" in caplog.text
    again.run()
    expected, found = own_weights(whole.model), own_weights(again.model)
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert len(again.state.history) == len(whole.state.history)


def test_a_damaged_picture_of_the_film_does_not_lose_the_run(make, tmp_path, caplog):
    run = make()
    run.run()
    pictures = sorted((tmp_path / "run" / "film").iterdir())
    pictures[0].write_bytes(pictures[0].read_bytes()[:100])
    again = make()
    again.resume()
    again.run()
    assert "the film goes without it" in caplog.text
    assert len(np.load(tmp_path / "run" / "film.npz")["titles"]) == len(pictures) - 1


def test_the_best_epoch_is_a_finished_model(make, toy_fit):
    """During the blend and the growth of step 3 nothing is chosen."""
    run = make(replace(toy_fit, stages=toy_stages(2, 1, 4), handover_epochs=3))
    run.run()
    assert [record["handover"] for record in run.state.history[-4:]] == pytest.approx(
        [1 / 3, 2 / 3, 1, 1]
    )
    joint = run.state.history[-4:]
    whole = [record["validation"]["uar"] for record in joint if record["layers"] == 4]
    assert run.state.best_score == whole[-1]


def test_material_without_validation_gives_the_last_weights(make, toy_material):
    fold = Fold("all", np.arange(20), np.arange(0), np.arange(0))
    metrics = make(material=Material(toy_material.gatherer, toy_material.labels, fold)).run()
    assert metrics == {"demo": False}
