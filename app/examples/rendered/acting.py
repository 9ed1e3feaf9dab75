"""What the rendered people play: expressions that come and go, blinks, a head never quite still."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from app.examples.rendered.skin import Look

Strengths = Mapping[str, float]

# Facial actions by ARKit's names, as the Facial Action Coding System describes each expression.
EXPRESSIONS: dict[str, Strengths] = {
    # Lids a little lower than the model's own rest, which looks startled.
    "rest": {"eyeSquint": 0.2, "browDown": 0.1},
    "smile": {"mouthSmile": 0.75, "cheekSquint": 0.5, "eyeSquint": 0.25},
    "laugh": {
        "mouthSmile": 1.05, "cheekSquint": 0.8, "mouthUpperUp": 0.35, "jawOpen": 0.22,
        "eyeSquint": 0.5,
    },
    "surprise": {
        "browInnerUp": 1.1, "browOuterUp": 0.95, "eyeWide": 1.2, "jawOpen": 0.55,
        "mouthFunnel": 0.3,
    },
    "fear": {
        "browInnerUp": 1.5, "browDown": 0.8, "eyeWide": 1.5, "mouthStretch": 0.9,
        "mouthLowerDown": 0.7, "jawOpen": 0.15,
    },
    "sadness": {
        "browInnerUp": 1.6, "browDown": 0.4, "mouthFrown": 1.8, "mouthShrugLower": 0.6,
        "eyeBlink": 0.22,
    },
    "disgust": {
        "noseSneer": 1.1, "mouthUpperUp": 0.8, "eyeSquint": 0.8, "browDown": 0.4,
        "mouthFrown": 0.6,
    },
}  # fmt: skip
BLINK_S = 0.14


@dataclass(frozen=True)
class Story:
    """One clip.

    Attributes:
        name: Of its files.
        title: What a visitor reads.
        note: What is to be seen, in a few words.
        person: Seed of the head's shape.
        look: Its colours.
        beats: Times [s] and the expression that is reached then; it is kept until another one's
            time comes near.
        blinks: When the eyes are shut [s].
        duration_s: Length [s].
        shown_s: Moment of the small picture [s].
    """

    name: str
    title: str
    note: str
    person: int
    look: Look
    beats: tuple[tuple[float, str], ...]
    blinks: tuple[float, ...]
    duration_s: float
    shown_s: float


STORIES = (
    Story(
        name="present",
        title="A present",
        note="Waits, is surprised, laughs",
        person=3,
        look=Look(
            skin=(0.60, 0.38, 0.29),
            lips=(0.50, 0.16, 0.16),
            hair=(0.10, 0.05, 0.022),
            iris=(0.12, 0.09, 0.04),
            shirt=(0.28, 0.10, 0.10),
            brow=0.40,
            hairline=4.8,
        ),
        beats=(
            (0.0, "rest"), (1.5, "rest"), (1.9, "surprise"), (3.2, "surprise"), (3.8, "laugh"),
            (6.4, "laugh"), (7.0, "smile"),
        ),
        blinks=(0.7, 3.5),
        duration_s=7.0,
        shown_s=4.6,
    ),
    Story(
        name="call",
        title="A phone call",
        note="Listens, is afraid, is sad",
        person=0,
        look=Look(
            skin=(0.55, 0.33, 0.23),
            lips=(0.42, 0.15, 0.14),
            hair=(0.05, 0.03, 0.02),
            iris=(0.10, 0.16, 0.20),
            shirt=(0.05, 0.09, 0.16),
            stubble=0.6,
            brow=0.5,
            hairline=4.2,
        ),
        beats=(
            (0.0, "rest"), (1.5, "rest"), (2.0, "fear"), (3.8, "fear"), (4.6, "sadness"),
            (7.0, "sadness"),
        ),
        blinks=(0.9, 4.2),
        duration_s=7.0,
        shown_s=2.8,
    ),
    Story(
        name="milk",
        title="The milk",
        note="Smells it, is disgusted, laughs at himself",
        person=8,
        look=Look(
            skin=(0.24, 0.12, 0.07),
            lips=(0.22, 0.075, 0.065),
            hair=(0.010, 0.008, 0.007),
            iris=(0.05, 0.025, 0.012),
            shirt=(0.42, 0.40, 0.36),
            stubble=0.5,
            brow=0.46,
        ),
        beats=(
            (0.0, "rest"), (1.4, "rest"), (1.8, "disgust"), (3.8, "disgust"), (4.5, "laugh"),
            (7.0, "laugh"),
        ),
        blinks=(0.8, 4.1),
        duration_s=7.0,
        shown_s=2.9,
    ),
)  # fmt: skip


def strengths_at(story: Story, time_s: float) -> dict[str, float]:
    """Facial actions at a moment: the beats, blinks, eyes that hold their aim, small unrest."""
    total: dict[str, float] = {}
    for name, share in _mix(story, time_s):
        for action, size in EXPRESSIONS[name].items():
            total[action] = total.get(action, 0.0) + share * size
    shut = max((1 - abs(time_s - at) / BLINK_S for at in story.blinks), default=0.0)
    total["eyeBlink"] = max(total.get("eyeBlink", 0.0), 0.95 * _step(shut))
    # Eyes stay on what they look at while the head moves.
    yaw, pitch, _ = turn_at(story, time_s)
    total |= {"eyeLookIn_L": 2 * max(-yaw, 0.0), "eyeLookOut_R": 2 * max(-yaw, 0.0)}
    total |= {"eyeLookOut_L": 2 * max(yaw, 0.0), "eyeLookIn_R": 2 * max(yaw, 0.0)}
    total |= {"eyeLookUp": 2 * max(pitch, 0.0), "eyeLookDown": 2 * max(-pitch, 0.0)}
    unrest = 0.04 * math.sin(2.3 * time_s + story.person)
    total["browInnerUp"] = total.get("browInnerUp", 0.0) + unrest
    total["mouthPress"] = total.get("mouthPress", 0.0) + 0.05 + unrest
    return total


def turn_at(story: Story, time_s: float) -> tuple[float, float, float]:
    """Yaw, pitch and roll of the head [rad]: it sways, and starts with each new expression."""
    phase = 0.7 * story.person
    yaw = 0.08 * math.sin(0.9 * time_s + phase) + 0.03 * math.sin(2.1 * time_s + 2 * phase)
    pitch = 0.03 + 0.03 * math.sin(1.3 * time_s + phase)
    roll = 0.03 * math.sin(0.7 * time_s + 1 + phase)
    for (_, before), (at, after) in zip(story.beats, story.beats[1:], strict=False):
        if before != after:
            pitch -= 0.06 * math.exp(-(((time_s - at) / 0.35) ** 2))
    return yaw, pitch, roll


def _mix(story: Story, time_s: float) -> list[tuple[str, float]]:
    """Expressions and how much of each."""
    if time_s >= story.beats[-1][0]:
        return [(story.beats[-1][1], 1.0)]
    for (start, before), (end, after) in zip(story.beats, story.beats[1:], strict=False):
        if time_s < end:
            share = _step((time_s - start) / (end - start))
            return [(before, 1 - share), (after, share)]
    raise AssertionError("the beats cover every time before the last one")


def _step(share: float) -> float:
    """From 0 to 1 on the path of least jerk."""
    x = min(max(share, 0.0), 1.0)
    return x**3 * (10 - 15 * x + 6 * x * x)
