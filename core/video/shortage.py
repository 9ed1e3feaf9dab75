"""Was there too little memory, whatever a decoder says about the file?

Decoders report memory that they were refused in many ways: as an error of the file's data, as a
damaged frame, as no picture at all. Only the process itself knows.
"""

import sys
from pathlib import Path

import cv2

# The most that a decoder asks for at once, per pixel: four channels of a byte.
PIXEL_BYTES = 4


def says_memory(error: Exception) -> bool:
    """Whether an error is a refusal of memory, in Python's words or in OpenCV's."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem


def lacked_memory(size: tuple[int, int]) -> bool:
    """Whether a decoder may have been refused memory for a picture.

    Asked after a failure: it may all have been given back meanwhile, so the most that the process
    ever held decides.

    Args:
        size: Width and height of the picture [px].

    Returns:
        Whether one piece more than that was too much; False where nothing bounds the process.
    """
    if sys.platform != "linux":
        return False
    import resource  # not on every system

    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most == resource.RLIM_INFINITY:
        return False
    return peak_bytes() + PIXEL_BYTES * size[0] * size[1] > most


def peak_bytes(process: int | str = "self") -> int:
    """Most address space that a process of this machine held so far; 0 where that is unknown.

    Args:
        process: Its number.
    """
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    _, _, stated = status.partition("VmPeak:")
    return int(stated.split()[0]) * 1024 if stated else 0
