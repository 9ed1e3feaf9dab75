"""How many pieces of work a step consists of, and how long a GPU has nothing to do in it."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

# What a processor does to hand a GPU one kernel, or a whole recorded graph of them.
LAUNCHES = ("cudaLaunch", "cuLaunch", "cudaGraphLaunch")


def work_of(
    step: Callable[[], object], seconds: Callable[[], float], device: torch.device
) -> dict[str, float]:
    """Look into one step.

    Args:
        step: Makes it; it has been made before.
        seconds: Tells what it takes unwatched: watching slows it down.
        device: Where it computes.

    Returns:
        ``operators`` called; on CUDA also ``launches``, and the ``idle`` share of the time (0-1).
    """
    activities = [ProfilerActivity.CPU]
    if device.type == "cuda":
        activities.append(ProfilerActivity.CUDA)
    with profile(activities=activities) as watched:
        step()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
    events = list(watched.events() or ())
    found = {"operators": float(sum(event.name.startswith("aten::") for event in events))}
    if device.type == "cuda":
        found["launches"] = float(sum(event.name.startswith(LAUNCHES) for event in events))
        found["idle"] = max(0.0, 1 - busy_s(events) / seconds())
    return found


def busy_s(events: Iterable[Any]) -> float:
    """Time in which at least one kernel or copy ran on the GPU [s]."""
    spans = sorted(
        (event.time_range.start, event.time_range.end)
        for event in events
        if event.device_type.name == "CUDA"
    )
    total, until = 0.0, float("-inf")
    for start, end in spans:
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total / 1e6
