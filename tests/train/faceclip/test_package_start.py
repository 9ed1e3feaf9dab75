"""A tower that starts from the network in an npm package."""

import hashlib
import io
import itertools
import json
import tarfile

import numpy as np
import pytest
import torch
from torch import nn

from core.errors import DataError
from core.model.faceclip import FACE_CLIP_MOBILENET, build_face_clip
from train.faceclip import package_start
from train.faceclip.config import PretrainConfig
from train.faceclip.contrastive import Pretraining
from train.faceclip.package_start import read_package, start_from_package
from train.faceclip.stills.sources import Stills

WIDTHS = (32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)


def shapes():
    """Names and shapes of a MobileNet v1 with folded normalisations, as the package has them."""
    yield "conv1/convolution/merged_input", (3, 3, 3, WIDTHS[0])
    yield "conv1_bn/batchnorm_1/sub", (WIDTHS[0],)
    for number, (before, after) in enumerate(itertools.pairwise(WIDTHS), 1):
        yield f"conv_dw_{number}/depthwise_kernel", (3, 3, before, 1)
        yield f"conv_dw_{number}_bn/batchnorm_1/mul", (before,)
        yield f"conv_dw_{number}_bn/batchnorm_1/sub", (before,)
        yield f"conv_pw_{number}/convolution/merged_input", (1, 1, before, after)
        yield f"conv_pw_{number}_bn/batchnorm_1/sub", (after,)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A package of that form with random weights, and the hash of its weights."""
    rng = np.random.default_rng(0)
    entries, data = [], []
    for name, shape in shapes():
        spread = 1 / np.sqrt(np.prod(shape[:-1])) if len(shape) > 1 else 0.3
        offset = 1.0 if name.endswith("mul") else 0.0
        data.append((rng.normal(offset, spread, shape) * 0.9).astype(np.float16))
        entries.append({"name": name, "shape": shape, "dtype": "float32"})
        entries[-1]["quantization"] = {"dtype": "float16"}
    weights = b"".join(values.tobytes() for values in data)
    topology = json.dumps({"weightsManifest": [{"weights": entries}]}).encode()
    path = tmp_path_factory.mktemp("package") / "human.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in (("faceres.bin", weights), ("faceres.json", topology)):
            member = tarfile.TarInfo(f"package/models/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path, hashlib.sha256(weights).hexdigest()


@pytest.fixture
def weights(archive, monkeypatch):
    path, digest = archive
    monkeypatch.setattr(package_start, "WEIGHTS_SHA256", digest)
    return read_package(path)


@pytest.fixture
def faces():
    return torch.randn(6, 3, 96, 96, generator=torch.Generator().manual_seed(1))


def plain_forward(weights, images):
    """The network as its file describes it, on grey standardised images; no normalisation layer."""
    raw = images[:, :1] * package_start.GREY_DEVIATION + package_start.GREY_MEAN
    x = raw - torch.tensor(package_start.MEANS)[None, :, None, None]

    def convolve(x, kernel, stride=1, groups=1):
        side = kernel.shape[-1]
        lost = max((-(-x.shape[-1] // stride) - 1) * stride + side - x.shape[-1], 0)
        x = nn.functional.pad(x, (lost // 2, lost - lost // 2) * 2)
        return nn.functional.conv2d(x, kernel, stride=stride, groups=groups)

    def tensor(name, order=None):
        values = weights[name]
        values = values if order is None else values.transpose(order)
        return torch.from_numpy(np.ascontiguousarray(values))

    def shifted(x, name):
        return (x + tensor(name)[None, :, None, None]).clamp(0, 6)

    kernel = tensor("conv1/convolution/merged_input", (3, 2, 0, 1))
    x = shifted(convolve(x, kernel, stride=2), "conv1_bn/batchnorm_1/sub")
    for number in range(1, 14):
        kernel = tensor(f"conv_dw_{number}/depthwise_kernel", (2, 3, 0, 1))
        x = convolve(x, kernel, stride=1 + (number in (2, 4, 6, 12)), groups=len(kernel))
        x = x * tensor(f"conv_dw_{number}_bn/batchnorm_1/mul")[None, :, None, None]
        x = shifted(x, f"conv_dw_{number}_bn/batchnorm_1/sub")
        x = convolve(x, tensor(f"conv_pw_{number}/convolution/merged_input", (3, 2, 0, 1)))
        x = shifted(x, f"conv_pw_{number}_bn/batchnorm_1/sub")
    return x.mean((2, 3))


@torch.no_grad()
def test_the_tower_is_the_packages_network(weights, faces):
    towers = build_face_clip(FACE_CLIP_MOBILENET).eval()
    start_from_package(towers, weights, faces)
    inside = towers.visual.trunk.forward_features(faces)
    raw = plain_forward(weights, faces)
    # Only the border differs: where the package pads with its mean colour, ours pads with ours.
    middle = (inside.mean((2, 3)) - raw).abs().mean() / raw.abs().mean()
    assert middle < 0.15


@torch.no_grad()
def test_normalisations_put_back_change_nothing_on_their_faces(weights, faces):
    towers = build_face_clip(FACE_CLIP_MOBILENET)
    start_from_package(towers, weights, faces)
    still = towers.eval().visual.trunk(faces)
    learning = towers.train().visual.trunk(faces)
    assert still.abs().mean() > 0.01
    torch.testing.assert_close(learning, still, rtol=1e-2, atol=1e-2)


def test_another_file_of_that_name_is_refused(archive):
    with pytest.raises(DataError, match="sha256"):
        read_package(archive[0])


def test_a_package_without_the_network_is_refused(tmp_path):
    with pytest.raises(DataError, match="npm pack"):
        read_package(tmp_path)


def test_held_blocks_keep_weights_and_statistics_until_their_time_is_over(tmp_path):
    stills = Stills(
        np.random.default_rng(2).integers(0, 255, (14, 64, 64), np.uint8),
        np.arange(14) % 7,
        np.array([f"p{i}" for i in range(14)]),
    )
    settings = PretrainConfig(
        epochs=2, draws_per_epoch=4, batch_size=4, warmup_steps=1, frozen_blocks=2, frozen_share=0.5
    )
    weights, cpu = np.full(14, 1 / 14), torch.device("cpu")
    run = Pretraining(FACE_CLIP_MOBILENET, settings, stills, weights, tmp_path, cpu)

    def changed(action):
        before = {name: tensor.clone() for name, tensor in run.model.visual.state_dict().items()}
        action()
        after = run.model.visual.state_dict()
        return {name for name, tensor in before.items() if not torch.equal(tensor, after[name])}

    held = ("trunk.conv_stem", "trunk.bn1", "trunk.blocks.0.0", "trunk.blocks.1.0")
    first, second = changed(run.train_epoch), changed(run.train_epoch)
    assert first
    assert not any(name.startswith(held) for name in first)
    assert {name for name in second if name.startswith("trunk.blocks.0.0")}
