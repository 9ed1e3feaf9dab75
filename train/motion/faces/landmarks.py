"""Where the features of a still face lie and which facial actions it shows, by MediaPipe."""

import hashlib
import logging
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from core.cues.mesh import MediaPipeLandmarker
from core.errors import DataError
from train.runtime.arrays import read_arrays, write_arrays

logger = logging.getLogger(__name__)

ACTION_COUNT = 52


@dataclass(frozen=True)
class Landmarks:
    """Features of many stills; rows of stills without a detected face are NaN.

    Attributes:
        points: ``(N, 68, 2)`` float32, x and y [px of the canvas, pixel centres at integers].
        scores: ``(N, 52)`` float32 strength of each facial action, 0-1.
        actions: ``(52,)`` names of the actions (Apple's ARKit names).
        digest: Fingerprint of the images that they belong to.
    """

    points: NDArray[np.float32]
    scores: NDArray[np.float32]
    actions: NDArray[np.str_]
    digest: str

    @property
    def found(self) -> NDArray[np.bool_]:
        """``(N,)`` whether a face was found."""
        return np.asarray(np.isfinite(self.points[:, 0, 0]), np.bool_)


def digest_of(images: NDArray[np.uint8]) -> str:
    """Fingerprint of a stack of images."""
    return hashlib.sha256(np.ascontiguousarray(images).tobytes()).hexdigest()[:16]


def cached_landmarks(images: NDArray[np.uint8], cache: Path, model: Path | None) -> Landmarks:
    """Read the landmarks of a stack of canvases, or find them once and keep them.

    Args:
        images: ``(N, 64, 64)`` uint8 grey canvases.
        cache: File that holds them, or will.
        model: MediaPipe's ``face_landmarker.task``; only needed when the cache does not fit.

    Raises:
        DataError: The cache is missing or belongs to other images, and no model is given.
    """
    digest = digest_of(images)
    if cache.exists():
        kept = _kept(cache)
        if kept.keys() >= {field.name for field in fields(Landmarks)}:
            if str(kept["digest"]) == digest:
                return Landmarks(**(kept | {"digest": digest}))
            logger.info("%s belongs to other images: it is made again", cache)
    if model is None:
        raise DataError(
            f"{cache} holds no landmarks of these {len(images)} images; pass --landmarker with "
            "MediaPipe's face_landmarker.task"
        )
    found = detect_landmarks(images, model)
    write_arrays(cache, **{field.name: getattr(found, field.name) for field in fields(Landmarks)})
    return found


def _kept(cache: Path) -> dict[str, Any]:
    """What was kept; nothing if it cannot be read, as it can be found again."""
    try:
        return dict(read_arrays(cache))
    except DataError as error:
        logger.warning("%s: it is made again", error)
        return {}


def detect_landmarks(images: NDArray[np.uint8], model: Path) -> Landmarks:
    """Find the features of each canvas; about 10 ms each on one core.

    Args:
        images: ``(N, 64, 64)`` uint8 grey canvases.
        model: MediaPipe's ``face_landmarker.task``.

    Raises:
        CueError: MediaPipe is not installed or the model file is missing.
    """
    points = np.full((len(images), 68, 2), np.nan, np.float32)
    scores = np.full((len(images), ACTION_COUNT), np.nan, np.float32)
    actions = np.array([""] * ACTION_COUNT)
    with MediaPipeLandmarker(model) as landmarker:
        for row, image in enumerate(tqdm(images, desc="landmarks", mininterval=2)):
            face = landmarker.find_mesh(np.repeat(image[..., None], 3, 2))
            if face is not None:
                points[row], scores[row], actions = face.points, face.scores, face.actions
    return Landmarks(points, scores, actions, digest_of(images))
