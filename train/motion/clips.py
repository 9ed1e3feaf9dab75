"""Compose clips: which still, which kind of motion, and the arrays that training reads."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.labels import SEVEN
from train.motion.actions import draw_expression
from train.motion.camera import draw_head_motion, film
from train.motion.curves import Course, draw_course, wander
from train.motion.distractors import blinks, restlessness, speech
from train.motion.face_model import FaceMesh
from train.motion.fit import FittedFace
from train.motion.render import Scene, draw_scene, render

Array = NDArray[np.float64]
NEUTRAL = SEVEN.index("neutral")


@dataclass(frozen=True)
class ClipSet:
    """Clips of different lengths, end to end.

    Attributes:
        images: ``(F, 64, 64)`` uint8 grey canvases of all frames.
        lengths: ``(N,)`` frames of each clip, in the order of ``images``.
        labels: ``(N,)`` int64 index into ``core.labels.SEVEN``.
        people: ``(N,)`` name of the person.
        kinds: ``(N,)`` how the clip was made (see ``KINDS``).
        period_s: ``(N,)`` time from frame to frame [s].
    """

    images: NDArray[np.uint8]
    lengths: NDArray[np.int64]
    labels: NDArray[np.int64]
    people: NDArray[np.str_]
    kinds: NDArray[np.str_]
    period_s: NDArray[np.float64]

    def clip(self, row: int) -> NDArray[np.uint8]:
        """Frames of one clip, ``(T, 64, 64)``."""
        start = int(self.lengths[:row].sum())
        return self.images[start : start + int(self.lengths[row])]

    def save(self, path: Path) -> None:
        """Write the set as one compressed npz."""
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        np.savez_compressed(path, **arrays)


def load_clips(path: Path) -> ClipSet:
    """Read a set that ``ClipSet.save`` wrote.

    Raises:
        DataError: The file is missing or is no clip set.
    """
    if not path.exists():
        raise DataError(f"{path} is missing; python -m train animate makes it")
    with np.load(path) as data:
        missing = [field.name for field in fields(ClipSet) if field.name not in data]
        if missing:
            raise DataError(f"{path} is no set of clips: it lacks {', '.join(missing)}")
        return ClipSet(**{field.name: data[field.name] for field in fields(ClipSet)})


@dataclass(frozen=True)
class Timing:
    """How long clips are.

    Attributes:
        shortest: Fewest frames.
        longest: Most frames.
        period_s: Range of the time from frame to frame [s]; 0.04 is 25 frames per second.
    """

    shortest: int = 8
    longest: int = 24
    period_s: tuple[float, float] = (0.04, 0.12)


@dataclass(frozen=True)
class Take:
    """What every clip has before its expression is chosen.

    Attributes:
        scene: The still.
        seconds: ``(T,)`` frame times [s].
        course: When the expression comes and goes.
        rng: Source of all further randomness.
    """

    scene: Scene
    seconds: Array
    course: Course
    rng: np.random.Generator

    @property
    def face(self) -> FittedFace:
        """The mesh over the still."""
        return self.scene.face


def draw_take(
    image: NDArray[np.uint8], face: FittedFace, timing: Timing, rng: np.random.Generator
) -> Take:
    """Draw the light, the length, the frame rate and the course of a clip."""
    frames = int(rng.integers(timing.shortest, timing.longest + 1))
    seconds = np.arange(frames, dtype=np.float64) * rng.uniform(*timing.period_s)
    return Take(draw_scene(image, face, rng), seconds, draw_course(float(seconds[-1]), rng), rng)


def relaxed(take: Take) -> Array:
    """A real expressive still at the apex; everything before and after is relaxed from it."""
    leftover = take.rng.uniform(0, 0.15)
    shares = leftover + (1 - leftover) * _lagging(take)
    return shares * take.face.strengths


def acted(take: Take, label: str) -> Array:
    """A neutral still made to act an expression of the prototype table."""
    apex = draw_expression(take.face.mesh, label, take.rng)
    return take.face.strengths + _lagging(take) * apex


def held(take: Take) -> Array:
    """A real still that stays as it is, but for a slight coming and going."""
    swell = 1 + take.rng.uniform(0, 0.15) * wander(take.seconds, 1, take.rng, 0.6)
    return np.asarray(swell * take.face.strengths)


def with_distractors(take: Take, strengths: Array) -> Array:
    """Add what every face does, whatever its expression: blinks, tension, sometimes speech."""
    mesh, seconds, rng = take.face.mesh, take.seconds, take.rng
    out = strengths + restlessness(mesh, seconds, rng) + blinks(mesh, seconds, rng)
    if rng.random() < SPEAKING_SHARE:
        out += speech(mesh, seconds, rng)
    return _within_reach(mesh, out)


SPEAKING_SHARE = 0.35


def shoot(take: Take, strengths: Array) -> NDArray[np.uint8]:
    """Render the frames of a clip: ``(T, h, w)`` uint8."""
    width = take.scene.image.shape[1]
    motion = draw_head_motion(take.seconds, width, take.rng)
    return film(render(take.scene, strengths, motion), take.seconds, take.rng)


def _lagging(take: Take) -> Array:
    """Strength of each action over time, ``(T, A)``: muscles do not move quite together."""
    count = len(take.face.mesh.actions)
    delays = take.rng.uniform(0, 0.15 * take.course.onset_s, count)
    return np.stack([take.course.strength(take.seconds, delay) for delay in delays], 1)


def _within_reach(mesh: FaceMesh, strengths: Array) -> Array:
    """Keep sums of actions anatomically possible: a lid closes once, a jaw drops so far."""
    limits = np.full(len(mesh.actions), 1.8)
    for name in ("eyeBlink_L", "eyeBlink_R"):
        limits[mesh.index(name)] = 1.0
    return np.clip(strengths, -0.3, limits)
