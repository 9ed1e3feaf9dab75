"""How much does the verdict owe to each frame, and to their order?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.explain.vectors import unit
from core.prediction import Array

# Cosines of clips with the classes, (B, T, D) to (B, K): ``Recognizer.compare`` or the like.
Compare = Callable[[Array], Array]
ToProbabilities = Callable[[Array], Array]

ORDERS = 16


@dataclass(frozen=True)
class Influence:
    """What the verdict loses without a frame.

    Attributes:
        probability: ``(T,)`` fall of the verdict's probability, -1..1; negative where the frame
            spoke against the verdict.
        margin: ``(T,)`` fall of its cosine's lead over the best other class.
        shuffled_probability: Mean probability of the verdict over ``ORDERS`` random orders of the
            frames: equal to the verdict's own where the model ignores order.
        shuffled_margin: Mean lead over the same orders.
    """

    probability: Array
    margin: Array
    shuffled_probability: float
    shuffled_margin: float


def frame_influence(
    clip: Array, verdict: int, compare: Compare, to_probabilities: ToProbabilities
) -> Influence:
    """Leave one frame out at a time and see what happens to the verdict.

    A frame left out is filled with the mean direction of its two neighbours, as if nothing had
    happened in that moment; shortening the clip instead would move every later frame to another
    position. Neighbours that show the same thing stand in for each other, so a long expression
    gives each of its frames little influence.

    Args:
        clip: ``(T, D)`` features of the sampled frames, unit length.
        verdict: Index of the class to follow.
        compare: Cosines of clips with the classes.
        to_probabilities: Probabilities of those cosines.
    """
    variants = np.concatenate([clip[None], without_each(clip), shuffled(clip)])
    similarities = compare(variants)
    probability = to_probabilities(similarities)[:, verdict]
    margin = lead(similarities, verdict)
    removed = slice(1, 1 + len(clip))
    return Influence(
        probability=np.asarray(probability[0] - probability[removed], np.float32),
        margin=np.asarray(margin[0] - margin[removed], np.float32),
        shuffled_probability=float(probability[1 + len(clip) :].mean()),
        shuffled_margin=float(margin[1 + len(clip) :].mean()),
    )


def without_each(clip: Array) -> Array:
    """``(T, D)`` to ``(T, T, D)``: in row ``k`` the neighbours of frame ``k`` take its place."""
    steps = np.arange(len(clip))
    before, after = np.maximum(steps - 1, 0), np.minimum(steps + 1, len(clip) - 1)
    # The outer frames have one neighbour, which then counts alone.
    before[0], after[-1] = after[0], before[-1]
    variants = np.repeat(clip[None], len(clip), 0)
    variants[steps, steps] = unit(clip[before] + clip[after])
    return variants


def shuffled(clip: Array, orders: int = ORDERS, seed: int = 0) -> Array:
    """``(T, D)`` to ``(orders, T, D)`` in random orders, the same ones for the same seed."""
    generator = np.random.default_rng(seed)
    return np.stack([clip[generator.permutation(len(clip))] for _ in range(orders)])


def lead(similarities: Array, verdict: int) -> Array:
    """Lead of one class over the best other one: ``(B, K)`` to ``(B,)``."""
    others = np.delete(similarities, verdict, axis=1)
    return np.asarray(similarities[:, verdict] - others.max(1), np.float32)
