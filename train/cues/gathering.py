"""What is known of clips beside their frames, gathered like the frames themselves."""

import argparse
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from core.cues.drawings import KINDS
from core.model.backbone import FrozenClip
from train.cues.captions import read_captions
from train.cues.reading import open_drawings
from train.data.dataset import Dataset
from train.features.bank import FeatureBank, Gatherer, Rows
from train.features.store import StoreKey

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
    arguments: argparse.Namespace,
    dataset: Dataset,
    key: StoreKey,
    backbone: FrozenClip,
    bank: FeatureBank,
) -> CueGatherer | None:
    """Open what --cues and --captions name; None without either.

    Args:
        arguments: Parsed options of ``add_cues`` and ``add_memory``.
        dataset: Where the clips come from.
        key: Identity of the frames' features.
        backbone: Encodes the captions; the drawings were encoded by it.
        bank: The frames' features.

    Raises:
        DataError: They are not there, damaged, or about other clips.
    """
    device = backbone.clip.positional_embedding.device
    drawings, captions = {}, None
    if arguments.cues is not None:
        for kind in KINDS:
            drawn = open_drawings(arguments.cues, key, dataset, kind, bank.lengths)
            drawings[kind] = Gatherer(drawn, device, int(arguments.memory_gb * 1e9))
    if arguments.captions is not None:
        captions = encode_captions(backbone, read_captions(arguments.captions, dataset))
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
