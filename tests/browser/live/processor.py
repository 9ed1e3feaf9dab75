"""How much processor time did the processes below this one take, by what they are for?"""

import os
from collections import Counter
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def processor_seconds(servers: dict[int, str]) -> Counter[str]:
    """Return the processor time so far of each kind of process below this one [s].

    Processes that end take their time with them: compare two readings of a span in which none does.

    Args:
        servers: Name by process number; what such a process started counts as it.

    Returns:
        By name of the server, and by kind of Chromium's processes: ``page`` (renderers), ``camera``
        (its video capture), ``browser`` (all the others).
    """
    parents, spent = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it ended just now
            continue
        # proc(5): the fourth field is the parent, the 14th and 15th are user's and system's time.
        parents[int(folder.name)] = int(fields[1])
        spent[int(folder.name)] = (int(fields[11]) + int(fields[12])) / TICKS_PER_S
    total: Counter[str] = Counter()
    for number, seconds in spent.items():
        if kind := _kind(number, parents, servers):
            total[kind] += seconds
    return total


def _kind(number: int, parents: dict[int, int], servers: dict[int, str]) -> str | None:
    above = number
    while above not in (0, os.getpid()):
        if above in servers:
            return servers[above]
        above = parents.get(above, 0)
    if above != os.getpid() or number == above:
        return None
    try:
        command = Path(f"/proc/{number}/cmdline").read_text()
    except OSError:
        return None
    if "--type=renderer" in command:
        return "page"
    if "video_capture" in command:
        return "camera"
    return "browser" if "chrom" in command else None
