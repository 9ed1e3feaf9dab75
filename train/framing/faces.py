"""Still faces whose eyes and mouth are known."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.errors import ConfigError
from train.data.face_canvas import CANVAS_PX
from train.faceclip.stills.collections import COLLECTIONS, read_collection
from train.motion.faces.landmarks import cached_landmarks

logger = logging.getLogger(__name__)

# Of the 68 landmarks: both eyes' outlines and the corners of the mouth.
LEFT_EYE, RIGHT_EYE, MOUTH = slice(36, 42), slice(42, 48), [48, 54]


@dataclass(frozen=True)
class PointedFaces:
    """Faces to learn from, or to judge by.

    Attributes:
        canvases: ``(N, 64, 64)`` uint8 grey.
        points: ``(N, 3, 2)`` float32 left eye, right eye and mouth, -1 to 1 from edge to edge.
    """

    canvases: Tensor
    points: Tensor

    def __len__(self) -> int:
        return len(self.canvases)


def read_faces(
    paths: Mapping[str, Path], cache: Path, landmarker: Path | None
) -> tuple[PointedFaces, PointedFaces]:
    """Training faces and those held out, as every program holds them out.

    Args:
        paths: Where each collection lies, by its name in ``COLLECTIONS``.
        cache: Folder of canvases and landmarks.
        landmarker: MediaPipe's task file, the teacher; needed where no landmarks are in the cache.

    Raises:
        ConfigError: No collection was given, or MediaPipe sees no face in it.
    """
    taught: list[PointedFaces] = []
    held_out: list[PointedFaces] = []
    for name, path in paths.items():
        stills = read_collection(name, path, cache)
        found = cached_landmarks(stills.images, cache / f"{name}_landmarks.npz", landmarker)
        held = np.isin(stills.people, COLLECTIONS[name].split(stills)[1].people)
        logger.info("%s: landmarks in %d of %d faces", name, found.found.sum(), len(stills))
        for part, chosen in ((taught, found.found & ~held), (held_out, found.found & held)):
            part.append(_pointed(stills.images[chosen], found.points[chosen]))
    if not any(map(len, taught)) or not any(map(len, held_out)):
        raise ConfigError(
            "there is no face to learn from or none to judge by; pass --fer2013, --muxspace or "
            "--london with pictures in which MediaPipe finds faces"
        )
    return _joined(taught), _joined(held_out)


def _pointed(images: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> PointedFaces:
    places = [landmarks[:, rows].mean(1) for rows in (LEFT_EYE, RIGHT_EYE, MOUTH)]
    # Landmarks count pixel centres from 0.
    points = (np.stack(places, 1) + 0.5) / CANVAS_PX * 2 - 1
    return PointedFaces(torch.from_numpy(images), torch.from_numpy(points.astype(np.float32)))


def _joined(parts: list[PointedFaces]) -> PointedFaces:
    return PointedFaces(
        torch.cat([part.canvases for part in parts]), torch.cat([part.points for part in parts])
    )
