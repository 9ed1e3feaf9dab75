"""How fast each layer learns at each moment of a stage."""

import math
from dataclasses import dataclass
from typing import Literal

Schedule = Literal["cosine", "multistep"]
LayerSchedule = Literal["restart", "own", "stage"]


@dataclass(frozen=True)
class Clock:
    """The learning rate's course through a stage whose layers may join one by one.

    One course over the whole stage leaves the last of four layers, which joins in its last
    quarter, 2 % of the first one's rate times time: it then stays the identity that it starts as.

    Attributes:
        schedule: Course of the rate: ``cosine`` to zero or ``multistep``.
        layers: ``restart`` begins a new course for everything with each layer that joins, ``own``
            gives each layer one from its joining to the end, ``stage`` one over the stage for all.
        epochs: Of the stage.
        joins: The epoch that each layer joins in, in order, from 0.
    """

    schedule: Schedule
    layers: LayerSchedule
    epochs: int
    joins: tuple[int, ...] = ()

    def factor(self, done: float, layer: int | None = None) -> float:
        """Share of the peak rate after ``done`` epochs.

        Args:
            done: Epochs of the stage, with the part of the one that runs.
            layer: A layer that may join late, from 0; None for anything else.
        """
        start, end = 0.0, float(self.epochs)
        if self.layers == "own" and layer is not None:
            start = self.joins[layer]
            if done < start:
                return 0.0
        if self.layers == "restart":
            bounds = sorted({0, *self.joins, self.epochs})
            start = max(bound for bound in bounds[:-1] if bound <= done)
            end = min(bound for bound in bounds if bound > start)
        return rate_factor(self.schedule, (done - start) / (end - start))


def rate_factor(schedule: Schedule, progress: float) -> float:
    """Share of the peak learning rate at a point of its course (0-1)."""
    if schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * progress))
    return 0.1 ** ((progress >= 0.6) + (progress >= 0.8))
