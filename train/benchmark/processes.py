"""One process against two, on the same step of training."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import torch
import torch.distributed as dist
from torch.multiprocessing.spawn import spawn

from train.benchmark.steps import Bench, BenchSettings


def seconds_with_processes(settings: BenchSettings, processes: int) -> float:
    """Time of an optimiser step of step 1 shared by processes with half of the cores each [s]."""
    with tempfile.TemporaryDirectory() as folder:
        spawn(_work, (settings, processes, folder), nprocs=processes)  # type: ignore[no-untyped-call]
        return max(
            float(path.read_text(encoding="utf-8")) for path in Path(folder).glob("seconds-*")
        )


def _work(rank: int, settings: BenchSettings, processes: int, folder: str) -> None:
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // 2))
    dist.init_process_group(
        "gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=processes
    )
    try:
        bench = Bench(replace(settings, device=torch.device("cpu")))
        Path(folder, f"seconds-{rank}").write_text(str(bench.step_s(0)), encoding="utf-8")
    finally:
        dist.destroy_process_group()
