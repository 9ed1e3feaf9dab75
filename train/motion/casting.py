"""Which still plays which expression in which way: one number of a series, one clip."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError, DataError
from core.labels import SEVEN
from train.motion.acting.curves import COURSES
from train.motion.acting.take import (
    SPEAKING_SHARE,
    Take,
    Timing,
    acted,
    calmed,
    distraction,
    draw_take,
    held,
    relaxed,
    transition,
)
from train.motion.clip_set import Clip
from train.motion.faces.erasure import Erasure
from train.motion.faces.face_model import FaceMesh
from train.motion.faces.fit import FittedFace, fit_face
from train.motion.faces.pool import NEUTRAL, FacePool, pairs_of
from train.motion.filming.camera import draw_head_motion, film
from train.motion.filming.morph import draw_morph, render_morph
from train.motion.filming.render import draw_scene, render
from train.motion.traces import Traces

# How a clip is made, with the share of clips where the label leaves a choice.
KINDS = {
    "relaxed": 0.42,  # a real expressive still at the apex, relaxed before and after
    "acted": 0.23,  # a neutral still that acts an expression
    "held": 0.11,  # a real expressive still that stays
    "morphed": 0.12,  # two real stills of one person, neutral and expressive
    "transition": 0.12,  # a neutral still that acts another expression first; the last one counts
}
# Neutral clips: neutral stills with distractors, expressive stills relaxed for good, so that what
# relaxing leaves behind tells nothing, and, for the same reason, morphs between neutral stills.
NEUTRAL_KINDS = {"resting": 0.65, "calmed": 0.25, "morphed": 0.10}
# Kinds of the first table that each kind of neutral clip goes with.
GOES_WITH = {"calmed": "relaxed", "morphed": "morphed"}
# Kinds of which ``COURSES`` tells nothing: nothing comes or goes, or one expression passes into
# another.
OWN_COURSE = ("held", "resting", "calmed", "transition")
# Kinds that neutral stills play.
PLAYED_BY_CALM = ("acted", "resting", "transition")
EXPRESSIVE = [label for label in range(len(SEVEN)) if label != NEUTRAL]
# With fewer pairs of a label morphs are made less often, so that nobody returns too often.
ENOUGH_PAIRS = 100


@dataclass(frozen=True)
class Plan:
    """What a series of clips is made of.

    Attributes:
        kinds: Share of each kind of ``KINDS``, for labels where it is possible.
        neutral_share: Share of neutral clips; the other expressions share the rest equally.
        courses: How often expressions come, come and go, or are there from the first frame on
            (``from_apex``; half of these fade), in proportion.
        speaking_share: Share of the expressive clips in which somebody talks.
        neutral_speaking_share: The same of the neutral ones, for talk must not pass for surprise.
        timing: How long clips are.
        seed: Source of all randomness, together with the part and the clip's number.
    """

    kinds: dict[str, float] = field(default_factory=lambda: dict(KINDS))
    neutral_share: float = 0.2
    courses: dict[str, float] = field(default_factory=lambda: dict(COURSES))
    speaking_share: float = SPEAKING_SHARE
    neutral_speaking_share: float = SPEAKING_SHARE
    timing: Timing = field(default_factory=Timing)
    seed: int = 0

    def __post_init__(self) -> None:
        _check_shares("kind of clip", self.kinds, KINDS)
        _check_shares("course", self.courses, COURSES)
        for name in ("neutral_share", "speaking_share", "neutral_speaking_share"):
            if not 0 <= (share := getattr(self, name)) <= 1:
                raise ConfigError(f"{name.replace('_', ' ')} {share} is not between 0 and 1")


class Casting:
    """Makes the clips of one part; every clip depends on its number alone.

    Args:
        pool: Faces of the people of this part.
        mesh: The face model.
        plan: What to make.
        stream: Number of the part, so that parts differ.
        erasure: Takes the rest of an expression out of relaxed faces.
        traces: Takes what that leaves out of their pixels.

    Raises:
        DataError: The pool lacks what the plan needs.
    """

    def __init__(
        self,
        pool: FacePool,
        mesh: FaceMesh,
        plan: Plan,
        stream: int,
        erasure: Erasure | None = None,
        traces: Traces | None = None,
    ) -> None:
        self.pool, self.mesh, self.plan, self.stream = pool, mesh, plan, stream
        self.erasure, self.traces = erasure, traces
        self._calm = np.flatnonzero(pool.calm)
        self._rows = [np.flatnonzero(pool.labels == label) for label in range(len(SEVEN))]
        self._expressive = [label for label in EXPRESSIVE if len(self._rows[label])]
        self._pairs = pairs_of(pool)
        self._possible = {label: self._kinds_of(label) for label in range(len(SEVEN))}
        if missing := [SEVEN[label] for label, kinds in self._possible.items() if not kinds]:
            raise DataError(
                f"no still can show {', '.join(missing)} with the kinds "
                f"{', '.join(self.plan.kinds)}; allow acted clips or add collections"
            )

    def make(self, number: int) -> Clip:
        """Make one clip; the same number always gives the same clip."""
        rng = np.random.default_rng([self.plan.seed, self.stream, number])
        label = self._draw_label(rng)
        kinds = self._possible[label]
        shares = np.array(list(kinds.values()))
        kind = str(rng.choice(list(kinds), p=shares / shares.sum()))
        if kind == "morphed":
            return self._morph(label, rng)
        # What is calmed was as often one expression as another.
        shown = int(rng.choice(self._expressive)) if kind == "calmed" else label
        row = int(rng.choice(self._actors(kind, shown)))
        face = self._fit(row)
        # What a transition leads to stays to the end.
        course = "onset" if kind == "transition" else None
        take = draw_take(face, self.plan.timing, rng, course=course, courses=self.plan.courses)
        strengths, calmness = _perform(kind, take, SEVEN[label])
        scene = draw_scene(self.pool.images[row], face, rng)
        motion = draw_head_motion(take.seconds, scene.image.shape[1], rng)
        relief = self.erasure.relief(self.pool.images[row], face) if self.erasure else None
        rendered = render(
            scene, strengths + self._distraction(take, label), motion, relief, calmness
        )
        if self.traces and calmness is not None:
            rendered = self.traces.erase_from(rendered, calmness)
        frames = film(rendered, take.seconds, rng)
        shows = kind if kind in OWN_COURSE else take.course.kind
        return self._clip(frames, label, row, kind, shows, take)

    def _morph(self, label: int, rng: np.random.Generator) -> Clip:
        pairs = self._pairs[label]
        first, second = pairs[rng.integers(len(pairs))]
        take = draw_take(self._fit(first), self.plan.timing, rng, courses=self.plan.courses)
        extra = self._distraction(take, label)
        morph = draw_morph(
            (self.pool.images[first], take.face),
            (self.pool.images[second], self._fit(second)),
            rng,
        )
        motion = draw_head_motion(take.seconds, self.pool.images.shape[2], rng)
        shares = take.course.strength(take.seconds)
        frames = film(render_morph(morph, shares, extra, motion), take.seconds, rng)
        return self._clip(frames, label, second, "morphed", take.course.kind, take)

    def _distraction(self, take: Take, label: int) -> NDArray[np.float64]:
        is_neutral = label == NEUTRAL
        share = self.plan.neutral_speaking_share if is_neutral else self.plan.speaking_share
        return distraction(take, share)

    def _kinds_of(self, label: int) -> dict[str, float]:
        """Kinds that the pool allows for a label, with their shares."""
        wanted = dict(self.plan.kinds)
        if label == NEUTRAL:
            allowed = {kind: GOES_WITH.get(kind) for kind in NEUTRAL_KINDS}
            wanted = {
                kind: NEUTRAL_KINDS[kind]
                for kind, other in allowed.items()
                if other is None or self.plan.kinds.get(other, 0) > 0
            }
        pairs = len(self._pairs.get(label, []))
        if "morphed" in wanted:
            wanted["morphed"] *= min(1, pairs / ENOUGH_PAIRS)
        return {
            kind: share
            for kind, share in wanted.items()
            if share > 0 and self._is_possible(kind, label)
        }

    def _is_possible(self, kind: str, label: int) -> bool:
        if kind == "calmed":
            return bool(self._expressive)
        return kind == "morphed" or len(self._actors(kind, label)) > 0

    def _actors(self, kind: str, label: int) -> NDArray[np.int64]:
        """Rows of the stills that can play a kind of clip."""
        return self._calm if kind in PLAYED_BY_CALM else self._rows[label]

    def _draw_label(self, rng: np.random.Generator) -> int:
        if rng.random() < self.plan.neutral_share:
            return NEUTRAL
        return int(rng.choice(EXPRESSIVE))

    def _fit(self, row: int) -> FittedFace:
        return fit_face(self.mesh, self.pool.landmarks[row], self.pool.strengths[row])

    def _clip(
        self,
        frames: NDArray[np.uint8],
        label: int,
        row: int,
        kind: str,
        course: str,
        take: Take,
    ) -> Clip:
        period_s = float(take.seconds[1] - take.seconds[0])
        return Clip(frames, label, str(self.pool.people[row]), kind, course, period_s)


def _check_shares(what: str, shares: Mapping[str, float], known: Collection[str]) -> None:
    """Raise ``ConfigError`` for unknown names, and for shares of which nothing can be drawn."""
    if unknown := set(shares) - set(known):
        raise ConfigError(f"unknown {what} {', '.join(sorted(unknown))}; choose {', '.join(known)}")
    if any(not 0 <= share < np.inf for share in shares.values()) or not sum(shares.values()):
        given = " ".join(f"{name}={share}" for name, share in shares.items())
        raise ConfigError(
            f"the shares of each {what} must be 0 or more, and not all 0; got {given or 'none'}"
        )


def _perform(
    kind: str, take: Take, label: str
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Facial actions ``(T, A)`` of a kind of clip, and its calmness ``(T,)`` if it relaxes."""
    match kind:
        case "relaxed":
            return relaxed(take)
        case "calmed":
            return calmed(take)
        case "acted":
            return acted(take, label), None
        case "transition":
            return transition(take, label), None
        case _:
            return held(take), None
