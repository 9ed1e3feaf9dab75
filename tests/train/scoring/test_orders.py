"""What a verdict is worth when the frames come in another order."""

import numpy as np
import pytest
import torch
from torch import nn

from core.checkpoint import Calibration
from core.config import ModelConfig, SynchronizerConfig
from train.features.bank import FeatureBank, Gatherer
from train.scoring.examine import Candidates, Subject, examine

LABELS = ("onset", "offset")
CLIPS, FRAMES = 10, 6


class FirstFrame(nn.Module):
    """Calls a clip by its first frame alone: backwards it is always wrong."""

    def forward(self, features, *_):
        start = features[:, 0, 0]
        return torch.stack([-start, start], dim=1)


class AnyFrame(nn.Module):
    """Calls a clip by the mean of its frames: no order of them matters."""

    def forward(self, features, *_):
        mean = features.mean(1)[:, 1]
        return torch.stack([mean, -mean], dim=1)


def figures_of(model):
    labels = np.arange(CLIPS) % 2
    sign = np.where(labels == 0, 1.0, -1.0)[:, None]
    rising = sign * np.linspace(-1, 1, FRAMES)
    constant = np.broadcast_to(sign, rising.shape)
    features = np.stack([rising, constant], axis=-1).reshape(-1, 1, 2).astype(np.float16)
    bank = FeatureBank([features], np.full(CLIPS, FRAMES, np.int64))
    settings = ModelConfig(LABELS, frames=FRAMES, synchronizer=SynchronizerConfig(layers=2))
    subject = Subject(model, settings, Calibration(), torch.zeros(2, 1, 2))
    gatherer = Gatherer(bank, torch.device("cpu"), 10**9)
    return examine(subject, gatherer, Candidates(np.arange(CLIPS), labels), precision="float32")


def test_reversed_clips_of_a_model_that_reads_the_order():
    figures = figures_of(FirstFrame())
    assert (figures["war"], figures["reversed_war"], figures["reversed_uar"]) == (1.0, 0.0, 0.0)
    assert figures["reversed_war_change"] == figures["reversed_uar_change"] == -1.0
    # Random orders are right for about half of the clips: neither all nor none.
    assert 0.1 < figures["shuffled_war"] < 0.9


def test_no_order_matters_to_a_model_that_reads_none():
    figures = figures_of(AnyFrame())
    assert figures["war"] == pytest.approx(1.0)
    for order in ("shuffled", "reversed"):
        assert figures[f"{order}_war_change"] == figures[f"{order}_uar_change"] == 0
