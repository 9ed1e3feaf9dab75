"""A long clip must not need much more memory than a short one: frames are never kept."""

import json
import tracemalloc

import numpy as np
import pytest

from app.export.webm import write_webm
from app.figures.studio import studio_data
from core.predictor import load_predictor

SIDE_PX = 320
FRAME_BYTES = SIDE_PX * SIDE_PX * 3
FPS = 10


@pytest.fixture
def peak_bytes(tiny_checkpoint, tmp_path):
    predictor = load_predictor(tiny_checkpoint, device="cpu", detector="center")

    def measure(frames):
        path = tmp_path / f"{frames}.webm"
        ramp = np.linspace(0, 120, SIDE_PX, dtype=np.uint8)[:, None, None]
        images = (
            np.broadcast_to(ramp + each % 100, (SIDE_PX, SIDE_PX, 3)) for each in range(frames)
        )
        write_webm(path, images, FPS)
        tracemalloc.start()
        try:
            faces = predictor.predict_faces(path)
            assert len(faces[0].frames.times_s) == frames
            json.dumps(studio_data(faces, title="clip"))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    return measure


def test_memory_hardly_grows_with_the_length_of_a_clip(peak_bytes):
    # The first clip pays for what is imported and cached once.
    short, long = min(peak_bytes(40), peak_bytes(40)), peak_bytes(120)
    # A small picture of the face and some numbers stay of each frame, far less than the frame.
    assert (long - short) / 80 < 0.1 * FRAME_BYTES
