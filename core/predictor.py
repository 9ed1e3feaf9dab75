"""From a video to a prediction: the one door for the app, the command line and other programs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.checkpoint import SHIPPED, Checkpoint, CheckpointCard, load_checkpoint
from core.curves import clip_verdict
from core.device import choose_device
from core.errors import NoFaceError, VideoError
from core.faces.advice import no_face_sentence
from core.faces.detectors import FaceDetector, open_detector
from core.live import LiveSession
from core.prediction import Prediction, Progress, ProgressCallback
from core.reading import FaceReading, Reading, read_faces
from core.recognizer import Recognizer
from core.span import WHOLE, Span
from core.trust import trust_in
from core.video import Part, Video, VideoLimits, open_video
from core.video.sandbox import open_sandboxed


class Predictor:
    """Recognises perceived facial expressions in videos and live frames.

    Safe to share between threads: the model and the detector have locks of their own.

    Args:
        checkpoint: Loaded checkpoint.
        recognizer: The same, on its device.
        detector: Finds the faces.
        limits: Which videos are refused.
        opener: ``core.video.open_video``, or ``core.video.sandbox.open_sandboxed``.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        recognizer: Recognizer,
        detector: FaceDetector,
        limits: VideoLimits,
        opener: Callable[..., Video] = open_video,
    ) -> None:
        self.checkpoint = checkpoint
        self.recognizer = recognizer
        self.detector = detector
        self.limits = limits
        self.opener = opener
        self._trust = trust_in(checkpoint)

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

    def with_detector(self, detector: FaceDetector) -> "Predictor":
        """Return the same model with another detector."""
        return Predictor(self.checkpoint, self.recognizer, detector, self.limits, self.opener)

    def predict(
        self,
        video: str | Path,
        *,
        progress: ProgressCallback | None = None,
        span: Span = WHOLE,
    ) -> Prediction:
        """Recognise the main face: the largest one that is seen longest.

        Args:
            video: A video file, an animated image or a folder of frame images.
            progress: Called during the work; raising from it cancels.
            span: The part of it to look at; times stay the video's.

        Raises:
            VideoError: The input cannot be read, exceeds the limits, or ends before the span.
            NoFaceError: No face was found.
        """
        return self.predict_faces(video, progress=progress, span=span)[0]

    def predict_faces(
        self,
        video: str | Path,
        *,
        progress: ProgressCallback | None = None,
        span: Span = WHOLE,
    ) -> list[Prediction]:
        """Recognise every face, the main one first; arguments and errors as in ``predict``."""
        report = progress or (lambda _: None)

        def watch(reached_s: float, stated_s: float | None) -> None:
            end_s = min(stated_s or self.limits.duration_s, span.end_s)
            done = min(reached_s / end_s, 1.0)
            report(Progress("read", done, reached_s))

        # Told of every frame that is decoded: those that are not looked at take time, too.
        with self.opener(video, self.limits, watch=watch) as whole:
            source = whole if span.is_whole else Part(whole, span)
            reading = read_faces(source, self.detector, self.recognizer)
            if not len(reading.times_s):
                raise VideoError(
                    f"{Path(video).name} shows no frame from {span.start_s:g} s to {span.end_s:g} "
                    f"s; it ends at {source.duration_s:.2f} s"
                )
            if not reading.faces:
                raise NoFaceError(
                    no_face_sentence(
                        Path(video).name,
                        self.detector,
                        frames=len(reading.times_s),
                        frame_size=source.frame_size,
                    )
                )
            report(Progress("align", 0.0, source.duration_s))
            return [
                replace(self._prediction(str(video), source, reading, face, place), span=span)
                for place, face in enumerate(reading.faces)
            ]

    def live(self, *, smoothing_s: float = 0.6, window_s: float = 2.0) -> LiveSession:
        """Start a session that takes frames one at a time; see ``LiveSession``."""
        return LiveSession(
            self.recognizer, self.detector, smoothing_s=smoothing_s, window_s=window_s
        )

    def _prediction(
        self, video: str, source: Video, reading: Reading, face: FaceReading, place: int
    ) -> Prediction:
        verdict = clip_verdict(self.recognizer, np.stack(face.features))
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
            frames=face.series(reading.times_s, self.recognizer),
            sampled=np.asarray(face.rows, np.int64)[verdict.rows],
            faces_followed=reading.faces_followed,
            damaged_frames=source.damaged_frames,
            missing_s=source.missing_s,
            trust=self._trust,
            crop_scale=self.recognizer.config.model.preprocess.crop_scale,
        )


def load_predictor(
    checkpoint: str | Path = SHIPPED,
    *,
    device: str = "auto",
    detector: str = "auto",
    backbone_weights: str = "openai",
    limits: VideoLimits | None = None,
    sandbox: bool = False,
) -> Predictor:
    """Load everything a prediction needs.

    Args:
        checkpoint: A folder or a hub id; the shipped one by default.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        detector: ``auto``, ``scrfd``, ``yunet``, ``haar`` or ``center``.
        backbone_weights: Where OpenAI's weights are, for a checkpoint that needs them.
        limits: Which videos are refused.
        sandbox: Whether another process decodes: for files of strangers.

    Raises:
        CheckpointError, ConfigError, BackboneError: The checkpoint cannot be loaded.
        DeviceError: The device is not there.
        DetectorError: The named detector cannot be started.
    """
    chosen = choose_device(device)
    loaded = load_checkpoint(checkpoint, backbone_weights=backbone_weights)
    return Predictor(
        loaded,
        Recognizer(loaded, chosen),
        open_detector(detector),
        limits or VideoLimits(),
        open_sandboxed if sandbox else open_video,
    )
