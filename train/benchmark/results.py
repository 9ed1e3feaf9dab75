"""Everything that is timed of one backbone, and how it is told."""

from typing import Any

from train.benchmark.processes import seconds_with_processes
from train.benchmark.schedule import estimated_hours, run_schedule
from train.benchmark.steps import Bench, BenchSettings


def measure(
    settings: BenchSettings, *, schedule: tuple[int, int] | None, processes: bool
) -> dict[str, Any]:
    """Time one backbone.

    Args:
        settings: What is timed.
        schedule: Also run the whole schedule on synthetic features of so many clips and frames.
        processes: Also time one against two processes on the CPU.

    Returns:
        JSON-like: seconds, ratios and hours by what they are of.
    """
    bench = Bench(settings)
    result = bench.run()
    result["hours"] = estimated_hours(bench, result["seconds"])
    if schedule:
        result["schedule"] = run_schedule(bench, *schedule)
    if processes:
        one, two = (seconds_with_processes(settings, count) for count in (1, 2))
        result["seconds"] |= {"step text, one process": one, "step text, two processes": two}
        result["ratios"]["step 1, one / two processes"] = one / two
    return result


def describe(result: dict[str, Any], device: str) -> str:
    """A result as text."""
    lines = [
        f"{result['backbone']}, batch {result['batch_size']}, {device}, "
        f"peak memory {result['peak_memory_gb']:.1f} GB"
    ]
    lines += [f"  {seconds:10.4f} s  {what}" for what, seconds in result["seconds"].items()]
    lines += [f"  {ratio:10.2f} ×  {what}" for what, ratio in result["ratios"].items()]
    if schedule := result.get("schedule"):
        lines += _schedule(schedule)
    hours = result.get("hours", {})
    lines += [f"  {time_h:10.2f} h  {what}, estimated for DFEW" for what, time_h in hours.items()]
    return "\n".join(lines) + "\n"


def _schedule(result: dict[str, Any]) -> list[str]:
    size = f"{result['clips']} clips of {result['frames']} frames"
    lines = [f"  {result['seconds']:10.1f} s  whole schedule, {size}"]
    for phase, found in result["phases"].items():
        line = f"  {found['seconds_per_step']:10.4f} s  a step of {phase} in it, "
        line += f"{found['operators']:.0f} operators"
        if "idle" in found:
            line += f", {found['launches']:.0f} launches, GPU idle for {found['idle']:.0%}"
        lines.append(line)
    return lines
