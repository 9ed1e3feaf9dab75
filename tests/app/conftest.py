"""Results and a predictor that need no model: smooth, plausible curves over real files."""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from core.errors import NoFaceError
from core.labels import SEVEN
from core.prediction import FrameSeries, Prediction, Progress
from core.span import WHOLE
from core.video import Part, VideoLimits, open_video


def softmax(logits):
    exponents = np.exp(logits - logits.max(-1, keepdims=True))
    return exponents / exponents.sum(-1, keepdims=True)


def jpeg(shade):
    _, encoded = cv2.imencode(".jpg", np.full((32, 32, 3), shade, np.uint8))
    return encoded.tobytes()


def make_prediction(times_s, *, labels=SEVEN, gap=None, face_id=0, uncertain=False, video="clip"):
    """A face whose happiness rises and falls; ``gap`` is a ``(start, end)`` without it [s]."""
    times_s = np.asarray(times_s, np.float64)
    found = np.ones(len(times_s), bool)
    if gap is not None:
        found = (times_s < gap[0]) | (times_s > gap[1])
    phase = np.linspace(0, np.pi, len(times_s))[:, None]
    cosines = 0.1 * np.cos(phase * np.arange(1, len(labels) + 1) + face_id)
    cosines[:, face_id % len(labels)] += 0.15 * np.sin(phase[:, 0]) + 0.05
    cosines = cosines.astype(np.float32)
    instant = (cosines + 0.01 * np.sin(40 * phase)).astype(np.float32)
    boxes = np.stack([10 + 2 * times_s, 12 + times_s, *np.full((2, len(times_s)), 40.0)], 1)

    def with_gaps(values):
        return np.where(found[:, None], values, np.nan).astype(np.float32)

    mean = cosines[found].mean(0)
    return Prediction(
        video=video,
        labels=tuple(labels),
        probabilities=softmax(mean * 20).astype(np.float32),
        similarities=mean,
        uncertain=uncertain,
        duration_s=float(times_s[-1] + times_s[1] if len(times_s) > 1 else 0.04),
        frame_size=(128, 96),
        frames_read=2 * len(times_s),
        detector="haar",
        device="cpu",
        checkpoint="fake",
        face_id=face_id,
        frames=FrameSeries(
            times_s=times_s,
            boxes=with_gaps(boxes),
            rolls=np.where(found, 10 * times_s, np.nan).astype(np.float32),
            found=found,
            similarities=with_gaps(cosines),
            probabilities=with_gaps(softmax(cosines * 20)),
            instant_similarities=with_gaps(instant),
            instant_probabilities=with_gaps(softmax(instant * 20)),
            features=with_gaps(np.ones((len(times_s), 4))),
            crops=[jpeg(90 + row % 100) if has else None for row, has in enumerate(found)],
        ),
        sampled=np.flatnonzero(found)[:16],
    )


@dataclass
class FakePredictor:
    """Same attributes and calls as ``core.predictor.Predictor``; reads files, knows no faces."""

    labels: tuple[str, ...] = SEVEN
    faces: int = 1
    limits: VideoLimits = field(default_factory=VideoLimits)
    opener: object = open_video
    pause: object = None  # called with every frame: lets a test hold the work up
    checkpoint_name: str = "fake"
    device: str = "cpu"
    detector_name: str = "haar"

    def __post_init__(self):
        self.detector = SimpleNamespace(name=self.detector_name, licence="none")
        self.card = SimpleNamespace(markdown="# Fake", metrics={}, is_demo=True)
        calibration = SimpleNamespace(margin=0.1)
        # No other model sees as this one does.
        backbone = SimpleNamespace(name=f"{self.checkpoint_name} CLIP")
        model = SimpleNamespace(
            backbone=backbone, preprocess=None, method="fake", labels=self.labels
        )
        config = SimpleNamespace(calibration=calibration, model=model)
        self.checkpoint = SimpleNamespace(config=config)
        method = SimpleNamespace(has_own_tower=False)
        self.recognizer = SimpleNamespace(model=method, device=self.device)

    def with_detector(self, detector):
        return replace(self, detector_name=detector.name)

    def predict(self, video, *, progress=None, span=WHOLE):
        return self.predict_faces(video, progress=progress, span=span)[0]

    def predict_faces(self, video, *, progress=None, span=WHOLE):
        times_s = []
        with Part(self.opener(video, self.limits), span) as source:
            for frame in source:
                times_s.append(frame.time_s)
                if self.pause is not None:
                    self.pause()
                if progress is not None:
                    progress(Progress("read", 0.5, frame.time_s))
        if not self.faces and self.detector_name != "center":
            raise NoFaceError(f"no face was found in {Path(video).name}")
        return [
            replace(
                make_prediction(times_s, labels=self.labels, face_id=each, video=str(video)),
                detector=self.detector_name,
                checkpoint=self.checkpoint_name,
                faces_followed=self.faces,
                span=span,
            )
            for each in range(self.faces or 1)
        ]


@pytest.fixture(autouse=True)
def event_loops(monkeypatch):
    """Gradio makes an event loop for each of its locks and never closes it."""
    loops = []
    make = asyncio.new_event_loop

    def keep():
        loops.append(make())
        return loops[-1]

    monkeypatch.setattr(asyncio, "new_event_loop", keep)
    yield
    for loop in loops:
        loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def prediction():
    """Two seconds at 10 frames a second, no face between 0.8 s and 1.2 s."""
    return make_prediction(np.arange(20) / 10, gap=(0.75, 1.25))


@pytest.fixture
def predictor():
    return FakePredictor()


@pytest.fixture
def clip_file(tmp_path):
    """A webm of 2 s at 10 frames a second, 128 × 96 px, that gets brighter."""
    from app.export.webm import write_webm

    path = tmp_path / "brighter.webm"
    write_webm(path, (np.full((96, 128, 3), 8 * shade, np.uint8) for shade in range(20)), 10.0)
    return path
