"""What is kept of the faces that stream by in a video: features and thumbnails, never a frame."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from core.curves import instant_similarities, windowed_similarities
from core.faces.box import FaceBox
from core.faces.detectors import FaceDetector
from core.faces.follow import CROP_PX, Observation, ObservedFace, follow_faces, rank_faces
from core.faces.thumbnail import THUMBNAIL_PX, make_thumbnail
from core.pacing import pace
from core.prediction import Array, FrameSeries
from core.recognizer import BATCH, Recognizer
from core.video import Video

# Faces seen for a smaller share of the frames are passers-by, or no faces at all.
FOLLOWED_SHARE = 0.05
# Crops have this many times the detail that the model sees, in each direction. More is work for
# nothing; with twice as much FaceCLIP's probabilities differ from those of larger crops by 0.14 at
# most in 15 clips, with three times by 0.08, on average by 0.002.
FINER = 3


@dataclass
class FaceReading:
    """What is kept of one face; each list has an entry per frame in which it was seen.

    Attributes:
        rows: Numbers of those frames among the analysed ones.
        boxes: Face squares [px of the upright frame].
        thumbnails: JPEG files of the crops.
        features: ``(D,)`` float32 image features, unit length.
    """

    rows: list[int] = field(default_factory=list)
    boxes: list[FaceBox] = field(default_factory=list)
    thumbnails: list[bytes] = field(default_factory=list)
    features: list[Array] = field(default_factory=list)

    def series(self, times_s: NDArray[np.float64], recognizer: Recognizer) -> FrameSeries:
        """Return the face's curves over ``(N,)`` times of the analysed frames, gaps as NaN."""
        rows, features = np.asarray(self.rows, np.int64), np.stack(self.features)
        windowed = windowed_similarities(recognizer, features, times_s[rows])
        instant = instant_similarities(recognizer, features)
        boxes = np.array([[box.x, box.y, box.side, box.side] for box in self.boxes], np.float32)
        rolls = np.array([[box.roll] for box in self.boxes], np.float32)
        found = np.zeros(len(times_s), bool)
        found[rows] = True
        crops: list[bytes | None] = [None] * len(times_s)
        for row, thumbnail in zip(rows, self.thumbnails, strict=True):
            crops[row] = thumbnail

        def with_gaps(values: Array) -> Array:
            spread = np.full((len(times_s), values.shape[1]), np.nan, np.float32)
            spread[rows] = values
            return spread

        return FrameSeries(
            times_s=times_s,
            boxes=with_gaps(boxes),
            rolls=with_gaps(rolls)[:, 0],
            found=found,
            similarities=with_gaps(windowed),
            probabilities=with_gaps(recognizer.probabilities(windowed)),
            instant_similarities=with_gaps(instant),
            instant_probabilities=with_gaps(recognizer.probabilities(instant)),
            features=with_gaps(features),
            crops=crops,
        )


@dataclass(frozen=True)
class Reading:
    """What is kept of a video.

    Attributes:
        times_s: ``(N,)`` float64 times of the analysed frames [s].
        faces: The faces that last, the main one first.
    """

    times_s: NDArray[np.float64]
    faces: list[FaceReading]

    @property
    def faces_followed(self) -> int:
        """Faces in view for at least ``FOLLOWED_SHARE`` of the frames; the main one always is."""
        least = FOLLOWED_SHARE * len(self.times_s)
        return max(1, sum(len(face.rows) >= least for face in self.faces))


def read_faces(
    source: Video,
    detector: FaceDetector,
    recognizer: Recognizer,
) -> Reading:
    """Stream through a video once, encoding face crops as they come.

    Args:
        source: An open video, at its start.
        detector: Finds the faces.
        recognizer: Encodes their crops.

    Returns:
        Times and faces; no faces where none was found.
    """
    times_s: list[float] = []
    observations: list[Observation] = []
    preprocess = recognizer.config.model.preprocess
    crop_px = min(CROP_PX, max(THUMBNAIL_PX, FINER * preprocess.seen_px))
    with _Encoding(recognizer) as encoding:
        for observation in follow_faces(
            pace(source), detector, crop_scale=preprocess.crop_scale, crop_px=crop_px
        ):
            for face in observation.faces:
                encoding.add(len(times_s), face, source.scale)
            times_s.append(observation.time_s)
            observations.append(observation.without_crops())
        faces = encoding.finish()
    ranked = rank_faces(observations)
    return Reading(np.asarray(times_s, np.float64), [faces[face_id] for face_id in ranked])


class _Waiting(NamedTuple):
    """A crop that waits for the image tower, and whether it is seen in the mirror, too."""

    face: FaceReading
    crop: NDArray[np.uint8]
    is_mirrored: bool


class _Encoding:
    """Encodes crops of all faces in batches, while the next ones are looked for.

    Torch and OpenCV both work outside of Python's lock, so on two cores the wait is shorter by
    what the image tower takes. One batch at a time: more would only wait for each other.
    """

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self._faces: dict[int, FaceReading] = {}
        self._waiting: list[_Waiting] = []
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="encode")
        self._running: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.shutdown()

    def add(self, row: int, face: ObservedFace, scale: float) -> None:
        kept = self._faces.setdefault(face.face_id, FaceReading())
        is_mirrored = len(kept.rows) % 2 == 0
        kept.rows.append(row)
        kept.boxes.append(face.box.scaled(1 / scale))
        kept.thumbnails.append(make_thumbnail(face.crop))
        self._waiting.append(_Waiting(kept, face.crop, is_mirrored))
        if len(self._waiting) >= BATCH:
            self._start()

    def finish(self) -> dict[int, FaceReading]:
        """Encode the rest and return the faces by number."""
        if self._waiting:
            self._start()
        self._join()
        return self._faces

    def _start(self) -> None:
        self._join()
        self._running = self._worker.submit(self._encode, self._waiting)
        self._waiting = []

    def _join(self) -> None:
        if self._running:
            self._running.result()

    def _encode(self, batch: list[_Waiting]) -> None:
        mirrored = [each.is_mirrored for each in batch]
        features = self._recognizer.encode([each.crop for each in batch], mirrored)
        for each, feature in zip(batch, features, strict=True):
            each.face.features.append(feature)
