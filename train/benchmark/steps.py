"""How much time the short cuts save, measured on one machine in one run."""

import logging
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.config import BackboneConfig, ModelConfig
from core.model.a3lign import A3lign
from core.model.backbone import FrozenClip
from core.model.backbones import build_untrained
from core.model.methods.a3lign import build_a3lign
from train.features.bank import FeatureBank, Gatherer
from train.features.tower_pass import BATCH
from train.paradigm.config import FitConfig, override
from train.paradigm.epoch_plan import plan_epoch
from train.paradigm.loop import Loop
from train.paradigm.stages import Stage
from train.runtime.compilation import compile_parts
from train.runtime.precision import Precision, arithmetic

logger = logging.getLogger(__name__)

CLIP_FRAMES = 32


@dataclass(frozen=True)
class BenchSettings:
    """What is timed.

    Attributes:
        backbone: Architecture; weights are random, which takes as long as trained ones.
        device: Where.
        batch_size: Clips per step (paper: 64).
        probe_frames: Frames that the image tower is timed on; the time of a batch is scaled up
            from them.
        repeats: Measurements; the fastest counts.
        precision: Arithmetic.
        changes: Settings of the fit by dotted name, to make it smaller.
    """

    backbone: BackboneConfig
    device: torch.device
    batch_size: int
    probe_frames: int
    repeats: int
    precision: Precision
    changes: tuple[tuple[str, Any], ...] = ()

    def fit_config(self) -> FitConfig:
        """The paper's settings with the changes."""
        changes = [*self.changes, ("batch_size", self.batch_size), ("precision", self.precision)]
        return override(FitConfig(), changes)


class Bench:
    """Times the steps of training for one backbone.

    Args:
        settings: What is timed.
    """

    def __init__(self, settings: BenchSettings) -> None:
        self.settings = settings
        self.config = settings.fit_config()
        self.backbone: FrozenClip = build_untrained(settings.backbone)
        base = ModelConfig(backbone=settings.backbone)
        self.model: A3lign = build_a3lign(self.config.model_config(base), self.backbone)
        self.model.to(settings.device)
        compile_parts(self.model, self.config.compiled, settings.device)
        self.gatherer = Gatherer(
            synthetic_bank(settings.batch_size, self.backbone.embed_dim), settings.device, 10**12
        )
        self.labels = np.arange(settings.batch_size) % len(base.labels)

    def run(self) -> dict[str, Any]:
        """Times in seconds per optimiser step, and the ratios between them."""
        batch = self.settings.batch_size * self.config.frames
        encode_s = self._encode_s() * batch / self.settings.probe_frames
        steps = {stage.phase: self.step_s(index) for index, stage in enumerate(self.config.stages)}
        text_s = self.best(self._text_forward)
        short_s, long_s = (self.best(work) for work in self._text_passes())
        ratios = {
            "step 1, online / cached features": (encode_s + steps["text"]) / steps["text"],
            "step 2, online and recomputed text / cached and constant text": (
                encode_s + text_s + steps["video"]
            )
            / steps["video"],
            "step 3, online / cached features": (encode_s + steps["joint"]) / steps["joint"],
            "step 2, recomputed / constant text": (text_s + steps["video"]) / steps["video"],
            "text path, 77 / shortest number of positions": long_s / short_s,
        }
        return {
            "backbone": self.settings.backbone.name,
            "batch_size": self.settings.batch_size,
            "seconds": {
                "image tower, one batch": encode_s,
                **{f"step {phase}": seconds for phase, seconds in steps.items()},
                "text path forward": text_s,
                "text path forward and backward": short_s,
            },
            "ratios": ratios,
            "peak_memory_gb": peak_memory_gb(self.settings.device),
        }

    def _encode_s(self) -> float:
        side = self.backbone.clip.visual.image_size
        side = side[0] if isinstance(side, tuple) else side
        frames = torch.zeros(self.settings.probe_frames, 3, side, side, device=self.settings.device)

        def encode() -> None:
            for part in frames.split_with_sizes(_sizes(len(frames))):
                with arithmetic(self.settings.device, self.settings.precision):
                    self.backbone.encode_frames(part)

        self.backbone.encode_frames(frames[:1])  # the first call prepares kernels
        return self.best(encode)

    def step_s(self, index: int) -> float:
        """Time of one optimiser step of a stage on cached features, with all layers [s]."""
        return self.best(self.step(index))

    def step(self, index: int) -> Callable[[], object]:
        """Such a step, made once already."""
        stage = Stage(self.model, self.config.stages[index], self.config)
        loop = Loop(
            self.model,
            stage,
            stage.optimizer(),
            gatherer=self.gatherer,
            labels=self.labels,
            seed=0,
        )
        rows = np.arange(self.settings.batch_size)
        lengths = self.gatherer.lengths
        plan = plan_epoch(rows, self.labels, lengths, self.config, views=1, seed=(0,))
        last = stage.settings.epochs - 1
        loop.run_epoch(plan, last)  # computes the constant text, allocates momentum
        return lambda: loop.run_epoch(plan, last)

    def _text_forward(self) -> None:
        with torch.no_grad(), arithmetic(self.settings.device, self.settings.precision):
            self.model.sentence_features()

    def _text_passes(self) -> tuple[Callable[[], None], Callable[[], None]]:
        """The text path with its gradient, cut after the end and padded to 77 positions."""
        tokens, backbone = self.model.tokens, self.backbone
        tokens.requires_grad_(True)
        count = tokens.embeddings.shape[0] * tokens.embeddings.shape[1]
        end = tokens.embeddings.shape[2] + 2
        shape = (count, backbone.context_length, backbone.token_width)
        whole = torch.zeros(shape, device=self.settings.device, requires_grad=True)

        def run(encode: Callable[[], Tensor]) -> None:
            with arithmetic(self.settings.device, self.settings.precision):
                features = encode()
            features.sum().backward()  # type: ignore[no-untyped-call]

        return (
            lambda: run(lambda: tokens.encode(backbone, slice(None))),
            lambda: run(lambda: backbone.encode_tokens(whole, end)),
        )

    def best(self, work: Callable[[], object]) -> float:
        """Least time that some work takes [s]."""
        times = []
        for _ in range(self.settings.repeats):
            _wait(self.settings.device)
            start = time.perf_counter()
            work()
            _wait(self.settings.device)
            times.append(time.perf_counter() - start)
        return min(times)


def synthetic_bank(clips: int, width: int, frames: int = CLIP_FRAMES) -> FeatureBank:
    """Random features of clips of equal length, one view."""
    generator = np.random.default_rng(0)
    rows = generator.standard_normal((clips * frames, 1, width), np.float32)
    rows /= np.linalg.norm(rows, axis=-1, keepdims=True)
    return FeatureBank([rows.astype(np.float16)], np.full(clips, frames, np.int64))


def peak_memory_gb(device: torch.device) -> float:
    """Most memory held so far: of the GPU, or of the process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def _sizes(count: int) -> list[int]:
    return [min(BATCH, count - start) for start in range(0, count, BATCH)]


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
