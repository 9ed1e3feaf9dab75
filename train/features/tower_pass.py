"""Run an image tower over clips: whole batches, one of them ahead of what is waited for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.config import PreprocessConfig
from core.errors import DataError
from core.preprocess import normalise
from train.runtime.precision import Precision, arithmetic

BATCH = 128
# What lies between two layers of a small tower then fits a processor's caches: a MobileNet takes a
# fifth of the time that it takes with 128 faces and their mirror images in the usual order.
BATCH_ON_PROCESSOR = 16

Half = NDArray[np.float16]


@dataclass(frozen=True)
class TowerPass:
    """An image tower at work.

    Attributes:
        tower: ``(N, 3, h, w)`` float32 to ``(N, D)``.
        preprocess: What it was trained with.
        device: Where it is.
        precision: Its arithmetic.
    """

    tower: Callable[[Tensor], Tensor]
    preprocess: PreprocessConfig
    device: torch.device
    precision: Precision

    def __call__(self, clips: Iterable[Tensor | DataError]) -> Iterator[Half | DataError]:
        """Yield features ``(n, D)`` of each clip's ``Pictures.pixels``; errors pass through."""
        started: tuple[list[Tensor | DataError], list[Tensor]] | None = None
        for group in _groups(clips):
            # Started before the one before it is waited for: a GPU always has the next to do.
            following = group, self._start([clip for clip in group if isinstance(clip, Tensor)])
            if started is not None:
                yield from _by_clip(*started)
            started = following
        if started is not None:
            yield from _by_clip(*started)

    @torch.no_grad()
    def _start(self, clips: list[Tensor]) -> list[Tensor]:
        """Features of all frames, part by part, on the device."""
        if not clips:
            return []
        pixels = torch.cat(alike(clips, self.preprocess))
        with arithmetic(self.device, self.precision):
            at_once = BATCH_ON_PROCESSOR if self.device.type == "cpu" else BATCH
            return [self._look(part) for part in pixels.split(at_once)]  # type: ignore[no-untyped-call]

    def _look(self, pixels: Tensor) -> Tensor:
        frames = normalise(to_device(pixels, self.device), self.preprocess)
        return self.tower(frames.to(memory_format=torch.channels_last)).half()


def alike(clips: Sequence[Tensor], preprocess: PreprocessConfig) -> list[Tensor]:
    """The same pixels in one form: bytes where all are bytes, else normalised numbers."""
    if all(clip.dtype == torch.uint8 for clip in clips):
        return list(clips)
    return [normalise(clip, preprocess) for clip in clips]


def to_device(pixels: Tensor, device: torch.device) -> Tensor:
    """Copy without making the processor wait for the card."""
    if device.type == "cuda":
        pixels = pixels.pin_memory()
    return pixels.to(device, non_blocking=True)


def _groups(clips: Iterable[Tensor | DataError]) -> Iterator[list[Tensor | DataError]]:
    """Stills are clips of one frame: alone they would never fill a batch."""
    waiting: list[Tensor | DataError] = []
    frames = 0
    for clip in clips:
        waiting.append(clip)
        frames += len(clip) if isinstance(clip, Tensor) else 0
        if frames >= BATCH:
            yield waiting
            waiting, frames = [], 0
    if waiting:
        yield waiting


def _by_clip(clips: list[Tensor | DataError], parts: list[Tensor]) -> Iterator[Half | DataError]:
    """Cut the features of a group into those of its clips."""
    features = torch.cat([part.cpu() for part in parts]).numpy() if parts else np.empty(0)
    start = 0
    for clip in clips:
        if isinstance(clip, DataError):
            yield clip
        else:
            yield np.asarray(features[start : start + len(clip)], np.float16)
            start += len(clip)
