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

# More at once leave a processor's caches: 256 views take 1.7 times as long each as 64.
FACES_AT_ONCE = 32


@torch.no_grad()
def class_vectors(model: CLIP) -> Tensor:
    """Mean text feature of every caption of each class, ``(K, D)``, unit length."""
    tokenizer = open_clip.SimpleTokenizer()
    device = model.logit_scale.device
    means = [
        model.encode_text(tokenizer(captions_of(label)).to(device), normalize=True).mean(0)
        for label in SEVEN
    ]
    return F.normalize(torch.stack(means), dim=-1)


@torch.no_grad()
def image_features(
    model: CLIP, canvases: Tensor, size: int, box: float = 1.0, *, mirror: bool = True
) -> Tensor:
    """Features of plain views as prediction has them.

    Args:
        model: The towers.
        canvases: ``(N, 64, 64)`` uint8 grey.
        size: Side of the images [px].
        box: See ``center_view``.
        mirror: Take the mean over a face and its mirror image.

    Returns:
        ``(N, D)`` float32, unit length, on the model's device.
    """
    model.eval()
    device, parts = model.logit_scale.device, []
    for images in canvases.split(FACES_AT_ONCE):  # type: ignore[no-untyped-call]
        view = center_view(images.to(device), size, box)
        views = torch.stack([view, view.flip(-1)] if mirror else [view])
        flat = views.flatten(0, 1).to(memory_format=torch.channels_last)
        with image_arithmetic(device):
            seen = model.encode_image(flat).float()
        parts.append(F.normalize(seen, dim=-1).view(*views.shape[:2], -1).sum(0))
    return F.normalize(torch.cat(parts), dim=-1)


@torch.no_grad()
def score_stills(
    model: CLIP, stills: Stills, size: int, box: float = 1.0, *, mirror: bool = True
) -> dict[str, float]:
    """WAR and UAR of naming stills by their nearest class vector; both 0-1.

    Args:
        model: The towers.
        stills: With their labels.
        size: Side of the images [px].
        box: See ``center_view``.
        mirror: See ``image_features``.
    """
    images = torch.from_numpy(stills.images)
    features = image_features(model, images, size, box, mirror=mirror)
    predicted = (features @ class_vectors(model).T).argmax(1).cpu()
    confusion = confusion_matrix(stills.labels, predicted.numpy(), len(SEVEN))
    return {
        "war": weighted_average_recall(confusion),
        "uar": unweighted_average_recall(confusion),
    }
