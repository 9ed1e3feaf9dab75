"""Which part of a tower learns quicker in float32 than in bf16?"""

import functools
from collections.abc import Callable

import torch
from torch import Tensor, nn

from core.device import has_bf16_units


def stride_in_float32(model: nn.Module, device: torch.device) -> None:
    """Take strided depthwise convolutions out of a processor's bf16 arithmetic.

    oneDNN has no quick kernel for the gradient of their input: the four of a ``face_mobilenet``
    took a quarter of a step on an AMX processor. Without bf16 units nothing is changed.

    Args:
        model: Changed in place; a copy that is made later would call the original's.
        device: Where it learns.
    """
    if device.type != "cpu" or not has_bf16_units(device):
        return
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1 and max(module.stride) > 1:
            module.forward = functools.partial(_in_float32, module.forward)  # type: ignore[method-assign]


def _in_float32(forward: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    with torch.autocast("cpu", enabled=False):
        return forward(images.float())
