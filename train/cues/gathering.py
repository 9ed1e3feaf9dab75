"""What is known of clips beside their frames, gathered like the frames themselves."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.cues.drawings import KINDS
from core.model.backbone import FrozenClip
from train.cues.captions import read_captions
from train.cues.reading import open_drawings
from train.data.dataset import Dataset
from train.features.bank import Gatherer
from train.features.key import StoreKey
from train.features.source import Rows

CAPTIONS_AT_ONCE = 256


class CueGatherer:
    """Collects the cues of a batch.

    Args:
        drawings: By kind, features of drawings whose rows are the frames'; zeros where a frame has
            none.
        captions: ``(N, D)`` features of each clip's caption, zeros where it has none; or None.
    """

    def __init__(self, drawings: Mapping[str, Gatherer], captions: Tensor | None = None) -> None:
        self.drawings, self.captions = dict(drawings), captions

    def __call__(self, clips: Rows, frames: Rows, views: Rows) -> dict[str, Tensor]:
        """Pick the cues of frames of clips; arguments as in ``Gatherer``.

        Returns:
            ``(B, T, D)`` of each kind of drawing and ``captions`` ``(B, D)``.
        """
        cues = {
            # Drawings may have been stored in fewer views than the frames.
            kind: gatherer(clips, frames, np.where(views < gatherer.views, views, 0))
            for kind, gatherer in self.drawings.items()
        }
        if self.captions is not None:
            cues["captions"] = self.captions[torch.from_numpy(clips).to(self.captions.device)]
        return cues


def open_cues(
    folder: Path | None,
    captions_file: Path | None,
    dataset: Dataset,
    key: StoreKey,
    backbone: FrozenClip,
    lengths: NDArray[np.int64],
    *,
    limit_bytes: int,
) -> CueGatherer | None:
    """Open what is known beside the frames; None without either.

    Args:
        folder: Drawings that ``train cues`` stored.
        captions_file: Captions, one per clip.
        dataset: Where the clips come from.
        key: Identity of the frames' features.
        backbone: Encodes the captions; the drawings were encoded by it.
        lengths: ``(N,)`` frames of each clip, as in the frames' bank.
        limit_bytes: Drawings up to this size are held in memory.

    Raises:
        DataError: They are not there, damaged, or about other clips.
    """
    device = backbone.clip.positional_embedding.device
    drawings, captions = {}, None
    if folder is not None:
        for kind in KINDS:
            drawn = open_drawings(folder, key, dataset, kind, lengths)
            drawings[kind] = Gatherer(drawn, device, limit_bytes)
    if captions_file is not None:
        captions = encode_captions(backbone, read_captions(captions_file, dataset))
    return CueGatherer(drawings, captions) if drawings or captions is not None else None


def encode_captions(backbone: FrozenClip, texts: list[str]) -> Tensor:
    """Text features ``(N, D)`` of captions; zeros for empty ones."""
    # Most captions occur often: each different one passes the text tower once.
    different = sorted(set(texts) - {""})
    device = backbone.clip.positional_embedding.device
    features = torch.zeros(len(different) + 1, backbone.embed_dim, device=device)
    for start in range(0, len(different), CAPTIONS_AT_ONCE):
        part = different[start : start + CAPTIONS_AT_ONCE]
        features[start + 1 : start + 1 + len(part)] = backbone.encode_texts(part)
    rows = {text: row for row, text in enumerate(different, start=1)} | {"": 0}
    return features[[rows[text] for text in texts]]
