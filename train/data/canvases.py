"""Clips as grey canvases in npz files: stills repeated or animated by this project."""

import hashlib
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from core.config import PreprocessConfig
from core.errors import DataError
from core.labels import ELEVEN, SEVEN
from train.data.dataset import ClipRecord, Dataset, Fold, Pictures, Rows
from train.data.face_canvas import FACE_PX
from train.data.layouts.names import distinct
from train.data.layouts.parts import PARTS
from train.data.views import random_clip_view


class CanvasPictures(Pictures):
    """Frames of one clip.

    Args:
        canvases: ``(N, side, side)`` uint8 grey; the face square is the middle 48 px.
        frames: ``(n,)`` those that are wanted; None for all.
    """

    def __init__(self, canvases: NDArray[np.uint8], frames: Rows | None = None) -> None:
        self.canvases = canvases
        self.frames = np.arange(len(canvases)) if frames is None else frames

    def __len__(self) -> int:
        return len(self.frames)

    def squares(self, preprocess: PreprocessConfig) -> list[NDArray[np.uint8]]:
        """See ``Pictures``."""
        side = self.canvases.shape[-1]
        crop_px = min(round(FACE_PX * preprocess.crop_scale), side)
        start = (side - crop_px) // 2
        middle = self.canvases[self.frames, start : start + crop_px, start : start + crop_px]
        return [np.repeat(grey[..., None], 3, 2) for grey in middle]

    def varied(self, preprocess: PreprocessConfig, generator: Generator) -> Tensor:
        """See ``Pictures``."""
        # The noise is drawn for all frames, so that a frame does not depend on which are wanted.
        canvases = torch.from_numpy(np.ascontiguousarray(self.canvases))
        view = random_clip_view(canvases[None], preprocess.image_size, generator)[0]
        return view[torch.from_numpy(self.frames)]


class CanvasDataset(Dataset):
    """One or more npz files, one after the other.

    Each holds ``images`` ``(F, 64, 64)`` uint8 (or ``(N, T, 64, 64)``), ``labels`` ``(N,)``, and
    optionally ``lengths`` ``(N,)`` frames of each clip (default: one each), ``people`` ``(N,)``
    names, ``parts`` ``(N,)`` of ``train``, ``validation`` and ``test``, and ``classes`` ``(K,)``
    names (default: our seven or eleven).

    Args:
        paths: The files.

    Raises:
        DataError: A file is missing, damaged or its arrays do not fit together.
    """

    recipe = "stills"

    def __init__(self, paths: Sequence[Path]) -> None:
        self.name = "-".join(path.stem for path in paths)
        self._clips: list[NDArray[np.uint8]] = []
        records: list[ClipRecord] = []
        parts: list[str] = []
        names: tuple[str, ...] | None = None
        for path in paths:
            arrays = _read(path)
            names = _agreed(names, _class_names(arrays, path), path)
            clips = _cut(arrays, path)
            self._clips += clips
            people = arrays.get("people", np.full(len(clips), ""))
            records += [
                ClipRecord(f"{path.stem}/{i:06d}", int(label), str(person), f"{path}:{i}")
                for i, (label, person) in enumerate(zip(arrays["labels"], people, strict=True))
            ]
            parts += [str(part) for part in arrays.get("parts", np.full(len(clips), "train"))]
        self.class_names = names or SEVEN
        self.records = records
        rows = {part: np.flatnonzero(np.array(parts) == part).astype(np.int64) for part in PARTS}
        self.folds = (Fold("all", rows["train"], rows["validation"], rows["test"]),)

    def read(
        self,
        row: int,
        crop_scale: float,  # noqa: ARG002
        frames: Rows | None = None,
    ) -> CanvasPictures:
        """See ``Dataset``; the canvas has room for any scale up to its own."""
        return CanvasPictures(self._clips[row], frames)

    def count(self, row: int) -> int:
        """See ``Dataset``."""
        return len(self._clips[row])

    def frames_estimate(self) -> int:
        """See ``Dataset``; exact here."""
        return sum(len(clip) for clip in self._clips)

    def contents(self, row: int) -> str:
        """See ``Dataset``."""
        return hashlib.sha256(np.ascontiguousarray(self._clips[row]).tobytes()).hexdigest()


def _read(path: Path) -> dict[str, NDArray[np.generic]]:
    try:
        # numpy leaves a damaged file open that it opened itself.
        with path.open("rb") as stream, np.load(stream) as data:
            arrays = {name: data[name] for name in data.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path} is not a readable npz file ({error})") from error
    missing = {"images", "labels"} - arrays.keys()
    if missing:
        raise DataError(f"{path} has no array {', '.join(sorted(missing))}")
    images, labels = arrays["images"], arrays["labels"]
    if images.dtype != np.uint8 or images.ndim not in {3, 4} or images.shape[-1] < FACE_PX:
        raise DataError(
            f"{path}: images must be uint8 canvases (F, 64, 64) or (N, T, 64, 64), got "
            f"{images.dtype} {images.shape}"
        )
    for name in {"people", "parts", "lengths"} & arrays.keys():
        if len(arrays[name]) != len(labels):
            raise DataError(f"{path}: {len(labels)} labels but {len(arrays[name])} {name}")
    unknown = set(map(str, arrays.get("parts", np.array(PARTS)))) - set(PARTS)
    if unknown:
        raise DataError(f"{path}: unknown parts {sorted(unknown)}; use {', '.join(PARTS)}")
    return arrays


def _cut(arrays: dict[str, NDArray[np.generic]], path: Path) -> list[NDArray[np.uint8]]:
    """Split the frames into clips."""
    images = np.asarray(arrays["images"], np.uint8)
    count = len(arrays["labels"])
    if images.ndim == 4:
        lengths = np.full(len(images), images.shape[1])
        images = images.reshape(-1, *images.shape[2:])
    else:
        lengths = np.asarray(arrays.get("lengths", np.ones(count)), np.int64)
    if len(lengths) != count or lengths.sum() != len(images) or (lengths < 1).any():
        raise DataError(
            f"{path}: {count} labels and lengths that sum to {lengths.sum()} do not fit "
            f"{len(images)} frames"
        )
    return np.split(images, np.cumsum(lengths)[:-1])


def _class_names(arrays: dict[str, NDArray[np.generic]], path: Path) -> tuple[str, ...]:
    labels = np.asarray(arrays["labels"], np.int64)
    if "classes" in arrays:
        names = distinct((str(name) for name in arrays["classes"]), str(path))
    else:
        names = SEVEN if labels.max(initial=0) < len(SEVEN) else ELEVEN
    outside = np.flatnonzero((labels < 0) | (labels >= len(names)))
    if len(outside):
        raise DataError(
            f"{path}: labels must be 0..{len(names) - 1}; wrong in rows "
            f"{', '.join(map(str, outside[:10]))}"
        )
    return names


def _agreed(old: tuple[str, ...] | None, new: tuple[str, ...], path: Path) -> tuple[str, ...]:
    if old not in {None, new}:
        raise DataError(f"{path} has the classes {new}, the files before it {old}")
    return new
