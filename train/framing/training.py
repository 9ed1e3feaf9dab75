"""Teach the network to point, and measure how far its squares are off."""

import logging
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from core.faces.framing.framer import trust_in
from core.faces.framing.points import FeaturePoints
from core.faces.framing.square import square_of
from train.framing.faces import PointedFaces
from train.framing.windows import Carelessness, random_windows

logger = logging.getLogger(__name__)

# Errors below this count by their square [half windows].
SMALL_ERROR = 0.05
# Windows that are judged, and how careless they are cut.
JUDGED, HARDLY_WIDER = 4000, Carelessness(zoom=1.4, turn=15.0)


@dataclass(frozen=True)
class FramingConfig:
    """How to train.

    Attributes:
        epochs: Passes over the faces.
        batch_size: Windows per step.
        learning_rate: At its highest, of AdamW on one cycle (arXiv 1708.07120).
        weight_decay: Of AdamW.
        seed: Source of all randomness.
    """

    epochs: int = 12
    batch_size: int = 256
    learning_rate: float = 4e-3
    weight_decay: float = 0.01
    seed: int = 0


def train_points(
    faces: PointedFaces, held_out: PointedFaces, config: FramingConfig
) -> FeaturePoints:
    """Train from random weights; about twenty minutes for 36,000 faces on one core."""
    torch.manual_seed(config.seed)
    network = FeaturePoints()
    batch = min(config.batch_size, len(faces))
    steps = len(faces) // batch
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.learning_rate, total_steps=steps * config.epochs
    )
    generator = torch.Generator().manual_seed(config.seed)
    for epoch in range(1, config.epochs + 1):
        network.train()
        order = torch.randperm(len(faces), generator=generator)
        for rows in order[: steps * batch].split(batch):  # type: ignore[no-untyped-call]
            windows = random_windows(
                faces.canvases[rows], faces.points[rows], Carelessness(), generator
            )
            loss = F.smooth_l1_loss(
                network(windows.images).points, windows.points, beta=SMALL_ERROR
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
        logger.info("epoch %d: %s", epoch, judge_points(network, held_out))
    return network.eval()


@torch.no_grad()
def judge_points(network: FeaturePoints, faces: PointedFaces) -> dict[str, float]:
    """How far off are points and squares on held-out faces that are framed at random?

    Returns:
        ``point_error``: mean distance of the points [sides of the face]; ``side``, ``middle`` and
        ``roll``: typical errors of the square [factor's logarithm, its sides, degrees], and the
        same of the windows that it was given as ``given_…``; ``clear``: share of the faces that
        are trusted altogether.
    """
    network.eval()
    generator = torch.Generator().manual_seed(1)
    chosen = slice(None, None, max(1, len(faces) // JUDGED))
    windows = random_windows(
        faces.canvases[chosen], faces.points[chosen], HARDLY_WIDER, generator, plain=True
    )
    found = network(windows.images)
    told, true = square_of(found.points.numpy()), square_of(windows.points.numpy())
    # Before anything is framed, every window takes the face to be upright in its middle.
    given = np.tile(np.median(true, 0), (len(true), 1))
    distance = (found.points - windows.points).norm(dim=2).mean(1).numpy() / true[:, 2]
    return {
        "point_error": float(distance.mean()),
        **_errors(told, true, ""),
        **_errors(given, true, "given_"),
        "clear": float((trust_in(found.spread) == 1).float().mean()),
    }


def _errors(told: NDArray[np.float64], true: NDArray[np.float64], name: str) -> dict[str, float]:
    """Root mean squares over the middle 95 % of the faces: the teacher errs, too."""
    errors = {
        "side": np.abs(np.log(told[:, 2] / true[:, 2])),
        "middle": np.hypot(*(told - true)[:, :2].T) / true[:, 2],
        "roll": np.abs(told[:, 3] - true[:, 3]),
    }
    return {
        f"{name}{kind}": float(np.sqrt(np.mean(np.sort(e)[: max(1, int(0.95 * len(e)))] ** 2)))
        for kind, e in errors.items()
    }
