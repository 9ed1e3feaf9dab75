"""Every method with layers over time learns what only the order of the frames tells."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.config import ModelConfig
from core.model.build import build_model
from core.model.faceclip import build_face_clip
from core.model.registry import method_names
from tests.conftest import TINY_BACKBONE
from tests.machine import SEED
from train.data.dataset import Fold
from train.features.bank import FeatureBank, Gatherer
from train.paradigm.config import override
from train.paradigm.material import Material
from train.paradigm.presets import default_preset, open_preset
from train.paradigm.run import Fitting

FRAMES, CLIPS, JUDGED = 8, 160, 160
LABELS = ("happiness", "sadness")
EPOCHS = {"text": 1, "video": 14, "joint": 6, "train": 12}
# Their texts hardly move.
MORE_EPOCHS = {"emoclip": 30, "pe-clip": 20}
# Towers stay frozen, for the clips are features; A3lign's sizes are the paper's otherwise. Rates of
# EmoCLIP, CLIP with LoRA and PE-CLIP are for some hundred times as many steps.
SMALL = {
    "attentive-probe": {"options.positions": "learned"},
    "clip-lora": {
        "options.tower": "frozen",
        "stages.0.rates": {"head": 0.001, "temporal_model": 0.001},
    },
    "dfer-clip": {"options.tower": "frozen"},
    "emoclip": {"options.head_width": 8, "stages.0.rates": {"temporal_model": 0.01}},
    "pe-clip": {
        "options.tower": "frozen",
        "options.reduction": 1,
        "stages.0.rates": {"temporal_model": 0.005},
    },
    "finecliper": {"options.adapters": "none"},
    "a3lign": {
        "tokens.sentences": FRAMES,
        "tokens.tokens": 3,
        "synchronizer.heads": 2,
        "synchronizer.head_width": 8,
        "synchronizer.feedforward": 16,
    },
}


@pytest.fixture
def tiny_clip():
    """The same network for every seed: in some random ones the texts of the classes are one."""
    torch.manual_seed(0)
    return build_face_clip(TINY_BACKBONE).eval()


def order_clips():
    """Clips that pass from one expression to another, or the same way back.

    Both classes hold the same frames: whatever forgets their order is right in half of the cases.
    """
    generator = np.random.default_rng(SEED + 5)
    count, width = CLIPS + JUDGED, TINY_BACKBONE.embed_dim
    labels = np.arange(count) % 2
    place = (np.arange(FRAMES) + 0.5) / FRAMES
    share = 1 / (1 + np.exp((generator.uniform(0.35, 0.65, (count, 1)) - place) / 0.1))
    share = np.where(labels[:, None] == 1, share[:, ::-1], share)[..., None]
    first, second = np.eye(width)[:2]
    people = generator.normal(size=(count, 1, width)) * 0.1
    frames = people + (1 - share) * first + share * second
    frames += generator.normal(size=frames.shape) * 0.05
    frames /= np.linalg.norm(frames, axis=-1, keepdims=True)
    bank = FeatureBank(
        [frames.reshape(-1, 1, width).astype(np.float16)], np.full(count, FRAMES, np.int64)
    )
    rows = np.arange(count)
    fold = Fold("all", rows[:CLIPS], rows[CLIPS : CLIPS + 80], rows[CLIPS + 80 :])
    return Material(Gatherer(bank, torch.device("cpu"), 10**9), labels, fold)


def little(method):
    """The method's own recipe in little."""
    config = override(open_preset(default_preset(method)), list(SMALL.get(method, {}).items()))
    stages = tuple(
        replace(stage, epochs=MORE_EPOCHS.get(method, EPOCHS[stage.phase]))
        for stage in config.stages
    )
    little = replace(config, frames=FRAMES, batch_size=8, stages=stages, handover_epochs=3)
    return replace(little, save_every_s=1e9, seed=SEED)


@pytest.mark.trains
@pytest.mark.parametrize("method", method_names())
def test_order_is_learned_or_plays_no_part(method, tiny_backbone, tmp_path):
    config, clips = little(method), order_clips()
    base = ModelConfig(labels=LABELS, backbone=TINY_BACKBONE)
    model = build_model(config.model_config(base), tiny_backbone)
    if not model.reads_order:
        features = torch.randn(3, FRAMES, TINY_BACKBONE.embed_dim)
        torch.testing.assert_close(model(features.flip(1)), model(features), atol=1e-4, rtol=1e-4)
        return
    run = Fitting(tiny_backbone, base, config, clips, tmp_path / "run")
    assert run.run()["test"]["war"] > 0.9
    # A step that takes over from another by a blend loses nothing on the way that was reached.
    history = run.state.history
    begun = next((i for i, record in enumerate(history) if record["handover"] < 1), len(history))
    reached = history[begun - 1]["validation"]["war"]
    assert all(record["validation"]["war"] > reached - 0.15 for record in history[begun:])
