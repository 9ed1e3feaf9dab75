"""From a video to a prediction: the one door for the app, the command line and other programs."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.checkpoint import SHIPPED, Checkpoint, CheckpointCard, load_checkpoint
from core.curves import clip_verdict, instant_similarities, windowed_similarities
from core.device import choose_device
from core.errors import NoFaceError
from core.faces.box import FaceBox
from core.faces.detectors import FaceDetector, open_detector
from core.faces.follow import Observation, ObservedFace, follow_faces, rank_faces
from core.faces.thumbnail import make_thumbnail
from core.live import LiveSession
from core.pacing import pace
from core.prediction import Array, FrameSeries, Prediction, Progress, ProgressCallback
from core.recognizer import BATCH, Recognizer
from core.video import Video, VideoLimits, open_video


@dataclass
class _Face:
    """What is kept of one face while a video streams by."""

    rows: list[int] = field(default_factory=list)
    boxes: list[FaceBox] = field(default_factory=list)
    thumbnails: list[bytes] = field(default_factory=list)
    features: list[Array] = field(default_factory=list)


@dataclass
class _Reading:
    """What is kept of a video: never a frame."""

    times_s: list[float] = field(default_factory=list)
    faces: dict[int, _Face] = field(default_factory=dict)
    waiting: list[tuple[int, NDArray[np.uint8]]] = field(default_factory=list)


class Predictor:
    """Recognises perceived facial expressions in videos and live frames.

    Safe to share between threads: the model and the detector have locks of their own.

    Args:
        checkpoint: Loaded checkpoint.
        recognizer: The same, on its device.
        detector: Finds the faces.
        limits: Which videos are refused.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        recognizer: Recognizer,
        detector: FaceDetector,
        limits: VideoLimits,
    ) -> None:
        self.checkpoint = checkpoint
        self.recognizer = recognizer
        self.detector = detector
        self.limits = limits

    @property
    def labels(self) -> tuple[str, ...]:
        """``K`` class names in the order of every output."""
        return self.recognizer.labels

    @property
    def checkpoint_name(self) -> str:
        """Folder name or hub id of the weights."""
        return self.checkpoint.name

    @property
    def card(self) -> CheckpointCard:
        """Model card and metrics of the weights."""
        return self.checkpoint.card

    @property
    def device(self) -> str:
        """``cpu`` or ``cuda``."""
        return self.recognizer.device.type

    def predict(self, video: str | Path, *, progress: ProgressCallback | None = None) -> Prediction:
        """Recognise the main face: the largest one that is seen longest.

        Args:
            video: A video file, an animated image or a folder of frame images.
            progress: Called during the work; raising from it cancels.

        Raises:
            VideoError: The input cannot be read or exceeds the limits.
            NoFaceError: No face was found.
        """
        return self.predict_faces(video, progress=progress)[0]

    def predict_faces(
        self, video: str | Path, *, progress: ProgressCallback | None = None
    ) -> list[Prediction]:
        """Recognise every face, the main one first; arguments and errors as in ``predict``."""
        report = progress or (lambda _: None)
        with open_video(video, self.limits) as source:
            reading, observations = self._read(source, report)
            ranked = rank_faces(observations)
            if not ranked:
                raise NoFaceError(
                    f"no face was found in {Path(video).name} ({len(reading.times_s)} frames "
                    f"searched with the {self.detector.name} detector); use a video with a "
                    "frontal face that fills at least a tenth of the picture"
                )
            report(Progress("align", 0.0, source.duration_s))
            return [
                self._prediction(str(video), source, reading, face_id, place)
                for place, face_id in enumerate(ranked)
            ]

    def live(self, *, smoothing_s: float = 0.6, window_s: float = 2.0) -> LiveSession:
        """Start a session that takes frames one at a time; see ``LiveSession``."""
        return LiveSession(
            self.recognizer, self.detector, smoothing_s=smoothing_s, window_s=window_s
        )

    def _read(self, source: Video, report: ProgressCallback) -> tuple[_Reading, list[Observation]]:
        """Stream through the video once, encoding crops as they come."""
        reading = _Reading()
        observations = []
        scale = self.recognizer.config.model.preprocess.crop_scale
        expected_s = source.stated_s or self.limits.duration_s
        for observation in follow_faces(pace(source), self.detector, crop_scale=scale):
            row = len(reading.times_s)
            reading.times_s.append(observation.time_s)
            for face in observation.faces:
                self._keep(reading, row, face, source.scale)
            observations.append(observation.without_crops())
            if len(reading.waiting) >= BATCH:
                self._encode(reading)
            report(Progress("read", min(observation.time_s / expected_s, 1.0), observation.time_s))
        self._encode(reading)
        return reading, observations

    @staticmethod
    def _keep(reading: _Reading, row: int, face: ObservedFace, scale: float) -> None:
        kept = reading.faces.setdefault(face.face_id, _Face())
        kept.rows.append(row)
        kept.boxes.append(face.box.scaled(1 / scale))
        kept.thumbnails.append(make_thumbnail(face.crop))
        reading.waiting.append((face.face_id, face.crop))

    def _encode(self, reading: _Reading) -> None:
        if reading.waiting:
            features = self.recognizer.encode([crop for _, crop in reading.waiting])
            for (face_id, _), feature in zip(reading.waiting, features, strict=True):
                reading.faces[face_id].features.append(feature)
            reading.waiting.clear()

    def _prediction(
        self, video: str, source: Video, reading: _Reading, face_id: int, place: int
    ) -> Prediction:
        face = reading.faces[face_id]
        features = np.stack(face.features)
        verdict = clip_verdict(self.recognizer, features)
        series = self._series(reading, face, features)
        ordered = np.sort(verdict.probabilities)
        return Prediction(
            video=video,
            labels=self.labels,
            probabilities=verdict.probabilities,
            similarities=verdict.similarities,
            uncertain=bool(ordered[-1] - ordered[-2] < self.recognizer.config.calibration.margin),
            duration_s=source.duration_s,
            frame_size=source.frame_size,
            frames_read=source.frames_read,
            detector=self.detector.name,
            device=self.device,
            checkpoint=self.checkpoint_name,
            face_id=place,
            frames=series,
            sampled=np.asarray(face.rows, np.int64)[verdict.rows],
        )

    def _series(self, reading: _Reading, face: _Face, features: Array) -> FrameSeries:
        times_s = np.asarray(reading.times_s, np.float64)
        rows = np.asarray(face.rows, np.int64)
        windowed = windowed_similarities(self.recognizer, features, times_s[rows])
        instant = instant_similarities(self.recognizer, features)
        boxes = np.array([[box.x, box.y, box.side, box.side] for box in face.boxes], np.float32)
        found = np.zeros(len(times_s), bool)
        found[rows] = True
        crops: list[bytes | None] = [None] * len(times_s)
        for row, thumbnail in zip(rows, face.thumbnails, strict=True):
            crops[row] = thumbnail

        def with_gaps(values: Array) -> Array:
            spread = np.full((len(times_s), values.shape[1]), np.nan, np.float32)
            spread[rows] = values
            return spread

        return FrameSeries(
            times_s=times_s,
            boxes=with_gaps(boxes),
            found=found,
            similarities=with_gaps(windowed),
            probabilities=with_gaps(self.recognizer.probabilities(windowed)),
            instant_similarities=with_gaps(instant),
            instant_probabilities=with_gaps(self.recognizer.probabilities(instant)),
            features=with_gaps(features),
            crops=crops,
        )


def load_predictor(
    checkpoint: str | Path = SHIPPED,
    *,
    device: str = "auto",
    detector: str = "auto",
    backbone_weights: str = "openai",
    limits: VideoLimits | None = None,
) -> Predictor:
    """Load everything a prediction needs.

    Args:
        checkpoint: A folder or a hub id; the shipped one by default.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        detector: ``auto``, ``scrfd``, ``yunet``, ``haar`` or ``center``.
        backbone_weights: Where OpenAI's weights are, for a checkpoint that needs them.
        limits: Which videos are refused.

    Raises:
        CheckpointError, ConfigError, BackboneError: The checkpoint cannot be loaded.
        DeviceError: The device is not there.
        DetectorError: The named detector cannot be started.
    """
    chosen = choose_device(device)
    loaded = load_checkpoint(checkpoint, backbone_weights=backbone_weights)
    return Predictor(
        loaded, Recognizer(loaded, chosen), open_detector(detector), limits or VideoLimits()
    )
