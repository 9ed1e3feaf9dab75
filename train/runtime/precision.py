"""Which arithmetic a training program uses."""

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

Precision = Literal["auto", "float32", "bf16"]
CHOICES: tuple[Precision, ...] = ("auto", "float32", "bf16")


def arithmetic(device: torch.device, precision: Precision) -> AbstractContextManager[object]:
    """Autocast to bf16, or nothing; weights stay float32 either way (A20).

    ``auto`` is bf16 on CUDA and float32 elsewhere: processors with matrix units for bf16 (AMX)
    gain several-fold from it, others lose.
    """
    wanted = precision == "bf16" or (precision == "auto" and device.type == "cuda")
    return torch.autocast(device.type, torch.bfloat16) if wanted else nullcontext()
