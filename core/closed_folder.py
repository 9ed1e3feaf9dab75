"""A folder that a stranger may have filled: its files are read only if they really lie in it."""

import hashlib
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from core.errors import A3LignError
from core.json_files import read_object

MAX_TEXT_BYTES = 2**20
# Four times a ViT-L/14 in full precision, whose image tower a checkpoint may hold.
MAX_WEIGHT_BYTES = 8 * 2**30


class ClosedFolder:
    """Reads ordinary files of bounded size inside one folder.

    A link that leads out of it, a device or a pipe is refused. The hub's cache is the exception: it
    keeps contents in ``blobs`` beside the snapshots, under links.

    Args:
        path: The folder.
        error: What is raised, always one sentence that names the file.
    """

    def __init__(self, path: Path, error: type[A3LignError]) -> None:
        self.path, self._error = path, error
        home = path.resolve()
        self._homes = [home]
        blobs = home.parent.parent / "blobs"
        if home.parent.name == "snapshots" and blobs.is_dir() and not blobs.is_symlink():
            self._homes.append(blobs)

    def has(self, name: str) -> bool:
        """Whether there is anything of that name."""
        return (self.path / name).exists() or (self.path / name).is_symlink()

    def file(self, name: str, limit: int) -> Path:
        """A file that may be opened.

        Raises:
            A3LignError: It is missing, no ordinary file, elsewhere, or larger than ``limit``.
        """
        path = self.path / name
        if not self.has(name):
            raise self._error(f"{self.path} is no such folder: {name} is missing")
        try:
            real = path.resolve(strict=True)
            size = real.stat().st_size
        except (OSError, RuntimeError) as error:
            raise self._error(f"{path} leads nowhere ({error})") from error
        if not any(real.is_relative_to(home) for home in self._homes):
            raise self._error(f"{path} leads out of its folder; put the file itself there")
        if not real.is_file():
            raise self._error(f"{path} is no ordinary file")
        if size > limit:
            raise self._error(f"{path} has {size / 2**20:.0f} MB, more than {limit / 2**20:g}")
        return real

    def object(self, name: str, limit: int = MAX_TEXT_BYTES) -> dict[str, Any]:
        """A JSON object.

        Raises:
            A3LignError: See ``file``; or it is no JSON object.
        """
        try:
            return read_object(self.file(name, limit), limit)
        except (OSError, ValueError) as error:
            raise self._error(f"{self.path / name} {error}") from error

    def text(self, name: str) -> str:
        """A text; bytes that are no UTF-8 become question marks.

        Raises:
            A3LignError: See ``file``.
        """
        try:
            raw = self.file(name, MAX_TEXT_BYTES).read_bytes()
        except OSError as error:
            raise self._error(f"{self.path / name} cannot be read ({error.strerror})") from error
        return raw.decode("utf-8", "replace")

    def weights(self, name: str) -> tuple[dict[str, Tensor], str]:
        """Tensors of a safetensors file, and the sha256 of the file.

        Raises:
            A3LignError: See ``file``; or it is damaged.
        """
        path = self.file(name, MAX_WEIGHT_BYTES)
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            return load_file(path), digest
        except (OSError, SafetensorError) as error:
            raise self._error(
                f"{self.path / name} is damaged or cut off ({error}); fetch it again"
            ) from error
