"""What the frozen backbone can do without any training: ordinary sentences about each class."""

import torch
import torch.nn.functional as F
from torch import Tensor

from core.model.backbone import FrozenClip

TEMPLATES = (
    "a face showing {}",
    "a photo of a face with an expression of {}",
    "a person whose face expresses {}",
)


@torch.no_grad()
def zero_shot_vectors(backbone: FrozenClip, labels: tuple[str, ...]) -> Tensor:
    """Mean feature of the templates filled with each class name: ``(K, 1, D)``."""
    features = [
        backbone.encode_texts([template.format(label) for template in TEMPLATES]).mean(0)
        for label in labels
    ]
    return F.normalize(torch.stack(features), dim=-1)[:, None]
