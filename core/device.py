"""Choose where the model runs; the only place that asks for CUDA."""

from contextlib import AbstractContextManager, nullcontext

import torch

from core.errors import DeviceError


def choose_device(name: str = "auto") -> torch.device:
    """Turn ``auto``, ``cpu``, ``cuda`` or ``cuda:N`` into a device that exists.

    Raises:
        DeviceError: The device is unknown or not on this machine.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(f"unknown device {name!r}; choose auto, cpu, cuda or cuda:N") from error
    if device.type not in {"cpu", "cuda"}:
        raise DeviceError(f"device {name!r} is not supported; choose auto, cpu, cuda or cuda:N")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DeviceError(
            f"device {name!r} is not on this machine (CUDA devices found: "
            f"{torch.cuda.device_count()}); choose cpu or auto"
        )
    return device


def all_devices(name: str = "auto") -> list[torch.device]:
    """Every device that a choice leaves open: all cards for ``auto`` and ``cuda``, else the one.

    Raises:
        DeviceError: The device is unknown or not on this machine.
    """
    device = choose_device(name)
    if device.type == "cuda" and device.index is None:
        return [torch.device("cuda", index) for index in range(torch.cuda.device_count())]
    return [device]


def fast_arithmetic(device: torch.device) -> AbstractContextManager[object]:
    """Half precision (bf16) where it pays and is safe: on cards that have it; else float32."""
    if device.type == "cuda" and has_bf16_units(device):
        return torch.autocast("cuda", torch.bfloat16)
    return nullcontext()


def image_arithmetic(device: torch.device) -> AbstractContextManager[object]:
    """The same for an image tower, which is safe and pays on processors, too, if they have bf16.

    Features stay within 0.005 of float32's and 0.9995 of their direction. On an AMX processor the
    shipped tower takes half of the time; one without bf16 units would emulate them.
    """
    if device.type == "cpu" and has_bf16_units(device):
        return torch.autocast("cpu", torch.bfloat16)
    return fast_arithmetic(device)


def has_bf16_units(device: torch.device) -> bool:
    """Whether a processor or a card multiplies bf16 matrices or vectors by itself.

    Cards before Ampere (compute capability 8) only emulate it.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0) and torch.cuda.is_bf16_supported()
    return _has_units() and not keeps_units_idle()


def keeps_units_idle() -> bool:
    """Whether torch was told to leave this processor's bf16 units alone.

    With lesser kernels (``ATEN_CPU_CAPABILITY``) on such a processor its attention in bf16 ends in
    an error instead of an emulation.
    """
    return _has_units() and torch.backends.cpu.get_cpu_capability() != "AVX512"


def _has_units() -> bool:
    abilities = torch.cpu.get_capabilities()
    return bool(abilities.get("amx_bf16") or abilities.get("avx512_bf16"))
