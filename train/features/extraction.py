"""Fill a feature store: estimate, divide among processes, continue where it was."""

import logging
import shutil
import time
from collections.abc import Iterable, Iterator
from typing import Protocol

from tqdm import tqdm

from core.errors import DataError
from train.data.dataset import Dataset
from train.data.problems import report_problems
from train.features.bank import Half
from train.features.store import FeatureStore
from train.runtime import parallel

logger = logging.getLogger(__name__)

HALF_BYTES = 2


class Encoder(Protocol):
    """What a store is filled by."""

    @property
    def dataset(self) -> Dataset:
        """Where the clips come from."""

    @property
    def views(self) -> int:
        """``V``."""

    @property
    def width(self) -> int:
        """``D``."""

    def encode(self, rows: Iterable[int]) -> Iterator[Half | DataError]:
        """Yield features ``(n, V, D)`` of each clip, or why it has none."""


def estimate_bytes(encoder: Encoder) -> int:
    """About how much disk space the features of a dataset take."""
    frames = encoder.dataset.frames_estimate()
    return frames * encoder.views * encoder.width * HALF_BYTES


def extract(encoder: Encoder, store: FeatureStore, *, skip_bad: bool = False) -> float:
    """Compute what is still missing in a store, and try again what could not be read before.

    Args:
        encoder: Makes the features.
        store: Takes them.
        skip_bad: Accept clips without features instead of reporting them as an error.

    Returns:
        Seconds this process spent.

    Raises:
        DataError: Too little space on the disk, or clips that cannot be used.
    """
    start = time.monotonic()
    _check_space(encoder, store)
    if parallel.rank() == 0:
        store.begin()
    parallel.wait_for_all()
    own = range(parallel.rank(), store.shards, parallel.world_size())
    todo = [shard for shard in own if not store.is_done(shard)]
    _mend(encoder, store, [shard for shard in own if store.is_done(shard)])
    total = sum(len(store.rows(shard)) for shard in own)
    left = sum(len(store.rows(shard)) for shard in todo)
    hidden = parallel.rank() > 0
    with tqdm(total=total, initial=total - left, unit="clip", disable=hidden) as bar:
        for shard in todo:
            features = []
            for clip in encoder.encode(store.rows(shard)):
                features.append(clip)
                bar.update()
            store.write(shard, features)
    parallel.wait_for_all()
    report_problems(store.problems(), skip_bad=skip_bad)
    return time.monotonic() - start


def _mend(encoder: Encoder, store: FeatureStore, shards: Iterable[int]) -> None:
    """Read once more what could not be read when a shard was written: files get repaired."""
    for shard in shards:
        rows = store.empty_rows(shard)
        again = dict(zip(rows, encoder.encode(rows), strict=True))
        repaired = sum(not isinstance(clip, DataError) for clip in again.values())
        if repaired:
            logger.info("%d of %d clips without features can be read now", repaired, len(rows))
        if again:
            store.rewrite(shard, again)


def _check_space(encoder: Encoder, store: FeatureStore) -> None:
    store.folder.parent.mkdir(parents=True, exist_ok=True)
    done = sum(path.stat().st_size for path in store.folder.glob("*.npy"))
    needed = max(estimate_bytes(encoder) - done, 0)
    free = shutil.disk_usage(store.folder.parent).free
    logger.info(
        "features of %d clips in %d views: about %.2f GB in %s (%.2f GB there, %.1f GB free)",
        len(store.names),
        encoder.views,
        (needed + done) / 1e9,
        store.folder,
        done / 1e9,
        free / 1e9,
    )
    if needed > free:
        raise DataError(
            f"the features need about {needed / 1e9:.2f} GB more, but {store.folder.parent} has "
            f"{free / 1e9:.2f} GB free; use fewer --views or another disk"
        )
