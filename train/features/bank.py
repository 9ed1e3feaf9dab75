"""All frame features of a dataset, ready to be gathered into batches."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.model.method import Method
from train.features.source import ClipSource, Rows
from train.features.tower_pass import Half
from train.runtime.precision import Precision

__all__ = ["FeatureBank", "Gatherer", "Half"]


@dataclass(frozen=True)
class FeatureBank:
    """Features of ``N`` clips with ``F`` frames in all, in ``V`` views of width ``D``.

    Attributes:
        parts: Arrays ``(n, V, D)`` float16 whose rows, one after the other, are the ``F`` frames;
            they may lie on disk.
        lengths: ``(N,)`` frames of each clip.
    """

    parts: list[Half]
    lengths: NDArray[np.int64]

    def __post_init__(self) -> None:
        rows = sum(len(part) for part in self.parts)
        if rows != self.lengths.sum():
            raise ValueError(f"{rows} rows of features for {self.lengths.sum()} frames")

    @property
    def views(self) -> int:
        """``V``."""
        return int(self.parts[0].shape[1])

    @property
    def width(self) -> int:
        """``D``."""
        return int(self.parts[0].shape[2])

    @property
    def bytes(self) -> int:
        """Size of all features [byte]."""
        return sum(part.nbytes for part in self.parts)

    def starts(self) -> NDArray[np.int64]:
        """``(N,)`` row of each clip's first frame."""
        return np.concatenate([[0], np.cumsum(self.lengths)[:-1]]).astype(np.int64)


class Gatherer(ClipSource):
    """Collects batches of features from a bank.

    Args:
        bank: The features.
        device: Where batches are wanted.
        limit_bytes: Banks up to this size are copied to ``device`` whole; larger ones are read
            from where they are, batch by batch.
    """

    def __init__(self, bank: FeatureBank, device: torch.device, limit_bytes: int) -> None:
        super().__init__(bank.lengths, bank.views, device)
        self.bank = bank
        self._starts = bank.starts()
        self._whole: Tensor | None = None
        if bank.bytes <= limit_bytes:
            self._whole = torch.from_numpy(np.concatenate(bank.parts)).to(device)
        self._part_ends = np.cumsum([len(part) for part in bank.parts])

    def __call__(self, clips: Rows, frames: Rows, views: Rows) -> Tensor:
        """See ``ClipSource``: ``(B, T, D)`` float32 on the device."""
        rows = self._starts[clips][:, None] + frames
        if self._whole is not None:
            index = torch.from_numpy(rows).to(self.device)
            view = torch.from_numpy(views).to(self.device)[:, None]
            return self._whole[index, view].float()
        return torch.from_numpy(self._read(rows, views).astype(np.float32)).to(self.device)

    def for_judging(
        self,
        model: Method,  # noqa: ARG002
        clips: Rows,  # noqa: ARG002
        frames: Rows,  # noqa: ARG002
        *,
        precision: Precision,  # noqa: ARG002
    ) -> "Gatherer":
        """See ``ClipSource``: this itself, as features are at hand."""
        return self

    def _read(self, rows: Rows, views: Rows) -> Half:
        # A clip never crosses two parts, so its first frame decides.
        parts = np.searchsorted(self._part_ends, rows[:, 0], side="right")
        out = np.empty((*rows.shape, self.bank.width), np.float16)
        for item, (part, view) in enumerate(zip(parts, views, strict=True)):
            first = self._part_ends[part] - len(self.bank.parts[part])
            out[item] = self.bank.parts[part][rows[item] - first, view]
        return out
