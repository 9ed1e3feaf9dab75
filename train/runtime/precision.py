"""Which arithmetic a training program uses."""

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

from core.device import has_bf16_units, keeps_units_idle
from core.errors import DeviceError

Precision = Literal["auto", "float32", "bf16"]
CHOICES: tuple[Precision, ...] = ("auto", "float32", "bf16")


def resolve(device: torch.device, precision: Precision) -> Literal["float32", "bf16"]:
    """What a choice means on a device.

    ``auto`` is bf16 on CUDA cards that have it and float32 elsewhere: processors with matrix units
    for bf16 (AMX) gain several-fold from it, others lose.
    """
    if precision != "auto":
        return precision
    return "bf16" if device.type == "cuda" and has_bf16_units(device) else "float32"


def arithmetic(device: torch.device, precision: Precision) -> AbstractContextManager[object]:
    """Autocast to bf16, or nothing; weights stay float32 either way (A20).

    Raises:
        DeviceError: bf16 is asked for, and torch was told to leave this processor's units alone.
    """
    wanted = resolve(device, precision) == "bf16"
    if wanted and device.type == "cpu" and keeps_units_idle():
        raise DeviceError(
            "bf16 was asked for, but torch keeps to kernels without it (ATEN_CPU_CAPABILITY is "
            f"{torch.backends.cpu.get_cpu_capability()}); unset that variable or use float32"
        )
    return torch.autocast(device.type, torch.bfloat16) if wanted else nullcontext()
