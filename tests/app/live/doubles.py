"""Stand-ins for a camera's frames and for the model that looks at them."""

import io
import threading
import types

import numpy as np
from PIL import Image

from app.live.frames import PACKED_HEAD
from core.live_result import LiveFace, LiveResult


def jpeg(width=64, height=48, *, level=120):
    file = io.BytesIO()
    picture = np.full((height, width, 3), (level, 40, 200 - level), np.uint8)
    Image.fromarray(picture).save(file, "JPEG", quality=90)
    return file.getvalue()


def pack(frames):
    return b"".join(PACKED_HEAD.pack(time_s, len(data)) + data for time_s, data in frames)


class FakeLive:
    """Sees a face in every bright frame; the first class follows the brightness."""

    def __init__(self):
        self.smoothing_s, self.window_s, self.face = 0.6, 2.0, None
        self.seen, self.calibrations = [], 0
        self.gate = threading.Event()
        self.gate.set()

    def update(self, frame, time_s):
        assert self.gate.wait(60)
        self.seen.append((time_s, self.smoothing_s, self.window_s))
        milliseconds = {"detect": 1.0, "encode": 2.0, "synchronize": 3.0}
        if frame.mean() < 60:
            return LiveResult(time_s, None, None, None, None, None, milliseconds, 0.0)
        share = np.float32(frame[..., 0].mean() / 255)
        values = np.array([share, 1 - share], np.float32)
        crop = frame[:32, :32]
        box = (1.0, 2.0, 32.0, 32.0)
        faces = (LiveFace(0, box), LiveFace(4, (30.0, 2.0, 16.0, 16.0)))
        return LiveResult(
            time_s,
            box,
            crop,
            values,
            values,
            values,
            milliseconds,
            0.0,
            self.face or 0,
            faces,
            square=(1.0, 2.0, 32.0, 0.0),
        )

    def calibrate(self):
        self.calibrations += 1

    def forget_calibration(self):
        self.calibrations = 0


class FakePredictor:
    labels = ("happiness", "neutral")
    checkpoint_name = "fake"

    def __init__(self):
        calibration = types.SimpleNamespace(margin=0.2)
        self.checkpoint = types.SimpleNamespace(
            config=types.SimpleNamespace(calibration=calibration)
        )
        self.sessions = []

    def live(self):
        self.sessions.append(FakeLive())
        return self.sessions[-1]
