"""Features on disk: one folder per combination of backbone, data and views; safe to interrupt."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from train.data.dataset import ClipRecord, Dataset, Rows
from train.features.bank import FeatureBank, Half
from train.features.key import StoreKey
from train.features.shards import ShardFolder, read_json

SHARD_CLIPS = 64


class FeatureStore(ShardFolder):
    """One folder of features; a shard holds ``(n, V, D)`` float16 of up to 64 clips.

    Args:
        root: Folder of all stores.
        key: Which one.
        records: The clips, in the dataset's order.
    """

    def __init__(self, root: Path, key: StoreKey, records: list[ClipRecord]) -> None:
        super().__init__(
            root / key.folder_name,
            "cache.json",
            key.to_json(),
            [record.name for record in records],
            clips=SHARD_CLIPS,
            command=key.command,
        )
        self.key = key

    @classmethod
    def for_dataset(cls, root: Path, key: StoreKey, dataset: Dataset) -> "FeatureStore":
        """The store of a dataset."""
        return cls(root, key, list(dataset.records))

    @classmethod
    def with_plain_view(cls, root: Path, key: StoreKey, dataset: Dataset) -> "FeatureStore":
        """A finished store whose plain view is that of the key, else the key's own.

        View 0 depends neither on the number of views nor on how the random ones are made.
        """
        finished = cls.finished(root, key, dataset, free={"views", "seed", "recipe"})
        return finished[0] if finished else cls.for_dataset(root, key, dataset)

    @classmethod
    def finished(
        cls, root: Path, key: StoreKey, dataset: Dataset, *, free: set[str]
    ) -> list["FeatureStore"]:
        """Whole stores of a dataset that fit a key in everything but the ``free`` fields."""
        wanted = {name: value for name, value in key.to_json().items() if name not in free}
        stores = []
        for path in sorted(root.glob("*/cache.json")):
            found = read_json(path)
            if {name: value for name, value in found.items() if name not in free} == wanted:
                store = cls.for_dataset(root, StoreKey.from_json(found), dataset)
                if store.is_whole:
                    stores.append(store)
        return stores

    @classmethod
    def lengths_of(cls, root: Path, dataset: Dataset) -> Rows | None:
        """``(N,)`` frames of each clip by any whole store of a dataset; None if there is none."""
        for path in sorted(root.glob("*/cache.json")):
            key = StoreKey.from_json(read_json(path))
            if (key.data, key.detector) == (dataset.fingerprint, dataset.detector):
                store = cls.for_dataset(root, key, dataset)
                if store.is_whole:
                    return np.array(store.lengths(), np.int64)
        return None

    def put(self, shard: int, clips: list[Half | DataError]) -> None:
        """Store the features of a shard's clips, or why they have none."""
        empty = np.empty((0, self.key.views, self.key.width), np.float16)
        features = [empty if isinstance(clip, DataError) else clip for clip in clips]
        self.write(
            shard,
            np.concatenate(features),
            [len(clip) for clip in features],
            [str(clip) for clip in clips if isinstance(clip, DataError)],
        )

    def get(self, shard: int) -> list[Half]:
        """The features of a shard's clips.

        Raises:
            DataError: It is damaged.
        """
        ends = np.cumsum(self.about(shard)["lengths"])[:-1]
        return list(np.split(self._features(shard), ends))

    def open(self) -> FeatureBank:
        """Map the features into memory after making sure that they are as they were written.

        Raises:
            DataError: Missing, unfinished, damaged, or made from something else.
        """
        self.check_whole()
        parts = [self._features(shard) for shard in range(self.shards)]
        lengths: NDArray[np.int64] = np.array(self.lengths(), np.int64)
        return FeatureBank(parts, lengths)

    def _features(self, shard: int) -> Half:
        frames = sum(self.about(shard)["lengths"])
        return self.array(shard, (frames, self.key.views, self.key.width), np.float16)
