"""The detectors: a frame goes in, face squares come out."""

import logging
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.errors import DetectorError
from core.faces.box import FaceBox
from core.faces.haar import HaarDetector
from core.faces.scrfd import ScrfdDetector, find_scrfd_pack
from core.faces.yunet import YuNetDetector, fetch_yunet, find_yunet

__all__ = [
    "CenterCrop",
    "FaceDetector",
    "HaarDetector",
    "ScrfdDetector",
    "YuNetDetector",
    "free_detectors",
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


@runtime_checkable
class NearDetector(FaceDetector, Protocol):
    """A detector that can save work where it knows about where a face is."""

    def detect_near(self, frame: NDArray[np.uint8], around: FaceBox) -> list[FaceBox]:
        """Find faces near a known one.

        Args:
            frame: ``(h, w, 3)`` uint8 RGB, the whole frame.
            around: The face in the frame before.

        Returns:
            Faces of about the same size within about half a side of it, frame pixels; the same
            boxes that ``detect`` finds there, but for rounding.
        """
        ...


@runtime_checkable
class ThoroughDetector(NearDetector, Protocol):
    """A detector that can take a closer look.

    Attributes:
        knows_tilt: Whether it finds a face only in the tilt that its boxes tell.
    """

    knows_tilt: bool

    def level(self, frame: NDArray[np.uint8], box: FaceBox) -> FaceBox:
        """Return a found face with the tilt of its head told more truly."""
        ...

    def glance(self, frame: NDArray[np.uint8], known: Sequence[FaceBox]) -> list[FaceBox]:
        """Find who is plainly there beside known faces, more cheaply than ``detect``.

        Args:
            frame: ``(h, w, 3)`` uint8 RGB.
            known: Faces that are left out.
        """
        ...

    def detect_from(self, frame: NDArray[np.uint8], smallest: float) -> list[FaceBox]:
        """Find faces of at least so many pixels in ``(h, w, 3)`` uint8 RGB; small ones slowly."""
        ...


class CenterCrop:
    """No detector at all: the middle of the frame is taken for a face."""

    name = "center"
    licence = "none"

    def detect(self, frame: NDArray[np.uint8]) -> list[FaceBox]:
        """See ``FaceDetector``; always exactly one square, with score 0."""
        height, width = frame.shape[:2]
        side = min(height, width) * 0.8
        return [FaceBox((width - side) / 2, (height - side) / 2, side, 0.0)]


def free_detectors() -> list[str]:
    """Names that ``open_detector`` takes and that need no download here, the best first."""
    found = {"scrfd": find_scrfd_pack, "yunet": find_yunet}
    return [*(name for name, find in found.items() if find()), "haar", "center"]


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
