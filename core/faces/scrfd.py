"""SCRFD from an insightface pack that is on disk or asked for."""

import os
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import DetectorError
from core.faces.box import FaceBox
from core.faces.region import SEARCH_PX


class ScrfdDetector:
    """SCRFD from an insightface pack; detection only, no identity features are loaded."""

    name = "scrfd"
    licence = "non-commercial research only (insightface model packs)"

    def __init__(self, pack: str = "buffalo_sc") -> None:
        from insightface.app import FaceAnalysis  # heavy: only when this detector is used

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._analysis: Any = FaceAnalysis(pack, allowed_modules=["detection"])
                self._analysis.prepare(ctx_id=-1, det_size=(SEARCH_PX, SEARCH_PX))
        # insightface raises a bare AssertionError for an empty folder and whatever requests raises
        # for a failed download.
        except Exception as error:
            raise DetectorError(
                f"insightface pack {pack!r} could not be loaded ({type(error).__name__}); put it "
                f"under ~/.insightface/models/{pack} or choose another detector"
            ) from error

    def detect(self, frame: NDArray[np.uint8]) -> list[FaceBox]:
        """See ``FaceDetector``."""
        faces = self._analysis.get(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        boxes = []
        for face in faces:
            left, top, right, bottom = map(float, face.bbox)
            boxes.append(
                FaceBox.from_tight_box(left, top, right - left, bottom - top, float(face.det_score))
            )
        return boxes


def find_scrfd_pack() -> str | None:
    """Name of an insightface pack that is on disk, smallest first."""
    root = Path(os.environ.get("INSIGHTFACE_HOME", Path.home() / ".insightface")) / "models"
    for pack in ("buffalo_sc", "buffalo_s", "buffalo_m", "buffalo_l"):
        if any((root / pack).glob("*.onnx")):
            return pack
    return None
