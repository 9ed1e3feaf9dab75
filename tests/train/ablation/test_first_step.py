"""A step that several variants begin with is trained once, and nobody can tell from the weights."""

import json
from dataclasses import replace

import pytest
from safetensors.torch import load_file

from core.config import ModelConfig, PreprocessConfig
from core.errors import BusyError
from tests.conftest import TINY_BACKBONE
from tests.train.conftest import CLASSES
from train.ablation.first_step import first_step_of
from train.ablation.run import Ablation
from train.ablation.variants import FULL, Variant, without_synchronizer
from train.paradigm.config import override
from train.paradigm.loop import Loop
from train.paradigm.run import Fitting
from train.runtime.disk import sole_user

BASE = ModelConfig(
    labels=CLASSES, backbone=TINY_BACKBONE, preprocess=PreprocessConfig(image_size=32)
)
ABOUT = {"data": {"fingerprint": "aa"}}


@pytest.fixture
def ablation(tiny_backbone, toy_material, tmp_path):
    return Ablation(tiny_backbone, BASE, toy_material, tmp_path / "out", "test", ABOUT)


@pytest.fixture
def epochs(monkeypatch):
    """Phases of the epochs that are trained, in order."""
    trained = []
    plain = Loop.run_epoch

    def watched(self, plan, epoch):
        trained.append(self.stage.settings.phase)
        return plain(self, plan, epoch)

    monkeypatch.setattr(Loop, "run_epoch", watched)
    return trained


def losses(folder):
    lines = (folder / "history.jsonl").read_text().splitlines()
    return [(record["stage"], record["loss"]) for record in map(json.loads, lines)]


def test_weights_and_history_are_those_of_a_run_of_its_own(
    ablation, toy_fit, tiny_backbone, toy_material, tmp_path, epochs
):
    variants = [
        Variant(FULL, toy_fit),
        Variant("swap", override(toy_fit, [("handover_epochs", 0), ("synchronizer.rest", "new")])),
        Variant("two", without_synchronizer(toy_fit)),
    ]
    rows = ablation.run(variants, [toy_fit.seed], baseline=False)
    assert epochs.count("text") == toy_fit.stages[0].epochs
    names = ["after step 1", "after step 2", *(variant.name for variant in variants)]
    assert [row["variant"] for row in rows] == names
    for variant in variants:
        own = tmp_path / "own" / variant.name
        Fitting(tiny_backbone, BASE, variant.config, toy_material, own).run()
        shared = tmp_path / "out" / variant.name / f"seed-{toy_fit.seed}"
        assert losses(shared) == losses(own)
        for name in ("checkpoint", "checkpoint-last", "checkpoint-text"):
            file = f"{name}/model.safetensors"
            expected, found = load_file(own / file), load_file(shared / file)
            assert all(found[key].equal(expected[key]) for key in expected)
        assert {p.name for p in (own / "film").iterdir()} == {
            p.name for p in (shared / "film").iterdir()
        }


def test_an_interrupted_first_step_goes_on(ablation, toy_fit, tmp_path, epochs, monkeypatch):
    plain = Fitting._epoch

    def stop(self, loop, epoch):
        if epoch == 1:
            raise KeyboardInterrupt
        return plain(self, loop, epoch)

    monkeypatch.setattr(Fitting, "_epoch", stop)
    with pytest.raises(KeyboardInterrupt):
        ablation.measure("a", toy_fit, tmp_path / "out/a")
    monkeypatch.setattr(Fitting, "_epoch", plain)
    ablation.measure("a", toy_fit, tmp_path / "out/a")
    assert epochs.count("text") == toy_fit.stages[0].epochs


def test_only_what_the_first_step_reads_tells_it_apart(toy_fit):
    step = first_step_of(toy_fit)
    for later in ({"handover_epochs": 0}, {"restart_tokens": True}, {"comment": "other"}):
        assert first_step_of(replace(toy_fit, **later)) == step
    for now in (
        [("batch_size", 4)], [("seed", 9)], [("stages.0.epochs", 1)], [("tokens.tokens", 2)],
        [("synchronizer.video_layers", 2)], [("validation_share", 0.5)],
    ):  # fmt: skip
        assert first_step_of(override(toy_fit, now)) != step
    assert first_step_of(replace(toy_fit, stages=toy_fit.stages[:1])) is None


def test_a_first_step_that_another_process_trains_is_not_waited_for(ablation, toy_fit, tmp_path):
    ablation.measure("a", toy_fit, tmp_path / "out/a")
    (step,) = (tmp_path / "out/first-steps").iterdir()
    other = without_synchronizer(toy_fit)
    with sole_user(step), pytest.raises(BusyError, match="another process is at work"):
        ablation.measure("b", other, tmp_path / "out/b")
    assert ablation.measure("b", other, tmp_path / "out/b")[0]["variant"] == "b"
