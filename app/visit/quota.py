"""How much of the disk may visitors' files take?"""

import contextlib
import os
import shutil
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import anyio

from core.errors import A3LignError

# A clip, the next one on its way, and what is made from them.
VISIT_BYTES = 320_000_000
TOTAL_BYTES = 4_000_000_000
# What the rest of the machine needs to go on.
SPARE_BYTES = 200_000_000


@dataclass(frozen=True)
class Room:
    """What an operator gives to visitors' files.

    Attributes:
        visit_bytes: Most for one visit, kept and on their way.
        total_bytes: Most for all.
    """

    visit_bytes: int = VISIT_BYTES
    total_bytes: int = TOTAL_BYTES


class NoRoomError(A3LignError):
    """The disk has no room for another file now."""


class Quota:
    """Lets files come in only where there is room for them.

    What lies on the disk is measured rather than counted along, so that whatever is deleted, by
    whomever, makes room.

    Args:
        root: Below it lie all visitors' files.
        room: How much they may take.
    """

    def __init__(self, root: Path, room: Room | None = None) -> None:
        self._root = root
        self._most = room or Room()
        self._lock = threading.Lock()
        self._coming: list[tuple[Path, int]] = []

    @contextlib.asynccontextmanager
    async def room(self, folder: Path, size: int) -> AsyncIterator[None]:
        """Keep room for a file while it comes in.

        Args:
            folder: The visit's own.
            size: Most that may come [bytes].

        Raises:
            NoRoomError: There is none.
        """
        place = (folder, size)
        await anyio.to_thread.run_sync(self._keep, place)
        try:
            yield
        finally:
            with self._lock:
                self._coming.remove(place)

    def _keep(self, place: tuple[Path, int]) -> None:
        folder, size = place
        with self._lock:
            own = used_bytes(folder) + sum(other for at, other in self._coming if at == folder)
            if own + size > self._most.visit_bytes:
                raise NoRoomError(
                    "your clips already take all the room that one visitor has on this server; "
                    "wait until the others have arrived, or delete your data on the About page"
                )
            coming = sum(other for _, other in self._coming)
            free = shutil.disk_usage(self._root).free - SPARE_BYTES
            if (
                used_bytes(self._root) + coming + size > self._most.total_bytes
                or coming + size > free
            ):
                raise NoRoomError(
                    "this server has no room for another clip now; try again in a few minutes"
                )
            self._coming.append(place)


def used_bytes(folder: Path) -> int:
    """Return what the files below a folder take [bytes]; what vanishes meanwhile counts nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(parent) / name).lstat().st_size
    return total
