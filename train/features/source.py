"""Where training and judging get the frames of clips from: stored features, or pictures."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.model.method import Method
from train.runtime.precision import Precision

Rows = NDArray[np.int64]
CueSource = Callable[[Rows, Rows, Rows], dict[str, Tensor]]
# Which clips ``(B,)``, which frames of each ``(B, T)``, and which view ``(B,)``.
Draw = tuple[Rows, Rows, Rows]


class ClipSource(ABC):
    """Gives batches of clips.

    Args:
        lengths: ``(N,)`` frames of each clip of the dataset; 0 for one that cannot be used.
        views: ``V``.
        device: Where batches are wanted.
    """

    def __init__(self, lengths: Rows, views: int, device: torch.device) -> None:
        self.lengths, self.views, self.device = lengths, views, device
        # What else is known of the clips, gathered like their frames.
        self.cue_source: CueSource | None = None

    @abstractmethod
    def __call__(self, clips: Rows, frames: Rows, views: Rows) -> Tensor:
        """Pick frames of clips.

        Args:
            clips: ``(B,)`` which clips.
            frames: ``(B, T)`` which of each clip's frames.
            views: ``(B,)`` which view of each clip.

        Returns:
            ``(B, T, …)`` on the device, for ``ready``.
        """

    def stream(self, draws: Iterable[Draw]) -> Generator[Tensor, None, None]:
        """Pick one batch after the other; what takes long works ahead of who asks."""
        for draw in draws:
            yield self(*draw)

    def ready(self, batch: Tensor) -> Tensor:
        """Bring some clips of a batch into the form that the model reads."""
        return batch

    def cues(self, clips: Rows, frames: Rows, views: Rows) -> dict[str, Tensor] | None:
        """What else is known of the same frames, by name; None if nothing is."""
        return None if self.cue_source is None else self.cue_source(clips, frames, views)

    @abstractmethod
    def for_judging(
        self, model: Method, clips: Rows, frames: Rows, *, precision: Precision
    ) -> "ClipSource":
        """What gives features of these frames' plain views.

        Args:
            model: Encodes them where they are pictures.
            clips: ``(n,)``; a clip may occur several times.
            frames: ``(n, T)`` the frames wanted of each.
            precision: Arithmetic of the image tower.
        """
