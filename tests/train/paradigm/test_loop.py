"""A step of training, where processes outnumber its clips."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.config import ModelConfig, PreprocessConfig
from core.device import keeps_units_idle
from core.model.build import build_model
from core.model.registry import complete_options
from tests.conftest import TINY_BACKBONE
from tests.train.conftest import CLASSES
from train.data.canvases import CanvasDataset
from train.features.pictures import PictureGatherer
from train.paradigm.config import FitConfig, StageConfig
from train.paradigm.epoch_plan import EpochPlan
from train.paradigm.loop import Loop
from train.paradigm.stages import Stage
from train.runtime import parallel

TOWERS = [
    ("clip-lora", {"head": 0.1, "temporal_model": 0.1, "lora": 0.1}),
    (
        "pe-clip",
        {"prompts": 0.1, "text_adapters": 0.1, "image_adapters": 0.1, "temporal_model": 0.1},
    ),
    ("dfer-clip", {"prompts": 0.1, "temporal_model": 0.1, "tower": 0.1}),
    ("finecliper", {"adapters": 0.1, "text_adapter": 0.1, "temporal_model": 0.1}),
]


@pytest.fixture
def pictures(canvas_file):
    """Two frames of 18 clips, as pictures."""
    dataset = CanvasDataset([canvas_file])
    lengths = np.full(len(dataset.records), 3)
    preprocess = PreprocessConfig(image_size=32)
    return PictureGatherer(lengths, torch.device("cpu"), dataset, preprocess, 0)


def tower_loop(config, backbone, pictures):
    torch.manual_seed(3)
    base = ModelConfig(labels=CLASSES, backbone=TINY_BACKBONE)
    model = build_model(config.model_config(base), backbone)
    stage = Stage(model, config.stages[0], config)
    labels = pictures.dataset.labels()
    return Loop(model, stage, stage.optimizer(), gatherer=pictures, labels=labels, seed=0)


@pytest.mark.parametrize(("method", "rates"), TOWERS)
def test_a_step_in_parts_is_the_same_step(tiny_backbone, pictures, monkeypatch, method, rates):
    """The sums are those of the whole batch, and the text tower still works once."""
    options = {name: 0.0 for name in complete_options(method, {}) if name.endswith("dropout")}
    whole = FitConfig(
        method=method, frames=2, options=options, stages=(StageConfig("train", 1, rates),)
    )
    clips = np.array([3, 1, 8, 12, 16])
    plan = EpochPlan(clips, np.array([[0, 1]] * 5), np.arange(5))
    results = []
    for most in (0, 2):
        loop = tower_loop(replace(whole, clips_at_once=most), tiny_backbone, pictures)
        seen, forward = [], loop.model.forward
        monkeypatch.setattr(
            loop.model,
            "forward",
            lambda *a, seen=seen, forward=forward: seen.append(len(a[0])) or forward(*a),
        )
        texts, encode = [], loop.model.encode_sentences
        monkeypatch.setattr(
            loop.model,
            "encode_sentences",
            lambda rows, texts=texts, encode=encode: texts.append(rows) or encode(rows),
        )
        loss = loop.run_epoch(plan, 0).loss
        assert seen == ([2, 2, 1] if most else [5])
        assert len(texts) == 1
        results.append((loss, loop.model.state_dict()))
    (loss, weights), (loss_in_parts, weights_in_parts) = results
    assert loss_in_parts == pytest.approx(loss, rel=1e-5)
    for name, tensor in weights.items():
        torch.testing.assert_close(weights_in_parts[name], tensor, atol=1e-5, rtol=1e-4)


@pytest.mark.skipif(keeps_units_idle(), reason="torch was told to leave the bf16 units alone")
@pytest.mark.parametrize(("method", "rates"), TOWERS)
def test_a_tower_computes_in_half_precision_and_learns_in_full(
    tiny_backbone, pictures, monkeypatch, method, rates
):
    config = FitConfig(
        method=method, frames=2, precision="bf16", stages=(StageConfig("train", 1, rates),)
    )
    loop = tower_loop(config, tiny_backbone, pictures)
    kinds = []
    visual = getattr(loop.model, "tower", loop.model.backbone.clip).visual
    convolution = next(m for m in visual.modules() if isinstance(m, torch.nn.Conv2d))
    convolution.register_forward_hook(lambda *seen: kinds.append(seen[-1].dtype))
    plan = EpochPlan(np.array([3, 1]), np.array([[0, 1]] * 2), np.array([0, 3]))
    loop.run_epoch(plan, 0)
    judged = pictures.for_judging(loop.model, plan.clips, plan.frames, precision=config.precision)
    assert kinds == [torch.bfloat16] * 2
    assert judged(plan.clips, plan.frames, np.zeros(2, np.int64)).dtype == torch.float32
    assert {p.dtype for p in loop.model.parameters()} == {torch.float32}


@pytest.mark.parametrize(("method", "rates"), TOWERS)
def test_a_process_without_a_clip_has_its_part_in_the_sums_and_changes_nothing(
    tiny_backbone, pictures, monkeypatch, method, rates
):
    """The gradients that it adds to those of the others are as many, and zero."""
    config = FitConfig(
        method=method, frames=2, weight_decay=0.0, stages=(StageConfig("train", 1, rates),)
    )
    loop = tower_loop(config, tiny_backbone, pictures)
    model = loop.model
    added = []
    monkeypatch.setattr(parallel, "add_up", lambda tensors: added.append(list(tensors)))
    plan = EpochPlan(np.array([3]), np.array([[0, 1]]), np.array([0]))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with monkeypatch.context() as last:
        last.setattr(parallel, "own_share", lambda count: slice(count, count))
        assert loop.run_epoch(plan, 0).loss == 0
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    idle = added[0]
    assert not any(gradient.any() for gradient in idle)
    added.clear()
    assert loop.run_epoch(plan, 0).loss > 0
    assert [gradient.shape for gradient in added[0]] == [gradient.shape for gradient in idle]
