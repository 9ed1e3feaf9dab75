"""The landmarks of every frame, found once and kept for drawings and captions alike."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config import PreprocessConfig
from core.cues.landmarker import Landmarker, landmarks_of, open_landmarker
from core.errors import CueError, DataError
from train.data.dataset import Dataset
from train.features.ahead import ahead, usable_cores
from train.features.bank import Half
from train.features.extraction import extract
from train.features.key import StoreKey
from train.features.store import FeatureStore

CUE = "points"
POINTS = 68

Track = NDArray[np.float32]


class LandmarkEncoder:
    """Fills a feature store with landmarks in the place of features; see ``extraction.Encoder``.

    Args:
        landmarker: Finds the points.
        dataset: Where the clips come from.
        preprocess: Decides which square of a frame is looked at.
        workers: Threads that decode ahead of the landmarker; None for one per core.
    """

    views = 1
    width = 2 * POINTS

    def __init__(
        self,
        landmarker: Landmarker,
        dataset: Dataset,
        preprocess: PreprocessConfig,
        *,
        workers: int | None = None,
    ) -> None:
        self.landmarker, self.dataset, self.preprocess = landmarker, dataset, preprocess
        self.workers = workers or usable_cores()

    @property
    def frame_bytes(self) -> int:
        """See ``extraction.Encoder``."""
        return self.width * np.dtype(np.float16).itemsize

    def encode(self, rows: Iterable[int]) -> Iterator[Half | DataError]:
        """Yield points ``(n, 1, 136)`` of each clip, NaN where no face was found."""
        for squares in ahead(
            partial(read_squares, self.dataset, self.preprocess), rows, self.workers
        ):
            if isinstance(squares, DataError):
                yield squares
                continue
            points = np.stack([landmarks_of(square, self.landmarker) for square in squares])
            yield points.reshape(len(points), 1, self.width).astype(np.float16)

    def encode_parts(self, parts: Iterable[Sequence[int]]) -> Iterator[Half | DataError]:
        """See ``extraction.Encoder``."""
        return self.encode(chain.from_iterable(parts))


def read_squares(
    dataset: Dataset, preprocess: PreprocessConfig, row: int
) -> list[NDArray[np.uint8]] | DataError:
    """The face squares of a clip, or why there are none."""
    try:
        return dataset.read(row, preprocess.crop_scale).squares(preprocess)
    except DataError as error:
        return error


def find_landmarks(
    root: Path,
    dataset: Dataset,
    preprocess: PreprocessConfig,
    model: Path | None,
    *,
    workers: int | None = None,
    skip_bad: bool = False,
) -> FeatureStore:
    """Find what is missing of a dataset's landmarks.

    Args:
        root: Folder of all stores.
        dataset: Where the clips come from.
        preprocess: What the backbone was trained with.
        model: MediaPipe's ``face_landmarker.task``; None takes landmarks that are there already,
            else what ``open_landmarker`` finds.
        workers: Threads that decode ahead; None for one per core.
        skip_bad: Accept clips that cannot be read.

    Returns:
        The finished store.

    Raises:
        CueError: No landmarker can be started, or it is not clear which landmarks are meant.
        DataError: Clips that cannot be used; all are named.
    """
    if model is None and (kept := _kept(root, dataset, preprocess)):
        return kept
    landmarker = open_landmarker(model)
    try:
        encoder = LandmarkEncoder(landmarker, dataset, preprocess, workers=workers)
        key = landmark_key(dataset, preprocess, landmarker.name)
        store = FeatureStore.for_dataset(root, key, dataset)
        extract(encoder, store, skip_bad=skip_bad)
    finally:
        landmarker.close()
    return store


def landmark_key(dataset: Dataset, preprocess: PreprocessConfig, landmarker: str) -> StoreKey:
    """Identity of landmarks: of the image input only the extent of the square matters."""
    return StoreKey(
        dataset=dataset.name,
        data=dataset.fingerprint,
        backbone="none",
        width=LandmarkEncoder.width,
        preprocess=PreprocessConfig(crop_scale=preprocess.crop_scale),
        detector=dataset.detector,
        recipe="plain",
        views=LandmarkEncoder.views,
        seed=0,
        precision="float16",
        cue=CUE,
        landmarker=landmarker,
    )


def read_tracks(store: FeatureStore) -> list[Track]:
    """Read the landmarks of every clip, ``(n, 68, 2)`` float32 shares, NaN without a face."""
    bank = store.open()
    points = np.concatenate(bank.parts).reshape(-1, POINTS, 2).astype(np.float32)
    return np.split(points, np.cumsum(bank.lengths)[:-1])


def _kept(root: Path, dataset: Dataset, preprocess: PreprocessConfig) -> FeatureStore | None:
    key = landmark_key(dataset, preprocess, "")
    stores = FeatureStore.finished(root, key, dataset, free={"landmarker"})
    if len(stores) > 1:
        names = ", ".join(store.key.landmarker for store in stores)
        raise CueError(f"{root} has landmarks by {names}; say which with --landmarker")
    return stores[0] if stores else None
