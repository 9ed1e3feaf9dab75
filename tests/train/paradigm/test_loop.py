"""A step of training, where processes outnumber its clips."""

import numpy as np
import pytest
import torch

from core.config import ModelConfig, PreprocessConfig
from core.model.build import build_model
from tests.conftest import TINY_BACKBONE
from tests.train.conftest import CLASSES
from train.data.canvases import CanvasDataset
from train.features.bank import FeatureBank
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


@pytest.mark.parametrize(("method", "rates"), TOWERS)
def test_a_process_without_a_clip_has_its_part_in_the_sums_and_changes_nothing(
    canvas_file, tiny_backbone, monkeypatch, method, rates
):
    """The gradients that it adds to those of the others are as many, and zero."""
    dataset = CanvasDataset([canvas_file])
    lengths = np.full(len(dataset.records), 3)
    bank = FeatureBank([np.zeros((lengths.sum(), 1, 16), np.float16)], lengths)
    preprocess = PreprocessConfig(image_size=32)
    pictures = PictureGatherer(bank, torch.device("cpu"), dataset, preprocess, 0)
    config = FitConfig(
        method=method, frames=2, weight_decay=0.0, stages=(StageConfig("train", 1, rates),)
    )
    model = build_model(
        config.model_config(ModelConfig(labels=CLASSES, backbone=TINY_BACKBONE)), tiny_backbone
    )
    stage = Stage(model, config.stages[0], config)
    loop = Loop(model, stage, stage.optimizer(), gatherer=pictures, labels=dataset.labels(), seed=0)
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
