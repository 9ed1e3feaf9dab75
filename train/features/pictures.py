"""Batches of pictures instead of features, for methods that train an image tower."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.config import PreprocessConfig
from train.data.dataset import Dataset
from train.features.bank import FeatureBank, Gatherer
from train.features.encode import ahead

# Random views of each clip; drawn anew in every epoch, so that hardly one comes twice.
VIEWS = 64
WORKERS = 2


class PictureGatherer(Gatherer):
    """Reads and preprocesses the frames of a batch when it is wanted.

    Args:
        bank: The stored features of the same clips, which know their lengths.
        device: Where batches are wanted.
        dataset: Where the clips come from.
        preprocess: What the backbone was trained with.
        seed: Of the random views.
    """

    # Clips at once when judging: pictures are some thousand times larger than features.
    judged = 16

    def __init__(
        self,
        bank: FeatureBank,
        device: torch.device,
        dataset: Dataset,
        preprocess: PreprocessConfig,
        seed: int,
    ) -> None:
        super().__init__(bank, device, limit_bytes=-1)
        self.dataset, self.preprocess, self.seed = dataset, preprocess, seed
        self.views = VIEWS

    def __call__(
        self, clips: NDArray[np.int64], frames: NDArray[np.int64], views: NDArray[np.int64]
    ) -> Tensor:
        """Read frames of clips; arguments as in ``Gatherer``.

        Returns:
            ``(B, T, 3, h, w)`` float32 on the device.
        """
        items = zip(clips.tolist(), frames, views.tolist(), strict=True)
        return torch.stack(list(ahead(self._read_one, items, WORKERS))).to(self.device)

    def _read_one(self, item: tuple[int, NDArray[np.int64], int]) -> Tensor:
        row, frames, view = item
        pictures = self.dataset.read(row, self.preprocess.crop_scale)
        seed = self.seed * 1_000_003 + row
        return pictures.view(view, self.preprocess, seed)[torch.from_numpy(frames)]
