"""The whole training on a dataset's size: estimated from the time of a step, or run and timed."""

import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core.config import ModelConfig
from train.benchmark.launches import work_of
from train.benchmark.steps import Bench, synthetic_bank
from train.data.dataset import Fold
from train.features.bank import Gatherer
from train.paradigm.material import Material
from train.paradigm.run import Fitting

# DFEW's training part has 9,356 clips of 77 frames on average.
CLIPS, FRAMES = 9_356, 77


def estimated_hours(bench: Bench, seconds: dict[str, float]) -> dict[str, float]:
    """What ``Bench.run`` measured, times the frames and optimiser steps of DFEW's size [h].

    Args:
        bench: Holds the settings.
        seconds: ``Bench.run()["seconds"]``.
    """
    steps = -(-CLIPS // bench.config.batch_size)
    encode = seconds["image tower, one batch"] / (bench.config.batch_size * bench.config.frames)
    cached = sum(
        stage.epochs * steps * seconds[f"step {stage.phase}"] for stage in bench.config.stages
    )
    epochs = sum(stage.epochs for stage in bench.config.stages)
    online = cached + epochs * steps * seconds["image tower, one batch"]
    times = {
        "features of every frame, one view": encode * CLIPS * FRAMES,
        "three steps on cached features": cached,
        "three steps with an online encoder": online,
    }
    return {what: time_s / 3600 for what, time_s in times.items()}


def run_schedule(bench: Bench, clips: int = CLIPS, frames: int = FRAMES) -> dict[str, Any]:
    """Run all three steps with a validation part, checkpoints and states included.

    Args:
        bench: Holds the settings.
        clips: How many, on synthetic features.
        frames: Of each.

    Returns:
        JSON-like: ``seconds`` of everything, and of each step of the training its
        ``seconds_per_step``, ``operators`` and, on CUDA, ``launches`` and ``idle`` share.
    """
    bank = synthetic_bank(clips, bench.backbone.embed_dim, frames)
    base = ModelConfig(backbone=bench.settings.backbone)
    labels = np.arange(clips) % len(base.labels)
    rows = np.arange(clips)
    fold = Fold("all", rows[clips // 10 :], rows[: clips // 10], rows[:0])
    with tempfile.TemporaryDirectory() as folder:
        gatherer = Gatherer(bank, bench.settings.device, 10**12)
        material = Material(gatherer, labels, fold)
        fitting = Fitting(bench.backbone, base, bench.config, material, Path(folder))
        start = time.monotonic()
        fitting.run()
        seconds = time.monotonic() - start
    phases = {}
    for index, stage in enumerate(bench.config.stages):
        spent = [r["seconds"] for r in fitting.state.history if r["stage"] == stage.phase]
        per_epoch = -(-len(fold.train) // bench.config.batch_size)
        per_step = sum(spent) / (stage.epochs * per_epoch)
        step = bench.step(index)
        work = work_of(step, partial(bench.best, step), bench.settings.device)
        phases[stage.phase] = {"seconds_per_step": per_step, **work}
    return {"clips": clips, "frames": frames, "seconds": seconds, "phases": phases}
