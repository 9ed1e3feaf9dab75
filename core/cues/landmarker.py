"""Where are the 68 customary landmarks of the face in a picture?"""

import os
import threading
import warnings
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from core.cues.mesh import SEARCH_PX, TASK_FILE, MediaPipeLandmarker, Points, enlarged
from core.errors import CueError

# A tight crop leaves the detector no surroundings; black ones of this share of the side found the
# face in 80 of 80 canvases of 48 px, against 76 without and 76 with a repeated border.
MARGIN = 0.25
PACK_FILE = "1k3d68.onnx"


class Landmarker(Protocol):
    """What the rest of the program knows about a landmarker; safe to share between threads.

    Attributes:
        name: Program and weights, the identity of what it finds.
    """

    name: str

    def find(self, image: NDArray[np.uint8]) -> Points | None:
        """Find the clearest face in ``(h, w, 3)`` uint8 RGB.

        Returns:
            ``(68, 2)`` float32 x and y [px, pixel centres at integers]; None without a face.
        """
        ...

    def close(self) -> None:
        """Let go of the weights."""
        ...


class InsightFaceLandmarker:
    """The 68 points of an insightface pack; its weights are for non-commercial research only.

    Args:
        pack: Folder of the pack, as ``find_landmark_pack`` returns it.

    Raises:
        CueError: insightface is not installed or the pack cannot be loaded.
    """

    def __init__(self, pack: Path) -> None:
        try:  # heavy: only when this landmarker is used
            from insightface.app import FaceAnalysis
        except ImportError as error:
            raise CueError(
                f"insightface is missing ({error}); pip install -r requirements.txt"
            ) from error
        modules = ["detection", "landmark_3d_68"]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._analysis: Any = FaceAnalysis(
                    pack.name, root=str(pack.parents[1]), allowed_modules=modules
                )
                self._analysis.prepare(ctx_id=-1, det_size=(SEARCH_PX, SEARCH_PX))
        # insightface raises bare AssertionErrors and whatever onnxruntime raises.
        except Exception as error:
            raise CueError(
                f"the insightface pack {pack} could not be loaded ({type(error).__name__}); "
                "fetch it again or pass --landmarker"
            ) from error
        self._lock = threading.Lock()
        self.name = f"insightface-{pack.name}"

    def close(self) -> None:
        """See ``Landmarker``."""

    def find(self, image: NDArray[np.uint8]) -> Points | None:
        """See ``Landmarker``."""
        large = enlarged(image)
        with self._lock:
            faces = self._analysis.get(cv2.cvtColor(large, cv2.COLOR_RGB2BGR))
        if not faces:
            return None
        best = max(faces, key=lambda face: float(face.det_score))
        scale = np.array(image.shape[1::-1]) / np.array(large.shape[1::-1])
        points = (np.asarray(best.landmark_3d_68)[:, :2] + 0.5) * scale - 0.5
        return np.asarray(points, np.float32)


def open_landmarker(model: Path | None = None) -> Landmarker:
    """Start the landmarker that is there; nothing is ever downloaded.

    Args:
        model: MediaPipe's ``face_landmarker.task``; None takes the one that the environment
            variable ``A3LIGN_LANDMARKER`` names, else an insightface pack that is on disk.

    Raises:
        CueError: None can be started.
    """
    if model is None and (given := os.environ.get("A3LIGN_LANDMARKER")):
        model = Path(given)
    if model is not None:
        return MediaPipeLandmarker(model)
    if pack := find_landmark_pack():
        return InsightFaceLandmarker(pack)
    raise CueError(
        f"no landmarker is at hand; pass --landmarker with MediaPipe's {TASK_FILE} (and pip "
        f"install -r requirements-train.txt), or put an insightface pack with {PACK_FILE}, such "
        "as buffalo_l, under ~/.insightface/models"
    )


def find_landmark_pack() -> Path | None:
    """Folder of an insightface pack on disk that has 68 landmarks, smallest first."""
    root = Path(os.environ.get("INSIGHTFACE_HOME", Path.home() / ".insightface")) / "models"
    packs = (root / name for name in ("buffalo_s", "buffalo_m", "buffalo_l"))
    return next((pack for pack in packs if (pack / PACK_FILE).is_file()), None)


def landmarks_of(square: NDArray[np.uint8], landmarker: Landmarker) -> Points:
    """Find the landmarks of a face crop.

    Args:
        square: ``(side, side, 3)`` uint8 RGB, a crop that may be as tight as the face.
        landmarker: Finds them.

    Returns:
        ``(68, 2)`` float32 as shares of the crop, its middle at 0 and its edges at -0.5 and 0.5;
        points of a chin below it lie beyond. NaN without a face.
    """
    side = square.shape[0]
    margin = round(side * MARGIN)
    framed = np.pad(square, [(margin, margin), (margin, margin), (0, 0)])
    found = landmarker.find(framed)
    if found is None:
        return np.full((68, 2), np.nan, np.float32)
    return np.asarray((found - margin + 0.5) / side - 0.5, np.float32)
