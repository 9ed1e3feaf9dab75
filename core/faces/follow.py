"""Where is each face in every frame of a video, and what does the model see of it?"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.faces.box import FaceBox, crop_face
from core.faces.detectors import FaceDetector
from core.faces.framing.framer import shipped_framer
from core.faces.search import RegionSearch
from core.faces.shots import Shots
from core.faces.steady import Sightings
from core.faces.tracking import BRIDGE_S, FaceNumbers
from core.video import VideoFrame

# Crops are kept until the model has seen them; more pixels it cannot use.
CROP_PX = 224
# However many frames a second holds, no more than these wait for their boxes.
MOST_WAITING = 64
# A false alarm rarely lasts; a face must be seen this often, less in videos below 30 frames.
MOST_NEEDED = 3
# Who is seen in a smaller share of the frames is not offered beside others.
LEAST_SHARE = 0.05


@dataclass(frozen=True, eq=False)
class ObservedFace:
    """One face in one frame.

    Attributes:
        face_id: Number of the face, from 0 in the order of appearance.
        box: Steadied square [px of the frame].
        crop: ``(side, side, 3)`` uint8 RGB, at most 224 px wide.
        bridged: Whether the detector missed it here and the box is interpolated.
    """

    face_id: int
    box: FaceBox
    crop: NDArray[np.uint8]
    bridged: bool


@dataclass(frozen=True, eq=False)
class Observation:
    """The faces of one analysed frame; none is a gap.

    Attributes:
        index: Position among the decoded frames.
        time_s: Time of the frame [s].
        faces: By rising ``face_id``.
    """

    index: int
    time_s: float
    faces: list[ObservedFace]

    def without_crops(self) -> "Observation":
        """Return what is worth keeping of a long video: every crop is ``(0, 0, 3)``."""
        empty = np.empty((0, 0, 3), np.uint8)
        return replace(self, faces=[replace(face, crop=empty) for face in self.faces])


def follow_faces(
    frames: Iterable[VideoFrame],
    detector: FaceDetector,
    *,
    crop_scale: float,
    crop_px: int = CROP_PX,
    bridge_s: float = BRIDGE_S,
) -> Iterator[Observation]:
    """Follow every face through a video, in one pass; a cut ends all tracks of the shot.

    A frame is held back for ``bridge_s``, at most ``MOST_WAITING`` frames in all: its boxes are
    steadied by those after it, and a face missed for no longer is interpolated. Longer absences
    are gaps.

    Args:
        frames: Analysed frames in order of time, all of one size.
        detector: Finds the faces.
        crop_scale: Side of the crops as a multiple of the face square.
        crop_px: Larger crops are reduced to this side [px].
        bridge_s: Longest absence that is bridged [s].

    Returns:
        One observation per frame, in order.
    """
    search = RegionSearch(detector, shipped_framer())
    numbers = FaceNumbers()
    shots, shot = Shots(), 0
    history: dict[int, Sightings] = {}
    waiting: deque[VideoFrame] = deque()
    for frame in frames:
        waiting.append(frame)
        if (new_shot := shots.number(frame.image, frame.time_s)) != shot:
            search.forget()
            shot = new_shot
        boxes = search.detect(frame.image, frame.time_s)
        assigned = numbers.assign(frame.time_s, boxes, image=frame.image, shot=shot)
        for face_id, box in assigned.items():
            history.setdefault(face_id, Sightings(bridge_s)).add(frame.time_s, box)
        while frame.time_s - waiting[0].time_s > bridge_s or len(waiting) > MOST_WAITING:
            yield _observe(waiting.popleft(), history, crop_scale, crop_px)
            # A box may lean on one that is a bridge and its smoothing window away.
            _forget(history, waiting[0].time_s - 2 * bridge_s)
    while waiting:
        yield _observe(waiting.popleft(), history, crop_scale, crop_px)


def rank_faces(observations: Iterable[Observation]) -> list[int]:
    """Order faces by importance: area summed over the frames, so the largest, longest first.

    A face seen less than three times (in a short video: in less than a tenth of the frames) is
    taken for a false alarm, unless all faces are like that, as in a series of separate pictures.
    One seen in less than a twentieth of the frames is a passer-by: it counts only where there is
    no other, and then the most important one alone.

    Args:
        observations: All of one video; crops are not looked at.

    Returns:
        Face numbers; none where only false alarms were seen.
    """
    areas: defaultdict[int, float] = defaultdict(float)
    sightings: Counter[int] = Counter()
    frames = 0
    for observation in observations:
        frames += 1
        for face in observation.faces:
            areas[face.face_id] += face.box.side**2
            sightings[face.face_id] += not face.bridged
    needed = min(MOST_NEEDED, max(1, frames // 10))
    ranked = sorted(areas, key=lambda face_id: (-areas[face_id], face_id))
    lasting = [face_id for face_id in ranked if sightings[face_id] >= needed]
    if not lasting:
        return ranked if sightings.total() >= needed else []
    return [face_id for face_id in lasting if sightings[face_id] >= LEAST_SHARE * frames] or [
        lasting[0]
    ]


def _observe(
    frame: VideoFrame, history: dict[int, Sightings], crop_scale: float, crop_px: int
) -> Observation:
    faces = []
    for face_id, sightings in sorted(history.items()):
        if (found := sightings.at(frame.time_s)) is None:
            continue
        box, bridged = found
        crop = crop_face(frame.image, box, scale=crop_scale, limit_px=crop_px)
        faces.append(ObservedFace(face_id, box, crop, bridged))
    return Observation(frame.index, frame.time_s, faces)


def _forget(history: dict[int, Sightings], before_s: float) -> None:
    for face_id, sightings in list(history.items()):
        sightings.forget(before_s)
        if not sightings:
            del history[face_id]
