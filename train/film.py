"""Snapshots of a training, small enough to ship: how sentences and classes took their places."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from core.model.a3lign import A3lign
from core.results import Scores
from train.run_folder import replacing

# Snapshots per stage beside its end.
PER_STAGE = 6


class Film:
    """Collects snapshots as files of their own, so that an interrupted run loses none.

    Args:
        folder: Of the run; the finished film is ``film.npz`` in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._frames = folder / "film"

    @torch.no_grad()
    def take(self, model: A3lign, *, number: int, title: str, scores: Scores | None) -> None:
        """Keep sentence features, class vectors and scores of this moment.

        Args:
            model: As it is.
            number: Orders the snapshots; the same number replaces an earlier one.
            title: For people: stage and epoch.
            scores: On the validation part.
        """
        model.eval()
        sentences = model.sentence_features()
        classes = F.normalize(model.align_text(sentences).mean(1), dim=-1)  # (K, D)
        self._frames.mkdir(parents=True, exist_ok=True)
        with replacing(self._frames / f"{number:06d}.npz") as partial, partial.open("wb") as stream:
            np.savez(
                stream,
                sentences=sentences.half().cpu().numpy(),
                classes=(classes @ classes.T).cpu().numpy(),
                title=np.array(title),
                scores=np.array([scores.war, scores.uar] if scores else [np.nan] * 2, np.float32),
            )

    def finish(self) -> None:
        """Write ``film.npz``.

        Arrays: ``sentences`` ``(M, K, S, D)`` float16, ``classes`` ``(M, K, K)`` cosines between
        class vectors, ``titles`` ``(M,)``, ``scores`` ``(M, 2)`` WAR and UAR on validation.
        """
        snapshots = [np.load(path) for path in sorted(self._frames.glob("*.npz"))]
        with replacing(self.folder / "film.npz") as partial, partial.open("wb") as stream:
            np.savez_compressed(
                stream,
                sentences=np.stack([one["sentences"] for one in snapshots]),
                classes=np.stack([one["classes"] for one in snapshots]),
                titles=np.stack([one["title"] for one in snapshots]),
                scores=np.stack([one["scores"] for one in snapshots]),
            )


def is_film_epoch(epoch: int, epochs: int) -> bool:
    """Whether a snapshot is due after this epoch (from 1): a few per stage, and its last."""
    return epoch == epochs or epoch % max(1, epochs // PER_STAGE) == 0
