"""What a run leaves behind: one folder with settings, environment, history and results."""

import errno
import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from core.errors import DataError

PACKAGES = ("torch", "open_clip_torch", "timm", "numpy", "opencv-python", "safetensors")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file or folder under another name first, so that the old one survives any failure.

    Yields:
        Where to write.

    Raises:
        DataError: The disk is full; what was at ``path`` before is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    remove(partial)
    try:
        yield partial
    # safetensors reports a full disk as an error of its own that is no OSError.
    except Exception as error:
        remove(partial)
        if is_disk_full(error):
            raise DataError(
                f"the disk is full: {path} could not be written, its earlier version is kept; "
                "free some space and continue with --resume"
            ) from error
        raise
    if path.is_dir():
        old = path.with_name(path.name + ".old")
        remove(old)
        path.replace(old)
        partial.replace(path)
        remove(old)
    else:
        partial.replace(path)


def is_disk_full(error: BaseException) -> bool:
    """Whether an error of any library says that no space is left."""
    full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    return full or "No space left" in str(error) or "enforce fail" in str(error)


def remove(path: Path) -> None:
    """Delete a file or a whole folder, if there is one."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_json(path: Path, data: object) -> None:
    """Write indented JSON, whole or not at all."""
    with replacing(path) as partial:
        partial.write_text(json.dumps(data, indent=2) + "\n")


def write_history(path: Path, records: list[dict[str, Any]]) -> None:
    """Write one JSON object per line, whole or not at all."""
    with replacing(path) as partial:
        partial.write_text("".join(json.dumps(record) + "\n" for record in records))


def describe_environment(device: str) -> dict[str, Any]:
    """Versions, machine, commit and command line: what a re-run has to match."""
    return {
        "command": ["python", "-m", "train", *sys.argv[1:]],
        "commit": _commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "device": device,
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit that ran, marked ``+`` when files differ from it; None outside a clone."""
    root = Path(__file__).resolve().parents[2]
    git = shutil.which("git")
    if git is None:
        return None
    head = subprocess.run(
        [git, "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False
    )
    if head.returncode:
        return None
    changed = subprocess.run(
        [git, "status", "--porcelain", "--untracked-files=no"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")
