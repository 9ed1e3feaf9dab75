"""Arrays in npz files, whole or not at all."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from train.runtime.disk import replacing

# What reading half of an npz file ends in.
DAMAGE = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    TypeError,
    AttributeError,
    zipfile.BadZipFile,
    zlib.error,
)


def write_arrays(path: Path, *, compress: bool = False, **arrays: Any) -> None:
    """Write arrays by name, for ``read_arrays``."""
    write = np.savez_compressed if compress else np.savez
    with replacing(path) as partial, partial.open("wb") as stream:
        write(stream, **arrays)


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read every array of a file.

    Raises:
        DataError: It is missing, cut off or no npz file.
    """
    try:
        # numpy leaves a damaged file open that it opened itself.
        with path.open("rb") as stream, np.load(stream) as data:
            return {name: data[name] for name in data.files}
    except DAMAGE as error:
        raise DataError(f"{path} is damaged ({error})") from error
