"""Toy material: clips whose class shows, as features and as files."""

import numpy as np
import pytest
import torch

from core.config import PreprocessConfig, SynchronizerConfig, TokensConfig
from core.model.backbones import build_untrained, save_face_clip
from tests.conftest import TINY_BACKBONE
from tests.machine import SEED
from tests.train.motion_doubles import write_face_model
from train.data.dataset import Fold
from train.features.bank import FeatureBank, Gatherer
from train.motion.faces.face_model import load_face_mesh
from train.paradigm.config import FitConfig, StageConfig
from train.paradigm.material import Material

CLASSES = ("happiness", "sadness", "neutral")


def toy_stages(*epochs):
    text, video, joint = epochs
    return (
        StageConfig("text", text, {"tokens": 0.1, "text_encoder": 0.01}),
        StageConfig("video", video, {"video_encoder": 0.01}, growth="so-far"),
        StageConfig("joint", joint, {"tokens": 0.1, "synchronizer": 0.01}, growth="so-far"),
    )


@pytest.fixture
def toy_fit():
    """Settings of a run that takes a second."""
    return FitConfig(
        frames=4,
        tokens=TokensConfig(sentences=4, tokens=3),
        synchronizer=SynchronizerConfig(heads=2, head_width=8, feedforward=16),
        stages=toy_stages(3, 2, 4),
        batch_size=8,
        handover_epochs=1,
        save_every_s=0.0,
        validation_share=0.25,
        seed=SEED,
    )


@pytest.fixture
def toy_bank():
    """24 clips of 2-9 frames in 3 views; the class sits in the features' direction."""
    generator = np.random.default_rng(SEED)
    lengths = generator.integers(2, 10, 24)
    centers = generator.normal(size=(3, 16))
    rows = np.repeat(np.arange(24) % 3, lengths)
    features = centers[rows][:, None] + 0.3 * generator.normal(size=(len(rows), 3, 16))
    features /= np.linalg.norm(features, axis=-1, keepdims=True)
    split = int(lengths[:10].sum())
    half = features.astype(np.float16)
    return FeatureBank([half[:split], half[split:]], lengths.astype(np.int64))


@pytest.fixture
def toy_material(toy_bank):
    rows = np.arange(24)
    fold = Fold("all", rows[:15], rows[15:21], rows[21:])
    return Material(Gatherer(toy_bank, torch.device("cpu"), 10**9), rows % 3, fold)


@pytest.fixture(scope="session")
def face_clip_folder(tmp_path_factory):
    """A FaceCLIP folder with random weights."""
    folder = tmp_path_factory.mktemp("backbone")
    torch.manual_seed(SEED)
    clip = build_untrained(TINY_BACKBONE).clip
    preprocess = PreprocessConfig(image_size=32, grey=True, standardise=True)
    save_face_clip(folder, clip, TINY_BACKBONE, preprocess)
    return folder


@pytest.fixture(scope="session")
def canvas_file(tmp_path_factory):
    """18 clips of 3-6 canvases: stripes whose direction and width are the class."""
    generator = np.random.default_rng(SEED)
    labels = np.arange(18) % 3
    lengths = generator.integers(3, 7, 18)
    y, x = np.mgrid[:64, :64]
    patterns = [np.sin(x / 3), np.sin(y / 3), np.sin((x + y) / 6)]
    frames = [
        128 + 90 * patterns[label] + 12 * generator.normal(size=(64, 64))
        for label, length in zip(labels, lengths, strict=True)
        for _ in range(length)
    ]
    path = tmp_path_factory.mktemp("data") / "stripes.npz"
    np.savez(
        path,
        images=np.clip(frames, 0, 255).astype(np.uint8),
        labels=labels,
        lengths=lengths,
        people=np.array([f"person {i // 3}" for i in range(18)]),
        classes=np.array(CLASSES),
    )
    return path


@pytest.fixture(scope="session")
def face_mesh(tmp_path_factory):
    """Control mesh of the toy face."""
    path = tmp_path_factory.mktemp("face") / "toy.npz"
    write_face_model(path)
    return load_face_mesh(path)
