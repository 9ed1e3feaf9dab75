"""How are mp4, mov, mkv, avi and webm files decoded?"""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from core.errors import VideoError
from core.video.frame import NOMINAL_FPS, RgbImage, SourceFrame
from core.video.timing import Clock

logger = logging.getLogger(__name__)

# Browser recordings claim 1000 frames per second or none.
PLAUSIBLE_FPS = (0.01, 300.0)
PLAUSIBLE_FRAMES = 10**8
# An end earlier than stated by more than this share, and this long [s], is reported.
MISSING_SHARE = 0.05
MISSING_S = 0.5
# Pixels between these shapes, as width by height, are believed; others are a damaged header.
PLAUSIBLE_SHAPES = (0.25, 4.0)


class ContainerSource:
    """A video file, decoded by the FFmpeg inside OpenCV.

    OpenCV turns frames upright by the container's rotation, and its ``POS_MSEC`` is the timestamp
    of the frame grabbed last, less the start time of the stream. Its frame count is garbage for
    streams without a stated length. It leaves pixels as they are stored: those of film and
    broadcast, which are not square, are brought into shape here, or faces would be too thin.

    Args:
        path: An existing file.

    Raises:
        VideoError: Nothing in the file can be decoded as video.
    """

    def __init__(self, path: Path) -> None:
        _silence_decoder()
        self._name = path.name
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise VideoError(
                f"{path.name} cannot be read as a video: it is cut off, damaged, of an unknown "
                f"format or holds sound only; choose another file"
            )
        if not self._capture.grab():
            self.close()
            raise VideoError(f"{path.name} is a video without a single frame; choose another file")
        size = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        self._stretch = _stretch_of(self._capture)
        stored = (self._capture.get(name) for name in size)
        width, height = (side * factor for side, factor in zip(stored, self._stretch, strict=True))
        self.stated_size = (round(width), round(height))
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        is_plausible = PLAUSIBLE_FPS[0] <= fps <= PLAUSIBLE_FPS[1]
        self._step_s = 1 / (fps if is_plausible else NOMINAL_FPS)
        # Some containers count from time zero although their first frame comes later.
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        count -= max(self._capture.get(cv2.CAP_PROP_PTS), 0)
        self.stated_frames = int(count) if is_plausible and 0 < count < PLAUSIBLE_FRAMES else None
        self.stated_s = self.stated_frames * self._step_s if self.stated_frames else None

    def frames(self) -> Iterator[SourceFrame]:
        """See ``FrameSource``; a file that breaks off gives the frames before."""
        clock = Clock(self._step_s)
        end_s = 0.0
        is_grabbed = True  # the first frame, on opening
        while is_grabbed:
            is_decoded, image = self._capture.retrieve()
            if not is_decoded:
                break
            stamp_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            time_s = clock.time_of(stamp_s)
            end_s = time_s + self._step_s
            rgb = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
            yield SourceFrame(time_s, self._step_s, self._square(rgb))
            is_grabbed = self._capture.grab()
        if self.stated_s and self.stated_s - end_s > max(MISSING_S, MISSING_SHARE * self.stated_s):
            logger.warning(
                "%s breaks off at %.1f s of the stated %.1f s; the frames before are used",
                self._name,
                end_s,
                self.stated_s,
            )

    def close(self) -> None:
        """See ``FrameSource``."""
        self._capture.release()

    def _square(self, image: RgbImage) -> RgbImage:
        """Give a frame square pixels."""
        if self._stretch == (1.0, 1.0):
            return image
        across, down = self._stretch
        return np.asarray(cv2.resize(image, None, fx=across, fy=down), np.uint8)


def _stretch_of(capture: cv2.VideoCapture) -> tuple[float, float]:
    """Factors of width and height that make an upright frame's pixels square; one of them is 1."""
    shape = capture.get(cv2.CAP_PROP_SAR_NUM) / max(capture.get(cv2.CAP_PROP_SAR_DEN), 1.0)
    if not PLAUSIBLE_SHAPES[0] <= shape <= PLAUSIBLE_SHAPES[1]:
        return 1.0, 1.0
    # The shape is that of stored pixels, which a turn by a quarter lays on their side.
    is_turned = capture.get(cv2.CAP_PROP_ORIENTATION_META) % 180 != 0
    return (1.0, shape) if is_turned else (shape, 1.0)


def _silence_decoder() -> None:
    # What FFmpeg would print on standard error about a damaged file becomes a VideoError here.
    # OpenCV reads the variable when it first opens a video; -8 is FFmpeg's AV_LOG_QUIET.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
