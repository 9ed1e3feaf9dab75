"""Fill a store: estimate, divide among processes, continue where it was."""

import logging
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from tqdm import tqdm

from core.errors import DataError
from train.data.dataset import Dataset
from train.data.problems import report_problems
from train.runtime import parallel
from train.runtime.disk import sole_user

logger = logging.getLogger(__name__)

Clip = TypeVar("Clip")
Made = TypeVar("Made", covariant=True)


class Encoder(Protocol[Made]):
    """What a store is filled by."""

    @property
    def dataset(self) -> Dataset:
        """Where the clips come from."""

    @property
    def frame_bytes(self) -> int:
        """About how much a frame takes on the disk [byte]."""

    def encode_parts(self, parts: Iterable[Sequence[int]]) -> Iterator[Made | DataError]:
        """Yield what is stored of each clip of several lists, or why it has nothing."""


class Store(Protocol[Clip]):
    """What is filled."""

    folder: Path

    @property
    def shards(self) -> int:
        """See ``ShardFolder``."""

    def rows(self, shard: int) -> range:
        """See ``ShardFolder``."""

    def begin(self) -> None:
        """See ``ShardFolder``."""

    def is_done(self, shard: int) -> bool:
        """See ``ShardFolder``."""

    def empty_rows(self, shard: int) -> list[int]:
        """See ``ShardFolder``."""

    def problems(self) -> list[str]:
        """See ``ShardFolder``."""

    def about(self, shard: int) -> dict[str, object]:
        """See ``ShardFolder``."""

    def put(self, shard: int, clips: list[Clip | DataError]) -> None:
        """Store what a shard's clips have, or why they have nothing."""

    def get(self, shard: int) -> list[Clip]:
        """What ``put`` stored, empty for clips that had nothing."""


def estimate_bytes(encoder: Encoder[Clip]) -> int:
    """About how much disk space a dataset takes."""
    return encoder.dataset.frames_estimate() * encoder.frame_bytes


def extract(encoder: Encoder[Clip], store: Store[Clip], *, skip_bad: bool = False) -> float:
    """Compute what is still missing in a store, and try again what could not be read before.

    Args:
        encoder: Makes what is stored.
        store: Takes it.
        skip_bad: Accept clips without frames instead of reporting them as an error.

    Returns:
        Seconds this process spent.

    Raises:
        DataError: Too little space on the disk, or clips that cannot be used.
        TrainingError: Another command is filling the store.
    """
    start = time.monotonic()
    _check_space(encoder, store)
    with ExitStack() as stack:
        if parallel.rank() == 0:
            # Who finds all done may look on while others do, too.
            if not _is_complete(store):
                stack.enter_context(sole_user(store.folder, advice="wait for it"))
            store.begin()
        parallel.wait_for_all()
        own = range(parallel.rank(), store.shards, parallel.world_size())
        todo = [shard for shard in own if not store.is_done(shard)]
        _mend(encoder, store, [shard for shard in own if store.is_done(shard)])
        total = sum(len(store.rows(shard)) for shard in own)
        left = sum(len(store.rows(shard)) for shard in todo)
        stream = encoder.encode_parts([store.rows(shard) for shard in todo])
        hidden = parallel.rank() > 0
        with tqdm(total=total, initial=total - left, unit="clip", disable=hidden) as bar:
            for shard in todo:
                clips = []
                for clip in islice(stream, len(store.rows(shard))):
                    clips.append(clip)
                    bar.update()
                store.put(shard, clips)
        parallel.wait_for_all()
    report_problems(store.problems(), skip_bad=skip_bad)
    return time.monotonic() - start


def _is_complete(store: Store[Clip]) -> bool:
    return all(store.is_done(shard) for shard in range(store.shards)) and not store.problems()


def _mend(encoder: Encoder[Clip], store: Store[Clip], shards: Iterable[int]) -> None:
    """Read once more what could not be read when a shard was written: files get repaired."""
    for shard in shards:
        rows = store.empty_rows(shard)
        again = dict(zip(rows, encoder.encode_parts([rows]), strict=True))
        repaired = sum(not isinstance(clip, DataError) for clip in again.values())
        if repaired:
            logger.info("%d of %d clips without frames can be read now", repaired, len(rows))
        if [str(clip) for clip in again.values()] != store.about(shard)["problems"]:
            whole = dict(zip(store.rows(shard), store.get(shard), strict=True))
            store.put(shard, list((whole | again).values()))


def _check_space(encoder: Encoder[Clip], store: Store[Clip]) -> None:
    store.folder.parent.mkdir(parents=True, exist_ok=True)
    done = sum(path.stat().st_size for path in store.folder.glob("*.npy"))
    needed = max(estimate_bytes(encoder) - done, 0)
    free = shutil.disk_usage(store.folder.parent).free
    logger.info(
        "%d clips take about %.2f GB in %s (%.2f GB there, %.1f GB free)",
        len(encoder.dataset.records),
        (needed + done) / 1e9,
        store.folder,
        done / 1e9,
        free / 1e9,
    )
    if needed > free:
        raise DataError(
            f"about {needed / 1e9:.2f} GB more are needed, but {store.folder.parent} has "
            f"{free / 1e9:.2f} GB free; store less of each frame (fewer --views, a smaller "
            "--most-px), or choose another disk"
        )
