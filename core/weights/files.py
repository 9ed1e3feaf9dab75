"""Read a weight file of any of the forms that CLIP is published in.

Only tensors are read: safetensors hold nothing else, pickles are opened with ``weights_only``, and
TorchScript archives are taken apart (``core.weights.archive``).
"""

import hashlib
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from core.errors import BackboneError
from core.weights.archive import is_script, read_script
from core.weights.remembered import remembered

# In a folder, the first of these that is there is read: safetensors before pickles.
NAMES = (
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "model.safetensors",
    "open_clip_pytorch_model.bin",
    "pytorch_model.bin",
)
# What training programs wrap a model's weights in.
WRAPPERS = ("state_dict", "model")
# What they leave beside the weights: figures as numpy's arrays, and DFER-CLIP's record of its run.
LEFTOVERS = (
    "__main__.RecorderMeter",
    "numpy.dtype",
    "numpy.ndarray",
    *(f"numpy.{core}.multiarray.{name}" for core in ("core", "_core")
      for name in ("_reconstruct", "scalar")),
)  # fmt: skip
HINT = "OpenAI's archives, open_clip's and transformers' safetensors and .bin files can be read"


@dataclass(frozen=True)
class WeightFile:
    """What a file holds.

    Attributes:
        path: Of the file itself, also where a folder was named.
        state: Tensors by the names that the file uses.
        sha256: Of the whole file.
        code: Source of the program in a TorchScript archive; empty for other files.
    """

    path: Path
    state: dict[str, Tensor] = field(repr=False)
    sha256: str
    code: str = field(default="", repr=False)


def find_weights(path: Path) -> Path:
    """The weight file that a path means: itself, or the one in a folder.

    Raises:
        BackboneError: There is none.
    """
    if path.is_file():
        return path
    if not path.is_dir():
        raise BackboneError(f"backbone weights {str(path)!r} are not a file; {HINT}")
    found = next((path / name for name in NAMES if (path / name).is_file()), None)
    if found is None:
        raise BackboneError(f"the folder {path} holds none of {', '.join(NAMES)}")
    return found


def read_weights(path: Path) -> WeightFile:
    """Read a weight file, or the one in a folder.

    Raises:
        BackboneError: Why it is none.
    """
    path = find_weights(path)
    code = ""
    try:
        with path.open("rb") as file:
            start = file.read(512)
            file.seek(0)
            digest = remembered(
                path, "sha256", lambda: hashlib.file_digest(file, "sha256").hexdigest()
            )
        if reason := _not_weights(start):
            raise BackboneError(f"{path} {reason}; {HINT}")
        if start[8:9] == b"{":
            state = _read_safetensors(path)
        elif start[:2] == b"PK":
            state, code = _read_zip(path)
        else:
            state = _read_pickle(path)
    except OSError as error:
        raise BackboneError(f"{path} cannot be read ({error.strerror or error})") from error
    return WeightFile(path, state, digest, code)


def _not_weights(start: bytes) -> str:
    text = start.lstrip().lower()
    if not start:
        return "is empty"
    if start.startswith(b"version https://git-lfs"):
        return "is a pointer of Git LFS and not the file itself: fetch it with git lfs pull"
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "is a web page: what was downloaded is not the file"
    if start[8:9] != b"{" and start[:2] != b"PK" and start[:1] != b"\x80":
        return f"is no weight file (it begins with {start[:8]!r})"
    return ""


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise BackboneError(f"{path} is damaged or cut off ({error}); fetch it again") from error


def _read_zip(path: Path) -> tuple[dict[str, Tensor], str]:
    try:
        with ZipFile(path) as archive:
            script = is_script(archive)
            entries = archive.infolist()
    except BadZipFile as error:
        raise BackboneError(f"{path} is damaged or cut off ({error}); fetch it again") from error
    if script:
        try:
            return read_script(path)
        except ValueError as error:
            raise BackboneError(f"{path} is no archive of weights: {error}") from error
    # torch.save compresses nothing; a compressed entry could unfold to any size.
    if any(entry.compress_type != ZIP_STORED for entry in entries):
        raise BackboneError(f"{path} is a compressed zip, not a file of torch.save; unpack it")
    return _read_pickle(path), ""


def _read_pickle(path: Path) -> dict[str, Tensor]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickle protocols, before it fails
            with torch.serialization.safe_globals([(_Leftover, name) for name in LEFTOVERS]):
                data = torch.load(path, map_location="cpu", weights_only=True)
    # torch raises pickle's, zip's and its own errors, depending on what is wrong with the file.
    except Exception as error:
        cause = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        # "unsupported GLOBAL posix.system", "allowlist this global": a pickle that wants to call.
        if "global" in str(error).lower():
            raise BackboneError(
                f"{path} holds more than tensors, and reading it would run its code; save the "
                "model's state_dict() alone"
            ) from error
        raise BackboneError(
            f"{path} is damaged or cut off ({cause:.200}); fetch it again"
        ) from error
    return _unwrapped(data, path)


class _Leftover:
    """Stands for an object that is not wanted: takes whatever it is given and does nothing."""

    def __new__(cls, *_: Any) -> "_Leftover":
        return super().__new__(cls)

    def __init__(self, *_: Any) -> None:
        """Forget the arguments."""

    def __setstate__(self, _: Any) -> None:
        """Forget the state."""


def _unwrapped(data: Any, path: Path) -> dict[str, Tensor]:
    for name in WRAPPERS:
        if isinstance(data, dict) and isinstance(data.get(name), dict):
            data = data[name]
    if not isinstance(data, dict):
        raise BackboneError(f"{path} holds a {type(data).__name__}, not weights by name")
    state = {str(name): value for name, value in data.items() if isinstance(value, Tensor)}
    if not state:
        raise BackboneError(f"{path} holds no tensors by name")
    return state
