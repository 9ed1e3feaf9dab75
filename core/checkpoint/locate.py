"""Where is a checkpoint, and what is it called?"""

from collections.abc import Sequence
from pathlib import Path

from core.checkpoint.format import FILES
from core.errors import CheckpointError

SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "checkpoint"
SHIPPED_NAME = "faceclip-a3lign"


def looks_like_id(source: str | Path) -> bool:
    """Whether a source could be ``owner/name`` on the hub and is nothing on this machine."""
    is_id = isinstance(source, str) and source.count("/") == 1 and not source.startswith(".")
    return is_id and not Path(source).exists()


def locate(source: str | Path, files: Sequence[str] = FILES) -> Path:
    """The folder that a source means, fetched from the hub if need be.

    Args:
        source: A folder, or ``owner/name`` on the hub.
        files: What is fetched.

    Raises:
        CheckpointError: Neither, or the hub does not give it.
    """
    if (path := Path(source)).is_dir():
        return path
    if not looks_like_id(source):
        raise CheckpointError(
            f"checkpoint {str(source)!r} is not a folder; pass a folder or a hub id like owner/name"
        )
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(str(source), allow_patterns=list(files)))
    # The hub client raises errors of several libraries, depending on what failed.
    except Exception as error:
        raise CheckpointError(
            f"checkpoint {str(source)!r} is no local folder and could not be fetched from the hub "
            f"({type(error).__name__}); check the name and the connection"
        ) from error


def name_of(source: str | Path) -> str:
    """What people are told which checkpoint this is: its folder, or its id on the hub."""
    if not Path(source).exists():
        return str(source)
    folder = Path(source).resolve()
    return SHIPPED_NAME if folder == SHIPPED else folder.name
