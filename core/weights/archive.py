"""The tensors of a TorchScript archive, which is what OpenAI serves, without its code.

``torch.jit.load`` compiles the program that an archive holds and may run parts of it
(``__setstate__``), with operators that open files; ``torch.load(weights_only=True)`` refuses such
archives. Yet the weights lie in the zip as plain bytes: ``data.pkl`` says which name, type and
shape belongs to which entry. It is read here with Python's own way of restricting a pickle: only
six kinds of object exist, and none of them can do anything.
"""

import io
import math
import pickle
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import torch
from torch import Tensor

# Of OpenAI's ViT-L/14 this entry has some hundred kilobytes.
MAX_TABLE_BYTES = 16 * 2**20
MAX_CODE_BYTES = 64 * 2**20
DTYPES = {
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


class _Storage(NamedTuple):
    key: str
    dtype: torch.dtype
    numbers: int


class _Place(NamedTuple):
    """Where a tensor lies: not yet a tensor, for a pickle could act on one."""

    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


def _place(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> _Place:
    return _Place(storage, offset, size, stride)


class _Table(pickle.Unpickler):
    """Reads ``data.pkl``; anything but modules, tensors and plain values is refused."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        # A class of this reading alone, so that nothing a pickle does to it outlives it.
        self._module: type[Any] = type("Module", (), {})

    def find_class(self, module: str, name: str) -> Any:
        """Stand-ins for the archive's own classes, and the few functions that tensors need."""
        if module == "__torch__" or module.startswith("__torch__."):
            return self._module
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _place
        if (module, name) == ("collections", "OrderedDict"):
            return dict
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no tensor")

    def persistent_load(self, pid: Any) -> _Storage:
        """A reference to an entry of the zip."""
        _, dtype, key, _, count = pid
        return _Storage(str(key), dtype, int(count))


def is_script(archive: ZipFile) -> bool:
    """Whether a zip is a TorchScript archive rather than a saved dictionary."""
    return any(name.endswith("/constants.pkl") for name in archive.namelist())


def read_script(path: Path) -> tuple[dict[str, Tensor], str]:
    """Read an archive's tensors and, as text, its program.

    Args:
        path: A file for which ``is_script`` holds.

    Returns:
        Tensors by their dotted names, and the source of the archive's classes.

    Raises:
        ValueError: The archive is damaged or asks for more than tensors.
    """
    try:
        with ZipFile(path) as archive:
            root = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
            root = root.removesuffix("data.pkl")
            if archive.getinfo(f"{root}data.pkl").file_size > MAX_TABLE_BYTES:
                raise ValueError("its table of contents is too large")
            places = _collect(_Table(archive.read(f"{root}data.pkl")).load())
            state = {name: _tensor(archive, root, place) for name, place in places.items()}
            return state, _source(archive)
    except StopIteration:
        raise ValueError("it has no table of contents") from None
    except (
        BadZipFile, KeyError, TypeError, AttributeError, EOFError, IndexError, RuntimeError,
        pickle.UnpicklingError,
    ) as error:  # fmt: skip
        raise ValueError(str(error)) from error


def _collect(root: Any) -> dict[str, _Place]:
    """Walk modules and what they hold; each object once, for a pickle can make circles."""
    found: dict[str, _Place] = {}
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [("", root)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, _Place):
            found[name] = value
        elif id(value) not in seen and hasattr(value, "__dict__"):
            seen.add(id(value))
            prefix = f"{name}." if name else ""
            waiting += [(f"{prefix}{key}", item) for key, item in vars(value).items()]
    return found


def _tensor(archive: ZipFile, root: str, place: _Place) -> Tensor:
    storage = place.storage
    entry = archive.getinfo(f"{root}data/{storage.key}")
    width = torch.empty(0, dtype=storage.dtype).element_size()
    # Stored means that the entry is as large as it says, so the file's own size is the bound.
    if entry.compress_type != ZIP_STORED or entry.file_size != storage.numbers * width:
        raise ValueError(f"entry {entry.filename} does not hold {storage.numbers} numbers")
    if math.prod(place.size) > storage.numbers:
        raise ValueError(f"a tensor of shape {place.size} does not fit entry {entry.filename}")
    if not storage.numbers:
        return torch.empty(place.size, dtype=storage.dtype)
    values = torch.frombuffer(bytearray(archive.read(entry)), dtype=storage.dtype)
    return values.as_strided(place.size, place.stride, place.offset)


def _source(archive: ZipFile) -> str:
    entries = [
        entry
        for entry in archive.infolist()
        if "/code/" in entry.filename and entry.filename.endswith(".py")
    ]
    if sum(entry.file_size for entry in entries) > MAX_CODE_BYTES:
        raise ValueError("its program is too large")
    return "\n".join(archive.read(entry).decode("utf-8", "replace") for entry in entries)
