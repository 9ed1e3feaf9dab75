"""A dataset whose squares were cut out before."""

from pathlib import Path

from core.errors import DataError
from core.faces.follow import CROP_PX
from train.crops.store import CropStore
from train.data.crops import RECIPES, CropPictures, Recipe
from train.data.dataset import Dataset, Rows


class CroppedDataset(Dataset):
    """The clips of a dataset, read from stored squares.

    Args:
        source: The dataset; its clips are not opened any more.
        folder: Where ``train crops`` stored them.

    Raises:
        DataError: They are not there, unfinished, or of clips that are cut out as they are read.
    """

    def __init__(self, source: Dataset, folder: Path) -> None:
        self.recipe = recipe = squares_recipe(source)
        self._recipe: Recipe = recipe
        self.store = CropStore.find(folder, source)
        self.source, self.name, self.class_names = source, source.name, source.class_names
        self.records, self.folds, self.notes = source.records, source.folds, source.notes
        key = self.store.key
        # Reduced squares give other features, which then need another place.
        is_reduced = key.most_px < CROP_PX
        self.detector = source.detector + (f", {key.most_px} px" if is_reduced else "")

    def read(self, row: int, crop_scale: float, frames: Rows | None = None) -> CropPictures:
        """See ``Dataset``."""
        record, key = self.records[row], self.store.key
        if self.source.detector != "none" and crop_scale != key.crop_scale:
            raise DataError(
                f"the squares in {self.store.folder} are {key.crop_scale:g} times the face, but "
                f"{crop_scale:g} times is asked for; run `{self.store.command} --crop-scale "
                f"{crop_scale:g}` into another folder"
            )
        try:
            crops = self.store.read(row, frames)
        except IndexError as error:
            raise DataError(f"{record.name} has only {error} in {self.store.folder}") from error
        if not crops:
            raise DataError(f"{record.origin}: {record.name} has no squares; it was left out")
        return CropPictures(crops, self._recipe)

    def count(self, row: int) -> int:
        """See ``Dataset``."""
        return int(self.store.counts[row])

    def frames_estimate(self) -> int:
        """See ``Dataset``; exact here."""
        return int(self.store.counts.sum())

    def contents(self, row: int) -> str:
        """See ``Dataset``: of the clips themselves, so that both are one dataset."""
        return self.source.contents(row)


def squares_recipe(source: Dataset) -> Recipe:
    """How random views are made of a dataset's squares.

    Raises:
        DataError: Its clips are no colour squares.
    """
    found = next((recipe for recipe in RECIPES if recipe == source.recipe), None)
    if found is None:
        raise DataError(
            f"the clips of {source.name} are canvases in memory, which need no cutting out; leave "
            "--crops out"
        )
    return found
