from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from core.faces.box import FaceBox
from core.video import VideoFrame

# Eileen Collins' face in scikit-image's public-domain portrait, as a square from brows to chin;
# read off the picture by eye.
PORTRAIT_FACE = FaceBox(170.0, 65.0, 110.0)


@pytest.fixture(scope="session")
def portrait():
    """(512, 512, 3) uint8 RGB."""
    return np.ascontiguousarray(astronaut())


@pytest.fixture(scope="session")
def portrait_face():
    return PORTRAIT_FACE


@pytest.fixture
def write_video(tmp_path) -> Callable[..., Path]:
    """Write RGB images with OpenCV; the name's ending chooses the container."""

    def write(name: str, images: Sequence[np.ndarray], fps: float = 10.0, codec: str = "") -> Path:
        path = tmp_path / name
        default = {".webm": "VP80", ".avi": "MJPG", ".mkv": "MJPG"}.get(path.suffix, "mp4v")
        height, width = images[0].shape[:2]
        writer = cv2.VideoWriter(
            str(path),
            cv2.CAP_FFMPEG,
            cv2.VideoWriter_fourcc(*(codec or default)),
            fps,
            (width, height),
            [cv2.VIDEOWRITER_PROP_IS_COLOR, int(images[0].ndim == 3)],
        )
        assert writer.isOpened()
        for image in images:
            writer.write(image[..., ::-1] if image.ndim == 3 else image)
        writer.release()
        return path

    return write


@pytest.fixture(scope="session")
def walk(portrait) -> Callable[..., list[VideoFrame]]:
    """A face that moves over a plain wall, 320×240; ``where`` gives its shift, None hides it."""
    small = cv2.resize(portrait[20:240, 110:330], (110, 110), interpolation=cv2.INTER_AREA)

    def make(where: Sequence[tuple[int, int] | None], fps: float = 15.0) -> list[VideoFrame]:
        frames = []
        for index, place in enumerate(where):
            image = np.full((240, 320, 3), 120, np.uint8)
            if place is not None:
                x, y = place
                image[y : y + 110, x : x + 110] = small
            frames.append(VideoFrame(index, index / fps, image))
        return frames

    return make
