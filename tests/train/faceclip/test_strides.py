"""Strided depthwise convolutions learn in float32, all others in the usual arithmetic."""

import pytest
import torch
from torch import nn

from train.faceclip import strides


@pytest.fixture
def tower():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2),
        nn.Conv2d(4, 4, 3, stride=2, groups=4),
        nn.Conv2d(4, 4, 3, groups=4),
    )


@pytest.mark.parametrize("has_units", [True, False])
def test_only_strided_depthwise_convolutions_leave_bf16(tower, monkeypatch, has_units):
    monkeypatch.setattr(strides, "has_bf16_units", lambda _: has_units)
    names, seen = list(tower.state_dict()), {}
    strides.stride_in_float32(tower, torch.device("cpu"))
    for place, module in enumerate(tower):
        module.register_forward_hook(lambda _, __, out, place=place: seen.update({place: out}))
    images = torch.rand(2, 3, 32, 32)
    with torch.autocast("cpu", torch.bfloat16):
        out = tower(images)
    out.float().sum().backward()
    half, full = torch.bfloat16, torch.float32
    expected = [half, full, half] if has_units else [half, half, half]
    assert [seen[place].dtype for place in range(3)] == expected
    assert list(tower.state_dict()) == names
    assert all(parameter.grad is not None for parameter in tower.parameters())
