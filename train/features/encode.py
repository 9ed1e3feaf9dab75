"""Frozen features of a dataset's clips, in several views."""

import functools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from core.config import PreprocessConfig
from core.errors import DataError
from core.model.backbone import FrozenClip
from core.model.lean_tower import lean_tower
from train.data.dataset import Dataset, Rows
from train.data.problems import report_problems
from train.features.ahead import ahead, usable_cores
from train.features.bank import FeatureBank, Half
from train.features.tower_pass import TowerPass, alike
from train.runtime.precision import Precision, resolve


@dataclass(frozen=True)
class ReadClip:
    """A clip on its way to the tower.

    Attributes:
        pixels: All views of the wanted frames, ``(V·n, 3, h, w)``, view by view.
        count: Frames that it has.
        frames: ``(n,)`` those that are wanted.
    """

    pixels: Tensor
    count: int
    frames: Rows


class ClipEncoder:
    """Turns clips of a dataset into features.

    Args:
        backbone: The frozen CLIP, on its device.
        dataset: Where the clips come from.
        preprocess: What the backbone was trained with.
        views: ``V``: one plain view and ``V - 1`` random ones.
        seed: Of the random views; a clip's views depend on nothing else but its row.
        workers: Threads that decode and crop ahead of the encoder; None for one per core.
        precision: Arithmetic of the image tower.
    """

    def __init__(
        self,
        backbone: FrozenClip,
        dataset: Dataset,
        preprocess: PreprocessConfig,
        *,
        views: int,
        seed: int,
        workers: int | None = None,
        precision: Precision = "auto",
    ) -> None:
        # Which of so many frames are wanted; the others get zeros. None wants all.
        self.wanted: Callable[[int], Rows] | None = None
        self.backbone, self.dataset, self.preprocess = backbone, dataset, preprocess
        self.views, self.seed = views, seed
        self.workers = workers or usable_cores()
        self.precision: Precision = precision
        self.device = backbone.clip.positional_embedding.device
        # Another one may take its place: ``(N, 3, h, w)`` to ``(N, D)``.
        self.tower: Callable[[Tensor], Tensor] = functools.partial(
            backbone.encode_frames, tower=self._lean_tower(backbone)
        )

    def _lean_tower(self, backbone: FrozenClip) -> nn.Module | None:
        """What prediction reads with on processors, in the wanted arithmetic."""
        if self.device.type != "cpu":
            return None
        is_half = resolve(self.device, self.precision) == "bf16"
        return lean_tower(backbone.clip.visual, torch.bfloat16 if is_half else torch.float32)

    @property
    def width(self) -> int:
        """``D``."""
        return self.backbone.embed_dim

    @property
    def frame_bytes(self) -> int:
        """See ``extraction.Encoder``."""
        return self.views * self.width * np.dtype(np.float16).itemsize

    def encode(self, rows: Iterable[int]) -> Iterator[Half | DataError]:
        """Yield features ``(n, V, D)`` float16 of each clip, or why it has none."""
        return self.encode_parts([list(rows)])

    def encode_parts(self, parts: Iterable[Sequence[int]]) -> Iterator[Half | DataError]:
        """The same for several lists of clips: reading goes on while a finished one is stored."""
        parts = list(parts)
        reads = ahead(self._read, chain.from_iterable(parts), self.workers)
        tower = TowerPass(self.tower, self.preprocess, self.device, self.precision)
        for part in parts:
            places: deque[ReadClip] = deque()
            for features in tower(_pixels(islice(reads, len(part)), places)):
                if isinstance(features, DataError):
                    yield features
                else:
                    yield self._placed(features, places.popleft())

    def _read(self, row: int) -> ReadClip | DataError:
        try:
            count = self.dataset.count(row) if self.wanted else None
            if self.wanted is None or count is None:
                pictures = self.dataset.read(row, self.preprocess.crop_scale)
                count = len(pictures)
                frames = np.arange(count) if self.wanted is None else self.wanted(count)
                kept = slice(None) if self.wanted is None else torch.from_numpy(frames)
            else:
                frames, kept = self.wanted(count), slice(None)
                pictures = self.dataset.read(row, self.preprocess.crop_scale, frames)
        except DataError as error:
            return error
        seed = self.seed * 1_000_003 + row
        views = [
            pictures.pixels(number, self.preprocess, seed)[kept] for number in range(self.views)
        ]
        return ReadClip(torch.cat(alike(views, self.preprocess)), count, frames)

    def _placed(self, features: Half, read: ReadClip) -> Half:
        """From ``(V·n, D)``, view by view, to ``(count, V, D)`` with zeros where none are."""
        by_frame = features.reshape(self.views, -1, self.width).transpose(1, 0, 2)
        if len(read.frames) == read.count:
            return np.ascontiguousarray(by_frame)
        placed = np.zeros((read.count, self.views, self.width), np.float16)
        placed[read.frames] = by_frame
        return placed


def _pixels(
    reads: Iterable[ReadClip | DataError], places: deque[ReadClip]
) -> Iterator[Tensor | DataError]:
    """What the tower reads, with a note of where it belongs."""
    for read in reads:
        if isinstance(read, DataError):
            yield read
        else:
            places.append(read)
            yield read.pixels


def encode_dataset(
    encoder: ClipEncoder, rows: Sequence[int] | None = None, *, skip_bad: bool = False
) -> FeatureBank:
    """Encode a dataset in memory.

    Args:
        encoder: Knows the dataset.
        rows: Which clips; the others are given no frames. None takes all.
        skip_bad: Give clips that cannot be read no frames either, instead of reporting them.

    Raises:
        DataError: Clips that cannot be read and are not to be skipped.
    """
    count = len(encoder.dataset.records)
    chosen = sorted(range(count) if rows is None else rows)
    results = list(tqdm(encoder.encode(chosen), total=len(chosen), unit="clip"))
    report_problems(
        [str(result) for result in results if isinstance(result, DataError)], skip_bad=skip_bad
    )
    empty = np.empty((0, encoder.views, encoder.width), np.float16)
    features = [empty if isinstance(result, DataError) else result for result in results]
    lengths: NDArray[np.int64] = np.zeros(count, np.int64)
    lengths[chosen] = [len(clip) for clip in features]
    return FeatureBank([np.concatenate(features)], lengths)
