"""Where are the landmarks of a face and which actions does it show, by MediaPipe's face mesh?"""

import hashlib
import itertools
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import CueError

Points = NDArray[np.float32]

TASK_FILE = "face_landmarker.task"
# Landmarkers were trained on photographs: small pictures are enlarged to this side first.
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


@dataclass(frozen=True)
class MeshFace:
    """What MediaPipe says of a face.

    Attributes:
        points: ``(68, 2)`` float32 [px, pixel centres at integers].
        scores: ``(52,)`` float32 strength of each facial action, 0-1.
        actions: ``(52,)`` names of the actions (Apple's ARKit names).
    """

    points: Points
    scores: NDArray[np.float32]
    actions: NDArray[np.str_]


class MediaPipeLandmarker:
    """MediaPipe's face mesh, cut down to 68 points; about 20 ms per picture on one core.

    Args:
        model: Its file ``face_landmarker.task``.

    Raises:
        CueError: MediaPipe is not installed or the file is missing or none of its own.
    """

    def __init__(self, model: Path) -> None:
        if not model.is_file():
            raise CueError(f"{model} is missing; --landmarker names MediaPipe's {TASK_FILE}")
        try:  # heavy and optional
            import mediapipe
            from mediapipe.tasks.python import BaseOptions
            from mediapipe.tasks.python.vision import FaceLandmarker, FaceLandmarkerOptions
        except ImportError as error:
            raise CueError(
                f"MediaPipe is missing ({error}); pip install -r requirements-train.txt"
            ) from error
        options = FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(model)),
            output_face_blendshapes=True,
            min_face_detection_confidence=0.3,
        )
        try:
            self._landmarker: Any = FaceLandmarker.create_from_options(options)
        except (RuntimeError, ValueError) as error:
            raise CueError(f"{model} is not MediaPipe's {TASK_FILE}; fetch it again") from error
        self._mediapipe = mediapipe
        self._lock = threading.Lock()
        digest = hashlib.sha256(model.read_bytes()).hexdigest()[:12]
        self.name = f"mediapipe-{digest}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """See ``core.cues.landmarker.Landmarker``."""
        self._landmarker.close()

    def find(self, image: NDArray[np.uint8]) -> Points | None:
        """See ``core.cues.landmarker.Landmarker``."""
        face = self.find_mesh(image)
        return face.points if face else None

    def find_mesh(self, image: NDArray[np.uint8]) -> MeshFace | None:
        """Find the face with its actions; see ``find``."""
        rgb = np.ascontiguousarray(enlarged(image))
        picture = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=rgb)
        with self._lock:
            result = self._landmarker.detect(picture)
        if not result.face_landmarks:
            return None
        mesh, shapes = result.face_landmarks[0], result.face_blendshapes[0]
        shares = np.array([(mesh[i].x, mesh[i].y) for i in POINTS_OF_68], np.float32)
        # Pixel centres: (i + 0.5) / width maps to i, hence the half pixel.
        size = np.array(image.shape[1::-1], np.float32)
        return MeshFace(
            shares * size - 0.5,
            np.array([shape.score for shape in shapes], np.float32),
            np.array([shape.category_name for shape in shapes]),
        )


def enlarged(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture with its shorter side at least ``SEARCH_PX``."""
    shorter = min(image.shape[:2])
    if shorter >= SEARCH_PX:
        return image
    size = tuple(round(length * SEARCH_PX / shorter) for length in image.shape[1::-1])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8)
