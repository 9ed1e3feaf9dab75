"""A stage changes exactly what it declares, at the rate it declares."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from core.config import ModelConfig, PreprocessConfig
from core.model.build import build_model
from tests.conftest import TINY_BACKBONE
from tests.machine import SEED
from tests.train.conftest import CLASSES
from train.paradigm.clock import Clock, rate_factor
from train.paradigm.config import StageConfig
from train.paradigm.epoch_plan import plan_epoch
from train.paradigm.loop import Loop, _parameters
from train.paradigm.stages import Stage

pytestmark = pytest.mark.trains

PARTS = ("tokens", "text_encoder", "video_encoder", "synchronizer", "comparison")


@pytest.fixture
def make(toy_fit, tiny_backbone):
    def build(index, config=toy_fit, **changes):
        torch.manual_seed(SEED)
        base = ModelConfig(
            labels=CLASSES, backbone=TINY_BACKBONE, preprocess=PreprocessConfig(image_size=32)
        )
        model = build_model(config.model_config(base), tiny_backbone)
        settings = replace(config.stages[index], **changes)
        before = [one.phase for one in config.stages[:index]]
        stage = Stage(model, settings, config, before=before)
        stage.prepare()
        return model, stage

    return build


def train(model, stage, material, config, epochs=1):
    optimizer = stage.optimizer()
    loop = Loop(model, stage, optimizer, gatherer=material.gatherer, labels=material.labels, seed=0)
    bank = material.gatherer.bank
    for epoch in range(epochs):
        plan = plan_epoch(
            material.fold.train, material.labels, bank.lengths, config, views=3, seed=(0, epoch)
        )
        loop.run_epoch(plan, epoch)
    return loop


def changed(before, model):
    after = model.state_dict()
    return {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}


@pytest.mark.parametrize(
    ("index", "expected"),
    [(0, {"tokens", "text_encoder"}), (1, {"video_encoder"}), (2, {"tokens", "synchronizer"})],
)
@pytest.mark.parametrize("learn_temperature", [False, True])
def test_exactly_the_declared_modules_move(
    make, toy_fit, toy_material, index, expected, learn_temperature
):
    config = replace(toy_fit, learn_temperature=learn_temperature)
    model, stage = make(index, config)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    train(model, stage, toy_material, config, epochs=stage.settings.epochs)
    assert changed(before, model) == expected | ({"comparison"} if learn_temperature else set())
    assert all(p.grad is None for p in model.backbone.parameters())


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_both_optimisers_train(make, toy_fit, toy_material, optimizer):
    config = replace(toy_fit, optimizer=optimizer)
    model, stage = make(0, config)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    train(model, stage, toy_material, config)
    assert changed(before, model) == {"tokens", "text_encoder"}


@pytest.mark.parametrize(
    ("growth", "layers"), [("so-far", [1, 1, 2, 2, 3, 3, 4, 4]), ("at-once", [4] * 8)]
)
def test_step_2_grows_at_equal_intervals(make, growth, layers):
    _, stage = make(1, growth=growth, epochs=8)
    assert [stage.layers_at(epoch) for epoch in range(8)] == layers


def test_step_3_grows_from_the_copied_layers(make, toy_fit):
    config = replace(toy_fit, synchronizer=replace(toy_fit.synchronizer, rest="new"))
    _, stage = make(2, config, epochs=6)
    assert [stage.layers_at(epoch) for epoch in range(6)] == [2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize("rest", ["text", "video"])
def test_copied_layers_are_there_from_the_start(make, toy_fit, rest):
    config = replace(toy_fit, synchronizer=replace(toy_fit.synchronizer, rest=rest))
    _, stage = make(2, config, epochs=6)
    assert [stage.layers_at(epoch) for epoch in range(6)] == [4] * 6


def test_too_few_epochs_still_end_with_all_layers(make):
    _, stage = make(1, epochs=1)
    assert stage.layers_at(0) == 4


def test_growing_adds_the_identity(make, toy_fit, toy_material):
    model, stage = make(1, epochs=8)
    train(model, stage, toy_material, toy_fit, epochs=2)
    features = torch.randn(2, 4, 16)
    before = model.eval()(features)
    stage.begin_epoch(2)
    assert stage.grown.depth == 2
    torch.testing.assert_close(model(features), before)


def test_newest_trains_only_the_layer_just_added(make, toy_fit, toy_material):
    model, stage = make(1, growth="newest", epochs=8)
    stage.begin_epoch(2)
    moving = {name for name, p in model.named_parameters() if p.requires_grad}
    assert moving
    assert all(name.startswith("video_encoder.blocks.1.") for name in moving)


def test_handover_runs_from_the_old_function_to_the_new_one(make, toy_fit):
    _, stage = make(2, replace(toy_fit, handover_epochs=2))
    shares = [stage.handover_at(done) for done in (0, 0.5, 1, 2, 3)]
    assert shares == [0, 0.25, 0.5, 1, 1]
    _, first = make(0)
    assert first.handover_at(0) == 1


def test_step_3_starts_at_the_function_of_step_2(make, toy_fit, toy_material):
    model, stage = make(1)
    train(model, stage, toy_material, toy_fit, epochs=2)
    features = torch.randn(2, 4, 16)
    reached = model.eval()(features)
    stage.grown.depth = None
    following = Stage(model, toy_fit.stages[2], toy_fit, before=["text", "video"])
    following.prepare()
    following.begin_epoch(0)
    model.handover = following.handover_at(0)
    torch.testing.assert_close(model(features), reached)


def test_tokens_are_drawn_anew_only_on_request(make, toy_fit):
    for restart in (False, True):
        config = replace(toy_fit, restart_tokens=restart)
        model, _ = make(0, config)
        before = model.tokens.embeddings.clone()
        Stage(model, config.stages[2], config, before=["text"]).prepare()
        assert torch.equal(model.tokens.embeddings, before) is not restart


def test_a_step_that_comes_late_trains_its_part_in_what_is_reached(make, toy_fit, toy_material):
    """Video first: the text step then trains sentences against the video encoder's vectors."""
    model, _ = make(0)
    stage = Stage(model, toy_fit.stages[0], toy_fit, before=["video"])
    stage.prepare()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    train(model, stage, toy_material, toy_fit)
    assert model.phase == "video"
    assert changed(before, model) == {"tokens", "text_encoder"}


def test_step_3_without_a_video_step_takes_over_from_the_mean_frame(make, toy_fit, toy_material):
    model, _ = make(0)
    train(model, Stage(model, toy_fit.stages[0], toy_fit), toy_material, toy_fit)
    features = torch.randn(2, 4, 16)
    reached = model.eval()(features)
    stage = Stage(model, toy_fit.stages[2], toy_fit, before=["text"])
    stage.prepare()
    stage.begin_epoch(0)
    model.handover = stage.handover_at(0)
    torch.testing.assert_close(model(features), reached)


def test_what_was_reached_stays_while_the_tokens_move_on(make, toy_fit, toy_material):
    """Verdicts from before the hand-over are those of step 2, whatever step 3 has changed."""
    model, stage = make(2, replace(toy_fit, handover_epochs=3))
    features = torch.randn(2, 4, 16)
    model.phase, model.handover = "joint", 0.0
    reached = model.eval()(features)
    train(model, stage, toy_material, toy_fit, epochs=2)
    model.handover = 0.0
    torch.testing.assert_close(model.eval()(features), reached)
    model.handover = 1.0
    alone = model(features)
    assert (alone - reached).abs().max() > 1e-2
    model.handover = 0.25
    torch.testing.assert_close(model(features), torch.lerp(reached, alone, 0.25))
    torch.testing.assert_close(model.train()(features), alone)


def test_schedules_by_hand():
    assert [rate_factor("cosine", p) for p in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0])
    steps = [rate_factor("multistep", p) for p in (0, 0.59, 0.6, 0.79, 0.8, 1)]
    assert steps == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


def test_each_layer_has_a_course_of_its_own_or_they_share_one():
    joins = (0, 2, 4)
    clock = partial(Clock, "cosine", epochs=6, joins=joins)
    own, restart, stage = (clock(layers=kind) for kind in ("own", "restart", "stage"))
    assert [own.factor(4, layer) for layer in (None, 0, 1, 2)] == pytest.approx(
        [0.25, 0.25, 0.5, 1]
    )
    assert own.factor(1, 2) == 0
    assert own.factor(3, 1) == pytest.approx(0.5 * (1 + 0.5**0.5))
    for layer in (None, 0, 2):
        assert [restart.factor(done, layer) for done in (0, 1, 2, 3, 5)] == pytest.approx(
            [1, 0.5, 1, 0.5, 0.5]
        )
        assert stage.factor(3, layer) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("layer_schedule", "last"), [("own", 0.25), ("restart", 0.25), ("stage", 0.037)]
)
def test_the_last_layer_gets_a_quarter_of_the_first_ones_training(
    make, toy_fit, toy_material, layer_schedule, last
):
    """Rate times time over the whole stage; one course for all left it a fiftieth."""
    config = replace(toy_fit, layer_schedule=layer_schedule)
    model, stage = make(1, config, epochs=8)
    loop = Loop(
        model, stage, stage.optimizer(),
        gatherer=toy_material.gatherer, labels=toy_material.labels, seed=0,
    )  # fmt: skip
    shares = np.zeros(4)
    for epoch in range(8):
        plan = plan_epoch(
            toy_material.fold.train, toy_material.labels, toy_material.gatherer.bank.lengths,
            config, views=3, seed=(0, epoch),
        )  # fmt: skip
        shares += loop.run_epoch(plan, epoch).layer_shares
    assert shares[3] / shares[0] == pytest.approx(last, abs=0.06)
    assert all(norm > 0 for norm in stage.layer_norms())


def test_tokens_positions_and_temperature_do_not_decay(make, toy_fit):
    config = replace(toy_fit, learn_temperature=True)
    model, stage = make(2, config)
    names = {id(p): name for name, p in model.named_parameters()}
    decayed = {
        names[id(p)]
        for group in stage.optimizer().param_groups
        for p in group["params"]
        if group["weight_decay"]
    }
    assert decayed
    assert all(name.startswith("synchronizer.blocks") for name in decayed)


def test_everything_decays_on_request(make, toy_fit):
    _, stage = make(2, replace(toy_fit, decayed="everything", learn_temperature=True))
    groups = stage.optimizer().param_groups
    assert all(group["weight_decay"] == toy_fit.weight_decay for group in groups)
    trained = sum(p.numel() for name in stage.rates for p in _parameters(stage.model, name))
    assert sum(p.numel() for group in groups for p in group["params"]) == trained


@pytest.mark.parametrize(("drop", "sizes"), [(False, [6, 6, 3]), (True, [6, 6])])
def test_the_last_clips_that_fill_no_batch_may_be_left_out(
    make, toy_fit, toy_material, monkeypatch, drop, sizes
):
    config = replace(toy_fit, batch_size=6, drop_last=drop)
    model, stage = make(1, config)
    seen, step = [], Loop._step

    def watched(self, share, features):
        seen.append(share.batch)
        return step(self, share, features)

    monkeypatch.setattr(Loop, "_step", watched)
    train(model, stage, toy_material, config)
    assert seen == sizes


def test_too_few_clips_for_a_batch_are_not_all_left_out(make, toy_fit, toy_material):
    config = replace(toy_fit, batch_size=100, drop_last=True)
    model, stage = make(1, config)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    train(model, stage, toy_material, config)
    assert changed(before, model) == {"video_encoder"}


def test_constant_text_is_computed_once(make, toy_fit, toy_material, monkeypatch):
    calls = []
    model, stage = make(1)
    original = type(model).sentence_features
    monkeypatch.setattr(
        type(model), "sentence_features", lambda self: calls.append(1) or original(self)
    )
    train(model, stage, toy_material, toy_fit, epochs=2)
    assert len(calls) == 1


def test_a_stage_must_train_what_its_phase_uses(toy_fit):
    for rates in ({"synchronizer": 0.1}, {}):
        with pytest.raises(ValueError, match="trains some of"):
            replace(toy_fit, stages=(StageConfig("text", 3, rates),))


def test_a_text_head_of_its_own_is_trained_only_on_request(make, toy_fit, toy_material):
    own = replace(toy_fit, synchronizer=replace(toy_fit.synchronizer, text_head="own"))
    model, stage = make(2, own, rates={"synchronizer": 0.01})
    assert stage.text() == "constant"
    model, stage = make(2, own, rates={"synchronizer": 0.01, "text_encoder": 0.01})
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    train(model, stage, toy_material, own, epochs=2)
    assert changed(before, model) == {"synchronizer", "text_encoder"}
    stages = (*toy_fit.stages[:2], stage.settings)
    with pytest.raises(ValueError, match="text_head=own"):
        replace(toy_fit, stages=stages)
