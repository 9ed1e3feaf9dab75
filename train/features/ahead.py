"""Work a few items ahead of who needs them, in their order."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def ahead(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    *,
    waiting: int | None = None,
) -> Iterator[Result]:
    """Map in order while threads work ahead; memory stays bounded.

    Args:
        function: Called in a thread.
        items: Arguments, one each.
        workers: Threads.
        waiting: Most results that are ready or in the making beyond the one asked for; None takes
            one for each thread.

    Yields:
        The results, in the order of the items whatever the number of threads; an item's error is
        raised in its place.
    """
    most = workers if waiting is None else waiting
    queue: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                queue.append(pool.submit(function, item))
                if len(queue) > most:
                    yield queue.popleft().result()
            while queue:
                yield queue.popleft().result()
        finally:
            for future in queue:
                future.cancel()


def usable_cores() -> int:
    """Cores that this process may use, by its share where torchrun started several here."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, (cores or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
