"""Arrays of many clips on disk, some clips to a file; safe to interrupt, told when damaged."""

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from train.runtime import parallel
from train.runtime.disk import replacing
from train.runtime.run_folder import write_json


class ShardFolder:
    """A folder filled shard by shard; a shard is whole or not there.

    A shard is ``0007.npy`` and, written after it, ``0007.json`` with the clips' names, lengths,
    problems and a checksum. The file is read against its checksum once and then only again when
    its size or its time of change is another.

    Args:
        folder: Where.
        about: Name of the file in it that says what it is for.
        key: What that file says.
        names: Of the clips, in the dataset's order.
        clips: To a shard.
        command: What fills it, for messages.
    """

    def __init__(
        self,
        folder: Path,
        about: str,
        key: dict[str, Any],
        names: list[str],
        *,
        clips: int,
        command: str,
    ) -> None:
        self.folder, self.described, self.names = folder, key, names
        self.command, self._clips, self._about_path = command, clips, folder / about

    @property
    def shards(self) -> int:
        """How many shards a complete folder has."""
        return -(-len(self.names) // self._clips)

    @property
    def is_whole(self) -> bool:
        """Whether all are there."""
        return all(self.is_done(shard) for shard in range(self.shards))

    def rows(self, shard: int) -> range:
        """The clips of a shard."""
        return range(shard * self._clips, min((shard + 1) * self._clips, len(self.names)))

    def begin(self) -> None:
        """Make the folder and say what it is for."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._about_path.exists():
            write_json(self._about_path, self.described)
        self.check_key()

    def check_key(self) -> None:
        """Make sure that the folder is what it is taken for.

        Raises:
            DataError: It is not there, or was made from something else.
        """
        if not self._about_path.exists():
            raise DataError(f"no features in {self.folder}; run `{self.command}` first")
        found = read_json(self._about_path)
        names = sorted(self.described | found)
        different = [name for name in names if found.get(name) != self.described.get(name)]
        if different:
            raise DataError(
                f"what is in {self.folder} was made from another {', '.join(different)}; "
                f"delete the folder and run `{self.command}` again"
            )

    def check_whole(self) -> None:
        """Make sure that nothing is missing.

        Raises:
            DataError: The folder is not there, unfinished, or made from something else.
        """
        self.check_key()
        absent = [shard for shard in range(self.shards) if not self.is_done(shard)]
        if absent:
            raise DataError(
                f"{self.folder} is unfinished ({len(absent)} of {self.shards} parts missing); run "
                f"`{self.command}` with the same options again"
            )

    def is_done(self, shard: int) -> bool:
        """Whether a shard is there."""
        return self._path(shard, "json").exists() and self._path(shard, "npy").exists()

    def write(
        self, shard: int, array: NDArray[Any], lengths: list[int], problems: list[str], **more: Any
    ) -> None:
        """Store the array of a shard's clips.

        Args:
            shard: Which one.
            array: Its frames, one after the other.
            lengths: Frames of each clip.
            problems: Why clips have none.
            more: What else ``about`` is to tell.
        """
        # Without its description a shard counts as not there: no moment shows half of two.
        self._path(shard, "json").unlink(missing_ok=True)
        path = self._path(shard, "npy")
        with replacing(path) as partial, partial.open("wb") as stream:
            np.save(stream, array)
        about = {
            "clips": [self.names[row] for row in self.rows(shard)],
            "lengths": lengths,
            "problems": problems,
            "crc32": zlib.crc32(array.tobytes()),
            "checked": _state(path),
            **more,
        }
        write_json(self._path(shard, "json"), about)

    def about(self, shard: int) -> dict[str, Any]:
        """What is known of a shard.

        Raises:
            DataError: It cannot be read, or is about other clips.
        """
        path = self._path(shard, "json")
        about: dict[str, Any] = read_json(path)
        if about.get("clips") != [self.names[row] for row in self.rows(shard)]:
            raise DataError(
                f"{path} lists other clips than the dataset; delete it and run `{self.command}` "
                "again"
            )
        return about

    def array(self, shard: int, shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
        """Map a shard's array into memory, whole as it was written.

        Raises:
            DataError: It is damaged, cut off or of another form.
        """
        path = self._path(shard, "npy")
        try:
            array: NDArray[Any] = np.load(path, mmap_mode="r")
        except (OSError, ValueError, EOFError) as error:
            raise DataError(
                f"{path} is damaged or cut off ({error}); {self._again(path)}"
            ) from error
        if array.shape != shape or array.dtype != dtype:
            raise DataError(
                f"{path} holds {array.dtype} {array.shape}, not {np.dtype(dtype)} {shape}; "
                f"{self._again(path)}"
            )
        about = self.about(shard)
        state = _state(path)
        if about.get("checked") != state:
            if zlib.crc32(array.tobytes()) != about["crc32"]:
                raise DataError(f"{path} was changed since it was written; {self._again(path)}")
            self._note(shard, about | {"checked": state})
        return array

    def lengths(self) -> list[int]:
        """Frames of every clip; all shards must be there."""
        return [n for shard in range(self.shards) for n in self.about(shard)["lengths"]]

    def empty_rows(self, shard: int) -> list[int]:
        """Clips of a shard that have no frames."""
        lengths = self.about(shard)["lengths"]
        return [row for row, length in zip(self.rows(shard), lengths, strict=True) if not length]

    def problems(self) -> list[str]:
        """Why clips have no frames, of all shards that are there."""
        return [
            problem
            for shard in range(self.shards)
            if self.is_done(shard)
            for problem in self.about(shard)["problems"]
        ]

    def _note(self, shard: int, about: dict[str, Any]) -> None:
        """Remember a check; where nothing can be written, it is made again next time."""
        if parallel.rank() > 0:
            return
        try:
            write_json(self._path(shard, "json"), about)
        except (DataError, OSError):
            return

    def _path(self, shard: int, kind: str) -> Path:
        return self.folder / f"{shard:04d}.{kind}"

    def _again(self, path: Path) -> str:
        return f"delete {path.name} and run `{self.command}` again"


def _state(path: Path) -> list[int]:
    """Size and time of change: other ones make a file worth reading again."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]


def read_json(path: Path) -> Any:
    """Read JSON.

    Raises:
        DataError: It is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} is not readable ({error}); delete {path.name} and make it again"
        ) from error
