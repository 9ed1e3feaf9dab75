"""All frame features of a dataset, ready to be gathered into batches."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.model.method import Method

Half = NDArray[np.float16]
Rows = NDArray[np.int64]
CueSource = Callable[[Rows, Rows, Rows], dict[str, Tensor]]


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


class Gatherer:
    """Collects batches from a bank.

    Args:
        bank: The features.
        device: Where batches are wanted.
        limit_bytes: Banks up to this size are copied to ``device`` whole; larger ones are read
            from where they are, batch by batch.
    """

    def __init__(self, bank: FeatureBank, device: torch.device, limit_bytes: int) -> None:
        self.bank, self.device = bank, device
        self.views = bank.views
        # What else is known of the clips, gathered like their frames.
        self.cue_source: CueSource | None = None
        self._starts = bank.starts()
        self._whole: Tensor | None = None
        if bank.bytes <= limit_bytes:
            self._whole = torch.from_numpy(np.concatenate(bank.parts)).to(device)
        self._part_ends = np.cumsum([len(part) for part in bank.parts])

    def __call__(
        self, clips: NDArray[np.int64], frames: NDArray[np.int64], views: NDArray[np.int64]
    ) -> Tensor:
        """Pick frames of clips.

        Args:
            clips: ``(B,)`` which clips.
            frames: ``(B, T)`` which of each clip's frames.
            views: ``(B,)`` which view of each clip.

        Returns:
            ``(B, T, D)`` float32 on the device.
        """
        rows = self._starts[clips][:, None] + frames
        if self._whole is not None:
            index = torch.from_numpy(rows).to(self.device)
            view = torch.from_numpy(views).to(self.device)[:, None]
            return self._whole[index, view].float()
        return torch.from_numpy(self._read(rows, views).astype(np.float32)).to(self.device)

    def cues(
        self, clips: NDArray[np.int64], frames: NDArray[np.int64], views: NDArray[np.int64]
    ) -> dict[str, Tensor] | None:
        """What else is known of the same frames, by name; None if nothing is."""
        return None if self.cue_source is None else self.cue_source(clips, frames, views)

    def for_judging(self, model: Method, clips: Rows, frames: Rows) -> "Gatherer":  # noqa: ARG002
        """What gives the plain view of frames of clips: this itself, as features are at hand."""
        return self

    def _read(self, rows: NDArray[np.int64], views: NDArray[np.int64]) -> Half:
        # A clip never crosses two parts, so its first frame decides.
        parts = np.searchsorted(self._part_ends, rows[:, 0], side="right")
        out = np.empty((*rows.shape, self.bank.width), np.float16)
        for item, (part, view) in enumerate(zip(parts, views, strict=True)):
            first = self._part_ends[part] - len(self.bank.parts[part])
            out[item] = self.bank.parts[part][rows[item] - first, view]
        return out
