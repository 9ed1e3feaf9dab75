"""Fixtures for every test: a tiny real CLIP and a checkpoint made of it."""

import pytest
import torch

from core.checkpoint import CheckpointConfig, save_checkpoint
from core.config import (
    BackboneConfig,
    ModelConfig,
    PreprocessConfig,
    SynchronizerConfig,
    TokensConfig,
)
from core.labels import SEVEN
from core.model.backbone import FrozenClip
from core.model.build import build_model
from core.model.faceclip import build_face_clip
from tests.machine import SEED, THREADS

TINY_BACKBONE = BackboneConfig(
    name="FaceCLIP",
    embed_dim=16,
    vision={"layers": 1, "width": 32, "head_width": 16, "patch_size": 16, "image_size": 32},
    text={"layers": 1, "width": 32, "heads": 2},
)


@pytest.fixture(scope="session", autouse=True)
def few_threads():
    """Toy networks lose time to threads, and several test runs may share a machine."""
    torch.set_num_threads(THREADS)


@pytest.fixture(scope="session")
def tiny_config():
    """Paper-shaped settings at toy sizes."""
    return ModelConfig(
        labels=SEVEN,
        frames=4,
        backbone=TINY_BACKBONE,
        preprocess=PreprocessConfig(image_size=32),
        tokens=TokensConfig(sentences=4, tokens=3),
        synchronizer=SynchronizerConfig(heads=2, head_width=8, feedforward=16),
    )


@pytest.fixture
def tiny_clip():
    """A real open_clip network with one layer per tower."""
    torch.manual_seed(SEED)
    return build_face_clip(TINY_BACKBONE).eval()


@pytest.fixture
def tiny_backbone(tiny_clip):
    return FrozenClip(tiny_clip)


@pytest.fixture
def tiny_model(tiny_config, tiny_backbone: FrozenClip):
    torch.manual_seed(SEED + 1)
    model = build_model(tiny_config, tiny_backbone)
    for parameter in model.synchronizer.parameters():  # new blocks are the identity: wake them
        torch.nn.init.normal_(parameter, std=0.3)
    return model.eval()


@pytest.fixture
def tiny_checkpoint(tmp_path, tiny_config, tiny_model):
    """Folder of a saved checkpoint with random weights."""
    folder = tmp_path / "tiny"
    save_checkpoint(
        folder,
        tiny_model,
        CheckpointConfig(tiny_config),
        metrics={"demo": True},
        card="# Tiny\n\nRandom weights for tests.\n",
    )
    return folder
