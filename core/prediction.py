"""What a prediction holds, and the JSON that it becomes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.episodes import Badge, Episode, find_episodes, leading_candidates, moment_edges
from core.episodes.badges import badges
from core.episodes.sentence import tell
from core.errors import ConfigError
from core.saved.record import record
from core.smoothing import CURVE_SMOOTHING_S, smooth_series
from core.span import WHOLE, Span
from core.trust import Trust

Array = NDArray[np.float32]
Stage = Literal["read", "encode", "align"]


@dataclass(frozen=True)
class Progress:
    """How far a prediction has come.

    Attributes:
        stage: ``read`` decodes and finds faces, ``encode`` runs the image tower, ``align`` the
            synchronizer.
        done: Share of the stage, 0-1; the share is an estimate where the length is not known.
        seconds_read: Video time reached so far [s].
    """

    stage: Stage
    done: float
    seconds_read: float


# Called often during a prediction; raising from it cancels the prediction.
ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True)
class FrameSeries:
    """One row per analysed frame, gaps included; ``N`` frames, ``K`` classes, ``D`` width.

    Attributes:
        times_s: ``(N,)`` float64, when a player shows them [s].
        boxes: ``(N, 4)`` x, y, w, h of the face square [px of the upright frame]; NaN in a gap.
        rolls: ``(N,)`` by how much the square was turned about its middle so that the eyes are
            level [degrees clockwise, counted on past 180]; NaN in a gap.
        found: ``(N,)`` bool, whether the frame has this face.
        similarities: ``(N, K)`` cosines of the window that ends up centred on the frame with each
            class vector; NaN in a gap.
        probabilities: ``(N, K)`` softmax of those cosines; NaN in a gap.
        instant_similarities: ``(N, K)`` cosines of the frame alone, taken as a motionless clip.
        instant_probabilities: ``(N, K)`` their softmax.
        features: ``(N, D)`` frozen image features, unit length; NaN in a gap. ``D`` is 0 in a
            result that was read from a file.
        crops: ``N`` JPEG files, at most 112 px wide, of the square the model saw; None in a gap.
            Compressed, so that minutes of video stay small in memory.
    """

    times_s: NDArray[np.float64]
    boxes: Array
    rolls: Array
    found: NDArray[np.bool_]
    similarities: Array
    probabilities: Array
    instant_similarities: Array
    instant_probabilities: Array
    features: Array
    crops: list[bytes | None]

    @cached_property
    def smoothed(self) -> Array:
        """``(N, K)`` ``probabilities`` smoothed over time, as the screen shows them."""
        return smooth_series(self.times_s, self.probabilities, CURVE_SMOOTHING_S)


@dataclass(frozen=True)
class Prediction:
    """What the model perceives in one face of one video.

    Attributes:
        video: The input, as it was named.
        labels: ``K`` class names in model order.
        probabilities: ``(K,)`` clip-level verdict, summing to one.
        similarities: ``(K,)`` the cosines behind it.
        uncertain: Whether the margin is below the checkpoint's threshold.
        duration_s: End of what was looked at, of the whole video [s]; its first frame is at 0
            unless it starts later than its sound or its container.
        frame_size: Width and height of the upright frame, its pixels made square [px]; zeros where
            a saved result does not say.
        frames_read: Frames decoded.
        detector: Name of the face detector.
        device: ``cpu`` or ``cuda``.
        checkpoint: Name of the checkpoint.
        face_id: 0 for the main face, then by falling size and length of the track.
        frames: The curves.
        sampled: ``(T,)`` rows of ``frames`` that the verdict was made from; none where a saved
            result does not say.
        damaged_frames: Frames left out because they could not be decoded whole.
        missing_s: Time that no frame shows because of damage or of an early end [s].
        faces_followed: Faces that were in view for a twentieth of the frames or longer.
        trust: What is known about how often the checkpoint is right.
        span: The part of the video that was looked at.
        saved_episodes: Those of a result that was read from a file, as they were told then.
        crop_scale: Side of what the model saw as a multiple of the face square.
    """

    video: str
    labels: tuple[str, ...]
    probabilities: Array
    similarities: Array
    uncertain: bool
    duration_s: float
    frame_size: tuple[int, int]
    frames_read: int
    detector: str
    device: str
    checkpoint: str
    face_id: int
    frames: FrameSeries
    sampled: NDArray[np.int64]
    damaged_frames: int = 0
    missing_s: float = 0.0
    faces_followed: int = 1
    trust: Trust = field(default_factory=Trust)
    span: Span = WHOLE
    saved_episodes: tuple[Episode, ...] | None = None
    crop_scale: float = 1.0

    @property
    def label(self) -> str:
        """The most probable class."""
        return self.labels[int(self.probabilities.argmax())]

    @property
    def margin(self) -> float:
        """Difference between the two largest probabilities, 0-1."""
        second, first = np.sort(self.probabilities)[-2:]
        return float(first - second)

    @property
    def length_s(self) -> float:
        """How long the part is that was looked at [s]."""
        return max(self.duration_s - self.span.start_s, 0.0)

    @property
    def frames_with_face(self) -> int:
        """Analysed frames in which this face was seen."""
        return int(self.frames.found.sum())

    @property
    def frames_analysed(self) -> int:
        """Frames that were looked at, with this face or without."""
        return len(self.frames.times_s)

    @property
    def is_still(self) -> bool:
        """Whether there was a single picture to look at."""
        return self.frames_analysed == 1

    @cached_property
    def episodes(self) -> tuple[Episode, ...]:
        """What was to be seen when, from the windowed curve; see ``core.episodes``."""
        if self.saved_episodes is not None:
            return self.saved_episodes
        frames = self.frames
        return find_episodes(
            frames.times_s,
            frames.probabilities,
            self.labels,
            end_s=self.duration_s,
            margin=self.trust.margin,
        )

    @cached_property
    def moment_labels(self) -> list[str | None]:
        """``N`` expressions: of each moment's episode, its candidate that leads; None in gaps."""
        return leading_candidates(self.episodes, self.frames.probabilities, self.labels)

    @cached_property
    def share_of_time(self) -> dict[str, float]:
        """Share of the video that each class has in ``moment_labels``; gaps are the rest."""
        seconds = np.diff(moment_edges(self.frames.times_s, self.duration_s))
        if not seconds.any():  # a still without a length
            seconds = np.ones(len(seconds))
        shares = dict.fromkeys(self.labels, 0.0)
        for label, length in zip(self.moment_labels, seconds / seconds.sum(), strict=True):
            if label is not None:
                shares[label] += float(length)
        return shares

    @cached_property
    def summary(self) -> str:
        """The episodes as a sentence in time, without its full stop."""
        absent = "nobody in view" if self.faces_followed == 1 else "this face not in view"
        return tell(self.episodes, end_s=self.duration_s, is_still=self.is_still, absent=absent)

    @property
    def badges(self) -> tuple[Badge, ...]:
        """What a reader must know before believing the result."""
        return badges(self)

    def to_json(self, *, with_face_id: bool = False) -> dict[str, Any]:
        """Return the documented result: plain numbers, None in gaps."""
        return record(self, with_face_id=with_face_id)

    def require_features(self) -> None:
        """Refuse what only the model's own features of the frames can tell.

        Raises:
            ConfigError: The result was read from a file, which holds none.
        """
        if self.frames.features.shape[1] == 0:
            raise ConfigError(
                f"{self.video} is a saved result, which holds no features of its frames; analyse "
                "the video again"
            )
