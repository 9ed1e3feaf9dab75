"""From a decoded frame to RGB pixels as a player shows them: upright, square, in true colours."""

import cv2
import numpy as np
from av.error import FFmpegError
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame as Decoded
from av.video.reformatter import VideoReformatter

from core.errors import DamagedFrameError
from core.video.frame import RgbImage

# Pixels between these shapes, as width by height, are believed; others are a damaged header.
PLAUSIBLE_SHAPES = (0.25, 4.0)

Matrix = tuple[int, int, int, int]

# Once a block of this size has come and gone, the C library keeps the memory of freed frames for
# the next ones instead of handing it back, and being given it anew page by page: a tenth faster.
BLOCK_BYTES = 24 << 20


class Painter:
    """Turns frames of one stream into RGB.

    Args:
        shape: Width of a stored pixel divided by its height; 1 or nothing plausible for square
            ones. Film and broadcast have others, and faces would be too thin.
    """

    def __init__(self, shape: float) -> None:
        is_plausible = PLAUSIBLE_SHAPES[0] <= shape <= PLAUSIBLE_SHAPES[1]
        self._shape = shape if is_plausible else 1.0
        np.empty(BLOCK_BYTES, np.uint8)
        self._reformatter = VideoReformatter()
        # Asked of the first frame alone: the same for all of a stream, and a frame that was asked
        # keeps its memory until the garbage collector comes by.
        self._matrix: Matrix | None = None
        self._is_asked = False

    def size_of(self, stored: tuple[int, int]) -> tuple[int, int]:
        """Width and height with square pixels of what is stored, not yet turned."""
        return round(stored[0] * self._shape), stored[1]

    def paint(self, frame: Decoded) -> RgbImage:
        """Return ``(h, w, 3)`` uint8 RGB.

        Raises:
            DamagedFrameError: FFmpeg cannot convert the frame; what stands in memory then is not
                its picture.
        """
        try:
            # The frame's own matrix and range count: BT.601, 709 or 2020, limited or full.
            rgb = self._reformatter.reformat(frame, format="rgb24", threads=1)
        except (FFmpegError, ValueError) as error:
            raise DamagedFrameError(f"a frame cannot be converted ({error})") from error
        image = np.ascontiguousarray(rgb.to_ndarray(), np.uint8)
        if not self._is_asked:
            self._matrix, self._is_asked = display_matrix(frame), True
        return _upright(self._square(image), self._matrix)

    def _square(self, image: RgbImage) -> RgbImage:
        if self._shape == 1.0:
            return image
        return np.asarray(cv2.resize(image, None, fx=self._shape, fy=1.0), np.uint8)


def display_matrix(frame: Decoded) -> Matrix | None:
    """The four numbers by which a player turns or mirrors a frame; None if it does neither.

    A pixel at (x, y) is shown at (a·x + c·y, b·x + d·y), whatever the scale of the numbers.
    """
    data = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
    if data is None:
        return None
    rows = np.frombuffer(bytes(data), np.int32).reshape(3, 3)
    a, b, c, d = (int(value) for value in rows[:2, :2].ravel())
    return a, b, c, d


def _upright(image: RgbImage, matrix: Matrix | None) -> RgbImage:
    if matrix is None:
        return image
    a, b, c, d = matrix
    if abs(b) + abs(c) > abs(a) + abs(d):
        image, across, down = image.transpose(1, 0, 2), c, b
    else:
        across, down = a, d
    image = image[:, ::-1] if across < 0 else image
    return np.ascontiguousarray(image[::-1] if down < 0 else image)
