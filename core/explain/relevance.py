"""Where in the face crops is the evidence for a class?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from open_clip.timm_model import TimmModel
from open_clip.transformer import VisionTransformer
from torch import Tensor, nn

from core.errors import BackboneError
from core.explain.attention_relevance import attention_relevance
from core.explain.panels import missing_panels
from core.model.method import Method
from core.prediction import Array

GRID = 28
# The last stages of a convolutional network that have this many places along a side.
STAGES, LEAST_PLACES = 3, 6
BATCH = 16

LAYER_CAM = "LayerCAM (Jiang et al., 2021), mean of three stages"
CHEFER = "Gradient-weighted attention (Chefer et al., ICCV 2021)"

# Gradients of a frame's features come in, maps (N, h, w) without a scale go out.
Tower = Callable[[nn.Module, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Relevance:
    """Relevance maps of a clip's frames.

    Attributes:
        method: The published method, for the caption.
        maps: ``(T, GRID, GRID)``, 0-1; 1 is the strongest spot of the whole clip, so that a frame
            that matters little stays dark.
    """

    method: str
    maps: Array


def image_relevance(
    model: Method, pixels: Tensor, features: Array, classes: Tensor, target: int
) -> Relevance:
    """Mark what speaks for one class rather than for the average of the others.

    The score is followed back through the temporal layers to each frame, and from there through
    the image tower to the places of the crop. Only evidence *for* the class is kept.

    Args:
        model: Any phase.
        pixels: ``(T, 3, h, w)`` preprocessed crops of the sampled frames.
        features: ``(T, D)`` their features, unit length.
        classes: ``(K, P, D)`` class vectors.
        target: Index of the class.

    Raises:
        BackboneError: The image tower is of a kind that no method here can read, or changed.
    """
    if model.has_own_tower:
        raise BackboneError(missing_panels(model)["evidence"])
    visual = model.backbone.clip.visual
    method, tower = _method(visual)
    gradients = feature_gradients(model, features, classes, target)
    device = gradients.device
    look = _from_both_sides(tower) if model.backbone.mirror else tower
    parts = [
        look(visual, crops.to(device), part)
        for crops, part in zip(pixels.split(BATCH), gradients.split(BATCH), strict=True)  # type: ignore[no-untyped-call]
    ]
    maps = _enlarge(torch.cat(parts))
    return Relevance(method, np.asarray(_scaled(maps).cpu().numpy(), np.float32))


def feature_gradients(model: Method, features: Array, classes: Tensor, target: int) -> Tensor:
    """How the score of a class changes with each frame's features: ``(T, D)``."""
    with torch.enable_grad():
        clip = torch.tensor(features, device=classes.device)[None].requires_grad_()
        cosines = model.similarities(clip, classes)[0]  # (K,)
        others = (cosines.sum() - cosines[target]) / (len(cosines) - 1)
        (gradients,) = torch.autograd.grad(cosines[target] - others, clip)
    return gradients[0]


def layer_cam(visual: nn.Module, pixels: Tensor, gradients: Tensor) -> Tensor:
    """LayerCAM of an open_clip image tower built on timm.

    Each place of a feature map counts with its own positive gradient, which unlike Grad-CAM also
    works on early, finer stages. Deviation: the stages are scaled to the same strength and
    averaged; the paper fuses them by a maximum.

    Args:
        visual: A ``TimmModel``.
        pixels: ``(N, 3, h, w)``.
        gradients: ``(N, D)`` of the score by the unit-length features.

    Returns:
        ``(N, GRID, GRID)``, not negative.
    """
    with torch.enable_grad():
        # Frozen weights build no graph by themselves; the input starts one.
        outputs = visual.forward_intermediates(pixels.requires_grad_())  # type: ignore[operator]
        features = F.normalize(outputs["image_features"].float(), dim=-1)
        stages = _fine_enough(outputs["image_intermediates"])
        slopes = torch.autograd.grad((features * gradients).sum(), stages)
    maps = []
    for stage, slope in zip(stages, slopes, strict=True):
        places = _enlarge((slope.relu() * stage).sum(1).relu())
        maps.append(places / places.mean().clamp_min(1e-12))
    return torch.stack(maps).mean(0).detach()


def _fine_enough(stages: list[Tensor]) -> list[Tensor]:
    fine = [stage for stage in stages if stage.shape[-1] >= LEAST_PLACES]
    return (fine if len(fine) >= STAGES else stages)[-STAGES:]


def _method(visual: nn.Module) -> tuple[str, Tower]:
    if isinstance(visual, TimmModel):
        return LAYER_CAM, layer_cam
    if isinstance(visual, VisionTransformer):
        return CHEFER, attention_relevance
    raise BackboneError(
        f"no relevance method is known for the image tower {type(visual).__name__}; use FaceCLIP "
        "or one of OpenAI's vision transformers"
    )


def _from_both_sides(tower: Tower) -> Tower:
    """Mean over a frame and its mirror image, as the backbone's feature is."""

    def look(visual: nn.Module, pixels: Tensor, gradients: Tensor) -> Tensor:
        mirrored = tower(visual, pixels.flip(-1), gradients).flip(-1)
        return (tower(visual, pixels, gradients) + mirrored) / 2

    return look


def _enlarge(maps: Tensor) -> Tensor:
    """Resize ``(N, h, w)`` to the common grid."""
    larger = F.interpolate(maps[:, None].float(), size=(GRID, GRID), mode="bilinear")
    return larger[:, 0]


def _scaled(maps: Tensor) -> Tensor:
    return maps / maps.max().clamp_min(1e-12)
