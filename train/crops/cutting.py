"""Cut the faces out of all clips, once."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from core.errors import DataError
from train.crops.dataset import squares_recipe
from train.crops.store import CropKey
from train.data.crops import Crop, CropPictures, middle_square
from train.data.dataset import Dataset
from train.features.ahead import ahead, usable_cores


class CropMaker:
    """Fills a store of squares; see ``extraction.Encoder``.

    Args:
        dataset: Whose clips.
        crop_scale: Side as a multiple of the face square.
        most_px: Larger squares are reduced to this side [px].
        workers: Threads that decode and find faces; None for one per core.

    Raises:
        DataError: The clips are no colour squares.
    """

    def __init__(
        self, dataset: Dataset, *, crop_scale: float, most_px: int, workers: int | None = None
    ) -> None:
        squares_recipe(dataset)
        self.dataset, self.crop_scale, self.most_px = dataset, crop_scale, most_px
        self.workers = workers or usable_cores()

    @property
    def key(self) -> CropKey:
        """Identity of what it makes."""
        return CropKey(
            dataset=self.dataset.name,
            data=self.dataset.fingerprint,
            detector=self.dataset.detector,
            crop_scale=self.crop_scale,
            most_px=self.most_px,
        )

    @property
    def frame_bytes(self) -> int:
        """See ``extraction.Encoder``; the most that it can be."""
        return 3 * self.most_px**2

    def encode_parts(self, parts: Iterable[Sequence[int]]) -> Iterator[list[Crop] | DataError]:
        """Yield the squares of each clip of several lists, or why it has none."""
        return ahead(self._squares, chain.from_iterable(parts), self.workers)

    def _squares(self, row: int) -> list[Crop] | DataError:
        try:
            pictures = self.dataset.read(row, self.crop_scale)
        except DataError as error:
            return error
        if not isinstance(pictures, CropPictures):
            raise TypeError(f"expected squares, got {type(pictures).__name__}")
        return [middle_square(crop, self.most_px) for crop in pictures.crops]
