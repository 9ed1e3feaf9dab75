"""What a run leaves behind: one folder with settings, environment, history and results."""

import json
import platform
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from train.runtime.disk import replacing

PACKAGES = ("torch", "open_clip_torch", "timm", "numpy", "opencv-python", "safetensors")


def write_json(path: Path, data: object) -> None:
    """Write indented JSON, whole or not at all."""
    with replacing(path) as partial:
        partial.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def write_history(path: Path, records: list[dict[str, Any]]) -> None:
    """Write one JSON object per line, whole or not at all."""
    with replacing(path) as partial:
        partial.write_text(
            "".join(json.dumps(record) + "\n" for record in records), encoding="utf-8"
        )


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
