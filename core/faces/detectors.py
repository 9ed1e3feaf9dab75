"""The detectors: a frame goes in, face squares come out."""

import logging
import os
import warnings
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import DetectorError
from core.faces.box import FaceBox
from core.faces.opencv import YUNET_FILE, YUNET_REPOSITORY, HaarDetector, YuNetDetector
from core.faces.region import SEARCH_PX

__all__ = [
    "CenterCrop",
    "FaceDetector",
    "HaarDetector",
    "ScrfdDetector",
    "YuNetDetector",
    "open_detector",
]

logger = logging.getLogger(__name__)


class FaceDetector(Protocol):
    """What the rest of the program knows about a detector; safe to share between threads.

    Attributes:
        name: Short name for results and the screen.
        licence: Licence of its weights, as one phrase.
    """

    name: str
    licence: str

    def detect(self, frame: NDArray[np.uint8]) -> list[FaceBox]:
        """Find faces in ``(h, w, 3)`` uint8 RGB; any order, frame pixels."""
        ...


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


class CenterCrop:
    """No detector at all: the middle of the frame is taken for a face."""

    name = "center"
    licence = "none"

    def detect(self, frame: NDArray[np.uint8]) -> list[FaceBox]:
        """See ``FaceDetector``; always exactly one square, with score 0."""
        height, width = frame.shape[:2]
        side = min(height, width) * 0.8
        return [FaceBox((width - side) / 2, (height - side) / 2, side, 0.0)]


def find_scrfd_pack() -> str | None:
    """Name of an insightface pack that is on disk, smallest first."""
    root = Path(os.environ.get("INSIGHTFACE_HOME", Path.home() / ".insightface")) / "models"
    for pack in ("buffalo_sc", "buffalo_s", "buffalo_m", "buffalo_l"):
        if any((root / pack).glob("*.onnx")):
            return pack
    return None


def find_yunet() -> Path | None:
    """YuNet's file, if ``A3LIGN_YUNET`` names it or the hub cache holds it."""
    if given := os.environ.get("A3LIGN_YUNET"):
        path = Path(given)
        if not path.is_file():
            raise DetectorError(f"A3LIGN_YUNET names {given}, which is not a file")
        return path
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(YUNET_REPOSITORY, YUNET_FILE)
    return Path(cached) if isinstance(cached, str) else None


def fetch_yunet() -> Path:
    """Download YuNet's file from the hub."""
    from huggingface_hub import hf_hub_download

    try:
        return Path(hf_hub_download(YUNET_REPOSITORY, YUNET_FILE))
    except (OSError, ValueError) as error:
        raise DetectorError(
            f"YuNet could not be fetched from {YUNET_REPOSITORY} ({type(error).__name__}); "
            f"download {YUNET_FILE} elsewhere and name it in A3LIGN_YUNET"
        ) from error


def open_detector(name: str = "auto") -> FaceDetector:
    """Start a detector, or the best one that needs no download.

    Args:
        name: ``auto``, ``scrfd``, ``yunet``, ``haar`` or ``center``. Named detectors may download
            their file; ``auto`` never does.

    Raises:
        DetectorError: The named detector cannot be started, or the name is unknown.
    """
    match name:
        case "auto":
            return _best_available()
        case "scrfd":
            return ScrfdDetector(find_scrfd_pack() or "buffalo_sc")
        case "yunet":
            return YuNetDetector(find_yunet() or fetch_yunet())
        case "haar":
            return HaarDetector()
        case "center":
            return CenterCrop()
    raise DetectorError(f"unknown detector {name!r}; choose auto, scrfd, yunet, haar or center")


def _best_available() -> FaceDetector:
    steps = (
        lambda: ScrfdDetector(pack) if (pack := find_scrfd_pack()) else None,
        lambda: YuNetDetector(path) if (path := find_yunet()) else None,
        HaarDetector,
    )
    for step in steps:
        try:
            detector: FaceDetector | None = step()
        except DetectorError as error:
            logger.warning("detector skipped: %s", error)
            continue
        if detector is not None:
            return detector
    logger.warning("no face detector is available: the centre of each frame is used instead")
    return CenterCrop()
