"""Batches of pictures instead of features, for methods that train an image tower."""

import numpy as np
import torch
from torch import Tensor

from core.config import PreprocessConfig
from core.model.method import Method
from train.data.dataset import Dataset
from train.features.bank import FeatureBank, Gatherer, Rows
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

    def __call__(self, clips: Rows, frames: Rows, views: Rows) -> Tensor:
        """Read frames of clips; arguments as in ``Gatherer``.

        Returns:
            ``(B, T, 3, h, w)`` float32 on the device.
        """
        items = zip(clips.tolist(), frames, views.tolist(), strict=True)
        return torch.stack(list(ahead(self._read_one, items, WORKERS))).to(self.device)

    @torch.no_grad()
    def for_judging(self, model: Method, clips: Rows, frames: Rows) -> Gatherer:
        """Features of these frames' plain views: each is encoded once, however often it occurs.

        Args:
            model: Its image tower is used; it is left in evaluation mode.
            clips: ``(n,)``; a clip may occur several times.
            frames: ``(n, T)`` the frames wanted of each; the others have zeros for features.
        """
        model.eval()
        lengths = np.zeros(len(self.bank.lengths), np.int64)
        lengths[clips] = self.bank.lengths[clips]
        wanted = [(row, np.unique(frames[clips == row])) for row in np.unique(clips).tolist()]
        parts = []
        pictures = ahead(self._plain, wanted, WORKERS)
        for (row, chosen), pixels in zip(wanted, pictures, strict=True):
            features = np.zeros((lengths[row], 1, model.backbone.embed_dim), np.float16)
            features[chosen, 0] = model.encode_frames(pixels.to(self.device)).half().cpu().numpy()
            parts.append(features)
        bank = FeatureBank([np.concatenate(parts)], lengths)
        gatherer = Gatherer(bank, self.device, bank.bytes)
        gatherer.cue_source = self.cue_source
        return gatherer

    def _plain(self, item: tuple[int, Rows]) -> Tensor:
        row, frames = item
        pictures = self.dataset.read(row, self.preprocess.crop_scale)
        return pictures.plain(self.preprocess)[torch.from_numpy(frames)]

    def _read_one(self, item: tuple[int, Rows, int]) -> Tensor:
        row, frames, view = item
        pictures = self.dataset.read(row, self.preprocess.crop_scale)
        seed = self.seed * 1_000_003 + row
        return pictures.view(view, self.preprocess, seed)[torch.from_numpy(frames)]
