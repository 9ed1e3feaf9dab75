"""Clips that were never filmed, from stored features: weaker expressions, other people (ours)."""

import torch
import torch.nn.functional as F
from torch import Tensor

# Frames of a motionless clip differ by the rounding of half precision at most.
MOTIONLESS = 1e-3


def weaken_change(features: Tensor, keeps: Tensor, weakest: float) -> Tensor:
    """Shrink the way that a clip takes from its opening frame to a random share.

    A slight smile looks neutral by itself; that it came shows what it is.

    Args:
        features: ``(B, T, D)``, unit length.
        keeps: ``(B,)`` bool, clips that stay as they are: what a resting face does by the way must
            not shrink with the expressions that it is told from.
        weakest: Smallest share.

    Returns:
        ``(B, T, D)``, unit length.
    """
    opening = features[:, :1]
    share = weakest + (1 - weakest) * torch.rand(len(features), device=features.device)
    share = share.masked_fill(keeps, 1.0)[:, None, None]
    return F.normalize(opening + share * (features - opening), dim=-1)


def jitter_identity(features: Tensor, labels: Tensor, reach: float) -> Tensor:
    """Shift every frame of a clip by how two other faces of its class differ.

    Frozen features know the training people: their resting faces look rested. A stranger's do not
    always, and only the change from the clip's opening tells an expression from a face's shape.
    With the shift that holds for training clips, too. What a shift is drawn from are the opening
    frames of two other clips of the batch; motionless clips keep theirs, as they show no change.

    Args:
        features: ``(B, T, D)``, unit length.
        labels: ``(B,)`` integer classes.
        reach: Largest share of the difference; each clip draws its own below.

    Returns:
        ``(B, T, D)``, unit length.
    """
    opening = features[:, 0]
    difference = opening[_partners(labels)] - opening[_partners(labels)]
    share = reach * torch.rand(len(labels), 1, device=features.device) / 2**0.5
    moves = (features[:, -1] - opening).norm(dim=-1, keepdim=True) > MOTIONLESS
    return F.normalize(features + (share * moves * difference)[:, None], dim=-1)


def _partners(labels: Tensor) -> Tensor:
    """For each clip one of its class, each of them once."""
    partners = torch.empty_like(labels)
    for label in labels.unique():  # type: ignore[no-untyped-call]
        rows = (labels == label).nonzero()[:, 0]
        partners[rows] = rows[torch.randperm(len(rows), device=rows.device)]
    return partners
