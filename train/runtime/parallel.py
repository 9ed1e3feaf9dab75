"""Several processes working on one run, as started by torchrun."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor


def rank() -> int:
    """This process's number; 0 without torchrun."""
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    """How many processes share the run."""
    return dist.get_world_size() if dist.is_initialized() else 1


@contextmanager
def process_group(device: torch.device) -> Iterator[torch.device]:
    """Join torchrun's other processes for the length of the block, if there are any.

    Yields:
        The device of this process: each gets a GPU of its own.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield device
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield device
    finally:
        dist.destroy_process_group()


def wait_for_all() -> None:
    """Go on only when every process is here."""
    if dist.is_initialized():
        dist.barrier()


def own_share(count: int) -> slice:
    """The contiguous part of ``count`` items that this process works on."""
    return slice(count * rank() // world_size(), count * (rank() + 1) // world_size())


def add_up(tensors: Iterable[Tensor]) -> None:
    """Replace each tensor by its sum over all processes."""
    if dist.is_initialized():
        for tensor in tensors:
            dist.all_reduce(tensor)


def of_first(number: float) -> float:
    """What the first process found, so that all decide alike where roundings may differ."""
    found = [number]
    if dist.is_initialized():
        dist.broadcast_object_list(found)
    return found[0]


def collect(own: Tensor, count: int) -> Tensor:
    """Join the rows that each process computed for its ``own_share`` of ``count``."""
    whole = own.new_zeros(count, *own.shape[1:])
    whole[own_share(count)] = own
    add_up([whole])
    return whole
