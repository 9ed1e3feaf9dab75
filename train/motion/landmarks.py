"""Where the features of a still face lie and which facial actions it shows, by MediaPipe."""

import hashlib
import itertools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from core.errors import DataError

logger = logging.getLogger(__name__)

# The landmarker was trained on photographs: a 64-px canvas is enlarged to this side first.
SEARCH_PX = 256
# MediaPipe's point for each of the 68 customary landmarks, read off its published mesh map.
POINTS_OF_68 = tuple(
    itertools.chain(
        (162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389),  # jaw
        (71, 63, 105, 66, 107, 336, 296, 334, 293, 301),  # brows
        (168, 197, 5, 4, 75, 97, 2, 326, 305),  # nose
        (33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),  # eyes
        (61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),  # outer lips
        (78, 82, 13, 312, 308, 317, 14, 87),  # inner lips
    )
)
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
        with np.load(cache) as data:
            kept = {field.name: data[field.name] for field in fields(Landmarks)}
        if str(kept["digest"]) == digest:
            return Landmarks(**(kept | {"digest": digest}))
        logger.info("%s belongs to other images: it is made again", cache)
    if model is None:
        raise DataError(
            f"{cache} holds no landmarks of these {len(images)} images; pass --landmarker with "
            "MediaPipe's face_landmarker.task"
        )
    found = detect_landmarks(images, model)
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.savez(cache, **{field.name: getattr(found, field.name) for field in fields(Landmarks)})
    return found


def detect_landmarks(images: NDArray[np.uint8], model: Path) -> Landmarks:
    """Find the features of each canvas; about 10 ms each on one core.

    Args:
        images: ``(N, 64, 64)`` uint8 grey canvases.
        model: MediaPipe's ``face_landmarker.task``.

    Raises:
        DataError: MediaPipe is not installed or the model file is missing.
    """
    points = np.full((len(images), 68, 2), np.nan, np.float32)
    scores = np.full((len(images), ACTION_COUNT), np.nan, np.float32)
    actions = np.array([""] * ACTION_COUNT)
    # Pixel centres: (i + 0.5) / width maps to i, hence the half pixel.
    scale = np.array(images.shape[:0:-1], np.float32)
    with _landmarker(model) as detect:
        for row, image in enumerate(tqdm(images, desc="landmarks", mininterval=2)):
            result = detect(image)
            if not result.face_landmarks:
                continue
            face = result.face_landmarks[0]
            found = np.array([(face[i].x, face[i].y) for i in POINTS_OF_68], np.float32)
            points[row] = found * scale - 0.5
            scores[row] = [shape.score for shape in result.face_blendshapes[0]]
            actions = np.array([shape.category_name for shape in result.face_blendshapes[0]])
    return Landmarks(points, scores, actions, digest_of(images))


@contextmanager
def _landmarker(model: Path) -> Iterator[Any]:
    if not model.is_file():
        raise DataError(f"{model} is missing; --landmarker names MediaPipe's face_landmarker.task")
    try:  # heavy and optional: only the first run over a collection needs it
        import mediapipe
        from mediapipe.tasks.python import BaseOptions
        from mediapipe.tasks.python.vision import FaceLandmarker, FaceLandmarkerOptions
    except ImportError as error:
        raise DataError(
            f"MediaPipe is missing ({error}); pip install -r requirements-train.txt"
        ) from error
    options = FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)),
        output_face_blendshapes=True,
        min_face_detection_confidence=0.3,
    )
    with FaceLandmarker.create_from_options(options) as landmarker:

        def detect(image: NDArray[np.uint8]) -> Any:
            large = cv2.resize(image, (SEARCH_PX, SEARCH_PX), interpolation=cv2.INTER_CUBIC)
            rgb = np.ascontiguousarray(cv2.cvtColor(large, cv2.COLOR_GRAY2RGB))
            return landmarker.detect(
                mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=rgb)
            )

        yield detect
