"""Batches of pictures instead of features, for methods that train an image tower."""

from collections.abc import Generator, Iterable

import numpy as np
import torch
from torch import Tensor

from core.config import PreprocessConfig
from core.errors import DataError
from core.model.method import Method
from core.preprocess import normalise
from train.data.dataset import Dataset
from train.features.ahead import ahead, usable_cores
from train.features.bank import FeatureBank, Gatherer
from train.features.source import ClipSource, Draw, Rows
from train.features.tower_pass import TowerPass, alike, to_device
from train.runtime.precision import Precision

# Random views of each clip; drawn anew in every epoch, so that hardly one comes twice.
VIEWS = 64


class PictureGatherer(ClipSource):
    """Reads and preprocesses the frames that a batch consists of, while the one before is used.

    Args:
        lengths: ``(N,)`` frames of each clip.
        device: Where batches are wanted.
        dataset: Where the clips come from.
        preprocess: What the backbone was trained with.
        seed: Of the random views.
        workers: Threads that read ahead; batches are the same with any number. None takes one
            per core.
    """

    def __init__(
        self,
        lengths: Rows,
        device: torch.device,
        dataset: Dataset,
        preprocess: PreprocessConfig,
        seed: int,
        workers: int | None = None,
    ) -> None:
        super().__init__(lengths, VIEWS, device)
        self.dataset, self.preprocess, self.seed = dataset, preprocess, seed
        self.workers = workers or usable_cores()

    def __call__(self, clips: Rows, frames: Rows, views: Rows) -> Tensor:
        """See ``ClipSource``: ``(B, T, 3, h, w)`` as from ``Pictures.pixels``."""
        return next(self.stream([(clips, frames, views)]))

    def stream(self, draws: Iterable[Draw]) -> Generator[Tensor, None, None]:
        """See ``ClipSource``; up to a batch, or a clip for each thread, is read ahead."""
        draws = list(draws)
        items = (
            item
            for clips, frames, views in draws
            for item in zip(clips.tolist(), frames, views.tolist(), strict=True)
        )
        largest = max((len(clips) for clips, _, _ in draws), default=0)
        read = ahead(self._read_one, items, self.workers, waiting=max(largest, self.workers))
        for clips, _, _ in draws:
            batch = [next(read) for _ in clips]
            yield to_device(torch.stack(alike(batch, self.preprocess)), self.device)

    def ready(self, batch: Tensor) -> Tensor:
        """See ``ClipSource``: ``(B, T, 3, h, w)`` float32."""
        return normalise(batch.flatten(0, 1), self.preprocess).view_as(batch)

    def for_judging(
        self, model: Method, clips: Rows, frames: Rows, *, precision: Precision
    ) -> Gatherer:
        """See ``ClipSource``: each frame is encoded once, however often it occurs.

        The model is left in evaluation mode; frames that are not wanted have zeros for features.
        """
        model.eval()
        lengths = np.zeros(len(self.lengths), np.int64)
        lengths[clips] = self.lengths[clips]
        wanted = [(row, np.unique(frames[clips == row])) for row in np.unique(clips).tolist()]
        tower = TowerPass(model.encode_frames, self.preprocess, self.device, precision)
        encoded = tower(ahead(self._plain, wanted, self.workers))
        parts = []
        for (row, chosen), features in zip(wanted, encoded, strict=True):
            if isinstance(features, DataError):
                raise features
            part = np.zeros((lengths[row], 1, model.backbone.embed_dim), np.float16)
            part[chosen, 0] = features
            parts.append(part)
        bank = FeatureBank([np.concatenate(parts)], lengths)
        gatherer = Gatherer(bank, self.device, bank.bytes)
        gatherer.cue_source = self.cue_source
        return gatherer

    def _plain(self, item: tuple[int, Rows]) -> Tensor:
        row, frames = item
        return self._pixels(row, frames, 0)

    def _read_one(self, item: tuple[int, Rows, int]) -> Tensor:
        return self._pixels(*item)

    def _pixels(self, row: int, frames: Rows, view: int) -> Tensor:
        """A view of some frames; one that occurs several times is read once."""
        different, places = np.unique(frames, return_inverse=True)
        pictures = self.dataset.read(row, self.preprocess.crop_scale, different)
        pixels = pictures.pixels(view, self.preprocess, self.seed * 1_000_003 + row)
        return pixels[torch.from_numpy(places)]
