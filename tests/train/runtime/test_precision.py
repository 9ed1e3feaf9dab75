import pytest
import torch

from core.errors import DeviceError
from train.runtime.precision import arithmetic

CPU = torch.device("cpu")


def test_bf16_on_kernels_that_were_told_to_be_plain_is_a_sentence(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True})
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    with pytest.raises(DeviceError, match="ATEN_CPU_CAPABILITY is DEFAULT"):
        arithmetic(CPU, "bf16")
    with arithmetic(CPU, "auto"):
        assert not torch.is_autocast_enabled("cpu")
    # A processor without such units emulates them, slowly.
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True})
    with arithmetic(CPU, "bf16"):
        assert torch.is_autocast_enabled("cpu")
