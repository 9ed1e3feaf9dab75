"""FaceCLIP's image tower can start from a network that already knows faces.

The npm package ``@vladmandic/human`` (MIT) carries ``faceres``, a MobileNet v1 that A. Savchenko
trained to tell people apart (HSE_FaceRec_tf). Frozen it knows little of expressions; fine-tuned it
learns them several times faster than random weights do. The file is read as data: nothing of the
package runs, and only weights that were trained further are ever shipped.
"""

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from open_clip.model import CLIP
from torch import Tensor, nn

from core.errors import DataError

PACKAGE = "@vladmandic/human"
WEIGHTS, TOPOLOGY = "models/faceres.bin", "models/faceres.json"
WEIGHTS_SHA256 = "2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b"
BLOCKS = 13
# It was trained on colours of 0-255 less these means (blue, green, red) ...
MEANS = (103.939, 116.779, 123.68)
# ... where ours have mean 0 and deviation 1: about this mean and deviation in a face's grey values.
GREY_MEAN, GREY_DEVIATION = 128.0, 60.0

Weights = dict[str, NDArray[np.float32]]


def read_package(path: Path) -> Weights:
    """Read the network's weights by their names in the package.

    Args:
        path: The package as ``npm pack @vladmandic/human`` gives it (tgz), or unpacked.

    Raises:
        DataError: There is no such file in it, or it is not the one that is known.
    """
    try:
        weights, topology = (_member(path, name) for name in (WEIGHTS, TOPOLOGY))
    except (OSError, KeyError, tarfile.TarError) as error:
        raise DataError(
            f"{path} holds no {WEIGHTS} ({error}); get the package with `npm pack {PACKAGE}`"
        ) from error
    if (found := hashlib.sha256(weights).hexdigest()) != WEIGHTS_SHA256:
        raise DataError(
            f"{WEIGHTS} in {path} has the sha256 {found[:12]}…, not {WEIGHTS_SHA256[:12]}…; "
            f"use another version of {PACKAGE}"
        )
    return _parse(weights, json.loads(topology)["weightsManifest"][0]["weights"])


def start_from_package(towers: CLIP, weights: Weights, faces: Tensor) -> None:
    """Put the package's network into a ``face_mobilenet`` tower; its projection stays random.

    The package has its batch normalisations folded into the convolutions. They are put back as
    identities on a batch of faces: without them AdamW's first steps make all features alike.

    Args:
        towers: FaceCLIP with a ``face_mobilenet``.
        weights: Of ``read_package``.
        faces: ``(N, 3, h, w)`` float32, standardised views to measure statistics on.
    """
    trunk: Any = towers.visual.trunk
    with torch.no_grad():
        _fill_stem(trunk, weights)
        blocks = [block for stage in trunk.blocks for block in stage]
        for number, block in enumerate(blocks, 1):
            _copy(block.conv_dw.weight, weights[f"conv_dw_{number}/depthwise_kernel"], (2, 3, 0, 1))
            _affine(
                block.bn1,
                weights[f"conv_dw_{number}_bn/batchnorm_1/mul"],
                weights[f"conv_dw_{number}_bn/batchnorm_1/sub"],
            )
            _copy(
                block.conv_pw.weight,
                weights[f"conv_pw_{number}/convolution/merged_input"],
                (3, 2, 0, 1),
            )
            _affine(block.bn2, None, weights[f"conv_pw_{number}_bn/batchnorm_1/sub"])
        _put_normalisations_back(trunk, faces)


def _member(path: Path, name: str) -> bytes:
    if path.is_dir():
        return (path / name).read_bytes()
    with tarfile.open(path) as archive:
        stream = archive.extractfile(f"package/{name}")
        if stream is None:
            raise KeyError(name)
        return stream.read()


def _parse(data: bytes, entries: list[dict[str, Any]]) -> Weights:
    stream, parsed = io.BytesIO(data), {}
    for entry in entries:
        kind = np.dtype(entry.get("quantization", entry)["dtype"])
        count = int(np.prod(entry["shape"], dtype=np.int64))
        values = np.frombuffer(stream.read(count * kind.itemsize), kind)
        parsed[entry["name"]] = values.reshape(entry["shape"]).astype(np.float32)
    return parsed


def _fill_stem(trunk: Any, weights: Weights) -> None:
    kernel = weights["conv1/convolution/merged_input"]  # (3, 3, blue-green-red, 32)
    shift = weights["conv1_bn/batchnorm_1/sub"] + np.einsum(
        "hwco,c->o", kernel, GREY_MEAN - np.array(MEANS)
    )
    _copy(trunk.conv_stem.weight, kernel[:, :, ::-1] * GREY_DEVIATION, (3, 2, 0, 1))
    _affine(trunk.bn1, None, shift.astype(np.float32))


def _copy(parameter: Tensor, values: NDArray[np.float32], order: tuple[int, ...]) -> None:
    parameter.copy_(torch.from_numpy(np.ascontiguousarray(values.transpose(order))))


def _affine(
    norm: nn.BatchNorm2d, scale: NDArray[np.float32] | None, shift: NDArray[np.float32]
) -> None:
    """Make a normalisation multiply and add only."""
    weight = torch.ones(len(shift)) if scale is None else torch.from_numpy(scale)
    neutral = torch.zeros(len(shift)), torch.full((len(shift),), 1 - norm.eps)
    _set(norm, weight, torch.from_numpy(shift), *neutral)


def _set(norm: nn.BatchNorm2d, weight: Tensor, bias: Tensor, mean: Tensor, var: Tensor) -> None:
    state = {"weight": weight, "bias": bias, "running_mean": mean, "running_var": var}
    norm.load_state_dict(state, strict=False)  # the counter of batches stays


def _put_normalisations_back(trunk: nn.Module, faces: Tensor) -> None:
    """Give every normalisation the statistics of ``faces``; what it puts out stays the same."""

    def measure(norm: nn.Module, inputs: tuple[Tensor]) -> None:
        assert isinstance(norm, nn.BatchNorm2d)
        mean = inputs[0].mean((0, 2, 3))
        variance = inputs[0].var((0, 2, 3), unbiased=False)
        bias, weight = norm.bias + norm.weight * mean, norm.weight * (variance + norm.eps).sqrt()
        _set(norm, weight, bias, mean, variance)

    norms = [module for module in trunk.modules() if isinstance(module, nn.BatchNorm2d)]
    # A hook that runs before each one: later ones see what the earlier put out, which is unchanged.
    hooks = [norm.register_forward_pre_hook(measure) for norm in norms]
    is_training = trunk.training
    trunk.eval()(faces)
    trunk.train(is_training)
    for hook in hooks:
        hook.remove()
