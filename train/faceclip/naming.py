"""How well does a FaceCLIP name still faces by its own captions?"""

import open_clip
import torch
import torch.nn.functional as F
from open_clip.model import CLIP
from torch import Tensor

from core.device import image_arithmetic
from core.labels import SEVEN
from train.data.views import center_view
from train.faceclip.stills.captions import captions_of
from train.faceclip.stills.sources import Stills
from train.scoring.metrics import (
    confusion_matrix,
    unweighted_average_recall,
    weighted_average_recall,
)

CPU = torch.device("cpu")


@torch.no_grad()
def class_vectors(model: CLIP) -> Tensor:
    """Mean text feature of every caption of each class, ``(K, D)``, unit length."""
    tokenizer = open_clip.SimpleTokenizer()
    means = [
        model.encode_text(tokenizer(captions_of(label)), normalize=True).mean(0) for label in SEVEN
    ]
    return F.normalize(torch.stack(means), dim=-1)


@torch.no_grad()
def image_features(model: CLIP, canvases: Tensor, size: int, box: float = 1.0) -> Tensor:
    """Features of plain views as prediction has them: the mean over a face and its mirror image.

    Args:
        model: The towers.
        canvases: ``(N, 64, 64)`` uint8 grey.
        size: Side of the images [px].
        box: See ``center_view``.

    Returns:
        ``(N, D)`` float32, unit length.
    """
    model.eval()
    parts = []
    for images in canvases.split(128):  # type: ignore[no-untyped-call]
        view = center_view(images, size, box)
        with image_arithmetic(CPU):
            both = model.encode_image(torch.cat([view, view.flip(-1)])).float()
        seen, mirrored = F.normalize(both, dim=-1).chunk(2)
        parts.append(seen + mirrored)
    return F.normalize(torch.cat(parts), dim=-1)


@torch.no_grad()
def score_stills(model: CLIP, stills: Stills, size: int, box: float = 1.0) -> dict[str, float]:
    """WAR and UAR of naming stills by their nearest class vector; both 0-1.

    Args:
        model: The towers.
        stills: With their labels.
        size: Side of the images [px].
        box: See ``center_view``.
    """
    features = image_features(model, torch.from_numpy(stills.images), size, box)
    predicted = (features @ class_vectors(model).T).argmax(1)
    confusion = confusion_matrix(stills.labels, predicted.numpy(), len(SEVEN))
    return {
        "war": weighted_average_recall(confusion),
        "uar": unweighted_average_recall(confusion),
    }
