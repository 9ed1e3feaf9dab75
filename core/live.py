"""Recognise expressions while frames arrive one at a time."""

import time
from collections import deque

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.faces.box import FaceBox, crop_face
from core.faces.choice import FaceChoice
from core.faces.detectors import FaceDetector
from core.faces.framing.framer import shipped_framer
from core.faces.search import RegionSearch
from core.faces.tracking import FaceTracker
from core.live_result import LiveFace, LiveResult
from core.prediction import Array
from core.recognizer import Recognizer, softmax
from core.smoothing import Smoother

# What a person's calibrated resting face is declared to be: neutral, but not beyond doubt.
RESTING_NEUTRAL = 0.8


class LiveSession:
    """One visitor's live recognition; cheap to make, not safe to share between threads.

    Each frame is encoded once; the synchronizer runs over the features of the last ``window_s``
    seconds. Frames themselves are not kept. Of several faces one is followed; another one begins
    with an empty window.

    Args:
        recognizer: The shared model.
        detector: The shared face detector.
        smoothing_s: Time constant of the smoothed probabilities [s].
        window_s: How far back the model looks [s].
    """

    def __init__(
        self,
        recognizer: Recognizer,
        detector: FaceDetector,
        *,
        smoothing_s: float = 0.6,
        window_s: float = 2.0,
    ) -> None:
        self._recognizer, self._detector = recognizer, detector
        self._smoother = Smoother(smoothing_s)
        self._choice = FaceChoice()
        self.window_s = window_s
        self._offset: Array | None = None
        self.reset()

    @property
    def smoothing_s(self) -> float:
        """Time constant of the smoothed probabilities [s]."""
        return self._smoother.time_constant_s

    @smoothing_s.setter
    def smoothing_s(self, value: float) -> None:
        self._smoother.time_constant_s = value

    @property
    def face(self) -> int | None:
        """Number of the face to follow; None follows the largest, and then stays with it.

        While a chosen face is out of view the results are gaps; ``LiveResult.faces`` tells who
        else is there.
        """
        return self._choice.asked

    @face.setter
    def face(self, face_id: int | None) -> None:
        self._choice.asked = face_id

    def reset(self) -> None:
        """Forget every face and feature; calibration stays."""
        self._search = RegionSearch(self._detector, shipped_framer())
        self._tracker = FaceTracker()
        self._features: deque[tuple[float, Array]] = deque()
        self._face_id: int | None = None
        self._mirrors = False
        self._smoother.reset()
        self._resting: list[Array] = []
        self._calibrate_s = 0.0
        self._calibrate_until_s: float | None = None

    def calibrate(self, duration_s: float = 3.0) -> None:
        """Take the next seconds as this person's neutral face.

        Raises:
            ConfigError: The checkpoint has no class called neutral.
        """
        if "neutral" not in self._recognizer.labels:
            raise ConfigError("this checkpoint has no class 'neutral', so it cannot be calibrated")
        self.forget_calibration()
        self._resting = []
        self._calibrate_s, self._calibrate_until_s = duration_s, None

    def forget_calibration(self) -> None:
        """Go back to the model as it is."""
        self._offset = None

    def update(self, frame: NDArray[np.uint8], time_s: float) -> LiveResult:
        """Take one frame.

        Args:
            frame: ``(h, w, 3)`` uint8 RGB.
            time_s: When it was taken, on any clock that increases [s].
        """
        started = time.perf_counter()
        faces = self._tracker.update(time_s, self._search.detect(frame, time_s))
        followed = self._choice.among(faces)
        detected = time.perf_counter()
        milliseconds = {"detect": (detected - started) * 1e3, "encode": 0.0, "synchronize": 0.0}
        everybody = tuple(LiveFace(face.face_id, _corners(face.box)) for face in faces)
        if followed is None:
            self._features.clear()
            remaining_s = self._remaining_s(time_s)
            nothing = (None, None, None, None, None)
            return LiveResult(time_s, *nothing, milliseconds, remaining_s, faces=everybody)
        self._turn_to(followed.face_id)
        scale = self._recognizer.config.model.preprocess.crop_scale
        crop = crop_face(frame, followed.box, scale=scale)
        self._remember(time_s, self._look_at(crop))
        encoded = time.perf_counter()
        window = np.stack([feature for _, feature in self._features])
        rows = self._recognizer.pick(len(window))
        similarities = self._recognizer.compare(window[rows][None])[0]
        raw = softmax(self._adjusted(self._recognizer.logits(similarities), time_s))
        smoothed = self._smoother.update(time_s, raw)
        milliseconds["encode"] = (encoded - detected) * 1e3
        milliseconds["synchronize"] = (time.perf_counter() - encoded) * 1e3
        return LiveResult(
            time_s=time_s,
            box=_corners(followed.box),
            crop=crop,
            raw=raw,
            smoothed=smoothed,
            similarities=similarities,
            milliseconds=milliseconds,
            calibrating_s=self._remaining_s(time_s),
            face_id=followed.face_id,
            faces=everybody,
            square=_square(followed.box, scale),
        )

    def _turn_to(self, face_id: int) -> None:
        """Forget the window of another person: two faces would be blended into one answer."""
        if face_id != self._face_id:
            self._features.clear()
            self._smoother.reset()
            self._face_id = face_id

    def _look_at(self, crop: NDArray[np.uint8]) -> Array:
        """Every other frame is seen in the mirror, too; the first of a face always is."""
        self._mirrors = not self._mirrors or not self._features
        feature: Array = self._recognizer.encode([crop], [self._mirrors])[0]
        return feature

    def _remember(self, time_s: float, feature: Array) -> None:
        self._features.append((time_s, feature))
        while time_s - self._features[0][0] > self.window_s:
            self._features.popleft()

    def _adjusted(self, logits: Array, time_s: float) -> Array:
        """Collect logits while calibrating; shift them once calibrated."""
        if self._calibrate_s:
            if self._calibrate_until_s is None:
                self._calibrate_until_s = time_s + self._calibrate_s
            self._resting.append(logits)
            if time_s >= self._calibrate_until_s:
                self._offset = self._resting_target() - np.mean(self._resting, 0)
                self._calibrate_s = 0.0
        return logits if self._offset is None else logits + self._offset

    def _resting_target(self) -> Array:
        """Logits that the resting face should have: neutral first, the rest equal."""
        labels = self._recognizer.labels
        target = np.full(len(labels), np.log((1 - RESTING_NEUTRAL) / (len(labels) - 1)), np.float32)
        target[labels.index("neutral")] = np.log(RESTING_NEUTRAL)
        return target

    def _remaining_s(self, time_s: float) -> float:
        if not self._calibrate_s:
            return 0.0
        if self._calibrate_until_s is None:
            return self._calibrate_s
        return max(self._calibrate_until_s - time_s, 0.0)


def _corners(box: FaceBox) -> tuple[float, float, float, float]:
    return box.x, box.y, box.side, box.side


def _square(box: FaceBox, scale: float) -> tuple[float, float, float, float]:
    side = box.side * scale
    return box.center[0] - side / 2, box.center[1] - side / 2, side, box.roll
