"""Drawings of landmarks as a dataset of their own, and their features."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.cues.drawings import KINDS
from core.errors import DataError
from train.cues.landmarks import Track
from train.data.crops import RECIPES, CropPictures, Recipe
from train.data.dataset import Dataset, Rows
from train.features.backbone import LoadedBackbone
from train.features.bank import Half
from train.features.encode import ClipEncoder
from train.features.extraction import extract
from train.features.request import FeatureRequest
from train.features.store import FeatureStore

logger = logging.getLogger(__name__)


class DrawnDataset(Dataset):
    """The clips of a dataset as drawings; a random view crops and mirrors as it does the frames.

    Args:
        source: The dataset.
        tracks: Landmarks of each of its clips.
        kind: What is drawn, one of ``core.cues.drawings.KINDS``.
    """

    def __init__(self, source: Dataset, tracks: list[Track], kind: str) -> None:
        self.kind, self.source = kind, source
        self.name, self.class_names = source.name, source.class_names
        self.records, self.folds, self.detector = source.records, source.folds, source.detector
        recipes: dict[str, Recipe] = {recipe: recipe for recipe in RECIPES}
        # Views of stills also change the light, which means nothing to a drawing.
        self._recipe = recipes.get(source.recipe, "jitter")
        self.recipe = self._recipe
        self._tracks, self._draw = tracks, KINDS[kind]

    def read(
        self,
        row: int,
        crop_scale: float,  # noqa: ARG002
        frames: Rows | None = None,
    ) -> CropPictures:
        """See ``Dataset``; the landmarks lie in a square of the right scale already."""
        track = self._tracks[row]
        if not len(track):
            raise DataError(f"{self.records[row].name}: no frame of it could be read")
        wanted = track if frames is None else track[frames]
        return CropPictures([self._draw(points) for points in wanted], self._recipe)

    def count(self, row: int) -> int:
        """See ``Dataset``."""
        return len(self._tracks[row])

    def frames_estimate(self) -> int:
        """See ``Dataset``; exact here."""
        return sum(len(track) for track in self._tracks)

    def contents(self, row: int) -> str:
        """See ``Dataset``."""
        return self.source.contents(row)

    def has_face(self, row: int) -> NDArray[np.bool_]:
        """``(n,)`` in which frames of a clip there is something to draw."""
        return np.asarray(np.isfinite(self._tracks[row]).all((1, 2)), np.bool_)


class DrawingEncoder(ClipEncoder):
    """Encodes drawings; frames without a face have a row of zeros in the place of a feature."""

    dataset: DrawnDataset

    def encode_parts(self, parts: Iterable[Sequence[int]]) -> Iterator[Half | DataError]:
        """See ``ClipEncoder``."""
        parts = list(parts)
        encoded = super().encode_parts(parts)
        for row, features in zip(chain.from_iterable(parts), encoded, strict=True):
            if isinstance(features, DataError):
                yield features
            else:
                yield features * self.dataset.has_face(row)[:, None, None]


def store_drawings(
    root: Path,
    drawn: DrawnDataset,
    landmarker: str,
    backbone: LoadedBackbone,
    request: FeatureRequest,
) -> None:
    """Encode what is not stored yet.

    Args:
        root: Folder of the stored cues.
        drawn: What to encode.
        landmarker: What found the landmarks behind it.
        backbone: Whose image tower encodes.
        request: In which views, and how.

    Raises:
        DataError: A clip cannot be used and is not to be left out.
    """
    frames = request.key(drawn.source, backbone)
    key = replace(frames, cue=drawn.kind, landmarker=landmarker, recipe=drawn.recipe)
    encoder = DrawingEncoder(
        backbone.model,
        drawn,
        backbone.preprocess,
        views=request.views,
        seed=request.seed,
        workers=request.workers,
        precision=request.precision,
    )
    store = FeatureStore.for_dataset(root, key, drawn.source)
    seconds = extract(encoder, store, skip_bad=request.skip_bad)
    clips = len(drawn.records)
    logger.info("%s of %d clips in %s, %.0f s", drawn.kind, clips, store.folder, seconds)
