"""A convolution and the clipping of its result as one kernel."""

import torch
from timm.layers.conv2d_same import Conv2dSame
from timm.layers.padding import pad_same
from torch import Tensor, nn

# What oneDNN calls an activation, and its numbers.
Clip = tuple[str, list[float]]


def clip_of(activation: nn.Module) -> Clip | None:
    """How oneDNN does an activation within a convolution, None where it is none of the two."""
    if isinstance(activation, nn.ReLU6):
        return "hardtanh", [0.0, 6.0]
    if isinstance(activation, nn.ReLU):
        return "relu", []
    return None


def can_fuse(precision: torch.dtype) -> bool:
    """Whether torch and this processor have the kernel, which has no public name."""
    kernels = torch.ops.mkldnn
    has_library = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    names = ("_convolution_pointwise", "_reorder_convolution_weight")
    if not (has_library and all(hasattr(kernels, name) for name in names)):
        return False
    return precision == torch.float32 or bool(kernels._is_mkldnn_bf16_supported())


class ClippedConvolution(nn.Module):
    """Like a convolution and the activation behind it, without writing what is between them.

    In bf16 the activations take a third of a MobileNet's time: each reads and writes everything.

    Args:
        convolution: With its bias, in the arithmetic that it is to run in.
        clip: From ``clip_of``.
    """

    def __init__(self, convolution: nn.Conv2d, clip: Clip) -> None:
        super().__init__()
        self.convolution, self.clip = convolution, clip
        # In the order that the kernel wants: otherwise each call would bring it into that, which
        # takes two fifths of the time of a single face.
        self._weight = torch.ops.mkldnn._reorder_convolution_weight(
            convolution.weight.detach(), convolution.padding, convolution.stride,
            convolution.dilation, convolution.groups, [],
        )  # fmt: skip

    def forward(self, images: Tensor) -> Tensor:
        """Map ``(N, C, h, w)`` as the two would."""
        part = self.convolution
        images = images.to(part.weight.dtype)
        if isinstance(part, Conv2dSame):
            images = pad_same(images, list(part.kernel_size), list(part.stride))
        images = images.contiguous(memory_format=torch.channels_last)
        result: Tensor = torch.ops.mkldnn._convolution_pointwise(
            images, self._weight, part.bias, part.padding, part.stride, part.dilation, part.groups,
            *self.clip, "",
        )  # fmt: skip
        return result
