"""How does a file of a visitor's come onto the disk, under a name that says nothing?"""

import re
import shutil
import tempfile
from collections.abc import AsyncIterable
from pathlib import Path

import anyio

from app.visit.sessions import SessionEndedError, VisitorSession
from core.errors import VideoError

ORIGINAL = "original"
HEAD_BYTES = 64
# First bytes, and the ending by which the server will name the kind to the browser's player.
KINDS = (
    (re.compile(rb".{4}ftypqt", re.DOTALL), ".mov"),
    (re.compile(rb".{4}ftyp", re.DOTALL), ".mp4"),
    (re.compile(rb".{4}(?:moov|mdat|wide|free|skip)", re.DOTALL), ".mov"),
    (re.compile(rb"\x1aE\xdf\xa3.*webm", re.DOTALL), ".webm"),
    (re.compile(rb"\x1aE\xdf\xa3", re.DOTALL), ".mkv"),
    (re.compile(rb"RIFF.{4}AVI", re.DOTALL), ".avi"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), ".webp"),
    (re.compile(rb"GIF8"), ".gif"),
    (re.compile(rb"\x89PNG"), ".png"),
    (re.compile(rb"\xff\xd8\xff"), ".jpg"),
)


def ending_of(head: bytes) -> str:
    """Return the ending of a kind of file, by its first ``HEAD_BYTES``."""
    return next((ending for kind, ending in KINDS if kind.match(head)), ".bin")


async def receive_file(parts: AsyncIterable[bytes], visit: VisitorSession) -> Path:
    """Write a file into a folder of its own below the visit's.

    Whatever goes wrong, also that the client breaks off, nothing of it stays.

    Args:
        parts: The file.
        visit: Whose it is.

    Raises:
        SessionEndedError: The visit is over, or ended meanwhile.
        VideoError: The disk does not take it.
    """
    with visit.in_use():
        folder = Path(tempfile.mkdtemp(prefix="upload-", dir=visit.folder))
        try:
            arriving = folder / "arriving"
            head = await _write(arriving, parts)
            if visit.closed:
                raise SessionEndedError
            return arriving.rename(folder / f"{ORIGINAL}{ending_of(head)}")
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise VideoError(
                f"the clip could not be kept on the server ({error.strerror}); try again in a "
                "few minutes"
            ) from error
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


async def _write(path: Path, parts: AsyncIterable[bytes]) -> bytes:
    head = b""
    async with await anyio.open_file(path, "wb") as file:
        async for part in parts:
            head += part[: max(HEAD_BYTES - len(head), 0)]
            await file.write(part)
    return head
