"""Run the frozen image tower over clips in several views."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from core.config import PreprocessConfig
from core.errors import DataError
from core.model.backbone import FrozenClip
from train.data.dataset import Dataset
from train.data.problems import report_problems
from train.features.bank import FeatureBank, Half
from train.runtime.precision import Precision, arithmetic

BATCH = 128

Item = TypeVar("Item")
Result = TypeVar("Result")


class ClipEncoder:
    """Turns clips of a dataset into features.

    Args:
        backbone: The frozen CLIP, on its device.
        dataset: Where the clips come from.
        preprocess: What the backbone was trained with.
        views: ``V``: one plain view and ``V - 1`` random ones.
        seed: Of the random views; a clip's views depend on nothing else but its row.
        workers: Threads that decode and crop ahead of the encoder.
        precision: Arithmetic of the image tower.
    """

    def __init__(
        self,
        backbone: FrozenClip,
        dataset: Dataset,
        preprocess: PreprocessConfig,
        *,
        views: int,
        seed: int,
        workers: int = 2,
        precision: Precision = "auto",
    ) -> None:
        # Another one may take its place: ``(N, 3, h, w)`` to ``(N, D)``.
        self.tower: Callable[[torch.Tensor], torch.Tensor] = backbone.encode_frames
        self.backbone, self.dataset, self.preprocess = backbone, dataset, preprocess
        self.views, self.seed, self.workers = views, seed, workers
        self.precision: Precision = precision
        self.device = backbone.clip.positional_embedding.device

    @property
    def width(self) -> int:
        """``D``."""
        return self.backbone.embed_dim

    def encode(self, rows: Iterable[int]) -> Iterator[Half | DataError]:
        """Yield features ``(n, V, D)`` float16 of each clip, or why it has none."""
        waiting: list[torch.Tensor | DataError] = []
        for pixels in ahead(self._pixels, rows, self.workers):
            waiting.append(pixels)
            # Stills are clips of one frame: alone they would never fill a batch.
            if sum(len(clip) for clip in waiting if isinstance(clip, torch.Tensor)) >= BATCH:
                yield from self._features(waiting)
                waiting = []
        yield from self._features(waiting)

    def _pixels(self, row: int) -> torch.Tensor | DataError:
        """All views of a clip, ``(V·n, 3, h, w)``, view by view."""
        try:
            pictures = self.dataset.read(row, self.preprocess.crop_scale)
        except DataError as error:
            return error
        seed = self.seed * 1_000_003 + row
        return torch.cat(
            [pictures.view(number, self.preprocess, seed) for number in range(self.views)]
        )

    def _features(self, clips: list[torch.Tensor | DataError]) -> Iterator[Half | DataError]:
        pixels = [clip for clip in clips if isinstance(clip, torch.Tensor)]
        sizes = [len(clip) for clip in pixels]
        features = iter(self._encode(torch.cat(pixels)).split_with_sizes(sizes) if pixels else [])
        for clip in clips:
            if isinstance(clip, DataError):
                yield clip
            else:
                by_view = next(features).view(self.views, -1, self.width)  # (V, n, D)
                yield np.ascontiguousarray(by_view.transpose(0, 1).numpy())

    def _encode(self, pixels: torch.Tensor) -> torch.Tensor:
        """Features ``(N, D)`` float16 on the CPU."""
        with torch.no_grad(), arithmetic(self.device, self.precision):
            parts = [
                self.tower(part.to(self.device)).half().cpu()
                for part in pixels.split(BATCH)  # type: ignore[no-untyped-call]
            ]
        return torch.cat(parts)


def encode_dataset(
    encoder: ClipEncoder, rows: Sequence[int] | None = None, *, skip_bad: bool = False
) -> FeatureBank:
    """Encode a dataset in memory.

    Args:
        encoder: Knows the dataset.
        rows: Which clips; the others are given no frames. None takes all.
        skip_bad: Give clips that cannot be read no frames either, instead of reporting them.

    Raises:
        DataError: Clips that cannot be read and are not to be skipped.
    """
    count = len(encoder.dataset.records)
    chosen = sorted(range(count) if rows is None else rows)
    results = list(tqdm(encoder.encode(chosen), total=len(chosen), unit="clip"))
    report_problems(
        [str(result) for result in results if isinstance(result, DataError)], skip_bad=skip_bad
    )
    empty = np.empty((0, encoder.views, encoder.width), np.float16)
    features = [empty if isinstance(result, DataError) else result for result in results]
    lengths: NDArray[np.int64] = np.zeros(count, np.int64)
    lengths[chosen] = [len(clip) for clip in features]
    return FeatureBank([np.concatenate(features)], lengths)


def ahead(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Iterator[Result]:
    """Map in order while threads work a few items ahead; memory stays bounded."""
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
