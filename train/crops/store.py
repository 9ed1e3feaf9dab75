"""Face squares on disk, as they were cut out: one folder per data, detector and scale."""

from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from train.data.crops import Crop
from train.data.dataset import Dataset, Rows
from train.features.key import digest_of
from train.features.shards import ShardFolder, read_json

# A frame takes a hundred times what its features take: a shard of these fits in memory.
SHARD_CLIPS = 8
COMMAND = "python -m train crops"
ABOUT = "crops.json"


@dataclass(frozen=True)
class CropKey:
    """Everything that squares depend on.

    Attributes:
        dataset: Short name of the data.
        data: Fingerprint of the data.
        detector: Which face detector found them; ``none`` if frames came cropped.
        crop_scale: Side as a multiple of the face square.
        most_px: Larger squares are reduced to this side [px].
    """

    dataset: str
    data: str
    detector: str
    crop_scale: float
    most_px: int


class CropStore(ShardFolder):
    """One folder of squares; a shard holds the bytes of all squares of 8 clips, one after another.

    Args:
        folder: Of this store.
        key: What it holds.
        dataset: The clips.
    """

    def __init__(self, folder: Path, key: CropKey, dataset: Dataset) -> None:
        names = [record.name for record in dataset.records]
        super().__init__(folder, ABOUT, asdict(key), names, clips=SHARD_CLIPS, command=COMMAND)
        self.key = key

    @classmethod
    def for_key(cls, root: Path, key: CropKey, dataset: Dataset) -> "CropStore":
        """The store of a key among those of a folder."""
        name = f"{key.dataset[:40]}-crops-{digest_of(asdict(key))}"
        return cls(root / name, key, dataset)

    @classmethod
    def find(cls, root: Path, dataset: Dataset) -> "CropStore":
        """The whole store of a dataset in a folder of stores, or the folder itself.

        Raises:
            DataError: There is none, or more than one.
        """
        stores = []
        for path in sorted([*root.glob(ABOUT), *root.glob(f"*/{ABOUT}")]):
            key = _read_key(path)
            if (key.data, key.detector) == (dataset.fingerprint, dataset.detector):
                stores.append(cls(path.parent, key, dataset))
        if len(stores) > 1:
            names = ", ".join(store.folder.name for store in stores)
            raise DataError(
                f"{root} has {len(stores)} sets of squares of {dataset.name}; name the folder of "
                f"one of them: {names}"
            )
        if not stores:
            raise DataError(
                f"{root} has no squares of {dataset.name} found by the detector "
                f"{dataset.detector!r}; run `{COMMAND}` with the same data first"
            )
        stores[0].check_whole()
        return stores[0]

    def put(self, shard: int, clips: list[list[Crop] | DataError]) -> None:
        """Store the squares of a shard's clips, or why they have none."""
        squares = [[] if isinstance(clip, DataError) else clip for clip in clips]
        flat = [square.reshape(-1) for clip in squares for square in clip]
        self.write(
            shard,
            np.concatenate([*flat, np.empty(0, np.uint8)]),
            [len(clip) for clip in squares],
            [str(clip) for clip in clips if isinstance(clip, DataError)],
            sides=[len(square) for clip in squares for square in clip],
        )

    def get(self, shard: int) -> list[list[Crop]]:
        """The squares of a shard's clips.

        Raises:
            DataError: It is damaged.
        """
        frames = self._open(shard)
        return [[frames.square(i) for i in range(*ends)] for ends in frames.clips]

    @cached_property
    def counts(self) -> Rows:
        """``(N,)`` squares of each clip."""
        return np.array(self.lengths(), np.int64)

    def read(self, row: int, frames: Rows | None) -> list[Crop]:
        """Squares of some frames of a clip; nothing else of the file is touched.

        Raises:
            DataError: The file is damaged.
            IndexError: The clip has fewer frames.
        """
        shard = row // SHARD_CLIPS
        if shard not in self._opened:
            self._opened[shard] = self._open(shard)
        opened = self._opened[shard]
        start, end = opened.clips[row - self.rows(shard).start]
        wanted = range(end - start) if frames is None else frames.tolist()
        if len(wanted) and max(wanted) >= end - start:
            raise IndexError(f"{end - start} frames")
        return [opened.square(start + frame) for frame in wanted]

    @cached_property
    def _opened(self) -> dict[int, "_Frames"]:
        return {}

    def _open(self, shard: int) -> "_Frames":
        about = self.about(shard)
        sides = np.array(about["sides"], np.int64)
        ends = np.cumsum(sides**2 * 3)
        array = self.array(shard, (int(ends[-1]) if len(ends) else 0,), np.uint8)
        bounds = np.cumsum([0, *about["lengths"]]).tolist()
        return _Frames(array, sides, ends, list(pairwise(bounds)))


@dataclass(frozen=True)
class _Frames:
    """The squares of a shard: where each one's bytes end, and which belong to each clip."""

    array: NDArray[np.uint8]
    sides: Rows
    ends: Rows
    clips: list[tuple[int, int]]

    def square(self, frame: int) -> Crop:
        side, end = int(self.sides[frame]), int(self.ends[frame])
        flat = self.array[end - 3 * side * side : end]
        return np.array(flat).reshape(side, side, 3)


def _read_key(path: Path) -> CropKey:
    found: dict[str, Any] = read_json(path)
    try:
        return CropKey(**found)
    except TypeError as error:
        raise DataError(f"{path} does not say what the squares beside it are ({error})") from error
