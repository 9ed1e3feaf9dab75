"""Hand-made predictions and checkpoints for the tests of ``core.explain``."""

import cv2
import numpy as np
import torch

from core.checkpoint import Checkpoint, CheckpointCard, CheckpointConfig
from core.curves import clip_verdict
from core.prediction import FrameSeries, Prediction
from core.recognizer import Recognizer


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def random_features(count, width, seed=0):
    return unit(np.random.default_rng(seed).normal(size=(count, width)))


def jpeg(seed):
    noise = np.random.default_rng(seed).integers(0, 256, (10, 10, 3), np.uint8)
    _, encoded = cv2.imencode(".jpg", cv2.resize(noise, (40, 40)))
    return encoded.tobytes()


def make_checkpoint(model, config, sentences=None):
    """A checkpoint in memory; ``sentences`` ``(K, S, D)`` replace those of the tokens."""
    with torch.no_grad():
        features = model.sentence_features() if sentences is None else torch.from_numpy(sentences)
        classes = model.align_text(features)
    return Checkpoint(
        name="case",
        config=CheckpointConfig(config, weights_sha256="0" * 64),
        model=model.eval().requires_grad_(False),
        class_vectors=classes,
        sentence_features=features,
        card=CheckpointCard("", {}, True),
        map=None,
    )


def recognize(checkpoint):
    return Recognizer(checkpoint, torch.device("cpu"))


def make_prediction(recognizer, features, *, fps=10.0, missing=()):
    """A prediction on given ``(N, D)`` features; rows in ``missing`` have no face."""
    count, classes = len(features), len(recognizer.labels)
    found = np.ones(count, bool)
    found[list(missing)] = False
    verdict = clip_verdict(recognizer, features[found])
    nothing = np.full((count, classes), np.nan, np.float32)
    return Prediction(
        video="case.avi",
        labels=recognizer.labels,
        probabilities=verdict.probabilities,
        similarities=verdict.similarities,
        uncertain=False,
        duration_s=count / fps,
        frame_size=(64, 64),
        frames_read=count,
        detector="center",
        device="cpu",
        checkpoint="case",
        face_id=0,
        frames=FrameSeries(
            times_s=np.arange(count) / fps,
            boxes=np.zeros((count, 4), np.float32),
            rolls=np.zeros(count, np.float32),
            found=found,
            similarities=nothing,
            probabilities=nothing,
            instant_similarities=nothing,
            instant_probabilities=nothing,
            features=np.where(found[:, None], features, np.nan).astype(np.float32),
            crops=[jpeg(row) if has else None for row, has in enumerate(found)],
        ),
        sampled=np.flatnonzero(found)[verdict.rows.reshape(-1)],
    )
