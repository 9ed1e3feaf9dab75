"""One clip before it is filmed: the still, the times, and what its facial actions do."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.motion.acting.actions import PROTOTYPES, draw_expression
from train.motion.acting.curves import COURSES, Course, draw_course, smooth_step, wander
from train.motion.acting.distractors import blinks, restlessness, speech
from train.motion.faces.fit import FittedFace

Array = NDArray[np.float64]

SPEAKING_SHARE = 0.35
# A relaxed face keeps up to this share of its expression.
LEFTOVER = 0.15
# How much of the relief a relaxed face gets: around all of it, now less, now more.
RELIEF = (0.6, 1.6)
# When the first expression of a transition begins, as share of the clip; below 0 it has begun.
FIRST_AT = (-0.3, 0.2)
# Muscles start up to this share of the onset after each other.
LAG = 0.15


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
    period_s: tuple[float, float] = (0.04, 0.20)


@dataclass(frozen=True)
class Take:
    """What every clip has before its expression is chosen.

    Attributes:
        face: The mesh over the still.
        seconds: ``(T,)`` frame times [s].
        course: When the expression comes and goes.
        rng: Source of all further randomness.
    """

    face: FittedFace
    seconds: Array
    course: Course
    rng: np.random.Generator


def draw_take(
    face: FittedFace,
    timing: Timing,
    rng: np.random.Generator,
    *,
    course: str | None = None,
    courses: Mapping[str, float] = COURSES,
) -> Take:
    """Draw the length, the frame rate and the course of a clip (see ``draw_course``)."""
    frames = int(rng.integers(timing.shortest, timing.longest + 1))
    # Log-uniform: 25 frames per second is the most common rate, five a rare one.
    period_s = np.exp(rng.uniform(*np.log(timing.period_s)))
    seconds = np.arange(frames, dtype=np.float64) * period_s
    drawn = draw_course(float(seconds[-1]), rng, kind=course, shares=courses)
    return Take(face, seconds, drawn, rng)


def relaxed(take: Take) -> tuple[Array, Array]:
    """An expressive still that is the apex and relaxes before and after.

    Returns:
        Facial actions ``(T, A)`` and how much of the still's relief each frame gets, ``(T,)``.
    """
    leftover, depth = take.rng.uniform(0, LEFTOVER), take.rng.uniform(*RELIEF)
    shares = leftover + (1 - leftover) * _lagging(take)
    calmness = depth * (1 - take.course.strength(take.seconds))
    return shares * take.face.strengths, calmness


def calmed(take: Take) -> tuple[Array, Array]:
    """An expressive still that has relaxed and stays so; returns the same as ``relaxed``."""
    leftover, depth = take.rng.uniform(0, LEFTOVER), take.rng.uniform(*RELIEF)
    frames = len(take.seconds)
    return np.tile(leftover * take.face.strengths, (frames, 1)), np.full(frames, depth)


def acted(take: Take, label: str) -> Array:
    """Facial actions ``(T, A)`` of a neutral still that acts an expression of the table."""
    apex = draw_expression(take.face.mesh, label, take.rng)
    return np.asarray(take.face.strengths + _lagging(take) * apex)


def transition(take: Take, label: str) -> Array:
    """Facial actions ``(T, A)`` of a neutral still that acts another expression, then this one.

    The first passes as the second comes. Which frames there are does not tell which of the two
    the clip ends in; only their order does.
    """
    mesh, rng, duration_s = take.face.mesh, take.rng, take.seconds[-1]
    others = [name for name in PROTOTYPES if name != label]
    first = draw_expression(mesh, str(rng.choice(others)), rng)
    second = draw_expression(mesh, label, rng)
    begins_at_s = rng.uniform(*FIRST_AT) * duration_s
    appeared = smooth_step((take.seconds - begins_at_s) / take.course.onset_s)[:, None]
    shares = _lagging(take)
    return np.asarray(take.face.strengths + appeared * (1 - shares) * first + shares * second)


def held(take: Take) -> Array:
    """Facial actions ``(T, A)`` of a still that stays as it is but for a slight swell."""
    swell = 1 + take.rng.uniform(0, 0.15) * wander(take.seconds, 1, take.rng, 0.6)
    return np.asarray(swell * take.face.strengths)


def distraction(take: Take, speaking_share: float = SPEAKING_SHARE) -> Array:
    """What faces do whatever their expression, to add: blinks, tension, sometimes speech."""
    mesh, seconds, rng = take.face.mesh, take.seconds, take.rng
    added = restlessness(mesh, seconds, rng) + blinks(mesh, seconds, rng)
    if rng.random() < speaking_share:
        added += speech(mesh, seconds, rng)
    return added


def _lagging(take: Take) -> Array:
    """Share of the apex that each action has reached, ``(T, A)``."""
    delays = take.rng.uniform(0, LAG * take.course.onset_s, len(take.face.mesh.actions))
    return np.stack([take.course.strength(take.seconds, delay) for delay in delays], 1)
