"""Which facial actions make up each expression, and how people vary them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.motion.faces.face_model import FaceMesh

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Prototype:
    """One way to show an expression, as strengths of facial actions (ARKit names, both sides).

    Attributes:
        core: Actions that are always there.
        extras: Actions that each appear in half of the draws.
    """

    core: dict[str, float]
    extras: dict[str, float]


# Strengths were tuned until a recogniser of real faces moved most towards the right name. The
# action units of the Facial Action Coding System stand beside the lines that render them.
PROTOTYPES: dict[str, tuple[Prototype, ...]] = {
    "happiness": (
        Prototype(  # AU 6 + 12, lips closed
            {"mouthSmile": 1.0, "cheekSquint": 0.7, "eyeSquint": 0.7},
            {"mouthDimple": 0.4, "cheekRaiser": 0.4},
        ),
        Prototype(  # AU 6 + 12 + 25 (26), teeth shown
            {"mouthSmile": 1.0, "cheekSquint": 0.7, "mouthUpperUp": 0.5, "jawOpen": 0.2},
            {"eyeSquint": 0.8, "mouthLowerDown": 0.4, "mouthStretch": 0.4, "cheekRaiser": 0.5},
        ),
    ),
    "sadness": (
        Prototype(  # AU 1 + 4 + 15 (17)
            {"browInnerUp": 1.6, "browDown": 0.4, "mouthFrown": 1.9},
            {"mouthShrugLower": 0.6, "eyeBlink": 0.3, "mouthPress": 0.6, "mouthRollLower": 0.3},
        ),
        Prototype(  # AU 1 + 4 + 7 + 15 + 20 + 25, close to tears
            {"browDown": 0.8, "browInnerUp": 1.1, "mouthFrown": 1.6, "eyeSquint": 0.8},
            {"mouthStretch": 0.6, "mouthLowerDown": 0.3, "jawOpen": 0.15, "mouthShrugLower": 0.5},
        ),
    ),
    "anger": (
        Prototype(  # AU 4 + 7 + 23 + 24, lips pressed
            {"browDown": 1.5, "eyeSquint": 0.8, "mouthPress": 1.1, "mouthRollLower": 0.5},
            {"mouthRollUpper": 0.5, "mouthShrugLower": 0.5, "noseSneer": 0.3, "jawForward": 0.4},
        ),
        Prototype(  # AU 4 + 7 + 10 + 25, teeth bared
            {"browDown": 1.5, "eyeSquint": 0.6, "mouthUpperUp": 0.5, "mouthLowerDown": 0.8},
            {"jawOpen": 0.12, "noseSneer": 0.3, "mouthStretch": 0.5},
        ),
        Prototype(  # AU 4 + 7 + 9 + 10 + 25 + 26, shouting
            {
                "browDown": 1.5,
                "noseSneer": 0.6,
                "eyeSquint": 0.5,
                "mouthUpperUp": 0.6,
                "jawOpen": 0.4,
            },
            {"mouthLowerDown": 0.8, "mouthStretch": 0.5, "cheekSquint": 0.5},
        ),
    ),
    "surprise": (
        Prototype(  # AU 1 + 2 + 5 + 26
            {"browInnerUp": 1.1, "browOuterUp": 0.9, "eyeWide": 1.3, "jawOpen": 0.5},
            {"mouthFunnel": 0.4, "mouthPucker": 0.2},
        ),
        Prototype(  # AU 1 + 2 + 5, the mouth hardly moves
            {"browInnerUp": 1.1, "browOuterUp": 1.0, "eyeWide": 1.1, "jawOpen": 0.15},
            {"mouthFunnel": 0.3},
        ),
    ),
    "disgust": (
        Prototype(  # AU 9 + 10 + 7, often 15 + 17
            {"noseSneer": 1.1, "mouthUpperUp": 0.6, "eyeSquint": 0.8, "cheekSquint": 0.6},
            {"browDown": 0.4, "mouthShrugLower": 0.5, "mouthFrown": 0.9},
        ),
        Prototype(  # AU 9 + 10 + 25, often 16, lips apart
            {"noseSneer": 0.9, "mouthUpperUp": 1.0, "eyeSquint": 0.9, "cheekSquint": 0.7},
            {"mouthLowerDown": 0.4, "jawOpen": 0.12, "eyeBlink": 0.2, "mouthFrown": 0.5},
        ),
    ),
    "fear": (
        Prototype(  # AU 1 + 2 + 4 + 5 + 20 + 25
            {"browInnerUp": 1.5, "browDown": 0.8, "eyeWide": 1.5, "mouthStretch": 0.8},
            {"mouthFrown": 0.9, "mouthLowerDown": 0.7, "browOuterUp": 0.3, "jawOpen": 0.1},
        ),
        Prototype(  # AU 1 + 4 + 5 + 20 + 26, mouth open and tense
            {"browInnerUp": 1.6, "browDown": 0.9, "eyeWide": 1.6, "mouthFrown": 0.9},
            {"jawOpen": 0.25, "mouthStretch": 0.7, "mouthLowerDown": 0.8},
        ),
    ),
}

WEAKEST, STRONGEST = 0.55, 1.25


def draw_expression(mesh: FaceMesh, label: str, rng: np.random.Generator) -> Array:
    """Draw the apex of an expression.

    Args:
        mesh: Gives the order of the actions.
        label: Expression with a prototype; ``neutral`` has none.
        rng: Source of all randomness.

    Returns:
        ``(A,)`` strengths, roughly 0-1.4, with a random intensity, mix and asymmetry.
    """
    variants = PROTOTYPES[label]
    prototype = variants[rng.integers(len(variants))]
    chosen = dict(prototype.core)
    chosen |= {name: size for name, size in prototype.extras.items() if rng.random() < 0.5}
    strengths = np.zeros(len(mesh.actions))
    intensity = rng.uniform(WEAKEST, STRONGEST)
    lean = rng.normal(0, 0.08)  # one side of a face often does more
    for name, size in chosen.items():
        drawn = intensity * size * np.exp(rng.normal(0, 0.2))
        for row, side in rows_of(mesh, name):
            strengths[row] = drawn * (1 + side * (lean + rng.normal(0, 0.05)))
    return np.maximum(strengths, 0)


def rows_of(mesh: FaceMesh, name: str) -> list[tuple[int, int]]:
    """Rows of an action and the side of each: 1 the person's left, -1 right, 0 both."""
    if name in mesh.actions:
        return [(mesh.index(name), 0)]
    return [(mesh.index(f"{name}_L"), 1), (mesh.index(f"{name}_R"), -1)]
