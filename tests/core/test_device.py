"""Where the model runs, and in which arithmetic."""

import pytest
import torch

from core.checkpoint import SHIPPED, load_checkpoint
from core.device import choose_device, has_bf16_units, image_arithmetic
from core.errors import DeviceError

CPU = torch.device("cpu")


@pytest.mark.parametrize("name", ["tpu", "cuda:99", "mps"])
def test_a_device_that_is_not_there_is_refused(name):
    with pytest.raises(DeviceError, match=name):
        choose_device(name)


@pytest.mark.parametrize(
    ("abilities", "expected"),
    [({"amx_bf16": True}, True), ({"avx512_bf16": True}, True), ({"avx2": True}, False)],
)
def test_processors_without_bf16_are_not_made_to_emulate_it(monkeypatch, abilities, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: abilities)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    assert has_bf16_units(CPU) is expected
    with image_arithmetic(CPU):
        assert torch.is_autocast_enabled("cpu") is expected


def test_kernels_that_were_told_to_be_plain_get_no_bf16(monkeypatch):
    """Torch has attention in bf16 for AVX-512 alone, and raises an error elsewhere."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True})
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    assert not has_bf16_units(CPU)


@torch.inference_mode()
def test_half_precision_keeps_the_features_of_the_shipped_tower():
    backbone = load_checkpoint(SHIPPED).model.backbone
    faces = torch.randn(4, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    exact = backbone.encode_frames(faces)
    with torch.autocast("cpu", torch.bfloat16):
        rough = backbone.encode_frames(faces)
    assert (exact * rough).sum(-1).min() > 0.9995
    assert (exact - rough).abs().max() < 0.005


@pytest.mark.parametrize(("capability", "expected"), [((7, 5), False), ((8, 0), True)])
def test_cards_that_only_emulate_bf16_are_told_apart(monkeypatch, capability, expected):
    """Torch calls bf16 supported on a T4, too, where it is emulated."""
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert has_bf16_units(torch.device("cuda")) is expected
