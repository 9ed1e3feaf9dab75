"""Where do visitors' files lie, and who deletes them if this program is killed?

Each running program has a folder of its own that it alone can read. A lock says that it runs; the
system lets go of it whatever ends the program. So the next start knows which folders nobody owns
any more, however old they are and whatever clocks say.
"""

import contextlib
import fcntl
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, MutableMapping
from pathlib import Path

logger = logging.getLogger(__name__)

PREFIX = "a3lign-"
LOCK = "lock"
# Deleting again and again for a second.
TRIES, BETWEEN_TRIES_S = 20, 0.05


@contextlib.contextmanager
def private_root(environment: MutableMapping[str, str] = os.environ) -> Iterator[Path]:
    """Give this program a folder for everything temporary, and delete it at the end.

    The environment then names it to Gradio and to Python's and FFmpeg's temporary files. Folders
    that killed programs have left are deleted first.

    Args:
        environment: Holds GRADIO_TEMP_DIR where the operator chooses the place.

    Raises:
        OSError: No folder can be made there.
    """
    place = Path(environment.get("GRADIO_TEMP_DIR") or tempfile.gettempdir()).resolve()
    place.mkdir(parents=True, exist_ok=True)
    delete_leftovers(place)
    root, lock = _locked_folder(place)
    before = {name: environment.get(name) for name in ("GRADIO_TEMP_DIR", "TMPDIR")}
    usual, tempfile.tempdir = tempfile.tempdir, None
    for name, folder in zip(before, (root / "visitors", root / "temporary"), strict=True):
        folder.mkdir()
        environment[name] = str(folder)
    try:
        yield root
    finally:
        tempfile.tempdir = usual
        for name, value in before.items():
            environment.pop(name)
            if value is not None:
                environment[name] = value
        _delete(root)
        os.close(lock)


def _delete(root: Path) -> None:
    """Delete a folder in which work that is told to stop may still be writing."""
    for _ in range(TRIES):
        shutil.rmtree(root, ignore_errors=True)
        if not root.exists():
            return
        time.sleep(BETWEEN_TRIES_S)


def delete_leftovers(place: Path) -> int:
    """Delete the folders below ``place`` that no program holds; returns how many."""
    count = 0
    for folder in place.glob(f"{PREFIX}*"):
        if folder.is_symlink() or not folder.is_dir():
            continue
        # Folders of other users cannot be opened, and are theirs to delete.
        with contextlib.suppress(OSError):
            lock = _try_lock(folder)
            try:
                shutil.rmtree(folder)
                count += 1
            finally:
                os.close(lock)
    if count:
        logger.info("deleted %d folder(s) that a killed program had left", count)
    return count


def _locked_folder(place: Path) -> tuple[Path, int]:
    while True:
        root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))  # readable for this user alone
        # Another program that starts now may take the new folder for one that nobody holds.
        with contextlib.suppress(FileNotFoundError, BlockingIOError):
            lock = _try_lock(root)
            if (root / LOCK).exists():
                return root, lock
            os.close(lock)


def _try_lock(folder: Path) -> int:
    """Return the held lock of a folder.

    Raises:
        BlockingIOError: Somebody else holds it.
        OSError: It cannot be opened.
    """
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock
