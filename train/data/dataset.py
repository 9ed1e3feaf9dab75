"""What every dataset offers, whatever its layout on disk."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from torch import Generator, Tensor

from core.config import PreprocessConfig
from core.errors import DataError
from core.preprocess import normalise, resize_crops

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class ClipRecord:
    """One labelled clip.

    Attributes:
        name: Unique inside the dataset and the same on every machine.
        label: Index into the dataset's class names.
        person: Who is seen; empty where the dataset does not say.
        origin: File and line that listed it.
    """

    name: str
    label: int
    person: str = ""
    origin: str = ""


@dataclass(frozen=True)
class Fold:
    """One division of a dataset; each part holds rows of ``Dataset.records``.

    Attributes:
        name: ``1`` … ``5`` where there are several, else ``all``.
        train: Rows to train on.
        validation: Rows the dataset itself sets aside for choices; mostly none.
        test: Rows that figures are reported on; may be none.
    """

    name: str
    train: Rows
    validation: Rows
    test: Rows


class Pictures(ABC):
    """The decoded faces of one clip, in time order."""

    @abstractmethod
    def __len__(self) -> int:
        """Frames with a face."""

    @abstractmethod
    def squares(self, preprocess: PreprocessConfig) -> list[NDArray[np.uint8]]:
        """The face squares behind the plain view: ``n`` times ``(side, side, 3)`` uint8 RGB."""

    @abstractmethod
    def varied(self, preprocess: PreprocessConfig, generator: Generator) -> Tensor:
        """A random view, the same variation in every frame: as ``pixels``."""

    def pixels(self, number: int, preprocess: PreprocessConfig, seed: int) -> Tensor:
        """A view as far as processors are to make it: ``core.preprocess.normalise`` does the rest.

        Args:
            number: 0 is what prediction sees, every other a random view that depends on the seed
                alone, and in no frame on which others are there.
            preprocess: What the backbone was trained with.
            seed: Of the random views.

        Returns:
            ``(n, 3, h, w)`` uint8, or float32 where the variation normalises on its way.
        """
        if number == 0:
            return resize_crops(self.squares(preprocess), preprocess)
        return self.varied(preprocess, Generator().manual_seed(seed * 1_000 + number))

    def view(self, number: int, preprocess: PreprocessConfig, seed: int) -> Tensor:
        """A view as the image tower reads it: ``(n, 3, h, w)`` float32."""
        return normalise(self.pixels(number, preprocess, seed), preprocess)

    def plain(self, preprocess: PreprocessConfig) -> Tensor:
        """What prediction sees: ``(n, 3, h, w)`` float32."""
        return self.view(0, preprocess, 0)


class Dataset(ABC):
    """Labelled clips with their folds.

    Attributes:
        name: Short name, part of file names.
        class_names: ``K`` names in label order.
        records: Every clip of every fold, once.
        folds: Official divisions, or a single one.
        recipe: How random views are made; part of the identity of stored features.
        detector: Which face detector cropped the frames; ``none`` if they came cropped.
        notes: What a reader of the lists should know, a sentence each.
    """

    name: str
    class_names: tuple[str, ...]
    records: Sequence[ClipRecord]
    folds: tuple[Fold, ...]
    recipe: str
    detector: str = "none"
    notes: tuple[str, ...] = ()

    @abstractmethod
    def read(self, row: int, crop_scale: float, frames: Rows | None = None) -> Pictures:
        """Decode one clip.

        Args:
            row: Which one.
            crop_scale: Side of the crop as a multiple of the face square, where we crop.
            frames: ``(n,)`` rising: which of its frames are wanted, and no others decoded where
                that can be; None wants all.

        Raises:
            DataError: It cannot be read or shows no face.
        """

    def count(self, row: int) -> int | None:  # noqa: ARG002
        """How many frames ``read`` gives of a clip; None if only reading it tells.

        Raises:
            DataError: It is not there.
        """
        return None

    @abstractmethod
    def frames_estimate(self) -> int:
        """About how many frames all clips have together."""

    @abstractmethod
    def contents(self, row: int) -> str:
        """What decides a clip's pictures, in few words: hashes, or names and sizes of files."""

    @cached_property
    def fingerprint(self) -> str:
        """Hash over names, labels and contents of all clips: the same data give the same one."""
        digest = hashlib.sha256(repr(self.class_names).encode())
        for row, record in enumerate(self.records):
            digest.update(f"{record.name}\t{record.label}\t{self.contents(row)}\n".encode())
        return digest.hexdigest()

    def fold(self, name: str | None) -> Fold:
        """The fold of that name; the first without one.

        Raises:
            DataError: There is none of that name.
        """
        names = [fold.name for fold in self.folds]
        if name is None:
            return self.folds[0]
        if name not in names:
            raise DataError(f"{self.name} has no fold {name!r}; choose {', '.join(names)}")
        return self.folds[names.index(name)]

    def labels(self) -> NDArray[np.int64]:
        """``(N,)`` label of every clip."""
        return np.array([record.label for record in self.records], np.int64)

    def people(self) -> NDArray[np.str_]:
        """``(N,)`` person of every clip, empty where unknown."""
        return np.array([record.person for record in self.records], np.str_)
